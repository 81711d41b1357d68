//! What each scenario sends next and which answers it takes for right.

use std::sync::Arc;

use serde_json::Value;

use super::run::Chain;
use super::scan;
use super::template::Template;
use crate::actor::Tokens;
use crate::http::Response;

/// How thoroughly an answer is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Care {
    /// Status and the one member that the next request depends on.
    Light,
    /// The whole document.
    Full,
}

/// An answer that is not right, under the name by which such answers are counted.
#[derive(Debug, PartialEq)]
pub(super) struct Fault {
    pub(super) name: String,
    /// Whether going on would only repeat it.
    pub(super) ends_chain: bool,
}

impl Fault {
    /// Counted as status and the most exact code that the answer carries.
    fn refused(response: &Response<'_>) -> Self {
        let json: Value = serde_json::from_slice(response.body).unwrap_or(Value::Null);
        let codes = ["error_code", "code", "error"];
        let code = codes.iter().find_map(|member| json.get(member)?.as_str());
        let status = response.status;
        Self {
            name: format!("{status}/{}", code.unwrap_or("-")),
            ends_chain: status < 500 && !matches!(status, 408 | 425 | 429),
        }
    }

    fn wrong(name: &str) -> Self {
        Self {
            name: format!("200/{name}"),
            ends_chain: true,
        }
    }
}

fn expect_ok(response: &Response<'_>) -> Result<(), Fault> {
    if response.status == 200 {
        Ok(())
    } else {
        Err(Fault::refused(response))
    }
}

/// A grant that is refreshed again and again.
#[derive(Clone, Debug)]
pub(super) struct Refresh {
    template: Template,
    presented: Vec<u8>,
    access_token: String,
}

impl Refresh {
    /// Goes on from the first tokens; without a refresh token every answer is a refusal.
    pub(super) fn new(template: Template, first: Tokens) -> Self {
        let presented = first.refresh_token.unwrap_or_default().into_bytes();
        Self {
            template,
            presented,
            access_token: first.access_token,
        }
    }

    /// The last access token that came with an answer checked in full.
    pub(super) fn access_token(&self) -> &str {
        &self.access_token
    }

    fn check_in_full(&mut self, body: &[u8], successor: &[u8]) -> Result<(), Fault> {
        let json: Value = serde_json::from_slice(body).map_err(|_| Fault::wrong("no_json"))?;
        let text = |member: &str| json.get(member).and_then(Value::as_str);
        if text("refresh_token").map(str::as_bytes) != Some(successor) {
            return Err(Fault::wrong("refresh_token_unclear"));
        }
        if !text("token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")) {
            return Err(Fault::wrong("token_type"));
        }
        if json
            .get("expires_in")
            .and_then(Value::as_u64)
            .is_none_or(|seconds| seconds == 0)
        {
            return Err(Fault::wrong("expires_in"));
        }
        match text("access_token") {
            None | Some("") => Err(Fault::wrong("no_access_token")),
            Some(same) if same == self.access_token => Err(Fault::wrong("same_access_token")),
            Some(next) => {
                next.clone_into(&mut self.access_token);
                Ok(())
            }
        }
    }
}

impl Chain for Refresh {
    fn plan(&mut self) -> &[u8] {
        self.template.with(&self.presented)
    }

    fn absorb(&mut self, response: &Response<'_>, care: Care) -> Result<(), Fault> {
        expect_ok(response)?;
        let successor = scan::string(response.body, "\"refresh_token\"")
            .ok_or_else(|| Fault::wrong("no_refresh_token"))?;
        if *successor == *self.presented {
            return Err(Fault::wrong("same_refresh_token"));
        }
        if care == Care::Full {
            self.check_in_full(response.body, &successor)?;
        }
        self.presented.clear();
        self.presented.extend_from_slice(&successor);
        Ok(())
    }
}

/// A connection that introspects the shared tokens in turn, beginning at its own place.
#[derive(Clone, Debug)]
pub(super) struct Introspection {
    template: Template,
    tokens: Arc<[String]>,
    next: usize,
}

impl Introspection {
    pub(super) fn spread(template: &Template, tokens: &[String], connections: usize) -> Vec<Self> {
        let tokens: Arc<[String]> = tokens.into();
        let start = |index| index * tokens.len() / connections;
        let chain = |index| Self {
            template: template.clone(),
            tokens: Arc::clone(&tokens),
            next: start(index),
        };
        (0..connections).map(chain).collect()
    }
}

impl Chain for Introspection {
    fn plan(&mut self) -> &[u8] {
        let token = self.tokens.get(self.next).map_or("", String::as_str);
        self.next = if self.next + 1 < self.tokens.len() {
            self.next + 1
        } else {
            0
        };
        self.template.with(token.as_bytes())
    }

    fn absorb(&mut self, response: &Response<'_>, care: Care) -> Result<(), Fault> {
        expect_ok(response)?;
        let mut is_active = scan::is_true(response.body, "\"active\"");
        if care == Care::Full {
            let json: Value =
                serde_json::from_slice(response.body).map_err(|_| Fault::wrong("no_json"))?;
            is_active &= json.get("active").and_then(Value::as_bool) == Some(true);
        }
        // Another token is asked for next, so one that died does not end the chain.
        let inactive = || Fault {
            ends_chain: false,
            ..Fault::wrong("inactive")
        };
        if is_active { Ok(()) } else { Err(inactive()) }
    }
}

/// A connection that asks for the app's own tokens.
#[derive(Clone, Debug)]
pub(super) struct ClientCredentials {
    request: Vec<u8>,
}

impl ClientCredentials {
    pub(super) fn new(request: Vec<u8>) -> Self {
        Self { request }
    }
}

impl Chain for ClientCredentials {
    fn plan(&mut self) -> &[u8] {
        &self.request
    }

    fn absorb(&mut self, response: &Response<'_>, care: Care) -> Result<(), Fault> {
        expect_ok(response)?;
        let missing = || Fault::wrong("no_access_token");
        let token = scan::string(response.body, "\"access_token\"").ok_or_else(missing)?;
        if care == Care::Full {
            let json: Value =
                serde_json::from_slice(response.body).map_err(|_| Fault::wrong("no_json"))?;
            let read = json
                .get("access_token")
                .and_then(Value::as_str)
                .map(str::as_bytes);
            if read != Some(&*token) {
                return Err(missing());
            }
        }
        Ok(())
    }
}

/// A connection that gets the same page.
#[derive(Clone, Debug)]
pub(super) struct Get {
    request: Vec<u8>,
}

impl Get {
    pub(super) fn new(request: Vec<u8>) -> Self {
        Self { request }
    }
}

impl Chain for Get {
    fn plan(&mut self) -> &[u8] {
        &self.request
    }

    fn absorb(&mut self, response: &Response<'_>, _care: Care) -> Result<(), Fault> {
        expect_ok(response)
    }
}
