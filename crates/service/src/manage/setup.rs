//! The first team and its owner.

use evergrant_core::id::{TeamId, UserId};
use evergrant_core::people::{Email, Role, Team, User, UserEpochs};
use evergrant_core::{Actor, Change, Secret};
use evergrant_store::CommitError;

use crate::manage::{Authority, Caller};
use crate::{Failure, Service, Wrong};

/// What a store begins with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The team's name.
    pub team: String,
    /// The owner's address.
    pub email: String,
    /// The owner's password; without one they can't sign in on pages until one is set.
    pub password: Option<Secret>,
}

/// What was made.
#[derive(Clone, Debug)]
pub struct SetUp {
    /// The team.
    pub team: TeamId,
    /// Its owner.
    pub user: UserId,
}

/// Checks a name that people give a team or a client.
pub(crate) fn name(text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 100 || text.contains(char::is_control) {
        return Err(Wrong::Value(
            "a name has 1 to 100 characters, on one line".into(),
        ));
    }
    Ok(text.to_owned())
}

impl Service {
    /// Whether the store has a team.
    ///
    /// # Errors
    /// In an outage.
    pub async fn is_set_up(&self) -> Result<bool, Failure> {
        Ok(self
            .store
            .first_team()
            .await
            .inspect_err(|_| self.store_failed())?
            .is_some())
    }

    /// Makes the first team and its owner.
    ///
    /// # Errors
    /// [`Wrong::AlreadySetUp`], or what is wrong with a value.
    pub async fn set_up(&self, setup: &Setup) -> Result<SetUp, Failure> {
        if self.is_set_up().await? {
            return Err(Wrong::AlreadySetUp.into());
        }
        let now = self.world.now();
        let team = Team {
            id: TeamId::new(now, self.world.chance()),
            name: name(&setup.team)?,
            created_at: now,
        };
        let user = User {
            id: UserId::new(now, self.world.chance()),
            team: team.id,
            email: Email::parse(&setup.email)?,
            role: Role::Owner,
            epochs: UserEpochs::default(),
            membership_epoch: 0,
            created_at: now,
            suspended_at: None,
            removed_at: None,
        };
        let hash = match &setup.password {
            Some(password) => Some(self.hash_password(password).await?),
            None => None,
        };
        let who = (Some(team.id), Actor::Operator);
        let made = SetUp {
            team: team.id,
            user: user.id,
        };
        let changes = vec![
            Change::StoreSetUp,
            Change::TeamMade(Box::new(team)),
            Change::UserAdded(Box::new(user), hash),
        ];
        match self.write(who, changes).await {
            Err(CommitError::Conflict) => Err(Wrong::AlreadySetUp.into()),
            other => self.end_well(other).map(|()| made),
        }
    }

    /// The caller that a user is, with everything that their role may do.
    ///
    /// # Errors
    /// When there is no such user.
    pub async fn caller_of(&self, user: UserId) -> Result<Caller, Failure> {
        let found = self.store.user(user).await?;
        let user = found.ok_or_else(|| Wrong::NotFound {
            kind: "user",
            name: user.to_string(),
        })?;
        Ok(Caller {
            team: user.team,
            authority: Authority::Session(Box::new(user)),
            seen: None,
        })
    }
}
