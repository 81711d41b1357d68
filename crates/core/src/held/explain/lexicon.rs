//! All phrases that are looked for, found in one pass over a row of words.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap as HashMap;

use super::pattern::{Pattern, Place, Term};
use super::trie::Trie;

/// How far apart terms may lie that are beside each other: two short words.
const BESIDE: usize = 14;
/// How far apart terms may lie that are near each other, in bytes of the row: some eight words.
const NEAR: usize = 52;
/// How far apart terms of one passage may lie.
const PASSAGE: usize = 600;

/// A phrase that stands in a passage more often than this says no more by it.
const MOST: u8 = 48;

/// How deep groups may lie in each other.
const DEEPEST: usize = 8;

/// A term by number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wanted {
    Phrase(u32),
    Group(u16),
}

/// A pattern by numbers.
#[derive(Debug)]
pub(super) struct Compiled {
    anchor: Wanted,
    further: Vec<(Place, Wanted)>,
    /// How many words it asks for; a group counts as one.
    pub(super) words: u16,
    /// Whether it asks for a number that only one server writes so.
    pub(super) sharp: bool,
}

/// The phrases and what they belong to.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    phrases: HashMap<String, u32>,
    groups: BTreeMap<String, u16>,
    /// The groups of each phrase.
    groups_of: Vec<Vec<u16>>,
    /// The phrases in which single words say nothing, because they list what might be.
    set_phrases: BTreeSet<u32>,
    trie: Trie,
}

impl Lexicon {
    /// A lexicon of groups; `set_phrases` is the name of the one whose phrases hide the words that
    /// they consist of.
    ///
    /// # Errors
    /// With what can't be read.
    pub(super) fn new(
        groups: &BTreeMap<String, Vec<String>>,
        set_phrases: &str,
    ) -> Result<Self, String> {
        let mut lexicon = Self {
            phrases: HashMap::default(),
            groups: BTreeMap::new(),
            groups_of: Vec::new(),
            set_phrases: BTreeSet::new(),
            trie: Trie::default(),
        };
        for (number, name) in groups.keys().enumerate() {
            let number = u16::try_from(number).map_err(|_| "too many groups".to_owned())?;
            lexicon.groups.insert(name.clone(), number);
        }
        // Each phrase is read once, however many groups it comes to belong to.
        let mut own: BTreeMap<&str, Members> = BTreeMap::new();
        for (name, members) in groups {
            let own = own.entry(name.as_str()).or_default();
            for member in members {
                match super::pattern::term(member)? {
                    Term::Phrase(row) => own.phrases.push(lexicon.phrase(row)),
                    Term::Group(other) => own.groups.push(other),
                }
            }
        }
        for (name, number) in lexicon.groups.clone() {
            let mut all = BTreeSet::new();
            gather(&own, &name, DEEPEST, &mut all)?;
            for phrase in &all {
                if let Some(of) = lexicon.groups_of.get_mut(*phrase as usize) {
                    of.push(number);
                }
            }
            if name == set_phrases {
                lexicon.set_phrases = all;
            }
        }
        Ok(lexicon)
    }

    /// The number of a phrase, which is looked for from now on.
    fn phrase(&mut self, row: String) -> u32 {
        let next = u32::try_from(self.groups_of.len()).unwrap_or(u32::MAX);
        let number = *self.phrases.entry(row).or_insert(next);
        if number == next {
            self.groups_of.push(Vec::new());
        }
        number
    }

    /// The number of a single phrase that is looked for.
    pub(super) fn add(&mut self, text: &str) -> Result<u32, String> {
        match super::pattern::term(text)? {
            Term::Phrase(row) => Ok(self.phrase(row)),
            Term::Group(name) => Err(format!("@{name} is no phrase")),
        }
    }

