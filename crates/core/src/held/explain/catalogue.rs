//! What is known of failures: who speaks how, and what it means.

use std::collections::BTreeMap;

use super::lexicon::{Compiled, Lexicon};
use crate::held::diagnosis::{Cause, Confidence, Party};

/// The group of phrases that list what might be, and so say nothing of what is.
const SET_PHRASES: &str = "set_phrases";
/// From this weight on a signature of nobody's names a cause in words; a bare code has less.
const NAMED: i32 = 30;

/// A provider, server or product whose texts are known.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Speaker {
    /// What it is named by.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// Other words that it is known by.
    pub aliases: Vec<String>,
    /// Phrases that only its texts have.
    pub clues: Vec<String>,
    /// Whether it passes on what others say.
    pub relays: bool,
}

/// A kind of failure, and how it is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signature {
    /// What it is named by.
    pub id: String,
    /// The key of who says so; nobody in particular, if none is given.
    pub speaker: Option<String>,
    /// The ways of saying it; one must fit (see [`super`] on how they are written).
    pub says: Vec<String>,
    /// The HTTP status that it comes with, if that tells it from others.
    pub status: Option<u16>,
    /// Whether nobody else writes so, however short it is.
    pub sharp: bool,
    /// Whether it is a code or a message of machines, which counts wherever it stands. Plain words
    /// that anybody may say count only beside something that is about tokens or connections.
    pub bare: bool,
    /// Whether it counts only where it is known whose text it is.
    pub of_somebody: bool,
    /// How much it counts beside others, beyond what its length says.
    pub weight: i32,
    /// What happened.
    pub cause: Cause,
    /// What else it may be, most likely first.
    pub also: Vec<Cause>,
    /// Who must act.
    pub party: Party,
    /// How sure the text makes it.
    pub confidence: Confidence,
    /// What is known about it, as a sentence for people.
    pub means: Option<String>,
    /// What to do, where it is not what one does after such a cause.
    pub next: Option<String>,
}

/// A flaw of the catalogue's data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Flaw(pub String);

impl std::fmt::Display for Flaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Flaw {}

/// A signature made ready.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) signature: Signature,
    pub(super) speaker: Option<usize>,
    pub(super) patterns: Vec<Compiled>,
}

/// Everything that is known of failures, made ready to be looked for.
#[derive(Debug, Default)]
pub struct Catalogue {
    pub(super) lexicon: Lexicon,
    pub(super) speakers: Vec<Speaker>,
    pub(super) clues: Vec<Vec<(u32, usize)>>,
    pub(super) rules: Vec<Rule>,
}

impl Catalogue {
    /// Makes a catalogue of groups of phrases, speakers and signatures. A phrase that begins with
    /// a space is a row of words already, as [`super`] makes them of texts.
    ///
    /// # Errors
    /// When a pattern can't be read, or names a group or speaker that is not there.
    pub fn new(
        groups: &BTreeMap<String, Vec<String>>,
        speakers: Vec<Speaker>,
        signatures: Vec<Signature>,
    ) -> Result<Self, Flaw> {
        let mut lexicon = Lexicon::new(groups, SET_PHRASES).map_err(Flaw)?;
        let mut clues = Vec::with_capacity(speakers.len());
        for speaker in &speakers {
            let mut of_one = Vec::with_capacity(speaker.clues.len());
            for clue in &speaker.clues {
                let flaw = |flaw| Flaw(format!("{}: {flaw}", speaker.key));
                of_one.push((lexicon.add(clue).map_err(flaw)?, clue.len()));
            }
            clues.push(of_one);
        }
        let mut rules = Vec::with_capacity(signatures.len());
        for signature in signatures {
            let flaw = |flaw| Flaw(format!("{}: {flaw}", signature.id));
            let of = |key: &String| {
                let speaker = speakers.iter().position(|it| it.key == *key);
                speaker.ok_or_else(|| flaw(format!("there is no speaker {key}")))
            };
            let speaker = signature.speaker.as_ref().map(of).transpose()?;
            let patterns = signature.says.iter().map(|it| lexicon.compile(it));
            let patterns = patterns.collect::<Result<_, _>>().map_err(flaw)?;
            rules.push(Rule {
                signature,
                speaker,
                patterns,
            });
        }
        lexicon.finish();
        Ok(Self {
            lexicon,
            speakers,
            clues,
            rules,
        })
    }

    /// The speaker that people call so, without regard to case, and with a hyphen, dot or space
    /// for an underscore.
    pub fn speaker(&self, word: &str) -> Option<&Speaker> {
        self.position(word).and_then(|it| self.speakers.get(it))
    }

    pub(super) fn position(&self, word: &str) -> Option<usize> {
        let plain = |c: char| match c {
            '-' | ' ' | '.' => '_',
            c => c.to_ascii_lowercase(),
        };
        let word: String = word.trim().chars().map(plain).collect();
        let called_so = |it: &Speaker| it.key == word || it.aliases.contains(&word);
        self.speakers.iter().position(called_so)
    }

    /// Everybody whose texts are known.
    pub fn speakers(&self) -> &[Speaker] {
        &self.speakers
    }

    /// Whether a signature says little: nobody's in particular, and no more than a bare code that
    /// leaves the cause open.
    pub fn says_little(&self, id: &str) -> bool {
        let found = self.rules.iter().find(|it| it.signature.id == id);
        found.is_some_and(|it| {
            let sure = it.signature.confidence != Confidence::Ambiguous;
            it.speaker.is_none() && it.signature.weight < NAMED && !sure
        })
    }

    /// How many signatures there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}
