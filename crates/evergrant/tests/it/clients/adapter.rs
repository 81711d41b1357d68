//! An HTTP client for the `oauth2` crate, which leaves the choice of one to its user.

use evergrant_sim::http::{HttpError, Request, Site};
use oauth2::{HttpRequest, HttpResponse, http};
use url::Url;

/// Sends a request of the crate's to the server under test.
///
/// The crate revokes at `https` addresses only, so the test names such a one: this client stands
/// for the proxy that would end TLS before the server.
pub(super) async fn send(site: Site, request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let (head, body) = request.into_parts();
    let asked = Url::parse(&head.uri.to_string()).expect("the crate names an address");
    assert_eq!(
        asked.authority(),
        site.host(),
        "the crate asked somebody else"
    );
    let mut request = Request::new("POST", &site.url(asked.path())).body(body);
    assert_eq!(head.method, http::Method::POST);
    for (name, value) in &head.headers {
        request = request.header(
            name.as_str(),
            value.to_str().expect("the crate writes ASCII"),
        );
    }
    let answer = site.send(&request).await?;
    let mut response = http::Response::builder().status(answer.status);
    if let Some(kind) = answer.headers.first("content-type") {
        response = response.header("content-type", kind);
    }
    Ok(response.body(answer.body).expect("an answer that was one"))
}
