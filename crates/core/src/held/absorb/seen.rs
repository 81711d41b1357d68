//! What an answer says of an error: everything that may be a code, and everything that is a text.

use serde_json::{Map, Value};

use super::content::{Content, Fields, json_object};
use super::markup;
use crate::held::answer::RawAnswer;

/// A code is no longer than this.
const CODE: usize = 128;
/// Of a text no more than this is looked at, in bytes.
const TEXT: usize = 4 * 1024;
const DEPTH: usize = 6;
const VALUES: usize = 1_000;
const FOUND: usize = 32;

/// Fields that hold a code, the most telling first.
const CODES: [&str; 20] = [
    "error",
    "error_code",
    "errorCode",
    "code",
    "err",
    ".tag",
    "errorType",
    "error_type",
    "status",
    "reason",
    "type",
    "faultcode",
    "exceptionCode",
    "error_subcode",
    "error_subtype",
    "suberror",
    "subcode",
    "error_codes",
    "errors",
    "Fault",
];

/// Fields that hold a message for people, the most telling first.
const TEXTS: [&str; 19] = [
    "error_description",
    "errorDescription",
    "error_message",
    "errorMessage",
    "message",
    "Message",
    "msg",
    "error_msg",
    "faultstring",
    "debug_message",
    "detail",
    "details",
    "description",
    "reason",
    "error",
    "error_summary",
    "errors",
    "title",
    "hint",
];

/// Fields that tell one refusal from another where the code is the same.
const DETAILS: [&str; 3] = ["error_subcode", "error_subtype", "suberror"];

/// Words that stand where a code should, and are none.
const NOISE: [&str; 12] = [
    "", "0", "error", "errors", "fail", "failed", "failure", "false", "none", "null", "ok",
    "success",
];

/// What was seen of an error.
#[derive(Default)]
pub(super) struct Seen {
    /// Error codes, the most telling first; those of fields come before all others.
    pub(super) codes: Vec<String>,
    /// How many of the codes come from JSON or a form.
    pub(super) of_fields: usize,
    /// Messages, the most telling first.
    pub(super) texts: Vec<String>,
    /// What else is worth showing: names and values.
    pub(super) details: Vec<(&'static str, String)>,
    /// What a page says, where there are no fields.
    pub(super) page: Option<Page>,
    values: usize,
}

/// A body without fields.
pub(super) struct Page {
    /// Its visible text.
    pub(super) text: String,
    /// Whether it was made for people.
    pub(super) html: bool,
}

impl Seen {
    pub(super) fn of(answer: &RawAnswer, content: &Content) -> Self {
        let mut seen = Self::default();
        match content {
            Content::Empty => {}
            Content::Fields(fields) => seen.walk(fields.value(), answer.status, 0, true),
            Content::Xml(text) => {
                let (codes, texts) = markup::errors(text);
                codes.iter().for_each(|code| seen.code(code));
                texts.iter().for_each(|text| seen.text(text));
                if seen.codes.is_empty() && seen.texts.is_empty() {
                    seen.page = Some(page(text, true));
                }
            }
            Content::Html(text) => seen.page = Some(page(text, true)),
            Content::Broken(text) | Content::Text(text) => seen.page = Some(page(text, false)),
        }
        seen.of_fields = match content {
            Content::Fields(_) => seen.codes.len(),
            _ => 0,
        };
        let challenges = answer.headers.iter();
        for (_, value) in challenges.filter(|(name, _)| name == "www-authenticate") {
            if let Some(code) = parameter(value, "error") {
                seen.code(code);
            }
            if let Some(text) = parameter(value, "error_description") {
                seen.text(text);
            }
        }
        seen
    }

