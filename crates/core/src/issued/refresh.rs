//! The refresh of an issued grant, decided in this order:
//!
//! 1. the request in full: client, sender, expiry, scope, resources. Nothing of the row's tokens
//!    is judged before a request that would otherwise be granted, so that nobody can end a grant
//!    with a request that is wrong anyway (OAuth 2.1 section 7.5.2);
//! 2. whether the grant lives: an end in its row, raised epochs;
//! 3. where the presented generation stands: current (the counter moves), the one before (a retry
//!    gets the same successor), older (reuse ends the grant), or ahead (the store went back).
//!
//! A request is judged as of its arrival. If the outcome of our own commit was unknown, its nonce
//! in the row says that it was ours.

use crate::change::Change;
use crate::decision::Decision;
use crate::id::{Chance, ClientId, KeyId};
use crate::issued::client::{Client, OnTwoHolders, Replay};
use crate::issued::grant::{Grant, Nonce, Rotation, TOKEN_FORMAT, expiry};
use crate::issued::incident::{Incident, IncidentKind};
use crate::issued::liveness::{Standing, raised};
use crate::issued::presenter::{Did, Entry, Presenter};
use crate::issued::reason::Reason;
use crate::issued::window::StoreFacts;
use crate::refusal::Refusal;
use crate::scope::ScopeSet;
use crate::time::Time;

/// How often one generation may be presented again; more is answered 429 and ends nothing.
pub const MAX_RETRIES: u32 = 64;

/// So many generations in a row that were presented more than once are two holders: a thief who
/// stays within the window of the honest client can be told in no other way.
pub const TWO_HOLDERS_CHAIN: u32 = 3;

/// What a refresh token says, after its MAC was found right.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Presented {
    /// Its generation, at least 1.
    pub generation: u64,
    /// Its nonce.
    pub nonce: Nonce,
    /// The store's incarnation when it was made.
    pub incarnation: u32,
    /// Its `exp`.
    pub expires_at: Time,
}

/// A refresh request of an authenticated client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// The client that authenticated.
    pub client: ClientId,
    /// The token that it presented.
    pub presented: Presented,
    /// The scope that it asked for, if it asked (RFC 6749 section 6).
    pub scope: Option<ScopeSet>,
    /// The resources that it asked for (RFC 8707).
    pub resources: Vec<String>,
    /// Who it was; `at` is the request's arrival.
    pub presenter: Presenter,
}

/// What is loaded to judge a refresh, all of one moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snapshot {
    /// The row.
    pub grant: Grant,
    /// Its client.
    pub client: Client,
    /// The epochs of now.
    pub standing: Standing,
    /// The store as a whole.
    pub store: StoreFacts,
}

/// Fresh values for one request: the same at every try of it, or its own commit would be a
/// stranger's.
#[derive(Clone, Copy, Debug)]
pub struct Fresh {
    /// The nonce of the successor.
    pub nonce: Nonce,
    /// The key with which refresh tokens are made now.
    pub mac_key: KeyId,
    /// For an incident.
    pub chance: Chance,
}

/// How the successor came about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum How {
    /// The counter moved.
    Rotated,
    /// The same successor again.
    Retried,
    /// Our own commit, whose outcome had been unknown.
    Recognised,
}

/// The tokens to make, once the changes are durable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Renewed {
    /// The row's rotation, from which RT(g) and AT(g) follow.
    pub rotation: Rotation,
    /// How it came about.
    pub how: How,
}

/// The answer to a refresh.
pub type Answer = Result<Renewed, Refusal>;

