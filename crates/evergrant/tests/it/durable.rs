//! No byte of an answer leaves before the sync that covers its row (DESIGN section 9, number 13).
//!
//! That this test can fail is shown in `crates/sim/tests/it/durable.rs`, where the same judge looks
//! at a store that answers earlier; the server has no setting for that.

use std::process::Stdio;
use std::time::{Duration, Instant};

use evergrant_sim::trace::{Trace, missing};

use crate::harness::{Bed, Server};
use crate::scene::{first_token, is_ci, left_out, owner, successor};

const REFRESHES: usize = 30;
const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn an_answer_leaves_when_its_row_is_on_disk() {
    if let Some(why) = missing() {
        assert!(!is_ci(), "{why}");
        left_out(&why);
        return;
    }
    let bed = Bed::new();
    bed.team();
    let file = bed.path("trace");
    let serve = bed.command(&["serve", "--listen", "127.0.0.1:0", "--log-format", "json"]);
    let mut traced = Trace::command(&serve, &file);
    traced.stderr(Stdio::piped());
    let server = Server::start(traced);
    let process = server.id();
    let app = bed.app(&server.site(), &["--scope", "read"]);
    let mut tokens = vec![first_token(&app, &owner(&server.site())).await];
    for _ in 0..REFRESHES {
        let answer = app.refresh(tokens.last().unwrap()).await.unwrap();
        tokens.push(successor(&answer));
    }
    assert_eq!(server.stop(), Some(0));
    let begun = Instant::now();
    let mut text = std::fs::read_to_string(&file).unwrap();
    while !Trace::is_complete(&text, process) {
        assert!(begun.elapsed() < PATIENCE, "strace did not end");
        tokio::time::sleep(Duration::from_millis(50)).await;
        text = std::fs::read_to_string(&file).unwrap();
    }
    let trace = Trace::read(&text);
    for (index, token) in tokens.iter().enumerate() {
        if let Err(fault) = trace.judge(token) {
            panic!(
                "answer {index} of {}: {fault}; {} calls seen",
                tokens.len(),
                trace.len()
            );
        }
    }
}
