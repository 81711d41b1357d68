//! Who presented a refresh token: the last eight, kept in the grant's row in a fixed width.
//!
//! The width is fixed so that a refresh never makes the row, and so the database, larger.

use std::net::IpAddr;

use crate::secret::blotted;
use crate::time::Time;

const KEPT: usize = 8;
const TIME: usize = 14;
const GENERATION: usize = 12;
const ADDRESS: usize = 39;
const USER_AGENT: usize = 48;

/// Width of one entry in characters: time, kind, generation, address, user agent.
pub const SLOT: usize = TIME + 1 + GENERATION + ADDRESS + USER_AGENT;

/// One presentation of a refresh token that was answered with its successor.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Presenter {
    /// When the request was complete here.
    pub at: Time,
    /// Where it came from, if that is known.
    pub address: Option<IpAddr>,
    /// The program's own word about itself, cut and cleaned.
    pub user_agent: String,
}

impl Presenter {
    /// Takes the facts of a request; the user agent is foreign text, so only printable ASCII of it
    /// is kept, not much, and no secret that a careless program put there.
    pub fn new(at: Time, address: Option<IpAddr>, user_agent: &str) -> Self {
        let clean = |c: char| {
            if c.is_ascii_graphic() || c == ' ' {
                c
            } else {
                '?'
            }
        };
        let user_agent = blotted(user_agent);
        let user_agent: String = user_agent.chars().take(USER_AGENT).map(clean).collect();
        Self {
            at,
            address,
            user_agent: user_agent.trim_end().to_owned(),
        }
    }
}

/// What a presentation did.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Did {
    /// It moved the counter.
    Rotated,
    /// It was given the same successor again.
    Retried,
}

/// An entry of [`Presenters`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The generation of the token that was presented.
    pub generation: u64,
    /// What that did.
    pub did: Did,
    /// Who it was.
    pub presenter: Presenter,
}

impl Entry {
    /// The entry as text of exactly [`SLOT`] characters.
    pub fn slot(&self) -> String {
        let Presenter {
            at,
            address,
            user_agent,
        } = &self.presenter;
        let did = match self.did {
            Did::Rotated => 'r',
            Did::Retried => 't',
        };
        let address = address
            .map(|it| it.to_canonical().to_string())
            .unwrap_or_default();
        let micros = at.micros().unsigned_abs() & 0xff_ffff_ffff_ffff;
        let generation = self.generation & 0xffff_ffff_ffff;
        format!(
            "{micros:0TIME$x}{did}{generation:0GENERATION$x}\
             {address:<ADDRESS$}{user_agent:<USER_AGENT$}"
        )
    }

    fn read(slot: &str) -> Option<Self> {
        let (at, slot) = slot.split_at_checked(TIME)?;
        let at = i64::from_str_radix(at, 16).ok()?;
        let (did, slot) = slot.split_at_checked(1)?;
        let did = match did {
            "r" => Did::Rotated,
            "t" => Did::Retried,
            _ => return None,
        };
        let (generation, slot) = slot.split_at_checked(GENERATION)?;
        let generation = u64::from_str_radix(generation, 16).ok()?;
        let (address, user_agent) = slot.split_at_checked(ADDRESS)?;
        let address = address.trim_end().parse().ok();
        let user_agent = user_agent.trim_end().to_owned();
        let at = Time::from_micros(at);
        Some(Self {
            generation,
            did,
            presenter: Presenter {
                at,
                address,
                user_agent,
            },
        })
    }
}

/// The last eight presentations, oldest first, as one text of constant length.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Presenters(String);

impl Default for Presenters {
    fn default() -> Self {
        Self(" ".repeat(KEPT * SLOT))
    }
}

impl Presenters {
    /// Takes over the stored text; `None` when its length is not the one we write.
    pub fn from_stored(text: String) -> Option<Self> {
        (text.len() == KEPT * SLOT && text.is_ascii()).then_some(Self(text))
    }

    /// The text as it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Forgets the oldest and appends this one: what the store does in its own words.
    pub fn push(&mut self, entry: &Entry) {
        self.0.replace_range(..SLOT, "");
        self.0.push_str(&entry.slot());
    }

    /// The entries, oldest first.
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        (0..KEPT).filter_map(|index| Entry::read(self.0.get(index * SLOT..(index + 1) * SLOT)?))
    }

    /// When the token of this generation was first answered, if that is still remembered: the
    /// moment at which the next generation began.
    pub fn rotated_at(&self, generation: u64) -> Option<Time> {
        self.entries()
            .find(|entry| entry.did == Did::Rotated && entry.generation == generation)
            .map(|entry| entry.presenter.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(generation: u64, user_agent: &str) -> Entry {
        let address = Some("::ffff:10.0.0.1".parse().unwrap());
        let presenter = Presenter::new(Time::from_millis(1_700_000_000_123), address, user_agent);
        Entry {
            generation,
            did: Did::Retried,
            presenter,
        }
    }

    #[test]
    fn the_text_never_changes_its_length() {
        let mut kept = Presenters::default();
        let length = kept.as_str().len();
        for generation in 1..20 {
            kept.push(&entry(generation, &"ü long\n".repeat(20)));
            assert_eq!(kept.as_str().len(), length);
            assert!(kept.as_str().is_ascii());
        }
        let generations: Vec<_> = kept.entries().map(|entry| entry.generation).collect();
        assert_eq!(generations, (12..20).collect::<Vec<_>>());
    }

    #[test]
    fn an_entry_reads_back() {
        let mut kept = Presenters::default();
        kept.push(&entry(3, "curl/8"));
        let read: Vec<_> = kept.entries().collect();
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].presenter.user_agent, "curl/8");
        assert_eq!(read[0].presenter.address, Some("10.0.0.1".parse().unwrap()));
        assert_eq!(read[0].presenter.at, Time::from_millis(1_700_000_000_123));
    }

    #[test]
    fn the_longest_address_fits() {
        let longest = "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255";
        let presenter = Presenter::new(Time::default(), Some(longest.parse().unwrap()), "");
        let entry = Entry {
            generation: u64::MAX,
            did: Did::Rotated,
            presenter,
        };
        assert_eq!(entry.slot().len(), SLOT);
    }
}
