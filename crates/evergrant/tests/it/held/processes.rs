//! Without a server: many processes on one embedded store, and one refresh.
//!
//! 1. Sixteen read a token that has ended, in the same moment, generation after generation.
//! 2. The one that asked the provider is killed while the others wait for it.
//! 3. One of them is killed at any moment: no token is ever sent twice.

use std::process::{Child, Output};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use evergrant_sim::http::{Request, Site};
use serde_json::Value;

use super::{Keeper, STALE, allowed};

const CROWD: usize = 16;
const GENERATIONS: usize = 5;
/// Longer than a test runs.
const LONG: Duration = Duration::from_secs(3600);
/// What an exchange may take where a process is killed, so that nobody waits long.
const BOUNDS: [&str; 4] = ["--provider-connect", "1s", "--provider-total", "1s"];
/// Connect, exchange, and how long a reader waits beyond them; and as much again for a machine
/// that is busy with other things.
const BOUND: Duration = Duration::from_secs(24);

/// A keeper whose provider takes each refresh token once.
fn strict(flags: &[&str]) -> Keeper {
    let it = Keeper::new();
    it.add_integration(flags);
    it.provider.is_strict(LONG);
    it.provider.book(|book| book.begin("rt-imported"));
    it.import("ci", STALE);
    it
}

