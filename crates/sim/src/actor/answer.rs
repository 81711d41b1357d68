//! What an OAuth endpoint answered.

use std::fmt;

use serde_json::Value;

use crate::http::{Headers, OwnedResponse};

/// A JSON answer as it came; `json` is null where the body is empty or none.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Headers,
    pub json: Value,
}

impl Answer {
    /// A string member of the answer.
    pub fn text(&self, member: &str) -> Option<&str> {
        self.json.get(member).and_then(Value::as_str)
    }

    /// The code of the RFC, such as `invalid_grant`.
    pub fn error(&self) -> Option<&str> {
        self.text("error")
    }

    /// Our stable code beside it, such as `reuse_detected`.
    pub fn error_code(&self) -> Option<&str> {
        self.text("error_code")
    }

    /// Whether an introspected token lives; nothing if the answer does not say.
    pub fn active(&self) -> Option<bool> {
        self.json.get("active").and_then(Value::as_bool)
    }

    /// The tokens of a successful answer of the token endpoint.
    pub fn tokens(&self) -> Option<Tokens> {
        if self.status != 200 {
            return None;
        }
        Some(Tokens {
            access_token: self.text("access_token")?.to_owned(),
            refresh_token: self.text("refresh_token").map(str::to_owned),
            expires_in: self.json.get("expires_in").and_then(Value::as_u64),
            scope: self.text("scope").map(str::to_owned),
        })
    }
}

impl From<&OwnedResponse> for Answer {
    fn from(response: &OwnedResponse) -> Self {
        Self {
            status: response.status,
            headers: response.headers.clone(),
            json: serde_json::from_slice(&response.body).unwrap_or(Value::Null),
        }
    }
}

/// Says status and codes but no token, because it ends up in logs of failed runs.
impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.status)?;
        for member in ["error", "error_code", "error_description"] {
            if let Some(text) = self.text(member) {
                write!(formatter, " {member}={text}")?;
            }
        }
        Ok(())
    }
}

/// A token response.
#[derive(Clone, Debug)]
pub struct Tokens {
    pub access_token: String,
    pub refresh_token: Option<String>,
    pub expires_in: Option<u64>,
    pub scope: Option<String>,
}
