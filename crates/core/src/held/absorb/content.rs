//! A body as fields or as text, whatever its content type says.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;
use url::form_urlencoded;
use zeroize::Zeroize;

use crate::held::answer::RawAnswer;

/// What a body holds.
pub(in crate::held) enum Content {
    /// Nothing but white space.
    Empty,
    /// Names and values: JSON or a form.
    Fields(Fields),
    /// XML with error elements or the like.
    Xml(String),
    /// A page for people.
    Html(String),
    /// What begins like JSON and is none.
    Broken(String),
    /// Anything else.
    Text(String),
}

/// A JSON value, which may be tokens; wiped when it goes.
pub(in crate::held) struct Fields(Value);

impl Fields {
    pub(super) const fn new(value: Value) -> Self {
        Self(value)
    }

    pub(in crate::held) const fn value(&self) -> &Value {
        &self.0
    }
}

impl Drop for Fields {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(values) => values.iter_mut().for_each(wipe),
        Value::Object(values) => values.values_mut().for_each(wipe),
        _ => {}
    }
}

impl Drop for Content {
    fn drop(&mut self) {
        match self {
            Self::Xml(text) | Self::Html(text) | Self::Broken(text) | Self::Text(text) => {
                text.zeroize();
            }
            Self::Empty | Self::Fields(_) => {}
        }
    }
}

/// Names that a form has one of, if it is an answer of a token endpoint.
const FORM_NAMES: [&str; 4] = ["access_token", "error", "error_code", "error_description"];

impl Content {
    /// Reads a body. Bytes that are no UTF-8 are replaced, so that one of them in a name does not
    /// hide the token beside it; within a token they make it unusable.
    pub(in crate::held) fn of(answer: &RawAnswer) -> Self {
        let lossy = String::from_utf8_lossy(&answer.body);
        let text = lossy.trim_start_matches('\u{feff}').trim();
        let content = Self::read(text, answer.header("content-type").unwrap_or_default());
        if let Cow::Owned(mut text) = lossy {
            text.zeroize();
        }
        content
    }

    /// Reads a body whose transfer came to no good end. A JSON object that closes is all there: no
    /// part of a longer one reads as a whole. Of anything else nobody can tell what is missing.
    pub(super) fn of_cut(answer: &RawAnswer) -> Self {
        match serde_json::from_slice(&answer.body) {
            Ok(value @ Value::Object(_)) => Self::Fields(Fields(value)),
            Ok(value) => {
                drop(Fields(value));
                Self::Empty
            }
            Err(_) => Self::Empty,
        }
    }

    fn read(text: &str, media_type: &str) -> Self {
        let media_type = media_type.to_ascii_lowercase();
        match text.as_bytes().first() {
            None => Self::Empty,
            Some(b'{' | b'[' | b'"') => json(text).map_or_else(
                || Self::Broken(text.to_owned()),
                |value| Self::Fields(Fields(value)),
            ),
            Some(b'<') if is_html(text, &media_type) => Self::Html(text.to_owned()),
            Some(b'<') => Self::Xml(text.to_owned()),
            Some(_) => form(text).map_or_else(|| Self::Text(text.to_owned()), Self::Fields),
        }
    }
}

/// The first JSON value; what stands behind it is not looked at. A string that is JSON itself is
/// opened, once.
fn json(text: &str) -> Option<Value> {
    let value = first_value(text)?;
    let Value::String(mut inner) = value else {
        return Some(value);
    };
    let opened = first_value(inner.trim()).filter(Value::is_object);
    if opened.is_some() {
        inner.zeroize();
    }
    Some(opened.unwrap_or(Value::String(inner)))
}

fn first_value(text: &str) -> Option<Value> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter();
    match values.next()? {
        Ok(value) => Some(value),
        Err(_) => rescued(text, DEEPEST),
    }
}

/// How deep tokens are looked for in a document that can't be read as a whole.
const DEEPEST: usize = 3;

/// The fields of an object that can be read, where one beside them can't: a number beyond all
/// numbers, or more brackets than anybody opens. What stands beside it may be the only token.
fn rescued(text: &str, depth: usize) -> Option<Value> {
    let mut objects = serde_json::Deserializer::from_str(text).into_iter();
    let fields: BTreeMap<String, &RawValue> = objects.next()?.ok()?;
    let read = |raw: &str| {
        let value = serde_json::from_str(raw).ok();
        value.or_else(|| rescued(raw, depth.checked_sub(1)?))
    };
    let fields = fields
        .into_iter()
        .filter_map(|(name, raw)| Some((name, read(raw.get())?)));
    Some(Value::Object(fields.collect()))
}

/// JSON in a string, as some pass on what they were told.
pub(super) fn json_object(text: &str) -> Option<Value> {
    let text = text.trim();
    let begins = text.starts_with('{');
    begins
        .then(|| first_value(text).filter(Value::is_object))
        .flatten()
}

fn form(text: &str) -> Option<Fields> {
    let begins = text.split_once('=').is_some_and(|(name, _)| {
        let of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
        name.bytes().all(of_name)
    });
    if !begins {
        return None;
    }
    let pairs = form_urlencoded::parse(text.as_bytes());
    let fields: serde_json::Map<_, _> = pairs
        .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
        .collect();
    let known = FORM_NAMES.iter().any(|name| fields.contains_key(*name));
    let fields = Fields(Value::Object(fields));
    known.then_some(fields)
}

fn is_html(text: &str, media_type: &str) -> bool {
    let begins = |with: &str| {
        let start = text.as_bytes().get(..with.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(with.as_bytes()))
    };
    begins("<!doctype html") || begins("<html") || media_type.starts_with("text/html")
}