/// So many processes, begun in the same moment, and how they ended.
fn at_once(it: &Keeper, count: usize, arguments: &[&str]) -> Vec<Output> {
    let gate = Barrier::new(count);
    thread::scope(|scope| {
        let begin = |_| {
            let mut command = it.bed.command(&allowed(arguments));
            let gate = &gate;
            scope.spawn(move || {
                gate.wait();
                command.output().unwrap()
            })
        };
        let all: Vec<_> = (0..count).map(begin).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

fn begin(it: &Keeper, arguments: &[&str]) -> Child {
    it.bed.command(&allowed(arguments)).spawn().unwrap()
}

fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// All printed the same, which the provider takes for a live token.
fn all_have_one_live_token(it: &Keeper, outputs: &[Output]) {
    for output in outputs {
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(output.stdout, outputs[0].stdout);
    }
    let token = printed(&outputs[0]).trim_end().to_owned();
    assert!(it.provider.book(|book| book.accepts(&token)), "{token}");
}

fn nothing_was_presented_twice(it: &Keeper) {
    it.provider.book(|book| {
        let presented = book.presented();
        assert!(presented.values().all(|times| *times == 1), "{presented:?}");
        assert_eq!(book.ended(), 0);
    });
}

#[test]
fn sixteen_processes_cause_one_refresh_of_each_generation() {
    let it = strict(&[]);
    let mut asked = 0;
    for generation in 0..GENERATIONS {
        if generation > 0 {
            // A token that soon ends comes in between.
            it.provider.is_strict(Duration::from_secs(1));
            it.run(&["connection", "refresh", "ci"]).succeeded();
            thread::sleep(Duration::from_millis(1_100));
            it.provider.is_strict(LONG);
            asked += 1;
        }
        let outputs = at_once(&it, CROWD, &["token", "ci"]);
        all_have_one_live_token(&it, &outputs);
        asked += 1;
        assert_eq!(it.provider.asked("token").len(), asked);
    }
    nothing_was_presented_twice(&it);
    let shown = it.json(&["connection", "show", "ci"]);
    assert_eq!(shown["generation"], asked + 1, "{shown}");
    assert_eq!(shown["state"], "active");
    let history = it.json(&["connection", "history", "ci"]);
    assert_eq!(history["items"].as_array().unwrap().len(), asked);
    // Whoever ends well leaves nothing to look after.
    assert!(it.spools().is_empty());
}

#[tokio::test]
async fn what_they_print_opens_the_resource() {
    let it = strict(&[]);
    let outputs = at_once(&it, 2, &["token", "ci"]);
    let resource = Site::new(&it.provider.url("resource")).unwrap();
    for (token, status) in [(&*printed(&outputs[0]), 200), ("another", 401)] {
        let bearer = format!("Bearer {}", token.trim_end());
        let request = Request::get(&resource.url("")).header("Authorization", &bearer);
        assert_eq!(resource.send(&request).await.unwrap().status, status);
    }
}

/// One that asks the provider, which holds its answer back, and fifteen that wait for it.
fn one_asks_and_others_wait(it: &Keeper) -> (Child, Vec<Child>) {
    it.provider.hold();
    let token = [&["token", "ci", "--json"][..], &BOUNDS].concat();
    // The one that will be killed has the longest time, so that it is the kill that ends it.
    let first = ["token", "ci", "--json", "--provider-total", "40s"];
    let first = begin(it, &first);
    it.provider.was_asked(1);
    let others = (1..CROWD).map(|_| begin(it, &token)).collect();
    (first, others)
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// How processes ended, which they must within the bound.
fn ended(children: Vec<Child>) -> Vec<Output> {
    let began = Instant::now();
    let wait = |child: Child| child.wait_with_output().unwrap();
    let outputs = children.into_iter().map(wait).collect();
    assert!(began.elapsed() < BOUND, "{:?}", began.elapsed());
    outputs
}

#[test]
fn when_the_one_that_asked_is_killed_nobody_sends_a_one_time_token_again() {
    let it = strict(&[]);
    let (first, others) = one_asks_and_others_wait(&it);
    thread::sleep(Duration::from_secs(1));
    kill(first);
    for output in ended(others) {
        assert_eq!(output.status.code(), Some(6), "{output:?}");
        let problem: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(problem["code"], "not_now", "{problem}");
        assert_eq!(problem["status"], 503);
        assert!(!problem["detail"].as_str().unwrap().is_empty());
    }
    it.provider.release();
    // Whoever asks the operator's way is told the same, and does not send it either.
    let refresh = [&["connection", "refresh", "ci", "--json"][..], &BOUNDS].concat();
    it.run(&refresh).failed_as(6, "not_now");
    assert_eq!(it.provider.asked("token").len(), 1);
    nothing_was_presented_twice(&it);
}

#[test]
fn a_token_that_may_come_again_is_sent_again_for_one_that_was_killed() {
    let it = strict(&["--replay", "reusable"]);
    let (first, others) = one_asks_and_others_wait(&it);
    kill(first);
    it.provider.release();
    // Now it gives what it gave before, as such providers do.
    it.provider.forgives();
    let (mut given, refused): (Vec<_>, Vec<_>) = ended(others)
        .into_iter()
        .partition(|it| it.status.success());
    for output in refused {
        assert_eq!(output.status.code(), Some(6), "{output:?}");
    }
    // Whoever waited may have been told to try again; and so they do.
    let began = Instant::now();
    while given.len() < CROWD {
        assert!(began.elapsed() < BOUND, "nobody asks the provider again");
        let outputs = at_once(&it, 1, &["token", "ci", "--json"]);
        given.extend(outputs.into_iter().filter(|it| it.status.success()));
    }
    for output in &given {
        assert_eq!(output.stdout, given[0].stdout);
    }
    assert_eq!(it.provider.asked("token").len(), 2);
    assert_eq!(it.state("ci"), "active");
}

#[test]
fn when_one_that_waits_is_killed_the_others_notice_nothing() {
    let it = strict(&[]);
    it.provider.hold();
    let first = begin(&it, &["token", "ci"]);
    it.provider.was_asked(1);
    let mut others: Vec<_> = (1..CROWD).map(|_| begin(&it, &["token", "ci"])).collect();
    thread::sleep(Duration::from_millis(500));
    for _ in 0..5 {
        kill(others.remove(0));
    }
    it.provider.release();
    others.push(first);
    let outputs = ended(others);
    all_have_one_live_token(&it, &outputs);
    assert_eq!(it.provider.asked("token").len(), 1);
    nothing_was_presented_twice(&it);
}

#[test]
fn whoever_is_killed_at_any_moment_makes_nobody_send_twice() {
    let it = strict(&[]);
    for round in 0..6_u64 {
        let name = format!("job-{round}");
        let token = format!("refresh-of-{name}");
        it.provider.book(|book| book.begin(&token));
        it.import(&name, &format!(r#"{{"refresh_token":"{token}"}}"#));
        let read = [&["token", &name][..], &BOUNDS].concat();
        let mut others: Vec<_> = (0..6).map(|_| begin(&it, &read)).collect();
        thread::sleep(Duration::from_millis(17 * round));
        for _ in 0..3 {
            kill(others.remove(0));
        }
        let outputs = ended(others);
        let mut given: Vec<_> = outputs.iter().filter(|it| it.status.success()).collect();
        given.dedup_by_key(|it| it.stdout.clone());
        assert!(given.len() <= 1, "{given:?}");
        for output in outputs {
            let code = output.status.code();
            assert!(matches!(code, Some(0 | 6)), "{output:?}");
        }
    }
    nothing_was_presented_twice(&it);
}

#[test]
fn an_answer_in_the_spool_of_one_that_was_killed_is_brought_in_by_whoever_comes_next() {
    let it = strict(&[]);
    it.provider.hold();
    let first = begin(&it, &["token", "ci", "--json"]);
    it.provider.was_asked(1);
    let store = rusqlite::Connection::open(it.bed.data().join("evergrant.db")).unwrap();
    // The store is away when the answer comes.
    store.execute_batch("BEGIN IMMEDIATE").unwrap();
    it.provider.release();
    let began = Instant::now();
    while answers_in_the_spool(&it) == 0 {
        assert!(began.elapsed() < BOUND, "no answer waits in the spool");
        thread::sleep(Duration::from_millis(10));
    }
    kill(first);
    store.execute_batch("ROLLBACK").unwrap();
    let outputs = at_once(&it, 4, &["token", "ci"]);
    all_have_one_live_token(&it, &outputs);
    assert_eq!(answers_in_the_spool(&it), 0);
    assert_eq!(it.provider.asked("token").len(), 1);
    nothing_was_presented_twice(&it);
}

fn answers_in_the_spool(it: &Keeper) -> usize {
    let folders = it.spools().into_iter();
    let files = folders.flat_map(|it| std::fs::read_dir(it).into_iter().flatten());
    let is_answer = |name: std::ffi::OsString| name.to_string_lossy().ends_with(".answer");
    files
        .flatten()
        .filter(|it| is_answer(it.file_name()))
        .count()
}

#[test]
fn who_asks_for_a_refresh_while_another_is_at_it_takes_what_that_brings() {
    let it = strict(&[]);
    it.provider.hold();
    let refresh = ["connection", "refresh", "ci", "--json"];
    let first = begin(&it, &refresh);
    it.provider.was_asked(1);
    let others = (0..3).map(|_| begin(&it, &refresh));
    let all: Vec<_> = [first].into_iter().chain(others).collect();
    thread::sleep(Duration::from_millis(700));
    it.provider.release();
    for output in ended(all) {
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let refreshed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(refreshed["renewed"], true, "{refreshed}");
    }
    assert_eq!(it.provider.asked("token").len(), 1);
    nothing_was_presented_twice(&it);
}
