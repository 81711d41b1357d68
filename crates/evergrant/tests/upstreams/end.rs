//! The judge: what a keeper may send, and how a case must end, from what was sent and heard.

use evergrant_sim::proxy::Sent;
use evergrant_sim::upstream::{Kind, Pair};
use evergrant_web::service::core::held::{Cause, ReplayPolicy, Standing, State};
use evergrant_web::service::core::{Span, Time};
use evergrant_web::service::{Failure, Wrong};

use crate::bed::REQUEST;
use crate::case::{Case, policy};
use crate::process::Step;
use crate::record::{Heard, Known, Send};

/// How long after a send of unknown outcome nobody may send again under `strict` (DESIGN section
/// 4, the lease).
const LEASE: Span = Span::from_seconds(60);
/// How far clocks may be apart; and how much later than the journal says a request may leave.
const CLOCKS: Span = Span::from_seconds(2);
/// How long before the end of an access token nothing is left to lose.
const LAST_RESORT: Span = Span::from_seconds(30);
/// How long after that end a sender that says nothing is waited for.
const GRACE: Span = Span::from_seconds(600);

/// What there is in the end, here and at the server.
pub(crate) struct End {
    pub(crate) standing: Standing,
    pub(crate) generation: u64,
    /// What the keeper has.
    pub(crate) pair: Pair,
    pub(crate) access_lives: bool,
    pub(crate) refresh_lives: bool,
    /// What a reader got.
    pub(crate) read: Result<String, Failure>,
}

/// All that a judge looks at.
pub(crate) struct Trial<'a> {
    pub(crate) kind: Kind,
    pub(crate) case: &'a Case,
    /// What the keeper began with.
    pub(crate) known: Known,
    /// What the keeper sent and heard.
    pub(crate) sends: Vec<Send>,
    /// What came to the proxy.
    pub(crate) sent: Vec<Sent>,
    pub(crate) end: End,
}

