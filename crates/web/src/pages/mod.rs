//! Pages for people: sign-in, consent, and what a user sees of their own. None needs a script.

mod anti_forgery;
mod authorize;
pub(crate) mod callback;
mod connect;
mod cookie;
mod error;
mod explain;
mod fields;
mod guides;
mod headers;
mod integrations;
mod local_path;
mod origin;
pub(crate) mod outcome;
mod person;
mod render;
mod setup;
mod sign_in;
mod sign_in_link;
mod style;
#[cfg(test)]
mod tests;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::map_response;
use axum::routing::{get, post};

use crate::App;

pub(crate) use cookie::Cookie;
pub use setup::SetupGate;
pub use sign_in_link::SignInLinks;

/// No form of ours is larger.
const MAX_BODY: usize = 64 * 1024;

/// The pages, and the answer where nothing is.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(async || render::see_other("/settings")))
        .route("/login", get(sign_in::page).post(sign_in::sign_in))
        .route(
            "/sign-in",
            get(sign_in_link::page).post(sign_in_link::sign_in),
        )
        .route("/logout", post(sign_in::sign_out))
        .route(
            "/oauth2/authorize",
            get(authorize::ask).post(authorize::answer),
        )
        .route("/settings", get(integrations::page))
        .route("/settings/integrations", get(integrations::page))
        .route(
            "/settings/integrations/grants/{id}/end",
            post(integrations::end_grant),
        )
        .route(
            "/settings/integrations/tokens/{id}/delete",
            post(integrations::delete_token),
        )
        .route(
            "/connect/{ticket}",
            get(connect::page).post(connect::set_out),
        )
        .route(callback::PATH, get(callback::page))
        .route("/guides", get(guides::list))
        .route("/guides/browser", get(guides::browser_page))
        .route("/guides/{cause}", get(guides::page))
        .route(
            explain::PATH,
            get(explain::page)
                .post(explain::explain)
                .layer(DefaultBodyLimit::max(explain::LARGEST)),
        )
        .route("/setup", get(setup::page).post(setup::set_up))
        .route(style::PATH, get(style::stylesheet))
        .fallback(error::nothing_here)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(map_response(headers::protect))
}
