//! Connections, attempts and diagnoses as answers show them.

use evergrant_service::core::Time;
use evergrant_service::core::held::{
    Access, Account, Attempt, Diagnosis, How, Phase, scopes as scope_rules,
};
use evergrant_service::manage::connections::ConnectionSeen;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::values::Moment;

/// A connection, without its tokens.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Connection)]
pub struct ConnectionShown {
    /// Its id.
    pub connection_id: String,
    /// What programs call it.
    pub name: String,
    /// The name of the integration.
    pub integration: String,
    /// The key of the provider.
    pub provider: String,
    /// `pending`, `active`, `degraded`, `in_doubt`, `scope_gap`, `needs_reauth`, `app_fault`,
    /// `suspended` or `revoked`.
    pub state: String,
    /// Since when it is in that state.
    pub since: Moment,
    /// The address of the person to ask.
    #[schema(required)]
    pub owner: Option<String>,
    /// The account at the provider, as far as it is known.
    #[schema(required)]
    pub account: Option<AccountShown>,
    /// What was granted; what was asked for, where the provider doesn't say.
    pub scopes: Vec<String>,
    /// What was asked for and not granted.
    pub missing_scopes: Vec<String>,
    /// How often its tokens were renewed; the first is 1.
    pub generation: u64,
    /// When the access token ends; null where it has no end, or there is none.
    #[schema(required)]
    pub access_expires_at: Option<Moment>,
    /// When the refresh token ends, if the provider said so.
    #[schema(required)]
    pub refresh_expires_at: Option<Moment>,
    /// When it is refreshed next, if nothing happens before.
    #[schema(required)]
    pub next_refresh_at: Option<Moment>,
    /// Why it is not well; null while all is well.
    #[schema(required)]
    pub diagnosis: Option<DiagnosisShown>,
}

impl From<ConnectionSeen> for ConnectionShown {
    fn from(seen: ConnectionSeen) -> Self {
        let next_refresh_at = next_refresh_at(&seen);
        let they = seen.provider.called();
        let standing = &seen.loaded.connection.standing;
        let diagnosis = standing.diagnosis.as_ref();
        let diagnosis = diagnosis.map(|it| DiagnosisShown::of(it, they));
        let connection = seen.loaded.connection;
        let grant = seen.loaded.grant;
        let granted = grant.scopes.as_ref();
        let missing = scope_rules::missing(&connection.scopes, granted);
        let has = grant.generation > 0;
        let scopes = granted.unwrap_or(&connection.scopes).words();
        Self {
            connection_id: connection.id.to_string(),
            integration: seen.loaded.integration.name,
            provider: seen.loaded.integration.provider,
            state: connection.standing.state.as_str().to_owned(),
            since: Moment(connection.standing.since),
            owner: seen.owner,
            account: connection.account.map(AccountShown::from),
            missing_scopes: missing.into_iter().map(str::to_owned).collect(),
            scopes: scopes.map(str::to_owned).collect(),
            generation: grant.generation,
            access_expires_at: access_end(grant.access).filter(|_| has).map(Moment),
            refresh_expires_at: grant.refresh_expires_at.map(Moment),
            next_refresh_at: next_refresh_at.map(Moment),
            diagnosis,
            name: connection.name,
        }
    }
}

/// An account at a provider.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Account)]
pub struct AccountShown {
    /// The provider's name for it, which never changes.
    pub id: String,
    /// What people call it.
    #[schema(required)]
    pub label: Option<String>,
}

impl From<Account> for AccountShown {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            label: account.label,
        }
    }
}

