//! Bringing tokens that were got elsewhere.

use evergrant_core::held::grant::{Access, Grant};
use evergrant_core::held::{
    Connection, Habits, Standing, State, Tokens, connection, renewal, scopes, timing,
};
use evergrant_core::id::{ConnectionId, GrantId};
use evergrant_core::issued::personal::Ability;
use evergrant_core::{Change, ScopeSet, Secret, Span};

use super::connect::exists_if_conflict;
use crate::manage::Caller;
use crate::{Failure, Service, Wrong};

/// Tokens got elsewhere.
#[derive(Clone, Debug)]
pub struct NewImport {
    /// By which integration they were got.
    pub integration: String,
    /// What programs will call the connection.
    pub name: String,
    /// Whom to ask when it ends.
    pub owner: Option<String>,
    /// The access token, if it still lives.
    pub access_token: Option<Secret>,
    /// The refresh token.
    pub refresh_token: Option<Secret>,
    /// How much longer the access token lives.
    pub expires_in: Option<Span>,
    /// What was granted.
    pub scope: Option<String>,
}

/// Longest token that is taken.
const LONGEST_TOKEN: usize = 16 * 1024;

/// Checks what programs will call a connection.
pub(crate) fn name(text: &str) -> Result<String, Failure> {
    if connection::is_name(text) {
        return Ok(text.to_owned());
    }
    let text = "a name has 1 to 64 letters, digits, `-`, `_` and `.`, and begins with a letter or \
                a digit";
    Err(Wrong::Value(text.into()).into())
}

impl Service {
    /// Makes a connection of tokens that were got elsewhere. With an access token it serves at
    /// once.
    ///
    /// # Errors
    /// When the caller may not, the name is taken, or there is no token.
    pub async fn import_connection(
        &self,
        caller: &Caller,
        new: &NewImport,
    ) -> Result<ConnectionId, Failure> {
        caller.need(&Ability::Write)?;
        let integration = self.integration_of(caller, &new.integration).await?;
        let name = name(&new.name)?;
        let access = token("access_token", new.access_token.as_ref())?;
        let refresh = token("refresh_token", new.refresh_token.as_ref())?;
        if access.is_none() && refresh.is_none() {
            let text = "there is no token: give refresh_token, access_token, or both";
            return Err(Wrong::Value(text.into()).into());
        }
        let owner = self.owner(caller, new.owner.as_deref()).await?;
        let habits = self.held.habits(&integration);
        let now = self.world.now();
        let granted = new.scope.as_deref().map(ScopeSet::parse).transpose()?;
        let grant = grant(
            (GrantId::new(now, self.world.chance()), caller.team),
            ConnectionId::new(now, self.world.chance()),
            (access.is_some(), refresh.is_some(), new.expires_in),
            (granted, &habits),
            now,
        );
        let asked = ScopeSet::of(integration.scopes.iter().map(String::as_str))?;
        let all = scopes::has_all(&asked, grant.scopes.as_ref());
        let state = if all { State::Active } else { State::ScopeGap };
        let mut standing = Standing::new(state, now);
        standing.due_at = grant.refresh_at.or(grant.access.end());
        let connection = Connection {
            id: grant.connection,
            team: caller.team,
            name: name.clone(),
            integration: integration.id,
            owner,
            scopes: asked,
            account: None,
            grant: Some(grant.id),
            created_at: now,
            standing,
            version: 0,
        };
        let id = connection.id;
        let tokens = Tokens { access, refresh };
        let made = Change::ConnectionMade(Box::new(connection), Box::new(grant), tokens);
        self.end_well(self.write(caller.who(), vec![made]).await)
            .map_err(|failure| exists_if_conflict(failure, &name))?;
        self.held.wake.notify_one();
        Ok(id)
    }
}

fn token(field: &str, token: Option<&Secret>) -> Result<Option<Secret>, Failure> {
    let Some(token) = token else {
        return Ok(None);
    };
    let text = token.expose();
    let fits = text.len() <= LONGEST_TOKEN && text.bytes().all(|byte| (0x21..0x7f).contains(&byte));
    if text.is_empty() || !fits {
        let text =
            format!("`{field}` is no token: it is empty, too long, or has strange characters");
        return Err(Wrong::Value(text).into());
    }
    Ok(Some(token.clone()))
}

fn grant(
    (id, team): (GrantId, evergrant_core::id::TeamId),
    connection: ConnectionId,
    (has_access, refreshable, expires_in): (bool, bool, Option<Span>),
    (scopes, habits): (Option<ScopeSet>, &Habits),
    now: evergrant_core::Time,
) -> Grant {
    let access = if has_access {
        renewal::lifetime(expires_in, refreshable, habits, now)
    } else {
        Access::None
    };
    let mut grant = Grant {
        id,
        team,
        connection,
        generation: 1,
        scopes,
        consented_at: now,
        renewed_at: now,
        access,
        refreshable,
        refresh_expires_at: None,
        refresh_at: None,
        runner_up: false,
    };
    grant.refresh_at = timing::refresh_at(&grant, habits);
    grant
}
