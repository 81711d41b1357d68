//! Signing in and out.

use evergrant_core::id::UserId;
use evergrant_core::people::session::SESSION_LIFETIME;
use evergrant_core::people::{Email, Session, User};
use evergrant_core::secret::SecretKind;
use evergrant_core::{Actor, Change, Secret};
use evergrant_store::{CommitError, Outage};

use crate::issued::Origin;
use crate::{Failure, Service, Wrong};

impl Service {
    /// Signs a person in: gives the text of the browser's cookie.
    ///
    /// # Errors
    /// [`Wrong::NotAuthenticated`] whether address or password was wrong, or the account is
    /// stopped; [`Wrong::TooManyTries`] for who guesses.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &Secret,
        origin: &Origin,
    ) -> Result<(Secret, Session), Failure> {
        self.throttle
            .try_sign_in(email, origin.address)
            .map_err(Wrong::TooManyTries)?;
        let email = Email::parse(email).map_err(|_| Wrong::NotAuthenticated)?;
        let found = self
            .store
            .user_by_email(&email)
            .await
            .inspect_err(|_| self.store_failed())?;
        let (user, hash) = found.map_or((None, None), |(user, hash)| (Some(user), hash));
        let fits = self.is_password(password, hash.as_ref()).await?;
        match user {
            Some(user) if fits && user.is_active() => self.open_session(&user).await,
            _ => Err(Wrong::NotAuthenticated.into()),
        }
    }

    /// Goes on unless there were too many texts from there that strangers had explained.
    ///
    /// # Errors
    /// [`Wrong::TooManyTries`].
    pub fn may_explain(&self, origin: &Origin) -> Result<(), Failure> {
        let counted = self.throttle.try_explain(origin.address);
        Ok(counted.map_err(Wrong::TooManyTries)?)
    }

    /// Signs in a person whose identity was shown in another way: by a link made for them alone.
    ///
    /// # Errors
    /// [`Wrong::NotAuthenticated`] when the account is stopped or gone.
    pub async fn sign_in_as(&self, user: UserId) -> Result<(Secret, Session), Failure> {
        let found = self
            .store
            .user(user)
            .await
            .inspect_err(|_| self.store_failed())?;
        match found.filter(User::is_active) {
            Some(user) => self.open_session(&user).await,
            None => Err(Wrong::NotAuthenticated.into()),
        }
    }

    /// Opens a session for a person whose identity was shown.
    ///
    /// # Errors
    /// In an outage.
    pub(crate) async fn open_session(&self, user: &User) -> Result<(Secret, Session), Failure> {
        let cookie = SecretKind::Session.make(&self.world.secret());
        let now = self.world.now();
        let session = Session {
            digest: cookie.digest(),
            user: user.id,
            epochs: user.epochs,
            membership_epoch: user.membership_epoch,
            created_at: now,
            expires_at: now.plus(SESSION_LIFETIME),
        };
        let change = Change::SessionOpened(Box::new(session.clone()));
        self.end_well(
            self.write((Some(user.team), Actor::User(user.id)), vec![change])
                .await,
        )?;
        Ok((cookie, session))
    }

    /// The session of a cookie, if it lives.
    ///
    /// # Errors
    /// In an outage.
    pub async fn session(&self, cookie: &Secret) -> Result<Option<(Session, User)>, Failure> {
        if SecretKind::recognise(cookie.expose()) != Some(SecretKind::Session) {
            return Ok(None);
        }
        let found = self.store.session(cookie.digest()).await;
        let found = found.inspect_err(|_| self.store_failed())?;
        let now = self.world.now();
        Ok(found.filter(|(session, user)| session.is_live(user, now)))
    }

    /// Signs a browser out.
    ///
    /// # Errors
    /// In an outage.
    pub async fn sign_out(&self, session: &Session, user: &User) -> Result<(), Failure> {
        let change = Change::SessionEnded {
            digest: session.digest,
        };
        self.end_well(
            self.write((Some(user.team), Actor::User(user.id)), vec![change])
                .await,
        )
    }

    /// A write that nothing can conflict with.
    pub(crate) fn end_well(&self, outcome: Result<(), CommitError>) -> Result<(), Failure> {
        match outcome {
            Ok(()) => Ok(()),
            Err(CommitError::Outage(outage)) => Err(outage.into()),
            Err(other) => Err(Outage::new(&other).into()),
        }
    }
}
