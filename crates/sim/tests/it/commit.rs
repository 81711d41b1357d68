//! One guarded commit: all or nothing, and every guard is met or is a conflict.

use evergrant_service::core::change::PasswordHash;
use evergrant_service::core::id::{ClientId, TeamId, UserId};
use evergrant_service::core::issued::Reason;
use evergrant_service::core::people::{Effect, EpochSubject, Role};
use evergrant_service::core::{Change, Digest};
use evergrant_service::store::{CommitError, PageRequest};

use crate::bed::{Bed, contracts, number};
use crate::world::{NOW, World, client, ended, raised, user};

contracts! {
    nothing_to_write_is_ok,
    a_failed_guard_undoes_all,
    what_is_there_already_is_a_conflict,
    a_grant_ends_once,
    an_epoch_rises_from_what_was_seen,
    what_was_removed_changes_no_more,
    a_commit_may_be_long,
    a_caller_who_goes_away_cuts_nothing,
    several_reads_are_of_one_moment,
}

const ROWS: &str = "SELECT (SELECT COUNT(*) FROM teams) + (SELECT COUNT(*) FROM users) \
                    + (SELECT COUNT(*) FROM memberships) + (SELECT COUNT(*) FROM clients) \
                    + (SELECT COUNT(*) FROM grants) + (SELECT COUNT(*) FROM sessions) \
                    + (SELECT COUNT(*) FROM audit) + (SELECT COUNT(*) FROM epoch_raises)";

async fn nothing_to_write_is_ok(bed: Bed) {
    let world = World::new(bed).await;
    world.commit(Vec::new()).await.unwrap();
    // A use leaves no row in the journal, and finding nothing is no conflict for it.
    let token = world.personal().id;
    world
        .commit(vec![Change::PersonalTokenUsed { token, at: NOW }])
        .await
        .unwrap();
}

async fn a_failed_guard_undoes_all(bed: Bed) {
    let world = World::new(bed).await;
    let (live, dead) = (world.begun().await, world.begun().await);
    world
        .commit(vec![ended(dead.id, Reason::RevokedByUser)])
        .await
        .unwrap();
    let before = number(world.engine(), ROWS).await;
    let team = TeamId::new(NOW, world.chance());
    let good = || {
        let mut other = world.team.clone();
        other.id = team;
        let id = UserId::new(NOW, world.chance());
        vec![
            Change::TeamMade(Box::new(other)),
            Change::UserAdded(Box::new(user(team, id, "bob@example.org")), None),
            Change::ClientAdded(Box::new(client(team, ClientId::new(NOW, world.chance())))),
            Change::SessionOpened(Box::new(world.session())),
            ended(live.id, Reason::RemovedByAdmin),
            raised(
                EpochSubject::UserGrants(world.user.id),
                0,
                Reason::PasswordChanged,
                Effect::Keep,
            ),
        ]
    };
    for position in 0..=good().len() {
        let mut changes = good();
        changes.insert(position, ended(dead.id, Reason::ReuseDetected));
        assert_eq!(
            world.commit(changes).await,
            Err(CommitError::Conflict),
            "{position}"
        );
        assert_eq!(number(world.engine(), ROWS).await, before, "{position}");
        assert_eq!(world.load(live.id).await, live);
        let user = world.store.user(world.user.id).await.unwrap();
        assert_eq!(user.as_ref(), Some(&world.user));
    }
    world.commit(good()).await.unwrap();
    assert!(number(world.engine(), ROWS).await > before);
}

async fn what_is_there_already_is_a_conflict(bed: Bed) {
    let world = World::new(bed).await;
    let team = world.team.id;
    let fresh = UserId::new(NOW, world.chance());
    let (token, session, code) = (world.personal(), world.session(), world.code());
    let grant = world.begun().await;
    let begun = vec![
        Change::PersonalTokenMade(Box::new(token.clone())),
        Change::SessionOpened(Box::new(session.clone())),
        Change::CodeMade(Box::new(code.clone())),
    ];
    world.commit(begun.clone()).await.unwrap();
    let mut same_digest = world.personal();
    same_digest.digest = token.digest;
    let taken = [
        Change::TeamMade(Box::new(world.team.clone())),
        Change::UserAdded(Box::new(user(team, world.user.id, "new@example.org")), None),
        Change::UserAdded(Box::new(user(team, fresh, "Ada@Example.org")), None),
        Change::ClientAdded(Box::new(world.client.clone())),
        Change::GrantBegun(Box::new(grant)),
        Change::PersonalTokenMade(Box::new(same_digest)),
    ];
    for change in taken.into_iter().chain(begun) {
        let outcome = world.commit(vec![change.clone()]).await;
        assert_eq!(outcome, Err(CommitError::Conflict), "{change:?}");
    }
    // An address is free again once its user is removed.
    world
        .commit(vec![Change::UserRemoved {
            user: world.user.id,
            at: NOW,
        }])
        .await
        .unwrap();
    let again = Change::UserAdded(Box::new(user(team, fresh, "ada@example.org")), None);
    world.commit(vec![again]).await.unwrap();
}

async fn a_grant_ends_once(bed: Bed) {
    let world = World::new(bed).await;
    let grant = world.begun().await;
    world
        .commit(vec![ended(grant.id, Reason::RevokedByUser)])
        .await
        .unwrap();
    let again = world
        .commit(vec![ended(grant.id, Reason::ReuseDetected)])
        .await;
    assert_eq!(again, Err(CommitError::Conflict));
    assert_eq!(
        world.load(grant.id).await.ended,
        Some((NOW, Reason::RevokedByUser))
    );
}

