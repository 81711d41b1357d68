//! Guides: what a person can do about a cause, one data file each, in `guides/` beside the sources.
//!
//! The pages, the command line and `docs/guides/` show what stands there. Nothing is asked of a
//! store or a network, and the files are read once, when the first guide is asked for.

mod file;
mod nearest;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use evergrant_core::held::Cause;
use evergrant_core::held::guide::{Advice, BrowserGuide, Guide, Place};
use url::form_urlencoded;

pub use nearest::nearest;

use super::catalogue;

/// Where the pages of the guides are.
pub const PATH: &str = "/guides";
/// The word by which the browser's part is asked for, where a cause could stand.
pub const BROWSER: &str = "browser";

macro_rules! texts {
    ($($cause:ident: $word:literal,)*) => {
        /// The file of a cause; the compiler sees to it that every cause has one.
        const fn text(cause: Cause) -> &'static str {
            match cause {
                $(Cause::$cause => {
                    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/guides/", $word, ".toml"))
                })*
            }
        }
    };
}

texts! {
    HardLifetimeLimit: "hard_lifetime_limit",
    IdleExpiry: "idle_expiry",
    PasswordChanged: "password_changed",
    MfaEnabledOrRequired: "mfa_enabled_or_required",
    UserRevoked: "user_revoked",
    UserRemovedByAdmin: "user_removed_by_admin",
    AdminPolicyBlocked: "admin_policy_blocked",
    PlatformSecurityEvent: "platform_security_event",
    RefreshTokenReused: "refresh_token_reused",
    RefreshTokenSuperseded: "refresh_token_superseded",
    ResponseLost: "response_lost",
    ScopeMissingOrChanged: "scope_missing_or_changed",
    ConsentRequired: "consent_required",
    AccountUnconfirmedOrDisabled: "account_unconfirmed_or_disabled",
    AppOrClientMisconfigured: "app_or_client_misconfigured",
    AppInTestingMode: "app_in_testing_mode",
    AccessTokenExpired: "access_token_expired",
    AuthorizationPendingOrCodeProblem: "authorization_pending_or_code_problem",
    ClockSkew: "clock_skew",
    RateLimited: "rate_limited",
    ProviderOutage: "provider_outage",
    NetworkOrProxy: "network_or_proxy",
    MalformedResponse: "malformed_response",
    Unknown: "unknown",
}

const BROWSER_TEXT: &str = include_str!("../../../guides/browser.toml");
const PLACES_TEXT: &str = include_str!("../../../guides/places.toml");

// That every file can be read is tested; there is nothing to say about one that can't.
static GUIDES: LazyLock<Vec<Guide>> = LazyLock::new(|| {
    let read = |cause: &Cause| file::guide(*cause, text(*cause)).ok();
    Cause::ALL.iter().filter_map(read).collect()
});
static THE_BROWSER: LazyLock<BrowserGuide> =
    LazyLock::new(|| file::browser(BROWSER_TEXT).unwrap_or_default());
static PLACES: LazyLock<Vec<Place>> =
    LazyLock::new(|| file::places(PLACES_TEXT).unwrap_or_default());

/// Every guide, in the order of the causes.
pub fn all() -> &'static [Guide] {
    &GUIDES
}

/// The guide of a cause by its word, without regard to case, and with a hyphen or a space for an
/// underscore.
pub fn find(word: &str) -> Option<&'static Guide> {
    let word = plain(word);
    all().iter().find(|guide| guide.cause.as_str() == word)
}

/// What to do about a cause, at a provider if one is known: its key, or another name of it. Of a
/// provider that nobody wrote about, it is what holds everywhere.
pub fn of(cause: Cause, provider: Option<&str>) -> Option<Advice<'static>> {
    let guide = all().iter().find(|guide| guide.cause == cause)?;
    Some(guide.at(provider.and_then(place)))
}

/// What a guide is called.
pub fn title(cause: Cause) -> &'static str {
    let guide = all().iter().find(|guide| guide.cause == cause);
    guide.map_or(cause.as_str(), |guide| &guide.title)
}

/// What to do when the provider meets the wrong person in the browser.
pub fn browser() -> &'static BrowserGuide {
    &THE_BROWSER
}

/// Every provider that guides speak of, sorted by name.
pub fn places() -> &'static [Place] {
    &PLACES
}

/// The provider that people call so, as guides speak of it.
pub fn place(word: &str) -> Option<&'static Place> {
    let of = |key: &str| places().iter().find(|place| place.key == key);
    of(&plain(word)).or_else(|| {
        let provider = catalogue::find(word)?;
        let mut aliases = provider.aliases.iter();
        of(&provider.key).or_else(|| aliases.find_map(|alias| of(alias)))
    })
}

/// Where the page of a guide is, below the public URL.
pub fn address(cause: Cause, provider: Option<&str>) -> String {
    page(cause.as_str(), provider)
}

/// Where the page of the browser's part is, below the public URL.
pub fn browser_address(provider: Option<&str>) -> String {
    page(BROWSER, provider)
}

fn page(word: &str, provider: Option<&str>) -> String {
    let address = format!("{PATH}/{word}");
    let Some(provider) = provider else {
        return address;
    };
    let mut query = form_urlencoded::Serializer::new(String::new());
    format!(
        "{address}?{}",
        query.append_pair("provider", provider).finish()
    )
}

fn plain(word: &str) -> String {
    let spelt = |c| match c {
        '-' | ' ' => '_',
        c => c,
    };
    let word = word.trim().chars().map(spelt);
    word.collect::<String>().to_ascii_lowercase()
}
