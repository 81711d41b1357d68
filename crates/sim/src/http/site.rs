//! The convenient layer: requests as values, answers that own their bytes.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::timeout;
use url::{Url, form_urlencoded};

use super::{Connection, HttpError, Response};

/// A server under test: where it is and what it calls itself in the `Host` header.
#[derive(Clone, Debug)]
pub struct Site {
    base: Url,
    address: SocketAddr,
}

impl Site {
    /// Takes an `http://` address on loopback; passwords in plain text go nowhere else.
    pub fn new(url: &str) -> Result<Self, HttpError> {
        let refuse = |reason| HttpError::Address {
            url: url.to_owned(),
            reason,
        };
        let base = Url::parse(url).map_err(|_| refuse("it is no address"))?;
        if base.scheme() != "http" {
            return Err(refuse("only http is spoken here"));
        }
        let mut addresses = base
            .socket_addrs(|| None)
            .map_err(|_| refuse("no such host"))?;
        addresses.retain(|address| address.ip().is_loopback());
        // `localhost` names both families while servers by default listen on the older one.
        addresses.sort_by_key(SocketAddr::is_ipv6);
        let address = *addresses
            .first()
            .ok_or_else(|| refuse("it is not on loopback"))?;
        Ok(Self { base, address })
    }

    /// Where to connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The `Host` header of requests to it.
    pub fn host(&self) -> &str {
        self.base.authority()
    }

    /// The scheme, host and port as a browser sends them in `Origin`.
    pub fn origin(&self) -> String {
        self.base.origin().ascii_serialization()
    }

    /// The full address of a path that begins with `/`, below the path of the site if it has one.
    pub fn url(&self, path_and_query: &str) -> Url {
        let mut url = self.base.clone();
        let (path, query) = match path_and_query.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path_and_query, None),
        };
        let full_path = format!("{}{path}", self.base.path().trim_end_matches('/'));
        url.set_path(&full_path);
        url.set_query(query);
        url
    }

    /// Whether a page of that address is one of this site's.
    pub fn owns(&self, url: &Url) -> bool {
        url.origin() == self.base.origin()
    }

    /// Sends the request on a connection of its own.
    pub async fn send(&self, request: &Request) -> Result<OwnedResponse, HttpError> {
        let bytes = request.encode(self.host());
        let exchange = async {
            let mut connection = Connection::open(self.address).await?;
            connection
                .exchange(&bytes)
                .await
                .map(|response| OwnedResponse::from(&response))
        };
        timeout(Duration::from_secs(LIMIT_SECONDS), exchange)
            .await
            .unwrap_or(Err(HttpError::TimedOut(LIMIT_SECONDS)))
    }
}

/// A request before it is put into bytes.
#[derive(Clone, Debug)]
pub struct Request {
    method: &'static str,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    /// A `GET` of the path and query of an address.
    pub fn get(url: &Url) -> Self {
        Self::new("GET", url)
    }

    /// A request of any method, still without headers and body.
    pub fn new(method: &'static str, url: &Url) -> Self {
        let target = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        Self {
            method,
            target,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// A `POST` of form fields.
    pub fn post_form<N: AsRef<str>, V: AsRef<str>>(url: &Url, fields: &[(N, V)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        Self::new("POST", url)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(body.into_bytes())
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body; its length is stated by itself.
    #[must_use]
    pub fn body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }

    /// Head and body as they go over the wire, for [`Connection::exchange`].
    pub fn encode(&self, host: &str) -> Vec<u8> {
        let mut head = format!(
            "{} {} HTTP/1.1\r\nHost: {host}\r\n",
            self.method, self.target
        );
        for (name, value) in &self.headers {
            // Writing into a String cannot fail.
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if !self.body.is_empty() || self.method != "GET" {
            let _ = write!(head, "Content-Length: {}\r\n", self.body.len());
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// An answer that may be kept.
#[derive(Clone, Debug)]
pub struct OwnedResponse {
    pub status: u16,
    pub headers: Headers,
    pub body: Vec<u8>,
}

impl OwnedResponse {
    /// The body as text, with replacement characters where it is none.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl From<&Response<'_>> for OwnedResponse {
    fn from(response: &Response<'_>) -> Self {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let headers = response
            .headers()
            .map(|(name, value)| (text(name), text(value)))
            .collect();
        Self {
            status: response.status,
            headers: Headers(headers),
            body: response.body.to_vec(),
        }
    }
}

/// Header lines in their order, found whatever the case of their names.
#[derive(Clone, Debug, Default)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// The first header of that name.
    pub fn first(&self, name: &str) -> Option<&str> {
        let mut lines = self.0.iter();
        let found = lines.find(|(candidate, _)| candidate.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Every header of that name, such as several `Set-Cookie`.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(candidate, _)| candidate.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

const LIMIT_SECONDS: u64 = 30;
