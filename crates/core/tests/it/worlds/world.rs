//! A small world: who is in it, which faults happen, and what must never come to pass.

use std::fmt;

use super::decide::BY_REUSE;
use super::state::{ABSENCES, GENERATIONS, Process, Row, SLOTS, Seen, State, Token, Who};
use evergrant_core::issued::Reason;

/// A rule of DESIGN section 3 that can be taken away, to see that it is needed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Rule {
    Adoption,
    ChainCounted,
    EndsReplayed,
    EndedGuarded,
    IncarnationRaised,
    JudgedAsOfArrival,
    NonceChecked,
    OwnCommitRecognised,
    RequestCheckedFirst,
    RetriedGuarded,
    RetriesCapped,
    WindowsRestart,
}

/// What must never come to pass.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Promise {
    /// The honest client is never refused, unless its user ended the grant.
    HonestStaysIn,
    /// A thief and the client don't live side by side to the last generation unnoticed.
    NotUnnoticed,
    /// Nobody is refused while another lives on the same grant.
    NotDisplaced,
    /// After a restore: nothing that ended lives, nobody is displaced, the honest stay in.
    RestoreIsMet,
    /// A request that is not valid gets nothing and ends nothing.
    InvalidDoesNothing,
    /// At most 65 answers for one refresh token.
    AnswersBounded,
    /// A grant that ended never changes.
    DeadStaysAsItIs,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct World {
    pub(crate) name: &'static str,
    pub(crate) promise: Promise,
    pub(crate) without: Option<Rule>,
    /// The replay window in ticks; `None` is strict.
    pub(crate) width: Option<u8>,
    pub(crate) generations: u8,
    pub(crate) slots: usize,
    /// Requests may wait in our server while time goes on and their sender asks again.
    pub(crate) stall: bool,
    /// Answers that may be lost before the client gets one.
    pub(crate) losses: u8,
    pub(crate) unknown: bool,
    /// So many absences of the store may follow each other within one window.
    pub(crate) outages: usize,
    /// An honest client asks again after so many ticks at the latest.
    pub(crate) asks_every: u8,
    pub(crate) second_process: bool,
    /// Both processes take the newest token of their common store in the moment of sending.
    pub(crate) reads_when_sending: bool,
    /// The client takes `superseded` for the end and asks its user to sign in anew.
    pub(crate) gives_up: bool,
    pub(crate) thief: bool,
    /// The thief copies the first token only.
    pub(crate) thief_comes_first: bool,
    pub(crate) intruder: Option<Who>,
    pub(crate) user_ends: bool,
    pub(crate) restores: u8,
    /// Presentations are counted up to the cap.
    pub(crate) counts: bool,
}

impl World {
    /// One honest client, one request at a time, and no fault.
    pub(crate) const HONEST: Self = Self {
        name: "honest",
        promise: Promise::HonestStaysIn,
        without: None,
        width: Some(2),
        generations: 4,
        slots: 1,
        stall: false,
        losses: 0,
        unknown: false,
        outages: 0,
        asks_every: 1,
        second_process: false,
        reads_when_sending: false,
        gives_up: false,
        thief: false,
        thief_comes_first: false,
        intruder: None,
        user_ends: false,
        restores: 0,
        counts: false,
    };

    pub(crate) const fn without(self, rule: Rule) -> Self {
        Self {
            without: Some(rule),
            ..self
        }
    }

    pub(crate) fn is_without(&self, rule: Rule) -> bool {
        self.without == Some(rule)
    }

    pub(crate) fn begin(&self) -> State {
        let first = Token {
            line: 0,
            generation: 1,
        };
        let mut began = [None; GENERATIONS];
        began[1] = Some(0);
        let process = Process {
            token: first,
            waiting: false,
            since: 0,
            out: false,
        };
        State {
            now: self.width.unwrap_or(0) + 1,
            row: Row {
                token: first,
                before: Token {
                    line: 0,
                    generation: 0,
                },
                began,
                previous_began: 0,
                retries: 0,
                chain: 0,
                ended: None,
                by: None,
            },
            backup: None,
            line: 0,
            away_since: None,
            absences: [None; ABSENCES],
            slots: [None; SLOTS],
            processes: [process; 2],
            thief: 0,
            lost: 0,
            answers: 0,
            seen: Seen::default(),
        }
    }

