//! A provider: families of tokens, and what it does with a token that it sees again.

use std::collections::BTreeMap;

use evergrant_service::core::held::ReplayPolicy;
use evergrant_service::core::{Span, Time};

/// What a provider does when a refresh token comes again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Habit {
    /// It may be used for ever.
    Reusable,
    /// The one before works until the newer one was used, and makes another one.
    UntilFirstUse,
    /// The one before gives the same successor for so long.
    Window(Span),
    /// It works once; again ends the family.
    Strict,
    /// It works once; again is refused, and nothing else.
    Soft,
}

impl Habit {
    /// What the catalogue would say of it.
    pub(crate) fn policy(self) -> ReplayPolicy {
        match self {
            Self::Reusable => ReplayPolicy::Reusable,
            Self::UntilFirstUse => ReplayPolicy::UntilFirstUse,
            Self::Window(span) => ReplayPolicy::Window(span),
            Self::Strict | Self::Soft => ReplayPolicy::Strict,
        }
    }
}

/// What a token endpoint says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Said {
    Tokens { access: String, refresh: String },
    Refused,
}

/// One grant, as the provider keeps it.
#[derive(Clone, Debug)]
pub(crate) struct Family {
    pub(crate) habit: Habit,
    pub(crate) lifetime: Span,
    /// The newest refresh token.
    pub(crate) current: String,
    previous: Option<(String, Time)>,
    pub(crate) dead: bool,
    /// Ended by a person, or by us: not by a second use.
    pub(crate) ended: bool,
    made: u64,
    /// When each access token ends.
    pub(crate) access: BTreeMap<String, Time>,
    /// When each refresh token was presented, by our own sends.
    pub(crate) presented: BTreeMap<String, Vec<Time>>,
}

impl Family {
    pub(crate) fn new(name: &str, habit: Habit, lifetime: Span, now: Time) -> Self {
        let (access, current) = (format!("at.{name}.1"), format!("rt.{name}.1"));
        Self {
            habit,
            lifetime,
            current,
            previous: None,
            dead: false,
            ended: false,
            made: 1,
            access: BTreeMap::from([(access, now.plus(lifetime))]),
            presented: BTreeMap::new(),
        }
    }

    pub(crate) fn name_of(token: &str) -> &str {
        token.split('.').nth(1).unwrap_or_default()
    }

    fn make(&mut self, now: Time) -> Said {
        self.made += 1;
        let name = Self::name_of(&self.current).to_owned();
        let access = format!("at.{name}.{}", self.made);
        self.access.insert(access.clone(), now.plus(self.lifetime));
        let refresh = match self.habit {
            Habit::Reusable => self.current.clone(),
            _ => format!("rt.{name}.{}", self.made),
        };
        Said::Tokens { access, refresh }
    }

    /// Judges a refresh token; `now` is the provider's own time.
    pub(crate) fn present(&mut self, token: &str, now: Time) -> Said {
        if self.dead {
            return Said::Refused;
        }
        if token == self.current {
            let said = self.make(now);
            if let Said::Tokens { refresh, .. } = &said
                && *refresh != self.current
            {
                let used = std::mem::replace(&mut self.current, refresh.clone());
                self.previous = Some((used, now));
            }
            return said;
        }
        let previous = self.previous.clone().filter(|(it, _)| it == token);
        match (self.habit, previous) {
            (Habit::Window(span), Some((_, used))) if now.since(used) < span => {
                let access = format!("at.{}.{}", Self::name_of(token), self.made);
                Said::Tokens {
                    access,
                    refresh: self.current.clone(),
                }
            }
            (Habit::UntilFirstUse, Some((used, _))) => {
                let said = self.make(now);
                if let Said::Tokens { refresh, .. } = &said {
                    self.current.clone_from(refresh);
                }
                self.previous = Some((used, now));
                said
            }
            (Habit::Strict | Habit::Window(_), _) => {
                self.dead = true;
                Said::Refused
            }
            _ => Said::Refused,
        }
    }

    /// Ends the family because somebody asked for it.
    pub(crate) fn end(&mut self) {
        self.dead = true;
        self.ended = true;
    }
}
