//! Grants that were given, seen and ended by their users and by admins.

use evergrant_core::Time;
use evergrant_core::id::GrantId;
use evergrant_core::issued::liveness::end_of;
use evergrant_core::issued::personal::Ability;
use evergrant_core::issued::refresh::Snapshot;
use evergrant_core::issued::{Incident, Reason, revoke};
use evergrant_store::issued::GrantListed;
use evergrant_store::{Page, PageRequest};

use crate::manage::Caller;
use crate::{Failure, Service, Wrong};

/// Why a grant is dead now, if it is.
pub fn end(snapshot: &Snapshot, now: Time) -> Option<Reason> {
    end_of(&snapshot.grant, &snapshot.standing, now)
}

fn not_found(name: &str) -> Failure {
    Wrong::NotFound {
        kind: "grant",
        name: name.to_owned(),
    }
    .into()
}

impl Service {
    /// The grants that the caller may see: the team's for who manages it, else their own.
    ///
    /// # Errors
    /// When the caller may not.
    pub async fn grants(
        &self,
        caller: &Caller,
        page: &PageRequest,
    ) -> Result<Page<GrantListed>, Failure> {
        caller.need(&Ability::Read)?;
        match caller.user() {
            Some(user) if !caller.may(&Ability::Admin) => {
                Ok(self.store.grants_of_user(user.id, page).await?)
            }
            _ => Ok(self.store.grants_of_team(caller.team, page).await?),
        }
    }

    /// A grant that the caller may see.
    ///
    /// # Errors
    /// When there is none.
    pub async fn grant(&self, caller: &Caller, name: &str) -> Result<Snapshot, Failure> {
        caller.need(&Ability::Read)?;
        let id = GrantId::parse(name).map_err(|_| not_found(name))?;
        let found = self.store.grant(id).await?;
        let seen = |found: &Snapshot| {
            let own = caller
                .user()
                .is_some_and(|user| user.id == found.grant.user);
            found.grant.team == caller.team && (own || caller.may(&Ability::Admin))
        };
        found.filter(seen).ok_or_else(|| not_found(name))
    }

    /// The incidents of a grant that the caller may see.
    ///
    /// # Errors
    /// When there is no such grant.
    pub async fn incidents_of(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<Vec<Incident>, Failure> {
        let found = self.grant(caller, name).await?;
        Ok(self.store.incidents_of_grant(found.grant.id).await?)
    }

    /// The incidents of the caller's team.
    ///
    /// # Errors
    /// When the caller does not manage it.
    pub async fn incidents(
        &self,
        caller: &Caller,
        page: &PageRequest,
    ) -> Result<Page<Incident>, Failure> {
        caller.need(&Ability::Admin)?;
        Ok(self.store.incidents(caller.team, page).await?)
    }

    /// Ends a grant. Ending a dead one changes nothing.
    ///
    /// # Errors
    /// When there is none, or the caller may not end it.
    pub async fn end_grant(&self, caller: &Caller, name: &str) -> Result<Snapshot, Failure> {
        let found = self.grant(caller, name).await?;
        let own = caller
            .user()
            .is_some_and(|user| user.id == found.grant.user);
        let reason = if own {
            caller.need(&Ability::Write)?;
            Reason::RevokedByUser
        } else {
            caller.need(&Ability::Admin)?;
            Reason::RemovedByAdmin
        };
        let mut settling = self.settling(caller.who());
        loop {
            let found = self.grant(caller, name).await?;
            let decision =
                revoke::end_living(&found.grant, &found.standing, reason, self.world.now());
            if let Some(answer) = settling.commit(decision).await? {
                answer?;
                return self.grant(caller, name).await;
            }
        }
    }
}
