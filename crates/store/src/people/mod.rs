//! Teams, people and their sessions at rest.

use evergrant_core::Digest;
use evergrant_core::change::PasswordHash;
use evergrant_core::id::{TeamId, UserId};
use evergrant_core::people::{Email, Role, Session, Team, User, UserEpochs};

use crate::audit::AuditEntry;
use crate::engine::{Outage, Query};
use crate::page::{Page, PageRequest};
use crate::row::{Columns, text};
use crate::sql;
use crate::store::Store;

pub(crate) fn read_user(columns: &mut Columns) -> Result<User, Outage> {
    columns.of("users");
    Ok(User {
        id: columns.parsed(UserId::parse)?,
        team: columns.parsed(TeamId::parse)?,
        email: columns.parsed(Email::parse)?,
        role: columns.word(Role::parse)?,
        epochs: read_epochs(columns)?,
        membership_epoch: columns.number()?,
        created_at: columns.time()?,
        suspended_at: columns.maybe_time()?,
        removed_at: columns.maybe_time()?,
    })
}

fn read_epochs(columns: &mut Columns) -> Result<UserEpochs, Outage> {
    Ok(UserEpochs {
        grants: columns.number()?,
        personal_tokens: columns.number()?,
        sessions: columns.number()?,
    })
}

fn read_team(columns: &mut Columns) -> Result<Team, Outage> {
    Ok(Team {
        id: columns.parsed(TeamId::parse)?,
        name: columns.text()?,
        created_at: columns.time()?,
    })
}

fn read_session(columns: &mut Columns) -> Result<(Session, User), Outage> {
    let session = Session {
        digest: Digest(columns.array()?),
        user: columns.parsed(UserId::parse)?,
        epochs: read_epochs(columns)?,
        membership_epoch: columns.number()?,
        created_at: columns.time()?,
        expires_at: columns.time()?,
    };
    Ok((session, read_user(columns)?))
}

impl Store {
    /// The team that was made first: the one the command line works on.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn first_team(&self) -> Result<Option<Team>, Outage> {
        let query = Query {
            text: sql::TEAM_FIRST,
            values: Vec::new(),
        };
        self.first(query, "teams", read_team).await
    }

    /// A team.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn team(&self, id: TeamId) -> Result<Option<Team>, Outage> {
        let query = Query {
            text: sql::TEAM,
            values: vec![text(&id)],
        };
        self.first(query, "teams", read_team).await
    }

    /// A user who is still in a team.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn user(&self, id: UserId) -> Result<Option<User>, Outage> {
        let query = Query {
            text: sql::USER,
            values: vec![text(&id)],
        };
        self.first(query, "users", read_user).await
    }

    /// The owner of a team; of several, whoever was there first.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn first_owner(&self, team: TeamId) -> Result<Option<UserId>, Outage> {
        let query = Query {
            text: sql::OWNER,
            values: vec![text(&team)],
        };
        let read = |columns: &mut Columns| columns.parsed(UserId::parse);
        self.first(query, "memberships", read).await
    }

    /// A user by their address, with the hash of their password if they have one.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn user_by_email(
        &self,
        email: &Email,
    ) -> Result<Option<(User, Option<PasswordHash>)>, Outage> {
        let query = Query {
            text: sql::USER_BY_EMAIL,
            values: vec![text(email)],
        };
        let both = |columns: &mut Columns| {
            Ok((read_user(columns)?, columns.maybe_text()?.map(PasswordHash)))
        };
        self.first(query, "users", both).await
    }

    /// The users of a team.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn users(&self, team: TeamId, page: &PageRequest) -> Result<Page<User>, Outage> {
        let key = |it: &User| it.id.to_string();
        self.page(
            sql::USERS,
            vec![text(&team)],
            page,
            ("users", read_user, key),
        )
        .await
    }

    /// The session of a cookie, and its user.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn session(&self, digest: Digest) -> Result<Option<(Session, User)>, Outage> {
        let query = Query {
            text: sql::SESSION,
            values: vec![digest.0.into()],
        };
        self.first(query, "sessions", read_session).await
    }

    /// The audit journal of a team, oldest first.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn audit(
        &self,
        team: TeamId,
        page: &PageRequest,
    ) -> Result<Page<AuditEntry>, Outage> {
        let how = (
            "audit",
            AuditEntry::read as fn(&mut Columns) -> _,
            |it: &AuditEntry| it.id.clone(),
        );
        self.page(sql::AUDIT, vec![text(&team)], page, how).await
    }
}
