//! Personal access tokens, made, listed and deleted.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use evergrant_core::id::{PersonalTokenId, UserId};
use evergrant_core::issued::personal::{
    Ability, DEFAULT_LIFETIME, HINT, PersonalTokenError, purpose, scopes,
};
use evergrant_core::issued::{PersonalToken, Reason};
use evergrant_core::people::{Role, User};
use evergrant_core::secret::SecretKind;
use evergrant_core::{Change, Decision, ScopeSet, Secret, Span};
use evergrant_store::{Page, PageRequest};

use crate::manage::{Authority, Caller};
use crate::{Failure, Service, Wrong};

/// A token to be made.
#[derive(Clone, Debug)]
pub struct NewPersonalToken {
    /// What it is for.
    pub purpose: String,
    /// What it may do; nothing here means all that its maker may do.
    pub scopes: Vec<String>,
    /// How long.
    pub life: Life,
}

/// How long a token lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// As long as nobody says otherwise.
    Default,
    /// So long.
    For(Span),
    /// To its deletion.
    Endless,
}

fn not_found(name: &str) -> Failure {
    Wrong::NotFound {
        kind: "personal access token",
        name: name.to_owned(),
    }
    .into()
}

impl Service {
    /// Makes a token for the caller. It is shown once.
    ///
    /// # Errors
    /// When a value is not acceptable, or the caller may not.
    pub async fn make_personal_token(
        &self,
        caller: &Caller,
        new: &NewPersonalToken,
    ) -> Result<(Secret, PersonalToken), Failure> {
        caller.need(&Ability::Write)?;
        let user = self.person_behind(caller).await?;
        let allowed = scopes(&new.scopes, user.role)?;
        within_caller(caller, &allowed)?;
        let id = PersonalTokenId::new(self.world.now(), self.world.chance());
        let (token, row) = self.new_personal_token(id, &user, new, allowed)?;
        let change = Change::PersonalTokenMade(Box::new(row.clone()));
        self.end_well(self.write(caller.who(), vec![change]).await)?;
        Ok((token, row))
    }

    /// The text and the row of a new token.
    pub(crate) fn new_personal_token(
        &self,
        id: PersonalTokenId,
        user: &User,
        new: &NewPersonalToken,
        scopes: ScopeSet,
    ) -> Result<(Secret, PersonalToken), Failure> {
        let token = SecretKind::PersonalToken.make(&self.world.secret());
        let shown = SecretKind::PersonalToken.prefix().len() + HINT;
        let now = self.world.now();
        let expires_at = match new.life {
            Life::Default => Some(now.plus(DEFAULT_LIFETIME)),
            Life::For(span) if span.millis() == 0 => return Err(PersonalTokenError::Expiry.into()),
            Life::For(span) => Some(now.plus(span)),
            Life::Endless => None,
        };
        let row = PersonalToken {
            id,
            team: user.team,
            user: user.id,
            purpose: purpose(&new.purpose)?,
            digest: token.digest(),
            hint: token.expose().chars().take(shown).collect(),
            scopes,
            created_at: now,
            expires_at,
            last_used_at: None,
            user_epoch: user.epochs.personal_tokens,
            membership_epoch: user.membership_epoch,
        };
        Ok((token, row))
    }

    /// The caller's tokens.
    ///
    /// # Errors
    /// When the caller may not.
    pub async fn personal_tokens(
        &self,
        caller: &Caller,
        page: &PageRequest,
    ) -> Result<Page<PersonalToken>, Failure> {
        caller.need(&Ability::Read)?;
        let user = self.person_behind(caller).await?;
        Ok(self.store.personal_tokens(user.id, page).await?)
    }

    /// One of the caller's tokens; an admin's or operator's view reaches the whole team.
    ///
    /// # Errors
    /// When there is none.
    pub async fn personal_token_named(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<PersonalToken, Failure> {
        caller.need(&Ability::Read)?;
        let id = PersonalTokenId::parse(name).map_err(|_| not_found(name))?;
        let seen = |token: &PersonalToken| {
            let own = caller.user().is_some_and(|user| user.id == token.user);
            token.team == caller.team && (own || caller.may(&Ability::Admin))
        };
        let found = self.store.personal_token(id).await?.filter(seen);
        found.ok_or_else(|| not_found(name))
    }

    /// Why each of these tokens opens nothing now, in their order; `None` while it lives.
    ///
    /// # Errors
    /// In an outage.
    pub async fn ends_of_personal_tokens(
        &self,
        tokens: &[PersonalToken],
    ) -> Result<Vec<Option<Reason>>, Failure> {
        let now = self.world.now();
        let mut holders: BTreeMap<UserId, Option<User>> = BTreeMap::new();
        let mut ends = Vec::with_capacity(tokens.len());
        for token in tokens {
            let holder = match holders.entry(token.user) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(self.store.user(token.user).await?),
            };
            ends.push(match holder {
                Some(user) => token.end_of(user, now),
                None => Some(Reason::UserRemoved),
            });
        }
        Ok(ends)
    }

    /// Deletes a token; it opens nothing from the moment this answers.
    ///
    /// # Errors
    /// When there is none, or the caller may not.
    pub async fn delete_personal_token(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<PersonalToken, Failure> {
        caller.need(&Ability::Write)?;
        let mut settling = self.settling(caller.who());
        loop {
            let token = self.personal_token_named(caller, name).await?;
            let deleted = Change::PersonalTokenDeleted { token: token.id };
            if let Some(token) = settling.commit(Decision::one(deleted, token)).await? {
                return Ok(token);
            }
        }
    }

    /// The person whose tokens are meant: on the machine itself, the team's owner.
    async fn person_behind(&self, caller: &Caller) -> Result<User, Failure> {
        if let Some(user) = caller.user() {
            return Ok(user.clone());
        }
        let users = self
            .store
            .users(caller.team, &PageRequest::default())
            .await?
            .items;
        let owner = users.into_iter().find(|user| user.role == Role::Owner);
        owner.ok_or_else(|| {
            Wrong::NotFound {
                kind: "user",
                name: "owner".into(),
            }
            .into()
        })
    }
}

/// A token can't make one that may do more than itself.
fn within_caller(caller: &Caller, scopes: &ScopeSet) -> Result<(), Failure> {
    let Authority::Token(_) = &caller.authority else {
        return Ok(());
    };
    let beyond = scopes
        .words()
        .find(|word| Ability::parse(word).is_none_or(|ability| !caller.may(&ability)));
    match beyond {
        Some(word) => Err(PersonalTokenError::ScopeNotAllowed(word.to_owned()).into()),
        None => Ok(()),
    }
}
