//! What a rule looks for, as it is written in the catalogue.
//!
//! `invalid grant + @token ~ expired ! page`: the first term is the anchor; `&` stands for a term
//! beside it, `~` for one near it, `>` for one soon after it, `+` for one in the same passage, `!`
//! for one that must not be there. `@name` is any phrase of a group, and `revok*` any word that
//! begins so.

use super::words::words;

/// A term: a phrase as a row of words, or a group.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Term {
    /// A space before each word; one at the end too, unless the last word may go on.
    Phrase(String),
    /// Any phrase of the group of this name.
    Group(String),
}

/// How a further term stands to the anchor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// Within two words.
    Beside,
    /// Within a few words.
    Near,
    /// Within a few words, behind it.
    After,
    /// In the same passage.
    With,
    /// Not in the same passage.
    Without,
}

/// One way of saying it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Pattern {
    pub(super) anchor: Term,
    pub(super) further: Vec<(Place, Term)>,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// With the part that has no meaning.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (mut anchor, mut further) = (None, Vec::new());
        let mut place = Place::With;
        let mut part = String::new();
        for word in text.split_whitespace().chain(["+"]) {
            let next = match word {
                "&" => Place::Beside,
                "~" => Place::Near,
                ">" => Place::After,
                "+" => Place::With,
                "!" => Place::Without,
                _ => {
                    part.push(' ');
                    part.push_str(word);
                    continue;
                }
            };
            let term = term(part.trim())?;
            part.clear();
            if anchor.is_none() {
                anchor = Some(term);
            } else {
                further.push((place, term));
            }
            place = next;
        }
        let anchor = anchor.ok_or_else(|| text.to_owned())?;
        Ok(Self { anchor, further })
    }

    /// All terms that must be there.
    pub(super) fn wanted(&self) -> impl Iterator<Item = &Term> {
        let further = self.further.iter();
        let wanted = further.filter(|(place, _)| *place != Place::Without);
        std::iter::once(&self.anchor).chain(wanted.map(|(_, term)| term))
    }
}

/// Reads one term.
pub(super) fn term(text: &str) -> Result<Term, String> {
    if let Some(name) = text.strip_prefix('@') {
        return Ok(Term::Group(name.to_owned()));
    }
    // A row of words already: no phrase begins with a space otherwise.
    if text.starts_with(' ') && text.trim() != "" {
        return Ok(Term::Phrase(text.to_owned()));
    }
    let open = text.strip_suffix('*');
    let mut row = words(open.unwrap_or(text));
    if open.is_some() {
        row.truncate(row.trim_end().len());
    }
    if row.trim().is_empty() {
        return Err(format!("{text:?} has no words"));
    }
    Ok(Term::Phrase(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_read_as_it_is_written() {
        let phrase = |it: &str| Term::Phrase(it.into());
        let pattern = Pattern::parse("invalid_grant + @token ~ expired > revok* ! a page").unwrap();
        assert_eq!(pattern.anchor, phrase(" invalid grant "));
        assert_eq!(
            pattern.further,
            [
                (Place::With, Term::Group("token".into())),
                (Place::Near, phrase(" expired ")),
                (Place::After, phrase(" revok")),
                (Place::Without, phrase(" a page ")),
            ]
        );
        assert_eq!(pattern.wanted().count(), 4);
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for text in ["", "+ a", "a + + b", "...", "a ~"] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
    }
}
