//! The words of catalogue files for what `core` says in enums; answers show the same ones.

use evergrant_core::held::Verdict;
use evergrant_core::held::provider::{ClientAuth, Renewal, RevocationEnds, RevocationHow};

/// The word for how a client authenticates.
pub const fn client_auth(value: ClientAuth) -> &'static str {
    match value {
        ClientAuth::Basic => "basic",
        ClientAuth::Post => "post",
        ClientAuth::None => "none",
    }
}

/// The word for how tokens are renewed.
pub const fn renewal(value: &Renewal) -> &'static str {
    match value {
        Renewal::RefreshToken => "refresh_token",
        Renewal::Exchange { .. } => "exchange",
        Renewal::Never => "never",
    }
}

/// The word for the request that ends a grant.
pub const fn revocation_how(value: RevocationHow) -> &'static str {
    match value {
        RevocationHow::Rfc7009 => "rfc7009",
        RevocationHow::DeleteTokenInPath => "delete_token_in_path",
        RevocationHow::DeleteAsBearer => "delete_as_bearer",
        RevocationHow::DeleteInJson => "delete_in_json",
        RevocationHow::PostAsBearer => "post_as_bearer",
        RevocationHow::None => "none",
    }
}

/// The word for how far a revocation reaches.
pub const fn revocation_ends(value: RevocationEnds) -> &'static str {
    match value {
        RevocationEnds::Family => "family",
        RevocationEnds::UserAndClient => "user_and_client",
        RevocationEnds::Unknown => "unknown",
    }
}

/// The word for what a refusal means.
pub const fn verdict(value: Verdict) -> &'static str {
    match value {
        Verdict::Transient => "transient",
        Verdict::Dead => "dead",
        Verdict::AppFault => "app_fault",
        Verdict::Unknown => "unknown",
    }
}

/// The one of these values that has this word.
pub(super) fn meant<T: Copy>(word: &str, values: &[T], says: fn(T) -> &'static str) -> Option<T> {
    values.iter().copied().find(|value| says(*value) == word)
}