    /// Takes up a pattern.
    ///
    /// # Errors
    /// With what can't be read, or a group that is not there.
    pub(super) fn compile(&mut self, text: &str) -> Result<Compiled, String> {
        let pattern = Pattern::parse(text)?;
        let (mut words, mut sharp) = (0, false);
        for term in pattern.wanted() {
            match term {
                Term::Phrase(row) => {
                    let count = row.split_whitespace().count();
                    words += u16::try_from(count).unwrap_or(u16::MAX);
                    sharp |= row.split_whitespace().any(is_sharp);
                }
                Term::Group(_) => words += 1,
            }
        }
        let further = pattern.further.into_iter();
        let further = further.map(|(place, term)| Ok((place, self.wanted(term)?)));
        Ok(Compiled {
            further: further.collect::<Result<_, String>>()?,
            anchor: self.wanted(pattern.anchor)?,
            words,
            sharp,
        })
    }

    fn wanted(&mut self, term: Term) -> Result<Wanted, String> {
        match term {
            Term::Phrase(row) => Ok(Wanted::Phrase(self.phrase(row))),
            Term::Group(name) => {
                let number = self.groups.get(&name);
                number
                    .map(|it| Wanted::Group(*it))
                    .ok_or(format!("there is no group @{name}"))
            }
        }
    }

    /// Makes it ready: nothing can be added after this.
    pub(super) fn finish(&mut self) {
        let mut rows: Vec<(&str, u32)> = Vec::with_capacity(self.phrases.len());
        rows.extend(self.phrases.iter().map(|(row, it)| (row.as_str(), *it)));
        rows.sort_unstable_by_key(|(_, number)| *number);
        self.trie = Trie::new(rows.into_iter().map(|(row, _)| row));
    }

    /// Everything that is found in a row of words.
    pub(super) fn find(&self, row: &str) -> Found {
        let mut found = Found {
            hits: Vec::new(),
            phrases: vec![0; self.groups_of.len().div_ceil(64)],
            groups: vec![Vec::new(); self.groups.len()],
        };
        let mut counts = vec![0u8; self.groups_of.len()];
        self.trie.find(row, |phrase, start, end| {
            let Some(count) = counts.get_mut(phrase as usize).filter(|it| **it < MOST) else {
                return;
            };
            *count += 1;
            found.hits.push(Hit {
                phrase,
                start,
                end,
                quiet: false,
            });
            if let Some(word) = found.phrases.get_mut(phrase as usize / 64) {
                *word |= 1 << (phrase % 64);
            }
        });
        found.hits.sort_unstable_by_key(|it| (it.phrase, it.start));
        self.sort_into_groups(&mut found);
        found
    }

    fn sort_into_groups(&self, found: &mut Found) {
        let of_set = |it: &&Hit| self.set_phrases.contains(&it.phrase);
        let set: Vec<(usize, usize)> = found
            .hits
            .iter()
            .filter(of_set)
            .map(|it| (it.start, it.end))
            .collect();
        for hit in &mut found.hits {
            let inside = |(start, end): &(usize, usize)| {
                *start <= hit.start && hit.end <= *end && end - start > hit.end - hit.start
            };
            hit.quiet = set.iter().any(inside);
            if hit.quiet {
                continue;
            }
            for group in self
                .groups_of
                .get(hit.phrase as usize)
                .into_iter()
                .flatten()
            {
                if let Some(hits) = found.groups.get_mut(usize::from(*group))
                    && hits.len() < usize::from(MOST)
                {
                    hits.push((hit.start, hit.end));
                }
            }
        }
    }
}

/// What a group names itself.
#[derive(Default)]
struct Members {
    phrases: Vec<u32>,
    groups: Vec<String>,
}

fn gather(
    own: &BTreeMap<&str, Members>,
    name: &str,
    depth: usize,
    all: &mut BTreeSet<u32>,
) -> Result<(), String> {
    let members = own.get(name).ok_or(format!("there is no group @{name}"))?;
    let depth = depth
        .checked_sub(1)
        .ok_or(format!("@{name} is within itself"))?;
    all.extend(&members.phrases);
    for other in &members.groups {
        gather(own, other, depth, all)?;
    }
    Ok(())
}

