//! Ending grants at their providers: what was removed, and what came too late. Tried again until
//! the provider agrees, or there is no sense in it any more.

use std::time::Duration;

use evergrant_core::held::{Tokens, plan, timing};
use evergrant_core::{Actor, Change, Span};
use evergrant_store::held::Revocation;
use tokio::task::JoinSet;

use crate::{Failure, Service};

/// How many are looked after in one turn.
const BATCH: u32 = 64;
/// How long one who removes a connection waits for its provider.
const PATIENCE: Duration = Duration::from_secs(5);
/// For how long it is tried.
const LONGEST: Span = Span::from_days(7);

/// What came of a try.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ending {
    /// The provider agreed.
    Done,
    /// There is no way, or it makes no sense.
    Never,
    /// Try again.
    Later,
}

impl Service {
    /// Ends at their providers the grants that are due.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn revoke_due(&self) -> Result<(), Failure> {
        // All at once, so that a provider that hangs keeps none of the others waiting.
        let mut tries = JoinSet::new();
        for due in self.store.revocations_due(self.world.now(), BATCH).await? {
            let Some(service) = self.shared() else { break };
            tries.spawn(async move {
                if let Err(failure) = service.revoke_held(&due).await {
                    tracing::warn!(?failure, "a grant can't be ended at its provider now");
                }
            });
        }
        while tries.join_next().await.is_some() {}
        Ok(())
    }

    /// The same for one who waits: what takes longer is tried again later.
    pub(crate) async fn revoke_soon(&self) {
        match tokio::time::timeout(PATIENCE, self.revoke_due()).await {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => tracing::warn!(?failure, "a grant is ended later"),
            Err(_) => tracing::warn!("a provider takes long to end a grant; it is tried again"),
        }
    }

    async fn revoke_held(&self, due: &Revocation) -> Result<(), Failure> {
        let ending = self.end_there(due).await?;
        let now = self.world.now();
        let tries = due.tries.saturating_add(1);
        let tired = now.since(due.created_at) > LONGEST;
        let change = match ending {
            Ending::Later if !tired => Change::RevocationPutOff {
                revocation: due.id,
                tries,
                due_at: now.plus(timing::backoff(tries, due.id.spread())),
            },
            ending => Change::RevocationEnded {
                revocation: due.id,
                done: ending == Ending::Done,
            },
        };
        let who = (Some(due.team), Actor::System);
        if let Err(error) = self.write(who, vec![change]).await {
            tracing::warn!(%error, "the end of a grant can't be written now");
        }
        Ok(())
    }

    async fn end_there(&self, due: &Revocation) -> Result<Ending, Failure> {
        let Some(integration) = self.store.integration(due.integration).await? else {
            return Ok(Ending::Never);
        };
        let secret = self.store.integration_secret(integration.id).await?;
        let provider = self.held.provider(&integration);
        let ends = provider.revocation.ends;
        if ends.may_hit(self.store.has_sibling(due).await?) {
            tracing::info!(connection = %due.connection,
                "a grant is not ended at its provider: another connection may live on it");
            return Ok(Ending::Never);
        }
        let credentials = plan::Credentials {
            client_id: &integration.client_id,
            secret: secret.as_ref(),
        };
        let Tokens { access, refresh } = &due.tokens;
        let planned = plan::revoke(&provider, credentials, access.as_ref(), refresh.as_ref());
        let request = match planned {
            Ok(Some(request)) => request,
            Ok(None) => return Ok(Ending::Never),
            Err(error) => {
                tracing::warn!(%error, connection = %due.connection, "a grant can't be ended");
                return Ok(Ending::Never);
            }
        };
        let limits = self.held.bounds.limits(self.held.bounds.total);
        let Ok(line) = self.held.wire.lay(&request.url, limits).await else {
            return Ok(Ending::Later);
        };
        let Ok(answer) = line.exchange(request).await else {
            return Ok(Ending::Later);
        };
        // RFC 7009 section 2.2: a token that the server does not know is as good as ended; what it
        // refuses otherwise it will refuse again.
        Ok(match answer.status {
            200..=299 | 404 | 410 => Ending::Done,
            408 | 429 | 500..=599 => Ending::Later,
            _ => {
                tracing::warn!(status = answer.status, connection = %due.connection,
                    "the provider does not end a grant");
                Ending::Never
            }
        })
    }
}
