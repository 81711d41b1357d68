//! Obtains grants and access tokens before the clock runs.

use std::collections::HashSet;
use std::future::Future;
use std::time::Duration;

use tokio::time::timeout;

use super::LoadError;
use super::arguments::People;
use super::run::Chain;
use super::scenarios::{Care, Refresh};
use super::template::Template;
use crate::actor::{App, Person, Tokens};
use crate::http::Connection;

/// Runs the preparation on a runtime of its own, gone before the measurement begins.
pub(super) fn block_on<T>(
    work: impl Future<Output = Result<T, LoadError>>,
) -> Result<T, LoadError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let late = || LoadError::Unfit(format!("not done within {} seconds", LIMIT.as_secs()));
    runtime.block_on(async { timeout(LIMIT, work).await.unwrap_or_else(|_| Err(late())) })
}

/// The first tokens of so many grants, from people who sign in once each.
pub(super) async fn grants(
    app: &App,
    people: &People,
    count: usize,
) -> Result<Vec<Tokens>, LoadError> {
    let person = |email: &String| Person::new(app.site(), email, &people.password);
    let people: Vec<Person> = people.emails.iter().map(person).collect();
    let mut grants = Vec::with_capacity(count);
    for person in people.iter().cycle().take(count) {
        let tokens = app.code_flow(person).await?;
        if tokens.refresh_token.is_none() {
            return Err(LoadError::Unfit(
                "the first tokens have no refresh token".to_owned(),
            ));
        }
        grants.push(tokens);
    }
    Ok(grants)
}

/// So many different access tokens: those of the first generations of a few grants.
pub(super) async fn access_tokens(
    app: &App,
    people: &People,
    count: usize,
    grant_count: usize,
) -> Result<Vec<String>, LoadError> {
    let grant_count = grant_count.min(count);
    let mut tokens = HashSet::with_capacity(count);
    let template = refresh_template(app);
    let mut connection = Connection::open(app.site().address()).await?;
    for (index, first) in grants(app, people, grant_count)
        .await?
        .into_iter()
        .enumerate()
    {
        let refreshes = (count - index - 1) / grant_count;
        tokens.insert(first.access_token.clone());
        let mut chain = Refresh::new(template.clone(), first);
        for _ in 0..refreshes {
            let response = connection.exchange(chain.plan()).await?;
            chain
                .absorb(&response, Care::Full)
                .map_err(|fault| LoadError::Unfit(format!("a refresh gave {}", fault.name)))?;
            tokens.insert(chain.access_token().to_owned());
        }
    }
    if tokens.len() < count {
        let found = tokens.len();
        return Err(LoadError::Unfit(format!(
            "only {found} of {count} access tokens differ"
        )));
    }
    Ok(tokens.into_iter().collect())
}

pub(super) fn refresh_template(app: &App) -> Template {
    Template::new(
        app,
        "/oauth2/token",
        &[("grant_type", "refresh_token")],
        "refresh_token",
    )
}

pub(super) fn introspection_template(app: &App) -> Template {
    Template::new(app, "/oauth2/introspect", &[], "token")
}

pub(super) fn client_credentials_request(app: &App) -> Vec<u8> {
    let mut fields = vec![("grant_type", "client_credentials")];
    fields.extend(app.scope.as_deref().map(|scope| ("scope", scope)));
    app.request("/oauth2/token", &fields)
        .encode(app.site().host())
}

const LIMIT: Duration = Duration::from_secs(600);
