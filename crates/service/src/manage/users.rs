//! Users of a team.

use evergrant_core::id::UserId;
use evergrant_core::issued::personal::Ability;
use evergrant_core::people::event::apply;
use evergrant_core::people::{Email, Event, Policy, Role, User, UserEpochs};
use evergrant_core::{Change, Decision, Secret, Time};
use evergrant_store::{CommitError, Page, PageRequest};

use crate::manage::{Authority, Caller};
use crate::{Failure, Service, Wrong};

/// A user to be added.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Their address.
    pub email: String,
    /// Their role.
    pub role: Role,
    /// Their password; without one they can't sign in until one is set.
    pub password: Option<Secret>,
}

fn not_found(name: &str) -> Failure {
    Wrong::NotFound {
        kind: "user",
        name: name.to_owned(),
    }
    .into()
}

impl Service {
    /// Adds a user.
    ///
    /// # Errors
    /// When the caller may not, the address is there already, or a value is not acceptable.
    pub async fn add_user(&self, caller: &Caller, new: &NewUser) -> Result<User, Failure> {
        caller.need(&Ability::Admin)?;
        may_touch(caller, new.role)?;
        let email = Email::parse(&new.email)?;
        if self.store.user_by_email(&email).await?.is_some() {
            return Err(Wrong::Exists {
                kind: "user",
                name: email.to_string(),
            }
            .into());
        }
        let hash = match &new.password {
            Some(password) => Some(self.hash_password(password).await?),
            None => None,
        };
        let now = self.world.now();
        let user = User {
            id: UserId::new(now, self.world.chance()),
            team: caller.team,
            email,
            role: new.role,
            epochs: UserEpochs::default(),
            membership_epoch: 0,
            created_at: now,
            suspended_at: None,
            removed_at: None,
        };
        let change = Change::UserAdded(Box::new(user.clone()), hash);
        match self.write(caller.who(), vec![change]).await {
            Err(CommitError::Conflict) => Err(Wrong::Exists {
                kind: "user",
                name: user.email.to_string(),
            }
            .into()),
            other => self.end_well(other).map(|()| user),
        }
    }

    /// The users of the caller's team.
    ///
    /// # Errors
    /// When the caller may not.
    pub async fn users(&self, caller: &Caller, page: &PageRequest) -> Result<Page<User>, Failure> {
        caller.need(&Ability::Admin)?;
        Ok(self.store.users(caller.team, page).await?)
    }

    /// A user of the caller's team, by address or id: oneself, or for who manages the team anybody.
    ///
    /// # Errors
    /// When there is none, or the caller may not see them.
    pub async fn user(&self, caller: &Caller, name: &str) -> Result<User, Failure> {
        let found = match (UserId::parse(name), Email::parse(name)) {
            (Ok(id), _) => self.store.user(id).await?,
            (Err(_), Ok(email)) => self
                .store
                .user_by_email(&email)
                .await?
                .map(|(user, _)| user),
            (Err(_), Err(_)) => None,
        };
        let found = found.filter(|user| user.team == caller.team);
        let own = |own: &User| found.as_ref().is_some_and(|user| user.id == own.id);
        caller.need(if caller.user().is_some_and(own) {
            &Ability::Read
        } else {
            &Ability::Admin
        })?;
        found.ok_or_else(|| not_found(name))
    }

    /// Sets a user's password. Sessions end, and by the team's policy grants and tokens too.
    ///
    /// # Errors
    /// When the caller is neither the user nor an admin, or the password is not acceptable.
    pub async fn set_password(
        &self,
        caller: &Caller,
        name: &str,
        password: &Secret,
    ) -> Result<User, Failure> {
        let user = self.user(caller, name).await?;
        let own = caller.user().is_some_and(|own| own.id == user.id);
        // A token that could set its owner's password could make itself into its owner.
        if own && !matches!(caller.authority, Authority::Token(_)) {
            caller.need(&Ability::Write)?;
        } else {
            caller.need(&Ability::Admin)?;
            may_touch(caller, user.role)?;
        }
        let hash = self.hash_password(password).await?;
        // A first password is no change of one: nothing that was made before rests on an older.
        let known = self.store.user_by_email(&user.email).await?;
        let is_first = known.is_none_or(|(_, kept)| kept.is_none());
        self.change_user(caller, name, |user, _| {
            let mut changes = vec![Change::PasswordSet {
                user: user.id,
                hash: hash.clone(),
            }];
            if !is_first {
                changes.extend(apply(Event::PasswordChanged, user, &Policy::default()));
            }
            Ok(changes)
        })
        .await
    }

