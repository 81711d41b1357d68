//! What is known of a failure changes words, and nothing else.

use evergrant_core::held::answer::{Fault, Reading, Verdict};
use evergrant_core::held::judge::judge;
use evergrant_core::held::{Kept, Tokens};
use evergrant_core::{Change, Secret, Span};

use super::super::tables::every_situation;
use super::{NOW, ambiguous, facts, usual};

/// The same changes, with nothing said of why.
fn plain(changes: Vec<Change>) -> Vec<Change> {
    let strip = |change| match change {
        Change::AttemptAdvanced { seen, mut to } => {
            to.diagnosis = None;
            Change::AttemptAdvanced { seen, to }
        }
        Change::ConnectionMoved {
            connection,
            seen,
            mut to,
        } => {
            to.diagnosis = None;
            Change::ConnectionMoved {
                connection,
                seen,
                to,
            }
        }
        other => other,
    };
    changes.into_iter().map(strip).collect()
}

fn readings(fault: &Fault) -> Vec<Reading> {
    let verdicts = [
        Verdict::Transient,
        Verdict::Dead,
        Verdict::AppFault,
        Verdict::Unknown,
    ];
    let refused = verdicts.into_iter().flat_map(|verdict| {
        [true, false].map(|unspent| Reading::Refused {
            verdict,
            unspent,
            fault: fault.clone(),
        })
    });
    refused.chain([Reading::Unclear(fault.clone())]).collect()
}

#[test]
fn states_retries_and_verdicts_are_the_same_with_and_without() {
    let mut odd = usual();
    odd.consented_at = NOW.minus(Span::from_days(7));
    odd.background.alike = 40;
    odd.sends = 4;
    let kept = Kept {
        tokens: Tokens::default(),
        runner_up: Some(Tokens {
            access: None,
            refresh: Some(Secret::new("other".into())),
        }),
    };
    let mut judged = 0;
    for status in [400, 401, 429, 503] {
        let mut known = super::fault(facts(), ambiguous(), odd.clone());
        known.status = Some(status);
        known.retry_after = (status == 429).then_some(Span::from_seconds(30));
        let bare = Fault {
            known: None,
            ..known.clone()
        };
        for (with, without) in readings(&known).iter().zip(readings(&bare)) {
            for it in every_situation() {
                let attempt = it.attempt.clone().unwrap();
                for send in 0..attempt.sends.len() {
                    let [told, untold] = [with, &without]
                        .map(|reading| judge(&it, (&attempt, send), reading, &kept, NOW));
                    assert_eq!(told.answer, untold.answer);
                    assert_eq!(plain(told.changes), plain(untold.changes));
                    judged += 1;
                }
            }
        }
    }
    assert!(judged > 1_000, "{judged}");
}
