//! Which of all that fits is meant.

use super::catalogue::{Catalogue, Rule};
use super::lexicon::{Compiled, Found};
use crate::held::diagnosis::Confidence;

/// Whose text it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Origin {
    /// We were told.
    Told(usize),
    /// The text itself shows it.
    Shown(usize),
    /// Nobody knows.
    Nobody,
}

impl Origin {
    pub(super) const fn speaker(self) -> Option<usize> {
        match self {
            Self::Told(it) | Self::Shown(it) => Some(it),
            Self::Nobody => None,
        }
    }
}

/// A rule that fits, and how well.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Fit {
    pub(super) rule: usize,
    pub(super) score: i32,
    /// Which of its patterns fits.
    pub(super) pattern: usize,
}

/// What no text about a failed token has.
const NEVER: &str = "never";
/// What texts about other things have.
const FOREIGN: &str = "foreign";
/// What plain words need beside them.
const CONTEXT: &str = "context";
/// What outweighs that.
const OURS: &str = "ours";

/// How many words a pattern of one speaker must have to be known as theirs without further signs.
const TELLING: u16 = 4;

/// The speaker whose clues are found, with the weight of those clues.
pub(super) fn shown(catalogue: &Catalogue, found: &Found) -> Vec<(usize, usize)> {
    let mut shown = Vec::new();
    for (speaker, clues) in catalogue.clues.iter().enumerate() {
        let there = clues.iter().filter(|(phrase, _)| found.has(*phrase));
        let weight: usize = there.map(|(_, weight)| *weight).sum();
        if weight > 0 {
            shown.push((speaker, weight));
        }
    }
    shown
}

/// What is known beside the words.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) origin: Origin,
    /// Everybody of whom there are clues.
    pub(super) shown: &'a [usize],
    /// Whether somebody was named, known or not.
    pub(super) named: bool,
    pub(super) status: Option<u16>,
}

/// Everything that fits in a row of words, best first.
pub(super) fn fits(catalogue: &Catalogue, found: &Found, around: Around<'_>) -> Vec<Fit> {
    let Around {
        origin,
        shown,
        named,
        status,
    } = around;
    let has = |group| found.has_group(&catalogue.lexicon, group);
    // Of other things than tokens; plain words then say nothing.
    let ours = has(OURS);
    let context = has(CONTEXT);
    let foreign = has(NEVER) || (has(FOREIGN) && !ours);
    let mut fits = Vec::new();
    for (index, rule) in catalogue.rules.iter().enumerate() {
        let signature = &rule.signature;
        let out_of_place =
            foreign || (signature.of_somebody && !named) || !(signature.bare || context || named);
        if rule.speaker.is_none() && out_of_place {
            continue;
        }
        if rule
            .signature
            .status
            .is_some_and(|it| status.is_some_and(|status| status != it))
        {
            continue;
        }
        let patterns = rule.patterns.iter().enumerate();
        let best = patterns.filter_map(|(number, pattern)| {
            found.place_of(pattern, rule.speaker.is_some())?;
            let score = score(catalogue, rule, pattern, origin, shown)?;
            Some(Fit {
                rule: index,
                score,
                pattern: number,
            })
        });
        fits.extend(best.max_by_key(|fit| fit.score));
    }
    fits.sort_by_key(|fit| std::cmp::Reverse(fit.score));
    fits
}

/// How well a pattern speaks for its rule; nothing, if it says too little coming from somebody
/// else.
fn score(
    catalogue: &Catalogue,
    rule: &Rule,
    pattern: &Compiled,
    origin: Origin,
    shown: &[usize],
) -> Option<i32> {
    let words = i32::from(pattern.words.min(12));
    let sure = match rule.signature.confidence {
        Confidence::Certain => 6,
        Confidence::Likely => 3,
        Confidence::Ambiguous => 0,
    };
    let Some(speaker) = rule.speaker else {
        return Some(rule.signature.weight + 2 * words + sure);
    };
    let is_sharp = pattern.sharp || rule.signature.sharp;
    let sharp = if is_sharp { 20 } else { 0 };
    let own = rule.signature.weight + 22 + 3 * words + sharp + sure;
    let telling = is_sharp || pattern.words >= TELLING;
    let relayed = |it: usize| catalogue.speakers.get(it).is_some_and(|it| it.relays);
    match origin {
        Origin::Told(it) if it == speaker => Some(own + 14),
        Origin::Shown(it) if it == speaker => Some(own + 8),
        _ if shown.contains(&speaker) => Some(own + 4),
        Origin::Told(it) if !relayed(it) => telling.then_some(own - if is_sharp { 4 } else { 14 }),
        _ => telling.then_some(own - if is_sharp { 0 } else { 3 }),
    }
}
