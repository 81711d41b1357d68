//! XML and HTML, read as far as an error message needs it.

use crate::held::reference::character;

/// Only the beginning of a page is looked at.
const LONGEST: usize = 64 * 1024;

/// What XML says of an error: codes and texts, by the names of elements without their prefixes.
pub(super) fn errors(text: &str) -> (Vec<String>, Vec<String>) {
    let (mut codes, mut texts) = (Vec::new(), Vec::new());
    let mut rest = beginning(text);
    while let Some((_, from_name)) = rest.split_once('<') {
        let Some((tag, after)) = from_name.split_once('>') else {
            break;
        };
        rest = after;
        let name = tag.split(|it: char| it.is_whitespace() || it == '/').next();
        let name = name.unwrap_or_default();
        let name = name.rsplit(':').next().unwrap_or_default();
        let name = name.to_ascii_lowercase().replace(['_', '-'], "");
        let inner = after.split('<').next().unwrap_or_default();
        let inner = decoded(inner.trim());
        if inner.is_empty() {
            continue;
        }
        match name.as_str() {
            "error" | "code" | "errorcode" | "faultcode" | "exceptioncode" => codes.push(inner),
            "errordescription" | "message" | "errormessage" | "faultstring"
            | "exceptionmessage" | "description" | "reason" | "text" => texts.push(inner),
            _ => {}
        }
    }
    (codes, texts)
}

/// The text of a page that people would see: its title and body, without scripts and styles.
pub(super) fn visible(page: &str) -> String {
    let mut visible = String::new();
    let mut rest = beginning(page);
    while let Some((before, from_name)) = rest.split_once('<') {
        visible.push_str(before);
        visible.push(' ');
        let name_is = |name: &str| {
            let start = from_name.as_bytes().get(..name.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
        };
        let after = if name_is("script") {
            after(from_name, "</script")
        } else if name_is("style") {
            after(from_name, "</style")
        } else if name_is("!--") {
            from_name.get(3..).and_then(|it| after(it, "--"))
        } else {
            Some(from_name)
        };
        let end = after.and_then(|it| it.split_once('>'));
        rest = end.map_or("", |(_, after)| after);
    }
    visible.push_str(rest);
    decoded(&visible)
}

/// What comes behind the first such text, without regard to case.
fn after<'a>(text: &'a str, end: &str) -> Option<&'a str> {
    let bytes = text.as_bytes().windows(end.len());
    let mut places = bytes.enumerate();
    let (place, _) = places.find(|(_, it)| it.eq_ignore_ascii_case(end.as_bytes()))?;
    text.get(place + end.len()..)
}

fn beginning(text: &str) -> &str {
    let boundary = (0..=LONGEST.min(text.len())).rev();
    let end = boundary
        .into_iter()
        .find(|place| text.is_char_boundary(*place));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}

/// Character references become characters.
fn decoded(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from_name)) = rest.split_once('&') {
        decoded.push_str(before);
        let near = from_name.bytes().take(10).position(|byte| byte == b';');
        let reference = near.and_then(|end| from_name.split_at_checked(end));
        match reference.and_then(|(name, after)| Some((character(name)?, after))) {
            Some((letter, after)) => {
                decoded.push(letter);
                rest = after.strip_prefix(';').unwrap_or(after);
            }
            None => {
                decoded.push('&');
                rest = from_name;
            }
        }
    }
    decoded.push_str(rest);
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_left_with_what_people_see() {
        for (page, seen) in [
            ("<html><title>502 Bad Gateway</title>", "502 Bad Gateway"),
            ("a<script>if (x<y) {}</script>b<STYLE>p{}</Style>c", "a b c"),
            ("a<!-- <b> -->d", "a d"),
            (
                "it&#39;s &lt;b&gt; &amp;amp; &#x41;&nope;&",
                "it's <b> &amp; A&nope;&",
            ),
            ("a<script>never closed", "a"),
            ("a<b", "a"),
            ("&#55296;&#x110000;", "&#55296;&#x110000;"),
        ] {
            let words: Vec<String> = visible(page)
                .split_whitespace()
                .map(str::to_owned)
                .collect();
            assert_eq!(words.join(" "), seen);
        }
    }

    #[test]
    fn error_elements_are_found_whatever_their_prefix() {
        let soap = "<s:Envelope xmlns:s='x'><s:Fault><faultcode>sf:INVALID</faultcode>\
                    <faultstring>it&apos;s over</faultstring></s:Fault></s:Envelope>";
        let found = errors(soap);
        assert_eq!(found, (vec!["sf:INVALID".into()], vec!["it's over".into()]));
        let plain = "<OAuth><error>invalid_grant</error><error_description>x</error_description>";
        assert_eq!(
            errors(plain),
            (vec!["invalid_grant".into()], vec!["x".into()])
        );
    }
}
