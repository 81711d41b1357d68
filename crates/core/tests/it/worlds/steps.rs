//! What can happen next in a world: senders, faults and time. What the server does is next door.

use super::state::{Backup, Request, State, Token, Who};
use super::world::{Rule, Step, World};
use evergrant_core::issued::Reason;

/// The steps that lead on from a state, each with the state it leads to.
pub(crate) type Steps = Vec<(Step, State)>;

impl World {
    /// Every step that is possible in `state`.
    pub(crate) fn steps(&self, state: &State, out: &mut Steps) {
        self.processes_send(state, out);
        if self.thief {
            self.thief_acts(state, out);
        }
        if let Some(intruder) = self.intruder {
            self.intruder_acts(intruder, state, out);
        }
        for slot in 0..self.slots {
            self.server_acts(state, slot, out);
        }
        self.time_passes(state, out);
        self.store_fails(state, out);
        if self.user_ends && state.row.ended.is_none() && state.away_since.is_none() {
            let mut next = *state;
            next.row.ended = Some(Reason::RevokedByUser);
            next.seen.ended = true;
            out.push((Step::UserEnds, next));
        }
        for (_, next) in out.iter_mut() {
            next.normalise(self.width.unwrap_or(0));
        }
    }

    fn processes_send(&self, state: &State, out: &mut Steps) {
        let all = [Who::Client, Who::SecondProcess];
        for (index, who) in all
            .into_iter()
            .enumerate()
            .take(1 + usize::from(self.second_process))
        {
            let mut next = *state;
            let newest = state.processes[0].token.max(state.processes[1].token);
            let process = &mut next.processes[index];
            if self.reads_when_sending {
                process.token = newest;
            }
            let mut mine = state.slots.iter().flatten().filter(|it| it.who == who);
            let in_flight = mine.any(|it| it.token == process.token || !self.stall);
            let again = self.stall && process.waiting && process.since > 0;
            let may = !in_flight || again;
            if process.out || process.token.generation >= self.generations || !may {
                continue;
            }
            (process.waiting, process.since) = (true, 0);
            let token = process.token;
            self.send(next, who, token, out);
        }
    }

    fn thief_acts(&self, state: &State, out: &mut Steps) {
        let first = state.row.token.generation == 1;
        if !state.seen.thief_copied && (first || !self.thief_comes_first) {
            let mut next = *state;
            next.seen.thief_copied = true;
            let token = state.processes[0].token;
            next.tell_thief(token);
            out.push((Step::CopiesToken(token), next));
        }
        if state
            .slots
            .iter()
            .flatten()
            .any(|request| request.who == Who::Thief)
        {
            return;
        }
        for line in 0..=state.line {
            for generation in 1..self.generations {
                let token = Token { line, generation };
                if state.thief_knows(token) {
                    self.send(*state, Who::Thief, token, out);
                }
            }
        }
    }

    /// A forger tries what needs a nonce; a stranger has tokens, but not the client's secret.
    fn intruder_acts(&self, who: Who, state: &State, out: &mut Steps) {
        if state
            .slots
            .iter()
            .flatten()
            .any(|request| request.who == who)
        {
            return;
        }
        let row = &state.row;
        let first = Token {
            line: 0,
            generation: 1,
        };
        let tries = match who {
            Who::Stranger => [row.token, row.before, first],
            _ => [row.token, row.before, row.token],
        };
        for token in tries {
            if token.generation > 0 && token.generation < self.generations {
                self.send(*state, who, token, out);
            }
        }
    }

    fn send(&self, mut next: State, who: Who, token: Token, out: &mut Steps) {
        let Some(slot) = (0..self.slots).find(|slot| next.slots[*slot].is_none()) else {
            return;
        };
        next.slots[slot] = Some(Request {
            who,
            token,
            arrived: next.now,
            plan: None,
        });
        out.push((Step::Sends(who, token), next));
    }

    fn time_passes(&self, state: &State, out: &mut Steps) {
        let patient = state
            .processes
            .iter()
            .all(|process| process.out || !process.waiting || process.since < self.asks_every);
        let in_flight = state.slots.iter().flatten().count();
        if !patient || in_flight > usize::from(self.stall) {
            return;
        }
        let mut next = *state;
        next.now += 1;
        for process in &mut next.processes {
            process.since = (process.since + u8::from(process.waiting)).min(self.asks_every);
        }
        out.push((Step::Tick, next));
    }

    fn store_fails(&self, state: &State, out: &mut Steps) {
        if state.absences.iter().flatten().count() < self.outages {
            let mut next = *state;
            match state.away_since {
                None => {
                    next.away_since = Some(state.now);
                    out.push((Step::StoreGoesAway, next));
                }
                Some(from) => {
                    next.away_since = None;
                    let free = usize::from(state.absences[0].is_some());
                    next.absences[free] = Some((from, state.now));
                    out.push((Step::StoreIsBack, next));
                }
            }
        }
        if state.line >= self.restores || state.away_since.is_some() {
            return;
        }
        if state.backup.is_none_or(|backup| backup.line < state.line) {
            let mut next = *state;
            next.row.by = None;
            let (row, absences) = (next.row, state.absences);
            let (taken, line) = (state.now, state.line);
            next.backup = Some(Backup {
                row,
                absences,
                taken,
                line,
            });
            next.row.by = state.row.by;
            out.push((Step::BackupTaken, next));
        }
        if let Some(backup) = state.backup {
            out.push((Step::Restored, self.restored(state, backup)));
        }
    }

    fn restored(&self, state: &State, backup: Backup) -> State {
        let mut next = *state;
        next.line += 1;
        next.row = backup.row;
        if !self.is_without(Rule::EndsReplayed) {
            next.row.ended = backup.row.ended.or(state.row.ended);
        }
        next.slots.fill(None);
        next.absences = match (backup.absences, (backup.taken, state.now)) {
            ([None, _], since) => [Some(since), None],
            ([only, None], since) => [only, Some(since)],
            ([_, last], since) => [last, Some(since)],
        };
        if next.line >= self.restores {
            next.backup = None;
        }
        next
    }
}
