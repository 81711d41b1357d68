//! Personal access tokens.

use evergrant_service::core::issued::{PersonalToken, Reason};
use evergrant_service::manage::personal_tokens::{Life, NewPersonalToken};
use evergrant_service::{Caller, Failure, Page, Service};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::act::{Act, Method, Needs};
use super::values::{Expires, Listing, Moment, PlainSecret, number, page};

/// A personal access token, without what is secret of it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = PersonalToken)]
pub struct PersonalTokenShown {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub user_id: String,
    /// What it is for.
    pub purpose: String,
    /// How the token begins.
    pub hint: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// `live`, or the reason why it opens nothing.
    pub state: String,
    /// When it was made.
    pub created_at: Moment,
    /// When it ends; null is never.
    #[schema(required)]
    pub expires_at: Option<Moment>,
    /// When it was used last, to the minute.
    #[schema(required)]
    pub last_used_at: Option<Moment>,
}

impl PersonalTokenShown {
    fn new(token: PersonalToken, end: Option<Reason>) -> Self {
        Self {
            id: token.id.to_string(),
            user_id: token.user.to_string(),
            purpose: token.purpose,
            hint: token.hint,
            scopes: token.scopes.words().map(str::to_owned).collect(),
            state: end.map_or("live", Reason::as_str).to_owned(),
            created_at: Moment(token.created_at),
            expires_at: token.expires_at.map(Moment),
            last_used_at: token.last_used_at.map(Moment),
        }
    }
}

/// A token just made, with its text this one time.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PersonalTokenMade {
    /// Its id.
    pub id: String,
    /// The token, shown here and never again.
    pub token: PlainSecret,
    /// How the token begins.
    pub hint: String,
    /// When it ends; null is never.
    #[schema(required)]
    pub expires_at: Option<Moment>,
}

/// Which token it was.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PersonalTokenNamed {
    /// Its id.
    pub id: String,
}

/// Makes a personal access token.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MakePersonalToken {
    /// What it is for.
    pub purpose: String,
    /// `read`, `write`, `admin`, `tokens`, `tokens:NAME`; all that its maker may do if nothing is
    /// said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// When it ends: `90d` by default, or `never`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Expires>,
}

impl Act for MakePersonalToken {
    type Answer = PersonalTokenMade;
    const NAME: &'static str = "make_personal_token";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/personal-tokens";
    const SUMMARY: &'static str =
        "Makes a personal access token for the caller; it is shown in this answer only.";
    const NEEDS: Needs = Needs::Write;
    const STATUS: u16 = 201;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let life = match self.expires {
            None => Life::Default,
            Some(Expires::In(span)) => Life::For(span),
            Some(Expires::Never) => Life::Endless,
        };
        let new = NewPersonalToken {
            purpose: self.purpose,
            scopes: self.scopes,
            life,
        };
        let (token, row) = service.make_personal_token(caller, &new).await?;
        Ok(PersonalTokenMade {
            id: row.id.to_string(),
            token: PlainSecret(token),
            hint: row.hint,
            expires_at: row.expires_at.map(Moment),
        })
    }
}

/// Lists the caller's tokens.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListPersonalTokens {
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

impl Act for ListPersonalTokens {
    type Answer = Listing<PersonalTokenShown>;
    const NAME: &'static str = "list_personal_tokens";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/personal-tokens";
    const SUMMARY: &'static str = "Lists the caller's personal access tokens.";
    const NEEDS: Needs = Needs::Read;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let asked = page(self.after, self.limit)?;
        let Page { items, next } = service.personal_tokens(caller, &asked).await?;
        let ends = service.ends_of_personal_tokens(&items).await?;
        let both = items.into_iter().zip(ends);
        let items = both
            .map(|(token, end)| PersonalTokenShown::new(token, end))
            .collect();
        Ok(Listing { items, next })
    }
}

/// Shows a token.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShowPersonalToken {
    /// The token's id.
    pub id: String,
}

impl Act for ShowPersonalToken {
    type Answer = PersonalTokenShown;
    const NAME: &'static str = "show_personal_token";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/personal-tokens/{id}";
    const SUMMARY: &'static str = "Shows a personal access token.";
    const NEEDS: Needs = Needs::Read;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let token = service.personal_token_named(caller, &self.id).await?;
        let ends = service
            .ends_of_personal_tokens(std::slice::from_ref(&token))
            .await?;
        Ok(PersonalTokenShown::new(
            token,
            ends.into_iter().next().flatten(),
        ))
    }
}

/// Deletes a token.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeletePersonalToken {
    /// The token's id.
    pub id: String,
}

impl Act for DeletePersonalToken {
    type Answer = PersonalTokenNamed;
    const NAME: &'static str = "delete_personal_token";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/personal-tokens/{id}";
    const SUMMARY: &'static str =
        "Deletes a personal access token; from this answer on it opens nothing.";
    const NEEDS: Needs = Needs::Write;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let token = service.delete_personal_token(caller, &self.id).await?;
        Ok(PersonalTokenNamed {
            id: token.id.to_string(),
        })
    }
}
