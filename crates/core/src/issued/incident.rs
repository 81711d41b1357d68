//! What is told of a refresh token that was seen in two hands.

use crate::id::{Chance, GrantId, IncidentId, TeamId};
use crate::issued::grant::Grant;
use crate::issued::presenter::{Entry, Presenter};
use crate::time::{Span, Time};

/// What was seen.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum IncidentKind {
    /// An older generation was presented outside its window; the grant ended.
    Reuse,
    /// Three generations in a row were presented more than once.
    TwoHolders,
    /// An authorization code was redeemed a second time; the grant ended.
    CodeReuse,
}

impl IncidentKind {
    /// The name in the store and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reuse => "reuse",
            Self::TwoHolders => "two_holders",
            Self::CodeReuse => "code_reuse",
        }
    }

    /// Reads the name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Reuse, Self::TwoHolders, Self::CodeReuse]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// The likely story behind two presentations: a guess from time, address and program.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Story {
    /// Same place and program, soon after: the client lost our answer and asked too late.
    LostAnswer,
    /// Same place and program, much later: a second process, or an old backup of the token.
    SecondProcess,
    /// Another place or program: the token is in other hands.
    OtherHands,
    /// The first presentation is no longer remembered.
    Unknown,
}

impl Story {
    /// The name in the store and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LostAnswer => "lost_answer",
            Self::SecondProcess => "second_process",
            Self::OtherHands => "other_hands",
            Self::Unknown => "unknown",
        }
    }

    /// Reads the name.
    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::LostAnswer,
            Self::SecondProcess,
            Self::OtherHands,
            Self::Unknown,
        ]
        .into_iter()
        .find(|story| story.as_str() == text)
    }
}

/// How soon after the first presentation a second one still looks like a lost answer.
const SOON: Span = Span::from_seconds(600);

/// Guesses the story.
pub fn likely_story(first: Option<&Presenter>, second: &Presenter) -> Story {
    let Some(first) = first else {
        return Story::Unknown;
    };
    if first.address != second.address || first.user_agent != second.user_agent {
        Story::OtherHands
    } else if second.at.since(first.at) <= SOON {
        Story::LostAnswer
    } else {
        Story::SecondProcess
    }
}

/// One row for each grant and kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// The team to tell.
    pub team: TeamId,
    /// The grant.
    pub grant: GrantId,
    /// What was seen.
    pub kind: IncidentKind,
    /// The generation that was presented twice.
    pub generation: u64,
    /// Who presented it first, if that is remembered.
    pub first: Option<Presenter>,
    /// Who presented it second.
    pub second: Presenter,
    /// The likely story.
    pub story: Story,
    /// When it was seen first.
    pub opened_at: Time,
    /// How often it was seen.
    pub count: u32,
}

impl Incident {
    /// The incident of a second presentation of this generation, told from the grant's row.
    pub fn seen(
        grant: &Grant,
        kind: IncidentKind,
        generation: u64,
        second: &Presenter,
        chance: Chance,
    ) -> Self {
        let first = first_presenter(grant.presenters.entries(), generation);
        Self {
            id: IncidentId::new(second.at, chance),
            team: grant.team,
            grant: grant.id,
            kind,
            generation,
            story: likely_story(first.as_ref(), second),
            first,
            second: second.clone(),
            opened_at: second.at,
            count: 1,
        }
    }
}

/// The presenter who moved the counter away from this generation, among those remembered.
pub fn first_presenter(entries: impl Iterator<Item = Entry>, generation: u64) -> Option<Presenter> {
    let mut of_it = entries.filter(|entry| entry.generation == generation);
    of_it.next().map(|entry| entry.presenter)
}
