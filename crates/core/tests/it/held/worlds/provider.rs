//! The provider of a world, and what is broken when it ends a family.

use evergrant_core::held::State as Standing;

use super::oracle;
use super::state::{At, ERA, Said, State, Token};
use super::world::{Reuse, World};

impl World {
    /// A refresh token comes to the provider, so many milliseconds from now.
    pub(crate) fn present(&self, state: &mut State, token: Token, later: At) -> Said {
        let past = state.past.as_mut().map(|(family, _)| family);
        let (family, over) = match past.filter(|_| token < ERA) {
            Some(family) => (family, true),
            None => (&mut state.family, false),
        };
        if family.dead {
            return Said::Dead;
        }
        if token == family.current {
            if self.reuse == Reuse::Reusable && token != 0 {
                return Said::Tokens(token);
            }
            family.before = token;
            family.newest += 1;
            family.current = family.newest;
            family.rotated = later;
            family.used = false;
            return Said::Tokens(family.current);
        }
        let last = token == family.before;
        match self.reuse {
            Reuse::Window(width) if last && later - family.rotated <= width => {
                return Said::Tokens(family.current);
            }
            Reuse::Supersedes if last && !family.used => {
                family.newest += 1;
                family.current = family.newest;
                return Said::Tokens(family.current);
            }
            Reuse::Refused | Reuse::Supersedes | Reuse::Reusable => return Said::Dead,
            Reuse::Window(_) | Reuse::EndsFamily | Reuse::Punished => {}
        }
        family.dead = true;
        let current = family.current;
        if over {
            return Said::Dead;
        }
        let broken = if self.reuse == Reuse::Punished {
            Some(oracle::PUNISHED)
        } else if state.is_in_hand(current) {
            Some(oracle::BURN)
        } else if state.row.state != Standing::Revoked && oracle::is_early(state) {
            Some(oracle::EARLY)
        } else {
            None
        };
        state.broken = state.broken.or(broken);
        Said::Dead
    }
}
