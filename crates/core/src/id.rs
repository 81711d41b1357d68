//! Names of rows: a prefix that says the kind, then 128 bits that sort by the time they were made.

use std::fmt;

use crate::time::Time;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH: usize = 26;

/// Sixteen random bytes from the world outside, spent once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chance(pub [u8; 16]);

impl Chance {
    fn id(self, now: Time) -> u128 {
        let millis = u128::from(now.millis().unsigned_abs()) & 0xffff_ffff_ffff;
        (millis << 80) | (u128::from_be_bytes(self.0) & ((1 << 80) - 1))
    }
}

/// Why a text is no id of the wanted kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoId;

impl fmt::Display for NoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this is not an id of that kind")
    }
}

impl std::error::Error for NoId {}

fn write_base32(value: u128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut text = [0_u8; LENGTH];
    for (index, place) in text.iter_mut().enumerate() {
        let shift = 5 * (LENGTH - 1 - index);
        let digit = usize::try_from((value >> shift) & 31).unwrap_or_default();
        *place = ALPHABET.get(digit).copied().unwrap_or(b'0');
    }
    f.write_str(std::str::from_utf8(&text).unwrap_or_default())
}

fn read_base32(text: &str) -> Result<u128, NoId> {
    let digits = text.as_bytes();
    // The first digit holds what is left of 128 bits: three.
    if digits.len() != LENGTH || digits.first().is_none_or(|first| *first > b'7') {
        return Err(NoId);
    }
    digits.iter().try_fold(0_u128, |value, letter| {
        Ok((value << 5) | u128::from(digit(*letter).ok_or(NoId)?))
    })
}

/// The place of a letter in [`ALPHABET`]. Every row begins with ids, so it is not searched for.
const fn digit(letter: u8) -> Option<u8> {
    match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'h' => Some(letter - b'a' + 10),
        b'j'..=b'k' => Some(letter - b'j' + 18),
        b'm'..=b'n' => Some(letter - b'm' + 20),
        b'p'..=b't' => Some(letter - b'p' + 22),
        b'v'..=b'z' => Some(letter - b'v' + 27),
        _ => None,
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// Bits by which what belongs to this id is spread evenly.
            pub const fn spread(self) -> u64 {
                self.0 as u64
            }

            /// A new id; two made from different chances are different.
            pub fn new(now: Time, chance: Chance) -> Self {
                Self(chance.id(now))
            }

            /// Reads the text form.
            ///
            /// # Errors
            /// When the text is not exactly what this type prints.
            pub fn parse(text: &str) -> Result<Self, NoId> {
                read_base32(text.strip_prefix($prefix).ok_or(NoId)?).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($prefix)?;
                write_base32(self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}

ids! {
    /// A team, the tenant that owns everything else.
    TeamId = "team_";
    /// A person with an account here.
    UserId = "user_";
    /// An app registered here.
    ClientId = "client_";
    /// One consent, one family of tokens.
    GrantId = "grant_";
    /// A personal access token's row.
    PersonalTokenId = "pat_";
    /// A signing, refresh-token or data key.
    KeyId = "key_";
    /// A row of the audit journal.
    AuditId = "audit_";
    /// An incident.
    IncidentId = "incident_";
    /// Our registration at a provider.
    IntegrationId = "integration_";
    /// The durable thing that programs name.
    ConnectionId = "connection_";
    /// One try to go from a generation to the next.
    AttemptId = "attempt_";
    /// A process that sends: whoever holds its spool.
    ProcessId = "process_";
    /// A grant that is to be ended at its provider.
    RevocationId = "revocation_";
    /// A text of a failure that nothing matches.
    UnmatchedId = "unmatched_";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_sorts_by_time() {
        let early = GrantId::new(Time::from_millis(1_700_000_000_000), Chance([0xff; 16]));
        let late = GrantId::new(Time::from_millis(1_700_000_000_001), Chance([0; 16]));
        assert!(early < late);
        assert!(early.to_string() < late.to_string());
        assert_eq!(GrantId::parse(&early.to_string()), Ok(early));
    }

    #[test]
    fn every_letter_is_read_as_it_is_written() {
        for (value, letter) in ALPHABET.iter().enumerate() {
            assert_eq!(digit(*letter).map(usize::from), Some(value));
        }
        let others = (0..=u8::MAX).filter(|it| !ALPHABET.contains(it));
        assert!(others.into_iter().all(|it| digit(it).is_none()));
    }

    #[test]
    fn another_kind_or_form_is_refused() {
        let id = GrantId::new(Time::default(), Chance([7; 16])).to_string();
        assert!(ClientId::parse(&id).is_err());
        assert!(GrantId::parse(&id.to_uppercase()).is_err());
        assert!(GrantId::parse(&format!("{id}0")).is_err());
        assert!(GrantId::parse("grant_zzzzzzzzzzzzzzzzzzzzzzzzzz").is_err());
        assert!(GrantId::parse("grant_é").is_err());
    }
}
