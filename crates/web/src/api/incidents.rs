//! Incidents: what was seen of refresh tokens in two hands.

use evergrant_service::core::issued::incident::Incident;
use evergrant_service::core::issued::presenter::Presenter;
use evergrant_service::{Caller, Failure, Service};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::act::{Act, Method, Needs};
use super::values::{Listing, Moment, number, page};

/// Who presented a token.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Presenter)]
pub struct PresenterShown {
    /// When.
    pub at: Moment,
    /// From which address, if that is known.
    #[schema(required)]
    pub address: Option<String>,
    /// What the program said it is.
    pub user_agent: String,
}

impl From<Presenter> for PresenterShown {
    fn from(presenter: Presenter) -> Self {
        Self {
            at: Moment(presenter.at),
            address: presenter.address.map(|it| it.to_string()),
            user_agent: presenter.user_agent,
        }
    }
}

/// What was seen of a refresh token in two hands.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Incident)]
pub struct IncidentShown {
    /// Its id.
    pub incident_id: String,
    /// The grant.
    pub grant_id: String,
    /// `reuse`, `two_holders` or `code_reuse`.
    pub kind: String,
    /// The likely story: `lost_answer`, `second_process`, `other_hands` or `unknown`.
    pub story: String,
    /// The generation that was presented twice.
    pub generation: u64,
    /// Who presented it first, if that is remembered.
    #[schema(required)]
    pub first: Option<PresenterShown>,
    /// Who presented it second.
    pub second: PresenterShown,
    /// When it was seen first.
    pub opened_at: Moment,
    /// How often it was seen.
    pub count: u32,
}

impl From<Incident> for IncidentShown {
    fn from(incident: Incident) -> Self {
        Self {
            incident_id: incident.id.to_string(),
            grant_id: incident.grant.to_string(),
            kind: incident.kind.as_str().to_owned(),
            story: incident.story.as_str().to_owned(),
            generation: incident.generation,
            first: incident.first.map(PresenterShown::from),
            second: incident.second.into(),
            opened_at: Moment(incident.opened_at),
            count: incident.count,
        }
    }
}

/// Lists incidents.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListIncidents {
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

impl Act for ListIncidents {
    type Answer = Listing<IncidentShown>;
    const NAME: &'static str = "list_incidents";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/incidents";
    const SUMMARY: &'static str = "Lists the incidents of the team.";
    const NEEDS: Needs = Needs::Admin;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let found = service
            .incidents(caller, &page(self.after, self.limit)?)
            .await?;
        Ok(found.map(IncidentShown::from).into())
    }
}
