//! What a person has approved: the grants they gave and the personal access tokens they made.

use evergrant_core::issued::PersonalToken;
use evergrant_core::issued::personal::Ability;
use evergrant_core::people::User;
use evergrant_store::issued::GrantListed;
use evergrant_store::{Outage, PageRequest};

use crate::manage::Caller;
use crate::manage::grants::end;
use crate::{Failure, Service, Wrong};

/// What a person has approved and what still lives of it, the newest first.
#[derive(Clone, Debug)]
pub struct Approved {
    /// The grants that they gave.
    pub grants: Vec<GrantListed>,
    /// The personal access tokens that they made.
    pub personal_tokens: Vec<PersonalToken>,
}

impl Service {
    /// The caller's own live grants and personal access tokens; also for who manages the team,
    /// and sees more in other lists, it is their own alone.
    ///
    /// # Errors
    /// When the caller is no person, or may not look.
    pub async fn approved(&self, caller: &Caller) -> Result<Approved, Failure> {
        caller.need(&Ability::Read)?;
        let user = caller.user().ok_or(Wrong::NotAuthenticated)?;
        let now = self.world.now();
        let mut grants = self
            .all_grants(user)
            .await
            .inspect_err(|_| self.store_failed())?;
        let tokens = self.all_personal_tokens(user).await;
        let mut personal_tokens = tokens.inspect_err(|_| self.store_failed())?;
        grants.retain(|it| end(&it.snapshot, now).is_none());
        personal_tokens.retain(|it| it.end_of(user, now).is_none());
        grants.reverse();
        personal_tokens.reverse();
        Ok(Approved {
            grants,
            personal_tokens,
        })
    }

    /// What one person has is bounded by the live grants that a client may have of them, and by
    /// how long the rows of dead ones are kept.
    async fn all_grants(&self, user: &User) -> Result<Vec<GrantListed>, Outage> {
        let (mut items, mut request) = (Vec::new(), PageRequest::default());
        loop {
            let page = self.store.grants_of_user(user.id, &request).await?;
            items.extend(page.items);
            if page.next.is_none() {
                return Ok(items);
            }
            request.after = page.next;
        }
    }

    async fn all_personal_tokens(&self, user: &User) -> Result<Vec<PersonalToken>, Outage> {
        let (mut items, mut request) = (Vec::new(), PageRequest::default());
        loop {
            let page = self.store.personal_tokens(user.id, &request).await?;
            items.extend(page.items);
            if page.next.is_none() {
                return Ok(items);
            }
            request.after = page.next;
        }
    }
}
