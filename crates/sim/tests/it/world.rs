//! A small world in a store: one team, one user, one client, and the changes that happen to it.

use std::sync::atomic::{AtomicU64, Ordering};

use evergrant_service::core::id::UserId;
use evergrant_service::core::id::{
    Chance, ClientId, GrantId, IncidentId, KeyId, PersonalTokenId, TeamId,
};
use evergrant_service::core::issued::client::Algorithm;
use evergrant_service::core::issued::code::Challenge;
use evergrant_service::core::issued::incident::Story;
use evergrant_service::core::issued::liveness::Pulse;
use evergrant_service::core::issued::presenter::{Did, Entry};
use evergrant_service::core::issued::{
    Client, Code, Grant, GrantTypes, Incident, IncidentKind, Nonce, OnTwoHolders, PersonalToken,
    Presenter, Presenters, Reach, Reason, Replay, Rotation,
};
use evergrant_service::core::people::UserEpochs;
use evergrant_service::core::people::{
    Effect, Email, EpochSubject, Role, Session, SignIn, Team, User,
};
use evergrant_service::core::{Actor, Change, Digest, ScopeSet, Span, Time};
use evergrant_service::store::{Commit, CommitError, Engine, Store};

use crate::bed::Bed;

pub(crate) const NOW: Time = Time::from_seconds(1_800_000_000);

/// Text that a careless text of SQL, or a careless list, would trip over.
pub(crate) const STRANGE: &str = "O'Brien \"%_\\ ü \u{1f511} \u{202e}; DROP TABLE grants --";

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) team: Team,
    pub(crate) user: User,
    pub(crate) client: Client,
    pub(crate) bed: Bed,
    drawn: AtomicU64,
}

impl World {
    pub(crate) async fn new(bed: Bed) -> Self {
        let store = bed.open().await;
        Self::of(bed, store).await
    }

    /// The world of a store that was opened already.
    pub(crate) async fn of(bed: Bed, store: Store) -> Self {
        let team = TeamId::new(NOW, Chance([1; 16]));
        let this = Self {
            store,
            team: Team {
                id: team,
                name: "Tëam".into(),
                created_at: NOW,
            },
            user: user(team, UserId::new(NOW, Chance([2; 16])), "ada@example.org"),
            client: client(team, ClientId::new(NOW, Chance([3; 16]))),
            bed,
            drawn: AtomicU64::new(0),
        };
        let changes = vec![
            Change::TeamMade(Box::new(this.team.clone())),
            Change::UserAdded(Box::new(this.user.clone()), None),
            Change::ClientAdded(Box::new(this.client.clone())),
        ];
        this.commit(changes).await.unwrap();
        this
    }

    pub(crate) fn engine(&self) -> &dyn Engine {
        self.store.engine()
    }

    /// Never the same twice. The last bytes are left to the journal, which counts there.
    pub(crate) fn chance(&self) -> Chance {
        let mut chance = [0; 16];
        let drawn = self.drawn.fetch_add(1, Ordering::Relaxed);
        chance[6..14].copy_from_slice(&drawn.to_be_bytes());
        Chance(chance)
    }

    pub(crate) fn nonce(&self) -> Nonce {
        Nonce(self.chance().0)
    }

    pub(crate) fn commit_of(&self, changes: Vec<Change>) -> Commit {
        let team = Some(self.team.id);
        Commit {
            team,
            actor: Actor::Operator,
            at: NOW,
            chance: self.chance(),
            changes,
        }
    }

    pub(crate) async fn commit(&self, changes: Vec<Change>) -> Result<(), CommitError> {
        self.store.commit(&self.commit_of(changes)).await
    }

    /// A grant that is in no store yet.
    pub(crate) fn grant(&self) -> Grant {
        let nonce = self.nonce();
        Grant {
            id: GrantId::new(NOW, self.chance()),
            team: self.team.id,
            client: self.client.id,
            user: self.user.id,
            scope: ScopeSet::parse("read write").unwrap(),
            resources: Vec::new(),
            created_at: NOW,
            absolute_expires_at: NOW.plus(Span::from_days(365)),
            rotation: Rotation {
                generation: 1,
                nonce,
                previous_nonce: nonce,
                rotated_at: NOW,
                previous_rotated_at: NOW,
                expires_at: NOW.plus(Span::from_days(30)),
                mac_key: KeyId::new(NOW, Chance([4; 16])),
                token_format: 1,
                incarnation: 0,
                presented: 0,
            },
            retries: 0,
            chain: 0,
            access_floor: 0,
            sign_in: SignIn::default(),
            client_epoch: 0,
            presenters: Presenters::default(),
            ended: None,
        }
    }

    pub(crate) async fn begin(&self, grant: &Grant) {
        self.commit(vec![Change::GrantBegun(Box::new(grant.clone()))])
            .await
            .unwrap();
    }

    pub(crate) async fn begun(&self) -> Grant {
        let grant = self.grant();
        self.begin(&grant).await;
        grant
    }

