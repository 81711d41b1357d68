//! Where a request came from.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use evergrant_service::core::issued::redirect::is_loopback;
use evergrant_service::issued::Origin;
use url::Url;

/// The caller's address and its own word about itself, for a handler.
#[derive(Clone, Debug)]
pub(crate) struct From(pub(crate) Origin);

impl<S: Send + Sync> FromRequestParts<S> for From {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let address: Option<IpAddr> = peer.map(|peer| peer.0.ip());
        let said = parts
            .headers
            .get(USER_AGENT)
            .and_then(|value| value.to_str().ok());
        let user_agent = said.unwrap_or_default().chars().take(200).collect();
        Ok(Self(Origin {
            address,
            user_agent,
        }))
    }
}

/// Ours is the public URL's origin; on this machine itself, also the name that was called, for
/// `localhost` and `127.0.0.1` are the same place.
pub(crate) fn is_ours(origin: &str, issuer: &str, host: Option<&str>) -> bool {
    let same = |url: &Url| url.origin().ascii_serialization() == origin;
    let called = host.and_then(|host| Url::parse(&format!("http://{host}")).ok());
    Url::parse(issuer).is_ok_and(|url| same(&url))
        || called.is_some_and(|url| is_loopback(&url) && same(&url))
}
