//! From an HTTP request to an act and back: the one handler that all acts share.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Response, StatusCode};
use axum::routing::{MethodFilter, MethodRouter, on};

use super::act::{Act, Method, Unattended, gather};
use super::caller::{caller, is_json};
use super::problem::Problem;
use crate::App;
use crate::origin::From;

/// No request is larger, but for those of acts that say so.
const MAX_BODY: usize = 64 * 1024;

/// The route of an act.
pub(super) fn route<A: Act>() -> MethodRouter<Arc<App>> {
    let method = match A::METHOD {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Delete => MethodFilter::DELETE,
    };
    on(method, handle::<A>)
}

async fn handle<A: Act>(
    State(app): State<Arc<App>>,
    in_path: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
) -> Response<Body> {
    match perform::<A>(&app, in_path, request).await {
        Ok(answer) => json(A::STATUS, serde_json::to_vec(&answer).unwrap_or_default()),
        Err(problem) => problem.into_response(),
    }
}

async fn perform<A: Act>(
    app: &App,
    in_path: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
) -> Result<A::Answer, Problem> {
    let (parts, body) = request.into_parts();
    let caller = caller(app, &parts).await?;
    let body = read(&parts, body, MAX_BODY).await?;
    let in_path = in_path.map_err(|_| Problem::malformed("The path is not text in UTF-8."))?;
    let in_path = in_path
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let query = parts.uri.query().unwrap_or_default();
    let act: A = gather(in_path, query, &body)
        .map_err(|text| Problem::malformed(format!("The request can't be read: {text}.")))?;
    Ok(act.perform(&app.service, &caller).await?)
}

/// The route of an act that needs no store.
pub(super) fn unattended<A: Unattended>() -> MethodRouter<Arc<App>> {
    on(MethodFilter::POST, handle_unattended::<A>)
}

async fn handle_unattended<A: Unattended>(
    State(app): State<Arc<App>>,
    origin: From,
    request: Request,
) -> Response<Body> {
    match perform_unattended::<A>(&app, origin, request).await {
        Ok(answer) => json(A::STATUS, serde_json::to_vec(&answer).unwrap_or_default()),
        Err(problem) => problem.into_response(),
    }
}

async fn perform_unattended<A: Unattended>(
    app: &App,
    From(origin): From,
    request: Request,
) -> Result<A::Answer, Problem> {
    let (parts, body) = request.into_parts();
    match caller(app, &parts).await {
        // Nobody can say now who it is. Whoever it is may ask on the page too, as often as there.
        Err(problem) if problem.status == 503 => app.service.may_explain(&origin)?,
        known => drop(known?),
    }
    let body = read(&parts, body, A::MAX_BODY).await?;
    let query = parts.uri.query().unwrap_or_default();
    let act: A = gather(std::iter::empty(), query, &body)
        .map_err(|_| Problem::malformed(format!("The request can't be read. {}", A::SHAPE)))?;
    Ok(app.reading.run(body.len(), || act.answer()).await?)
}

async fn read(parts: &Parts, body: Body, most: usize) -> Result<Bytes, Problem> {
    let body = to_bytes(body, most).await.map_err(|_| {
        let text = format!(
            "The body is longer than {} KiB, or was cut off.",
            most / 1024
        );
        Problem::new(413, "request_too_large", text)
    })?;
    let media_type = parts
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    if !body.is_empty() && !media_type.is_some_and(is_json) {
        let text = "Send the body as `Content-Type: application/json`.";
        return Err(Problem::new(415, "media_type_not_supported", text));
    }
    Ok(body)
}

/// An answer in JSON that nobody keeps.
pub(super) fn json(status: u16, body: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The answer where there is nothing.
pub(super) async fn nothing_here() -> Response<Body> {
    let text = "There is nothing at this address. Look at /api/v1/openapi.json for what there is.";
    Problem::new(404, "not_found", text).into_response()
}

/// The answer to a method that an address does not know.
pub(super) async fn not_this_method() -> Response<Body> {
    let text = "This address does not know this method. The header `Allow` names those it knows.";
    Problem::new(405, "method_not_allowed", text).into_response()
}
