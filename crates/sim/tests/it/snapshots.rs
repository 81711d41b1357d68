//! Every kind of row reads back as it was written, whatever stands in it.

use evergrant_service::core::id::{ClientId, KeyId, UserId};
use evergrant_service::core::issued::client::Algorithm;
use evergrant_service::core::issued::incident::Story;
use evergrant_service::core::issued::presenter::{Did, Presenter, Presenters};
use evergrant_service::core::issued::{
    Client, Grant, GrantTypes, IncidentKind, Nonce, OnTwoHolders, Reach, Reason, Replay, Rotation,
    StoreFacts,
};
use evergrant_service::core::people::SignIn;
use evergrant_service::core::{Change, Digest, ScopeSet, Span, Time};
use evergrant_service::store::PageRequest;

use crate::bed::{Bed, contracts};
use crate::world::{NOW, STRANGE, World, ended, entry};

contracts! {
    clients,
    grants,
    every_reason,
    codes,
    incidents,
    nothing_is_found_as_nothing,
}

/// Clients with every setting at its ends.
fn varied_clients(world: &World) -> [Client; 3] {
    let all = GrantTypes {
        authorization_code: true,
        refresh_token: true,
        client_credentials: true,
    };
    let none = GrantTypes {
        authorization_code: false,
        refresh_token: false,
        client_credentials: false,
    };
    let id = || ClientId::new(NOW, world.chance());
    [
        Client {
            id: id(),
            name: STRANGE.into(),
            ..world.client.clone()
        },
        Client {
            id: id(),
            secret: Some(Digest([0xff; 32])),
            redirect_uris: Vec::new(),
            scopes: ScopeSet::default(),
            grant_types: none,
            replay: Replay::Strict,
            live_access_tokens: u32::MAX,
            live_grants: 0,
            access_ttl: Span::from_seconds(1),
            idle_ttl: Span::LONGEST,
            absolute_ttl: Span::LONGEST,
            introspect: Reach::Team,
            on_two_holders: OnTwoHolders::Revoke,
            signing: Algorithm::Rs256,
            ..world.client.clone()
        },
        Client {
            id: id(),
            redirect_uris: vec!["https://a.example/?x='%0A".into(), "com.app:/cb".into()],
            grant_types: all,
            replay: Replay::Window(Replay::LONGEST),
            signing: Algorithm::Es256,
            epoch: 9,
            ..world.client.clone()
        },
    ]
}

async fn clients(bed: Bed) {
    let world = World::new(bed).await;
    for mut client in varied_clients(&world) {
        world
            .commit(vec![Change::ClientAdded(Box::new(client.clone()))])
            .await
            .unwrap();
        assert_eq!(
            world.store.client(client.id).await.unwrap(),
            Some(client.clone())
        );
        let secret = Digest::of(b"another");
        let change = Change::ClientSecretSet {
            client: client.id,
            secret,
        };
        world.commit(vec![change]).await.unwrap();
        world
            .commit(vec![Change::ClientRemoved {
                client: client.id,
                at: NOW,
            }])
            .await
            .unwrap();
        (client.secret, client.removed_at) = (Some(secret), Some(NOW));
        assert_eq!(world.store.client(client.id).await.unwrap(), Some(client));
    }
}

/// A grant in which no column has the value of another.
fn full_grant(world: &World) -> Grant {
    let mut presenters = Presenters::default();
    for generation in 1..6 {
        presenters.push(&entry(generation, Did::Retried));
    }
    let at = |millis: i64| Time::from_millis(1_800_000_000_000 + millis);
    Grant {
        scope: ScopeSet::parse("a:b!#[]~ read").unwrap(),
        resources: vec![
            "https://api.example/".into(),
            "https://b.example/?q=ü".into(),
        ],
        created_at: at(1),
        absolute_expires_at: at(2),
        rotation: Rotation {
            generation: i64::MAX.unsigned_abs(),
            nonce: Nonce([0xff; 16]),
            previous_nonce: Nonce([0; 16]),
            rotated_at: at(3),
            previous_rotated_at: at(4),
            expires_at: at(5),
            mac_key: KeyId::new(at(6), world.chance()),
            token_format: u32::MAX,
            incarnation: u32::MAX - 1,
            presented: 77,
        },
        retries: 63,
        chain: 2,
        access_floor: 76,
        sign_in: SignIn {
            user: 3,
            membership: 4,
        },
        client_epoch: 5,
        presenters,
        ..world.grant()
    }
}

