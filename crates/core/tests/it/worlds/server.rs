//! What our server does with a request: load and decide, then commit, then answer. Between any two
//! of these, anything else may happen.

use super::decide::{Decided, decide};
use super::state::{Plan, Request, State, Token, Who};
use super::steps::Steps;
use super::world::{Rule, Step, World};
use evergrant_core::Refusal;

/// What a request is told.
#[derive(Clone, Copy)]
enum Answer {
    Tokens(Token),
    Refused(Refusal),
    /// 503, or nothing at all.
    Silence,
}

impl World {
    /// The steps of the request in this slot.
    pub(crate) fn server_acts(&self, state: &State, slot: usize, out: &mut Steps) {
        let Some(request) = state.slots[slot] else {
            return;
        };
        let who = request.who;
        let is_honest = matches!(who, Who::Client | Who::SecondProcess);
        if state.away_since.is_some() {
            let next = answer(state, slot, &request, Answer::Silence);
            out.push((Step::Loads(who, "503, the store is away"), next));
            return;
        }
        if is_honest && state.lost < self.losses {
            let mut next = answer(state, slot, &request, Answer::Silence);
            next.lost += 1;
            out.push((Step::ProcessDies(who), next));
        }
        match request.plan {
            Some(plan) => self.commit(state, slot, &request, plan, out),
            None => self.load(state, slot, &request, out),
        }
    }

    fn load(&self, state: &State, slot: usize, request: &Request, out: &mut Steps) {
        let who = request.who;
        match decide(self, state, slot as u8, request) {
            Decided::Write(plan) => {
                let what = match plan {
                    Plan::Rotate { .. } => "current, rotate",
                    Plan::Again { .. } => "a retry",
                    Plan::End { .. } => "reuse, end the grant",
                };
                let mut next = *state;
                next.slots[slot] = Some(Request {
                    plan: Some(plan),
                    ..*request
                });
                out.push((Step::Loads(who, what), next));
            }
            Decided::Recognised => {
                let mut next = answer(state, slot, request, Answer::Tokens(state.row.token));
                next.seen.recognised = true;
                out.push((Step::Loads(who, "our own commit, answered"), next));
            }
            Decided::Refused(refusal) => {
                let mut next = answer(state, slot, request, Answer::Refused(refusal));
                let overtaken = refusal == Refusal::Overtaken;
                next.seen.overtaken |= overtaken;
                if overtaken && self.gives_up && who == Who::Client {
                    next.processes[0].out |= next.processes[0].token == request.token;
                }
                next.seen.limited |= refusal == Refusal::TooManyRetries;
                out.push((Step::Loads(who, refusal.code()), next));
            }
        }
    }

    fn commit(&self, state: &State, slot: usize, it: &Request, plan: Plan, out: &mut Steps) {
        let who = it.who;
        if !self.guard_holds(state, plan) {
            let mut next = *state;
            next.slots[slot] = Some(Request { plan: None, ..*it });
            out.push((Step::Commits(who, "conflict, load again"), next));
            return;
        }
        let applied = self.applied(state, it, plan);
        let reply = match plan {
            Plan::End { reason, .. } => Answer::Refused(Refusal::Ended(reason)),
            _ => Answer::Tokens(applied.row.token),
        };
        out.push((
            Step::Commits(who, "done, answered"),
            answer(&applied, slot, it, reply),
        ));
        if matches!(who, Who::Client | Who::SecondProcess) && state.lost < self.losses {
            let mut next = answer(&applied, slot, it, Answer::Silence);
            next.lost += 1;
            out.push((Step::Commits(who, "done, the answer is lost"), next));
        }
        if self.unknown {
            let undecided = Some(Request { plan: None, ..*it });
            let mut next = applied;
            next.slots[slot] = undecided;
            if matches!(plan, Plan::Rotate { .. }) {
                next.row.by = Some(slot as u8);
            }
            out.push((Step::Commits(who, "done, outcome unknown to us"), next));
            let mut next = *state;
            next.slots[slot] = undecided;
            out.push((Step::Commits(who, "not done, outcome unknown to us"), next));
        }
    }

