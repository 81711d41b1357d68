//! The store of a world: a commit is written whole, or not at all.

use super::oracle;
use super::state::{Draft, ERA, Place, Said, State, Write};
use super::world::{Rule, World};

impl World {
    /// Writes a commit, if its rows are as it expects them. Drafts that rest on what it changes are
    /// outdated from then on.
    pub(crate) fn commit(&self, state: &mut State, writes: &[Write]) -> bool {
        let fits = |it: &Write| match it {
            Write::Advanced(it) if state.attempt(it.id).is_none() => false,
            // The unique index: one attempt binds a generation.
            Write::Claimed(it) | Write::Advanced(it) => {
                let other = |other: &super::state::Try| {
                    let same = (other.era, other.generation) == (it.era, it.generation);
                    same && other.id != it.id && other.phase.binds()
                };
                let unguarded = !self.keeps(Rule::Guards) || !self.keeps(Rule::OneAttempt);
                unguarded || !it.phase.binds() || !state.tries.iter().any(other)
            }
            Write::Applied(from, ..) => state.held.generation == *from || !self.keeps(Rule::Fenced),
            Write::Beside(held, ..) => state.held.generation == held.generation,
            _ => true,
        };
        if !writes.iter().all(fits) {
            return false;
        }
        for it in writes {
            outdate(state, it);
            oracle::check_write(state, it);
            put(state, it);
        }
        true
    }
}

/// Whether two commits change the same row from the same version.
fn meets(one: &Write, other: &Write) -> bool {
    match (one, other) {
        (Write::Moved(_), Write::Moved(_)) => true,
        (Write::Advanced(one), Write::Advanced(other)) => one.id == other.id,
        _ => false,
    }
}

fn outdate(state: &mut State, written: &Write) {
    for process in &mut state.processes {
        if let Place::Drafting(Draft {
            writes, outdated, ..
        }) = &mut process.place
        {
            *outdated |= writes.iter().any(|it| meets(it, written));
        }
    }
}

fn put(state: &mut State, it: &Write) {
    match it {
        Write::Claimed(attempt) => {
            let mut attempt = attempt.clone();
            let taken = |id| state.tries.iter().any(|it| it.id == id);
            attempt.id = (0..u8::MAX).find(|id| !taken(*id)).unwrap();
            state.tries.push(attempt);
        }
        Write::Advanced(attempt) => {
            let old = state.tries.iter_mut().find(|it| it.id == attempt.id);
            *old.unwrap() = attempt.clone();
        }
        Write::Kept(attempt, send, said) => {
            let known = |it: &(u8, u8, Said)| (it.0, it.1) == (*attempt, *send);
            if !state.answers.iter().any(known) {
                state.answers.push((*attempt, *send, *said));
            }
            see(state, *said);
        }
        Write::Shredded(attempt, send) => {
            state.answers.retain(|it| (it.0, it.1) != (*attempt, *send));
        }
        Write::Moved(row) => state.row = *row,
        Write::Applied(_, held, token) => {
            state.held = *held;
            state.token = *token;
            state.beside = 0;
            state.flown = 0;
            state.seen = state.seen.max(*token);
        }
        Write::Beside(held, token, swap) => {
            state.held = *held;
            state.beside = *token;
            if *swap {
                std::mem::swap(&mut state.token, &mut state.beside);
            }
        }
        Write::Revoke(token) => {
            if *token != 0 {
                state.revocations.push(*token);
            }
        }
        Write::Forget => {
            state.token = 0;
            state.beside = 0;
        }
    }
}

/// An answer is on a disk.
pub(crate) fn see(state: &mut State, said: Said) {
    let Said::Tokens(token) = said else { return };
    match &mut state.past {
        Some((_, seen)) if token < ERA => *seen = (*seen).max(token),
        _ => state.seen = state.seen.max(token),
    }
}
