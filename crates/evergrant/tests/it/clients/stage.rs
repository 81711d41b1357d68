//! A server with one person and the clients that the scripts use.

use evergrant_sim::http::Site;

use crate::harness::{Bed, OWNER, PASSWORD, Server, text};

/// Where the authorization server sends the browser; nobody opens it.
pub(crate) const REDIRECT_URI: &str = "http://127.0.0.1:9/callback";
/// What the clients may ask for.
pub(crate) const SCOPES: [&str; 2] = ["notes:read", "notes:write"];

/// The clients, and how each differs from one that is added without a word.
const CLIENTS: [(&str, &[&str]); 5] = [
    ("EDDSA", &["--redirect-uri", REDIRECT_URI]),
    (
        "ES256",
        &["--redirect-uri", REDIRECT_URI, "--signing", "ES256"],
    ),
    (
        "RS256",
        &["--redirect-uri", REDIRECT_URI, "--signing", "RS256"],
    ),
    ("PUBLIC", &["--redirect-uri", REDIRECT_URI, "--public"]),
    ("SERVICE", &["--grant-type", "client_credentials"]),
];

/// A client as it was added.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) name: &'static str,
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
}

pub(crate) struct Stage {
    pub(crate) bed: Bed,
    server: Server,
    clients: Vec<Client>,
}

impl Stage {
    pub(crate) fn start() -> Self {
        let bed = Bed::new();
        bed.team();
        let clients = CLIENTS.map(|(name, flags)| add(&bed, name, flags)).into();
        let server = bed.serve();
        Self {
            bed,
            server,
            clients,
        }
    }

    pub(crate) fn site(&self) -> Site {
        self.server.site()
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.server.url
    }

    pub(crate) fn client(&self, name: &str) -> &Client {
        self.clients
            .iter()
            .find(|client| client.name == name)
            .expect("a client of that name")
    }

    /// What the scripts read from their environment.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        let mut variables: Vec<_> = [
            ("ISSUER", self.issuer()),
            ("EMAIL", OWNER),
            ("PASSWORD", PASSWORD),
            ("REDIRECT_URI", REDIRECT_URI),
            ("SCOPE", &SCOPES.join(" ")),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        for Client { name, id, secret } in &self.clients {
            variables.push((format!("{name}_CLIENT_ID"), id.clone()));
            variables.extend(
                secret
                    .clone()
                    .map(|it| (format!("{name}_CLIENT_SECRET"), it)),
            );
        }
        variables
    }
}

fn add(bed: &Bed, name: &'static str, flags: &[&str]) -> Client {
    let mut arguments = vec!["client", "add", name];
    arguments.extend(SCOPES.iter().flat_map(|scope| ["--scope", scope]));
    arguments.extend(flags);
    let added = bed.json(&arguments);
    let secret = added["client_secret"].as_str().map(str::to_owned);
    Client {
        name,
        id: text(&added, "client_id").to_owned(),
        secret,
    }
}