    /// The promise that this state breaks.
    pub(crate) fn violation(&self, state: &State) -> Option<&'static str> {
        let Seen {
            noticed,
            ended,
            thief_copied,
            invalid_did,
            alarmed,
            ..
        } = state.seen;
        let lives = state.row.ended.is_none();
        let out = state.processes.iter().any(|process| process.out);
        let broken = |broken: bool, what| broken.then_some(what);
        match self.promise {
            Promise::HonestStaysIn => broken(
                state.row.ended == Some(BY_REUSE),
                "the honest client's own doing was reuse",
            )
            .or_else(|| broken(out && !ended, "the honest client was refused")),
            Promise::NotUnnoticed => {
                let last = Token {
                    line: 0,
                    generation: self.generations,
                };
                let both = state.thief_knows(last) && state.processes[0].token == last;
                broken(
                    both && lives && !noticed,
                    "thief and client live side by side, unnoticed",
                )
            }
            Promise::NotDisplaced => {
                broken(out && lives, "the client was refused while the grant lives")
            }
            Promise::RestoreIsMet => broken(lives && ended, "an ended grant lives again")
                .or_else(|| broken(alarmed, "a restored store is taken for one that went back"))
                .or_else(|| broken(out && lives, "the client was refused while the grant lives"))
                .or_else(|| {
                    let by_reuse = !thief_copied && state.row.ended == Some(BY_REUSE);
                    broken(by_reuse, "the honest client's own doing was reuse")
                }),
            Promise::InvalidDoesNothing => {
                broken(invalid_did, "a request that is not valid did something")
            }
            Promise::AnswersBounded => broken(state.answers > 65, "more than 65 answers"),
            Promise::DeadStaysAsItIs => {
                broken(state.seen.invalid_did, "a grant that had ended was changed")
            }
        }
    }

    /// What a clean world must have met, or it shows nothing.
    pub(crate) fn situations(&self, state: &State) -> Vec<&'static str> {
        let row = &state.row;
        let seen = &state.seen;
        let all = [
            (row.token.generation == self.generations, "last generation"),
            (row.retries > 0, "retried"),
            (row.chain > 0, "chained"),
            (row.ended == Some(Reason::ReuseDetected), "ended by reuse"),
            (
                row.ended == Some(Reason::RevokedByUser),
                "ended by the user",
            ),
            (seen.noticed && row.ended.is_none(), "two holders noticed"),
            (seen.thief_got, "thief got tokens"),
            (seen.adopted, "adopted"),
            (seen.overtaken, "overtaken"),
            (seen.recognised, "own commit recognised"),
            (seen.limited, "retries capped"),
            (state.line > 0, "restored"),
            (state.line > 1, "restored twice"),
            (state.absences[0].is_some(), "absence remembered"),
            (
                state.processes.iter().any(|process| process.out),
                "client refused",
            ),
            (state.lost > 0, "answer lost"),
        ];
        all.into_iter()
            .filter_map(|(met, name)| met.then_some(name))
            .collect()
    }
}

/// One step of a world.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    Tick,
    Sends(Who, Token),
    CopiesToken(Token),
    Loads(Who, &'static str),
    Commits(Who, &'static str),
    ProcessDies(Who),
    StoreGoesAway,
    StoreIsBack,
    UserEnds,
    BackupTaken,
    Restored,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tick => f.write_str("a tick passes"),
            Self::Sends(who, token) => {
                write!(
                    f,
                    "{who:?} sends RT({}) of timeline {}",
                    token.generation, token.line
                )
            }
            Self::CopiesToken(token) => write!(f, "the thief copies RT({})", token.generation),
            Self::Loads(who, what) => write!(f, "the server judges {who:?}'s request: {what}"),
            Self::Commits(who, what) => write!(f, "commit for {who:?}: {what}"),
            Self::ProcessDies(who) => write!(f, "the process with {who:?}'s request dies"),
            Self::StoreGoesAway => f.write_str("the store goes away"),
            Self::StoreIsBack => f.write_str("the store is back"),
            Self::UserEnds => f.write_str("the user ends the grant"),
            Self::BackupTaken => f.write_str("a backup is taken"),
            Self::Restored => f.write_str("the store is restored from the backup"),
        }
    }
}
