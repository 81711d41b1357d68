//! The engine that fails: it does what it says, and no more.

use std::sync::Arc;
use std::time::Duration;

use evergrant_service::core::issued::Grant;
use evergrant_service::store::{CommitError, Outage, open_engine};
use evergrant_sim::faults::{CommitFault, Faulty, Odds, Point};

use crate::bed::{Bed, run};
use crate::world::{NOW, World};

async fn faulty(odds: Option<(u64, Odds)>) -> (World, Arc<Faulty>) {
    let bed = Bed::sqlite();
    let inner = bed.engine().await;
    let engine = match odds {
        Some((seed, _)) => Faulty::seeded(inner, seed, Odds::default()),
        None => Faulty::over(inner),
    };
    let key = bed.key();
    let store = open_engine(Arc::clone(&engine) as _, &key, NOW)
        .await
        .unwrap();
    let world = World::of(bed, store).await;
    if let Some((_, odds)) = odds {
        engine.set_odds(odds);
    }
    (world, engine)
}

async fn rotate(world: &World, row: &Grant) -> (Result<(), CommitError>, Grant) {
    let (change, after) = world.rotation(row);
    (world.commit(vec![change]).await, after)
}

#[test]
fn each_fault_does_what_it_says() {
    run(async {
        let (world, engine) = faulty(None).await;
        let mut row = world.begun().await;
        for fault in CommitFault::ALL {
            engine.next_commit(fault);
            let (outcome, after) = rotate(&world, &row).await;
            let found = world.load(row.id).await;
            match fault {
                CommitFault::Conflict => assert_eq!(outcome, Err(CommitError::Conflict)),
                CommitFault::Outage => assert!(matches!(outcome, Err(CommitError::Outage(_)))),
                CommitFault::LostAnswer | CommitFault::LostRequest => {
                    assert!(matches!(outcome, Err(CommitError::Unknown(_))));
                }
            }
            let done = fault == CommitFault::LostAnswer;
            assert_eq!(found, if done { after } else { row });
            row = found;
        }
        assert!(rotate(&world, &row).await.0.is_ok());
        assert_eq!(engine.counts().faults, 4);
    });
}

#[test]
fn a_script_names_operations_by_their_number() {
    run(async {
        let (world, engine) = faulty(None).await;
        let row = world.begun().await;
        let before = engine.counts();
        engine.read_at(before.reads + 2);
        engine.next_read();
        let read = async || world.store.grant(row.id).await.map(|it| it.is_some());
        let failed = Err(Outage("injected".into()));
        assert_eq!([read().await, read().await], [failed.clone(), failed]);
        assert_eq!(read().await, Ok(true));
        engine.commit_at(before.commits + 2, CommitFault::Outage);
        let (outcome, after) = rotate(&world, &row).await;
        outcome.unwrap();
        assert!(rotate(&world, &after).await.0.is_err());
        assert!(rotate(&world, &after).await.0.is_ok());
        let counts = engine.counts();
        assert_eq!(counts.reads - before.reads, 3);
        assert_eq!((counts.commits - before.commits, counts.faults), (3, 3));
    });
}

#[test]
fn while_it_is_away_nothing_reaches_the_database() {
    run(async {
        let (world, engine) = faulty(None).await;
        let row = world.begun().await;
        engine.set_away(true);
        engine.next_commit(CommitFault::LostAnswer);
        for _ in 0..2 {
            assert!(matches!(
                rotate(&world, &row).await.0,
                Err(CommitError::Outage(_))
            ));
            assert!(world.store.grant(row.id).await.is_err());
        }
        engine.set_away(false);
        assert_eq!(world.load(row.id).await, row);
        assert!(rotate(&world, &row).await.0.is_ok());
    });
}

#[test]
fn a_pause_lets_a_test_look_in_between() {
    run(async {
        let (world, engine) = faulty(None).await;
        let row = world.begun().await;
        let store = world.store.clone();
        let moments = [(Point::BeforeCommit, 1), (Point::AfterCommit, 3)];
        for (point, generation) in moments {
            let mut pause = engine.pause_at(point);
            let (change, _) = world.rotation(&world.load(row.id).await);
            let commit = world.commit_of(vec![change]);
            let (waiting, store) = (store.clone(), store.clone());
            let waiting = tokio::spawn(async move { waiting.commit(&commit).await });
            pause.reached().await;
            let found = store.grant(row.id).await.unwrap().unwrap().grant;
            assert_eq!(found.rotation.generation, generation, "{point:?}");
            assert!(!waiting.is_finished());
            pause.go();
            waiting.await.unwrap().unwrap();
        }
        // A read that stands still holds what was true when it was made.
        let mut pause = engine.pause_at(Point::AfterRead);
        let reading = tokio::spawn(async move { store.grant(row.id).await });
        pause.reached().await;
        let now = world.load(row.id).await;
        rotate(&world, &now).await.0.unwrap();
        drop(pause);
        assert_eq!(reading.await.unwrap().unwrap().unwrap().grant, now);
        // One that nobody waits for stops nobody.
        drop(engine.pause_at(Point::BeforeRead));
        let soon = tokio::time::timeout(Duration::from_secs(5), world.load(row.id)).await;
        assert_eq!(soon.unwrap().rotation.generation, 4);
    });
}

#[test]
fn the_same_seed_fails_alike_and_loses_nothing() {
    run(async {
        let mut runs = Vec::new();
        for seed in [1, 1, 2] {
            let (world, engine) = faulty(Some((seed, Odds::even(120)))).await;
            let mut outcomes = Vec::new();
            let row = world.grant();
            engine.set_odds(Odds::default());
            world.begin(&row).await;
            engine.set_odds(Odds::even(120));
            let mut row = row;
            for _ in 0..200 {
                let (outcome, after) = rotate(&world, &row).await;
                let found = loop {
                    if let Ok(found) = world.store.grant(row.id).await {
                        break found.unwrap().grant;
                    }
                };
                match &outcome {
                    Ok(()) => assert_eq!(found, after),
                    // Our nonce in the row says that it was done.
                    Err(CommitError::Unknown(_)) => assert!(found == after || found == row),
                    Err(_) => assert_eq!(found, row),
                }
                outcomes.push((outcome, found == after));
                row = found;
            }
            assert!(
                outcomes
                    .iter()
                    .any(|it| matches!(it.0, Err(CommitError::Unknown(_))))
            );
            runs.push((outcomes, engine.counts()));
        }
        assert_eq!(runs[0], runs[1]);
        assert_ne!(runs[0].0, runs[2].0);
    });
}
