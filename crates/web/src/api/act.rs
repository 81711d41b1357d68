//! An act: what can be asked of the management API, written once.
//!
//! 1. The type is the request: its path, query and body together.
//! 2. [`plan`] takes it apart into an HTTP request; [`gather`] puts it together again.
//! 3. [`Act::perform`] does it, for the HTTP handler and for the command line on the same machine.

use std::future::Future;

use evergrant_service::{Caller, Failure, Service};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use url::Url;
use utoipa::ToSchema;

/// Where the API begins.
pub const ROOT: &str = "/api/v1";

/// How an act is asked for over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Looks.
    Get,
    /// Makes or changes.
    Post,
    /// Ends or removes.
    Delete,
}

impl Method {
    /// The method's name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// Something that can be asked for.
pub trait Act: Serialize + DeserializeOwned + ToSchema + Send + 'static {
    /// What is told when it is done.
    type Answer: Serialize + DeserializeOwned + ToSchema + Send;

    /// Its name in the description of the API.
    const NAME: &'static str;
    /// How it is asked for.
    const METHOD: Method;
    /// Where, below [`ROOT`]; what stands in braces is a field of the request.
    const PATH: &'static str;
    /// What it does, in one sentence.
    const SUMMARY: &'static str;
    /// What a caller must be allowed to do.
    const NEEDS: Needs;
    /// The status of its answer.
    const STATUS: u16 = 200;

    /// Does it.
    fn perform(
        self,
        service: &Service,
        caller: &Caller,
    ) -> impl Future<Output = Result<Self::Answer, Failure>> + Send;
}

/// An act that looks at what was sent and at nothing else. It tells nobody anything of ours, so it
/// is done for whoever may be somebody while no store can say who they are.
pub(super) trait Unattended: Act {
    /// No request is larger, in bytes.
    const MAX_BODY: usize;
    /// What a request looks like, in sentences. What is wrong with one is not repeated: people send
    /// what they have, and there may be secrets in it.
    const SHAPE: &'static str;

    /// Does it.
    ///
    /// # Errors
    /// When a value is not acceptable.
    fn answer(self) -> Result<Self::Answer, Failure>;
}

/// What a caller must be allowed to do: the scope of a token, and for `admin` the role too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// To be somebody.
    Nothing,
    /// To look.
    Read,
    /// To change what is one's own, or to manage the team.
    Write,
    /// To manage the team.
    Admin,
    /// To read tokens, or those of the one connection.
    Tokens,
}

impl Needs {
    /// What is said of it in the description of the API.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Nothing => "Any live token will do.",
            Self::Read => "Needs the scope `read`; who manages the team sees all of it.",
            Self::Write => "Needs the scope `write` for what is one's own, `admin` for the team's.",
            Self::Admin => "Needs the scope `admin` and a role that manages the team.",
            Self::Tokens => "Needs the scope `tokens`, or `tokens:NAME` for this connection.",
        }
    }
}

/// The fields that stand in a path.
pub(super) fn fields_in(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

/// An act as an HTTP request.
#[derive(Debug)]
pub struct Plan {
    /// How.
    pub method: Method,
    /// Where.
    pub url: Url,
    /// The JSON document to send.
    pub body: Option<String>,
}

/// Takes an act apart into the HTTP request that asks a server for it.
///
/// # Errors
/// When the act has no JSON form, or the server's address can't have a path.
pub fn plan<A: Act>(server: &Url, act: &A) -> Result<Plan, String> {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(act) else {
        return Err(format!("{} has no fields", A::NAME));
    };
    let mut url = server.clone();
    {
        let mut segments = url
            .path_segments_mut()
            .map_err(|()| "no server's address".to_owned())?;
        segments.pop_if_empty().extend(ROOT.split('/').skip(1));
        for part in A::PATH.split('/').skip(1) {
            match part.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
                Some(name) => segments.push(&text(fields.remove(name).unwrap_or_default())),
                None => segments.push(part),
            };
        }
    }
    if A::METHOD == Method::Post {
        let body = (!fields.is_empty()).then(|| Value::Object(fields).to_string());
        return Ok(Plan {
            method: A::METHOD,
            url,
            body,
        });
    }
    if !fields.is_empty() {
        let pairs = fields.into_iter().map(|(name, value)| (name, text(value)));
        url.query_pairs_mut().extend_pairs(pairs);
    }
    Ok(Plan {
        method: A::METHOD,
        url,
        body: None,
    })
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// Puts an act together from what stands in the path, the query and the body.
///
/// # Errors
/// Names the field that is unknown, missing, malformed or said twice.
pub(super) fn gather<A: Act>(
    in_path: impl Iterator<Item = (String, String)>,
    query: &str,
    body: &[u8],
) -> Result<A, String> {
    let mut fields = match body {
        [] => Map::new(),
        body => serde_json::from_slice::<Map<String, Value>>(body)
            .map_err(|error| format!("the body is no JSON object: {error}"))?,
    };
    let in_query = url::form_urlencoded::parse(query.as_bytes()).into_owned();
    if A::METHOD != Method::Get && !query.is_empty() {
        return Err("this request takes no query".to_owned());
    }
    for (name, value) in in_query.chain(in_path) {
        if fields.insert(name.clone(), Value::String(value)).is_some() {
            return Err(format!("`{name}` is said twice"));
        }
    }
    A::deserialize(Value::Object(fields)).map_err(|error| error.to_string())
}
