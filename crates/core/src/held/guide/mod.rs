//! What people can do about a cause: what it means, who acts, the steps, and how to avoid it next
//! time; and what a browser has to do with it.

mod browser;
mod text;

pub use browser::{Browser, BrowserGuide, Rung};
pub use text::{Piece, Text};

use super::diagnosis::{Cause, Party, words};

words! {
    /// A place at the provider that is worth a look.
    Look {
        /// Where a person sees which apps their account is connected to.
        Apps = "apps",
        /// Where the provider says how it is.
        Status = "status",
    }
}

impl Look {
    /// What it is, as a heading.
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Apps => "Connected apps",
            Self::Status => "State of the service",
        }
    }
}

/// A provider as guides speak of it: what it is called, and where things are there.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Place {
    /// The provider's key.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// The key of a provider whose part of a guide fits this one too.
    pub like: Option<String>,
    /// Where a person sees which apps their account is connected to.
    pub apps: Option<Text>,
    /// Where the provider says how it is.
    pub status: Option<Text>,
    /// How to go over to another account there.
    pub switch: Option<Text>,
    /// The sites whose cookies keep a person signed in.
    pub sites: Vec<String>,
}

impl Place {
    /// What is to be seen there.
    pub const fn look(&self, look: Look) -> Option<&Text> {
        match look {
            Look::Apps => self.apps.as_ref(),
            Look::Status => self.status.as_ref(),
        }
    }
}

/// Who acts, as a heading.
pub const fn actor(party: Party) -> &'static str {
    match party {
        Party::Nobody => "Nobody: it mends itself",
        Party::EndUser => "The owner of the account",
        Party::AccountAdmin => "An admin of the organisation at the provider",
        Party::AppDeveloper => "Whoever registered the app at the provider",
        Party::Operator => "Whoever runs evergrant",
    }
}

/// What can be done about one cause.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Guide {
    /// The cause.
    pub cause: Cause,
    /// What happened, in a few words.
    pub title: String,
    /// What it means, in two to four sentences.
    pub meaning: Text,
    /// Who acts, as a rule.
    pub party: Party,
    /// Who acts, and why.
    pub who: Text,
    /// What to do, one after the other; each is one action.
    pub steps: Vec<Text>,
    /// How to avoid it next time.
    pub avoid: Vec<Text>,
    /// Which places at the provider are worth a look.
    pub looks: Vec<Look>,
    /// Whether a person has to consent in a browser, where a wrong sign-in can get in the way.
    pub browser: bool,
    /// Where providers differ.
    pub parts: Vec<Part>,
    /// Where the facts are from.
    pub sources: Vec<String>,
}

/// Where one provider differs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// The provider's key.
    pub provider: String,
    /// What more is to be known there.
    pub meaning: Option<Text>,
    /// Who acts there, if others do.
    pub party: Option<Party>,
    /// Who acts there, and why.
    pub who: Option<Text>,
    /// What to do there, in place of the general steps.
    pub steps: Vec<Text>,
    /// How to avoid it there, before the general ways.
    pub avoid: Vec<Text>,
}

/// A guide as it is shown to somebody: the general one, or that of a provider.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Advice<'a> {
    /// The guide.
    pub guide: &'a Guide,
    /// The provider, where one is known.
    pub place: Option<&'a Place>,
    /// Whether the guide says anything of its own about this provider.
    pub differs: bool,
    /// What it means: the general words, then the provider's.
    pub meaning: Vec<&'a Text>,
    /// Who acts.
    pub party: Party,
    /// Who acts, and why.
    pub who: &'a Text,
    /// What to do.
    pub steps: &'a [Text],
    /// How to avoid it next time: the provider's ways, then the general ones.
    pub avoid: Vec<&'a Text>,
}

