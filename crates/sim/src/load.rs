//! A closed-loop load generator: each chain has one connection and one request in flight.
//!
//! 1. [`Arguments`] say what to measure and for how long.
//! 2. `prepare` obtains what the scenario needs through the public door: grants, access tokens.
//! 3. `run` drives the chains through warm-up and measurement, each request planned and each
//!    answer absorbed by its scenario in `scenarios`.
//! 4. The [`Report`] is one JSON document.
//!
//! It shares the machine with the server under test, so the loop allocates nothing, patches one
//! token into a request made beforehand and finds the next one by a search; in the warm-up and
//! then once in a thousand, the answer is also read as JSON and checked in full.

mod arguments;
mod prepare;
mod run;
mod scan;
mod scenarios;
mod tally;
mod template;

use crate::actor::{ActorError, App};
use crate::http::{HttpError, Request, Site};

use arguments::{Command, Registration};
use scenarios::{ClientCredentials, Get, Introspection, Refresh};

pub use arguments::Arguments;
pub use tally::Report;

/// Why nothing could be measured.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error("preparing: {0}")]
    Prepare(#[from] ActorError),
    #[error("preparing: {0}")]
    Unfit(String),
    #[error("the machine refuses: {0}")]
    Machine(#[from] std::io::Error),
}

/// Prepares, measures and reports; bounded by the stated time and a few seconds of grace.
pub fn load(arguments: &Arguments) -> Result<Report, LoadError> {
    match &arguments.command {
        Command::Refresh {
            registration,
            people,
            chains,
            pace,
        } => {
            let app = registration.app()?;
            let grants = prepare::block_on(prepare::grants(&app, people, *chains))?;
            let template = prepare::refresh_template(&app);
            let chains = grants
                .into_iter()
                .map(|grant| Refresh::new(template.clone(), grant));
            run::run("refresh", app.site().address(), chains.collect(), *pace)
        }
        Command::Introspect {
            registration,
            people,
            tokens,
            grants,
            connections,
            pace,
        } => {
            let app = registration.app()?;
            let tokens = prepare::block_on(prepare::access_tokens(&app, people, *tokens, *grants))?;
            let template = prepare::introspection_template(&app);
            let chains = Introspection::spread(&template, &tokens, *connections);
            run::run("introspect", app.site().address(), chains, *pace)
        }
        Command::ClientCredentials {
            registration,
            scope,
            connections,
            pace,
        } => {
            let mut app = registration.app()?;
            app.scope.clone_from(scope);
            let request = prepare::client_credentials_request(&app);
            let chains = vec![ClientCredentials::new(request); *connections];
            run::run("client-credentials", app.site().address(), chains, *pace)
        }
        Command::Get {
            url,
            path,
            bearer,
            connections,
            pace,
        } => {
            let site = Site::new(url)?;
            let mut request = Request::get(&site.url(path));
            if let Some(token) = bearer {
                request = request.header("Authorization", &format!("Bearer {token}"));
            }
            let chains = vec![Get::new(request.encode(site.host())); *connections];
            run::run("get", site.address(), chains, *pace)
        }
    }
}

impl Registration {
    fn app(&self) -> Result<App, LoadError> {
        let site = Site::new(&self.url)?;
        let mut app = App::public(&site, &self.client_id, &self.redirect_uri);
        app.client_secret.clone_from(&self.client_secret);
        app.authentication = self.authentication.into();
        Ok(app)
    }
}
