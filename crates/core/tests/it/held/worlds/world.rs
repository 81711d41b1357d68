//! What a world is: its provider, its faults, its bounds, and the rule that is taken from it.

use std::fmt;

use evergrant_core::Span;
use evergrant_core::held::habits::Renews;
use evergrant_core::held::{Habits, ReplayPolicy};

use super::state::{At, Family, Held, NAMES, Process, Reason, Row, Said, State, Token};

/// Longest request, and the step of time.
pub(crate) const TICK: At = 20_000;

/// What a provider does with a token that it has seen before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reuse {
    /// It is not spent at all.
    Reusable,
    /// It makes another successor until the first is used; the first one ends.
    Supersedes,
    /// For so many milliseconds it gives the same successor, then it ends the family.
    Window(At),
    /// It ends the family.
    EndsFamily,
    /// It is refused.
    Refused,
    /// It ends more than the family.
    Punished,
}

/// What can go wrong; each time costs one of the world's faults.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Faults {
    pub(crate) crash: bool,
    pub(crate) gone: bool,
    /// A request or an answer takes too long.
    pub(crate) slow: bool,
    /// A line breaks: the sender knows at once, the request may still arrive.
    pub(crate) reset: bool,
    pub(crate) outage: bool,
    /// The store's answer to a commit is lost.
    pub(crate) unknown: bool,
    /// A process that holds something does nothing for a while.
    pub(crate) stall: bool,
    /// The same, but only between "sent" and the first byte.
    pub(crate) late: bool,
    pub(crate) unclear: bool,
    pub(crate) limited: bool,
    pub(crate) not_this_app: bool,
    pub(crate) unreachable: bool,
    /// Somebody says that a process is gone, and it is not.
    pub(crate) lie: bool,
}

/// A rule that can be taken away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Rule {
    /// Nobody decides about another's claim or send younger than the lease.
    Lease,
    /// The journal says "sent" before a byte leaves.
    SentFirst,
    /// First byte within two seconds, else never sent.
    SendDeadline,
    /// A generation has one attempt that binds it.
    OneAttempt,
    /// An attempt makes nothing but the generation after its own.
    Fenced,
    /// A replay waits for the word of whoever sent.
    SendersWord,
    /// The grace of a silent sender begins no earlier than its send.
    GraceFromSend,
    /// A one-time token is replayed only when no request of before can arrive any more.
    AstrayWaited,
    /// A generation in doubt gets no second attempt.
    JournalDecides,
    /// What was refused stays refused when a connection goes on.
    RefusedStays,
    /// A code is sent once.
    CodeOnce,
    /// A send that is in doubt stays so when another one was not accepted.
    DoubtStays,
    /// Only a definite answer ends a doubt.
    DefiniteOnly,
    /// No answer is a doubt.
    SilenceIsDoubt,
    /// An answer is in the journal before it is read.
    ReceivedFirst,
    /// An answer goes to the spool while the store is away.
    Spool,
    /// What one owes is paid before anything is decided.
    PaidFirst,
    /// A 5xx says nothing about the token.
    UnclearIsDoubt,
    /// A late answer of a removed grant ends it.
    LateEnds,
    /// A late success counts in any state.
    LateApplies,
    /// A late word changes nothing of what was given up.
    LateWord,
    /// Answers and words of an old grant touch nothing of a new one.
    OldGrantApart,
    /// Each send has its own answer.
    AnswerPerSend,
    /// The second answer is tried when the first is refused.
    RunnerUpTried,
    /// The same, when the first was refused before the second came.
    LateSecondTried,
    /// A window is judged with a margin for clocks.
    ClockMargin,
    /// A window is judged with a margin for the request.
    RequestMargin,
    /// A one-time token is risked only when nothing is left to lose.
    LastResort,
    /// A commit wants the rows that were seen.
    Guards,
}

/// A world.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct World {
    pub(crate) name: &'static str,
    pub(crate) reuse: Reuse,
    pub(crate) faults: Faults,
    /// How many faults there are at most.
    pub(crate) most_faults: u8,
    pub(crate) generations: u8,
    pub(crate) sends: usize,
    /// How often the operator asks for a refresh.
    pub(crate) asks: u8,
    /// How often people suspend; and whether they remove.
    pub(crate) suspends: u8,
    pub(crate) removes: bool,
    /// How far the second process's clock is off.
    pub(crate) skew: At,
    /// When the first access token ends.
    pub(crate) end: At,
    /// How long a stall is.
    pub(crate) stall: At,
    /// Whether a process decides and writes in two steps.
    pub(crate) drafts: bool,
    /// Whether the first generation is to be made from a code.
    pub(crate) code: bool,
    /// Whether a request may arrive at the provider after its sender gave it up.
    pub(crate) strays: bool,
    /// Whether a person consents anew while the old grant's business goes on.
    pub(crate) reconnects: bool,
    /// Whether only what the provider does to us counts, and not the rules that keep it off.
    pub(crate) only_harm: bool,
    pub(crate) without: &'static [Rule],
}

