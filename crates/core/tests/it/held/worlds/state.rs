//! One moment of a small world: the store's rows, two processes, a provider, and what the judge of
//! the world remembers. Times are milliseconds from now, so that what looks the same is the same.

use evergrant_core::held::State as Standing;
use evergrant_core::held::{How, Phase};

/// Milliseconds from now.
pub(crate) type At = i32;
/// What lies further back than this is over, whatever it was.
pub(crate) const LONG_AGO: At = -800_000;
/// Which process: the slot in the fourth bit, how often it began in the three below.
pub(crate) type Pid = u8;
/// A refresh token by its number; 0 is none.
pub(crate) type Token = u8;

/// The first token of a second grant.
pub(crate) const ERA: Token = 100;

/// What a provider says, or what is left of it on the way.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Said {
    Tokens(Token),
    Dead,
    /// 429: the token is as it was.
    Limited,
    /// `invalid_client`: the token is as it was.
    NotThisApp,
    /// A 5xx, or an answer that was cut.
    Unclear,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Send {
    pub(crate) by: Pid,
    pub(crate) begun: At,
    pub(crate) ended: Option<(At, How, bool)>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Try {
    pub(crate) id: u8,
    /// Of which grant.
    pub(crate) era: u8,
    pub(crate) generation: u8,
    pub(crate) phase: Phase,
    pub(crate) by: Pid,
    pub(crate) claimed: At,
    pub(crate) sends: Vec<Send>,
}

/// What a process knows and the journal does not.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum What {
    Answer(Said),
    Silence,
    /// The same, said by a successor.
    LeftSilent,
    NotSent,
    NeverBegun(At),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Owed {
    pub(crate) attempt: u8,
    pub(crate) send: u8,
    pub(crate) what: What,
}

/// One row of a commit, small enough to be part of a state.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Write {
    Claimed(Try),
    Advanced(Try),
    Kept(u8, u8, Said),
    Shredded(u8, u8),
    Moved(Row),
    Applied(u8, Held, Token),
    Beside(Held, Token, bool),
    Revoke(Token),
    Forget,
}

/// A commit that was decided and is not written yet.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Draft {
    pub(crate) writes: Vec<Write>,
    /// Somebody wrote what this rests on.
    pub(crate) outdated: bool,
    pub(crate) then: Then,
}

/// What follows a commit that was written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Then {
    GoOn,
    Send { attempt: u8, send: u8, token: Token },
}

/// Why a process looks; as the core's, with an order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Reason {
    Due,
    Wanted,
    Asked,
    SenderGone,
}

/// Where a process is.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Place {
    Idle,
    Busy(Reason),
    Drafting(Draft),
    /// The journal says "sent"; not a byte left.
    Begun {
        attempt: u8,
        send: u8,
        token: Token,
        late: bool,
    },
    /// The request is on its way, or the answer.
    Waiting {
        attempt: u8,
        send: u8,
        token: Token,
        said: Option<Said>,
    },
    /// It knows what came of a send, and is about to write it down.
    Knows(Owed),
    Crashed,
    Gone,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Process {
    pub(crate) pid: Pid,
    pub(crate) place: Place,
    /// Words in memory.
    pub(crate) owed: Vec<Owed>,
    /// Answers on its disk, each with the process that wrote it.
    pub(crate) spool: Vec<(Pid, Owed)>,
    /// Those who had this disk before, and for whom nobody has spoken.
    pub(crate) before: Vec<Pid>,
}

/// The connection's row.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Row {
    pub(crate) state: Standing,
    pub(crate) failures: u8,
    pub(crate) retry: Option<At>,
    pub(crate) due: Option<At>,
}

/// The grant's row, without its tokens.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Held {
    pub(crate) generation: u8,
    pub(crate) end: At,
    pub(crate) refresh: Option<At>,
    pub(crate) runner_up: bool,
}

/// What the provider knows of the family.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Family {
    pub(crate) current: Token,
    pub(crate) before: Token,
    pub(crate) newest: Token,
    pub(crate) rotated: At,
    pub(crate) used: bool,
    pub(crate) dead: bool,
}

