//! Phrases, word by word, so that all of them are found in one pass over a row of words.
//!
//! Words are known by number. A word that may go on (`revok*`) is a stem; of the stems that a word
//! begins with, the longest is found by a search, and leads to the shorter ones.

use rustc_hash::FxHashMap as HashMap;

/// A word or stem by number, as it stands on the way through the phrases.
type Symbol = u32;

/// The way that begins every phrase.
const ROOT: usize = 0;

/// A stem, and the longest other one that it begins with.
#[derive(Clone, Debug)]
struct Stem {
    /// Its first bytes, by which most are told apart at once.
    key: u64,
    text: String,
    symbol: Symbol,
    shorter: Option<usize>,
}

/// The phrases.
#[derive(Debug, Default)]
pub(super) struct Trie {
    words: HashMap<String, Symbol>,
    /// Sorted.
    stems: Vec<Stem>,
    /// Where in the order the stems end that begin with a byte at most as great.
    after: Vec<usize>,
    /// How long the shortest stem is that begins with a byte: most short words need no search.
    shortest: Vec<usize>,
    symbols: Symbol,
    /// Where each first symbol leads; most words begin nothing.
    first: Vec<Option<u32>>,
    further: HashMap<(u32, Symbol), u32>,
    /// The phrase that ends there.
    ends: Vec<Option<u32>>,
}

impl Trie {
    /// A trie of rows of words; the number of each is its place. A row without a space at its end
    /// ends with a stem.
    pub(super) fn new<'a>(rows: impl Iterator<Item = &'a str>) -> Self {
        let mut trie = Self {
            ends: vec![None],
            ..Self::default()
        };
        let mut stems = HashMap::default();
        for (number, row) in rows.enumerate() {
            let mut node = ROOT;
            let open = !row.ends_with(' ');
            let mut words = row.split(' ').filter(|it| !it.is_empty()).peekable();
            while let Some(word) = words.next() {
                let known = match open && words.peek().is_none() {
                    true => &mut stems,
                    false => &mut trie.words,
                };
                let next = trie.symbols;
                let symbol = *known.entry(word.to_owned()).or_insert(next);
                trie.symbols += u32::from(symbol == next);
                node = trie.step(node, symbol);
            }
            if let Some(end) = trie.ends.get_mut(node) {
                *end = u32::try_from(number).ok();
            }
        }
        trie.stems = sorted(stems);
        trie.after = (0..=u8::MAX)
            .map(|byte| {
                let begins = |it: &Stem| it.text.as_bytes().first() <= Some(&byte);
                trie.stems.partition_point(begins)
            })
            .collect();
        trie.shortest = vec![usize::MAX; 1 + usize::from(u8::MAX)];
        for stem in &trie.stems {
            let byte = stem.text.bytes().next().unwrap_or_default();
            if let Some(shortest) = trie.shortest.get_mut(usize::from(byte)) {
                *shortest = stem.text.len().min(*shortest);
            }
        }
        trie
    }

    /// Where a symbol leads from there; the way is made if there is none.
    fn step(&mut self, node: usize, symbol: Symbol) -> usize {
        let next = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        let from = u32::try_from(node).unwrap_or(u32::MAX);
        let reached = if node == ROOT {
            let place = symbol as usize;
            if self.first.len() <= place {
                self.first.resize(place + 1, None);
            }
            match self.first.get_mut(place) {
                Some(it) => *it.get_or_insert(next),
                None => next,
            }
        } else {
            *self.further.entry((from, symbol)).or_insert(next)
        };
        if reached == next {
            self.ends.push(None);
        }
        reached as usize
    }

    /// Tells of every phrase in a row of words: its number, and where it begins and ends.
    pub(super) fn find(&self, row: &str, mut tell: impl FnMut(u32, usize, usize)) {
        let mut ways: Vec<(u32, usize)> = Vec::new();
        let mut going: Vec<(u32, usize)> = Vec::new();
        let mut at = 0;
        for word in row.split(' ') {
            let (start, end) = (at, at + word.len());
            at = end + 1;
            if word.is_empty() {
                continue;
            }
            let whole = self.words.get(word).copied();
            let symbols = whole.into_iter().chain(self.stems_of(word));
            going.clear();
            for symbol in symbols {
                let begun = self.first.get(symbol as usize).copied().flatten();
                // The space before the first word belongs to a phrase, as the one after the last.
                going.extend(begun.map(|it| (it, start.saturating_sub(1))));
                for (node, from) in &ways {
                    let next = self.further.get(&(*node, symbol));
                    going.extend(next.map(|it| (*it, *from)));
                }
            }
            for (node, from) in &going {
                if let Some(phrase) = self.ends.get(*node as usize).copied().flatten() {
                    tell(phrase, *from, end + 1);
                }
            }
            std::mem::swap(&mut ways, &mut going);
        }
    }

    /// The stems that a word begins with, longest first.
    fn stems_of(&self, word: &str) -> impl Iterator<Item = Symbol> {
        let place = |byte: Option<u8>| byte.and_then(|it| self.after.get(usize::from(it)));
        let first = word.bytes().next();
        let (from, to) = (place(first.and_then(|it| it.checked_sub(1))), place(first));
        let (from, to) = (from.copied().unwrap_or(0), to.copied().unwrap_or(0));
        let shortest = first.and_then(|it| self.shortest.get(usize::from(it)));
        let long_enough = shortest.is_some_and(|it| word.len() >= *it);
        let of_byte = self.stems.get(from..to).filter(|_| long_enough);
        let of_byte = of_byte.unwrap_or_default();
        let key = key(word);
        let not_behind = |it: &Stem| it.key < key || (it.key == key && it.text.as_str() <= word);
        let within = of_byte.partition_point(not_behind);
        let nearest = (within > 0).then(|| from + within - 1);
        let chain = std::iter::successors(nearest, |it| self.stems.get(*it)?.shorter);
        let stems = chain.filter_map(|it| self.stems.get(it));
        stems
            .filter(|it| word.starts_with(&it.text))
            .map(|it| it.symbol)
    }
}

