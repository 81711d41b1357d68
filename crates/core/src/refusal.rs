//! What our own rules say no to, named after what happened. The web turns it into the wire's
//! codes in one exhaustive match.

use crate::issued::Reason;

/// A request that our rules refuse.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Refusal {
    /// No such client, no secret, or a wrong one: which of them is not told.
    ClientNotAuthenticated,
    /// The code was issued to another client.
    CodeOfAnotherClient,
    /// The code may not be redeemed any more.
    CodeExpired,
    /// No such code, or forgotten since.
    CodeUnknown,
    /// The grant ended, for this reason.
    Ended(Reason),
    /// The client may not use this grant type.
    GrantTypeNotAllowed,
    /// No such grant type.
    GrantTypeUnknown,
    /// A parameter is missing, repeated or malformed.
    Invalid(&'static str),
    /// While the request was waiting here, others moved the grant on. Nothing ended.
    Overtaken,
    /// The redirect address is not the one of the authorization request.
    RedirectDiffers,
    /// The redirect address is not registered.
    RedirectNotRegistered,
    /// The resource is not within the grant, or is no resource at all.
    ResourceNotGranted,
    /// The response type is not `code`.
    ResponseTypeUnknown,
    /// The client was not registered with such a scope.
    ScopeNotAllowed,
    /// The scope is not within the grant.
    ScopeNotGranted,
    /// The token is newer than the store: it went back in time.
    StoreWentBack,
    /// The refresh token's own end came, and it was not the current one.
    TokenExpired,
    /// The token was issued to another client.
    TokenOfAnotherClient,
    /// This kind of token can't be revoked one by one.
    TokenNotRevocable,
    /// Not a token of ours, or of a grant that is long gone.
    TokenUnknown,
    /// The last token was presented too often in one generation.
    TooManyRetries,
    /// The user said no.
    UserDenied,
    /// The verifier does not answer the challenge.
    VerifierWrong,
}

impl Refusal {
    /// The stable sub-code, `error_code` in token errors and `code` in problem documents.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ClientNotAuthenticated => "client_not_authenticated",
            Self::CodeExpired => "code_expired",
            Self::CodeOfAnotherClient | Self::CodeUnknown => "code_unknown",
            Self::Ended(reason) => reason.as_str(),
            Self::GrantTypeNotAllowed => "grant_type_not_allowed",
            Self::GrantTypeUnknown => "grant_type_unknown",
            Self::Invalid(_) => "request_malformed",
            Self::Overtaken => "superseded",
            Self::RedirectDiffers => "redirect_uri_differs",
            Self::RedirectNotRegistered => "redirect_uri_not_registered",
            Self::ResourceNotGranted => "resource_not_granted",
            Self::ResponseTypeUnknown => "response_type_unknown",
            Self::ScopeNotAllowed => "scope_not_allowed",
            Self::ScopeNotGranted => "scope_not_granted",
            Self::StoreWentBack => "store_went_back",
            Self::TokenExpired => "expired",
            Self::TokenOfAnotherClient | Self::TokenUnknown => "token_unknown",
            Self::TokenNotRevocable => "token_not_revocable",
            Self::TooManyRetries => "too_many_retries",
            Self::UserDenied => "user_denied",
            Self::VerifierWrong => "verifier_wrong",
        }
    }

    /// What happened and what to do, for the developer of the client.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::ClientNotAuthenticated => {
                "The client is unknown or its secret is wrong. Check client_id and client_secret."
            }
            Self::CodeExpired => "The authorization code has expired. Start the flow again.",
            Self::CodeOfAnotherClient | Self::CodeUnknown => {
                "This is not an authorization code for this client. Start the flow again."
            }
            Self::Ended(reason) => reason.sentence(),
            Self::GrantTypeNotAllowed => "The client was not registered for this grant type.",
            Self::GrantTypeUnknown => "This grant_type is not supported here.",
            Self::Invalid(what) => what,
            Self::Overtaken => {
                "Newer requests were answered while this one waited. Use the newest tokens."
            }
            Self::RedirectDiffers => "redirect_uri is not the one of the authorization request.",
            Self::RedirectNotRegistered => "This redirect_uri is not registered for the client.",
            Self::ResourceNotGranted => "A resource is malformed or not within the grant.",
            Self::ResponseTypeUnknown => "Only response_type=code is supported.",
            Self::ScopeNotAllowed => "The client may not ask for this scope.",
            Self::ScopeNotGranted => "The scope is not within what the user granted.",
            Self::StoreWentBack => {
                "The token is newer than our records. The operator was told; try again later."
            }
            Self::TokenExpired => "The refresh token has expired.",
            Self::TokenOfAnotherClient | Self::TokenUnknown => {
                "This is not a valid token of this client."
            }
            Self::TokenNotRevocable => {
                "A client's own access token can't be revoked alone; it ends within the hour."
            }
            Self::TooManyRetries => {
                "This refresh token was presented too often. Use the newest tokens."
            }
            Self::UserDenied => "The user denied the request.",
            Self::VerifierWrong => "code_verifier does not belong to the code_challenge.",
        }
    }
}
