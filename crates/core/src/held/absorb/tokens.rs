//! Tokens in an answer, and what came with them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::content::Fields;
use super::lifetime;
use crate::held::answer::TokenResponse;
use crate::{ScopeSet, Secret, Span, Time};

type Object = Map<String, Value>;

/// Longest token that is taken.
const LONGEST: usize = 16 * 1024;
/// Longest name of an account (OpenID Connect Core section 2: at most 255 characters).
const SUBJECT: usize = 255;
/// More words than this are no scope.
const SCOPES: usize = 1_000;

/// Fields that the answer itself is put into by some.
pub(super) const WRAPPERS: [&str; 9] = [
    "data",
    "authed_user",
    "result",
    "response",
    "token",
    "tokens",
    "payload",
    "body",
    "oauth",
];

/// The tokens of an answer, if it holds a usable access token. A refresh token that is there and
/// can't be used makes the whole unusable: to go on with the old one would spend it twice.
pub(super) fn read(fields: &Fields, now: Time) -> Option<TokenResponse> {
    let top = fields.value().as_object()?;
    let place = objects(top).find(|it| token(it, &ACCESS).is_some())?;
    let access_token = token(place, &ACCESS)?.ok()?;
    let refresh_token = token(place, &REFRESH)
        .or_else(|| token(top, &REFRESH))
        .transpose()
        .ok()?;
    let all = Places { place, top };
    let expires_in = all
        .first(&["expires_in_sec", "expires_in", "expiresIn"], |it| {
            lifetime::span(it)
        })
        .or_else(|| all.first(&["expires_at", "expiresAt"], |it| lifetime::until(it, now)))
        .or_else(|| {
            all.first(&["expires_on", "expires", ".expires"], |it| {
                lifetime::span_or_until(it, now)
            })
        })
        .or_else(|| end_of_jwt(access_token.expose(), now));
    let refresh_expires_in = all
        .first(&REFRESH_SPANS, lifetime::span)
        .or_else(|| all.first(&REFRESH_ENDS, |it| lifetime::until(it, now)))
        .or_else(|| end_of_jwt(refresh_token.as_ref()?.expose(), now));
    Some(TokenResponse {
        expires_in,
        refresh_expires_in,
        scope: all.first(&["scope", "scopes"], scope),
        subject: all.first(&["id_token", "idToken"], subject),
        access_token,
        refresh_token,
    })
}

const ACCESS: [&str; 2] = ["access_token", "accessToken"];
const REFRESH: [&str; 2] = ["refresh_token", "refreshToken"];
const REFRESH_SPANS: [&str; 5] = [
    "refresh_token_expires_in",
    "refresh_expires_in",
    "x_refresh_token_expires_in",
    "refreshTokenExpiresIn",
    "refreshExpiresIn",
];
const REFRESH_ENDS: [&str; 4] = [
    "refresh_token_expires_at",
    "refresh_expires_at",
    "refreshTokenExpiresAt",
    "refresh_token_expires_on",
];

/// An object, and those that it wraps: as fields or as the first of a list.
fn objects(top: &Object) -> impl Iterator<Item = &Object> {
    let wrapped = WRAPPERS.iter().filter_map(|name| match top.get(*name)? {
        Value::Object(inner) => Some(inner),
        Value::Array(inner) => inner.first()?.as_object(),
        _ => None,
    });
    std::iter::once(top).chain(wrapped)
}

/// There is something that is no token.
struct Unusable;

/// A token under one of these names. What is empty or null is as good as absent.
fn token(fields: &Object, names: &[&str]) -> Option<Result<Secret, Unusable>> {
    let said = names.iter().find_map(|name| match fields.get(*name)? {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        value => Some(value),
    })?;
    let printable = |text: &str| text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let usable = |text: &&str| text.len() <= LONGEST && !text.trim().is_empty() && printable(text);
    let token = said.as_str().filter(usable).ok_or(Unusable);
    Some(token.map(|text| Secret::new(text.to_owned())))
}

/// Where the tokens were found, and the answer around them.
struct Places<'a> {
    place: &'a Object,
    top: &'a Object,
}

impl<'a> Places<'a> {
    fn first<T>(&self, names: &[&str], read: impl Fn(&'a Value) -> Option<T>) -> Option<T> {
        let places = [self.place, self.top].into_iter();
        let mut values = places.flat_map(|it| names.iter().filter_map(|name| it.get(*name)));
        values.find_map(read)
    }
}

/// Words between spaces, commas or bars, or in a list. Words that no scope can be are dropped.
fn scope(value: &Value) -> Option<ScopeSet> {
    let texts: Vec<&str> = match value {
        Value::String(text) => vec![text],
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    let words = texts
        .into_iter()
        .flat_map(|text| text.split([' ', ',', '|']))
        .take(SCOPES)
        .filter(|word| word.len() <= ScopeSet::MAX_LENGTH && ScopeSet::of([*word]).is_ok());
    ScopeSet::of(words).ok().filter(|set| !set.is_empty())
}

/// The claims of a JWT. Nobody checks its signature here: it came from the token endpoint itself.
fn claims(token: &str) -> Option<Fields> {
    let mut parts = token.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let payload = Zeroizing::new(payload);
    let claims = serde_json::from_slice(&payload).ok()?;
    Some(Fields::new(claims))
}

fn end_of_jwt(token: &str, now: Time) -> Option<Span> {
    let claims = claims(token)?;
    lifetime::until(claims.value().get("exp")?, now)
}

fn subject(id_token: &Value) -> Option<String> {
    let claims = claims(id_token.as_str()?)?;
    identifier(claims.value().get("sub")?)
}

/// The name of an account: a short text or a number.
pub(in crate::held) fn identifier(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let usable = !text.trim().is_empty()
        && text.chars().count() <= SUBJECT
        && !text.chars().any(char::is_control);
    usable.then_some(text)
}
