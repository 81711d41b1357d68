//! Rows of people, their tokens and sessions, and of keys read back as they were written.

use evergrant_service::core::change::{KeyKind, PasswordHash};
use evergrant_service::core::id::{KeyId, UserId};
use evergrant_service::core::issued::client::Algorithm;
use evergrant_service::core::people::{Role, UserEpochs};
use evergrant_service::core::{Change, ScopeSet, Secret, Span};

use crate::bed::{Bed, contracts};
use crate::world::{NOW, STRANGE, World, user};

contracts! {
    personal_tokens,
    people_and_sessions,
    keys,
}

async fn personal_tokens(bed: Bed) {
    let world = World::new(bed).await;
    let mut endless = world.personal();
    endless.expires_at = None;
    endless.purpose = STRANGE.into();
    endless.scopes = ScopeSet::default();
    (endless.user_epoch, endless.membership_epoch) = (3, 4);
    for mut token in [world.personal(), endless] {
        world
            .commit(vec![Change::PersonalTokenMade(Box::new(token.clone()))])
            .await
            .unwrap();
        assert_eq!(
            world.store.personal_token(token.id).await.unwrap(),
            Some(token.clone())
        );
        let used = Change::PersonalTokenUsed {
            token: token.id,
            at: NOW,
        };
        world.commit(vec![used]).await.unwrap();
        token.last_used_at = Some(NOW);
        let presented = world
            .store
            .personal_token_presented(token.digest)
            .await
            .unwrap();
        assert_eq!(presented, Some((token.clone(), world.user.clone())));
        world
            .commit(vec![Change::PersonalTokenDeleted { token: token.id }])
            .await
            .unwrap();
        assert_eq!(world.store.personal_token(token.id).await.unwrap(), None);
        assert_eq!(
            world
                .store
                .personal_token_presented(token.digest)
                .await
                .unwrap(),
            None
        );
    }
}

async fn people_and_sessions(bed: Bed) {
    let world = World::new(bed).await;
    assert_eq!(
        world.store.team(world.team.id).await.unwrap(),
        Some(world.team.clone())
    );
    let id = UserId::new(NOW, world.chance());
    let mut bob = user(world.team.id, id, "böb+x@example.org");
    bob.role = Role::Member;
    bob.epochs = UserEpochs {
        grants: 4,
        personal_tokens: 5,
        sessions: 6,
    };
    bob.membership_epoch = 7;
    let hash = PasswordHash("$argon2id$v=19$first".into());
    let added = Change::UserAdded(Box::new(bob.clone()), Some(hash.clone()));
    world.commit(vec![added]).await.unwrap();
    let found = async || world.store.user_by_email(&bob.email).await.unwrap();
    assert_eq!(found().await, Some((bob.clone(), Some(hash))));
    let ada = world.store.user_by_email(&world.user.email).await.unwrap();
    assert_eq!(ada, Some((world.user.clone(), None)));

    let mut session = world.session();
    (session.user, session.epochs, session.membership_epoch) = (bob.id, bob.epochs, 7);
    world
        .commit(vec![Change::SessionOpened(Box::new(session.clone()))])
        .await
        .unwrap();
    let (team, hash) = (bob.team, PasswordHash("$argon2id$v=19$second".into()));
    world
        .commit(vec![
            Change::PasswordSet {
                user: id,
                hash: hash.clone(),
            },
            Change::UserRoleSet {
                user: id,
                team,
                role: Role::Admin,
            },
            Change::UserSuspended {
                user: id,
                at: Some(NOW),
            },
        ])
        .await
        .unwrap();
    let mut now = bob.clone();
    (now.role, now.suspended_at) = (Role::Admin, Some(NOW));
    assert_eq!(found().await, Some((now.clone(), Some(hash))));
    assert_eq!(world.store.user(id).await.unwrap(), Some(now.clone()));
    let opened = world.store.session(session.digest).await.unwrap();
    assert_eq!(opened, Some((session.clone(), now)));
    for _ in 0..2 {
        let ends = Change::SessionEnded {
            digest: session.digest,
        };
        world.commit(vec![ends]).await.unwrap();
        assert_eq!(world.store.session(session.digest).await.unwrap(), None);
    }
}

async fn keys(bed: Bed) {
    let world = World::new(bed).await;
    let kinds = [
        KeyKind::RefreshToken,
        KeyKind::Signing(Algorithm::EdDsa),
        KeyKind::Signing(Algorithm::Es256),
        KeyKind::Signing(Algorithm::Rs256),
    ];
    for (index, kind) in (0..).zip(kinds) {
        let key = KeyId::new(NOW.plus(Span::from_millis(index)), world.chance());
        let public = (index > 0).then(|| format!("{{\"kid\":\"{index}\"}}"));
        let private = Secret::new(format!("{STRANGE} {index}"));
        let active_from = NOW.plus(Span::from_seconds(60));
        let made = Change::KeyMade {
            key,
            kind,
            active_from,
            at: NOW,
            public: public.clone(),
            private: private.clone(),
        };
        world.commit(vec![made]).await.unwrap();
        let found = world.store.keys().await.unwrap().pop().unwrap();
        assert_eq!((found.id, found.kind, found.public), (key, kind, public));
        assert_eq!((found.created_at, found.active_from), (NOW, active_from));
        assert_eq!(
            (found.private, found.retired_at, found.verifies_until),
            (private, None, None)
        );
        let until = NOW.plus(Span::from_days(9));
        let retired = Change::KeyRetired {
            key,
            at: NOW,
            verifies_until: until,
        };
        world.commit(vec![retired.clone()]).await.unwrap();
        assert!(world.commit(vec![retired]).await.is_err());
        let found = world.store.keys().await.unwrap().pop().unwrap();
        assert_eq!(
            (found.retired_at, found.verifies_until),
            (Some(NOW), Some(until))
        );
    }
    assert_eq!(world.store.keys().await.unwrap().len(), 4);
}
