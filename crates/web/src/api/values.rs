//! The values in requests and answers: how times, durations, words and secrets are written.

use std::borrow::Cow;
use std::fmt;

use evergrant_service::core::change::KeyKind;
use evergrant_service::core::held::ReplayPolicy;
use evergrant_service::core::held::provider::ClientAuth;
use evergrant_service::core::issued::client::{Algorithm, OnTwoHolders, Reach, Replay};
use evergrant_service::core::people::Role;
use evergrant_service::core::{Secret, Span, Time};
use evergrant_service::held::catalogue::words::client_auth;
use evergrant_service::{Failure, Page, PageRequest, Wrong};
use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{
    ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

pub use super::seconds::Seconds;

/// A part of a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Listing<T> {
    /// The rows.
    pub items: Vec<T>,
    /// What to give as `after` for the next part; null at the end.
    pub next: Option<String>,
}

impl<T: ToSchema> PartialSchema for Listing<T> {
    fn schema() -> RefOr<Schema> {
        let next = ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
            .description(Some(
                "What to give as `after` for the next part; null at the end.",
            ));
        let items = ArrayBuilder::new().items(Ref::from_schema_name(T::name()));
        ObjectBuilder::new()
            .description(Some("A part of a list."))
            .property("items", items)
            .required("items")
            .property("next", next)
            .required("next")
            .into()
    }
}

impl<T: ToSchema> ToSchema for Listing<T> {
    fn name() -> Cow<'static, str> {
        format!("{}List", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into(), T::schema()));
        T::schemas(schemas);
    }
}

impl<T> From<Page<T>> for Listing<T> {
    fn from(page: Page<T>) -> Self {
        Self {
            items: page.items,
            next: page.next,
        }
    }
}

/// The part of a list that is asked for.
pub(super) fn page(after: Option<String>, limit: Option<u32>) -> Result<PageRequest, Failure> {
    let limit = limit.unwrap_or(PageRequest::MAX);
    if !(1..=PageRequest::MAX).contains(&limit) {
        let text = format!("`limit` is 1 to {}", PageRequest::MAX);
        return Err(Wrong::Value(text).into());
    }
    Ok(PageRequest { after, limit })
}

/// Reads a number that came in a query, and so as text.
pub(super) fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u32),
        Text(String),
    }
    match Option::<Either>::deserialize(from)? {
        None => Ok(None),
        Some(Either::Number(number)) => Ok(Some(number)),
        Some(Either::Text(text)) => text
            .parse()
            .map(Some)
            .map_err(|_| D::Error::custom(format!("{text:?} is no number"))),
    }
}

/// A point in time: RFC 3339 in UTC, to the millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub Time);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_millisecond(self.0.millis()) {
            Ok(timestamp) => write!(f, "{timestamp:.3}"),
            Err(_) => f.write_str("9999-12-30T22:00:00.000Z"),
        }
    }
}

impl Moment {
    fn parse(text: &str) -> Result<Self, String> {
        let timestamp: Timestamp = text
            .parse()
            .map_err(|_| format!("{text:?} is no time (RFC 3339)"))?;
        Ok(Self(Time::from_millis(timestamp.as_millisecond())))
    }
}

/// A length of time: `90s`, `10m`, `1h`, `30d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length(pub Span);

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Length {
    /// Reads it.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        Span::parse(text)
            .map(Self)
            .map_err(|error| error.to_string())
    }
}

/// What a provider does with a refresh token that it sees a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayPolicyWord(pub ReplayPolicy);

impl fmt::Display for ReplayPolicyWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ReplayPolicyWord {
    /// Reads it.
    ///
    /// # Errors
    /// Names the words that there are.
    pub fn parse(text: &str) -> Result<Self, String> {
        let read = ReplayPolicy::parse(text).map(Self);
        read.map_err(|error| error.to_string())
    }
}

/// How a client says who it is at the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAuthWord(pub ClientAuth);

impl fmt::Display for ClientAuthWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(client_auth(self.0))
    }
}

