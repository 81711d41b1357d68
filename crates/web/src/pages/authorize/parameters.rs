//! The parameters of an authorization request (RFC 6749 section 4.1.1, RFC 7636, RFC 8707).

use evergrant_service::core::Refusal;
use evergrant_service::core::issued::authorize::Request;

use crate::pages::fields::Fields;

/// Those that may stand in a request once.
pub(super) const ONCE: [&str; 7] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
];
/// The one that may be repeated.
pub(super) const RESOURCE: &str = "resource";

/// A request as it came.
pub(super) struct Parameters {
    /// `client_id`
    pub(super) client_id: String,
    /// The others.
    pub(super) request: Request,
    /// A parameter that stands twice: told to the client, for it is known where to.
    pub(super) fault: Option<Refusal>,
}

impl Parameters {
    /// Reads a request. What is unknown is ignored.
    ///
    /// # Errors
    /// It does not say by itself who asks, or where the answer goes.
    pub(super) fn read(fields: &Fields) -> Result<Self, Refusal> {
        for (name, twice) in [
            ("client_id", "client_id stands twice in the request"),
            ("redirect_uri", "redirect_uri stands twice in the request"),
        ] {
            if fields.is_repeated(name) {
                return Err(Refusal::Invalid(twice));
            }
        }
        let client_id = fields
            .get("client_id")
            .ok_or(Refusal::Invalid("client_id is missing"))?;
        // Which of two states is meant can't be known: neither is sent back.
        let once = |name| {
            fields
                .get(name)
                .filter(|_| !fields.is_repeated(name))
                .map(str::to_owned)
        };
        let request = Request {
            redirect_uri: once("redirect_uri"),
            response_type: once("response_type"),
            scope: once("scope"),
            state: once("state"),
            code_challenge: once("code_challenge"),
            code_challenge_method: once("code_challenge_method"),
            resources: fields.all(RESOURCE).map(str::to_owned).collect(),
        };
        let repeated = ONCE.iter().any(|name| fields.is_repeated(name));
        let fault =
            repeated.then_some(Refusal::Invalid("A parameter stands twice in the request."));
        Ok(Self {
            client_id: client_id.to_owned(),
            request,
            fault,
        })
    }
}
