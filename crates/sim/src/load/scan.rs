//! Finding one member of a JSON answer without reading the whole.

use std::borrow::Cow;

use memchr::{memchr2, memmem};
use serde_json::Value;

/// The string value of the first member of that name; `key` is the name in its quotes.
///
/// A value with an escape in it is left to the real reader, which tokens never need.
pub(super) fn string<'a>(body: &'a [u8], key: &str) -> Option<Cow<'a, [u8]>> {
    let value = value_after(body, key)?.strip_prefix(b"\"")?;
    let end = memchr2(b'"', b'\\', value)?;
    match value.split_at_checked(end) {
        Some((plain, rest)) if rest.starts_with(b"\"") => Some(Cow::Borrowed(plain)),
        _ => {
            let json: Value = serde_json::from_slice(body).ok()?;
            let text = json.get(key.trim_matches('"'))?.as_str()?;
            Some(Cow::Owned(text.as_bytes().to_vec()))
        }
    }
}

/// Whether the first member of that name is `true`.
pub(super) fn is_true(body: &[u8], key: &str) -> bool {
    value_after(body, key).is_some_and(|value| value.starts_with(b"true"))
}

fn value_after<'a>(body: &'a [u8], key: &str) -> Option<&'a [u8]> {
    let mut rest = body;
    loop {
        let at = memmem::find(rest, key.as_bytes())?;
        rest = rest.get(at + key.len()..)?.trim_ascii_start();
        // The same word may stand as a value before it stands as a name.
        if let Some(value) = rest.strip_prefix(b":") {
            return Some(value.trim_ascii_start());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{is_true, string};

    #[test]
    fn a_member_is_found_by_its_whole_name() {
        let body = br#"{"used":"token","token_x":"no","n":1, "token" : "a.b-c","token":"later"}"#;
        assert_eq!(
            string(body, "\"token\"").as_deref(),
            Some(b"a.b-c".as_slice())
        );
        assert_eq!(string(body, "\"n\""), None);
        assert_eq!(string(body, "\"absent\""), None);
        assert_eq!(string(br#"{"token":"cut"#, "\"token\""), None);
    }

    #[test]
    fn an_escaped_value_is_read_in_full() {
        let body = br#"{"token":"a\/\"b"}"#;
        assert_eq!(
            string(body, "\"token\"").as_deref(),
            Some(br#"a/"b"#.as_slice())
        );
    }

    #[test]
    fn only_true_is_true() {
        assert!(is_true(br#"{"active": true}"#, "\"active\""));
        assert!(!is_true(br#"{"active":false,"x":true}"#, "\"active\""));
        assert!(!is_true(b"{}", "\"active\""));
    }
}
