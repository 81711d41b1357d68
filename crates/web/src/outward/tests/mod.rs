//! The way out against peers on this machine that behave, and peers that don't.

mod answers;
mod ends;
mod lines;
mod peer;
mod tls;

use std::time::Duration;

use evergrant_service::core::held::RawAnswer;
use evergrant_service::core::held::plan::{Body, Method, Request};
use evergrant_service::core::{Secret, Span};
use evergrant_service::held::wire::{Limits, Line, Silence, Unreachable, Wire as _};
use url::Url;

use super::{Outward, Policy};

const LIMITS: Limits = Limits {
    connect: Span::from_seconds(5),
    total: Span::from_seconds(20),
    body: 1024,
};

const SOON: Limits = Limits {
    total: Span::from_millis(300),
    ..LIMITS
};

/// Longer than anything here takes on a slow machine, shorter than any limit not under test.
const PROMPTLY: Duration = Duration::from_secs(10);

const PRIVATE: Policy = Policy {
    allow_private: true,
};
const PUBLIC: Policy = Policy {
    allow_private: false,
};

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

fn outward(policy: Policy) -> Outward {
    Outward::new(policy, b"").unwrap()
}

fn get(url: &Url) -> Request {
    Request {
        method: Method::Get,
        url: url.clone(),
        headers: Vec::new(),
        body: None,
    }
}

fn post(url: &Url, text: &str) -> Request {
    Request {
        method: Method::Post,
        url: url.clone(),
        headers: vec![("authorization", Secret::new("Basic YTpi".to_owned()))],
        body: Some(Body {
            media_type: "application/x-www-form-urlencoded",
            text: Secret::new(text.to_owned()),
        }),
    }
}

async fn lay(url: &Url, limits: Limits) -> Box<dyn Line> {
    outward(PRIVATE).lay(url, limits).await.ok().unwrap()
}

async fn refused(outward: Outward, text: &str) -> Unreachable {
    let url = url(text);
    outward.lay(&url, LIMITS).await.err().unwrap()
}

async fn ask(url: &Url, limits: Limits) -> Result<RawAnswer, Silence> {
    lay(url, limits).await.exchange(post(url, "a=b")).await
}
