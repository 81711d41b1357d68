//! Who asks, and what they may do.

use std::sync::Arc;

use evergrant_core::id::TeamId;
use evergrant_core::issued::personal::Ability;
use evergrant_core::people::User;
use evergrant_core::{Actor, ScopeSet};

use crate::issued::personal::Presented;
use crate::{Failure, Service, Wrong};

/// Who asks for an act.
#[derive(Clone, Debug)]
pub struct Caller {
    /// In which team.
    pub team: TeamId,
    /// By what right.
    pub authority: Authority,
    /// The version of the store (`Engine::version`) at which that was so, where it was asked: what
    /// was read at the same version is as much of the present as the right itself.
    pub seen: Option<u64>,
}

/// By what right somebody acts.
#[derive(Clone, Debug)]
pub enum Authority {
    /// They have the store and its key.
    Operator,
    /// A signed-in person: everything that their role may do.
    Session(Box<User>),
    /// A person's token: what its scopes and the person's role both allow.
    Token(Arc<Presented>),
}

impl Caller {
    /// Who acts, for the journal.
    pub fn actor(&self) -> Actor {
        match &self.authority {
            Authority::Operator => Actor::Operator,
            Authority::Session(user) => Actor::User(user.id),
            Authority::Token(it) => Actor::PersonalToken(it.user.id, it.token.id),
        }
    }

    /// Team and actor of what this caller commits.
    pub(crate) fn who(&self) -> (Option<TeamId>, Actor) {
        (Some(self.team), self.actor())
    }

    /// The person, where there is one.
    pub fn user(&self) -> Option<&User> {
        match &self.authority {
            Authority::Operator => None,
            Authority::Session(user) => Some(user),
            Authority::Token(it) => Some(&it.user),
        }
    }

    /// Whether the caller may do this.
    pub fn may(&self, ability: &Ability) -> bool {
        match &self.authority {
            Authority::Operator => true,
            Authority::Session(user) => ability.is_within(user.role),
            Authority::Token(it) => {
                ability.is_within(it.user.role) && allows(&it.token.scopes, ability)
            }
        }
    }

    /// Goes on only if the caller may do this.
    ///
    /// # Errors
    /// [`Wrong::NotAllowed`] with what is needed.
    pub fn need(&self, ability: &Ability) -> Result<(), Failure> {
        if self.may(ability) {
            return Ok(());
        }
        let needed = match ability {
            Ability::Read => "it needs the scope read",
            Ability::Write => "it needs the scope write",
            Ability::Admin => "it needs an admin of the team, and the scope admin",
            Ability::Tokens | Ability::TokensOf(_) => "it needs the scope tokens",
        };
        Err(Wrong::NotAllowed(needed).into())
    }
}

fn allows(scopes: &ScopeSet, ability: &Ability) -> bool {
    scopes
        .words()
        .filter_map(Ability::parse)
        .any(|has| match (&has, ability) {
            (Ability::Tokens, Ability::TokensOf(_)) => true,
            // Who may change may look.
            (Ability::Write | Ability::Admin, Ability::Read) => true,
            (has, wanted) => *has == *wanted,
        })
}

impl Service {
    /// The caller behind the command line on this machine: whoever has the store and its key.
    ///
    /// # Errors
    /// When nothing was set up yet.
    pub async fn operator(&self) -> Result<Caller, Failure> {
        let team = self.store.first_team().await?.ok_or_else(|| {
            Wrong::Value("The store is empty. Make its first team with `evergrant init`.".into())
        })?;
        Ok(Caller {
            team: team.id,
            authority: Authority::Operator,
            seen: None,
        })
    }
}
