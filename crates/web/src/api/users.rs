//! Users of the team.

use evergrant_service::core::people::{Role, User};
use evergrant_service::manage::users::NewUser;
use evergrant_service::{Caller, Failure, Service};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::act::{Act, Method, Needs};
use super::values::{Listing, Moment, PlainSecret, RoleWord, number, page};

/// A user of the team.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = User)]
pub struct UserShown {
    /// The user's id: `sub` in tokens.
    pub user_id: String,
    /// The address that they sign in with.
    pub email: String,
    /// What they may do in the team.
    pub role: RoleWord,
    /// `active` or `suspended`.
    pub state: String,
    /// When they were added.
    pub created_at: Moment,
    /// Since when they can't sign in.
    #[schema(required)]
    pub suspended_at: Option<Moment>,
}

impl From<User> for UserShown {
    fn from(user: User) -> Self {
        let state = if user.suspended_at.is_some() {
            "suspended"
        } else {
            "active"
        };
        Self {
            user_id: user.id.to_string(),
            email: user.email.to_string(),
            role: RoleWord(user.role),
            state: state.to_owned(),
            created_at: Moment(user.created_at),
            suspended_at: user.suspended_at.map(Moment),
        }
    }
}

/// Which user it was.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = UserNamed)]
pub struct UserNamed {
    /// The user's id.
    pub user_id: String,
}

impl From<User> for UserNamed {
    fn from(user: User) -> Self {
        Self {
            user_id: user.id.to_string(),
        }
    }
}

/// Adds a user.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddUser {
    /// The address that they will sign in with.
    pub email: String,
    /// What they may do in the team: `member` if nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleWord>,
    /// Their password; without one they can't sign in until one is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<PlainSecret>,
}

impl Act for AddUser {
    type Answer = UserNamed;
    const NAME: &'static str = "add_user";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/users";
    const SUMMARY: &'static str = "Adds a user to the team.";
    const NEEDS: Needs = Needs::Admin;
    const STATUS: u16 = 201;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<UserNamed, Failure> {
        let new = NewUser {
            email: self.email,
            role: self.role.map_or(Role::Member, |role| role.0),
            password: self.password.map(|it| it.0),
        };
        Ok(service.add_user(caller, &new).await?.into())
    }
}

/// Lists the users.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListUsers {
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

impl Act for ListUsers {
    type Answer = Listing<UserShown>;
    const NAME: &'static str = "list_users";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/users";
    const SUMMARY: &'static str = "Lists the users of the team.";
    const NEEDS: Needs = Needs::Admin;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let users = service
            .users(caller, &page(self.after, self.limit)?)
            .await?;
        Ok(users.map(UserShown::from).into())
    }
}

/// Shows a user.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShowUser {
    /// The user's address or id.
    pub name: String,
}

impl Act for ShowUser {
    type Answer = UserShown;
    const NAME: &'static str = "show_user";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/users/{name}";
    const SUMMARY: &'static str = "Shows a user of the team.";
    const NEEDS: Needs = Needs::Read;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<UserShown, Failure> {
        Ok(service.user(caller, &self.name).await?.into())
    }
}

/// Removes a user.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveUser {
    /// The user's address or id.
    pub name: String,
}

impl Act for RemoveUser {
    type Answer = UserNamed;
    const NAME: &'static str = "remove_user";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/users/{name}";
    const SUMMARY: &'static str = "Removes a user for good; their sessions, grants and tokens end.";
    const NEEDS: Needs = Needs::Admin;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<UserNamed, Failure> {
        Ok(service.remove_user(caller, &self.name).await?.into())
    }
}

/// Sets a user's password.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPassword {
    /// The user's address or id.
    #[schema(ignore)]
    pub name: String,
    /// The new password.
    pub password: PlainSecret,
}

impl Act for SetPassword {
    type Answer = UserNamed;
    const NAME: &'static str = "set_password";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/users/{name}/password";
    const SUMMARY: &'static str = "Sets a user's password; their sessions and grants end.";
    const NEEDS: Needs = Needs::Write;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<UserNamed, Failure> {
        let user = service
            .set_password(caller, &self.name, &self.password.0)
            .await?;
        Ok(user.into())
    }
}

/// Suspends a user.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuspendUser {
    /// The user's address or id.
    #[schema(ignore)]
    pub name: String,
}

impl Act for SuspendUser {
    type Answer = UserShown;
    const NAME: &'static str = "suspend_user";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/users/{name}/suspend";
    const SUMMARY: &'static str = "Stops a user's account; their sessions, grants and tokens end.";
    const NEEDS: Needs = Needs::Admin;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<UserShown, Failure> {
        service.suspend_user(caller, &self.name).await?;
        Ok(service.user(caller, &self.name).await?.into())
    }
}

/// Resumes a user.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResumeUser {
    /// The user's address or id.
    #[schema(ignore)]
    pub name: String,
}

impl Act for ResumeUser {
    type Answer = UserShown;
    const NAME: &'static str = "resume_user";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/users/{name}/resume";
    const SUMMARY: &'static str = "Lets a suspended user sign in again; what ended stays ended.";
    const NEEDS: Needs = Needs::Admin;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<UserShown, Failure> {
        service.resume_user(caller, &self.name).await?;
        Ok(service.user(caller, &self.name).await?.into())
    }
}
