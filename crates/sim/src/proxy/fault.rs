//! What may befall a request, and the answers that a proxy gives in the server's place.

use std::time::Duration;

use serde_json::{Value, json};

/// What befalls one request to the endpoint and its answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Fault {
    /// Nothing.
    #[default]
    Pass,
    /// The request never gets to the server, and the connection is reset.
    DropRequest,
    /// The request gets to the server only after this time, whatever becomes of the client.
    DelayRequest(Duration),
    /// The server acts and answers, and the connection is reset without a byte of it.
    DropAnswer,
    /// The answer is held back for this time.
    Delay(Duration),
    /// The head, half of the body, and the end of the connection.
    Cut,
    /// The answer byte by byte, with this time before each.
    Trickle(Duration),
    /// The server gets the request twice; the first answer is given after the second has come.
    Duplicate,
    /// After the act: status 200, and the body is a page.
    Html200,
    /// After the act: status 502, and the body is a page.
    Html502,
    /// After the act: status 200 without a body.
    Empty,
    /// After the act: status 500 with `{"error":"server_error"}`.
    Status500AfterAct,
    /// After the act: status 400 with an object where RFC 6749 section 5.2 has a string.
    ErrorAsObject,
    /// Status 429 with `Retry-After` in seconds; the server never sees the request.
    TooMany(u64),
    /// The right body under `text/html`.
    WrongContentType,
    /// The right body without its refresh token.
    OmitRefreshToken,
    /// After the act: anything else.
    AnswerWith {
        status: u16,
        content_type: String,
        body: Vec<u8>,
    },
}

impl Fault {
    /// Every fault once, those with a time set to that time, for tests that try them all.
    pub fn all(time: Duration) -> Vec<Self> {
        vec![
            Self::Pass,
            Self::DropRequest,
            Self::DelayRequest(time),
            Self::DropAnswer,
            Self::Delay(time),
            Self::Cut,
            Self::Trickle(time / 1000),
            Self::Duplicate,
            Self::Html200,
            Self::Html502,
            Self::Empty,
            Self::Status500AfterAct,
            Self::ErrorAsObject,
            Self::TooMany(time.as_secs().max(1)),
            Self::WrongContentType,
            Self::OmitRefreshToken,
        ]
    }

    /// Whether the server gets the request at all.
    pub fn reaches_server(&self) -> bool {
        !matches!(self, Self::DropRequest | Self::TooMany(_))
    }

    /// Whether the client gets every token that the server gave.
    pub fn gives_tokens(&self) -> bool {
        matches!(
            self,
            Self::Pass
                | Self::DelayRequest(_)
                | Self::Delay(_)
                | Self::Trickle(_)
                | Self::Duplicate
                | Self::WrongContentType
        )
    }
}

/// An answer, framed anew by the proxy.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Without those that tell of framing.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// Where the answer has no body and yet tells a length: to `HEAD`.
    pub(super) stated_length: Option<String>,
}

impl Answer {
    fn of(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![("Content-Type".to_owned(), content_type.to_owned())],
            body: body.into(),
            stated_length: None,
        }
    }

    fn json(status: u16, body: &Value) -> Self {
        Self::of(status, "application/json", body.to_string())
    }

    pub(super) fn too_many(seconds: u64) -> Self {
        let body = json!({ "error": "temporarily_unavailable" });
        let mut answer = Self::json(429, &body);
        let retry_after = ("Retry-After".to_owned(), seconds.to_string());
        answer.headers.push(retry_after);
        answer
    }

    /// What the client is given for it.
    pub(super) fn spoiled_by(mut self, fault: &Fault) -> Self {
        match fault {
            Fault::Html200 => Self::of(200, "text/html; charset=utf-8", PAGE),
            Fault::Html502 => Self::of(502, "text/html", PAGE),
            Fault::Empty => Self::of(200, "application/json", ""),
            Fault::Status500AfterAct => Self::json(500, &json!({ "error": "server_error" })),
            Fault::ErrorAsObject => {
                let error = json!({ "type": "OAuthException", "code": 2, "message": "Try later" });
                Self::json(400, &json!({ "error": error }))
            }
            Fault::AnswerWith {
                status,
                content_type,
                body,
            } => Self::of(*status, content_type, body.clone()),
            Fault::WrongContentType => Self::of(self.status, "text/html", self.body),
            Fault::OmitRefreshToken => {
                if let Ok(Value::Object(mut members)) = serde_json::from_slice(&self.body) {
                    members.remove("refresh_token");
                    self.body = Value::Object(members).to_string().into_bytes();
                }
                self
            }
            _ => self,
        }
    }

    /// The head and the body as they go over the wire.
    pub(super) fn encode(&self, keeps_alive: bool) -> (Vec<u8>, &[u8]) {
        let mut head = format!("HTTP/1.1 {} Proxied\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(length) = &self.stated_length {
            head.push_str(&format!("Content-Length: {length}\r\n"));
        } else if !matches!(self.status, 204 | 304) {
            head.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        if !keeps_alive {
            head.push_str("Connection: close\r\n");
        }
        head.push_str("\r\n");
        (head.into_bytes(), &self.body)
    }
}

const PAGE: &str = "<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>";