fn must(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

impl Trial<'_> {
    /// # Errors
    /// What was wrong.
    pub(crate) fn judge(mut self) -> Result<(), String> {
        self.what_left_is_what_came()?;
        let last = self.every_send_was_allowed()?;
        self.everything_received_is_there()?;
        if self.is_spoiled() {
            self.it_ended_for_a_reason(&last)
        } else {
            self.it_is_well()
        }
    }

    fn left(&self) -> impl Iterator<Item = &Send> {
        self.sends.iter().filter(|it| it.left)
    }

    /// Each request that came is one that was sent, and the other way round.
    fn what_left_is_what_came(&self) -> Result<(), String> {
        let token = |it: &Sent| it.field("refresh_token").unwrap_or_default();
        let came: Vec<_> = self.sent.iter().map(token).collect();
        let left: Vec<_> = self.left().map(|it| it.token.clone()).collect();
        must(came == left, || {
            let (came, left) = (came.len(), left.len());
            format!("{left} requests left and {came} came, or others")
        })
    }

    /// Each send carries the newest token, once, but where the policy allows more. Gives the sends
    /// of the last token.
    fn every_send_was_allowed(&mut self) -> Result<Vec<Send>, String> {
        let mut before: Vec<Send> = Vec::new();
        for (number, send) in self.sends.iter().enumerate() {
            must(send.token == self.known.refresh, || {
                format!("send {number} carries another token than the newest")
            })?;
            self.may_send(&before, send)
                .map_err(|why| format!("send {number}: {why}"))?;
            before.push(send.clone());
            if let Heard::Tokens { .. } = send.heard {
                let asked = match policy(self.kind) {
                    ReplayPolicy::Window(_) => before[0].at,
                    _ => send.at,
                };
                self.known.learn(&send.heard, asked);
                before.clear();
            }
        }
        Ok(before)
    }

    /// Whether a refresh token may be sent after these sends of it.
    fn may_send(&self, before: &[Send], next: &Send) -> Result<(), String> {
        let at = next.at.plus(CLOCKS);
        if says_no(before) {
            return Err("the token was refused before".to_owned());
        }
        if let Some(Send {
            heard: Heard::Later(wait),
            at: asked,
            ..
        }) = before.last()
        {
            let until = asked.plus(*wait);
            not_before(until, next.at).map_err(|early| format!("{early} it was told to wait"))?;
        }
        let doubtful = |it: &&Send| !matches!(it.heard, Heard::Later(_));
        let mut doubtful = before.iter().filter(doubtful);
        let Some(first) = doubtful.next() else {
            return Ok(());
        };
        let last = doubtful.next_back().unwrap_or(first);
        // Whoever sent may hold an answer, in a spool that nobody else sees.
        let steps = [Step::Sent, Step::Left, Step::Came];
        let untold = self
            .case
            .fates
            .get(last.life)
            .is_some_and(|it| steps.contains(it));
        if self.case.own_disks && last.life != next.life && untold {
            not_before(self.known.ends.max(last.at).plus(GRACE), at)
                .map_err(|early| format!("{early} its sender said that it has no answer"))?;
        }
        if let ReplayPolicy::Window(window) = policy(self.kind)
            && next.at.since(first.at).plus(REQUEST).plus(CLOCKS) < window
        {
            return Ok(());
        }
        let tenth = Span::from_millis(self.known.lifetime.millis() / 10);
        not_before(self.known.ends.minus(tenth.min(LAST_RESORT)), at)
            .map_err(|early| format!("{early} there was nothing left to lose"))?;
        not_before(last.at.plus(LEASE), at)
            .map_err(|early| format!("{early} the request before it could not arrive any more"))
    }

    /// The last tokens that a process received and kept are the ones in use.
    fn everything_received_is_there(&self) -> Result<(), String> {
        let (known, end) = (&self.known, &self.end);
        must(known.generation == end.generation, || {
            let (received, there) = (known.generation, end.generation);
            format!("{received} generations were received, and {there} are there")
        })?;
        must(known.refresh == end.pair.refresh, || {
            "a refresh token that was received is not there".to_owned()
        })?;
        must(known.access == end.pair.access, || {
            "an access token that was received is not there".to_owned()
        })
    }

    /// Whether the server gave tokens to a request whose answer nobody has.
    fn is_lost(&self) -> bool {
        let gave = |it: &Sent| it.answered.contains(&200);
        let has = |it: &Send| matches!(it.heard, Heard::Tokens { .. });
        let mut both = self.sent.iter().zip(self.left());
        both.any(|(sent, send)| gave(sent) && !has(send))
    }

    /// Whether the server must have ended the grant, for it saw a spent token.
    fn is_spoiled(&self) -> bool {
        let forgives = matches!(policy(self.kind), ReplayPolicy::Window(_));
        let twice = self.sent.iter().any(|it| it.forwarded > 1);
        !forgives && (self.is_lost() || twice || self.known.without_refresh)
    }

    fn it_is_well(&self) -> Result<(), String> {
        let end = &self.end;
        let (state, cause) = (end.standing.state, end.standing.cause());
        must(state == State::Active, || {
            format!("nothing was lost, and it ended as {state:?}, {cause:?}")
        })?;
        must(end.access_lives && end.refresh_lives, || {
            let (access, refresh) = (end.access_lives, end.refresh_lives);
            format!("the access token lives: {access}, the refresh token: {refresh}")
        })?;
        must(end.read.as_ref().ok() == Some(&end.pair.access), || {
            format!("a reader gets {:?}", end.read.as_ref().err())
        })
    }

    fn it_ended_for_a_reason(&self, last: &[Send]) -> Result<(), String> {
        let end = &self.end;
        let (state, cause) = (end.standing.state, end.standing.cause());
        must(state == State::NeedsReauth, || {
            format!("the server ended the grant, and it ended as {state:?}")
        })?;
        must(says_no(last), || {
            "it was given up before the server said no".to_owned()
        })?;
        let lost = self.is_lost() && !self.known.without_refresh;
        must(!lost || cause == Some(Cause::ResponseLost), || {
            format!("an answer was lost, and the cause is said to be {cause:?}")
        })?;
        let read = end.read.as_ref().map(|_| "a token");
        must(
            matches!(read, Err(Failure::Wrong(Wrong::NeedsPerson(_)))),
            || format!("a reader gets {read:?}"),
        )
    }
}

/// Whether the server refused the token: by its code, or by a bare 400 to a request that may have
/// been the second one.
fn says_no(sends: &[Send]) -> bool {
    sends.iter().enumerate().any(|(number, it)| {
        it.heard == Heard::Refused || (number > 0 && it.heard == Heard::Bare(400))
    })
}

/// How much too early it was.
fn not_before(when: Time, at: Time) -> Result<(), String> {
    must(at >= when, || {
        format!("sent {} ms before", when.since(at).millis())
    })
}