impl ClientAuthWord {
    /// Reads it.
    ///
    /// # Errors
    /// Names the words that there are.
    pub fn parse(text: &str) -> Result<Self, String> {
        let all = [ClientAuth::Basic, ClientAuth::Post, ClientAuth::None];
        let meant = all.into_iter().find(|it| client_auth(*it) == text);
        meant
            .map(Self)
            .ok_or_else(|| format!("{text:?} is none of basic, post, none"))
    }
}

/// How long a personal access token lives: a length of time, or `never` ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expires {
    /// After so long.
    In(Span),
    /// At its deletion.
    Never,
}

impl fmt::Display for Expires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::In(span) => span.fmt(f),
            Self::Never => f.write_str("never"),
        }
    }
}

impl Expires {
    /// Reads it.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "never" {
            return Ok(Self::Never);
        }
        Span::parse(text)
            .map(Self::In)
            .map_err(|error| format!("{error}; or `never`"))
    }
}

/// The replay window of a client: `strict`, or how long it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayWindow(pub Replay);

impl fmt::Display for ReplayWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Replay::Strict => f.write_str("strict"),
            Replay::Window(span) => span.fmt(f),
        }
    }
}

impl ReplayWindow {
    /// Reads `strict`, a number of seconds, or a length of time.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let span = || {
            Span::parse(text)
                .ok()
                .filter(|it| (1..=3600).contains(&it.seconds()))
        };
        let read = Replay::parse(text).or_else(|| span().map(Replay::Window));
        read.map(Self)
            .ok_or_else(|| format!("{text:?} is no replay window: `strict`, or 1 to 3600 seconds"))
    }
}

/// A secret on its way to its owner, or from them. It prints nothing.
#[derive(Clone, Debug)]
pub struct PlainSecret(pub Secret);

impl Serialize for PlainSecret {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.0.expose())
    }
}

impl<'de> Deserialize<'de> for PlainSecret {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // The type error of serde would repeat what was given.
        let text = String::deserialize(from).map_err(|_| D::Error::custom("a secret is a text"))?;
        Ok(Self(Secret::new(text)))
    }
}

impl PartialSchema for PlainSecret {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::Password);
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(format))
            .into()
    }
}

impl ToSchema for PlainSecret {}

macro_rules! texts {
    ($($name:ident: $description:literal, $example:literal;)*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                Self::parse(&String::deserialize(from)?).map_err(D::Error::custom)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some($description))
                    .examples([$example])
                    .into()
            }
        }

        impl ToSchema for $name {}
    )*};
}

texts! {
    Moment: "A time: RFC 3339 in UTC.", "2026-11-02T09:30:00.000Z";
    Length: "A duration: a whole number and `s`, `m`, `h` or `d`.", "5m";
    Expires: "A duration, or `never`.", "90d";
    ReplayPolicyWord:
        "`reusable`, `until_first_use`, `window:SECONDS`, `strict` or `punitive`.", "window:60";
    ClientAuthWord: "`basic`, `post` or `none`.", "post";
    ReplayWindow: "`strict`, a number of seconds, or a duration of at most `1h`.", "60s";
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident($core:ty) = $($word:literal)|+;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(pub $core);

        impl $name {
            /// The words that there are.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// Reads one of the words.
            ///
            /// # Errors
            /// Names the words that there are.
            pub fn parse(text: &str) -> Result<Self, String> {
                <$core>::parse(text).map(Self).ok_or_else(|| {
                    format!("{text:?} is none of {}", Self::WORDS.join(", "))
                })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.0.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.0.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                Self::parse(&String::deserialize(from)?).map_err(D::Error::custom)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let words = Some(Self::WORDS.iter().copied());
                ObjectBuilder::new().schema_type(Type::String).enum_values(words).into()
            }
        }

        impl ToSchema for $name {}
    )*};
}

words! {
    /// A role in a team.
    RoleWord(Role) = "member" | "admin" | "owner";
    /// Whose tokens a client may introspect.
    ReachWord(Reach) = "own" | "team";
    /// What follows when two holders are seen.
    OnTwoHoldersWord(OnTwoHolders) = "report" | "revoke";
    /// How access tokens are signed.
    AlgorithmWord(Algorithm) = "EdDSA" | "ES256" | "RS256";
    /// What a key is for: `refresh` tokens, or signing with an algorithm.
    KeyKindWord(KeyKind) = "refresh" | "EdDSA" | "ES256" | "RS256";
}
