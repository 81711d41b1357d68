//! The audit journal: a row for each change that somebody may ask about, none for traffic, and no
//! secret in any.

use evergrant_service::core::change::{KeyKind, PasswordHash};
use evergrant_service::core::id::{ClientId, KeyId, PersonalTokenId, UserId};
use evergrant_service::core::issued::{Grant, IncidentKind, Reason};
use evergrant_service::core::people::{Effect, EpochSubject, Role};
use evergrant_service::core::{Actor, Change, Digest, Secret};
use evergrant_service::store::{AuditEntry, Commit, PageRequest};

use crate::bed::{Bed, contracts, number};
use crate::world::{NOW, World, client, ended, raised, retry, user};

contracts! {
    each_change_has_its_row_in_order,
    a_refresh_leaves_none,
    the_actor_is_named,
    no_secret_is_told,
}

const ROWS: &str = "SELECT COUNT(*) FROM audit";

async fn journal(world: &World) -> Vec<AuditEntry> {
    let page = PageRequest::default();
    world.store.audit(world.team.id, &page).await.unwrap().items
}

type Told = Vec<(Change, &'static str)>;

/// One of each change that is told, and what it is told as.
fn told(world: &World, doomed: &Grant) -> Told {
    let mut all = told_of_people(world);
    all.extend(told_of_clients(world));
    all.extend(told_of_grants(world, doomed));
    all.extend(told_of_keys(world));
    all
}

fn told_of_people(world: &World) -> Told {
    let team = world.team.id;
    let bob = user(team, UserId::new(NOW, world.chance()), "bob@example.org");
    let (user, role, at) = (bob.id, Role::Admin, NOW);
    let hash = PasswordHash("$argon2id$hush-hash".into());
    let subject = EpochSubject::UserGrants(world.user.id);
    let session = world.session();
    let digest = session.digest;
    vec![
        (
            Change::UserAdded(Box::new(bob), Some(hash.clone())),
            "user.added",
        ),
        (Change::UserRoleSet { user, team, role }, "user.role_set"),
        (Change::PasswordSet { user, hash }, "user.password_set"),
        (
            Change::UserSuspended { user, at: Some(at) },
            "user.suspended",
        ),
        (Change::UserSuspended { user, at: None }, "user.resumed"),
        (Change::UserRemoved { user, at }, "user.removed"),
        (
            raised(subject, 0, Reason::MfaEnabled, Effect::Keep),
            "epoch.raised",
        ),
        (Change::SessionOpened(Box::new(session)), "session.opened"),
        (Change::SessionEnded { digest }, "session.ended"),
    ]
}

fn told_of_clients(world: &World) -> Told {
    let other = client(world.team.id, ClientId::new(NOW, world.chance()));
    let (it, secret, at) = (other.id, Digest([7; 32]), NOW);
    vec![
        (Change::ClientAdded(Box::new(other)), "client.added"),
        (
            Change::ClientSecretSet { client: it, secret },
            "client.secret_set",
        ),
        (Change::ClientRemoved { client: it, at }, "client.removed"),
    ]
}

fn told_of_grants(world: &World, doomed: &Grant) -> Told {
    let incident = world.incident(doomed, IncidentKind::Reuse);
    let made = world.personal();
    let token = made.id;
    vec![
        (Change::GrantBegun(Box::new(world.grant())), "grant.begun"),
        (
            Change::AccessFloorRaised {
                grant: doomed.id,
                floor: 2,
            },
            "access_token.revoked",
        ),
        (ended(doomed.id, Reason::ReuseDetected), "grant.ended"),
        (Change::IncidentSeen(Box::new(incident)), "incident.seen"),
        (
            Change::PersonalTokenMade(Box::new(made)),
            "personal_token.made",
        ),
        (
            Change::PersonalTokenDeleted { token },
            "personal_token.deleted",
        ),
    ]
}

fn told_of_keys(world: &World) -> Told {
    let key = KeyId::new(NOW, world.chance());
    let made = Change::KeyMade {
        key,
        kind: KeyKind::RefreshToken,
        active_from: NOW,
        at: NOW,
        public: None,
        private: Secret::new("hush-private-key-material".into()),
    };
    let (at, verifies_until) = (NOW, NOW);
    vec![
        (made, "key.made"),
        (
            Change::KeyRetired {
                key,
                at,
                verifies_until,
            },
            "key.retired",
        ),
    ]
}

async fn each_change_has_its_row_in_order(bed: Bed) {
    let world = World::new(bed).await;
    let doomed = world.begun().await;
    let before = journal(&world).await.len();
    let (changes, acts): (Vec<_>, Vec<_>) = told(&world, &doomed).into_iter().unzip();
    world.commit(changes).await.unwrap();
    let rows = journal(&world).await;
    let found: Vec<&str> = rows[before..].iter().map(|it| it.act.as_str()).collect();
    assert_eq!(found, acts);
    assert!(rows.iter().all(|it| it.at == NOW && it.actor == "operator"));
    let end = rows.iter().find(|it| it.act == "grant.ended").unwrap();
    assert_eq!(
        (&end.subject, end.detail.as_str()),
        (&doomed.id.to_string(), "reuse_detected")
    );
    let raise = rows.iter().find(|it| it.act == "epoch.raised").unwrap();
    assert_eq!(raise.detail, "mfa_enabled keep");
}

async fn a_refresh_leaves_none(bed: Bed) {
    let world = World::new(bed).await;
    let mut row = world.begun().await;
    let token = world.personal();
    world
        .commit(vec![Change::PersonalTokenMade(Box::new(token.clone()))])
        .await
        .unwrap();
    let before = number(world.engine(), ROWS).await;
    for _ in 0..5 {
        let (change, after) = world.rotation(&row);
        world.commit(vec![change]).await.unwrap();
        world.commit(vec![retry(&after)]).await.unwrap();
        row = world.load(row.id).await;
    }
    let code = world.code();
    let redeemed = Change::CodeRedeemed {
        digest: code.digest,
        at: NOW,
        grant: row.id,
    };
    world
        .commit(vec![Change::CodeMade(Box::new(code)), redeemed])
        .await
        .unwrap();
    world
        .commit(vec![Change::PersonalTokenUsed {
            token: token.id,
            at: NOW,
        }])
        .await
        .unwrap();
    let seen = world.store.serving().await.unwrap();
    world.store.served(&seen, NOW, None).await.unwrap();
    assert_eq!(number(world.engine(), ROWS).await, before);
}

async fn the_actor_is_named(bed: Bed) {
    let world = World::new(bed).await;
    let (user, client) = (world.user.id, world.client.id);
    let token = PersonalTokenId::new(NOW, world.chance());
    let actors = [
        (Actor::User(user), user.to_string()),
        (Actor::PersonalToken(user, token), format!("{user} {token}")),
        (Actor::Client(client), client.to_string()),
        (Actor::Operator, "operator".into()),
        (Actor::System, "system".into()),
    ];
    for (actor, name) in actors {
        let grant = world.begun().await;
        let changes = vec![ended(grant.id, Reason::RevokedByUser)];
        world
            .store
            .commit(&Commit {
                actor,
                ..world.commit_of(changes)
            })
            .await
            .unwrap();
        assert_eq!(journal(&world).await.pop().unwrap().actor, name);
    }
    // What belongs to no team stands in no team's journal, and is kept all the same.
    let (shown, kept) = (
        journal(&world).await.len(),
        number(world.engine(), ROWS).await,
    );
    let grant = world.begun().await;
    let changes = vec![ended(grant.id, Reason::RevokedByUser)];
    world
        .store
        .commit(&Commit {
            team: None,
            ..world.commit_of(changes)
        })
        .await
        .unwrap();
    assert_eq!(journal(&world).await.len(), shown + 1);
    assert_eq!(number(world.engine(), ROWS).await, kept + 2);
}

async fn no_secret_is_told(bed: Bed) {
    let world = World::new(bed).await;
    let doomed = world.begun().await;
    let changes = told(&world, &doomed).into_iter().map(|it| it.0).collect();
    world.commit(changes).await.unwrap();
    for row in journal(&world).await {
        assert!(!format!("{row:?}").contains("hush"), "{row:?}");
    }
}
