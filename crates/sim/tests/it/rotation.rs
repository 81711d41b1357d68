//! The counter of a grant: it moves once for many who ask, and remembers who they were.

use evergrant_service::core::Change;
use evergrant_service::core::issued::presenter::Did;
use evergrant_service::core::issued::refresh::MAX_RETRIES;
use evergrant_service::core::issued::{Grant, Reason};
use evergrant_service::store::CommitError;
use evergrant_sim::faults::Random;

use crate::bed::{Bed, contracts};
use crate::world::{World, ended, entry, retry};

contracts! {
    a_rotation_is_the_row_that_core_decided,
    of_many_rotations_of_one_generation_one_is_done,
    a_rotation_of_what_moved_on_is_a_conflict,
    retries_commute,
    a_retry_of_what_moved_on_is_a_conflict,
    presenters_are_what_core_makes_of_them,
    the_access_floor_only_rises,
}

async fn a_rotation_is_the_row_that_core_decided(bed: Bed) {
    let world = World::new(bed).await;
    let mut row = world.begun().await;
    for _ in 0..12 {
        let (change, after) = world.rotation(&row);
        world.commit(vec![change]).await.unwrap();
        assert_eq!(world.load(row.id).await, after);
        row = after;
    }
}

async fn of_many_rotations_of_one_generation_one_is_done(bed: Bed) {
    let world = World::new(bed).await;
    let mut row = world.begun().await;
    for _ in 0..3 {
        let mut racing = tokio::task::JoinSet::new();
        for _ in 0..64 {
            let (change, after) = world.rotation(&row);
            let (store, commit) = (world.store.clone(), world.commit_of(vec![change]));
            racing.spawn(async move { (store.commit(&commit).await, after) });
        }
        let outcomes = racing.join_all().await;
        let done: Vec<&Grant> = outcomes
            .iter()
            .filter(|it| it.0.is_ok())
            .map(|it| &it.1)
            .collect();
        let refused = outcomes
            .iter()
            .filter(|it| it.0 == Err(CommitError::Conflict));
        assert_eq!((done.len(), refused.count()), (1, 63));
        assert_eq!(&world.load(row.id).await, done[0]);
        row = done[0].clone();
    }
}

async fn a_rotation_of_what_moved_on_is_a_conflict(bed: Bed) {
    let world = World::new(bed).await;
    let row = world.begun().await;
    let (change, _) = world.rotation(&row);
    let refused = async |change: Change, now: &Grant| {
        assert_eq!(world.commit(vec![change]).await, Err(CommitError::Conflict));
        assert_eq!(&world.load(now.id).await, now);
    };
    let mut other = row.clone();
    other.rotation.nonce = world.nonce();
    refused(world.rotation(&other).0, &row).await;
    other = row.clone();
    other.rotation.generation += 1;
    refused(world.rotation(&other).0, &row).await;

    // It was retried since it was loaded, so its chain would be a wrong one.
    world.commit(vec![retry(&row)]).await.unwrap();
    let retried = world.load(row.id).await;
    refused(change, &retried).await;
    other = retried.clone();
    other.retries = 0;
    refused(world.rotation(&other).0, &retried).await;
    let (change, after) = world.rotation(&retried);
    world.commit(vec![change]).await.unwrap();
    assert_eq!(world.load(row.id).await, after);

    // And the other way round: retries were seen that are not there.
    other = after.clone();
    other.retries = 1;
    refused(world.rotation(&other).0, &after).await;
    world
        .commit(vec![ended(row.id, Reason::RevokedByUser)])
        .await
        .unwrap();
    let dead = world.load(row.id).await;
    refused(world.rotation(&dead).0, &dead).await;
    refused(retry(&dead), &dead).await;
}

async fn retries_commute(bed: Bed) {
    let world = World::new(bed).await;
    let (change, mut row) = {
        let row = world.begun().await;
        world.rotation(&row)
    };
    world.commit(vec![change]).await.unwrap();
    let mut racing = tokio::task::JoinSet::new();
    for _ in 0..MAX_RETRIES {
        let (store, commit) = (world.store.clone(), world.commit_of(vec![retry(&row)]));
        racing.spawn(async move { store.commit(&commit).await });
    }
    assert!(racing.join_all().await.iter().all(Result::is_ok));
    row.retries = MAX_RETRIES;
    for _ in 0..8 {
        row.presenters
            .push(&entry(row.rotation.presented, Did::Retried));
    }
    assert_eq!(world.load(row.id).await, row);
    assert_eq!(
        world.commit(vec![retry(&row)]).await,
        Err(CommitError::Conflict)
    );
    let (change, after) = world.rotation(&row);
    world.commit(vec![change]).await.unwrap();
    assert_eq!(world.load(row.id).await, after);
    world.commit(vec![retry(&after)]).await.unwrap();
}

async fn a_retry_of_what_moved_on_is_a_conflict(bed: Bed) {
    let world = World::new(bed).await;
    let row = world.begun().await;
    let (change, after) = world.rotation(&row);
    world.commit(vec![change]).await.unwrap();
    let mut foreign = after.clone();
    foreign.rotation.nonce = world.nonce();
    for change in [retry(&row), retry(&foreign)] {
        assert_eq!(world.commit(vec![change]).await, Err(CommitError::Conflict));
        assert_eq!(world.load(row.id).await, after);
    }
}

async fn presenters_are_what_core_makes_of_them(bed: Bed) {
    let world = World::new(bed).await;
    let mut random = Random::new(7);
    let mut row = world.begun().await;
    for step in 0..40 {
        let (mut change, mut after) = if random.below(2) == 0 {
            world.rotation(&row)
        } else {
            (
                retry(&row),
                Grant {
                    retries: row.retries + 1,
                    ..row.clone()
                },
            )
        };
        after.presenters = row.presenters.clone();
        let (Change::GrantRotated { presenter, .. } | Change::GrantRetried { presenter, .. }) =
            &mut change
        else {
            panic!("{change:?}");
        };
        presenter.generation = random.draw() >> 20;
        presenter.presenter.at = evergrant_service::core::Time::from_millis(step);
        presenter.presenter.user_agent = "x".repeat(usize::try_from(random.below(49)).unwrap());
        presenter.presenter.address = match random.below(3) {
            0 => None,
            1 => Some("10.1.2.3".parse().unwrap()),
            _ => Some("2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff".parse().unwrap()),
        };
        after.presenters.push(presenter);
        world.commit(vec![change]).await.unwrap();
        let found = world.load(row.id).await;
        assert_eq!(found.presenters.as_str(), after.presenters.as_str());
        assert_eq!(found, after);
        row = after;
    }
}

async fn the_access_floor_only_rises(bed: Bed) {
    let world = World::new(bed).await;
    let grant = world.begun().await;
    for (floor, expected) in [(3, 3), (2, 3), (5, 5), (5, 5)] {
        world
            .commit(vec![Change::AccessFloorRaised {
                grant: grant.id,
                floor,
            }])
            .await
            .unwrap();
        assert_eq!(world.load(grant.id).await.access_floor, expected);
    }
    let unknown = world.grant().id;
    let outcome = world
        .commit(vec![Change::AccessFloorRaised {
            grant: unknown,
            floor: 1,
        }])
        .await;
    assert_eq!(outcome, Err(CommitError::Conflict));
}
