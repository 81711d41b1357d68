//! Every secret that was used, and the forms in which it could be found.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use url::form_urlencoded;

/// Shorter texts are found by chance.
const SHORTEST: usize = 12;
/// A piece of this length from the middle of a token is as good as the token: enough of it to be
/// found nowhere else, and behind what is shown of a personal access token as its hint.
const PIECE: std::ops::Range<usize> = 8..30;

#[derive(Default)]
pub(crate) struct Ledger(BTreeMap<String, String>);

impl Ledger {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Takes a text in every form that it may take on its way.
    pub(crate) fn add(&mut self, what: &str, secret: &str) {
        if secret.len() < SHORTEST {
            return;
        }
        let shown = format!("{what} {:.8}..", secret);
        let mut add = |bytes: Vec<u8>, form: &str| {
            self.0
                .entry(letters(&bytes))
                .or_insert_with(|| format!("{shown}{form}"));
        };
        add(secret.into(), "");
        let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        add(encoded.replace('+', "%20").into(), " percent-encoded");
        add(encoded.into(), " form-encoded");
        add(STANDARD.encode(secret).into(), " in base64");
        add(hexadecimal(secret.as_bytes()).into(), " in hexadecimal");
        // Of a JWT the signature is what makes it one; of our other secrets, what follows the kind.
        let random = match (secret.rsplit_once('.'), secret.strip_prefix("evg_")) {
            (Some((_, signature)), _) if secret.starts_with("eyJ") => Some(signature),
            (_, Some(rest)) => rest.split_once('_').map(|(_, random)| random),
            _ => None,
        };
        if let Some(random) = random {
            add(random[PIECE].into(), " in part");
            let whole = random
                .get(..43)
                .filter(|_| random.len() == 49)
                .unwrap_or(random);
            if let Ok(raw) = URL_SAFE_NO_PAD.decode(whole) {
                add(hexadecimal(&raw).into(), " as bytes in hexadecimal");
                add(raw, " as bytes");
            }
        }
    }

    /// Takes a key, of which the bytes are the secret.
    pub(super) fn add_key(&mut self, what: &str, base64: &str) {
        let raw = STANDARD.decode(base64).unwrap();
        self.add(what, base64);
        for bytes in [
            hexadecimal(&raw).into(),
            URL_SAFE_NO_PAD.encode(&raw).into(),
            raw,
        ] {
            self.0.insert(letters(&bytes), what.to_owned());
        }
    }

    /// Which of them stand there.
    pub(crate) fn found_in(&self, bytes: &[u8]) -> Vec<&str> {
        let text = letters(bytes);
        let there = self
            .0
            .iter()
            .filter(|(secret, _)| text.contains(secret.as_str()));
        there.map(|(_, name)| name.as_str()).collect()
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A letter for each byte, so that the search for texts, which is fast, finds bytes too.
fn letters(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}
