//! The answer to a commit is lost: it is `Unknown`, and never a wrong `Ok` or `Conflict`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use evergrant_service::core::Change;
use evergrant_service::core::issued::{Grant, Reason};
use evergrant_service::store::CommitError;
use evergrant_sim::postgres::Server;

use crate::bed::{Bed, with_own_postgres};
use crate::world::{World, ended};

async fn wait_for(server: &Server, url: &str, question: &str) {
    for _ in 0..500 {
        if server.run(url, question).unwrap() != "0" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never: {question}");
}

/// What one client saw of its grant: the row it knew last, and an outcome with the row it meant.
struct Seen {
    known: Grant,
    last: Option<(CommitError, Grant)>,
}

/// Rotates a grant until the server is gone; every second commit has several statements.
async fn rotate_until_gone(world: &World, row: Grant, at_work: &AtomicUsize) -> Seen {
    let mut known = row;
    for round in 0.. {
        let (change, mut after) = world.rotation(&known);
        let mut changes = vec![change];
        if round % 2 == 1 {
            after.access_floor = after.rotation.generation - 1;
            let floor = after.access_floor;
            changes.push(Change::AccessFloorRaised {
                grant: known.id,
                floor,
            });
        }
        match world.commit(changes).await {
            Ok(()) => {
                known = after;
                at_work.fetch_add(usize::from(round == 0), Ordering::SeqCst);
            }
            Err(error) => {
                return Seen {
                    known,
                    last: Some((error, after)),
                };
            }
        }
    }
    Seen { known, last: None }
}

#[test]
fn a_crash_in_the_middle_of_commits_loses_none_and_invents_none() {
    with_own_postgres(async |server| {
        let world = World::new(Bed::postgres(&server)).await;
        let mut unknown = 0;
        for round in 0..6 {
            let rows = [
                world.begun().await,
                world.begun().await,
                world.begun().await,
            ];
            let rows = rows
                .into_iter()
                .chain([world.begun().await, world.begun().await]);
            let victim = Arc::clone(&server);
            let at_work = Arc::new(AtomicUsize::new(0));
            let all_are = Arc::clone(&at_work);
            let crash = tokio::task::spawn_blocking(move || {
                for _ in 0..3_000 {
                    if all_are.load(Ordering::SeqCst) == 5 {
                        break;
                    }
                    std::thread::sleep(Duration::from_millis(10));
                }
                std::thread::sleep(Duration::from_millis(150 + 37 * round));
                victim.crash().unwrap();
            });
            let clients = rows
                .map(|row| rotate_until_gone(&world, row, &at_work))
                .collect::<Vec<_>>();
            let seen = all(clients).await;
            crash.await.unwrap();
            server.start().unwrap();
            for Seen { known, last } in seen {
                let found = world.load(known.id).await;
                let (error, meant) = last.unwrap();
                match error {
                    CommitError::Unknown(_) => {
                        unknown += 1;
                        assert!(found == known || found == meant, "{found:?}");
                    }
                    CommitError::Outage(_) => assert_eq!(found, known),
                    CommitError::Conflict => panic!("nobody else was there"),
                }
                assert!(known.rotation.generation > 1, "it never got to work");
            }
        }
        assert!(unknown > 0, "no crash was in the middle of a commit");
    });
}

async fn all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = waiting.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, place) in waiting.iter_mut().zip(&mut done) {
            if place.is_none()
                && let std::task::Poll::Ready(output) = future.as_mut().poll(context)
            {
                *place = Some(output);
            }
        }
        if done.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    done.into_iter().flatten().collect()
}

/// A commit of one statement, and one of several with its journal.
fn both_kinds(world: &World, rows: [&Grant; 2]) -> [(Vec<Change>, Grant); 2] {
    let (single, rotated) = world.rotation(rows[0]);
    let mut over = rows[1].clone();
    over.ended = Some((crate::world::NOW, Reason::RevokedByUser));
    [
        (vec![single], rotated),
        (vec![ended(rows[1].id, Reason::RevokedByUser)], over),
    ]
}

/// The commit waits for a standby that is not there: it is on disk already when its session is
/// ended, and nobody was told.
#[test]
fn done_and_not_told_is_unknown() {
    with_own_postgres(async |server| {
        let world = World::new(Bed::postgres(&server)).await;
        let url = world.bed.url.clone().unwrap();
        let rows = [world.begun().await, world.begun().await];
        let admin = format!("{url}&application_name=admin");
        let kinds = both_kinds(&world, [&rows[0], &rows[1]]);
        for (changes, expected) in kinds {
            server
                .run(
                    &admin,
                    "ALTER SYSTEM SET synchronous_standby_names = 'nobody'",
                )
                .unwrap();
            server.run(&admin, "SELECT pg_reload_conf()").unwrap();
            tokio::time::sleep(Duration::from_millis(100)).await;
            let (store, commit) = (world.store.clone(), world.commit_of(changes));
            let waiting = tokio::spawn(async move { store.commit(&commit).await });
            let stuck = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
            wait_for(&server, &admin, stuck).await;
            let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                       WHERE wait_event = 'SyncRep'";
            server.run(&admin, end).unwrap();
            let outcome = waiting.await.unwrap();
            server
                .run(&admin, "ALTER SYSTEM RESET synchronous_standby_names")
                .unwrap();
            server.run(&admin, "SELECT pg_reload_conf()").unwrap();
            assert!(
                matches!(outcome, Err(CommitError::Unknown(_))),
                "{outcome:?}"
            );
            assert_eq!(world.load(expected.id).await, expected);
        }
    });
}

/// The session is ended, or the server crashes, while the commit is under way and not on disk.
#[test]
fn not_done_and_not_told_is_unknown_or_an_outage() {
    with_own_postgres(async |server| {
        let world = World::new(Bed::postgres(&server)).await;
        let url = world.bed.url.clone().unwrap();
        // At the commit itself, the server sleeps.
        let slow = "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS \
                    'BEGIN PERFORM pg_sleep(20); RETURN NULL; END'; \
                    CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON grants \
                    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow();";
        let rows = [world.begun().await, world.begun().await];
        server.run(&url, slow).unwrap();
        for crash in [false, true] {
            for (changes, expected) in both_kinds(&world, [&rows[0], &rows[1]]) {
                let (store, commit) = (world.store.clone(), world.commit_of(changes));
                let waiting = tokio::spawn(async move { store.commit(&commit).await });
                let asleep = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
                wait_for(&server, &url, asleep).await;
                if crash {
                    tokio::task::block_in_place(|| server.crash()).unwrap();
                    server.start().unwrap();
                } else {
                    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                               WHERE wait_event = 'PgSleep'";
                    server.run(&url, end).unwrap();
                }
                let outcome = waiting.await.unwrap();
                assert!(
                    matches!(outcome, Err(CommitError::Unknown(_))),
                    "{outcome:?}"
                );
                let before = rows.iter().find(|it| it.id == expected.id).unwrap();
                assert_eq!(&world.load(expected.id).await, before);
            }
        }
    });
}
