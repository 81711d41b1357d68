//! PostgreSQL away: an outage while it lasts, everything as before afterwards, and a server that
//! may lose commits is refused.

use std::time::{Duration, Instant};

use evergrant_service::store::engine::postgres::Postgres;
use evergrant_service::store::{CommitError, Outage};

use crate::bed::{Bed, run, with_own_postgres, with_postgres};
use crate::world::World;

/// Longer than any answer may take, however the server is away.
const PATIENCE: Duration = Duration::from_secs(30);

async fn refusal(url: &str) -> String {
    match Postgres::connect(url, 2).await {
        Ok(_) => panic!("it was accepted"),
        Err(Outage(why)) => why,
    }
}

#[test]
fn a_server_that_is_stopped_is_an_outage_until_it_is_back() {
    with_own_postgres(async |server| {
        let world = World::new(Bed::postgres(&server)).await;
        let mut row = world.begun().await;
        for crashed in [false, true, false] {
            if crashed {
                server.crash().unwrap();
            } else {
                server.stop().unwrap();
            }
            for _ in 0..12 {
                let begun = Instant::now();
                assert!(world.store.grant(row.id).await.is_err());
                let single = world.commit(vec![world.rotation(&row).0]).await;
                assert!(matches!(single, Err(CommitError::Outage(_))), "{single:?}");
                let several = vec![world.rotation(&row).0, crate::world::retry(&row)];
                let several = world.commit(several).await;
                assert!(
                    matches!(several, Err(CommitError::Outage(_))),
                    "{several:?}"
                );
                assert!(begun.elapsed() < PATIENCE);
            }
            server.start().unwrap();
            // The first one on each dead connection may not know it yet; nobody else suffers.
            assert_eq!(world.load(row.id).await, row);
            let (change, after) = world.rotation(&row);
            world.commit(vec![change]).await.unwrap();
            assert_eq!(world.load(row.id).await, after);
            row = after;
        }
    });
}

/// Nothing answers and nothing is closed: what a machine that hangs, or a cut cable, looks like.
#[test]
fn a_server_that_hangs_keeps_nobody_waiting_for_ever() {
    with_own_postgres(async |server| {
        let world = World::new(Bed::postgres(&server)).await;
        let row = world.begun().await;
        // A pool of several connections, for a new one could not even be made.
        let reads = || world.store.grant(row.id);
        let warm = tokio::join!(reads(), reads(), reads(), reads());
        assert!(warm.0.is_ok() && warm.1.is_ok() && warm.2.is_ok() && warm.3.is_ok());
        server.freeze().unwrap();
        let (change, after) = world.rotation(&row);
        let read = tokio::time::timeout(PATIENCE, world.store.grant(row.id));
        let both = world.commit_of(vec![change]);
        let commit = tokio::time::timeout(PATIENCE, world.store.commit(&both));
        let (read, commit) = tokio::join!(read, commit);
        server.thaw().unwrap();
        assert!(read.expect("a read hung").is_err());
        let commit = commit.expect("a commit hung");
        assert!(matches!(commit, Err(CommitError::Unknown(_))), "{commit:?}");
        let found = world.load(row.id).await;
        assert!(found == row || found == after);
        // What was sent before it hung may still come; then it is settled.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let (change, after) = world.rotation(&world.load(row.id).await);
        world.commit(vec![change]).await.unwrap();
        assert_eq!(world.load(row.id).await, after);
    });
}

#[test]
fn a_server_that_may_lose_commits_is_refused() {
    with_own_postgres(async |server| {
        let url = server.create_database().unwrap();
        drop(Postgres::connect(&url, 2).await.unwrap());
        for setting in [
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
        ] {
            server.stop().unwrap();
            server.start_with(&[setting]).unwrap();
            let why = refusal(&url).await;
            assert!(why.contains(setting) && why.contains("lose"), "{why}");
        }
        server.stop().unwrap();
        server.start().unwrap();
        // Nor may the database, the role, or the address itself switch it off.
        for level in ["off", "local", "remote_write"] {
            let script = format!("ALTER ROLE postgres SET synchronous_commit = '{level}'");
            server.run(&url, &script).unwrap();
            let why = refusal(&url).await;
            assert!(
                why.contains(&format!("synchronous_commit={level}")),
                "{why}"
            );
        }
        server
            .run(&url, "ALTER ROLE postgres RESET synchronous_commit")
            .unwrap();
        let own = format!("{url}&options=-c%20synchronous_commit%3Doff");
        assert!(refusal(&own).await.contains("synchronous_commit=off"));
        drop(Postgres::connect(&url, 2).await.unwrap());
    });
}

#[test]
fn an_address_that_is_wrong_is_told_without_its_password() {
    with_postgres(|server| {
        run(async {
            let here = server.url("no_such_database");
            let nowhere = "postgres://ada:hush@127.0.0.1:1/evergrant?sslmode=disable";
            let locked = here.replace("postgres@", "no_such_role:hush@");
            let malformed = "postgres://ada:hush@[::1/evergrant";
            let tls = here.replace("sslmode=disable", "sslmode=require");
            for url in [here.as_str(), nowhere, &locked, malformed, &tls] {
                let why = refusal(url).await;
                assert!(!why.contains("hush") && why.len() > 10, "{why}");
            }
            assert!(refusal(&here).await.contains("no_such_database"));
        });
    });
}
