//! Who the caller is.

use evergrant_service::core::issued::personal::Ability;
use evergrant_service::{Authority, Caller, Failure, Service};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::act::{Act, Method, Needs};
use super::values::RoleWord;

/// Who asks, and what they may do.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// The team.
    pub team_id: String,
    /// `personal_token`, `session`, or `operator` for the command line on the machine itself.
    pub authority: String,
    /// The user; null for the operator.
    #[schema(required)]
    pub user_id: Option<String>,
    /// The user's address.
    #[schema(required)]
    pub email: Option<String>,
    /// The user's role.
    #[schema(required)]
    pub role: Option<RoleWord>,
    /// What the caller may do: by their role, and by the token's scopes if there is a token.
    pub scopes: Vec<String>,
}

/// Tells who the caller is.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShowMe {}

impl Act for ShowMe {
    type Answer = Me;
    const NAME: &'static str = "show_me";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/me";
    const SUMMARY: &'static str = "Tells who the caller is and what they may do.";
    const NEEDS: Needs = Needs::Nothing;

    async fn perform(self, _: &Service, caller: &Caller) -> Result<Me, Failure> {
        let authority = match &caller.authority {
            Authority::Operator => "operator",
            Authority::Session(_) => "session",
            Authority::Token(_) => "personal_token",
        };
        let scopes = match &caller.authority {
            Authority::Token(it) => it.token.scopes.words().map(str::to_owned).collect(),
            _ => ["admin", "read", "tokens", "write"]
                .into_iter()
                .filter(|word| Ability::parse(word).is_some_and(|it| caller.may(&it)))
                .map(str::to_owned)
                .collect(),
        };
        let user = caller.user();
        Ok(Me {
            team_id: caller.team.to_string(),
            authority: authority.to_owned(),
            user_id: user.map(|it| it.id.to_string()),
            email: user.map(|it| it.email.to_string()),
            role: user.map(|it| RoleWord(it.role)),
            scopes,
        })
    }
}