    /// The guards that a store must hold to: generation and nonce, whether there were retries, and
    /// that the grant had not ended.
    fn guard_holds(&self, state: &State, plan: Plan) -> bool {
        let row = &state.row;
        let live = row.ended.is_none() || self.is_without(Rule::EndedGuarded);
        match plan {
            Plan::Rotate { saw, retried, .. } => {
                let same = retried == (row.retries > 0) || self.is_without(Rule::RetriedGuarded);
                live && row.token == saw && same
            }
            Plan::Again { saw } => live && row.token == saw,
            Plan::End { .. } => row.ended.is_none(),
        }
    }

    fn applied(&self, state: &State, request: &Request, plan: Plan) -> State {
        let mut next = *state;
        let dead = state.row.ended.is_some();
        let row = &mut next.row;
        match plan {
            Plan::Rotate {
                chain,
                at,
                to,
                noticed,
                ..
            } => {
                let old = row.token;
                row.previous_began = row.began[usize::from(old.generation)].unwrap();
                row.began[usize::from(to)] = Some(at);
                row.before = request.token;
                row.token = Token {
                    line: state.line,
                    generation: to,
                };
                (row.retries, row.chain, row.by) = (0, chain, None);
                next.seen.noticed |= noticed;
                next.seen.adopted |= old != request.token;
                next.answers = u8::from(self.counts);
            }
            Plan::Again { .. } => {
                row.retries = (row.retries + 1).min(if self.counts { 70 } else { 1 });
                next.answers += u8::from(self.counts);
            }
            Plan::End { reason, noticed } => {
                row.ended = Some(reason);
                next.seen.ended = true;
                next.seen.noticed |= noticed;
            }
        }
        // Who has the key of the MAC can always end a grant, with an old token, whose nonce nobody
        // remembers; but never get tokens.
        let ends = matches!(plan, Plan::End { .. });
        let invalid = request.who == Who::Stranger || (request.who == Who::Forger && !ends);
        next.seen.invalid_did |= invalid || dead;
        next
    }
}

/// The request leaves its slot, and its sender learns what it was told.
fn answer(state: &State, slot: usize, request: &Request, answer: Answer) -> State {
    let mut next = *state;
    next.slots[slot] = None;
    if next.row.by == Some(slot as u8) {
        next.row.by = None;
    }
    let index = match request.who {
        Who::Client => 0,
        Who::SecondProcess => 1,
        Who::Thief => {
            if let Answer::Tokens(token) = answer {
                next.tell_thief(token);
                next.seen.thief_got = true;
            }
            return next;
        }
        Who::Stranger | Who::Forger => return next,
    };
    let newest = next.processes[0].token.max(next.processes[1].token);
    let process = &mut next.processes[index];
    let is_late = process.out || process.token != request.token;
    match answer {
        Answer::Silence => {}
        Answer::Tokens(token) => {
            next.lost = 0;
            if !is_late {
                (process.token, process.waiting, process.since) = (token, false, 0);
            }
        }
        Answer::Refused(_) if is_late => {}
        Answer::Refused(Refusal::Overtaken) => {
            (process.token, process.waiting, process.since) = (newest, false, 0);
        }
        Answer::Refused(Refusal::StoreWentBack) => {
            next.seen.alarmed = true;
            process.waiting = false;
        }
        Answer::Refused(Refusal::TooManyRetries) => process.waiting = false,
        Answer::Refused(Refusal::Ended(_) | Refusal::TokenUnknown) => {
            (process.out, process.waiting, process.since) = (true, false, 0);
        }
        Answer::Refused(other) => panic!("an honest client is never told {other:?}"),
    }
    next
}
