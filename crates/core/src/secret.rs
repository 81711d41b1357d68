//! Plain secrets and their digests: two types, so that only the digest can reach the store.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

/// A plain secret. It prints nothing, and its memory is wiped when it goes.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes over a plain text.
    pub fn new(plain: String) -> Self {
        Self(Zeroizing::new(plain))
    }

    /// The plain text, for the one place that must have it: the answer to its owner, or a check.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn digest(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// SHA-256 of a secret with at least 128 bits of chance in it: safe to keep, useless to a thief.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let mut out = [0; 32];
        out.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
        Self(out)
    }

    /// Base64url without padding: the form of RFC 7636's `S256`.
    pub fn base64url(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(..)")
    }
}

/// The kinds of secret text that we hand out, each with a prefix that scanners can look for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SecretKind {
    /// An authorization code.
    Code,
    /// A confidential client's secret.
    ClientSecret,
    /// The `state` of a consent at somebody else's server, and the link that leads there.
    Consent,
    /// A link that lets the first person set up an empty store.
    SetupLink,
    /// The cookie of a signed-in person.
    Session,
    /// A link that signs one browser in, once.
    SignInLink,
    /// A personal access token.
    PersonalToken,
    /// A code verifier (RFC 7636).
    Verifier,
}

const KINDS: [SecretKind; 8] = [
    SecretKind::Code,
    SecretKind::ClientSecret,
    SecretKind::Consent,
    SecretKind::SetupLink,
    SecretKind::Session,
    SecretKind::SignInLink,
    SecretKind::PersonalToken,
    SecretKind::Verifier,
];
const BODY: usize = 43;
const CHECKSUM: usize = 6;

impl SecretKind {
    /// The text that a secret of this kind begins with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Code => "evg_ac_",
            Self::ClientSecret => "evg_cs_",
            Self::Consent => "evg_co_",
            Self::SetupLink => "evg_su_",
            Self::Session => "evg_se_",
            Self::SignInLink => "evg_si_",
            Self::PersonalToken => "evg_pat_",
            Self::Verifier => "evg_cv_",
        }
    }

    /// Makes the text of a secret: prefix, 256 random bits, and a CRC-32 of both, so that a typing
    /// error or a false find is told from a real token without asking the store.
    pub fn make(self, random: &Zeroizing<[u8; 32]>) -> Secret {
        let mut text = String::with_capacity(self.prefix().len() + BODY + CHECKSUM);
        text.push_str(self.prefix());
        URL_SAFE_NO_PAD.encode_string(**random, &mut text);
        let checksum = checksum(&text);
        text.push_str(&checksum);
        Secret::new(text)
    }

    /// Which kind of secret a text is, if its checksum holds.
    pub fn recognise(text: &str) -> Option<Self> {
        let kind = KINDS
            .into_iter()
            .find(|kind| text.starts_with(kind.prefix()))?;
        if text.len() != kind.prefix().len() + BODY + CHECKSUM || !text.is_ascii() {
            return None;
        }
        let (body, tail) = text.split_at(text.len() - CHECKSUM);
        (checksum(body) == tail).then_some(kind)
    }
}

/// How every JWT begins, which our other tokens are.
const JWT: &str = "eyJ";

/// Others' text as it may be kept and shown: of each secret of ours in it, or of a part of one, its
/// kind is left and nothing else.
pub fn blotted(text: &str) -> String {
    let mut blotted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((place, prefix)) = first_secret(rest) {
        let (before, secret) = rest.split_at(place);
        blotted.push_str(before);
        blotted.push_str(prefix);
        blotted.push_str("***");
        rest = secret.trim_start_matches(is_of_token);
    }
    blotted.push_str(rest);
    blotted
}

fn is_of_token(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.')
}

/// Where the first secret begins, and with what.
fn first_secret(text: &str) -> Option<(usize, &'static str)> {
    let places = |prefix| text.match_indices(prefix).map(|(place, _)| place);
    let begins_word = |place: &usize| {
        let before = text.get(..*place).and_then(|it| it.chars().next_back());
        !before.is_some_and(|letter| letter.is_ascii_alphanumeric())
    };
    let jwt = places(JWT).find(begins_word).map(|place| (place, JWT));
    let prefixes = KINDS.map(SecretKind::prefix).into_iter();
    let others = prefixes.filter_map(|prefix| Some((places(prefix).next()?, prefix)));
    others.chain(jwt).min()
}

fn checksum(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(crc32fast::hash(text.as_bytes()).to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_secret_is_recognised_and_a_typing_error_is_not() {
        for kind in KINDS {
            let secret = kind.make(&Zeroizing::new([0x5a; 32]));
            assert_eq!(SecretKind::recognise(secret.expose()), Some(kind));
            for index in 0..secret.expose().len() {
                let mut wrong = secret.expose().to_owned().into_bytes();
                wrong[index] = if wrong[index] == b'x' { b'y' } else { b'x' };
                assert_eq!(
                    SecretKind::recognise(&String::from_utf8(wrong).unwrap()),
                    None
                );
            }
        }
    }

    #[test]
    fn of_secrets_in_foreign_text_only_the_kind_is_left() {
        for (text, kept) in [
            ("curl/8.5.0", "curl/8.5.0"),
            ("evg_pat_abc-D_e", "evg_pat_***"),
            (
                "app (evg_cs_abc) evg_ac_x;b",
                "app (evg_cs_***) evg_ac_***;b",
            ),
            ("token=eyJhbGciOi.eyJzdWI.c2ln, é", "token=eyJ***, é"),
            ("xevg_se_", "xevg_se_***"),
            ("a keyJar and evg_other_x", "a keyJar and evg_other_x"),
            ("", ""),
        ] {
            assert_eq!(blotted(text), kept);
        }
    }

    #[test]
    fn a_secret_prints_nothing() {
        assert_eq!(format!("{:?}", Secret::new("hush".into())), "Secret(..)");
    }
}
