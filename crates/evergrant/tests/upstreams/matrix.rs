//! The matrix of one server: its cases are tried beside one another, and counted.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use evergrant_sim::upstream::{Kind, Settings, Upstream};

use crate::bed::Bed;
use crate::case::Case;
use crate::end::Trial;

/// Cases at once: most of the time they wait.
const AT_ONCE: usize = 16;
/// How long the server's access tokens live: longer than the test, for its clock can't be moved.
const ACCESS_SECONDS: u32 = 900;

/// What was counted.
#[derive(Default)]
struct Tally {
    cases: usize,
    deaths: usize,
    sends: usize,
    ends: BTreeMap<String, usize>,
    wrong: Vec<String>,
}

/// Whether all is asked for that takes long.
fn everything() -> bool {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test's own question, not a setting of ours"
    )]
    let asked = std::env::var("EVERGRANT_MATRIX");
    asked.is_ok_and(|it| it == "full")
}

/// A server; nothing where it is not installed.
pub(crate) fn server(kind: Kind) -> Option<Upstream> {
    let settings = Settings {
        access_seconds: ACCESS_SECONDS,
        ..Settings::default()
    };
    server_with(kind, &settings)
}

/// A server with these settings; nothing where it is not installed.
pub(crate) fn server_with(kind: Kind, settings: &Settings) -> Option<Upstream> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let started = runtime.block_on(Upstream::available(kind, settings));
    let started = started.unwrap();
    if started.is_none() {
        println!("left out: {}", kind.missing().unwrap_or_default());
    }
    started
}

/// Tries every case of a server.
pub(crate) fn run(kind: Kind) {
    let Some(upstream) = server(kind) else {
        return;
    };
    let begun = Instant::now();
    let cases = Case::all(kind, everything());
    let (next, tally) = (AtomicUsize::new(0), Mutex::new(Tally::default()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    count(&upstream, case, &tally);
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    println!(
        "{}: {} cases, {} deaths, {} sends, {:?}, in {:.1?}",
        kind.name(),
        tally.cases,
        tally.deaths,
        tally.sends,
        tally.ends,
        begun.elapsed()
    );
    assert!(tally.wrong.is_empty(), "{}", tally.wrong.join("\n"));
    assert_eq!(tally.cases, cases.len());
}

fn count(upstream: &Upstream, case: &Case, tally: &Mutex<Tally>) {
    let (judged, sends, deaths) = judged(upstream, case);
    let mut tally = tally.lock().unwrap();
    tally.cases += 1;
    tally.deaths += deaths;
    tally.sends += sends;
    match judged {
        Ok(end) => *tally.ends.entry(end).or_default() += 1,
        Err(why) => tally.wrong.push(why),
    }
}

/// Lives through a case and judges it. Gives how it ended or what was wrong, how many requests were
/// sent, and how many processes died.
pub(crate) fn judged(upstream: &Upstream, case: &Case) -> (Result<String, String>, usize, usize) {
    let bed = Bed::new(upstream);
    let lived = bed.live(case);
    let (sends, sent) = (bed.record.all(), bed.proxy.sent());
    let heard: Vec<_> = sends.iter().map(|it| &it.heard).collect();
    let did: Vec<_> = sent.iter().map(|it| &it.answered).collect();
    let mut told = format!("heard {heard:?}, the server answered {did:?}");
    let (count, mut deaths) = (sends.len(), 0);
    let judged = lived.and_then(|lived| {
        deaths = lived.deaths;
        let standing = &lived.end.standing;
        let cause = standing.cause().map_or("", |it| it.as_str());
        let end = format!("{} {cause}", standing.state.as_str());
        told = format!("{told}, ended as {end}");
        let trial = Trial {
            kind: upstream.kind,
            case,
            known: lived.begun.known,
            sends,
            sent,
            end: lived.end,
        };
        trial.judge().map(|()| end.trim().to_owned())
    });
    let judged = judged.map_err(|why| format!("{case:?}: {why}; {told}"));
    (judged, count, deaths)
}
