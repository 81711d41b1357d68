//! The states of a connection: every one after every event.

use evergrant_core::held::State::{
    self, Active, AppFault, Degraded, InDoubt, NeedsReauth, Pending, Revoked, ScopeGap, Suspended,
};
use evergrant_core::held::connection::Event;

const EVENTS: [Event; 11] = [
    Event::Applied { all_scopes: true },
    Event::Applied { all_scopes: false },
    Event::Unspent,
    Event::Unknown,
    Event::Dead,
    Event::AppRefused,
    Event::Mended,
    Event::Denied,
    Event::Suspended,
    Event::Resumed,
    Event::Removed,
];

const ALL_SCOPES: Event = Event::Applied { all_scopes: true };
const SOME_SCOPES: Event = Event::Applied { all_scopes: false };
const REFRESHING: &[State] = &[Active, Degraded, InDoubt, ScopeGap];

/// From one of these, by an event, to another. What is not here changes nothing.
const TABLE: [(&[State], Event, State); 21] = [
    (&[Pending], ALL_SCOPES, Active),
    (&[Pending], SOME_SCOPES, ScopeGap),
    (&[Pending], Event::Denied, Revoked),
    (&[Pending], Event::Unknown, Revoked),
    (&[Pending], Event::Dead, Revoked),
    (&[Pending], Event::AppRefused, Revoked),
    (&[Degraded, InDoubt, ScopeGap], ALL_SCOPES, Active),
    (&[Active, Degraded, InDoubt], SOME_SCOPES, ScopeGap),
    (&[Active], Event::Unspent, Degraded),
    (&[Active, Degraded], Event::Unknown, InDoubt),
    (REFRESHING, Event::Dead, NeedsReauth),
    (REFRESHING, Event::AppRefused, AppFault),
    (&[AppFault], Event::Mended, Degraded),
    (&[NeedsReauth, AppFault], ALL_SCOPES, Degraded),
    (&[NeedsReauth, AppFault], SOME_SCOPES, Degraded),
    (REFRESHING, Event::Suspended, Suspended),
    (&[NeedsReauth, AppFault], Event::Suspended, Suspended),
    (&[Suspended], Event::Resumed, Degraded),
    (REFRESHING, Event::Removed, Revoked),
    (&[NeedsReauth, AppFault], Event::Removed, Revoked),
    (&[Pending, Suspended], Event::Removed, Revoked),
];

#[test]
fn every_state_after_every_event() {
    let mut used = 0;
    for state in State::ALL.iter().copied() {
        for event in EVENTS {
            let fits = |it: &&(&[State], Event, State)| it.0.contains(&state) && it.1 == event;
            let rows: Vec<_> = TABLE.iter().filter(fits).collect();
            assert!(rows.len() <= 1, "{state:?} after {event:?}: {rows:?}");
            let expected = rows.first().map_or(state, |it| it.2);
            assert_eq!(state.after(event), expected, "{state:?} after {event:?}");
            used += rows.len();
        }
    }
    assert_eq!(used, TABLE.iter().map(|it| it.0.len()).sum::<usize>());
}

#[test]
fn what_refreshes_and_what_may_come_to_live_again() {
    for state in State::ALL.iter().copied() {
        let refreshes = matches!(state, Active | Degraded | InDoubt | ScopeGap);
        assert_eq!(state.refreshes(), refreshes, "{state:?}");
        let live = !matches!(state, Pending | Revoked);
        assert_eq!(state.is_live(), live, "{state:?}");
    }
}

#[test]
fn the_clock_of_a_state_starts_when_it_is_entered() {
    use super::{NOW, at, situation};
    let standing = situation(Active, 100).connection.standing;
    let same = standing.after(Event::Mended, NOW);
    assert_eq!((same.state, same.since), (Active, at(-9_999)));
    let other = standing.after(Event::Unknown, NOW);
    assert_eq!((other.state, other.since), (InDoubt, NOW));
}
