//! What must hold in every state and at every step (DESIGN section 9 by number, and the names of
//! the faults that the first draft of the protocol had).

use evergrant_core::held::State as Standing;
use evergrant_core::held::serve::{MinTtl, Serve, serve};
use evergrant_core::held::step;

use super::state::{Family, Place, Said, State, Token, Try, Write};
use super::translate::{process, situation, time};
use super::world::{Reuse, World};

pub(crate) const BURN: &str = "BURN: our own send ended a family whose newest token we hold";
pub(crate) const EARLY: &str = "EARLY: our own send ended a family while its token was served";
pub(crate) const LOST: &str = "LOST: a living token was received and thrown away";
pub(crate) const STUCK: &str = "STUCK: a person must act, though the token in the row lives";
pub(crate) const ORPHAN: &str = "ORPHAN: a removed grant lives, and we had its newest token";
pub(crate) const PUNISHED: &str = "PUNISHED: a token was used twice where that ends more";
pub(crate) const ASTRAY: &str =
    "ASTRAY: our own requests overtook each other, and the last is lost";
pub(crate) const TWICE: &str = "1: a second request while the access token lives";
pub(crate) const FELL: &str = "3: a generation fell, or was skipped";
pub(crate) const TOUCHED: &str = "4: something old touched what is newer";
pub(crate) const REWRITTEN: &str = "10: a person must act, and what they are told changes";
const UNWRITABLE: &str = "a decision that the store can't take, though nothing moved";
const WITHHELD: &str = "6: a living token was not served";
pub(crate) const PRESENTED: &str = "9: sent, though nothing is to be sent in this state";
const ENDLESS: &str = "11: a definite answer did not end the doubt";
pub(crate) const CODE: &str = "a code was sent twice";
pub(crate) const FORGOTTEN: &str = "FORGOTTEN: it is to refresh by itself, and never will";
const SLEEPS: &str = "SLEEPS: something is to be done, and nobody will look";

/// Whether the access token lives, and is not in its last half minute.
pub(crate) fn is_early(state: &State) -> bool {
    state.held.end > 30_000
}

fn break_(state: &mut State, broken: bool, what: &'static str) {
    if broken && state.broken.is_none() {
        state.broken = Some(what);
    }
}

/// A row is about to be written.
pub(crate) fn check_write(state: &mut State, it: &Write) {
    match it {
        Write::Advanced(it) => {
            let sends = state.attempt(it.id).unwrap().sends.len();
            let now = state.row.state;
            let may = now.refreshes() || (now == Standing::Pending && it.generation == 0);
            break_(state, it.sends.len() > sends && !may, PRESENTED);
        }
        Write::Applied(from, held, _) => {
            let right = *from == state.held.generation && held.generation == from + 1;
            break_(state, !right, FELL);
        }
        Write::Moved(row) => {
            let old = state.row;
            let stays = old.state == Standing::NeedsReauth && row.state == old.state;
            let same = (old.failures, old.retry) == (row.failures, row.retry);
            break_(state, stays && !same, REWRITTEN);
        }
        Write::Beside(held, ..) => {
            break_(state, held.generation != state.held.generation, FELL);
        }
        _ => {}
    }
}

/// A request is about to leave.
pub(crate) fn check_departure(world: &World, state: &mut State, attempt: u8) {
    let of = state.attempt(attempt).map(|it| (it.era, it.generation));
    if of != Some((state.era, state.held.generation)) {
        return;
    }
    let again = state.flown > 0;
    let one_time = matches!(
        world.reuse,
        Reuse::EndsFamily | Reuse::Refused | Reuse::Punished
    );
    break_(state, again && state.held.generation == 0, CODE);
    let early = again && one_time && is_early(state);
    break_(state, early && !world.only_harm, TWICE);
    state.flown = (state.flown + 1).min(3);
}

/// What concerns a grant that is over touches nothing of the one that came after it.
pub(crate) fn check_old(state: &mut State, attempt: &Try, writes: &[Write]) {
    let own = |it: &Write| {
        matches!(
            it,
            Write::Advanced(_) | Write::Shredded(..) | Write::Revoke(_)
        )
    };
    let old = attempt.era != state.era;
    break_(state, old && !writes.iter().all(own), TOUCHED);
}

/// Nobody wrote in between, so it must be possible to write it.
pub(crate) fn check_written(state: &mut State, written: bool) {
    break_(state, !written, UNWRITABLE);
}

/// An answer was judged, and is about to be written.
pub(crate) fn check_judgement(state: &mut State, attempt: &Try, said: Said, writes: &[Write]) {
    let of = (attempt.era, attempt.generation);
    let present = (state.era, state.held.generation);
    if matches!(said, Said::Limited | Said::NotThisApp) && of == present {
        state.flown = state.flown.saturating_sub(1);
    }
    let older = of < present;
    let touches = |it: &Write| !matches!(it, Write::Advanced(_) | Write::Shredded(..));
    let failed = !matches!(said, Said::Tokens(_));
    break_(
        state,
        older && failed && writes.iter().any(touches),
        TOUCHED,
    );
}

