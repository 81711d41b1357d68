//! What all tests are made of: one team, one user, one client, and times in seconds.

use evergrant_core::id::{Chance, ClientId, GrantId, KeyId, TeamId, UserId};
use evergrant_core::issued::client::Algorithm;
use evergrant_core::issued::code::Challenge;
use evergrant_core::issued::grant::TOKEN_FORMAT;
use evergrant_core::issued::liveness::{AccessToken, Epoch, Pulse, Standing};
use evergrant_core::issued::refresh::{self, Presented};
use evergrant_core::issued::{
    Client, Code, Grant, GrantTypes, Nonce, OnTwoHolders, Presenter, Presenters, Reach, Replay,
    Rotation, StoreFacts,
};
use evergrant_core::people::SignIn;
use evergrant_core::{Digest, ScopeSet, Span, Time};

/// A whole second, so that what is rounded down to seconds stays what it is.
const START: i64 = 1_700_000_000;

pub(crate) const VERIFIER: &str = "the-verifier-of-these-tests-has-forty-three-signs";
pub(crate) const REDIRECT: &str = "https://app.example/callback";
pub(crate) const FILES: &str = "https://files.example";
pub(crate) const MAIL: &str = "https://mail.example";

/// So many seconds after the tests begin.
pub(crate) fn at(second: i64) -> Time {
    Time::from_seconds(START + second)
}

/// Bytes that differ for each number.
pub(crate) fn chance(number: u64) -> Chance {
    Chance(u128::from(number).to_be_bytes())
}

pub(crate) fn nonce(number: u64) -> Nonce {
    Nonce(u128::from(number).to_be_bytes())
}

pub(crate) fn key() -> KeyId {
    KeyId::new(at(0), chance(1))
}

pub(crate) fn user() -> UserId {
    UserId::new(at(0), chance(2))
}

pub(crate) fn team() -> TeamId {
    TeamId::new(at(0), chance(3))
}

pub(crate) fn client_id() -> ClientId {
    ClientId::new(at(0), chance(4))
}

pub(crate) fn another_client_id() -> ClientId {
    ClientId::new(at(0), chance(5))
}

pub(crate) fn scope(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

/// A confidential client with a window of a minute and the defaults otherwise.
pub(crate) fn client() -> Client {
    Client {
        id: client_id(),
        team: team(),
        name: "App".into(),
        secret: Some(Digest::of(b"secret")),
        redirect_uris: vec![REDIRECT.into()],
        scopes: scope("read write"),
        grant_types: GrantTypes::DEFAULT,
        replay: Replay::Window(Span::from_seconds(60)),
        live_access_tokens: 10,
        live_grants: 100,
        access_ttl: Span::from_seconds(300),
        idle_ttl: Span::from_days(30),
        absolute_ttl: Span::from_days(90),
        introspect: Reach::Own,
        on_two_holders: OnTwoHolders::Report,
        signing: Algorithm::EdDsa,
        epoch: 0,
        created_at: at(0),
        removed_at: None,
    }
}

/// A grant at its first generation, begun at second 0.
pub(crate) fn grant() -> Grant {
    let absolute_expires_at = at(90 * 86_400);
    Grant {
        id: GrantId::new(at(0), chance(6)),
        team: team(),
        client: client_id(),
        user: user(),
        scope: scope("read write"),
        resources: vec![FILES.into(), MAIL.into()],
        created_at: at(0),
        absolute_expires_at,
        rotation: Rotation {
            generation: 1,
            nonce: nonce(1),
            previous_nonce: nonce(1),
            rotated_at: at(0),
            previous_rotated_at: at(0),
            expires_at: at(30 * 86_400),
            mac_key: key(),
            token_format: TOKEN_FORMAT,
            incarnation: 0,
            presented: 0,
        },
        retries: 0,
        chain: 0,
        access_floor: 0,
        sign_in: SignIn::default(),
        client_epoch: 0,
        presenters: Presenters::default(),
        ended: None,
    }
}

/// A code of the user for the client, made at second 0.
pub(crate) fn code() -> Code {
    Code {
        digest: Digest::of(b"code"),
        client: client_id(),
        team: team(),
        user: user(),
        redirect_uri: REDIRECT.into(),
        redirect_uri_named: true,
        scope: scope("read write"),
        resources: vec![FILES.into(), MAIL.into()],
        challenge: Challenge(Digest::of(VERIFIER.as_bytes()).0),
        sign_in: SignIn::default(),
        client_epoch: 0,
        created_at: at(0),
        expires_at: at(60),
        redeemed: None,
    }
}

/// Nobody raised any epoch.
pub(crate) fn standing() -> Standing {
    Standing {
        user: Epoch::at(0),
        membership: Some(Epoch::at(0)),
        client: Epoch::at(0),
    }
}

/// RT(generation) of the row's present rotation.
pub(crate) fn token_of(rotation: &Rotation) -> Presented {
    Presented {
        generation: rotation.generation,
        nonce: rotation.nonce,
        incarnation: rotation.incarnation,
        expires_at: rotation.expires_at,
    }
}

/// A refresh that is right in all but perhaps its token.
pub(crate) fn request(presented: Presented, arrived: Time) -> refresh::Request {
    refresh::Request {
        client: client_id(),
        presented,
        scope: None,
        resources: Vec::new(),
        presenter: presenter(arrived),
    }
}

pub(crate) fn presenter(arrived: Time) -> Presenter {
    Presenter::new(arrived, Some("192.0.2.7".parse().unwrap()), "app/1")
}

pub(crate) fn snapshot(grant: Grant, client: Client) -> refresh::Snapshot {
    refresh::Snapshot {
        grant,
        client,
        standing: standing(),
        store: StoreFacts::default(),
    }
}

pub(crate) fn fresh(number: u64) -> refresh::Fresh {
    refresh::Fresh {
        nonce: nonce(number),
        mac_key: key(),
        chance: chance(number),
    }
}

/// How it stands with AT(`generation`) of this grant while nothing else ended it.
pub(crate) fn access_token(
    grant: &Grant,
    client: &Client,
    generation: u64,
    incarnation: u32,
) -> AccessToken {
    let living = Grant {
        ended: None,
        ..grant.clone()
    };
    let standing = Standing {
        user: Epoch::at(grant.sign_in.user),
        membership: Some(Epoch::at(grant.sign_in.membership)),
        client: Epoch::at(grant.client_epoch),
    };
    let pulse = Pulse::of(&living, client, &standing, incarnation);
    let before_its_end = pulse.expires_at.minus(Span::from_seconds(1));
    pulse.access_token(generation, before_its_end)
}
