//! Events in a user's life: the policy is applied when the event happens.

use evergrant_core::Change;
use evergrant_core::issued::Reason;
use evergrant_core::issued::liveness::{Epoch, end_of, raised};
use evergrant_core::people::event::{Effects, apply};
use evergrant_core::people::{
    Effect, Email, EpochSubject, Event, Policy, Role, SignIn, User, UserEpochs,
};

use crate::make::{self, at};

fn user() -> User {
    User {
        id: make::user(),
        team: make::team(),
        email: Email::parse("ada@example.org").unwrap(),
        role: Role::Member,
        epochs: UserEpochs {
            grants: 3,
            personal_tokens: 4,
            sessions: 5,
        },
        membership_epoch: 0,
        created_at: at(0),
        suspended_at: None,
        removed_at: None,
    }
}

#[test]
fn each_event_has_its_reason() {
    let events = [
        (Event::PasswordChanged, Reason::PasswordChanged),
        (Event::MfaEnabled, Reason::MfaEnabled),
        (Event::UserSuspended, Reason::UserSuspended),
        (Event::UserRemoved, Reason::UserRemoved),
        (Event::AdminRemoved, Reason::AdminRemoved),
        (Event::SecurityEvent, Reason::SecurityEvent),
    ];
    for (event, reason) in events {
        for change in apply(event, &user(), &Policy::default()) {
            let Change::EpochRaised { cause, effect, .. } = change else {
                panic!("{change:?}");
            };
            assert_eq!(
                (cause, effect),
                (reason, Effect::Revoke),
                "by default everything ends"
            );
        }
    }
}

#[test]
fn each_kind_has_its_epoch_and_sessions_always_end() {
    let keep = Effects {
        grants: Effect::Keep,
        personal_tokens: Effect::Keep,
    };
    let policy = Policy {
        mfa_enabled: keep,
        ..Policy::default()
    };
    let changes = apply(Event::MfaEnabled, &user(), &policy);
    let told: Vec<_> = changes.iter().filter_map(raise).collect();
    let expected = [
        (EpochSubject::UserGrants(make::user()), 3, Effect::Keep),
        (
            EpochSubject::UserPersonalTokens(make::user()),
            4,
            Effect::Keep,
        ),
        (EpochSubject::UserSessions(make::user()), 5, Effect::Revoke),
    ];
    assert_eq!(told, expected);
}

fn raise(change: &Change) -> Option<(EpochSubject, u32, Effect)> {
    match change {
        Change::EpochRaised {
            subject,
            from,
            effect,
            ..
        } => Some((*subject, *from, *effect)),
        _ => None,
    }
}

/// The epoch of now has the cause of the first raise after the value that the grant remembers; a
/// raise after that, kept or not, is not told and raises nobody.
#[test]
fn a_grant_is_dead_for_the_first_reason_and_for_good() {
    let mut grant = make::grant();
    grant.sign_in = SignIn {
        user: 0,
        membership: 0,
    };
    let mut standing = make::standing();
    for now in [1, 2, 7] {
        standing.user = Epoch {
            now,
            cause: Some(Reason::PasswordChanged),
        };
        assert_eq!(
            end_of(&grant, &standing, at(1)),
            Some(Reason::PasswordChanged)
        );
    }
    grant.sign_in.user = 7;
    assert_eq!(
        end_of(&grant, &standing, at(1)),
        None,
        "stamped anew when it was kept"
    );
}

#[test]
fn an_epoch_of_the_past_is_as_dead_as_one_of_the_future() {
    let mut grant = make::grant();
    grant.client_epoch = 2;
    assert_eq!(
        raised(&grant, &make::standing()),
        Some(Reason::ClientRevoked)
    );
}
