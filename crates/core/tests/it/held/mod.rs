//! The law of held grants, as tables: what answers mean and what is sent.

mod dead;
mod diagnose;
mod explain;
mod hostile;
mod plan;
mod refusals;
mod rules;
mod tables;
mod tokens;
mod unclear;
mod worlds;

use evergrant_core::held::absorb::absorb;
use evergrant_core::held::{Fault, Provider, RawAnswer, Reading, Replayed, Verdict};
use evergrant_core::{Span, Time};
use zeroize::Zeroizing;

/// 2026-11-20T12:00:00Z
const NOW: Time = Time::from_seconds(1_795_176_000);

fn answer(status: u16, body: impl AsRef<[u8]>) -> RawAnswer {
    RawAnswer {
        status,
        headers: Vec::new(),
        body: Zeroizing::new(body.as_ref().to_vec()),
        complete: true,
    }
}

fn with_header(mut answer: RawAnswer, name: &str, value: &str) -> RawAnswer {
    answer.headers.push((name.to_owned(), value.to_owned()));
    answer
}

/// The first answer of a server of which nothing is known.
fn read(answer: &RawAnswer) -> Reading {
    absorb(answer, &Provider::generic(), NOW, Replayed::No)
}

/// The answer of such a server to a request that went out before.
fn read_again(answer: &RawAnswer) -> Reading {
    absorb(answer, &Provider::generic(), NOW, Replayed::Last)
}

fn seconds(count: i64) -> Option<Span> {
    Some(Span::from_seconds(count))
}

fn refused(reading: Reading) -> (Verdict, bool, Fault) {
    match reading {
        Reading::Refused {
            verdict,
            unspent,
            fault,
        } => (verdict, unspent, fault),
        other => panic!("{other:?}"),
    }
}