async fn grants(bed: Bed) {
    let world = World::new(bed).await;
    let mut plain = world.grant();
    plain.scope = ScopeSet::default();
    for mut grant in [full_grant(&world), plain] {
        world.begin(&grant).await;
        let snapshot = world.store.grant(grant.id).await.unwrap().unwrap();
        assert_eq!((&snapshot.grant, &snapshot.client), (&grant, &world.client));
        assert_eq!(snapshot.store, StoreFacts::default());
        world
            .commit(vec![ended(grant.id, Reason::TwoHolders)])
            .await
            .unwrap();
        grant.ended = Some((NOW, Reason::TwoHolders));
        let snapshot = world.store.grant(grant.id).await.unwrap().unwrap();
        assert_eq!(snapshot.grant, grant);
        let page = PageRequest::default();
        let of_team = world
            .store
            .grants_of_team(world.team.id, &page)
            .await
            .unwrap();
        let of_user = world
            .store
            .grants_of_user(world.user.id, &page)
            .await
            .unwrap();
        assert_eq!(of_team, of_user);
        let listed = of_team
            .items
            .iter()
            .find(|it| it.snapshot.grant.id == grant.id)
            .unwrap();
        assert_eq!(listed.snapshot, snapshot);
        assert_eq!(listed.email, world.user.email.as_str());
    }
}

async fn every_reason(bed: Bed) {
    let world = World::new(bed).await;
    for reason in Reason::ALL {
        let grant = world.begun().await;
        world.commit(vec![ended(grant.id, reason)]).await.unwrap();
        assert_eq!(world.load(grant.id).await.ended, Some((NOW, reason)));
    }
}

async fn codes(bed: Bed) {
    let world = World::new(bed).await;
    let mut plain = world.code();
    plain.redirect_uri_named = false;
    plain.resources.clear();
    plain.scope = ScopeSet::default();
    plain.sign_in = SignIn {
        user: 6,
        membership: 7,
    };
    plain.client_epoch = 8;
    for mut code in [world.code(), plain] {
        world
            .commit(vec![Change::CodeMade(Box::new(code.clone()))])
            .await
            .unwrap();
        let snapshot = world.store.code(code.digest, NOW).await.unwrap().unwrap();
        assert_eq!((snapshot.code, snapshot.grant), (code.clone(), None));
        assert_eq!(snapshot.client, world.client);
        let grant = world.begun().await;
        let change = Change::CodeRedeemed {
            digest: code.digest,
            at: NOW,
            grant: grant.id,
        };
        world.commit(vec![change]).await.unwrap();
        code.redeemed = Some((NOW, grant.id));
        let snapshot = world.store.code(code.digest, NOW).await.unwrap().unwrap();
        assert_eq!((snapshot.code, snapshot.grant), (code, Some(grant)));
    }
}

async fn incidents(bed: Bed) {
    let world = World::new(bed).await;
    let grant = world.begun().await;
    let kinds = [
        IncidentKind::Reuse,
        IncidentKind::TwoHolders,
        IncidentKind::CodeReuse,
    ];
    let stories = [Story::LostAnswer, Story::SecondProcess, Story::OtherHands];
    let mut expected = Vec::new();
    for (kind, story) in kinds.into_iter().zip(stories) {
        let mut incident = world.incident(&grant, kind);
        incident.story = story;
        if story != Story::LostAnswer {
            let address = Some("2001:db8::7".parse().unwrap());
            incident.first = Some(Presenter::new(NOW, address, STRANGE));
            incident.second.address = Some("192.0.2.1".parse().unwrap());
        } else {
            incident.first = Some(Presenter::new(NOW, None, ""));
        }
        expected.push(incident);
    }
    expected[0].first = None;
    for incident in &mut expected {
        let seen = || vec![Change::IncidentSeen(Box::new(incident.clone()))];
        world.commit(seen()).await.unwrap();
        // Seen again, it is the same row, which counts.
        let mut again = incident.clone();
        again.id = world.incident(&grant, incident.kind).id;
        again.first = None;
        world
            .commit(vec![Change::IncidentSeen(Box::new(again))])
            .await
            .unwrap();
        world.commit(seen()).await.unwrap();
        incident.count = 3;
    }
    expected.sort_by_key(|it| it.id);
    assert_eq!(
        world.store.incidents_of_grant(grant.id).await.unwrap(),
        expected
    );
    let page = world
        .store
        .incidents(world.team.id, &PageRequest::default())
        .await
        .unwrap();
    assert_eq!(page.items, expected);
}

async fn nothing_is_found_as_nothing(bed: Bed) {
    let world = World::new(bed).await;
    let digest = Digest([1; 32]);
    assert_eq!(world.store.grant(world.grant().id).await.unwrap(), None);
    assert_eq!(world.store.code(digest, NOW).await.unwrap(), None);
    assert_eq!(world.store.session(digest).await.unwrap(), None);
    assert_eq!(
        world.store.personal_token_presented(digest).await.unwrap(),
        None
    );
    let user = UserId::new(NOW, world.chance());
    assert_eq!(world.store.user(user).await.unwrap(), None);
    assert!(
        world
            .store
            .users(world.team.id, &PageRequest::default())
            .await
            .unwrap()
            .next
            .is_none()
    );
    assert_eq!(
        world
            .store
            .incidents_of_grant(world.grant().id)
            .await
            .unwrap(),
        Vec::new()
    );
}