/// A word like `aadsts50173`: nobody else writes that.
fn is_sharp(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    digits >= 5 && digits < word.len()
}

/// A phrase that was found.
#[derive(Clone, Copy, Debug)]
struct Hit {
    phrase: u32,
    start: usize,
    end: usize,
    /// Whether it lies within a phrase that only lists what might be.
    quiet: bool,
}

/// What was found in a row of words.
pub(super) struct Found {
    /// By phrase, then by place.
    hits: Vec<Hit>,
    phrases: Vec<u64>,
    groups: Vec<Vec<(usize, usize)>>,
}

impl Found {
    /// Whether a phrase is there.
    pub(super) fn has(&self, phrase: u32) -> bool {
        let word = self.phrases.get(phrase as usize / 64);
        word.is_some_and(|word| word & (1 << (phrase % 64)) != 0)
    }

    /// Whether anything of a group is there.
    pub(super) fn has_group(&self, lexicon: &Lexicon, name: &str) -> bool {
        let number = lexicon.groups.get(name);
        number.is_some_and(|it| self.is_there(Wanted::Group(*it)))
    }

    fn is_there(&self, wanted: Wanted) -> bool {
        match wanted {
            Wanted::Phrase(phrase) => self.has(phrase),
            Wanted::Group(group) => {
                let hits = self.groups.get(usize::from(group));
                hits.is_some_and(|it| !it.is_empty())
            }
        }
    }

    fn places(&self, wanted: Wanted, of_somebody: bool) -> impl Iterator<Item = (usize, usize)> {
        let (phrase, group) = match wanted {
            Wanted::Phrase(phrase) => (Some(phrase), None),
            Wanted::Group(group) => (None, self.groups.get(usize::from(group))),
        };
        let first = phrase.map_or(self.hits.len(), |phrase| {
            self.hits.partition_point(|it| it.phrase < phrase)
        });
        let of_phrase = self.hits.get(first..).unwrap_or_default().iter();
        let of_phrase = of_phrase.take_while(move |it| Some(it.phrase) == phrase);
        let of_phrase = of_phrase.filter(move |it| of_somebody || !it.quiet);
        let of_group = group.into_iter().flatten().copied();
        of_phrase.map(|it| (it.start, it.end)).chain(of_group)
    }

    /// Where a pattern fits: the place of its anchor. What somebody is known to say may be part of
    /// a longer list.
    pub(super) fn place_of(&self, pattern: &Compiled, of_somebody: bool) -> Option<(usize, usize)> {
        let wanted = pattern
            .further
            .iter()
            .filter(|(place, _)| *place != Place::Without);
        if !self.is_there(pattern.anchor) || !wanted.into_iter().all(|(_, it)| self.is_there(*it)) {
            return None;
        }
        self.places(pattern.anchor, of_somebody).find(|anchor| {
            pattern.further.iter().all(|(place, term)| {
                let fits = |it: (usize, usize)| stands(*anchor, it, *place);
                match place {
                    Place::Without => {
                        !self.is_there(*term) || !self.places(*term, of_somebody).any(fits)
                    }
                    _ => self.places(*term, of_somebody).any(fits),
                }
            })
        })
    }
}

/// Whether a term stands to the anchor as it should; neighbours share the space between them.
fn stands(anchor: (usize, usize), other: (usize, usize), place: Place) -> bool {
    let behind = other.0 + 1 >= anchor.1;
    let gap = if behind {
        other.0.saturating_sub(anchor.1)
    } else {
        anchor.0.saturating_sub(other.1)
    };
    match place {
        Place::Beside => gap <= BESIDE,
        Place::Near => gap <= NEAR,
        Place::After => behind && gap <= NEAR,
        Place::With | Place::Without => gap <= PASSAGE,
    }
}