/// Decides a refresh.
pub fn refresh(
    request: &Request,
    snapshot: &Snapshot,
    now: Time,
    fresh: Fresh,
) -> Decision<Answer> {
    let Snapshot {
        grant, standing, ..
    } = snapshot;
    if let Err(refusal) = check(request, grant) {
        return Decision::only(Err(refusal));
    }
    if let Some((_, reason)) = grant.ended {
        return Decision::only(Err(Refusal::Ended(reason)));
    }
    if let Some(reason) = raised(grant, standing) {
        return Decision::only(Err(Refusal::Ended(reason)));
    }
    let presented = &request.presented;
    if grant.rotation.nonce == fresh.nonce && grant.rotation.presented == presented.generation {
        let renewed = Renewed {
            rotation: grant.rotation,
            how: How::Recognised,
        };
        return Decision::only(Ok(renewed));
    }
    match position(presented, grant, &snapshot.store) {
        Position::Current => rotate(request, snapshot, now, fresh),
        Position::Before => again(request, snapshot, fresh),
        Position::Older if overtaken(request, snapshot) => Decision::only(Err(Refusal::Overtaken)),
        Position::Older => reuse(request, snapshot, fresh.chance),
        Position::Ahead => Decision::only(Err(Refusal::StoreWentBack)),
        Position::Foreign => Decision::only(Err(Refusal::TokenUnknown)),
    }
}

/// Step 1: the request alone.
fn check(request: &Request, grant: &Grant) -> Result<(), Refusal> {
    if request.client != grant.client {
        return Err(Refusal::TokenOfAnotherClient);
    }
    let arrived = request.presenter.at;
    if arrived >= request.presented.expires_at {
        return Err(
            if request.presented.generation != grant.rotation.generation {
                Refusal::TokenExpired
            } else if arrived >= grant.absolute_expires_at {
                Refusal::Ended(Reason::AbsoluteExpired)
            } else {
                Refusal::Ended(Reason::IdleExpired)
            },
        );
    }
    if request
        .scope
        .as_ref()
        .is_some_and(|scope| !scope.is_within(&grant.scope))
    {
        return Err(Refusal::ScopeNotGranted);
    }
    if request
        .resources
        .iter()
        .any(|resource| !grant.resources.contains(resource))
    {
        return Err(Refusal::ResourceNotGranted);
    }
    Ok(())
}

enum Position {
    Current,
    Before,
    Older,
    Ahead,
    Foreign,
}

/// Step 3: where the presented generation stands in the row.
fn position(presented: &Presented, grant: &Grant, store: &StoreFacts) -> Position {
    let row = &grant.rotation;
    let generation = presented.generation;
    let of_the_row = presented.incarnation == row.incarnation;
    if of_the_row && generation == row.generation {
        let matches = presented.nonce == row.nonce;
        return if matches {
            Position::Current
        } else {
            Position::Foreign
        };
    }
    let newer =
        presented.incarnation > row.incarnation || (of_the_row && generation > row.generation);
    if newer && presented.incarnation >= store.incarnation {
        return Position::Ahead;
    }
    // Newer than its row, and a restore since explains it: it is adopted. It may be of the time
    // between two restores.
    if newer && generation >= row.generation {
        return Position::Current;
    }
    if generation != row.presented {
        Position::Older
    } else if presented.nonce == row.previous_nonce {
        Position::Before
    } else if of_the_row {
        Position::Foreign
    } else {
        // Of the tokens from before a restore, one was adopted; this is another.
        Position::Older
    }
}

/// The counter moves.
fn rotate(request: &Request, snapshot: &Snapshot, now: Time, fresh: Fresh) -> Decision<Answer> {
    let Snapshot { grant, client, .. } = snapshot;
    let row = grant.rotation;
    let retried = grant.retries > 0;
    let chain = if retried {
        grant.chain.saturating_add(1)
    } else {
        0
    };
    let two_holders = chain >= TWO_HOLDERS_CHAIN && client.replay != Replay::Strict;
    let mut changes = Vec::with_capacity(2);
    if two_holders {
        let kind = IncidentKind::TwoHolders;
        let incident = Incident::seen(grant, kind, row.presented, &request.presenter, fresh.chance);
        changes.push(Change::IncidentSeen(Box::new(incident)));
        if client.on_two_holders == OnTwoHolders::Revoke {
            let at = request.presenter.at;
            changes.push(Change::GrantEnded {
                grant: grant.id,
                at,
                reason: Reason::TwoHolders,
            });
            return Decision {
                changes,
                answer: Err(Refusal::Ended(Reason::TwoHolders)),
            };
        }
    }
    let rotation = successor(request, snapshot, now, fresh);
    let presenter = Presenter {
        at: rotation.rotated_at,
        ..request.presenter.clone()
    };
    changes.push(Change::GrantRotated {
        grant: grant.id,
        from: (row.generation, row.nonce),
        retried,
        chain,
        to: rotation,
        presenter: Entry {
            generation: rotation.presented,
            did: Did::Rotated,
            presenter,
        },
    });
    Decision {
        changes,
        answer: Ok(Renewed {
            rotation,
            how: How::Rotated,
        }),
    }
}