/// The first bytes of a text as a number that sorts as they do; what is missing comes first.
fn key(text: &str) -> u64 {
    let mut bytes = [0; 8];
    for (place, byte) in bytes.iter_mut().zip(text.bytes()) {
        *place = byte;
    }
    u64::from_be_bytes(bytes)
}

/// Sorted, each with the longest one that it begins with: of all before it in the order, that is
/// the last one it begins with, and it is found along the chain of the one just before.
fn sorted(stems: HashMap<String, Symbol>) -> Vec<Stem> {
    let mut stems: Vec<Stem> = stems
        .into_iter()
        .map(|(text, symbol)| Stem {
            key: key(&text),
            text,
            symbol,
            shorter: None,
        })
        .collect();
    stems.sort_by(|one, other| one.text.cmp(&other.text));
    for place in 1..stems.len() {
        let text = stems
            .get(place)
            .map(|it| it.text.clone())
            .unwrap_or_default();
        let mut chain = std::iter::successors(Some(place - 1), |it| stems.get(*it)?.shorter);
        let shorter = chain.find(|it| stems.get(*it).is_some_and(|it| text.starts_with(&it.text)));
        if let Some(stem) = stems.get_mut(place) {
            stem.shorter = shorter;
        }
    }
    stems
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(phrases: &[&str], row: &str) -> Vec<(u32, usize, usize)> {
        let mut found = Vec::new();
        let trie = Trie::new(phrases.iter().copied());
        trie.find(row, |phrase, start, end| found.push((phrase, start, end)));
        found.sort_unstable();
        found
    }

    #[test]
    fn phrases_that_share_words_are_all_found() {
        let phrases = [" a b ", " a ", " b c", " a b c ", " b", " "];
        let hits = found(&phrases, " a b cd a ");
        assert_eq!(
            hits,
            [(0, 0, 5), (1, 0, 3), (1, 7, 10), (2, 2, 8), (4, 2, 5)]
        );
    }

    #[test]
    fn a_stem_fits_every_ending_and_its_own_beginnings_fit_too() {
        let hits = found(
            &[" re", " reconnect", " refus", " z"],
            " refund reconnected re ",
        );
        let phrases: Vec<u32> = hits.iter().map(|it| it.0).collect();
        assert_eq!(phrases, [0, 0, 0, 1]);
    }

    proptest! {
        /// As a search for each phrase alone finds it.
        #[test]
        fn nothing_is_missed_and_nothing_made_up(
            phrases in prop::collection::btree_set("( [ab]{1,2}){1,3} ?", 1..12),
            row in "( [ab]{1,3}){0,12} ",
        ) {
            let phrases: Vec<&str> = phrases.iter().map(String::as_str).collect();
            let mut places = Vec::new();
            for (number, phrase) in phrases.iter().enumerate() {
                for start in 0..row.len() {
                    if row.get(start..).is_some_and(|it| it.starts_with(phrase)) {
                        places.push((u32::try_from(number).unwrap(), start));
                    }
                }
            }
            places.sort_unstable();
            let hits: Vec<_> = found(&phrases, &row).iter().map(|it| (it.0, it.1)).collect();
            prop_assert_eq!(hits, places);
        }
    }
}
