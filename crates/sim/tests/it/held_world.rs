//! A small world that holds grants: one integration, and the changes that happen to connections.

use evergrant_service::core::held::answer::RawAnswer;
use evergrant_service::core::held::attempt::Ended;
use evergrant_service::core::held::grant::Grant;
use evergrant_service::core::held::integration::Overrides;
use evergrant_service::core::held::{
    Access, Attempt, Cause, Confidence, Connection, Diagnosis, How, Integration, Kind, Party,
    Phase, Sending, Standing, State, Tokens,
};
use evergrant_service::core::id::{AttemptId, ConnectionId, GrantId, IntegrationId, ProcessId};
use evergrant_service::core::{Change, ScopeSet, Secret, Span, Time};
use evergrant_service::store::CommitError;

use crate::bed::Bed;
use crate::world::{NOW, STRANGE, World};

pub(crate) struct HeldWorld {
    pub(crate) world: World,
    pub(crate) integration: Integration,
}

pub(crate) fn secret(text: &str) -> Secret {
    Secret::new(text.into())
}

/// Tokens that tell which ones they are.
pub(crate) fn tokens(name: &str) -> Tokens {
    Tokens {
        access: Some(secret(&format!("hush-access-{name}"))),
        refresh: Some(secret(&format!("hush-refresh-{name}"))),
    }
}

pub(crate) fn answer(body: &[u8]) -> RawAnswer {
    RawAnswer {
        status: 200,
        headers: vec![
            ("content-type".into(), "application/json".into()),
            ("date".into(), STRANGE.into()),
        ],
        body: body.to_vec().into(),
        complete: true,
    }
}

pub(crate) fn diagnosis() -> Diagnosis {
    let evidence = vec![STRANGE.into(), String::new(), "two\nlines".into()];
    Diagnosis {
        also_possible: vec![Cause::RefreshTokenReused, Cause::Unknown],
        transient: true,
        advice: Some(STRANGE.into()),
        dates: vec![NOW, Time::from_micros(-1)],
        code: Some("invalid_grant".into()),
        at: Some(NOW),
        ..Diagnosis::new(
            Cause::ResponseLost,
            Party::EndUser,
            Confidence::Likely,
            evidence,
        )
    }
}

impl HeldWorld {
    pub(crate) async fn new(bed: Bed) -> Self {
        Self::of(World::new(bed).await).await
    }

    pub(crate) async fn of(world: World) -> Self {
        let this = Self {
            integration: integration(&world, "acme"),
            world,
        };
        let added = Change::IntegrationAdded(
            Box::new(this.integration.clone()),
            Some(secret("hush-client-secret")),
        );
        this.commit(vec![added]).await.unwrap();
        this
    }

    pub(crate) async fn commit(&self, changes: Vec<Change>) -> Result<(), CommitError> {
        self.world.commit(changes).await
    }

    /// A connection that is in no store yet, with its grant.
    pub(crate) fn connection(&self, name: &str) -> (Connection, Grant) {
        let id = ConnectionId::new(NOW, self.world.chance());
        let grant = GrantId::new(NOW, self.world.chance());
        let connection = Connection {
            id,
            team: self.world.team.id,
            name: name.into(),
            integration: self.integration.id,
            owner: None,
            scopes: ScopeSet::default(),
            account: None,
            grant: Some(grant),
            created_at: NOW,
            standing: Standing::new(State::Active, NOW),
            version: 0,
        };
        let grant = Grant {
            id: grant,
            team: self.world.team.id,
            connection: id,
            generation: 1,
            scopes: None,
            consented_at: NOW,
            renewed_at: NOW,
            access: Access::Until(NOW.plus(Span::from_seconds(3600))),
            refreshable: true,
            refresh_expires_at: None,
            refresh_at: None,
            runner_up: false,
        };
        (connection, grant)
    }

    pub(crate) async fn make(&self, connection: &Connection, grant: &Grant) {
        let tokens = tokens(&format!("{}-{}", connection.name, grant.generation));
        let made = Change::ConnectionMade(
            Box::new(connection.clone()),
            Box::new(grant.clone()),
            tokens,
        );
        self.commit(vec![made]).await.unwrap();
    }

    pub(crate) async fn made(&self, name: &str) -> (Connection, Grant) {
        let (connection, grant) = self.connection(name);
        self.make(&connection, &grant).await;
        (connection, grant)
    }

    pub(crate) fn process(&self) -> ProcessId {
        ProcessId::new(NOW, self.world.chance())
    }

    /// A claim that is in no store yet.
    pub(crate) fn attempt(&self, grant: &Grant) -> Attempt {
        Attempt {
            id: AttemptId::new(NOW, self.world.chance()),
            connection: grant.connection,
            grant: grant.id,
            generation: grant.generation,
            kind: Kind::Refresh,
            phase: Phase::Claimed,
            claimed_by: self.process(),
            claimed_at: NOW,
            sends: Vec::new(),
            ended_at: None,
            diagnosis: None,
            revision: 0,
        }
    }

    pub(crate) async fn claimed(&self, grant: &Grant) -> Attempt {
        let attempt = self.attempt(grant);
        self.commit(vec![claim(&attempt)]).await.unwrap();
        attempt
    }

    /// Writes the next revision of an attempt.
    pub(crate) async fn advance(&self, to: &mut Attempt) {
        let seen = to.revision;
        to.revision += 1;
        self.commit(vec![advanced(seen, to)]).await.unwrap();
    }
}

pub(crate) fn integration(world: &World, name: &str) -> Integration {
    Integration {
        id: IntegrationId::new(NOW, world.chance()),
        team: world.team.id,
        name: name.into(),
        provider: "generic".into(),
        client_id: STRANGE.into(),
        has_secret: true,
        scopes: vec!["https://a.example/read".into(), "b".into()],
        overrides: Overrides::default(),
        created_at: NOW,
    }
}

pub(crate) fn claim(attempt: &Attempt) -> Change {
    Change::AttemptClaimed(Box::new(attempt.clone()))
}

pub(crate) fn advanced(seen: u64, to: &Attempt) -> Change {
    Change::AttemptAdvanced {
        seen,
        to: Box::new(to.clone()),
    }
}

pub(crate) fn moved(connection: &Connection, seen: u64, to: &Standing) -> Change {
    Change::ConnectionMoved {
        connection: connection.id,
        seen,
        to: Box::new(to.clone()),
    }
}

pub(crate) fn sending(process: ProcessId, how: Option<How>) -> Sending {
    Sending {
        process,
        begun_at: NOW,
        ended: how.map(|how| Ended {
            at: NOW.plus(Span::from_seconds(1)),
            how,
            status: (how == How::Received).then_some(599),
        }),
    }
}