    /// Stops a user's account; all their sessions, grants and tokens end by the team's policy.
    ///
    /// # Errors
    /// When the caller may not, or there is no such user.
    pub async fn suspend_user(&self, caller: &Caller, name: &str) -> Result<User, Failure> {
        self.keep_an_owner(caller, name).await?;
        self.change_user(caller, name, |user, now| {
            manages(caller, user)?;
            let mut changes = vec![Change::UserSuspended {
                user: user.id,
                at: Some(now),
            }];
            changes.extend(apply(Event::UserSuspended, user, &Policy::default()));
            Ok(changes)
        })
        .await
    }

    /// Lets a suspended user sign in again. What ended stays ended.
    ///
    /// # Errors
    /// When the caller may not, or there is no such user.
    pub async fn resume_user(&self, caller: &Caller, name: &str) -> Result<User, Failure> {
        self.change_user(caller, name, |user, _| {
            manages(caller, user)?;
            Ok(vec![Change::UserSuspended {
                user: user.id,
                at: None,
            }])
        })
        .await
    }

    /// Removes a user for good.
    ///
    /// # Errors
    /// When the caller may not, or there is no such user.
    pub async fn remove_user(&self, caller: &Caller, name: &str) -> Result<User, Failure> {
        self.keep_an_owner(caller, name).await?;
        self.change_user(caller, name, |user, now| {
            manages(caller, user)?;
            let mut changes = apply(Event::UserRemoved, user, &Policy::default());
            changes.push(Change::UserRemoved {
                user: user.id,
                at: now,
            });
            Ok(changes)
        })
        .await
    }

    /// A team without an owner could be managed by nobody but the operator.
    async fn keep_an_owner(&self, caller: &Caller, name: &str) -> Result<(), Failure> {
        let user = self.user(caller, name).await?;
        let mut page = PageRequest::default();
        loop {
            let users = self.store.users(caller.team, &page).await?;
            let is_other = |it: &&User| it.id != user.id && it.is_active();
            let mut others = users.items.iter().filter(is_other);
            if user.role != Role::Owner || others.any(|it| it.role == Role::Owner) {
                return Ok(());
            }
            match users.next {
                Some(next) => page.after = Some(next),
                None => return Err(Wrong::NotAllowed("the last owner of a team stays").into()),
            }
        }
    }

    async fn change_user(
        &self,
        caller: &Caller,
        name: &str,
        changes: impl Fn(&User, Time) -> Result<Vec<Change>, Failure> + Send + Sync,
    ) -> Result<User, Failure> {
        let mut settling = self.settling(caller.who());
        loop {
            let user = self.user(caller, name).await?;
            let changes = changes(&user, self.world.now())?;
            if let Some(user) = settling
                .commit(Decision {
                    changes,
                    answer: user,
                })
                .await?
            {
                return Ok(user);
            }
        }
    }
}

/// An owner is touched by owners and operators only.
fn may_touch(caller: &Caller, role: Role) -> Result<(), Failure> {
    match caller.user() {
        Some(user) if role == Role::Owner && user.role != Role::Owner => {
            Err(Wrong::NotAllowed("only an owner may do this to an owner").into())
        }
        _ => Ok(()),
    }
}

fn manages(caller: &Caller, user: &User) -> Result<(), Failure> {
    caller.need(&Ability::Admin)?;
    may_touch(caller, user.role)?;
    if caller.user().is_some_and(|own| own.id == user.id) {
        return Err(Wrong::NotAllowed("nobody stops their own account").into());
    }
    Ok(())
}
