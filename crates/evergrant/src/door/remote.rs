//! Asking a server: one request for each act, never sent twice, no redirect followed.

use std::time::Duration;

use evergrant_web::api::{Act, MEDIA_TYPE, Plan, Problem, plan};
use evergrant_web::service::core::Secret;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, USER_AGENT};
use hyper::{Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use url::Url;

use crate::failure::Failed;

const CONNECT: Duration = Duration::from_secs(5);
/// Longer than the server itself waits for a provider.
const WHOLE: Duration = Duration::from_secs(75);
/// No answer of ours is longer.
const LONGEST: usize = 16 * 1024 * 1024;

/// A server and the token to show it.
pub(crate) struct Server {
    url: Url,
    token: Secret,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl Server {
    /// The server at an address.
    pub(crate) fn new(url: Url, token: Secret) -> Self {
        let mut http = HttpConnector::new();
        http.set_connect_timeout(Some(CONNECT));
        http.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_webpki_roots()
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Self { url, token, client }
    }

    /// Has an act done.
    ///
    /// # Errors
    /// The problem that the server told, or that there was no answer.
    pub(crate) async fn ask<A: Act>(&self, act: &A) -> Result<A::Answer, Failed> {
        let request = self.request(act)?;
        let exchange = async {
            let sent = self.client.request(request).await;
            let answer = sent.map_err(|error| self.unreachable(&error))?;
            let (parts, body) = answer.into_parts();
            let body = Limited::new(body, LONGEST).collect().await;
            let body = body.map_err(|error| self.unreachable(&*error))?;
            Ok::<_, Failed>(Response::from_parts(parts, body.to_bytes()))
        };
        let answer = tokio::time::timeout(WHOLE, exchange).await.map_err(|_| {
            let text = format!(
                "{} did not answer within {} seconds.",
                self.url,
                WHOLE.as_secs()
            );
            Failed::temporary("server_unreachable", text)
        })??;
        if answer.status().is_success() {
            serde_json::from_slice(answer.body()).map_err(|_| self.not_understood(&answer))
        } else {
            Err(self.problem(&answer))
        }
    }

    fn request<A: Act>(&self, act: &A) -> Result<Request<Full<Bytes>>, Failed> {
        let Plan { method, url, body } = plan(&self.url, act).map_err(Failed::usage)?;
        let wrong = |_| Failed::usage("EVERGRANT_TOKEN is no token: it has strange characters.");
        let authorization = format!("Bearer {}", self.token.expose());
        let mut authorization = HeaderValue::try_from(authorization).map_err(wrong)?;
        authorization.set_sensitive(true);
        let mut request = Request::builder()
            .method(method.as_str())
            .uri(url.as_str())
            .header(AUTHORIZATION, authorization)
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, concat!("evergrant/", env!("CARGO_PKG_VERSION")));
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        request
            .body(Full::from(body.unwrap_or_default()))
            .map_err(|error| Failed::usage(format!("EVERGRANT_URL can't be asked: {error}.")))
    }

    fn problem(&self, answer: &Response<Bytes>) -> Failed {
        let media_type = answer
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|it| it.to_str().ok());
        let problem = media_type.filter(|it| it.starts_with(MEDIA_TYPE));
        match problem.and_then(|_| serde_json::from_slice::<Problem>(answer.body()).ok()) {
            Some(problem) => problem.into(),
            None => self.not_understood(answer),
        }
    }

    fn not_understood(&self, answer: &Response<Bytes>) -> Failed {
        let status = answer.status();
        let text = format!(
            "{} answered {status}, and not as evergrant's API does. Is EVERGRANT_URL right?",
            self.url
        );
        // A proxy in between says by its status whether to try again.
        let status = if status.is_success() {
            500
        } else {
            status.as_u16()
        };
        Problem::new(status, "answer_not_understood", text).into()
    }

    fn unreachable(&self, error: &(dyn std::error::Error + 'static)) -> Failed {
        let mut text = format!("{} can't be reached: {error}", self.url);
        let mut cause = error.source();
        while let Some(error) = cause {
            text.push_str(&format!(": {error}"));
            cause = error.source();
        }
        text.push('.');
        Failed::temporary("server_unreachable", text)
    }
}
