//! Grants, each loaded with its client and everything that its liveness is compared with.

use evergrant_core::Time;
use evergrant_core::id::{ClientId, GrantId, KeyId, TeamId, UserId};
use evergrant_core::issued::grant::{Grant, Nonce, Rotation};
use evergrant_core::issued::liveness::{Epoch, Pulse, Standing};
use evergrant_core::issued::presenter::Presenters;
use evergrant_core::issued::refresh::Snapshot as GrantSnapshot;
use evergrant_core::issued::{Absence, Reason, StoreFacts};
use evergrant_core::people::SignIn;

use crate::engine::{Outage, Query, Row};
use crate::page::{Page, PageRequest};
use crate::row::{Columns, text};
use crate::sql;
use crate::store::Store;

/// A grant in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantListed {
    /// The grant.
    pub snapshot: GrantSnapshot,
    /// The address of the user who gave it.
    pub email: String,
}

pub(crate) fn read(columns: &mut Columns) -> Result<Grant, Outage> {
    columns.of("grants");
    let mut grant = Grant {
        id: columns.parsed(GrantId::parse)?,
        team: columns.parsed(TeamId::parse)?,
        client: columns.parsed(ClientId::parse)?,
        user: columns.parsed(UserId::parse)?,
        scope: columns.scopes()?,
        resources: columns.lines()?,
        created_at: columns.time()?,
        absolute_expires_at: columns.time()?,
        rotation: Rotation {
            generation: columns.number()?,
            nonce: Nonce(columns.array()?),
            previous_nonce: Nonce(columns.array()?),
            rotated_at: columns.time()?,
            previous_rotated_at: columns.time()?,
            expires_at: columns.time()?,
            mac_key: columns.parsed(KeyId::parse)?,
            token_format: columns.number()?,
            incarnation: columns.number()?,
            presented: columns.number()?,
        },
        retries: columns.number()?,
        chain: columns.number()?,
        access_floor: columns.number()?,
        sign_in: SignIn {
            user: columns.number()?,
            membership: columns.number()?,
        },
        client_epoch: columns.number()?,
        presenters: {
            let text = columns.text()?;
            Presenters::from_stored(text).ok_or_else(|| columns.inconsistent())?
        },
        ended: None,
    };
    let ended_at = columns.maybe_time()?;
    let reason = columns.maybe_word(Reason::parse)?;
    grant.ended = ended_at.zip(reason);
    Ok(grant)
}

pub(crate) fn read_standing(columns: &mut Columns) -> Result<(Standing, StoreFacts), Outage> {
    columns.of("epochs");
    let user = Epoch {
        now: columns.number()?,
        cause: columns.maybe_word(Reason::parse)?,
    };
    let membership = columns.maybe_number()?;
    let membership_cause = columns.maybe_word(Reason::parse)?;
    let client = Epoch {
        now: columns.number()?,
        cause: columns.maybe_word(Reason::parse)?,
    };
    let membership = membership
        .map(|now| u32::try_from(now).map_err(|_| columns.inconsistent()))
        .transpose()?
        .map(|now| Epoch {
            now,
            cause: membership_cause,
        });
    columns.of("store_facts");
    let incarnation = columns.number()?;
    let absences = columns.text()?;
    let absences = parse_absences(&absences).ok_or_else(|| columns.inconsistent())?;
    Ok((
        Standing {
            user,
            membership,
            client,
        },
        StoreFacts {
            incarnation,
            absences,
        },
    ))
}

/// Reads what [`write_absences`] wrote.
pub(crate) fn parse_absences(text: &str) -> Option<Vec<Absence>> {
    let time = |text: &str| text.parse().ok().map(Time::from_micros);
    text.lines()
        .map(|line| {
            let (from, until) = line.split_once(' ')?;
            Some(Absence {
                from: time(from)?,
                until: time(until)?,
            })
        })
        .collect()
}

pub(crate) fn write_absences(absences: &[Absence]) -> String {
    let line = |it: &Absence| format!("{} {}", it.from.micros(), it.until.micros());
    absences.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn read_snapshot(columns: &mut Columns) -> Result<GrantSnapshot, Outage> {
    let grant = read(columns)?;
    let client = super::client::read(columns)?;
    let (standing, store) = read_standing(columns)?;
    Ok(GrantSnapshot {
        grant,
        client,
        standing,
        store,
    })
}

fn read_listed(columns: &mut Columns) -> Result<GrantListed, Outage> {
    let snapshot = read_snapshot(columns)?;
    Ok(GrantListed {
        snapshot,
        email: columns.text()?,
    })
}

fn read_pulse(columns: &mut Columns) -> Result<Pulse, Outage> {
    let (team, client) = (
        columns.parsed(TeamId::parse)?,
        columns.parsed(ClientId::parse)?,
    );
    let (generation, incarnation) = (columns.number()?, columns.number()?);
    let access_floor = columns.number()?;
    let registered: u64 = columns.number()?;
    let resources = columns.text()?.lines().count();
    let (idle, absolute) = (columns.time()?, columns.time()?);
    Ok(Pulse {
        team,
        client,
        generation,
        incarnation,
        access_floor,
        live_access_tokens: Pulse::live(registered, resources),
        expires_at: idle.min(absolute),
        ended: columns.number::<i64>()? != 0,
        store_incarnation: columns.number()?,
    })
}

/// A row of grants that was loaded beside others.
pub(crate) fn first(rows: Vec<Row>) -> Result<Option<Grant>, Outage> {
    let row = rows.into_iter().next();
    row.map(|row| read(&mut Columns::new("grants", row)))
        .transpose()
}

impl Store {
    /// A grant with everything that decides about it.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn grant(&self, id: GrantId) -> Result<Option<GrantSnapshot>, Outage> {
        let query = Query {
            text: sql::GRANT_SNAPSHOT,
            values: vec![text(&id)],
        };
        self.first(query, "grants", read_snapshot).await
    }

    /// What decides about a grant's access tokens.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn pulse(&self, id: GrantId) -> Result<Option<Pulse>, Outage> {
        let query = Query {
            text: sql::GRANT_PULSE,
            values: vec![text(&id)],
        };
        self.first(query, "grants", read_pulse).await
    }

    /// The grants of a team, dead ones too as long as their rows are kept.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn grants_of_team(
        &self,
        team: TeamId,
        page: &PageRequest,
    ) -> Result<Page<GrantListed>, Outage> {
        let key = |it: &GrantListed| it.snapshot.grant.id.to_string();
        let how = ("grants", read_listed as fn(&mut Columns) -> _, key);
        self.page(sql::GRANTS_OF_TEAM, vec![text(&team)], page, how)
            .await
    }

    /// The grants that a user gave.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn grants_of_user(
        &self,
        user: UserId,
        page: &PageRequest,
    ) -> Result<Page<GrantListed>, Outage> {
        let key = |it: &GrantListed| it.snapshot.grant.id.to_string();
        let how = ("grants", read_listed as fn(&mut Columns) -> _, key);
        self.page(sql::GRANTS_OF_USER, vec![text(&user)], page, how)
            .await
    }
}
