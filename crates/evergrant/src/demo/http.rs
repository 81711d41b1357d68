//! The demo's browser and the demo's app: requests as anybody would make them.

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use hyper::{Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;

use super::Broken;

const LONGEST: usize = 1024 * 1024;
const FORM: &str = "application/x-www-form-urlencoded";

/// An answer.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    /// The body as JSON.
    pub(super) fn json(&self) -> Result<Value, Broken> {
        serde_json::from_slice(&self.body)
            .map_err(|_| Broken::new(format!("{} is not JSON", self.status)))
    }

    /// Where the answer leads.
    pub(super) fn location(&self) -> Result<&str, Broken> {
        let location = self.headers.get(LOCATION).and_then(|it| it.to_str().ok());
        location.ok_or_else(|| Broken::new(format!("{} leads nowhere", self.status)))
    }

    fn html(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A client of HTTP that follows nothing by itself.
pub(super) struct Http {
    url: String,
    client: Client<HttpConnector, Full<Bytes>>,
    program: &'static str,
}

impl Http {
    pub(super) fn new(url: &str, program: &'static str) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self {
            url: url.to_owned(),
            client,
            program,
        }
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Answer, Broken> {
        let broken = |error: &dyn std::fmt::Display| Broken::new(format!("no answer: {error}"));
        let answer = self
            .client
            .request(request)
            .await
            .map_err(|error| broken(&error))?;
        let (parts, body) = answer.into_parts();
        let body = Limited::new(body, LONGEST)
            .collect()
            .await
            .map_err(|error| broken(&error))?;
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.to_bytes(),
        })
    }

    async fn get(&self, path: &str, cookie: &str) -> Result<Answer, Broken> {
        let request = Request::get(self.absolute(path)).header("user-agent", self.program);
        let request = request.header(COOKIE, cookie).body(Full::default());
        self.send(request.map_err(|error| Broken::new(error.to_string()))?)
            .await
    }

    /// Posts a form, with whatever authorization and cookie.
    pub(super) async fn post(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        (authorization, cookie): (Option<&str>, &str),
    ) -> Result<Answer, Broken> {
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = Request::post(self.absolute(path))
            .header(CONTENT_TYPE, FORM)
            .header("user-agent", self.program)
            .header(COOKIE, cookie);
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let request = request.body(Full::from(body));
        self.send(request.map_err(|error| Broken::new(error.to_string()))?)
            .await
    }

    fn absolute(&self, path: &str) -> String {
        if path.starts_with('/') {
            format!("{}{path}", self.url)
        } else {
            path.to_owned()
        }
    }
}

/// A person's browser: cookies, and forms that are filled in and sent.
pub(super) struct Browser {
    http: Http,
    cookies: Vec<(String, String)>,
}

impl Browser {
    pub(super) fn new(url: &str) -> Self {
        Self {
            http: Http::new(url, "Demo browser"),
            cookies: Vec::new(),
        }
    }

    /// Opens an app's authorization request, signs in where that is asked for, allows it, and
    /// gives the address to which the browser is sent then.
    pub(super) async fn allow(
        &mut self,
        request: &Url,
        (email, password): (&str, &str),
    ) -> Result<Url, Broken> {
        let mut at = request.as_str().to_owned();
        for _ in 0..8 {
            let answer = self.http.get(&at, &self.cookie()).await?;
            self.keep_cookies(&answer);
            let answer = if answer.status.is_redirection() {
                answer
            } else {
                let page = answer.html();
                let fields = if page.contains("name=\"password\"") {
                    vec![("email", email), ("password", password)]
                } else {
                    vec![("decision", "allow")]
                };
                self.submit(&page, &fields).await?
            };
            let next = answer.location()?.to_owned();
            if !next.starts_with('/') && !next.starts_with(&self.http.url) {
                return Url::parse(&next).map_err(|error| Broken::new(error.to_string()));
            }
            at = next;
        }
        Err(Broken::new("the browser was sent around in circles"))
    }

    /// Opens an address on the person's own machine.
    pub(super) async fn arrive(&self, at: &Url) -> Result<StatusCode, Broken> {
        Ok(self.http.get(at.as_str(), "").await?.status)
    }

    async fn submit(&mut self, page: &str, fields: &[(&str, &str)]) -> Result<Answer, Broken> {
        let (name, _) = fields.first().copied().unwrap_or_default();
        let form = form_with(page, name)
            .ok_or_else(|| Broken::new(format!("the page has no form with {name}")))?;
        let action = attribute(form, "action").unwrap_or_default();
        let hidden = hidden_fields(form);
        let mut all: Vec<(&str, &str)> = hidden
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        all.extend(fields);
        let answer = self
            .http
            .post(&action, &all, (None, &self.cookie()))
            .await?;
        self.keep_cookies(&answer);
        Ok(answer)
    }

    fn cookie(&self) -> String {
        let pairs = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    fn keep_cookies(&mut self, answer: &Answer) {
        for set in answer.headers.get_all(SET_COOKIE) {
            let pair = set
                .to_str()
                .unwrap_or_default()
                .split(';')
                .next()
                .unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.retain(|(kept, _)| kept != name);
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }
}

/// The form of a page that has a field of this name. The pages are our own, so looking for the
/// tags is enough.
fn form_with<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let field = format!("name=\"{name}\"");
    page.split("<form").skip(1).find(|form| {
        form.split("</form>")
            .next()
            .unwrap_or_default()
            .contains(&field)
    })
}

fn hidden_fields(form: &str) -> Vec<(String, String)> {
    let form = form.split("</form>").next().unwrap_or_default();
    let inputs = form.split("<input").skip(1);
    inputs
        .filter_map(|input| {
            let tag = input.split('>').next()?;
            tag.contains("type=\"hidden\"").then_some(())?;
            Some((
                attribute(tag, "name")?,
                attribute(tag, "value").unwrap_or_default(),
            ))
        })
        .collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = format!("{name}=\"");
    let value = tag.split(&start).nth(1)?.split('"').next()?;
    Some(unescaped(value))
}

fn unescaped(text: &str) -> String {
    [
        ("&#38;", "&"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&quot;", "\""),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (escaped, plain)| {
        text.replace(escaped, plain)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_found_by_what_it_asks_for() {
        let page = r#"<form action="/out"><input type="hidden" name="a" value="1"></form>
            <form method="post" action="/in?x=1&#38;y=2">
            <input type="hidden" name="b" value="&#34;">
            <button name="decision" value="allow"></button></form>"#;
        let form = form_with(page, "decision").unwrap();
        assert_eq!(attribute(form, "action").unwrap(), "/in?x=1&y=2");
        assert_eq!(hidden_fields(form), [("b".to_owned(), "\"".to_owned())]);
    }
}
