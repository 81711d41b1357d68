//! What makes two moments the same: what is over is forgotten, numbers are given in order, and time
//! is counted from now.

use super::state::{At, LONG_AGO, Owed, Place, State, What};

impl State {
    /// Takes away what nobody can ask for any more, and gives attempts their places as numbers.
    pub(crate) fn tidy(&mut self) {
        let mut named: Vec<u8> = self.answers.iter().map(|it| it.0).collect();
        for it in &self.processes {
            named.extend(it.owed.iter().map(|it| it.attempt));
            named.extend(it.spool.iter().map(|(_, it)| it.attempt));
            match &it.place {
                Place::Begun { attempt, .. } | Place::Waiting { attempt, .. } => {
                    named.push(*attempt);
                }
                Place::Knows(owed) => named.push(owed.attempt),
                Place::Drafting(_) => return,
                _ => {}
            }
        }
        let (era, generation) = (self.era, self.held.generation);
        self.tries.retain(|it| {
            named.contains(&it.id)
                || (it.era == era && it.generation == generation && it.phase.binds())
                || it.sends.iter().any(|it| it.ended.is_none())
        });
        let ids: Vec<u8> = self.tries.iter().map(|it| it.id).collect();
        let number = |id: u8| ids.iter().position(|it| *it == id).unwrap();
        self.rename(|id| u8::try_from(number(id)).unwrap());
    }

    fn rename(&mut self, number: impl Fn(u8) -> u8) {
        for it in &mut self.tries {
            it.id = number(it.id);
        }
        for it in &mut self.answers {
            it.0 = number(it.0);
        }
        for it in &mut self.processes {
            for owed in &mut it.owed {
                owed.attempt = number(owed.attempt);
            }
            for (_, owed) in &mut it.spool {
                owed.attempt = number(owed.attempt);
            }
            match &mut it.place {
                Place::Begun { attempt, .. } | Place::Waiting { attempt, .. } => {
                    *attempt = number(*attempt);
                }
                Place::Knows(owed) => owed.attempt = number(owed.attempt),
                _ => {}
            }
        }
    }

    /// Lets time pass.
    pub(crate) fn pass(&mut self, by: At) {
        let later = |it: &mut At| *it = (*it - by).max(LONG_AGO);
        // What may be done may be done, for however long it could have been.
        let past = |it: &mut Option<At>| {
            if let Some(it) = it {
                *it = (*it - by).max(-30_000);
            }
        };
        past(&mut self.row.retry);
        past(&mut self.row.due);
        past(&mut self.held.refresh);
        later(&mut self.held.end);
        later(&mut self.family.rotated);
        if let Some((family, _)) = &mut self.past {
            later(&mut family.rotated);
        }
        for it in &mut self.tries {
            later(&mut it.claimed);
            for send in &mut it.sends {
                later(&mut send.begun);
                if let Some((at, ..)) = &mut send.ended {
                    later(at);
                }
            }
        }
        for it in &mut self.processes {
            for owed in &mut it.owed {
                if let What::NeverBegun(at) = &mut owed.what {
                    later(at);
                }
            }
            if let Place::Knows(Owed {
                what: What::NeverBegun(at),
                ..
            }) = &mut it.place
            {
                later(at);
            }
        }
    }

    /// The same moment with the two processes in each other's place.
    pub(crate) fn mirrored(&self) -> Self {
        let mut it = self.clone();
        it.processes.swap(0, 1);
        for attempt in &mut it.tries {
            attempt.by ^= 8;
            for send in &mut attempt.sends {
                send.by ^= 8;
            }
        }
        for process in &mut it.processes {
            process.pid ^= 8;
            for pid in &mut process.before {
                *pid ^= 8;
            }
            for (pid, _) in &mut process.spool {
                *pid ^= 8;
            }
        }
        it
    }
}