/// Why something failed, who must act, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Diagnosis)]
pub struct DiagnosisShown {
    /// What happened: a stable word, `unknown` where it can't be told.
    pub cause: String,
    /// What else it may be, most likely first.
    #[serde(default)]
    pub also_possible: Vec<String>,
    /// Who must act: `nobody`, `end_user`, `account_admin`, `app_developer` or `operator`.
    pub party: String,
    /// How sure that is: `certain`, `likely` or `ambiguous`.
    pub confidence: String,
    /// Whether it passes, and the same grant works again.
    #[serde(default)]
    pub transient: bool,
    /// What happened, in one sentence.
    pub summary: String,
    /// What to do next, in one sentence.
    pub next_step: String,
    /// What was seen: in the answer, and in the history of the grant.
    pub evidence: Vec<String>,
    /// The dates that the provider's answer carries, in order.
    #[serde(default)]
    pub dates: Vec<Moment>,
}

impl DiagnosisShown {
    /// A diagnosis as answers show it; `provider` is what people call whoever said so.
    pub fn of(diagnosis: &Diagnosis, provider: Option<&str>) -> Self {
        let others = diagnosis.also_possible.iter();
        Self {
            cause: diagnosis.cause.as_str().to_owned(),
            also_possible: others.map(|it| it.as_str().to_owned()).collect(),
            party: diagnosis.party.as_str().to_owned(),
            confidence: diagnosis.confidence.as_str().to_owned(),
            transient: diagnosis.transient,
            summary: diagnosis.summary(provider),
            next_step: diagnosis.next_step().to_owned(),
            evidence: diagnosis.evidence.clone(),
            dates: diagnosis.dates.iter().copied().map(Moment).collect(),
        }
    }
}

/// One attempt to get the next tokens.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Attempt)]
pub struct AttemptShown {
    /// From which generation.
    pub generation: u64,
    /// How far it is: `claimed`, `sent`, `received`, `applied`, `refused`, `unspent` or `aborted`.
    pub phase: String,
    /// When it began.
    pub started_at: Moment,
    /// When it came to its end; null while it is open.
    #[schema(required)]
    pub ended_at: Option<Moment>,
    /// What came of it: `tokens`, `silent`, `unclear`, `unspent`, `refused` or `not_sent`; null
    /// while nothing did.
    #[schema(required)]
    pub outcome: Option<String>,
    /// The HTTP status of the last answer.
    #[schema(required)]
    pub http_status: Option<u16>,
    /// Why it failed.
    #[schema(required)]
    pub diagnosis: Option<DiagnosisShown>,
}

impl AttemptShown {
    /// An attempt as answers show it; `provider` is what people call whom it asked.
    pub fn of(attempt: Attempt, provider: Option<&str>) -> Self {
        let diagnosis = attempt.diagnosis.as_ref();
        Self {
            generation: attempt.generation,
            phase: attempt.phase.as_str().to_owned(),
            started_at: Moment(attempt.claimed_at),
            ended_at: attempt.ended_at.map(Moment),
            outcome: outcome(&attempt).map(|how| how.as_str().to_owned()),
            http_status: attempt.status(),
            diagnosis: diagnosis.map(|it| DiagnosisShown::of(it, provider)),
        }
    }
}

/// The end of an access token that there is.
const fn access_end(access: Access) -> Option<Time> {
    match access {
        Access::Until(end) => Some(end),
        Access::None | Access::Endless => None,
    }
}

/// Where nothing is refreshed by itself there is none.
fn next_refresh_at(seen: &ConnectionSeen) -> Option<Time> {
    let standing = &seen.loaded.connection.standing;
    let planned = seen.loaded.grant.refresh_at?;
    let next = standing.next_try(Some(planned));
    next.filter(|_| standing.state.refreshes())
}

/// An attempt of several sends has the outcome of the one that decided it, which need not be the
/// last.
fn outcome(attempt: &Attempt) -> Option<How> {
    match attempt.phase {
        Phase::Applied => Some(How::Tokens),
        Phase::Refused => Some(How::Refused),
        Phase::Unspent => Some(How::Unspent),
        Phase::Aborted => Some(How::NotSent),
        Phase::Claimed | Phase::Sent | Phase::Received => {
            let how = attempt.last()?.ended?.how;
            (how != How::Received).then_some(how)
        }
    }
}
