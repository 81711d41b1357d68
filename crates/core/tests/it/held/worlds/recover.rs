//! The end of a process, and what is left to its successor; what is owed, and how it is paid.

use super::explore::Steps;
use super::notes::note;
use super::process::Actor;
use super::state::{Owed, Place, What};
use super::world::Deed;

impl Actor<'_> {
    /// Pays one thing that is owed.
    pub(super) fn pays(&self, place: Place, out: &mut Steps) {
        let mut state = self.at(place);
        let me = &mut state.processes[self.slot];
        let owed = match me.owed.pop() {
            Some(owed) => owed,
            None => me.spool.remove(0).1,
        };
        note(self.world, &mut state, self.slot, owed, self.now());
        self.tell(Deed::Pays, state, out);
    }

    /// The other task of a process: what it owes is paid, and what its predecessor left.
    pub(super) fn recovers(&self, out: &mut Steps) {
        let me = self.me();
        if !(me.owed.is_empty() && me.spool.is_empty()) {
            return self.pays(me.place.clone(), out);
        }
        let Some(before) = me.before.first().copied() else {
            return;
        };
        let mut state = self.state.clone();
        state.processes[self.slot].before.remove(0);
        for id in state.tries.iter().map(|it| it.id).collect::<Vec<_>>() {
            let found = state.attempt(id).unwrap().clone();
            for (send, it) in found.sends.iter().enumerate() {
                if it.by == before && it.ended.is_none() {
                    let send = u8::try_from(send).unwrap();
                    let what = What::LeftSilent;
                    let owed = Owed {
                        attempt: id,
                        send,
                        what,
                    };
                    note(self.world, &mut state, self.slot, owed, self.now());
                }
            }
        }
        self.tell(Deed::TakesOver, state, out);
    }

    pub(super) fn dies(&self, out: &mut Steps) {
        let me = self.me();
        let faults = self.world.faults;
        if me.place == Place::Idle && me.owed.is_empty() && !faults.gone {
            return;
        }
        let mut state = self.state.clone();
        if let Place::Waiting {
            token, said: None, ..
        } = me.place
            && self.world.strays
        {
            state.strays.push(token);
        }
        let mine = &mut state.processes[self.slot];
        mine.place = Place::Crashed;
        mine.owed.clear();
        mine.before.push(mine.pid);
        mine.pid += 1;
        let may = faults.crash && mine.pid & 7 < 6;
        self.tell_fault(may, Deed::Crashes, state.clone(), out);
        let other = &self.state.processes[1 - self.slot];
        if me.spool.is_empty() && other.place != Place::Gone {
            let mine = &mut state.processes[self.slot];
            mine.place = Place::Gone;
            mine.pid = me.pid;
            mine.before.clear();
            self.tell_fault(faults.gone, Deed::IsGone, state, out);
        }
    }
}
