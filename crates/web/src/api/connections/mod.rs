//! Connections: the durable things that programs get tokens by.

mod begin;
mod shown;
mod token;

use evergrant_service::manage::checked::Accepted;
use evergrant_service::manage::connections::ConnectionSeen;
use evergrant_service::{Caller, Failure, Page, Service};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::begin::{BeginConnection, ConnectionBegun, ImportConnection};
pub use self::shown::{AccountShown, AttemptShown, ConnectionShown, DiagnosisShown};
pub use self::token::{ReadToken, TokenShown};

use super::act::{Act, Method, Needs};
use super::values::{Listing, number, page};

/// Which connection it was.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConnectionNamed {
    /// Its id.
    pub connection_id: String,
    /// What programs call it.
    pub name: String,
}

impl From<ConnectionSeen> for ConnectionNamed {
    fn from(seen: ConnectionSeen) -> Self {
        let connection = seen.loaded.connection;
        Self {
            connection_id: connection.id.to_string(),
            name: connection.name,
        }
    }
}

/// Lists the connections.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListConnections {
    /// The `next` of the part before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many at most, 1 to 200; 200 if nothing is said.
    #[serde(
        default,
        deserialize_with = "number",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

impl Act for ListConnections {
    type Answer = Listing<ConnectionShown>;
    const NAME: &'static str = "list_connections";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/connections";
    const SUMMARY: &'static str = "Lists the connections of the team.";
    const NEEDS: Needs = Needs::Read;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let asked = page(self.after, self.limit)?;
        let Page { items, next } = service.connections(caller, &asked).await?;
        let items = items.into_iter().map(ConnectionShown::from).collect();
        Ok(Listing { items, next })
    }
}

/// Shows a connection.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShowConnection {
    /// The connection's name or id.
    pub connection: String,
}

impl Act for ShowConnection {
    type Answer = ConnectionShown;
    const NAME: &'static str = "show_connection";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/connections/{connection}";
    const SUMMARY: &'static str =
        "Shows a connection: its state, its times, and why it is not well.";
    const NEEDS: Needs = Needs::Read;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        Ok(service.connection(caller, &self.connection).await?.into())
    }
}

/// What a check found.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConnectionChecked {
    /// Whether a token can be served now.
    pub serves: bool,
    /// Whether the provider accepts the access token; null where it could not be asked.
    #[schema(required)]
    pub accepted: Option<bool>,
    /// Whether it accepts it, and says that it lacks the scope to be told whose account it is.
    pub scope_missing: bool,
    /// The connection.
    pub connection: ConnectionShown,
}

/// Checks a connection.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckConnection {
    /// The connection's name or id.
    #[schema(ignore)]
    pub connection: String,
}

impl Act for CheckConnection {
    type Answer = ConnectionChecked;
    const NAME: &'static str = "check_connection";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/connections/{connection}/check";
    const SUMMARY: &'static str =
        "Looks whether a connection serves, and asks the provider where it can; never refreshes.";
    const NEEDS: Needs = Needs::Write;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let checked = service.check_connection(caller, &self.connection).await?;
        Ok(ConnectionChecked {
            serves: checked.serves,
            accepted: checked.accepted.map(|it| it != Accepted::No),
            scope_missing: checked.accepted == Some(Accepted::ScopeMissing),
            connection: checked.seen.into(),
        })
    }
}

/// What a refresh came to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConnectionRefreshed {
    /// Whether new tokens came.
    pub renewed: bool,
    /// Whether there is anything to renew it with.
    pub renewable: bool,
    /// The connection afterwards.
    pub connection: ConnectionShown,
}

/// Refreshes a connection.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshConnection {
    /// The connection's name or id.
    #[schema(ignore)]
    pub connection: String,
    /// Whoever sent the request that is in doubt is known to be gone, and holds no answer; false
    /// by default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sender_gone: bool,
}

impl Act for RefreshConnection {
    type Answer = ConnectionRefreshed;
    const NAME: &'static str = "refresh_connection";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/connections/{connection}/refresh";
    const SUMMARY: &'static str =
        "Asks the provider for new tokens now; in doubt only as its replay policy allows.";
    const NEEDS: Needs = Needs::Write;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let refreshed = service
            .refresh_connection(caller, &self.connection, self.sender_gone)
            .await?;
        Ok(ConnectionRefreshed {
            renewed: refreshed.renewed,
            renewable: refreshed.renewable,
            connection: refreshed.seen.into(),
        })
    }
}

/// Lists what was tried.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListHistory {
    /// The connection's name or id.
    pub connection: String,
    /// The `next` of the part before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many at most, 1 to 200; 200 if nothing is said.
    #[serde(
        default,
        deserialize_with = "number",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

impl Act for ListHistory {
    type Answer = Listing<AttemptShown>;
    const NAME: &'static str = "list_history";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/connections/{connection}/history";
    const SUMMARY: &'static str =
        "Lists the attempts to renew a connection's tokens, newest first.";
    const NEEDS: Needs = Needs::Read;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let asked = page(self.after, self.limit)?;
        let tried = service.history(caller, &self.connection, &asked).await?;
        let they = tried.provider.as_deref();
        let shown = |it| AttemptShown::of(it, they);
        Ok(tried.attempts.map(shown).into())
    }
}

/// Stops a connection.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuspendConnection {
    /// The connection's name or id.
    #[schema(ignore)]
    pub connection: String,
}

impl Act for SuspendConnection {
    type Answer = ConnectionShown;
    const NAME: &'static str = "suspend_connection";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/connections/{connection}/suspend";
    const SUMMARY: &'static str = "Stops a connection: nothing is served and nothing is sent.";
    const NEEDS: Needs = Needs::Write;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let seen = service.suspend_connection(caller, &self.connection).await?;
        Ok(seen.into())
    }
}

/// Lets a connection go on.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResumeConnection {
    /// The connection's name or id.
    #[schema(ignore)]
    pub connection: String,
}

impl Act for ResumeConnection {
    type Answer = ConnectionShown;
    const NAME: &'static str = "resume_connection";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/connections/{connection}/resume";
    const SUMMARY: &'static str = "Lets a suspended connection go on.";
    const NEEDS: Needs = Needs::Write;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let seen = service.resume_connection(caller, &self.connection).await?;
        Ok(seen.into())
    }
}

/// Removes a connection.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveConnection {
    /// The connection's name or id.
    pub connection: String,
}

impl Act for RemoveConnection {
    type Answer = ConnectionNamed;
    const NAME: &'static str = "remove_connection";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/connections/{connection}";
    const SUMMARY: &'static str =
        "Removes a connection: ends its grant at the provider and forgets its secrets.";
    const NEEDS: Needs = Needs::Write;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let removed = service.remove_connection(caller, &self.connection).await?;
        Ok(removed.into())
    }
}
