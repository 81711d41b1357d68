//! The heartbeat: when we served last, and the gaps in between.

use evergrant_service::core::issued::{Absence, StoreFacts};
use evergrant_service::core::{Span, Time};
use evergrant_service::store::{CommitError, ServingFacts};

use crate::bed::{Bed, contracts};
use crate::world::{NOW, World};

contracts! {
    a_new_store_was_never_served,
    absences_read_back_and_the_oldest_is_forgotten,
    of_two_nodes_one_is_heard,
}

async fn a_new_store_was_never_served(bed: Bed) {
    let store = bed.open().await;
    let facts = ServingFacts {
        served_at: Time::default(),
        facts: StoreFacts::default(),
    };
    assert_eq!(store.serving().await.unwrap(), facts);
}

async fn absences_read_back_and_the_oldest_is_forgotten(bed: Bed) {
    let world = World::new(bed).await;
    let grant = world.begun().await;
    let mut expected = world.store.serving().await.unwrap();
    let minute = Span::from_seconds(60);
    let mut at = NOW;
    for step in 0..12 {
        let until = at.plus(minute);
        // Every third time there was no gap.
        let gap = (step % 3 != 0).then_some(Absence { from: at, until });
        world.store.served(&expected, until, gap).await.unwrap();
        if let Some(gap) = gap {
            expected.facts.remember(gap);
        }
        expected.served_at = until;
        at = until.plus(minute);
        assert_eq!(world.store.serving().await.unwrap(), expected);
    }
    assert_eq!(expected.facts.absences.len(), StoreFacts::MAX_ABSENCES);
    let snapshot = world.store.grant(grant.id).await.unwrap().unwrap();
    assert_eq!(snapshot.store, expected.facts);
}

async fn of_two_nodes_one_is_heard(bed: Bed) {
    let store = bed.open().await;
    let seen = store.serving().await.unwrap();
    let mut racing = tokio::task::JoinSet::new();
    for node in 1..=8 {
        let (store, seen) = (store.clone(), seen.clone());
        let at = NOW.plus(Span::from_millis(node));
        racing.spawn(async move { store.served(&seen, at, None).await.map(|()| at) });
    }
    let outcomes = racing.join_all().await;
    let heard: Vec<_> = outcomes.iter().flatten().collect();
    let refused = outcomes
        .iter()
        .filter(|it| **it == Err(CommitError::Conflict))
        .count();
    assert_eq!((heard.len(), refused), (1, 7));
    assert_eq!(store.serving().await.unwrap().served_at, *heard[0]);
}
