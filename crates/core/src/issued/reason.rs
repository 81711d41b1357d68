//! Why a grant, or a token of it, is dead: the stable words that travel as `error_code`.

/// The reason that something ended. Its name is part of the contract with clients.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reason {
    /// Its hard end came.
    AbsoluteExpired,
    /// The user lost the role by which they managed the team.
    AdminRemoved,
    /// An admin took back everything that the client was given.
    ClientRevoked,
    /// The client was removed.
    ClientRemoved,
    /// Its authorization code was redeemed a second time.
    CodeReused,
    /// Nobody used it for too long.
    IdleExpired,
    /// The user turned on a second factor.
    MfaEnabled,
    /// The user's password was changed.
    PasswordChanged,
    /// An admin ended it.
    RemovedByAdmin,
    /// The user left the team.
    RemovedFromTeam,
    /// A refresh token was presented again after its successor was used, or outside its window.
    ReuseDetected,
    /// The client itself gave it back (RFC 7009).
    RevokedByClient,
    /// The user ended it.
    RevokedByUser,
    /// A security event was reported.
    SecurityEvent,
    /// Newer ones of the same client and user took its place.
    Superseded,
    /// Two holders were seen to use the same refresh tokens side by side.
    TwoHolders,
    /// The user's account was removed.
    UserRemoved,
    /// The user's account was suspended.
    UserSuspended,
}

impl Reason {
    /// Every reason, for tables that must be complete.
    pub const ALL: [Self; 18] = [
        Self::AbsoluteExpired,
        Self::AdminRemoved,
        Self::ClientRevoked,
        Self::ClientRemoved,
        Self::CodeReused,
        Self::IdleExpired,
        Self::MfaEnabled,
        Self::PasswordChanged,
        Self::RemovedByAdmin,
        Self::RemovedFromTeam,
        Self::ReuseDetected,
        Self::RevokedByClient,
        Self::RevokedByUser,
        Self::SecurityEvent,
        Self::Superseded,
        Self::TwoHolders,
        Self::UserRemoved,
        Self::UserSuspended,
    ];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AbsoluteExpired => "absolute_expired",
            Self::AdminRemoved => "admin_removed",
            Self::ClientRevoked => "client_revoked",
            Self::ClientRemoved => "client_removed",
            Self::CodeReused => "code_reused",
            Self::IdleExpired => "idle_expired",
            Self::MfaEnabled => "mfa_enabled",
            Self::PasswordChanged => "password_changed",
            Self::RemovedByAdmin => "removed_by_admin",
            Self::RemovedFromTeam => "removed_from_team",
            Self::ReuseDetected => "reuse_detected",
            Self::RevokedByClient => "revoked_by_client",
            Self::RevokedByUser => "revoked_by_user",
            Self::SecurityEvent => "security_event",
            Self::Superseded => "superseded",
            Self::TwoHolders => "two_holders",
            Self::UserRemoved => "user_removed",
            Self::UserSuspended => "user_suspended",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }

    /// What happened, in a sentence for people.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::AbsoluteExpired => "The grant reached the end of its longest life.",
            Self::AdminRemoved => "The user who gave the grant no longer manages the team.",
            Self::ClientRevoked => "An admin took back everything that this client was given.",
            Self::ClientRemoved => "This client was removed.",
            Self::CodeReused => "The authorization code of this grant was redeemed twice.",
            Self::IdleExpired => "The grant was not used for too long.",
            Self::MfaEnabled => "The user turned on two-factor authentication.",
            Self::PasswordChanged => "The user's password was changed.",
            Self::RemovedByAdmin => "An admin ended this grant.",
            Self::RemovedFromTeam => "The user is no longer in the team.",
            Self::ReuseDetected => "A refresh token of this grant was used a second time.",
            Self::RevokedByClient => "The client revoked this grant itself.",
            Self::RevokedByUser => "The user ended this grant.",
            Self::SecurityEvent => "A security event ended this grant.",
            Self::Superseded => "Newer grants of the same client and user took its place.",
            Self::TwoHolders => "Two holders were using the refresh tokens of this grant.",
            Self::UserRemoved => "The user's account was removed.",
            Self::UserSuspended => "The user's account is suspended.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Reason;

    #[test]
    fn every_reason_reads_back() {
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.as_str()), Some(reason));
        }
    }
}