/// An answer was judged: if it was the last word after the token's end, the doubt is over.
pub(crate) fn check_definite(state: &mut State, attempt: &Try, send: usize, said: Said) {
    let definite = matches!(said, Said::Tokens(_) | Said::Dead);
    let last = send + 1 == attempt.sends.len();
    let open = state.binding().is_some_and(|it| it.id == attempt.id);
    let doubts = state.row.state == Standing::InDoubt;
    let waits = state.unjudged().is_some();
    let over = state.held.end <= 0;
    break_(
        state,
        definite && last && open && doubts && over && !waits,
        ENDLESS,
    );
}

impl World {
    /// What is broken in a state.
    pub(crate) fn violation(&self, state: &State) -> Option<&'static str> {
        if state.broken.is_some() {
            return state.broken;
        }
        let it = situation(state, self.habits());
        if self.withholds(state, &it) {
            return Some(WITHHELD);
        }
        let drafting = |it: &super::state::Process| matches!(it.place, Place::Drafting(_));
        let moving = state.unjudged().is_some() || state.processes.iter().any(drafting);
        let due = step::due(&it, process(0xff), time(0));
        let slack = self.skew.abs();
        // Whoever lacks a rule looks when they like.
        let scheduled = !moving && self.without.is_empty();
        if let Some(due) = due.filter(|_| scheduled) {
            let looks = state
                .row
                .due
                .is_some_and(|at| time(at - slack) <= due.max(time(0)));
            if !looks {
                return Some(SLEEPS);
            }
        }
        if !moving && state.row.state.refreshes() && due.is_none() {
            return Some(FORGOTTEN);
        }
        if !state.is_quiet() {
            return None;
        }
        let alive = |(family, seen): &(Family, Token)| {
            !family.dead && family.current != 0 && *seen == family.current
        };
        if state.past.as_ref().is_some_and(alive) {
            return Some(ORPHAN);
        }
        let current = state.family.current;
        if state.family.dead || state.seen != current {
            let lost = self.strays && self.reuse == Reuse::Supersedes && !state.family.dead;
            let open = state.binding().is_some_and(|it| it.phase.is_open());
            let trusts = state.row.state.refreshes() && !open && state.token != current;
            return (lost && trusts && state.beside != current).then_some(ASTRAY);
        }
        match state.row.state {
            Standing::Revoked => (current != 0).then_some(ORPHAN),
            _ if state.token != current && state.beside != current => Some(LOST),
            // Of the two tokens in the row one is the current one.
            Standing::NeedsReauth if self.reuse != Reuse::Punished => Some(STUCK),
            _ => None,
        }
    }

    fn withholds(&self, state: &State, it: &step::Situation) -> bool {
        use Standing::{Pending, Revoked, Suspended};
        if state.held.end <= 0 || matches!(state.row.state, Pending | Revoked | Suspended) {
            return false;
        }
        let served = serve(
            &it.connection,
            &it.grant,
            &it.habits,
            MinTtl::Usual,
            time(0),
        );
        !matches!(served, Serve::Token | Serve::Renew { or_this: true })
    }

    /// What a state is an example of, to show that a clean world is not an empty one.
    pub(crate) fn situations(&self, state: &State) -> Vec<&'static str> {
        let mut all = Vec::new();
        let mut met = |is: bool, what| {
            if is {
                all.push(what);
            }
        };
        let spooled = |it: &super::state::Process| !it.spool.is_empty();
        met(state.held.generation >= self.generations, "last generation");
        met(state.tries.iter().any(|it| it.sends.len() > 1), "replayed");
        met(
            state.tries.iter().any(|it| it.sends.len() > 2),
            "replayed twice",
        );
        met(state.processes.iter().any(spooled), "answer in a spool");
        met(state.family.dead, "family ended");
        met(state.beside != 0, "second answer kept");
        met(state.row.state == Standing::InDoubt, "in doubt");
        met(state.row.state == Standing::Degraded, "degraded");
        met(state.row.state == Standing::NeedsReauth, "needs a person");
        met(state.row.state == Standing::AppFault, "app at fault");
        met(state.row.state == Standing::Suspended, "suspended");
        met(state.row.state == Standing::Revoked, "removed");
        met(!state.revocations.is_empty(), "to be ended");
        met(state.held.end <= 0, "access token ended");
        met(
            state.processes.iter().any(|it| it.place == Place::Gone),
            "gone",
        );
        met(!state.up, "store away");
        met(!state.strays.is_empty(), "stray request");
        met(state.past.is_some(), "reconnected");
        met(
            state.tries.iter().any(|it| it.era != state.era),
            "old grant",
        );
        all
    }
}
