//! Our own secrets in what a provider answers: known exactly, so hidden exactly, whatever they
//! look like.

use std::borrow::Cow;

use url::form_urlencoded;

use crate::Secret;

const MASK: &str = "***";
/// What is shorter is no secret, and may be a part of any word.
const SHORTEST: usize = 4;
/// So much of one at the very end of a text that was cut is hidden too.
const REST: usize = 6;

/// A text without these secrets, plain or as a form or a URL has them.
pub(super) fn hidden(text: &str, secrets: &[Secret]) -> String {
    let plain = secrets.iter().map(|it| Cow::Borrowed(it.expose()));
    let encoded = secrets.iter().map(|it| encoded(it.expose()));
    let mut forms: Vec<_> = plain
        .chain(encoded)
        .filter(|it| it.len() >= SHORTEST)
        .collect();
    // A secret that is a part of another one must not leave the rest of it.
    forms.sort_by_key(|it| std::cmp::Reverse(it.len()));
    let mut text = text.to_owned();
    for form in &forms {
        if text.contains(&**form) {
            text = text.replace(&**form, MASK);
        }
        if let Some(kept) = before_rest(&text, form) {
            text.truncate(kept);
            text.push_str(MASK);
        }
    }
    text
}

fn encoded(secret: &str) -> Cow<'static, str> {
    let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    Cow::Owned(encoded)
}

/// How much of a text stays that ends in the middle of a secret.
fn before_rest(text: &str, secret: &str) -> Option<usize> {
    let longest = text.len().min(secret.len());
    (REST..=longest).rev().find_map(|length| {
        let begin = secret.get(..length)?;
        text.ends_with(begin).then(|| text.len() - length)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_sent_is_hidden_whatever_it_looks_like() {
        let secrets = ["refresh-token-of-ours", "p a/ss=1", "abc"].map(|it| Secret::new(it.into()));
        for (text, shown) in [
            ("refresh-token-of-ours is over", "*** is over"),
            ("in f('p a/ss=1')", "in f('***')"),
            ("sent p+a%2Fss%3D1, again", "sent ***, again"),
            ("cut: refresh-token-o", "cut: ***"),
            ("fresh token, abc", "fresh token, abc"),
        ] {
            assert_eq!(hidden(text, &secrets), shown);
        }
    }
}
