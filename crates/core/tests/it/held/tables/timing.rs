//! When: properties of margins, dates and backoff.

use evergrant_core::held::habits::Renews;
use evergrant_core::held::timing::{
    LONGEST_BACKOFF, backoff, last_resort, margin, refresh_at, within_window,
};
use evergrant_core::held::{Access, Grant, ReplayPolicy, State};
use evergrant_core::id::GrantId;
use evergrant_core::{Span, Time};
use proptest::prelude::*;

use super::{NOW, at, chance, habits, secs, situation};

const BY: [Renews; 3] = [Renews::ByRefreshToken, Renews::ByAccessToken, Renews::Never];

fn grant(lifetime: Span, which: u8, generation: u64) -> Grant {
    Grant {
        id: GrantId::new(Time::default(), chance(which)),
        generation,
        renewed_at: NOW,
        access: Access::Until(NOW.plus(lifetime)),
        ..situation(State::Active, 0).grant
    }
}

proptest! {
    #[test]
    fn a_margin_is_at_most_a_quarter_and_at_least_a_tenth_where_it_may_be(
        millis in 0_i64..100 * 86_400_000,
        by in 0_usize..3,
    ) {
        let lifetime = Span::from_millis(millis);
        let margin = margin(lifetime, BY[by]);
        prop_assert!(margin.millis() <= millis / 4);
        let longest = if by == 1 { Span::from_days(7) } else { secs(900) };
        prop_assert!(margin <= longest);
        let least = (millis / 10).max(60_000).min(longest.millis()).min(millis / 4);
        prop_assert_eq!(margin.millis(), least);
    }

    #[test]
    fn a_refresh_lies_within_the_margin_and_before_the_end(
        millis in 5_i64..100 * 86_400_000,
        which: u8,
        generation in 0_u64..1_000,
    ) {
        let lifetime = Span::from_millis(millis);
        let grant = grant(lifetime, which, generation);
        let when = refresh_at(&grant, &habits(ReplayPolicy::Strict)).unwrap();
        let end = grant.access.end().unwrap();
        let margin = margin(lifetime, Renews::ByRefreshToken);
        prop_assert!(when > grant.renewed_at, "never in the past of its renewal");
        prop_assert!(when >= end.minus(margin));
        prop_assert!(when <= end.minus(Span::from_millis(margin.millis() * 4 / 5)));
        prop_assert!(when < end);
        let resort = last_resort(&grant).unwrap();
        prop_assert!(resort <= end && resort >= grant.renewed_at);
        prop_assert!(end.since(resort) <= secs(30));
        prop_assert!(end.since(resort).millis() <= millis / 10);
        prop_assert!(when <= resort, "the plain refresh comes before the last resort");
    }

    #[test]
    fn a_grant_with_an_idle_limit_is_refreshed_before_it_goes_stale(
        lifetime in 60_i64..200_000,
        idle in 60_i64..200_000,
        which: u8,
    ) {
        let grant = grant(secs(lifetime), which, 1);
        let mut habits = habits(ReplayPolicy::Strict);
        let plain = refresh_at(&grant, &habits).unwrap();
        habits.idle_limit = Some(secs(idle));
        let kept_alive = refresh_at(&grant, &habits).unwrap();
        prop_assert!(kept_alive <= plain);
        prop_assert!(kept_alive.since(NOW).millis() <= idle * 600);
        prop_assert!(kept_alive > NOW);
    }

    #[test]
    fn a_refresh_token_that_ends_is_used_before(
        lifetime in 60_i64..200_000,
        ends in 60_i64..200_000,
    ) {
        let mut grant = grant(secs(lifetime), 1, 1);
        grant.refresh_expires_at = Some(NOW.plus(secs(ends)));
        let when = refresh_at(&grant, &habits(ReplayPolicy::Strict)).unwrap();
        prop_assert!(when > NOW && when < NOW.plus(secs(ends)));
    }

    #[test]
    fn an_end_that_passed_or_is_absurd_makes_no_refresh_follow_at_once(
        lifetime in 60_i64..200_000,
        ends in -200_000_i64..60,
        endless: bool,
    ) {
        let mut grant = grant(secs(lifetime), 1, 1);
        grant.access = if endless { Access::Endless } else { grant.access };
        let without = refresh_at(&grant, &habits(ReplayPolicy::Strict));
        grant.refresh_expires_at = Some(super::at(ends));
        prop_assert_eq!(refresh_at(&grant, &habits(ReplayPolicy::Strict)), without);
    }

    #[test]
    fn a_backoff_is_spread_by_a_fifth_and_bounded(failures: u32, bits: u64) {
        let wait = backoff(failures, bits).millis();
        let longest = LONGEST_BACKOFF.millis();
        prop_assert!(wait >= 900, "{wait}");
        prop_assert!(wait <= longest * 11 / 10, "{wait}");
        let middle = match failures {
            0 | 1 => 1_000,
            2 => 2_000,
            3..16 => 4_000,
            16 => 8_000,
            17 => 16_000,
            18 => 32_000,
            _ => 60_000,
        };
        prop_assert!((middle * 9 / 10..=middle * 11 / 10).contains(&wait), "{failures}: {wait}");
    }

    #[test]
    fn a_request_fits_thrice_into_its_window(window in 1_i64..1_000, request in 1_i64..60) {
        match within_window(secs(window), secs(request)) {
            Some(span) => {
                prop_assert!(span <= secs(request));
                prop_assert!(span.millis() * 3 <= window * 1_000);
                prop_assert!(span >= secs(3));
            }
            None => prop_assert!(window < 9 || request < 3),
        }
    }
}

#[test]
fn what_came_together_is_not_renewed_together() {
    let habits = habits(ReplayPolicy::Strict);
    let dates: std::collections::BTreeSet<_> = (0..=255)
        .filter_map(|which| refresh_at(&grant(secs(3_600), which, 1), &habits))
        .collect();
    assert!(dates.len() > 200, "{}", dates.len());
}

#[test]
fn what_can_not_be_renewed_has_no_date() {
    let mut grant = grant(secs(3_600), 1, 1);
    let mut habits = habits(ReplayPolicy::Strict);
    grant.refreshable = false;
    assert_eq!(refresh_at(&grant, &habits), None);
    habits.renews = Renews::Never;
    grant.refreshable = true;
    assert_eq!(refresh_at(&grant, &habits), None);
    habits.renews = Renews::ByAccessToken;
    grant.access = Access::None;
    assert_eq!(refresh_at(&grant, &habits), None);
    habits.renews = Renews::ByRefreshToken;
    assert_eq!(refresh_at(&grant, &habits), Some(at(0)));
    grant.access = Access::Endless;
    assert_eq!(refresh_at(&grant, &habits), None);
    assert_eq!(last_resort(&grant), None);
}
