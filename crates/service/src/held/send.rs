//! One send: a line is laid, the journal says "sent", the first byte leaves.

use evergrant_core::held::attempt::{Attempt, Kind};
use evergrant_core::held::journal::{self, Unsent};
use evergrant_core::held::plan::{self, Credentials, Request};
use evergrant_core::held::timing::{self, FIRST_BYTE};
use evergrant_core::held::{ReplayPolicy, Tokens};
use evergrant_core::id::IntegrationId;
use evergrant_core::{Secret, Span};
use evergrant_store::Outage;

use super::answer::{Owed, What};
use super::situation::{Scene, Written};
use super::wire::{Line, Unreachable};
use crate::{Failure, Service};

/// A send that the journal knows of.
struct Begun {
    /// Which of its attempt's.
    send: usize,
    /// When it began, by the machine's own clock.
    at: Span,
    onward: Option<Scene>,
}

/// A request that can be sent, or why it can't.
type Planned = Result<Request, Unsent>;

impl Service {
    /// Sends what the connection's attempt is about, and writes down what comes of it. Gives the
    /// scene that this led to, if it is known without another look.
    pub(crate) async fn send(&self, scene: Scene) -> Result<Option<Scene>, Failure> {
        let Some(attempt) = scene.it.attempt.clone() else {
            return Ok(None);
        };
        let Some(planned) = self.plan(&scene, &attempt).await? else {
            // The generation moved on while we looked.
            return Ok(None);
        };
        let (request, line) = match self.lay(&scene, planned).await {
            Ok(laid) => laid,
            Err(unsent) => {
                self.not_reached(&scene, &attempt, unsent).await?;
                return Ok(None);
            }
        };
        self.open_spool()?;
        let (team, integration) = (scene.team(), scene.integration.id);
        let Some(begun) = self.begin(scene, &attempt).await? else {
            return Ok(None);
        };
        let owed = |what| Owed {
            team,
            attempt: attempt.id,
            send: begun.send,
            what,
        };
        // Somebody else may decide about this send after its lease; a late first byte would meet
        // their decision.
        if self.world.uptime().less(begun.at) >= FIRST_BYTE {
            return self.owe(owed(What::NotSent), None).await;
        }
        match line.exchange(request).await {
            Ok(answer) => {
                let answer = What::Answer(Box::new(answer));
                self.owe(owed(answer), begun.onward).await
            }
            Err(silence) => {
                tracing::warn!(attempt = %attempt.id, %silence, "no answer came");
                self.trouble(integration);
                self.owe(owed(What::Silence(silence.0)), None).await
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
        let integration = &scene.integration;
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
        self.trouble(scene.integration.id);
        let now = self.world.now();
        let decision = if attempt.sends.is_empty() {
            journal::abort(&scene.it, attempt, Some(unsent), now)
        } else {
            journal::postpone(&scene.it, &unsent, now)
        };
        self.put(scene.team(), decision).await.map(drop)
    }

    fn trouble(&self, integration: IntegrationId) {
        self.held.gates.failed(integration, self.world.uptime());
    }

    /// Says "sent" in the journal; nothing if it is not ours to send.
    async fn begin(&self, scene: Scene, attempt: &Attempt) -> Result<Option<Begun>, Failure> {
        let (at, now) = (self.world.uptime(), self.world.now());
        let team = scene.team();
        let decision = journal::send(&scene.it, attempt, self.held.process(), now);
        match self.put_onward(scene, decision).await? {
            (Written::Done, send, onward) => Ok(Some(Begun { send, at, onward })),
            (Written::Moved, ..) => Ok(None),
            (Written::Unknown, send, _) => {
                // If it was written, the journal says "sent" of something that never was.
                let owed = Owed {
                    team,
                    attempt: attempt.id,
                    send,
                    what: What::NeverBegun(now),
                };
                self.owe(owed, None).await?;
                Ok(None)
            }
        }
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
