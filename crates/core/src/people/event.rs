//! Events in a person's life, and what they end: policy applied when the event happens.
//!
//! The epoch is raised and, where the policy says `keep`, what lives is stamped anew in the same
//! commit. Nothing is judged by policy when a token is read, so loosening a policy later never
//! raises the dead.

use crate::change::Change;
use crate::issued::Reason;
use crate::people::epoch::EpochSubject;
use crate::people::user::User;

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Event {
    /// The user, or an admin for them, set another password.
    PasswordChanged,
    /// The user turned on a second factor.
    MfaEnabled,
    /// An admin stopped the account.
    UserSuspended,
    /// The account was removed.
    UserRemoved,
    /// A person lost the role by which they managed the team.
    AdminRemoved,
    /// Something else that an operator or a security system reported.
    SecurityEvent,
}

impl Event {
    /// The reason that everything ended by this event will give.
    pub const fn reason(self) -> Reason {
        match self {
            Self::PasswordChanged => Reason::PasswordChanged,
            Self::MfaEnabled => Reason::MfaEnabled,
            Self::UserSuspended => Reason::UserSuspended,
            Self::UserRemoved => Reason::UserRemoved,
            Self::AdminRemoved => Reason::AdminRemoved,
            Self::SecurityEvent => Reason::SecurityEvent,
        }
    }
}

/// What an event does to one kind of thing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Effect {
    /// It lives on.
    Keep,
    /// It ends.
    Revoke,
}

/// What one event does to grants and to personal access tokens. Sessions always end.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Effects {
    /// Grants that the user gave.
    pub grants: Effect,
    /// Personal access tokens of the user.
    pub personal_tokens: Effect,
}

/// A team's policy. By default everything ends: the safe side is the one without a setting.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Policy {
    /// After [`Event::PasswordChanged`].
    pub password_changed: Effects,
    /// After [`Event::MfaEnabled`].
    pub mfa_enabled: Effects,
    /// After [`Event::UserSuspended`].
    pub user_suspended: Effects,
    /// After [`Event::UserRemoved`].
    pub user_removed: Effects,
    /// After [`Event::AdminRemoved`].
    pub admin_removed: Effects,
    /// After [`Event::SecurityEvent`].
    pub security_event: Effects,
}

impl Default for Policy {
    fn default() -> Self {
        let revoke = Effects {
            grants: Effect::Revoke,
            personal_tokens: Effect::Revoke,
        };
        Self {
            password_changed: revoke,
            mfa_enabled: revoke,
            user_suspended: revoke,
            user_removed: revoke,
            admin_removed: revoke,
            security_event: revoke,
        }
    }
}

impl Policy {
    const fn effects(&self, event: Event) -> Effects {
        match event {
            Event::PasswordChanged => self.password_changed,
            Event::MfaEnabled => self.mfa_enabled,
            Event::UserSuspended => self.user_suspended,
            Event::UserRemoved => self.user_removed,
            Event::AdminRemoved => self.admin_removed,
            Event::SecurityEvent => self.security_event,
        }
    }
}

/// The changes by which an event ends, or keeps, what a user has.
pub fn apply(event: Event, user: &User, policy: &Policy) -> Vec<Change> {
    let effects = policy.effects(event);
    let raised = |subject, from, effect| Change::EpochRaised {
        subject,
        from,
        cause: event.reason(),
        effect,
    };
    let epochs = user.epochs;
    vec![
        raised(
            EpochSubject::UserGrants(user.id),
            epochs.grants,
            effects.grants,
        ),
        raised(
            EpochSubject::UserPersonalTokens(user.id),
            epochs.personal_tokens,
            effects.personal_tokens,
        ),
        raised(
            EpochSubject::UserSessions(user.id),
            epochs.sessions,
            Effect::Revoke,
        ),
    ]
}
