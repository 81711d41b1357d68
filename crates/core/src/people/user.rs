//! Teams, users and their roles.

use std::fmt;

use crate::id::{TeamId, UserId};
use crate::people::epoch::UserEpochs;
use crate::time::Time;

/// A tenant; it owns clients, grants and personal tokens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Team {
    /// Its id, `team_id` in token answers.
    pub id: TeamId,
    /// The name people gave it.
    pub name: String,
    /// When it was made.
    pub created_at: Time,
}

/// What a user may do in a team.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// Manages their own grants and tokens.
    Member,
    /// Manages the team's users, clients and grants too.
    Admin,
    /// An admin that no admin can remove.
    Owner,
}

impl Role {
    /// The role's name in the store, the API and the CLI.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// Reads the name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Member, Self::Admin, Self::Owner]
            .into_iter()
            .find(|role| role.as_str() == text)
    }

    /// Whether this role manages the team.
    pub const fn manages(self) -> bool {
        matches!(self, Self::Admin | Self::Owner)
    }
}

/// A person with an account here, as a member of one team.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct User {
    /// Its id, the `sub` of tokens.
    pub id: UserId,
    /// The team that this membership is of.
    pub team: TeamId,
    /// The address they sign in with.
    pub email: Email,
    /// What they may do in the team.
    pub role: Role,
    /// The epochs that grants, personal tokens and sessions are compared with.
    pub epochs: UserEpochs,
    /// The epoch of the membership in the team.
    pub membership_epoch: u32,
    /// When they were added.
    pub created_at: Time,
    /// Since when they can't sign in.
    pub suspended_at: Option<Time>,
    /// Since when they are no user any more.
    pub removed_at: Option<Time>,
}

impl User {
    /// Whether the person may sign in and use what they have.
    pub const fn is_active(&self) -> bool {
        self.suspended_at.is_none() && self.removed_at.is_none()
    }
}

/// An e-mail address in the one spelling that we compare: trimmed and in lower case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Email(String);

/// Why a text is no e-mail address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EmailError;

impl fmt::Display for EmailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this is not an e-mail address (name@host, at most 254 characters)")
    }
}

impl std::error::Error for EmailError {}

impl Email {
    /// Reads an address; only its shape is checked, for only a mail can show that it exists.
    ///
    /// # Errors
    /// When there is no name, no host, a space or a control character.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text = text.trim();
        let (name, host) = text.rsplit_once('@').ok_or(EmailError)?;
        let strange = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | '"');
        if name.is_empty() || host.is_empty() || text.len() > 254 || text.contains(strange) {
            return Err(EmailError);
        }
        Ok(Self(text.to_lowercase()))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_in_one_spelling() {
        assert_eq!(
            Email::parse(" Ada@Example.ORG ").unwrap().as_str(),
            "ada@example.org"
        );
        for text in ["", "ada", "@x", "ada@", "a b@x", "a\n@x", "<a>@x"] {
            assert_eq!(Email::parse(text), Err(EmailError), "{text:?}");
        }
    }
}
