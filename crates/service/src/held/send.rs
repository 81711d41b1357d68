//! One send: a line is laid, the journal says "sent", the first byte leaves.

use evergrant_core::held::attempt::{Attempt, Kind};
use evergrant_core::held::journal::{self, Unsent};
use evergrant_core::held::plan::{self, Credentials, Request};
use evergrant_core::held::timing::{self, FIRST_BYTE};
use evergrant_core::held::{ReplayPolicy, Tokens};
use evergrant_core::{Secret, Span, Time};
use evergrant_store::Outage;

use super::answer::{Owed, What};
use super::situation::{Scene, Written};
use super::wire::{Line, Unreachable};
use crate::{Failure, Service};

/// A request that can be sent, or why it can't.
type Planned = Result<Request, Unsent>;

impl Service {
    /// Sends what the connection's attempt is about, and writes down what comes of it.
    pub(crate) async fn send(&self, scene: &Scene) -> Result<(), Failure> {
        let Some(attempt) = &scene.it.attempt else {
            return Ok(());
        };
        let Some(planned) = self.plan(scene, attempt).await? else {
            // The generation moved on while we looked.
            return Ok(());
        };
        let (request, line) = match self.lay(scene, planned).await {
            Ok(laid) => laid,
            Err(unsent) => return self.not_reached(scene, attempt, unsent).await,
        };
        self.open_spool()?;
        let Some((send, began)) = self.begin(scene, attempt).await? else {
            return Ok(());
        };
        let due = Owed {
            team: scene.team(),
            attempt: attempt.id,
            send,
            what: What::NotSent,
        };
        // Somebody else may decide about this send after its lease; a late first byte would meet
        // their decision.
        if self.world.uptime().less(began) >= FIRST_BYTE {
            return self.owe(due).await;
        }
        match line.exchange(request).await {
            Ok(answer) => {
                let what = What::Answer(Box::new(answer));
                self.owe(Owed { what, ..due }).await
            }
            Err(silence) => {
                tracing::warn!(attempt = %attempt.id, %silence, "no answer came");
                self.trouble(scene);
                let what = What::Silence(silence.0);
                self.owe(Owed { what, ..due }).await
            }
        }
    }

    /// Without a spool a successor could not tell that we are gone, nor find what we left.
    pub(crate) fn open_spool(&self) -> Result<(), Outage> {
        let unusable = |error| {
            Outage(format!(
                "the spool can't be used, so nothing is sent: {error}"
            ))
        };
        self.held.spool.open().map_err(unusable)
    }

    async fn plan(&self, scene: &Scene, attempt: &Attempt) -> Result<Option<Planned>, Failure> {
        let integration = &scene.loaded.integration;
        let secret = self.store.integration_secret(integration.id).await?;
        let credentials = Credentials {
            client_id: &integration.client_id,
            secret: secret.as_ref(),
        };
        let unsent = |error: plan::PlanError| Unsent::NotAllowed(error.to_string());
        if attempt.kind == Kind::Code {
            let Some((consent, secrets)) = self.store.consent_of(scene.it.connection.id).await?
            else {
                return Ok(None);
            };
            let code = secrets.code.unwrap_or_else(|| Secret::new(String::new()));
            let verifier = secrets.verifier.as_ref();
            let redirect = &consent.redirect_uri;
            let planned =
                plan::redeem_code(&scene.provider, credentials, &code, redirect, verifier);
            return Ok(Some(planned.map_err(unsent)));
        }
        let Some(kept) = self.store.kept(&scene.it.grant).await? else {
            return Ok(None);
        };
        let Tokens { access, refresh } = kept.tokens;
        let planned = plan::renew(
            &scene.provider,
            credentials,
            access.as_ref(),
            refresh.as_ref(),
        );
        Ok(Some(planned.map_err(unsent)))
    }

    async fn lay(
        &self,
        scene: &Scene,
        planned: Planned,
    ) -> Result<(Request, Box<dyn Line>), Unsent> {
        let request = planned?;
        let limits = self.held.bounds.limits(request_limit(scene));
        match self.held.wire.lay(&request.url, limits).await {
            Ok(line) => Ok((request, line)),
            Err(Unreachable::NotAllowed(text)) => Err(Unsent::NotAllowed(text)),
            Err(Unreachable::Failed(text)) => Err(Unsent::Unreachable(text)),
        }
    }

    async fn not_reached(
        &self,
        scene: &Scene,
        attempt: &Attempt,
        unsent: Unsent,
    ) -> Result<(), Failure> {
        self.trouble(scene);
        let now = self.world.now();
        let decision = if attempt.sends.is_empty() {
            journal::abort(&scene.it, attempt, Some(unsent), now)
        } else {
            journal::postpone(&scene.it, &unsent, now)
        };
        self.put(scene.team(), decision).await.map(drop)
    }

    fn trouble(&self, scene: &Scene) {
        let integration = scene.loaded.integration.id;
        self.held.gates.failed(integration, self.world.uptime());
    }

    /// Says "sent" in the journal. Gives the number of the send and when it began, or nothing if
    /// it is not ours to send.
    async fn begin(
        &self,
        scene: &Scene,
        attempt: &Attempt,
    ) -> Result<Option<(usize, Span)>, Failure> {
        let (began, now) = (self.world.uptime(), self.world.now());
        let decision = journal::send(&scene.it, attempt, self.held.process(), now);
        let send = decision.answer;
        match self.put(scene.team(), decision).await {
            Ok((Written::Done, _)) => Ok(Some((send, began))),
            Ok((Written::Moved, _)) => Ok(None),
            Ok((Written::Unknown, _)) => {
                // If it was written, the journal says "sent" of something that never was.
                self.owe_nothing_sent(scene, attempt, send, now).await?;
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    async fn owe_nothing_sent(
        &self,
        scene: &Scene,
        attempt: &Attempt,
        send: usize,
        begun_at: Time,
    ) -> Result<(), Failure> {
        let owed = Owed {
            team: scene.team(),
            attempt: attempt.id,
            send,
            what: What::NeverBegun(begun_at),
        };
        self.owe(owed).await
    }
}

/// How long a request may take: with a replay window only so long that there is time for another.
fn request_limit(scene: &Scene) -> Span {
    let habits = &scene.it.habits;
    match habits.replay {
        ReplayPolicy::Window(window) => {
            timing::within_window(window, habits.request).unwrap_or(habits.request)
        }
        _ => habits.request,
    }
}
