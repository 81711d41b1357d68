//! A browser for tests: it keeps cookies and fills in forms, and follows nothing by itself.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use tower_service::Service as _;
use url::{Url, form_urlencoded};

pub(super) struct Browser {
    router: Router,
    pub(super) cookies: BTreeMap<String, String>,
    /// Sent with every request.
    pub(super) headers: Vec<(&'static str, String)>,
}

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Browser {
    pub(super) fn new(router: Router) -> Self {
        let headers = vec![
            ("host", "127.0.0.1:8420".into()),
            ("accept", "text/html".into()),
        ];
        Self {
            router,
            cookies: BTreeMap::new(),
            headers,
        }
    }

    pub(super) async fn get(&mut self, uri: &str) -> Answer {
        self.send(Method::GET, uri, String::new()).await
    }

    pub(super) async fn post(&mut self, uri: &str, fields: &[(&str, &str)]) -> Answer {
        let mut body = form_urlencoded::Serializer::new(String::new());
        let body = body.extend_pairs(fields).finish();
        self.send(Method::POST, uri, body).await
    }

    /// Sends the first form of a page that has the first of these fields, or a button of that
    /// name, with these values in the place of its own.
    pub(super) async fn submit(&mut self, page: &Answer, values: &[(&str, &str)]) -> Answer {
        let (action, fields) = page.form_with(values[0].0);
        let mut pairs: Vec<_> = fields
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        pairs.retain(|(name, _)| values.iter().all(|(own, _)| own != name));
        pairs.extend(values);
        self.post(&action, &pairs).await
    }

    async fn send(&mut self, method: Method, uri: &str, body: String) -> Answer {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(a, b)| format!("{a}={b}"))
            .collect();
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let request = request
            .header(COOKIE, cookies.join("; "))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        let response = self.router.call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for set in parts.headers.get_all(SET_COOKIE) {
            let (pair, rest) = set.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.remove(name);
            if !rest.contains("Max-Age=0") {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let body = String::from_utf8(bytes.to_vec()).unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }

    /// Where it sends the browser.
    pub(super) fn location(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        self.header(LOCATION.as_str())
    }

    /// The parameters that a client gets at its redirect address.
    pub(super) fn callback(&self) -> BTreeMap<String, String> {
        Url::parse(self.location())
            .unwrap()
            .query_pairs()
            .into_owned()
            .collect()
    }

    /// Action and prefilled fields of the first form that has an input or button of this name.
    pub(super) fn form_with(&self, name: &str) -> (String, Vec<(String, String)>) {
        let wanted = format!("name=\"{name}\"");
        let forms = self
            .body
            .split("<form ")
            .skip(1)
            .map(|it| it.split("</form>").next().unwrap());
        let form = forms.into_iter().find(|form| form.contains(&wanted));
        let form = form.unwrap_or_else(|| panic!("no form with {name} in {}", self.body));
        let inputs = form
            .split("<input ")
            .skip(1)
            .map(|it| it.split('>').next().unwrap());
        let fields = inputs
            .map(|it| (attribute(it, "name"), attribute(it, "value")))
            .collect();
        (attribute(form, "action"), fields)
    }
}

fn attribute(tag: &str, name: &str) -> String {
    let start = format!("{name}=\"");
    let value = tag
        .split_once(&start)
        .map(|(_, rest)| rest.split('"').next().unwrap());
    // The template engine writes these five as numbers.
    let mut value = value.unwrap_or_default().to_owned();
    for (entity, sign) in [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
    ] {
        value = value.replace(entity, sign);
    }
    value
}
