//! Personal access tokens: made by a user for themselves or a script.

use std::fmt;

use crate::id::{PersonalTokenId, TeamId, UserId};
use crate::issued::reason::Reason;
use crate::people::{Role, User};
use crate::scope::ScopeSet;
use crate::secret::Digest;
use crate::time::{Span, Time};

/// How long a token lives when nothing is said.
pub const DEFAULT_LIFETIME: Span = Span::from_days(90);

/// A use is written at most this often.
pub const USE_WRITTEN_EVERY: Span = Span::from_seconds(60);

/// How many characters of a token are kept readable, behind its prefix, so that its owner knows
/// which one it is.
pub const HINT: usize = 5;

/// Longest purpose.
pub const MAX_PURPOSE: usize = 200;

/// A personal access token's row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PersonalToken {
    /// Its id.
    pub id: PersonalTokenId,
    /// The team whose API it opens.
    pub team: TeamId,
    /// Whose it is.
    pub user: UserId,
    /// What it is for, in its maker's words.
    pub purpose: String,
    /// Digest of the token.
    pub digest: Digest,
    /// Its prefix and first characters.
    pub hint: String,
    /// What it may do.
    pub scopes: ScopeSet,
    /// When it was made.
    pub created_at: Time,
    /// When it ends; `None` is never.
    pub expires_at: Option<Time>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<Time>,
    /// The user's epoch for personal tokens when it was made.
    pub user_epoch: u32,
    /// The membership's epoch when it was made.
    pub membership_epoch: u32,
}

impl PersonalToken {
    /// Why it opens nothing at `now`, or `None` while it lives.
    pub fn end_of(&self, user: &User, now: Time) -> Option<Reason> {
        if user.removed_at.is_some() {
            Some(Reason::UserRemoved)
        } else if user.suspended_at.is_some() {
            Some(Reason::UserSuspended)
        } else if self.membership_epoch != user.membership_epoch {
            Some(Reason::RemovedFromTeam)
        } else if self.user_epoch != user.epochs.personal_tokens {
            Some(Reason::PasswordChanged)
        } else if self.expires_at.is_some_and(|end| now >= end) {
            Some(Reason::AbsoluteExpired)
        } else {
            None
        }
    }
}

/// What a token may do at our own API.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Ability {
    /// Look at what one may see.
    Read,
    /// Change what is one's own.
    Write,
    /// Manage the team.
    Admin,
    /// Read every held token.
    Tokens,
    /// Read the held token of one connection.
    TokensOf(String),
}

impl Ability {
    /// Reads a scope of our own API.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "read" => Some(Self::Read),
            "write" => Some(Self::Write),
            "admin" => Some(Self::Admin),
            "tokens" => Some(Self::Tokens),
            _ => {
                let name = word.strip_prefix("tokens:")?;
                (!name.is_empty()).then(|| Self::TokensOf(name.to_owned()))
            }
        }
    }

    /// Whether a person of this role may do it.
    pub const fn is_within(&self, role: Role) -> bool {
        match self {
            Self::Read | Self::Write | Self::Tokens | Self::TokensOf(_) => true,
            Self::Admin => role.manages(),
        }
    }
}

/// Why a token can't be made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PersonalTokenError {
    /// The purpose is empty, too long or has control characters.
    Purpose,
    /// This word is no scope of our API.
    ScopeUnknown(String),
    /// The maker may not do this.
    ScopeNotAllowed(String),
    /// It would have ended already.
    Expiry,
}

impl fmt::Display for PersonalTokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Purpose => {
                f.write_str("say in 1 to 200 characters, on one line, what the token is for")
            }
            Self::ScopeUnknown(word) => write!(
                f,
                "{word:?} is no scope here; the scopes are read, write, admin, tokens and \
                 tokens:NAME"
            ),
            Self::ScopeNotAllowed(word) => {
                write!(
                    f,
                    "your role may not do {word:?}, so your token can't either"
                )
            }
            Self::Expiry => f.write_str("the token would end at once"),
        }
    }
}

impl std::error::Error for PersonalTokenError {}

/// The scopes of a new token: those asked for, or all that its maker may do.
///
/// # Errors
/// Names the first word that is unknown, or beyond the maker's role.
pub fn scopes(asked: &[String], role: Role) -> Result<ScopeSet, PersonalTokenError> {
    if asked.is_empty() {
        let all = ["read", "write", "admin", "tokens"];
        let mine = all
            .into_iter()
            .filter(|word| Ability::parse(word).is_some_and(|ability| ability.is_within(role)));
        return ScopeSet::of(mine).map_err(|_| PersonalTokenError::ScopeUnknown(String::new()));
    }
    for word in asked {
        let unknown = || PersonalTokenError::ScopeUnknown(word.clone());
        let ability = Ability::parse(word).ok_or_else(unknown)?;
        if !ability.is_within(role) {
            return Err(PersonalTokenError::ScopeNotAllowed(word.clone()));
        }
    }
    ScopeSet::of(asked.iter().map(String::as_str))
        .map_err(|_| PersonalTokenError::ScopeUnknown(asked.join(" ")))
}

/// Checks a purpose.
///
/// # Errors
/// When it is empty, too long, or more than one line.
pub fn purpose(text: &str) -> Result<String, PersonalTokenError> {
    let text = text.trim();
    let fits =
        !text.is_empty() && text.chars().count() <= MAX_PURPOSE && !text.contains(char::is_control);
    if fits {
        Ok(text.to_owned())
    } else {
        Err(PersonalTokenError::Purpose)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_can_do_no_more_than_its_maker() {
        assert_eq!(
            scopes(&[], Role::Member).unwrap().to_string(),
            "read tokens write"
        );
        assert_eq!(
            scopes(&[], Role::Owner).unwrap().to_string(),
            "admin read tokens write"
        );
        let admin = ["admin".to_owned()];
        assert!(matches!(
            scopes(&admin, Role::Member),
            Err(PersonalTokenError::ScopeNotAllowed(_))
        ));
        assert!(scopes(&["tokens:github".to_owned()], Role::Member).is_ok());
        assert!(matches!(
            scopes(&["tokens:".to_owned()], Role::Owner),
            Err(PersonalTokenError::ScopeUnknown(_))
        ));
    }
}
