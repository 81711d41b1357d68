//! Statements for what we issue: clients, codes, grants, incidents, personal access tokens.

use evergrant_core::Change;
use evergrant_core::issued::refresh::MAX_RETRIES;
use evergrant_core::issued::{Client, Code, Grant, Incident, PersonalToken};

use crate::commit::{any, guarded};
use crate::engine::{Statement, Value};
use crate::row::{lines, text};
use crate::sql;

pub(super) fn write(change: &Change) -> Statement {
    match change {
        Change::AccessFloorRaised { grant, floor } => {
            guarded(sql::GRANT_FLOOR, vec![(*floor).into(), text(grant)])
        }
        Change::CodeMade(code) => make_code(code),
        Change::CodeRedeemed { digest, at, grant } => guarded(
            sql::CODE_REDEEM,
            vec![(*at).into(), text(grant), digest.0.into()],
        ),
        Change::GrantBegun(grant) => begin(grant),
        Change::GrantEnded { grant, at, reason } => guarded(
            sql::GRANT_END,
            vec![(*at).into(), reason.as_str().into(), text(grant)],
        ),
        Change::GrantRetried {
            grant,
            at: (generation, nonce),
            presenter,
        } => guarded(
            sql::GRANT_RETRY,
            vec![
                presenter.slot().into(),
                text(grant),
                (*generation).into(),
                nonce.0.into(),
                MAX_RETRIES.into(),
            ],
        ),
        Change::GrantRotated { .. } => rotate(change),
        Change::IncidentSeen(incident) => see(incident),
        Change::PersonalTokenDeleted { token } => guarded(sql::PERSONAL_DELETE, vec![text(token)]),
        Change::PersonalTokenMade(token) => make_personal(token),
        Change::PersonalTokenUsed { token, at } => {
            any(sql::PERSONAL_USE, vec![(*at).into(), text(token)])
        }
        _ => unreachable_change(),
    }
}

pub(super) fn write_client(change: &Change) -> Statement {
    match change {
        Change::ClientAdded(client) => add_client(client),
        Change::ClientRemoved { client, at } => {
            guarded(sql::CLIENT_REMOVE, vec![(*at).into(), text(client)])
        }
        Change::ClientSecretSet { client, secret } => {
            guarded(sql::CLIENT_SECRET, vec![secret.0.into(), text(client)])
        }
        _ => unreachable_change(),
    }
}

/// A statement whose guard can't be met: the caller's match sends other changes elsewhere.
fn unreachable_change() -> Statement {
    guarded(sql::GRANT_END, vec![Value::Null, Value::Null, Value::Null])
}

fn rotate(change: &Change) -> Statement {
    let Change::GrantRotated {
        grant,
        from,
        retried,
        chain,
        to,
        presenter,
    } = change
    else {
        return unreachable_change();
    };
    let values = vec![
        to.generation.into(),
        to.nonce.0.into(),
        to.previous_nonce.0.into(),
        to.rotated_at.into(),
        to.previous_rotated_at.into(),
        to.expires_at.into(),
        text(&to.mac_key),
        to.token_format.into(),
        to.incarnation.into(),
        to.presented.into(),
        (*chain).into(),
        presenter.slot().into(),
        text(grant),
        from.0.into(),
        from.1.0.into(),
        i64::from(*retried).into(),
    ];
    guarded(sql::GRANT_ROTATE, values)
}

fn begin(grant: &Grant) -> Statement {
    let rotation = &grant.rotation;
    let values = vec![
        text(&grant.id),
        text(&grant.team),
        text(&grant.client),
        text(&grant.user),
        text(&grant.scope),
        lines(&grant.resources),
        grant.created_at.into(),
        grant.absolute_expires_at.into(),
        rotation.generation.into(),
        rotation.nonce.0.into(),
        rotation.previous_nonce.0.into(),
        rotation.rotated_at.into(),
        rotation.previous_rotated_at.into(),
        rotation.expires_at.into(),
        text(&rotation.mac_key),
        rotation.token_format.into(),
        rotation.incarnation.into(),
        rotation.presented.into(),
        grant.retries.into(),
        grant.chain.into(),
        grant.access_floor.into(),
        grant.sign_in.user.into(),
        grant.sign_in.membership.into(),
        grant.client_epoch.into(),
        grant.presenters.as_str().into(),
    ];
    guarded(sql::GRANT_BEGIN, values)
}

fn make_code(code: &Code) -> Statement {
    let values = vec![
        code.digest.0.into(),
        text(&code.client),
        text(&code.team),
        text(&code.user),
        code.redirect_uri.clone().into(),
        i64::from(code.redirect_uri_named).into(),
        text(&code.scope),
        lines(&code.resources),
        code.challenge.0.into(),
        code.sign_in.user.into(),
        code.sign_in.membership.into(),
        code.client_epoch.into(),
        code.created_at.into(),
        code.expires_at.into(),
    ];
    guarded(sql::CODE_MAKE, values)
}

fn add_client(client: &Client) -> Statement {
    let values = vec![
        text(&client.id),
        text(&client.team),
        client.name.clone().into(),
        client.secret.map_or(Value::Null, |secret| secret.0.into()),
        lines(&client.redirect_uris),
        text(&client.scopes),
        client.grant_types.names().join(" ").into(),
        client.replay.seconds().into(),
        client.live_access_tokens.into(),
        client.live_grants.into(),
        client.access_ttl.seconds().into(),
        client.idle_ttl.seconds().into(),
        client.absolute_ttl.seconds().into(),
        client.introspect.as_str().into(),
        client.on_two_holders.as_str().into(),
        client.signing.as_str().into(),
        client.epoch.into(),
        client.created_at.into(),
    ];
    guarded(sql::CLIENT_ADD, values)
}

fn see(incident: &Incident) -> Statement {
    let first = incident.first.as_ref();
    let address = |it: Option<std::net::IpAddr>| it.map(|it| it.to_string()).into();
    let values = vec![
        text(&incident.id),
        text(&incident.team),
        text(&incident.grant),
        incident.kind.as_str().into(),
        incident.generation.into(),
        first.map(|it| it.at).into(),
        address(first.and_then(|it| it.address)),
        first.map(|it| it.user_agent.clone()).into(),
        incident.second.at.into(),
        address(incident.second.address),
        incident.second.user_agent.clone().into(),
        incident.story.as_str().into(),
        incident.opened_at.into(),
        incident.opened_at.into(),
    ];
    guarded(sql::INCIDENT_SEE, values)
}

fn make_personal(token: &PersonalToken) -> Statement {
    let values = vec![
        text(&token.id),
        text(&token.team),
        text(&token.user),
        token.purpose.clone().into(),
        token.digest.0.into(),
        token.hint.clone().into(),
        text(&token.scopes),
        token.created_at.into(),
        token.expires_at.into(),
        token.user_epoch.into(),
        token.membership_epoch.into(),
    ];
    guarded(sql::PERSONAL_MAKE, values)
}
