//! Seconds: how OAuth counts.

use evergrant_service::core::Span;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

/// A length of time that may also be given as a number of seconds, as OAuth's `expires_in` is. It
/// is written as that number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seconds(pub Span);

impl Seconds {
    /// Reads a whole number of seconds, or a length of time.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bare = text.ends_with(|letter: char| letter.is_ascii_digit());
        let read = if bare {
            Span::parse(&format!("{text}s"))
        } else {
            Span::parse(text)
        };
        read.map(Self)
            .map_err(|error| format!("{error}; or a number of seconds"))
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(self.0.seconds())
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(u64),
            Text(String),
        }
        let text = match Either::deserialize(from) {
            Ok(Either::Number(number)) => number.to_string(),
            Ok(Either::Text(text)) => text,
            Err(_) => {
                return Err(D::Error::custom(
                    "a number of seconds is whole and not below 0",
                ));
            }
        };
        Self::parse(&text).map_err(D::Error::custom)
    }
}

impl PartialSchema for Seconds {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::Integer, Type::String]))
            .description(Some("A whole number of seconds, or a duration."))
            .examples([60])
            .into()
    }
}

impl ToSchema for Seconds {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<i64> {
        let read: Result<Seconds, _> = serde_json::from_str(text);
        read.ok().map(|it| it.0.seconds())
    }

    #[test]
    fn seconds_are_numbers_texts_or_durations() {
        for (text, seconds) in [
            ("60", 60),
            ("0", 0),
            ("\"60\"", 60),
            ("\"0s\"", 0),
            ("\"10m\"", 600),
        ] {
            assert_eq!(read(text), Some(seconds), "{text}");
        }
        for text in [
            "-1",
            "1.5",
            "\"\"",
            "\"-1\"",
            "\"x\"",
            "true",
            "99999999999999999999",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        let written = serde_json::to_string(&Seconds::parse("10m").unwrap()).unwrap();
        assert_eq!(written, "600");
    }
}