impl Guide {
    /// The guide at this provider. The provider's steps stand in place of the general ones, for
    /// nobody should have to merge two lists; everything else is added.
    pub fn at<'a>(&'a self, place: Option<&'a Place>) -> Advice<'a> {
        let part = place.and_then(|place| self.part(place));
        let meaning = part.and_then(|it| it.meaning.as_ref());
        let steps = part.map_or(&self.steps, |it| &it.steps);
        let avoid = part.iter().flat_map(|it| &it.avoid);
        Advice {
            guide: self,
            place,
            differs: part.is_some(),
            meaning: std::iter::once(&self.meaning).chain(meaning).collect(),
            party: part.and_then(|it| it.party).unwrap_or(self.party),
            who: part.and_then(|it| it.who.as_ref()).unwrap_or(&self.who),
            steps: if steps.is_empty() { &self.steps } else { steps },
            avoid: avoid.chain(&self.avoid).collect(),
        }
    }

    /// What differs there: its own part, or else that of the provider that it is like.
    fn part(&self, place: &Place) -> Option<&Part> {
        let of = |key: &str| self.parts.iter().find(|part| part.provider == key);
        let like = || place.like.as_deref().and_then(of);
        of(&place.key).or_else(like)
    }

    /// Whether the guide of this provider is another than the general one.
    pub fn differs_at(&self, place: &Place) -> bool {
        let seen = self.looks.iter().any(|look| place.look(*look).is_some());
        seen || self.parts.iter().any(|part| part.provider == place.key)
    }
}

impl<'a> Advice<'a> {
    /// The places at the provider that are worth a look.
    pub fn looks(&self) -> impl Iterator<Item = (Look, &'a Text)> {
        let place = self.place;
        let looks = self.guide.looks.iter();
        looks.filter_map(move |look| Some((*look, place?.look(*look)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<Text> {
        texts.iter().copied().map(Text::new).collect()
    }

    fn guide() -> Guide {
        Guide {
            cause: Cause::IdleExpiry,
            title: "Nobody used it".into(),
            meaning: Text::new("It slept."),
            party: Party::EndUser,
            who: Text::new("The owner."),
            steps: texts(&["Open the link."]),
            avoid: texts(&["Use it."]),
            looks: vec![Look::Apps],
            browser: true,
            parts: vec![Part {
                provider: "acme".into(),
                meaning: Some(Text::new("It slept for 60 days.")),
                party: Some(Party::AccountAdmin),
                who: None,
                steps: texts(&["Knock.", "Wait."]),
                avoid: texts(&["Knock every month."]),
            }],
            sources: Vec::new(),
        }
    }

    fn place(key: &str) -> Place {
        Place {
            key: key.into(),
            apps: Some(Text::new("Under **Apps**.")),
            ..Place::default()
        }
    }

    #[test]
    fn without_a_provider_the_general_words_stand() {
        let guide = guide();
        let other = place("other");
        for advice in [guide.at(None), guide.at(Some(&other))] {
            assert!(!advice.differs);
            assert_eq!(advice.meaning, [&guide.meaning]);
            assert_eq!(advice.party, Party::EndUser);
            assert_eq!(advice.steps, guide.steps);
            assert_eq!(advice.avoid, [&guide.avoid[0]]);
        }
        assert_eq!(guide.at(None).looks().count(), 0);
        assert_eq!(guide.at(Some(&other)).looks().count(), 1);
        assert!(guide.differs_at(&other), "it has a place to look at");
    }

    #[test]
    fn the_steps_of_a_provider_replace_and_its_words_are_added() {
        let guide = guide();
        let acme = place("acme");
        let advice = guide.at(Some(&acme));
        assert!(advice.differs);
        assert_eq!(advice.meaning.len(), 2);
        assert_eq!(advice.party, Party::AccountAdmin);
        assert_eq!(advice.who, &guide.who);
        assert_eq!(advice.steps, guide.parts[0].steps);
        assert_eq!(advice.avoid, [&guide.parts[0].avoid[0], &guide.avoid[0]]);
    }

    #[test]
    fn a_provider_that_is_like_another_has_its_part() {
        let guide = guide();
        let mut alike = place("acme_classic");
        alike.like = Some("acme".into());
        assert!(guide.at(Some(&alike)).differs);
    }

    #[test]
    fn a_part_without_steps_leaves_the_general_ones() {
        let mut guide = guide();
        guide.parts[0].steps.clear();
        assert_eq!(guide.at(Some(&place("acme"))).steps, guide.steps);
    }
}