/// The rotation that follows the presented token.
fn successor(request: &Request, snapshot: &Snapshot, now: Time, fresh: Fresh) -> Rotation {
    let grant = &snapshot.grant;
    let row = &grant.rotation;
    let presented = &request.presented;
    let rotated_at = now.max(row.rotated_at);
    Rotation {
        generation: presented.generation + 1,
        nonce: fresh.nonce,
        previous_nonce: presented.nonce,
        rotated_at,
        previous_rotated_at: row.rotated_at,
        expires_at: expiry(&snapshot.client, rotated_at, grant.absolute_expires_at),
        mac_key: fresh.mac_key,
        token_format: TOKEN_FORMAT,
        incarnation: snapshot.store.incarnation,
        presented: presented.generation,
    }
}

/// The token before the current one: a retry, or reuse.
fn again(request: &Request, snapshot: &Snapshot, fresh: Fresh) -> Decision<Answer> {
    let Snapshot {
        grant,
        client,
        store,
        ..
    } = snapshot;
    let row = &grant.rotation;
    let Replay::Window(width) = client.replay else {
        return reuse(request, snapshot, fresh.chance);
    };
    let arrived = request.presenter.at;
    if arrived > row.rotated_at && !store.is_open(row.rotated_at, width, arrived) {
        return reuse(request, snapshot, fresh.chance);
    }
    if grant.retries >= MAX_RETRIES {
        return Decision::only(Err(Refusal::TooManyRetries));
    }
    let presenter = Entry {
        generation: request.presented.generation,
        did: Did::Retried,
        presenter: request.presenter.clone(),
    };
    let change = Change::GrantRetried {
        grant: grant.id,
        at: (row.generation, row.nonce),
        presenter,
    };
    Decision::one(
        change,
        Ok(Renewed {
            rotation: *row,
            how: How::Retried,
        }),
    )
}

/// Whether an older token was current, or in its window, when the request arrived: then others
/// were faster while it waited inside our server, and that is no reuse.
fn overtaken(request: &Request, snapshot: &Snapshot) -> bool {
    let Snapshot {
        grant,
        client,
        store,
        ..
    } = snapshot;
    let Replay::Window(width) = client.replay else {
        return false;
    };
    let row = &grant.rotation;
    let arrived = request.presenter.at;
    let generation = request.presented.generation;
    let began = |generation: u64| match generation {
        it if it == row.generation => Some(row.rotated_at),
        it if it == row.presented => Some(row.previous_rotated_at),
        it => grant.presenters.rotated_at(it.saturating_sub(1)),
    };
    // Unless its successor was still the newest when it arrived, the token was already older.
    match began(generation + 2) {
        Some(time) if arrived > time => return false,
        None if arrived > row.previous_rotated_at => return false,
        _ => {}
    }
    began(generation + 1).is_none_or(|time| arrived <= time || store.is_open(time, width, arrived))
}

/// An older token on a request that is right otherwise: the grant ends, and all its tokens.
fn reuse(request: &Request, snapshot: &Snapshot, chance: Chance) -> Decision<Answer> {
    let grant = &snapshot.grant;
    let at = request.presenter.at;
    let generation = request.presented.generation;
    let kind = IncidentKind::Reuse;
    let incident = Incident::seen(grant, kind, generation, &request.presenter, chance);
    Decision {
        changes: vec![
            Change::GrantEnded {
                grant: grant.id,
                at,
                reason: Reason::ReuseDetected,
            },
            Change::IncidentSeen(Box::new(incident)),
        ],
        answer: Err(Refusal::Ended(Reason::ReuseDetected)),
    }
}