impl World {
    pub(crate) const PLAIN: Self = Self {
        name: "plain",
        reuse: Reuse::EndsFamily,
        faults: Faults {
            crash: true,
            gone: false,
            slow: true,
            reset: false,
            outage: false,
            unknown: false,
            stall: true,
            late: false,
            unclear: false,
            limited: false,
            not_this_app: false,
            unreachable: false,
            lie: false,
        },
        most_faults: 2,
        generations: 2,
        sends: 3,
        asks: 0,
        suspends: 0,
        removes: false,
        skew: 0,
        end: 130_000,
        stall: 80_000,
        drafts: false,
        code: false,
        strays: false,
        reconnects: false,
        only_harm: false,
        without: &[],
    };

    pub(crate) const fn without(self, without: &'static [Rule]) -> Self {
        Self { without, ..self }
    }

    pub(crate) fn keeps(&self, rule: Rule) -> bool {
        !self.without.contains(&rule)
    }

    pub(crate) fn habits(&self) -> Habits {
        let replay = match self.reuse {
            Reuse::Reusable => ReplayPolicy::Reusable,
            Reuse::Supersedes => ReplayPolicy::UntilFirstUse,
            Reuse::Window(width) => ReplayPolicy::Window(Span::from_millis(width.into())),
            Reuse::EndsFamily | Reuse::Refused => ReplayPolicy::Strict,
            Reuse::Punished => ReplayPolicy::Punitive,
        };
        Habits {
            replay,
            renews: Renews::ByRefreshToken,
            assumed_lifetime: Habits::LIFETIME,
            idle_limit: None,
            request: Span::from_millis(TICK.into()),
        }
    }

    /// Where a world begins: a living token that is to be renewed soon, or a code.
    pub(crate) fn begin(&self) -> State {
        use evergrant_core::held::State as Standing;
        let due = self.end - 115_000;
        let row = Row {
            state: if self.code {
                Standing::Pending
            } else {
                Standing::Active
            },
            failures: 0,
            retry: self.code.then_some(0),
            due: Some(if self.code { 0 } else { due }),
        };
        let first = u8::from(!self.code);
        State {
            up: true,
            row,
            held: Held {
                generation: first,
                end: self.end,
                refresh: (!self.code).then_some(due),
                runner_up: false,
            },
            token: first,
            beside: 0,
            tries: Vec::new(),
            answers: Vec::new(),
            revocations: Vec::new(),
            processes: [Process::fresh(0), Process::fresh(1)],
            strays: Vec::new(),
            family: Family {
                current: first,
                before: 0,
                newest: first,
                rotated: super::state::LONG_AGO,
                used: true,
                dead: false,
            },
            seen: first,
            era: 0,
            past: None,
            flown: 0,
            broken: None,
            faults: self.most_faults,
            asks: self.asks,
            people: self.suspends,
        }
    }
}

/// One step, as it is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    By(usize, Deed),
    Provider(usize, Token, Said),
    Stray(Token),
    StrayLost(Token),
    Pass(At),
    StoreAway,
    StoreBack,
    Judge,
    Used,
    Revoke(Token),
    Suspend,
    Resume,
    Remove,
    Reconnect,
    Mended,
}

/// What a process does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Deed {
    Looks(Reason, evergrant_core::held::Step),
    CannotLook,
    Pays,
    SendUnknown(bool),
    SendsUnwritten(Token),
    NoWay,
    Sends(Token),
    SaysNotSent,
    Hears(Said),
    LineBreaks,
    WritesDown,
    Keeps,
    WritesDownAndKeeps,
    Reads,
    Commits,
    IsOutdated,
    Crashes,
    Restarts,
    IsGone,
    TakesOver,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::By(slot, deed) => write!(f, "{} {deed:?}", NAMES[*slot]),
            Self::Provider(slot, token, said) => {
                write!(f, "provider gets r{token} from {}: {said:?}", NAMES[*slot])
            }
            Self::Pass(by) => write!(f, "{} s pass", by / 1000),
            other => write!(f, "{other:?}"),
        }
    }
}