    /// The grant; and the short read of it is the same, unless others change it meanwhile.
    pub(crate) async fn load(&self, id: GrantId) -> Grant {
        let found = self.store.grant(id).await.unwrap().unwrap();
        let pulse = self.store.pulse(id).await.unwrap().unwrap();
        if self.store.grant(id).await.unwrap().unwrap() == found {
            let (standing, incarnation) = (&found.standing, found.store.incarnation);
            let same = Pulse::of(&found.grant, &found.client, standing, incarnation);
            assert_eq!(pulse, same, "the short read differs from the whole one");
        }
        found.grant
    }

    /// The next rotation of a row, and the row as it is afterwards.
    pub(crate) fn rotation(&self, row: &Grant) -> (Change, Grant) {
        let mut after = row.clone();
        let now = row.rotation;
        after.rotation = Rotation {
            generation: now.generation + 1,
            nonce: self.nonce(),
            previous_nonce: now.nonce,
            rotated_at: now.rotated_at.plus(Span::from_millis(1)),
            previous_rotated_at: now.rotated_at,
            presented: now.generation,
            ..now
        };
        after.retries = 0;
        let entry = entry(now.generation, Did::Rotated);
        after.presenters.push(&entry);
        let change = Change::GrantRotated {
            grant: row.id,
            from: (now.generation, now.nonce),
            retried: row.retries > 0,
            chain: row.chain,
            to: after.rotation,
            presenter: entry,
        };
        (change, after)
    }

    pub(crate) fn code(&self) -> Code {
        Code {
            digest: Digest::of(&self.chance().0),
            client: self.client.id,
            team: self.team.id,
            user: self.user.id,
            redirect_uri: "https://app.example/cb".into(),
            redirect_uri_named: true,
            scope: ScopeSet::parse("read").unwrap(),
            resources: vec!["https://api.example/".into(), "https://b.example/ü".into()],
            challenge: Challenge([9; 32]),
            sign_in: SignIn::default(),
            client_epoch: 0,
            created_at: NOW,
            expires_at: NOW.plus(Span::from_seconds(60)),
            redeemed: None,
        }
    }

    pub(crate) fn personal(&self) -> PersonalToken {
        PersonalToken {
            id: PersonalTokenId::new(NOW, self.chance()),
            team: self.team.id,
            user: self.user.id,
            purpose: "nightly 'export' \u{1f319}".into(),
            digest: Digest::of(&self.chance().0),
            hint: "evg_pat_abcde".into(),
            scopes: ScopeSet::parse("read tokens:github").unwrap(),
            created_at: NOW,
            expires_at: Some(NOW.plus(Span::from_days(90))),
            last_used_at: None,
            user_epoch: 0,
            membership_epoch: 0,
        }
    }

    pub(crate) fn session(&self) -> Session {
        Session {
            digest: Digest::of(&self.chance().0),
            user: self.user.id,
            epochs: UserEpochs::default(),
            membership_epoch: 0,
            created_at: NOW,
            expires_at: NOW.plus(Span::from_days(14)),
        }
    }

    pub(crate) fn incident(&self, grant: &Grant, kind: IncidentKind) -> Incident {
        Incident {
            id: IncidentId::new(NOW, self.chance()),
            team: self.team.id,
            grant: grant.id,
            kind,
            generation: 3,
            first: None,
            second: Presenter::new(NOW, None, "curl/8"),
            story: Story::Unknown,
            opened_at: NOW,
            count: 1,
        }
    }
}

pub(crate) fn user(team: TeamId, id: UserId, email: &str) -> User {
    User {
        id,
        team,
        email: Email::parse(email).unwrap(),
        role: Role::Owner,
        epochs: UserEpochs::default(),
        membership_epoch: 0,
        created_at: NOW,
        suspended_at: None,
        removed_at: None,
    }
}

pub(crate) fn client(team: TeamId, id: ClientId) -> Client {
    Client {
        id,
        team,
        name: "App".into(),
        secret: None,
        redirect_uris: vec!["https://app.example/cb".into()],
        scopes: ScopeSet::parse("read write").unwrap(),
        grant_types: GrantTypes::DEFAULT,
        replay: Replay::Window(Span::from_seconds(60)),
        live_access_tokens: 10,
        live_grants: 100,
        access_ttl: Span::from_seconds(300),
        idle_ttl: Span::from_days(30),
        absolute_ttl: Span::from_days(365),
        introspect: Reach::Own,
        on_two_holders: OnTwoHolders::Report,
        signing: Algorithm::EdDsa,
        epoch: 0,
        created_at: NOW,
        removed_at: None,
    }
}

pub(crate) fn entry(generation: u64, did: Did) -> Entry {
    let address = Some("2001:db8::1".parse().unwrap());
    Entry {
        generation,
        did,
        presenter: Presenter::new(NOW, address, "app/1.2 (test)"),
    }
}

pub(crate) fn retry(row: &Grant) -> Change {
    let now = row.rotation;
    let presenter = entry(now.presented, Did::Retried);
    Change::GrantRetried {
        grant: row.id,
        at: (now.generation, now.nonce),
        presenter,
    }
}

pub(crate) fn ended(grant: GrantId, reason: Reason) -> Change {
    Change::GrantEnded {
        grant,
        at: NOW,
        reason,
    }
}

pub(crate) fn raised(subject: EpochSubject, from: u32, cause: Reason, effect: Effect) -> Change {
    Change::EpochRaised {
        subject,
        from,
        cause,
        effect,
    }
}
