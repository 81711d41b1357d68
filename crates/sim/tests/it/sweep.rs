//! The sweep: it removes what is due, and only that.

use evergrant_service::core::change::KeyKind;
use evergrant_service::core::id::KeyId;
use evergrant_service::core::issued::IncidentKind;
use evergrant_service::core::issued::code::CODE_KEPT;
use evergrant_service::core::{Change, Secret, Span, Time};
use evergrant_service::store::{Commit, PageRequest, Retention};

use crate::bed::{Bed, contracts, number};
use crate::world::{NOW, World};

contracts! {
    what_is_due_goes_and_nothing_else,
    what_ended_is_told_until_its_retention_is_over,
    the_journal_and_incidents_keep_their_retention,
    many_rows_go_in_several_sweeps,
}

const HOUR: Span = Span::from_seconds(3_600);
const KEEP: Retention = Retention {
    audit: Span::from_days(10),
    ended: Span::from_days(5),
};

fn before(time: Time) -> Time {
    time.minus(Span::from_millis(1))
}

async fn what_is_due_goes_and_nothing_else(bed: Bed) {
    let world = World::new(bed).await;
    let (mut gone, mut open) = (world.session(), world.session());
    gone.expires_at = before(NOW);
    open.expires_at = NOW;
    let (mut old, mut young) = (world.code(), world.code());
    old.expires_at = before(NOW.minus(CODE_KEPT));
    young.expires_at = NOW.minus(CODE_KEPT);
    let keys = [
        KeyId::new(NOW, world.chance()),
        KeyId::new(NOW, world.chance()),
    ];
    let endless = KeyId::new(NOW, world.chance());
    let made = |key| Change::KeyMade {
        key,
        kind: KeyKind::RefreshToken,
        active_from: NOW,
        at: NOW,
        public: None,
        private: Secret::new("k".into()),
    };
    let until = [before(NOW), NOW];
    let retired = keys
        .into_iter()
        .zip(until)
        .map(|(key, verifies_until)| Change::KeyRetired {
            key,
            at: NOW.minus(HOUR),
            verifies_until,
        });
    let mut changes = vec![
        Change::SessionOpened(Box::new(gone.clone())),
        Change::SessionOpened(Box::new(open.clone())),
        Change::CodeMade(Box::new(old.clone())),
        Change::CodeMade(Box::new(young.clone())),
    ];
    changes.extend(keys.into_iter().chain([endless]).map(made));
    changes.extend(retired);
    world.commit(changes).await.unwrap();
    for _ in 0..3 {
        world.store.sweep(NOW, KEEP).await.unwrap();
        let is_kept = async |digest| world.store.session(digest).await.unwrap().is_some();
        assert_eq!(
            (is_kept(gone.digest).await, is_kept(open.digest).await),
            (false, true)
        );
        let is_kept = async |digest| world.store.code(digest, NOW).await.unwrap().is_some();
        assert_eq!(
            (is_kept(old.digest).await, is_kept(young.digest).await),
            (false, true)
        );
        let left: Vec<_> = world
            .store
            .keys()
            .await
            .unwrap()
            .iter()
            .map(|it| it.id)
            .collect();
        assert_eq!(left, [keys[1], endless]);
        assert!(world.store.user(world.user.id).await.unwrap().is_some());
        assert!(world.store.client(world.client.id).await.unwrap().is_some());
    }
}

async fn what_ended_is_told_until_its_retention_is_over(bed: Bed) {
    let world = World::new(bed).await;
    let end = NOW.minus(KEEP.ended);
    let mut grants = Vec::new();
    // Idle too long, ended by its hard limit, and the same two a moment before they are due.
    let ends = [
        (before(end), NOW.plus(HOUR)),
        (end, before(end)),
        (end, NOW),
        (NOW, end),
    ];
    for (idle, absolute) in ends {
        let mut grant = world.grant();
        grant.rotation.expires_at = idle;
        grant.absolute_expires_at = absolute;
        world.begin(&grant).await;
        grants.push(grant.id);
    }
    let live = world.begun().await;
    let (mut old, mut young, mut endless) = (world.personal(), world.personal(), world.personal());
    old.expires_at = Some(before(end));
    young.expires_at = Some(end);
    endless.expires_at = None;
    for token in [&old, &young, &endless] {
        world
            .commit(vec![Change::PersonalTokenMade(Box::new(token.clone()))])
            .await
            .unwrap();
    }
    for _ in 0..3 {
        world.store.sweep(NOW, KEEP).await.unwrap();
    }
    let mut left = Vec::new();
    for grant in &grants {
        left.push(world.store.grant(*grant).await.unwrap().is_some());
    }
    assert_eq!(left, [false, false, true, true]);
    assert_eq!(world.load(live.id).await, live);
    let page = PageRequest::default();
    let tokens = world
        .store
        .personal_tokens(world.user.id, &page)
        .await
        .unwrap();
    assert_eq!(tokens.items, [young, endless]);
}

async fn the_journal_and_incidents_keep_their_retention(bed: Bed) {
    let world = World::new(bed).await;
    let end = NOW.minus(KEEP.audit);
    let mut ids = Vec::new();
    for at in [before(end), end] {
        let grant = world.begun().await;
        let mut incident = world.incident(&grant, IncidentKind::Reuse);
        incident.opened_at = at;
        ids.push(incident.id);
        let changes = vec![Change::IncidentSeen(Box::new(incident))];
        let commit = Commit {
            at,
            ..world.commit_of(changes)
        };
        world.store.commit(&commit).await.unwrap();
    }
    let page = PageRequest::default();
    let told = world
        .store
        .audit(world.team.id, &page)
        .await
        .unwrap()
        .items
        .len();
    world.store.sweep(NOW, KEEP).await.unwrap();
    let left = world.store.audit(world.team.id, &page).await.unwrap().items;
    assert_eq!(left.len(), told - 1);
    assert!(left.iter().all(|it| it.at >= end));
    let incidents = world
        .store
        .incidents(world.team.id, &page)
        .await
        .unwrap()
        .items;
    assert_eq!(
        incidents.iter().map(|it| it.id).collect::<Vec<_>>(),
        [ids[1]]
    );
}

async fn many_rows_go_in_several_sweeps(bed: Bed) {
    let world = World::new(bed).await;
    let live = world.begun().await;
    let past = NOW.minus(Span::from_days(100));
    for _ in 0..2 {
        let mut changes = Vec::new();
        for _ in 0..600 {
            let (mut grant, mut session) = (world.grant(), world.session());
            grant.rotation.expires_at = past;
            session.expires_at = past;
            changes.push(Change::GrantBegun(Box::new(grant)));
            changes.push(Change::SessionOpened(Box::new(session)));
        }
        world
            .store
            .commit(&Commit {
                at: past,
                ..world.commit_of(changes)
            })
            .await
            .unwrap();
    }
    let rows = "SELECT (SELECT COUNT(*) FROM grants) + (SELECT COUNT(*) FROM sessions)";
    let mut left = number(world.engine(), rows).await;
    assert_eq!(left, 2401);
    while left > 1 {
        world.store.sweep(NOW, KEEP).await.unwrap();
        let now = number(world.engine(), rows).await;
        // Once round its ids, a sweep may find nothing and begin anew.
        assert!(left - now <= 1500, "one sweep is not for ever");
        world.store.sweep(NOW, KEEP).await.unwrap();
        assert!(
            number(world.engine(), rows).await < left,
            "two sweeps bring it forward"
        );
        left = number(world.engine(), rows).await;
    }
    assert_eq!(world.load(live.id).await, live);
}
