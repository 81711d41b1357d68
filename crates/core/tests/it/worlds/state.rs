//! A state of a small world: everything in ticks and small numbers, so that millions can be kept.

use evergrant_core::issued::Reason;

/// Generations that a world can have at most, and one more for index 0.
pub(crate) const GENERATIONS: usize = 7;
pub(crate) const SLOTS: usize = 3;
pub(crate) const ABSENCES: usize = 2;

/// A refresh token by its identity: in which timeline of the store it was made, and its generation.
/// There can't be two of one generation in one timeline, for the row is one counter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Token {
    pub(crate) line: u8,
    pub(crate) generation: u8,
}

/// The grant's row.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Row {
    pub(crate) token: Token,
    /// The token that was presented for this one.
    pub(crate) before: Token,
    /// When each generation began, where the row's presenters still tell.
    pub(crate) began: [Option<u8>; GENERATIONS],
    pub(crate) previous_began: u8,
    pub(crate) retries: u8,
    pub(crate) chain: u8,
    pub(crate) ended: Option<Reason>,
    /// The slot whose commit of unknown outcome made this row.
    pub(crate) by: Option<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Who {
    Client,
    SecondProcess,
    Thief,
    /// Somebody else's client, with a copy of the token.
    Stranger,
    /// Has no token, but the key of the MAC.
    Forger,
}

/// What a decision wants to write.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Plan {
    Rotate {
        saw: Token,
        retried: bool,
        chain: u8,
        at: u8,
        to: u8,
        noticed: bool,
    },
    Again {
        saw: Token,
    },
    End {
        reason: Reason,
        noticed: bool,
    },
}

/// A request in our server.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Request {
    pub(crate) who: Who,
    pub(crate) token: Token,
    pub(crate) arrived: u8,
    /// Decided, but not committed.
    pub(crate) plan: Option<Plan>,
}

/// A process of the honest client.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Process {
    pub(crate) token: Token,
    pub(crate) waiting: bool,
    /// Ticks since it last sent.
    pub(crate) since: u8,
    /// It was refused and asks its user to sign in anew.
    pub(crate) out: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Backup {
    pub(crate) row: Row,
    pub(crate) absences: [Option<(u8, u8)>; ABSENCES],
    pub(crate) taken: u8,
    pub(crate) line: u8,
}

/// What happened so far, as far as a violation is judged by it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Seen {
    /// An incident was opened.
    pub(crate) noticed: bool,
    /// The grant ended, in this timeline of the store or in one that was lost.
    pub(crate) ended: bool,
    pub(crate) thief_copied: bool,
    pub(crate) thief_got: bool,
    /// A request that was not valid got tokens or ended the grant.
    pub(crate) invalid_did: bool,
    /// The client was told that the store went back, though a restore explains it.
    pub(crate) alarmed: bool,
    pub(crate) adopted: bool,
    pub(crate) overtaken: bool,
    pub(crate) recognised: bool,
    pub(crate) limited: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct State {
    pub(crate) now: u8,
    pub(crate) row: Row,
    pub(crate) backup: Option<Backup>,
    /// The timeline: how often the store was restored.
    pub(crate) line: u8,
    pub(crate) away_since: Option<u8>,
    pub(crate) absences: [Option<(u8, u8)>; ABSENCES],
    pub(crate) slots: [Option<Request>; SLOTS],
    pub(crate) processes: [Process; 2],
    /// The tokens that the thief knows, a bit each.
    pub(crate) thief: u32,
    /// Answers lost since the client last got one.
    pub(crate) lost: u8,
    /// Answers given in this generation, where a world counts them.
    pub(crate) answers: u8,
    pub(crate) seen: Seen,
}

impl State {
    pub(crate) fn thief_knows(&self, token: Token) -> bool {
        self.thief & bit(token) != 0
    }

    pub(crate) fn tell_thief(&mut self, token: Token) {
        self.thief |= bit(token);
    }

    /// Every point in time that is kept.
    fn points(&mut self) -> Vec<&mut u8> {
        let mut points = vec![&mut self.now, &mut self.row.previous_began];
        points.extend(self.row.began.iter_mut().flatten());
        if let Some(backup) = &mut self.backup {
            points.extend(backup.row.began.iter_mut().flatten());
            points.push(&mut backup.row.previous_began);
            points.push(&mut backup.taken);
            for (from, until) in backup.absences.iter_mut().flatten() {
                points.extend([from, until]);
            }
        }
        points.extend(&mut self.away_since);
        for (from, until) in self.absences.iter_mut().flatten() {
            points.extend([from, until]);
        }
        for request in self.slots.iter_mut().flatten() {
            points.push(&mut request.arrived);
            if let Some(Plan::Rotate { at, .. }) = &mut request.plan {
                points.push(at);
            }
        }
        points
    }

    /// Makes states equal that no later decision can tell apart: decisions compare the order of
    /// times and whether a span is at most `width`, so that longer gaps can be shortened, and what
    /// began more than `width` before anything that can still be compared with it is just old.
    pub(crate) fn normalise(&mut self, width: u8) {
        self.forget_absences(width);
        let oldest = self.oldest_compared();
        clamp(&mut self.row, oldest, width);
        if let Some(backup) = &mut self.backup {
            let absences = backup.absences.iter().flatten().map(|(from, _)| *from);
            let oldest = absences.min().unwrap_or(backup.taken);
            clamp(&mut backup.row, oldest.min(backup.taken), width);
        }
        let mut points = self.points();
        points.sort();
        let (mut old, mut new) = (*points[0], 0);
        for point in points {
            new += (*point - old).min(width + 1);
            old = *point;
            *point = new;
        }
    }

    fn oldest_compared(&self) -> u8 {
        let arrivals = self.slots.iter().flatten().map(|request| request.arrived);
        let absences = self.absences.iter().flatten().map(|(from, _)| *from);
        let away = self.away_since.into_iter();
        arrivals
            .chain(absences)
            .chain(away)
            .chain([self.now])
            .min()
            .unwrap_or_default()
    }

    /// An absence matters while a window that began anew at its end may be open.
    fn forget_absences(&mut self, width: u8) {
        let arrivals = self.slots.iter().flatten().map(|request| request.arrived);
        let compared = arrivals
            .chain(self.away_since)
            .chain([self.now])
            .min()
            .unwrap_or_default();
        let past = |span: &(u8, u8), compared: u8| span.1.saturating_add(width) < compared;
        if let [Some(first), second] = self.absences {
            let compared = second.map_or(compared, |(from, _)| from.min(compared));
            if past(&first, compared) {
                self.absences = [second, None];
            }
        }
        if let [Some(only), None] = self.absences
            && past(&only, compared)
        {
            self.absences = [None, None];
        }
    }
}

fn bit(token: Token) -> u32 {
    1 << (u32::from(token.line) * 8 + u32::from(token.generation))
}

fn clamp(row: &mut Row, oldest: u8, width: u8) {
    let floor = oldest.saturating_sub(width + 1);
    for began in row.began.iter_mut().flatten() {
        *began = (*began).max(floor);
    }
    row.previous_began = row.previous_began.max(floor);
}