    fn walk(&mut self, value: &Value, status: u16, depth: usize, open_strings: bool) {
        self.values += 1;
        if depth > DEPTH || self.values > VALUES {
            return;
        }
        match value {
            Value::Array(values) => {
                for value in values {
                    self.walk(value, status, depth + 1, open_strings);
                }
            }
            Value::Object(fields) => {
                self.of_object(fields, status);
                let inner = |name: &&str| fields.get(*name);
                let first = CODES.iter().filter_map(inner);
                let known = |name: &String| CODES.contains(&name.as_str());
                let others = fields.iter().filter(|(name, _)| !known(name));
                for value in first.chain(others.map(|(_, value)| value)) {
                    if let Value::String(text) = value {
                        if let Some(inner) = json_object(text).filter(|_| open_strings) {
                            let inner = Fields::new(inner);
                            self.walk(inner.value(), status, depth + 1, false);
                        }
                    } else {
                        self.walk(value, status, depth + 1, open_strings);
                    }
                }
            }
            Value::String(text) if depth == 0 => self.text(text),
            _ => {}
        }
    }

    /// What the fields of one object say, without those of objects in it.
    fn of_object(&mut self, fields: &Map<String, Value>, status: u16) {
        for name in CODES {
            match fields.get(name) {
                Some(Value::String(code)) => {
                    let is_sentence = code.contains(char::is_whitespace);
                    let may_be = matches!(name, "error" | "error_code" | "errorCode" | "code");
                    if may_be || !is_sentence {
                        self.code(code);
                    }
                }
                // What repeats the HTTP status says nothing.
                Some(Value::Number(code))
                    if name != "status" && code.as_u64() != Some(u64::from(status)) =>
                {
                    self.code(&code.to_string());
                }
                Some(Value::Array(codes)) if name == "error_codes" => {
                    for code in codes.iter().filter(|it| it.is_number()).take(FOUND) {
                        self.code(&code.to_string());
                    }
                }
                _ => {}
            }
        }
        for name in TEXTS {
            match fields.get(name) {
                Some(Value::String(text)) if is_text(name, text) => self.text(text),
                Some(Value::Array(texts)) => {
                    let texts = texts.iter().filter_map(Value::as_str);
                    texts.take(FOUND).for_each(|text| self.text(text));
                }
                _ => {}
            }
        }
        // Which parameter is wrong, and how: some say no more.
        let of = |name: &str| fields.get(name).and_then(Value::as_str);
        if let (Some(field), Some(code)) = (of("field"), of("code")) {
            self.text(&format!("{field} {code}"));
        }
        for name in DETAILS {
            if let Some(detail) = fields.get(name).and_then(super::tokens::identifier)
                && self.details.len() < FOUND
            {
                self.details.push((name, detail));
            }
        }
    }

    fn code(&mut self, code: &str) {
        let code = code.trim();
        let noise = NOISE.iter().any(|it| code.eq_ignore_ascii_case(it));
        if code.len() <= CODE && !noise && self.codes.len() < FOUND {
            self.codes.push(code.to_owned());
        }
    }

    fn text(&mut self, text: &str) {
        let text = text.trim();
        if !text.is_empty() && json_object(text).is_none() && self.texts.len() < FOUND {
            let end = (0..=TEXT.min(text.len())).rev();
            let end = end.into_iter().find(|it| text.is_char_boundary(*it));
            let text = text.get(..end.unwrap_or(0)).unwrap_or_default();
            self.texts.push(text.to_owned());
        }
    }
}

/// A code is no text, and says nothing as one.
fn is_text(name: &str, text: &str) -> bool {
    let may_be_code = matches!(name, "error" | "reason" | "errors");
    !may_be_code || text.contains(char::is_whitespace)
}

fn page(text: &str, html: bool) -> Page {
    let text = if html {
        markup::visible(text)
    } else {
        let end = (0..=TEXT.min(text.len())).rev();
        let end = end.into_iter().find(|it| text.is_char_boundary(*it));
        text.get(..end.unwrap_or(0)).unwrap_or_default().to_owned()
    };
    Page { text, html }
}

/// A parameter of a challenge (RFC 6750 section 3), with or without quotes.
fn parameter<'a>(challenge: &'a str, name: &str) -> Option<&'a str> {
    let lower = challenge.to_ascii_lowercase();
    let mut places = lower.match_indices(name).map(|(place, _)| place);
    places.find_map(|place| {
        let before = challenge.get(..place)?;
        if !before.ends_with([' ', ',', '\t']) {
            return None;
        }
        let after = challenge.get(place + name.len()..)?.trim_start();
        let value = after.strip_prefix('=')?.trim_start();
        match value.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next(),
            None => value.split([',', ' ']).next(),
        }
    })
}
