//! Giving a token back (RFC 7009), and ending a grant from a page or the command line.

use crate::change::Change;
use crate::decision::Decision;
use crate::id::ClientId;
use crate::issued::grant::Grant;
use crate::issued::liveness::{Standing, end_of};
use crate::issued::reason::Reason;
use crate::issued::refresh::Presented;
use crate::refusal::Refusal;
use crate::time::Time;

/// A client gives a refresh token back: any generation of a valid one ends its own grant, for a
/// client that lost an answer must be able to sign out. That is no reuse.
pub fn refresh_token(
    client: ClientId,
    presented: &Presented,
    grant: &Grant,
    now: Time,
) -> Decision<Result<(), Refusal>> {
    if client != grant.client {
        return Decision::only(Err(Refusal::TokenOfAnotherClient));
    }
    let row = &grant.rotation;
    let forged = presented.generation == row.generation
        && presented.incarnation == row.incarnation
        && presented.nonce != row.nonce;
    if forged || now >= presented.expires_at {
        return Decision::only(Ok(()));
    }
    end(grant, Reason::RevokedByClient, now)
}

/// A client gives one access token back: that one and older ones are dead, newer ones live.
pub fn access_token(
    client: ClientId,
    generation: u64,
    grant: &Grant,
) -> Decision<Result<(), Refusal>> {
    if client != grant.client {
        return Decision::only(Err(Refusal::TokenOfAnotherClient));
    }
    let floor = generation.saturating_add(1);
    if grant.ended.is_some() || grant.access_floor >= floor {
        return Decision::only(Ok(()));
    }
    Decision::one(
        Change::AccessFloorRaised {
            grant: grant.id,
            floor,
        },
        Ok(()),
    )
}

/// Ends a grant that lives; why a dead one died is not rewritten.
pub fn end_living(
    grant: &Grant,
    standing: &Standing,
    reason: Reason,
    at: Time,
) -> Decision<Result<(), Refusal>> {
    match end_of(grant, standing, at) {
        Some(_) => Decision::only(Ok(())),
        None => end(grant, reason, at),
    }
}

/// Ends a grant; ending one that ended changes nothing.
pub fn end(grant: &Grant, reason: Reason, at: Time) -> Decision<Result<(), Refusal>> {
    if grant.ended.is_some() {
        return Decision::only(Ok(()));
    }
    Decision::one(
        Change::GrantEnded {
            grant: grant.id,
            at,
            reason,
        },
        Ok(()),
    )
}