/// One moment.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct State {
    pub(crate) up: bool,
    pub(crate) row: Row,
    pub(crate) held: Held,
    pub(crate) token: Token,
    pub(crate) beside: Token,
    pub(crate) tries: Vec<Try>,
    pub(crate) answers: Vec<(u8, u8, Said)>,
    pub(crate) revocations: Vec<Token>,
    pub(crate) processes: [Process; 2],
    /// Requests of which nobody awaits the answer.
    pub(crate) strays: Vec<Token>,
    pub(crate) family: Family,
    /// The newest token that we held for good: in the journal, in a spool, or read.
    pub(crate) seen: Token,
    /// How many grants there were before this one.
    pub(crate) era: u8,
    /// The family of the grant before, and the newest token that we held of it.
    pub(crate) past: Option<(Family, Token)>,
    /// Requests of this generation that left and may have spent its token.
    pub(crate) flown: u8,
    pub(crate) broken: Option<&'static str>,
    pub(crate) faults: u8,
    pub(crate) asks: u8,
    pub(crate) people: u8,
}

pub(crate) const NAMES: [&str; 2] = ["A", "B"];

impl Process {
    pub(crate) fn fresh(slot: u8) -> Self {
        Self {
            pid: slot << 3,
            place: Place::Idle,
            owed: Vec::new(),
            spool: Vec::new(),
            before: Vec::new(),
        }
    }

    pub(crate) fn lives(&self) -> bool {
        !matches!(self.place, Place::Crashed | Place::Gone)
    }

    /// Nothing is owed, nothing waits on its disk.
    pub(crate) fn owes_nothing(&self) -> bool {
        self.owed.is_empty() && self.spool.is_empty() && self.before.is_empty()
    }

    pub(crate) fn is_at_rest(&self) -> bool {
        match self.place {
            Place::Idle => self.owes_nothing(),
            Place::Gone => true,
            _ => false,
        }
    }
}

impl State {
    /// The attempt that binds the grant's generation.
    pub(crate) fn binding(&self) -> Option<&Try> {
        let generation = self.held.generation;
        let mut all = self.tries.iter();
        all.find(|it| it.era == self.era && it.generation == generation && it.phase.binds())
    }

    pub(crate) fn attempt(&self, id: u8) -> Option<&Try> {
        self.tries.iter().find(|it| it.id == id)
    }

    /// An attempt with an answer that waits to be judged.
    pub(crate) fn unjudged(&self) -> Option<(u8, u8)> {
        let waits = |it: &Send| it.ended.is_some_and(|(_, how, _)| how == How::Received);
        self.tries.iter().find_map(|it| {
            let send = it.sends.iter().position(waits)?;
            Some((it.id, u8::try_from(send).unwrap()))
        })
    }

    /// Nothing happens any more by itself but time.
    pub(crate) fn is_quiet(&self) -> bool {
        self.up
            && self.processes.iter().all(Process::is_at_rest)
            && self.strays.is_empty()
            && self.revocations.is_empty()
            && self.unjudged().is_none()
    }

    /// How it stands, in a few words.
    pub(crate) fn told(&self) -> String {
        let current = self.family.current;
        let grant = if self.family.dead {
            "ended"
        } else if current == 0 {
            "none"
        } else if self.token == current || self.beside == current {
            "held"
        } else {
            "out of reach"
        };
        format!("{}: {grant}", self.row.state.as_str())
    }

    /// Whether we hold a token, or it is on its way to us.
    pub(crate) fn is_in_hand(&self, token: Token) -> bool {
        let says = |it: Said| it == Said::Tokens(token);
        let owes = |it: &Owed| matches!(it.what, What::Answer(said) if says(said));
        let has = |it: &Process| {
            let here = match &it.place {
                Place::Gone => return false,
                Place::Knows(owed) => owes(owed),
                Place::Waiting { said, .. } => said.is_some_and(says),
                _ => false,
            };
            here || it.owed.iter().any(owes) || it.spool.iter().any(|(_, it)| owes(it))
        };
        (self.row.state != Standing::Revoked && (self.token == token || self.beside == token))
            || self.answers.iter().any(|(_, _, said)| says(*said))
            || self.processes.iter().any(has)
    }
}
