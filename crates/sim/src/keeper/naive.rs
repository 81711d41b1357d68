//! Keepers from which one rule was taken, as others build them: each must be caught.

use std::sync::Arc;
use std::time::Duration;

use evergrant_service::Service;
use evergrant_service::core::held::grant::{Access, Tokens};
use evergrant_service::core::held::plan::{self, Credentials};
use evergrant_service::core::held::{Provider, RawAnswer, Reading, Replayed, absorb};
use evergrant_service::core::id::Chance;
use evergrant_service::core::{Actor, Change, Secret, Span};
use evergrant_service::held::wire::{Limits, Silence, Wire as _};
use evergrant_service::store::held::Loaded;
use evergrant_service::store::{Commit, Outage};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::keeper::fate::Fate;
use crate::keeper::net::SimWire;

/// Which rule is missing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Naive {
    /// A lease, taken for so long as a request usually takes, and no journal.
    LeaseOnly,
    /// The answer is parsed, and then what was understood of it is kept.
    ParseBeforeStore,
    /// No answer means "again".
    RetryOnTimeout,
}

impl Naive {
    /// All of them.
    pub const ALL: [Self; 3] = [
        Self::LeaseOnly,
        Self::ParseBeforeStore,
        Self::RetryOnTimeout,
    ];
}

const LIMITS: Limits = Limits {
    connect: Span::from_seconds(5),
    total: Span::from_seconds(20),
    body: 1 << 20,
};

pub(crate) fn start(naive: Naive, service: &Arc<Service>, fate: &Arc<Fate>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    let (service, fate) = (Arc::clone(service), Arc::clone(fate));
    tasks.spawn(async move {
        loop {
            sleep(Duration::from_secs(1)).await;
            if let Err(outage) = turn(naive, &service, &fate).await {
                fate.sky
                    .say(|| format!("{} can't look: {outage}", fate.name));
            }
        }
    });
    tasks
}

async fn turn(naive: Naive, service: &Service, fate: &Arc<Fate>) -> Result<(), Outage> {
    let store = service.store();
    let now = service.world().now();
    for integration in store.integrations_due(now).await? {
        for connection in store.due(integration, now, 10).await? {
            if let Some(loaded) = store.connection(connection).await? {
                refresh(naive, service, fate, loaded).await?;
            }
        }
    }
    Ok(())
}

async fn refresh(
    naive: Naive,
    service: &Service,
    fate: &Arc<Fate>,
    loaded: Loaded,
) -> Result<(), Outage> {
    let now = service.world().now();
    // The lease: whoever moves the date has it, and it lapses by itself.
    let lease = match naive {
        Naive::LeaseOnly => Span::from_seconds(10),
        _ => Span::from_seconds(120),
    };
    let mut standing = loaded.connection.standing.clone();
    standing.due_at = Some(now.plus(lease));
    let claimed = Change::ConnectionMoved {
        connection: loaded.connection.id,
        seen: loaded.connection.version,
        to: Box::new(standing.clone()),
    };
    if !write(service, &loaded, vec![claimed]).await {
        return Ok(());
    }
    let Some(kept) = service.store().kept(&loaded.grant).await? else {
        return Ok(());
    };
    let provider = service.provider_of(&loaded.integration);
    let refresh = kept.tokens.refresh.clone();
    let mut answer = exchange(fate, &provider, refresh.as_ref()).await;
    if answer.is_err() && naive == Naive::RetryOnTimeout {
        answer = exchange(fate, &provider, refresh.as_ref()).await;
    }
    let Ok(answer) = answer else {
        return Ok(());
    };
    let Reading::Tokens(came) = absorb::absorb(&answer, &provider, now, Replayed::No) else {
        return Ok(());
    };
    let now = service.world().now();
    let mut grant = loaded.grant.clone();
    grant.generation += 1;
    grant.renewed_at = now;
    grant.access = Access::Until(now.plus(came.expires_in.unwrap_or_default()));
    standing.due_at = Some(now.plus(Span::from_millis(grant.lifetime().millis() / 2)));
    let changes = vec![
        Change::TokensApplied {
            from: loaded.grant.generation,
            grant: Box::new(grant),
            tokens: Tokens {
                access: Some(came.access_token),
                refresh: came.refresh_token.or(refresh),
            },
        },
        Change::ConnectionMoved {
            connection: loaded.connection.id,
            seen: loaded.connection.version + 1,
            to: Box::new(standing),
        },
    ];
    write(service, &loaded, changes).await;
    Ok(())
}

async fn exchange(
    fate: &Arc<Fate>,
    provider: &Provider,
    refresh: Option<&Secret>,
) -> Result<RawAnswer, Silence> {
    let failed = |why: &str| Silence(why.to_owned());
    let hush = Secret::new("hush".into());
    let credentials = Credentials {
        client_id: "keeper",
        secret: Some(&hush),
    };
    let request = plan::renew(provider, credentials, None, refresh)
        .map_err(|error| Silence(error.to_string()))?;
    let wire = SimWire(Arc::clone(fate));
    let line = wire.lay(&request.url, LIMITS).await;
    let line = line.map_err(|_| failed("unreachable"))?;
    line.exchange(request).await
}

async fn write(service: &Service, loaded: &Loaded, changes: Vec<Change>) -> bool {
    let commit = Commit {
        team: Some(loaded.connection.team),
        actor: Actor::System,
        at: service.world().now(),
        chance: Chance(service.world().bytes()),
        changes,
    };
    service.store().commit(&commit).await.is_ok()
}
