//! Grants that users gave to clients.

use evergrant_service::core::Time;
use evergrant_service::core::issued::personal::Ability;
use evergrant_service::core::issued::presenter::{Did, Entry};
use evergrant_service::core::issued::refresh::Snapshot;
use evergrant_service::manage::grants;
use evergrant_service::{Caller, Failure, Service, Wrong};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::act::{Act, Method, Needs};
use super::incidents::{IncidentShown, PresenterShown};
use super::values::{Listing, Moment, number, page};

/// A grant as it stands.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Grant)]
pub struct GrantShown {
    /// Its id.
    pub grant_id: String,
    /// `live`, or the reason why it ended, as `error_code` says it at the token endpoint.
    pub state: String,
    /// The client that was given it.
    pub client_id: String,
    /// The client's name.
    pub client_name: String,
    /// The user who gave it.
    pub user_id: String,
    /// The user's address; null if they are no user any more.
    #[schema(required)]
    pub email: Option<String>,
    /// What the user agreed to.
    pub scopes: Vec<String>,
    /// The resources that the user agreed to (RFC 8707).
    pub resources: Vec<String>,
    /// How many times its tokens were made.
    pub generation: u64,
    /// When it began.
    pub created_at: Moment,
    /// When its tokens were made last.
    pub renewed_at: Moment,
    /// When it ends if it is not refreshed.
    pub expires_at: Moment,
    /// When it ends at the latest.
    pub absolute_expires_at: Moment,
    /// When it was ended; null while it lives, and when it merely ran out.
    #[schema(required)]
    pub ended_at: Option<Moment>,
}

impl GrantShown {
    fn new(snapshot: Snapshot, email: Option<String>, now: Time) -> Self {
        let state = grants::end(&snapshot, now).map_or("live", |reason| reason.as_str());
        let Snapshot { grant, client, .. } = snapshot;
        Self {
            grant_id: grant.id.to_string(),
            state: state.to_owned(),
            client_id: client.id.to_string(),
            client_name: client.name,
            user_id: grant.user.to_string(),
            email,
            scopes: grant.scope.words().map(str::to_owned).collect(),
            resources: grant.resources,
            generation: grant.rotation.generation,
            created_at: Moment(grant.created_at),
            renewed_at: Moment(grant.rotation.rotated_at),
            expires_at: Moment(grant.rotation.expires_at),
            absolute_expires_at: Moment(grant.absolute_expires_at),
            ended_at: grant.ended.map(|(at, _)| Moment(at)),
        }
    }
}

/// A grant with what was seen of it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = GrantInFull)]
pub struct GrantInFull {
    /// The grant.
    #[serde(flatten)]
    pub grant: GrantShown,
    /// The incidents that were seen on it.
    pub incidents: Vec<IncidentShown>,
    /// Who presented its refresh tokens last, the newest first; null for who does not manage the
    /// team.
    #[schema(required)]
    pub presenters: Option<Vec<PresentationShown>>,
}

/// One presentation of a refresh token.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Presentation)]
pub struct PresentationShown {
    /// The generation of the token that was presented.
    pub generation: u64,
    /// `rotated`: its successor was made. `retried`: the same successor was given once more.
    pub did: String,
    /// Who it was.
    #[serde(flatten)]
    pub presenter: PresenterShown,
}

impl From<Entry> for PresentationShown {
    fn from(entry: Entry) -> Self {
        let did = match entry.did {
            Did::Rotated => "rotated",
            Did::Retried => "retried",
        };
        Self {
            generation: entry.generation,
            did: did.to_owned(),
            presenter: entry.presenter.into(),
        }
    }
}

/// Lists grants.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListGrants {
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

impl Act for ListGrants {
    type Answer = Listing<GrantShown>;
    const NAME: &'static str = "list_grants";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/grants";
    const SUMMARY: &'static str = "Lists grants: the team's for who manages it, else one's own.";
    const NEEDS: Needs = Needs::Read;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let found = service
            .grants(caller, &page(self.after, self.limit)?)
            .await?;
        let now = service.world().now();
        Ok(found
            .map(|it| GrantShown::new(it.snapshot, Some(it.email), now))
            .into())
    }
}

/// Shows a grant.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShowGrant {
    /// The grant's id.
    pub id: String,
}

impl Act for ShowGrant {
    type Answer = GrantInFull;
    const NAME: &'static str = "show_grant";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/grants/{id}";
    const SUMMARY: &'static str = "Shows a grant, its incidents, and who presented its tokens.";
    const NEEDS: Needs = Needs::Read;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<GrantInFull, Failure> {
        let snapshot = service.grant(caller, &self.id).await?;
        in_full(service, caller, snapshot).await
    }
}

/// Ends a grant.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndGrant {
    /// The grant's id.
    pub id: String,
}

impl Act for EndGrant {
    type Answer = GrantInFull;
    const NAME: &'static str = "end_grant";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/grants/{id}";
    const SUMMARY: &'static str =
        "Ends a grant and all its tokens; ending a dead one does nothing.";
    const NEEDS: Needs = Needs::Write;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<GrantInFull, Failure> {
        let snapshot = service.end_grant(caller, &self.id).await?;
        in_full(service, caller, snapshot).await
    }
}

async fn in_full(
    service: &Service,
    caller: &Caller,
    snapshot: Snapshot,
) -> Result<GrantInFull, Failure> {
    let email = match service.user(caller, &snapshot.grant.user.to_string()).await {
        Ok(user) => Some(user.email.to_string()),
        Err(Failure::Wrong(Wrong::NotFound { .. })) => None,
        Err(other) => return Err(other),
    };
    let incidents = service
        .incidents_of(caller, &snapshot.grant.id.to_string())
        .await?;
    let presenters = caller.may(&Ability::Admin).then(|| {
        let oldest_first: Vec<_> = snapshot.grant.presenters.entries().collect();
        oldest_first
            .into_iter()
            .rev()
            .map(PresentationShown::from)
            .collect()
    });
    Ok(GrantInFull {
        grant: GrantShown::new(snapshot, email, service.world().now()),
        incidents: incidents.into_iter().map(IncidentShown::from).collect(),
        presenters,
    })
}
