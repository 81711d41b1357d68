//! When: early refresh, keep-alive, backoff. Functions of facts, and of bits that spread them.

use crate::held::grant::{Access, Grant};
use crate::held::habits::{Habits, Renews};
use crate::{Span, Time};

/// How long nobody decides about another process's claim or send.
pub const LEASE: Span = Span::from_seconds(60);
/// How soon after the `sent` commit the first byte must leave.
pub const FIRST_BYTE: Span = Span::from_seconds(2);
/// How long after the access token's end a sender that says nothing is given up.
pub const GRACE: Span = Span::from_seconds(600);
/// What is added to an age, for clocks are not the same everywhere.
pub const CLOCKS: Span = Span::from_seconds(2);
/// The longest wait between two tries.
pub const LONGEST_BACKOFF: Span = Span::from_seconds(60);
/// The wait between tries while a fault is young.
const SHORT_BACKOFF: Span = Span::from_seconds(4);
/// After how many failures a fault is no longer young.
const YOUNG: u32 = 16;

/// A refresh token that is said to live for less is not taken at that word.
const SHORTEST_LIFETIME: Span = Span::from_seconds(60);
const SHORTEST_MARGIN: Span = Span::from_seconds(60);
const LONGEST_MARGIN: Span = Span::from_seconds(15 * 60);
const LONGEST_EXCHANGE_MARGIN: Span = Span::from_days(7);

/// A part of a span.
const fn part(span: Span, numerator: i64, denominator: i64) -> Span {
    Span::from_millis(span.millis().saturating_mul(numerator) / denominator)
}

/// Spreads bits evenly (the finaliser of SplitMix64), so that neighbours differ.
const fn mixed(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// A part of a span that depends on the bits alone: from nothing to all of it.
fn spread(span: Span, bits: u64) -> Span {
    let thousandth = i64::try_from(mixed(bits) % 1_001).unwrap_or_default();
    part(span, thousandth, 1_000)
}

/// How long before its end an access token is renewed.
///
/// A tenth of its life, at least a minute, at most a quarter of an hour; but never more than a
/// quarter of its life. What is renewed by handing in the access token itself has no second chance
/// after its end, and is renewed up to a week before.
pub fn margin(lifetime: Span, renews: Renews) -> Span {
    let longest = match renews {
        Renews::ByAccessToken => LONGEST_EXCHANGE_MARGIN,
        Renews::ByRefreshToken | Renews::Never => LONGEST_MARGIN,
    };
    let tenth = part(lifetime, 1, 10);
    tenth
        .max(SHORTEST_MARGIN)
        .min(longest)
        .min(part(lifetime, 1, 4))
}

/// When a grant is renewed by itself: before its access token ends, and before it goes stale.
pub fn refresh_at(grant: &Grant, habits: &Habits) -> Option<Time> {
    let bits = grant.id.spread() ^ grant.generation;
    if !grant.is_renewable(habits) {
        return None;
    }
    let before_end = match grant.access {
        Access::None => Some(grant.renewed_at),
        Access::Until(end) => {
            let margin = margin(grant.lifetime(), habits.renews);
            // Within the margin's first fifth, so that what came together is not renewed together.
            Some(end.minus(margin).plus(spread(part(margin, 1, 5), bits)))
        }
        Access::Endless => None,
    };
    let before_stale = habits.idle_limit.map(|limit| {
        let half = part(limit, 1, 2);
        grant
            .renewed_at
            .plus(half)
            .plus(spread(part(limit, 1, 10), bits))
    });
    // An end that came before these tokens did, or comes within moments, was not meant: the
    // provider went on. By it a refresh would follow at once, and another one after that.
    let ends = grant.refresh_expires_at.and_then(|end| {
        let lifetime = end.since(grant.renewed_at);
        (lifetime >= SHORTEST_LIFETIME).then(|| end.minus(part(lifetime, 1, 4)))
    });
    [before_end, before_stale, ends].into_iter().flatten().min()
}

/// How long to wait after so many failures: from a second up, spread by a fifth.
///
/// While a fault is young it stays at a few seconds, so that what is over is noticed soon; the
/// breaker of the integration keeps thousands from asking at once.
pub fn backoff(failures: u32, bits: u64) -> Span {
    let seconds = |power: u32| Span::from_seconds(1_i64 << power.min(16));
    let span = if failures < YOUNG {
        seconds(failures.saturating_sub(1)).min(SHORT_BACKOFF)
    } else {
        seconds(failures - YOUNG + 3).min(LONGEST_BACKOFF)
    };
    part(span, 9, 10)
        .max(Span::from_millis(1))
        .plus(spread(part(span, 1, 5), bits ^ (u64::from(failures) << 32)))
}

/// How long to wait after so many failures of which the provider saw nothing: a few seconds at
/// most, so that what is over is noticed soon, however long it took.
pub fn short_backoff(failures: u32, bits: u64) -> Span {
    backoff(failures.min(YOUNG - 1), bits ^ u64::from(failures))
}

impl Span {
    /// Two spans, one after the other.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self::from_millis(self.millis().saturating_add(other.millis()))
    }

    /// What is left of this span when another is taken away; never below zero.
    #[must_use]
    pub const fn less(self, other: Self) -> Self {
        Self::from_millis(self.millis().saturating_sub(other.millis()))
    }
}

/// How long the requests of a provider with a replay window of this length may take: the first
/// send gives up after a third, so that the same process can replay. Too small a window is none.
pub fn within_window(window: Span, request: Span) -> Option<Span> {
    let third = part(window, 1, 3).min(request);
    (third >= Span::from_seconds(3)).then_some(third)
}

/// When, before its access token ends, a spent or unspent one-time token is risked again: in the
/// last tenth of that life, at most half a minute before its end.
pub fn last_resort(grant: &Grant) -> Option<Time> {
    let end = grant.access.end()?;
    Some(end.minus(part(grant.lifetime(), 1, 10).min(Span::from_seconds(30))))
}
