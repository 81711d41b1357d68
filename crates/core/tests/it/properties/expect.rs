//! What the reference expects of a request: first the request alone, then whether the grant lives,
//! then the token or code.

use evergrant_core::id::GrantId;
use evergrant_core::issued::{Reason, Rotation, exchange, refresh};
use evergrant_core::{Digest, Refusal};

use super::flight::{Flight, Seen};
use super::reference::{Past, Presentation, Verdict};
use super::run::Run;
use super::step::Flaw;

impl Run {
    pub(super) fn expect_refresh(
        &self,
        past: &Past,
        flight: &Flight,
        it: &refresh::Request,
    ) -> Verdict {
        let arrived = it.presenter.at;
        let presented = &it.presented;
        let refused = match flight.flaw {
            Flaw::OtherClient => Some(Refusal::TokenOfAnotherClient),
            _ if arrived >= presented.expires_at => {
                Some(if presented.generation != past.last().number {
                    Refusal::TokenExpired
                } else if arrived >= past.absolute {
                    Refusal::Ended(Reason::AbsoluteExpired)
                } else {
                    Refusal::Ended(Reason::IdleExpired)
                })
            }
            Flaw::Content => Some(Refusal::ScopeNotGranted),
            Flaw::Resource => Some(Refusal::ResourceNotGranted),
            Flaw::None | Flaw::Forged => past.dead().map(Refusal::Ended),
        };
        let presentation = Presentation {
            nonce: presented.nonce,
            number: presented.generation,
            incarnation: presented.incarnation,
            arrived,
            by: flight.id,
        };
        refused.map_or_else(
            || self.rows.judge(past, &self.client, &presentation),
            Verdict::Refused,
        )
    }

    pub(super) fn expect_exchange(
        &self,
        digest: Digest,
        flight: &Flight,
        request: &exchange::Request,
    ) -> (Verdict, Seen) {
        let code = &self.rows.codes[&digest];
        let arrived = request.presenter.at;
        let mut seen = Seen {
            generations: 0,
            retried: false,
            kept: code.kept,
            superseded: vec![],
        };
        let refused = |refusal| Verdict::Refused(refusal);
        let flawed = match flight.flaw {
            Flaw::OtherClient => Some(Refusal::CodeOfAnotherClient),
            Flaw::Content => Some(Refusal::VerifierWrong),
            Flaw::Resource => Some(Refusal::ResourceNotGranted),
            Flaw::None | Flaw::Forged => None,
        };
        if let Some(refusal) = flawed {
            return (refused(refusal), seen);
        }
        let Some((redeemed_at, id)) = code.redeemed else {
            let killed = code.killed.into_iter().flatten().next();
            if arrived >= code.expires_at {
                return (refused(Refusal::CodeExpired), seen);
            } else if let Some(reason) = killed {
                return (refused(Refusal::Ended(reason)), seen);
            }
            seen.superseded = self.too_many();
            return (
                Verdict::Begin {
                    superseded: seen.superseded.len(),
                },
                seen,
            );
        };
        let past = &self.rows.grants[&id];
        let ten_seconds = exchange::REDEEM_AGAIN;
        let soon = arrived <= redeemed_at || self.rows.is_open(redeemed_at, ten_seconds, arrived);
        let is_first = past.generations.len() == 1;
        let own = past.generations[0].made_by == flight.id;
        let verdict = match past.dead_at(arrived) {
            Some(reason) => refused(Refusal::Ended(reason)),
            None if is_first && (own || soon) => Verdict::Same,
            None if soon => refused(Refusal::Overtaken),
            None => Verdict::Ends(Reason::CodeReused),
        };
        (
            verdict,
            Seen {
                superseded: vec![],
                ..Seen::of(past)
            },
        )
    }

    /// The grants that must end so that one more is not too many: those used longest ago.
    fn too_many(&self) -> Vec<GrantId> {
        let grants = self.rows.grants.iter();
        let mut live: Vec<_> = grants
            .filter(|(_, it)| it.dead_at(self.now).is_none())
            .collect();
        live.sort_by_key(|(id, past)| (past.last().began, **id));
        let surplus = (live.len() + 1).saturating_sub(self.client.live_grants as usize);
        live.into_iter().take(surplus).map(|(id, _)| *id).collect()
    }
}

/// Where either is right, what was answered decides.
pub(super) fn settle(expected: Verdict, answer: &Result<(GrantId, Rotation), Refusal>) -> Verdict {
    match expected {
        Verdict::OvertakenOrReuse { sure: false } if *answer == Err(Refusal::Overtaken) => {
            Verdict::Refused(Refusal::Overtaken)
        }
        Verdict::OvertakenOrReuse { .. } => Verdict::Ends(Reason::ReuseDetected),
        other => other,
    }
}

/// The refusal that goes with a verdict.
pub(super) fn said(verdict: Verdict) -> Option<Refusal> {
    match verdict {
        Verdict::Refused(refusal) => Some(refusal),
        Verdict::Ends(reason) => Some(Refusal::Ended(reason)),
        _ => None,
    }
}
