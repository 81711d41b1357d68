//! The redemption of an authorization code: a grant begins (RFC 6749 section 4.1.3).
//!
//! 1. the request in full: same client, same redirect address, the right verifier, resources;
//! 2. a first redemption begins the grant at generation 1, and ends the grants of the same client
//!    and user that are one too many;
//! 3. a second one within ten seconds gets the same first tokens, for its answer may have been
//!    lost; after that it ends the grant (RFC 9700 section 4.5).

use crate::change::Change;
use crate::decision::Decision;
use crate::id::{Chance, ClientId, GrantId, KeyId};
use crate::issued::client::Client;
use crate::issued::code::Code;
use crate::issued::grant::{Grant, Nonce, Rotation, TOKEN_FORMAT, absolute_expiry, expiry};
use crate::issued::incident::{Incident, IncidentKind};
use crate::issued::liveness::{Standing, end_of, raised};
use crate::issued::presenter::{Did, Entry, Presenter, Presenters};
use crate::issued::reason::Reason;
use crate::issued::window::StoreFacts;
use crate::refusal::Refusal;
use crate::time::{Span, Time};

/// Within this span a second redemption is taken for a repeated request.
pub const REDEEM_AGAIN: Span = Span::from_seconds(10);

/// A redemption by an authenticated client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// The client that authenticated.
    pub client: ClientId,
    /// `redirect_uri`, needed when the authorization request named it.
    pub redirect_uri: Option<String>,
    /// `code_verifier`
    pub verifier: String,
    /// `resource`, within those consented to.
    pub resources: Vec<String>,
    /// Who it was; `at` is the request's arrival.
    pub presenter: Presenter,
}

/// What is loaded to judge a redemption: all of one moment, but for the live grants, whose cap may
/// be passed by one in a race.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snapshot {
    /// The code's row.
    pub code: Code,
    /// Its client.
    pub client: Client,
    /// The grant that it began, if it was redeemed.
    pub grant: Option<Grant>,
    /// The epochs of now.
    pub standing: Standing,
    /// The live grants of this client and user, the one used longest ago first.
    pub live: Vec<GrantId>,
    /// The store as a whole.
    pub store: StoreFacts,
}

/// Fresh values, the same at every try of one request.
#[derive(Clone, Copy, Debug)]
pub struct Fresh {
    /// For the grant's id.
    pub grant: Chance,
    /// For an incident.
    pub incident: Chance,
    /// The nonce of the first refresh token.
    pub nonce: Nonce,
    /// The key with which refresh tokens are made now.
    pub mac_key: KeyId,
}

/// The grant whose first tokens are the answer.
pub type Answer = Result<Grant, Refusal>;

/// Decides a redemption.
pub fn exchange(
    request: &Request,
    snapshot: &Snapshot,
    now: Time,
    fresh: Fresh,
) -> Decision<Answer> {
    if let Err(refusal) = check(request, &snapshot.code) {
        return Decision::only(Err(refusal));
    }
    match (snapshot.code.redeemed, &snapshot.grant) {
        (None, _) => first(request, snapshot, now, fresh),
        (Some((at, _)), Some(grant)) => second(request, snapshot, (at, grant), fresh),
        (Some(_), None) => Decision::only(Err(Refusal::CodeUnknown)),
    }
}

fn check(request: &Request, code: &Code) -> Result<(), Refusal> {
    if request.client != code.client {
        return Err(Refusal::CodeOfAnotherClient);
    }
    let redirect_fits = match &request.redirect_uri {
        Some(uri) => *uri == code.redirect_uri,
        None => !code.redirect_uri_named,
    };
    if !redirect_fits {
        return Err(Refusal::RedirectDiffers);
    }
    if !code.challenge.is_answered_by(&request.verifier) {
        return Err(Refusal::VerifierWrong);
    }
    if request
        .resources
        .iter()
        .any(|resource| !code.resources.contains(resource))
    {
        return Err(Refusal::ResourceNotGranted);
    }
    Ok(())
}

fn first(request: &Request, snapshot: &Snapshot, now: Time, fresh: Fresh) -> Decision<Answer> {
    let Snapshot {
        code, client, live, ..
    } = snapshot;
    if request.presenter.at >= code.expires_at {
        return Decision::only(Err(Refusal::CodeExpired));
    }
    let grant = begin(request, snapshot, now, fresh);
    if let Some(reason) = raised(&grant, &snapshot.standing) {
        return Decision::only(Err(Refusal::Ended(reason)));
    }
    let surplus = (live.len() + 1).saturating_sub(client.live_grants.max(1) as usize);
    let ended = live.iter().take(surplus).map(|grant| Change::GrantEnded {
        grant: *grant,
        at: now,
        reason: Reason::Superseded,
    });
    let redeemed = Change::CodeRedeemed {
        digest: code.digest,
        at: now,
        grant: grant.id,
    };
    let changes = std::iter::once(redeemed)
        .chain(ended)
        .chain([Change::GrantBegun(Box::new(grant.clone()))])
        .collect();
    Decision {
        changes,
        answer: Ok(grant),
    }
}

fn begin(request: &Request, snapshot: &Snapshot, now: Time, fresh: Fresh) -> Grant {
    let Snapshot {
        code,
        client,
        store,
        ..
    } = snapshot;
    let absolute_expires_at = absolute_expiry(now, client.absolute_ttl);
    let mut presenters = Presenters::default();
    presenters.push(&Entry {
        generation: 0,
        did: Did::Rotated,
        presenter: request.presenter.clone(),
    });
    Grant {
        id: GrantId::new(now, fresh.grant),
        team: code.team,
        client: code.client,
        user: code.user,
        scope: code.scope.clone(),
        resources: code.resources.clone(),
        created_at: now,
        absolute_expires_at,
        rotation: Rotation {
            generation: 1,
            nonce: fresh.nonce,
            previous_nonce: fresh.nonce,
            rotated_at: now,
            previous_rotated_at: now,
            expires_at: expiry(client, now, absolute_expires_at),
            mac_key: fresh.mac_key,
            token_format: TOKEN_FORMAT,
            incarnation: store.incarnation,
            presented: 0,
        },
        retries: 0,
        chain: 0,
        access_floor: 0,
        sign_in: code.sign_in,
        client_epoch: code.client_epoch,
        presenters,
        ended: None,
    }
}

fn second(
    request: &Request,
    snapshot: &Snapshot,
    (redeemed_at, grant): (Time, &Grant),
    fresh: Fresh,
) -> Decision<Answer> {
    let own = grant.rotation.generation == 1 && grant.rotation.nonce == fresh.nonce;
    let at = request.presenter.at;
    if let Some(reason) = end_of(grant, &snapshot.standing, at) {
        return Decision::only(Err(Refusal::Ended(reason)));
    }
    let repeated = at <= redeemed_at || snapshot.store.is_open(redeemed_at, REDEEM_AGAIN, at);
    if own || (repeated && grant.rotation.generation == 1) {
        return Decision::only(Ok(grant.clone()));
    }
    if repeated {
        return Decision::only(Err(Refusal::Overtaken));
    }
    let kind = IncidentKind::CodeReuse;
    let incident = Incident::seen(grant, kind, 0, &request.presenter, fresh.incident);
    Decision {
        changes: vec![
            Change::GrantEnded {
                grant: grant.id,
                at,
                reason: Reason::CodeReused,
            },
            Change::IncidentSeen(Box::new(incident)),
        ],
        answer: Err(Refusal::Ended(Reason::CodeReused)),
    }
}
