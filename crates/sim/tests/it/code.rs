//! Codes: redeemed once, and loaded with the live grants beside them.

use evergrant_service::core::issued::Reason;
use evergrant_service::core::{Change, Span};
use evergrant_service::store::CommitError;

use crate::bed::{Bed, contracts};
use crate::world::{NOW, World, ended};

contracts! {
    a_code_is_redeemed_once,
    many_redemptions_begin_one_grant,
    live_grants_come_with_the_one_used_longest_ago_first,
}

async fn a_code_is_redeemed_once(bed: Bed) {
    let world = World::new(bed).await;
    let code = world.code();
    world
        .commit(vec![Change::CodeMade(Box::new(code.clone()))])
        .await
        .unwrap();
    let (first, second) = (world.grant(), world.grant());
    let redeemed = |grant| Change::CodeRedeemed {
        digest: code.digest,
        at: NOW,
        grant,
    };
    let begun = Change::GrantBegun(Box::new(first.clone()));
    world.commit(vec![redeemed(first.id), begun]).await.unwrap();
    let begun = Change::GrantBegun(Box::new(second.clone()));
    let again = world.commit(vec![redeemed(second.id), begun]).await;
    assert_eq!(again, Err(CommitError::Conflict));
    let snapshot = world.store.code(code.digest, NOW).await.unwrap().unwrap();
    assert_eq!(snapshot.code.redeemed, Some((NOW, first.id)));
    assert_eq!(snapshot.grant, Some(first));
    assert_eq!(world.store.grant(second.id).await.unwrap(), None);
}

async fn many_redemptions_begin_one_grant(bed: Bed) {
    let world = World::new(bed).await;
    let code = world.code();
    world
        .commit(vec![Change::CodeMade(Box::new(code.clone()))])
        .await
        .unwrap();
    let mut racing = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let grant = world.grant();
        let redeemed = Change::CodeRedeemed {
            digest: code.digest,
            at: NOW,
            grant: grant.id,
        };
        let commit = world.commit_of(vec![Change::GrantBegun(Box::new(grant)), redeemed]);
        let store = world.store.clone();
        racing.spawn(async move { store.commit(&commit).await });
    }
    let outcomes = racing.join_all().await;
    assert_eq!(outcomes.iter().filter(|it| it.is_ok()).count(), 1);
    assert!(
        outcomes
            .iter()
            .all(|it| matches!(it, Ok(()) | Err(CommitError::Conflict)))
    );
    let snapshot = world.store.code(code.digest, NOW).await.unwrap().unwrap();
    assert_eq!(snapshot.live.len(), 1);
    assert_eq!(
        snapshot.grant.map(|it| it.id),
        snapshot.code.redeemed.map(|it| it.1)
    );
}

async fn live_grants_come_with_the_one_used_longest_ago_first(bed: Bed) {
    let world = World::new(bed).await;
    let mut expected = Vec::new();
    for (age, live) in [(5, true), (90, true), (30, true), (60, false), (40, true)] {
        let mut grant = world.grant();
        grant.rotation.rotated_at = NOW.minus(Span::from_seconds(age));
        world.begin(&grant).await;
        if live {
            expected.push((grant.rotation.rotated_at, grant.id));
        } else {
            world
                .commit(vec![ended(grant.id, Reason::RevokedByUser)])
                .await
                .unwrap();
        }
    }
    // Of another epoch, and idle for too long: no more live than one that ended.
    let (mut older, mut idle) = (world.grant(), world.grant());
    older.client_epoch = 7;
    idle.rotation.expires_at = NOW;
    world.begin(&older).await;
    world.begin(&idle).await;
    let code = world.code();
    world
        .commit(vec![Change::CodeMade(Box::new(code.clone()))])
        .await
        .unwrap();
    let snapshot = world.store.code(code.digest, NOW).await.unwrap().unwrap();
    expected.sort();
    assert_eq!(
        snapshot.live,
        expected.iter().map(|it| it.1).collect::<Vec<_>>()
    );
}
