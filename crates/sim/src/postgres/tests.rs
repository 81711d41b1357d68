//! What the harness promises to the tests that stand on it.

use std::path::Path;
use std::time::{Duration, Instant};

use super::{Server, available};

#[test]
fn it_keeps_its_data_over_a_stop_and_a_crash_and_is_gone_afterwards() {
    if available().unwrap().is_none() {
        return;
    }
    let server = Server::launch().unwrap();
    let url = server.create_database().unwrap();
    server
        .run(&url, "CREATE TABLE t (n INT); INSERT INTO t VALUES (7)")
        .unwrap();
    server.stop().unwrap();
    assert!(server.run(&url, "SELECT n FROM t").is_err());
    server.start().unwrap();
    server.run(&url, "INSERT INTO t VALUES (8)").unwrap();
    server.crash().unwrap();
    server.start().unwrap();
    assert_eq!(
        server.run(&url, "SELECT n FROM t ORDER BY n").unwrap(),
        "7\n8"
    );
    assert_ne!(server.create_database().unwrap(), url);

    let folder = server.folder.data();
    let pid = std::fs::read_to_string(folder.join("postmaster.pid")).unwrap();
    let process = format!("/proc/{}", pid.lines().next().unwrap());
    assert!(Path::new(&process).exists());
    drop(server);
    assert!(!Path::new(&process).exists() && !folder.exists());
}

#[test]
fn the_watchdog_cleans_up_after_a_process_that_was_killed() {
    if available().unwrap().is_none() {
        return;
    }
    let mut server = Server::launch().unwrap();
    let folder = server.folder.data();
    // What the end of our process does to the watchdog.
    server.watchdog.input = None;
    let begun = Instant::now();
    while folder.exists() && begun.elapsed() < Duration::from_secs(20) {
        // The real parent would be gone; here somebody must take note of the child's end.
        if let Some(it) = server.postmaster().as_mut() {
            it.reap();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(!folder.exists());
    server.postmaster().take();
}