async fn an_epoch_rises_from_what_was_seen(bed: Bed) {
    let world = World::new(bed).await;
    let (user, client) = (world.user.id, world.client.id);
    let subjects = [
        EpochSubject::Client(client),
        EpochSubject::Membership(world.team.id, user),
        EpochSubject::UserGrants(user),
        EpochSubject::UserPersonalTokens(user),
        EpochSubject::UserSessions(user),
    ];
    let raise = |it, from| vec![raised(it, from, Reason::SecurityEvent, Effect::Revoke)];
    for subject in subjects {
        world.commit(raise(subject, 0)).await.unwrap();
        for stale in [0, 2] {
            let outcome = world.commit(raise(subject, stale)).await;
            assert_eq!(outcome, Err(CommitError::Conflict), "{subject:?}");
        }
        world.commit(raise(subject, 1)).await.unwrap();
    }
    let now = world.store.user(user).await.unwrap().unwrap();
    let epochs = now.epochs;
    assert_eq!(
        (epochs.grants, epochs.personal_tokens, epochs.sessions),
        (2, 2, 2)
    );
    assert_eq!(now.membership_epoch, 2);
    assert_eq!(world.store.client(client).await.unwrap().unwrap().epoch, 2);
}

async fn what_was_removed_changes_no_more(bed: Bed) {
    let world = World::new(bed).await;
    let (user, team, client) = (world.user.id, world.team.id, world.client.id);
    let hash = PasswordHash("$argon2id$".into());
    let secret = Digest([5; 32]);
    let changes = [
        Change::PasswordSet { user, hash },
        Change::UserSuspended { user, at: None },
        Change::UserRoleSet {
            user,
            team,
            role: Role::Admin,
        },
        Change::ClientSecretSet { client, secret },
    ];
    for change in &changes {
        world.commit(vec![change.clone()]).await.unwrap();
    }
    let ends = [
        Change::ClientRemoved { client, at: NOW },
        Change::UserRemoved { user, at: NOW },
    ];
    for change in &ends {
        world.commit(vec![change.clone()]).await.unwrap();
    }
    for change in changes.iter().chain(&ends) {
        let outcome = world.commit(vec![change.clone()]).await;
        assert_eq!(outcome, Err(CommitError::Conflict), "{change:?}");
    }
    assert_eq!(world.store.user(user).await.unwrap(), None);
    assert_eq!(
        world.store.user_by_email(&world.user.email).await.unwrap(),
        None
    );
    assert_eq!(
        world
            .store
            .client(client)
            .await
            .unwrap()
            .unwrap()
            .removed_at,
        Some(NOW)
    );
}

/// A client whose limit was lowered ends very many grants at its next consent.
async fn a_commit_may_be_long(bed: Bed) {
    let world = World::new(bed).await;
    let mut grants = Vec::new();
    for _ in 0..600 {
        grants.push(world.grant());
    }
    let begun = grants
        .iter()
        .map(|it| Change::GrantBegun(Box::new(it.clone())));
    world.commit(begun.collect()).await.unwrap();
    let ends = grants.iter().map(|it| ended(it.id, Reason::Superseded));
    world.commit(ends.collect()).await.unwrap();
    let mut request = PageRequest {
        after: None,
        limit: 200,
    };
    let mut told = Vec::new();
    loop {
        let page = world.store.audit(world.team.id, &request).await.unwrap();
        told.extend(page.items.into_iter().filter(|it| it.act == "grant.ended"));
        request.after = page.next;
        if request.after.is_none() {
            break;
        }
    }
    let subjects: Vec<_> = told.into_iter().map(|it| it.subject).collect();
    let expected: Vec<_> = grants.iter().map(|it| it.id.to_string()).collect();
    assert_eq!(
        subjects, expected,
        "the journal tells all, in the order of the commit"
    );
}

async fn a_caller_who_goes_away_cuts_nothing(bed: Bed) {
    let world = World::new(bed).await;
    for _ in 0..20 {
        let (first, second) = (world.begun().await, world.begun().await);
        let changes = vec![
            ended(first.id, Reason::RevokedByUser),
            ended(second.id, Reason::RevokedByUser),
        ];
        let commit = world.commit_of(changes);
        let waiting = world.store.commit(&commit);
        // Polled once, then dropped.
        let left = tokio::time::timeout(std::time::Duration::ZERO, waiting).await;
        drop(left);
        loop {
            let ends = (
                world.load(first.id).await.ended,
                world.load(second.id).await.ended,
            );
            match ends {
                (Some(_), Some(_)) => break,
                (None, None) => tokio::task::yield_now().await,
                // Read one after the other: the commit may lie between the two.
                (None, Some(_)) => assert!(world.load(first.id).await.ended.is_some()),
                (Some(_), None) => assert!(world.load(second.id).await.ended.is_some()),
            }
        }
    }
}

async fn several_reads_are_of_one_moment(bed: Bed) {
    let world = World::new(bed).await;
    let mut code = world.code();
    code.resources.clear();
    world
        .commit(vec![Change::CodeMade(Box::new(code.clone()))])
        .await
        .unwrap();
    let grant = world.grant();
    let (store, digest) = (world.store.clone(), code.digest);
    let reading = tokio::spawn(async move {
        let mut seen = 0;
        loop {
            let snapshot = store.code(digest, NOW).await.unwrap().unwrap();
            assert_eq!(snapshot.code.redeemed.is_some(), snapshot.grant.is_some());
            seen += 1;
            if snapshot.grant.is_some() {
                return seen;
            }
        }
    });
    tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    let redeemed = Change::CodeRedeemed {
        digest,
        at: NOW,
        grant: grant.id,
    };
    world
        .commit(vec![redeemed, Change::GrantBegun(Box::new(grant))])
        .await
        .unwrap();
    assert!(reading.await.unwrap() > 1);
}
