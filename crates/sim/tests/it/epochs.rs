//! Epochs: a raise has a cause that is told to everything it ended, and to nothing it kept.

use evergrant_service::core::Change;
use evergrant_service::core::id::{GrantId, UserId};
use evergrant_service::core::issued::liveness::{Epoch, raised as dead_by};
use evergrant_service::core::issued::{Grant, Reason};
use evergrant_service::core::people::{Effect, EpochSubject};

use crate::bed::{Bed, contracts};
use crate::world::{NOW, World, ended, raised, user};

contracts! {
    the_cause_is_the_first_raise_after_the_one_remembered,
    a_code_is_told_like_a_grant,
    who_left_the_team_has_no_epoch_there,
    what_is_kept_is_stamped_anew,
    keeping_raises_no_dead,
    a_raise_of_one_is_none_of_the_others,
}

const CAUSES: [Reason; 3] = [
    Reason::PasswordChanged,
    Reason::MfaEnabled,
    Reason::SecurityEvent,
];

async fn raise(world: &World, subject: EpochSubject, from: u32, cause: Reason, effect: Effect) {
    world
        .commit(vec![raised(subject, from, cause, effect)])
        .await
        .unwrap();
}

/// Grants that remember the epochs 0, 1, 2 and 3, set by `remember`.
async fn remembering(world: &World, remember: impl Fn(&mut Grant, u32)) -> Vec<Grant> {
    let mut grants = Vec::new();
    for epoch in 0..=3 {
        let mut grant = world.grant();
        remember(&mut grant, epoch);
        world.begin(&grant).await;
        grants.push(grant);
    }
    grants
}

async fn standing(world: &World, grant: GrantId) -> (Epoch, Option<Epoch>, Epoch) {
    let standing = world.store.grant(grant).await.unwrap().unwrap().standing;
    (standing.user, standing.membership, standing.client)
}

async fn the_cause_is_the_first_raise_after_the_one_remembered(bed: Bed) {
    let world = World::new(bed).await;
    let subjects = [
        EpochSubject::UserGrants(world.user.id),
        EpochSubject::Membership(world.team.id, world.user.id),
        EpochSubject::Client(world.client.id),
    ];
    for subject in subjects {
        for (from, cause) in (0..).zip(CAUSES) {
            raise(&world, subject, from, cause, Effect::Revoke).await;
        }
    }
    let grants = remembering(&world, |grant, epoch| {
        grant.sign_in.user = epoch;
        grant.sign_in.membership = epoch;
        grant.client_epoch = epoch;
    })
    .await;
    let causes = CAUSES.into_iter().map(Some).chain([None]);
    for (grant, cause) in grants.iter().zip(causes) {
        let epoch = Epoch { now: 3, cause };
        assert_eq!(
            standing(&world, grant.id).await,
            (epoch, Some(epoch), epoch)
        );
        let snapshot = world.store.grant(grant.id).await.unwrap().unwrap();
        assert_eq!(dead_by(&snapshot.grant, &snapshot.standing), cause);
    }
}

async fn a_code_is_told_like_a_grant(bed: Bed) {
    let world = World::new(bed).await;
    let code = world.code();
    world
        .commit(vec![Change::CodeMade(Box::new(code.clone()))])
        .await
        .unwrap();
    let load = async || {
        world
            .store
            .code(code.digest, NOW)
            .await
            .unwrap()
            .unwrap()
            .standing
    };
    assert_eq!(load().await.user, Epoch::at(0));
    assert_eq!(load().await.client, Epoch::at(0));
    let subject = EpochSubject::UserGrants(world.user.id);
    raise(&world, subject, 0, Reason::MfaEnabled, Effect::Revoke).await;
    raise(&world, subject, 1, Reason::PasswordChanged, Effect::Revoke).await;
    let subject = EpochSubject::Client(world.client.id);
    raise(&world, subject, 0, Reason::ClientRevoked, Effect::Revoke).await;
    assert_eq!(
        load().await.user,
        Epoch {
            now: 2,
            cause: Some(Reason::MfaEnabled)
        }
    );
    assert_eq!(
        load().await.client,
        Epoch {
            now: 1,
            cause: Some(Reason::ClientRevoked)
        }
    );
    assert_eq!(load().await.membership, Some(Epoch::at(0)));
}

async fn who_left_the_team_has_no_epoch_there(bed: Bed) {
    let world = World::new(bed).await;
    let grant = world.begun().await;
    world
        .commit(vec![Change::UserRemoved {
            user: world.user.id,
            at: NOW,
        }])
        .await
        .unwrap();
    let snapshot = world.store.grant(grant.id).await.unwrap().unwrap();
    assert_eq!(snapshot.standing.membership, None);
    assert_eq!(
        dead_by(&snapshot.grant, &snapshot.standing),
        Some(Reason::RemovedFromTeam)
    );
}

/// Everything that remembers an epoch lives on through a raise that keeps.
async fn what_is_kept_is_stamped_anew(bed: Bed) {
    let world = World::new(bed).await;
    let grant = world.begun().await;
    let (code, token, session) = (world.code(), world.personal(), world.session());
    let made = vec![
        Change::CodeMade(Box::new(code.clone())),
        Change::PersonalTokenMade(Box::new(token.clone())),
        Change::SessionOpened(Box::new(session.clone())),
    ];
    world.commit(made).await.unwrap();
    let subjects = [
        EpochSubject::UserGrants(world.user.id),
        EpochSubject::Membership(world.team.id, world.user.id),
        EpochSubject::Client(world.client.id),
        EpochSubject::UserPersonalTokens(world.user.id),
        EpochSubject::UserSessions(world.user.id),
    ];
    for round in 0..2 {
        for subject in subjects {
            raise(&world, subject, round, CAUSES[0], Effect::Keep).await;
            let live = world.store.grant(grant.id).await.unwrap().unwrap();
            assert_eq!(dead_by(&live.grant, &live.standing), None, "{subject:?}");
            let asked = world.store.code(code.digest, NOW).await.unwrap().unwrap();
            let begun = Grant {
                sign_in: asked.code.sign_in,
                client_epoch: asked.code.client_epoch,
                ..grant.clone()
            };
            assert_eq!(dead_by(&begun, &asked.standing), None, "code, {subject:?}");
            let shown = world
                .store
                .personal_token_presented(token.digest)
                .await
                .unwrap();
            let (shown, owner) = shown.unwrap();
            assert_eq!(
                shown.end_of(&owner, NOW),
                None,
                "personal token, {subject:?}"
            );
            let (open, owner) = world.store.session(session.digest).await.unwrap().unwrap();
            assert!(open.is_live(&owner, NOW), "session, {subject:?}");
            assert_eq!(
                open.epochs, owner.epochs,
                "what a session passes on, {subject:?}"
            );
        }
    }
}

async fn keeping_raises_no_dead(bed: Bed) {
    let world = World::new(bed).await;
    let revoked = world.begun().await;
    let over = world.begun().await;
    world
        .commit(vec![ended(over.id, Reason::RevokedByUser)])
        .await
        .unwrap();
    let subject = EpochSubject::UserGrants(world.user.id);
    raise(&world, subject, 0, Reason::PasswordChanged, Effect::Revoke).await;
    let mut young = world.grant();
    young.sign_in.user = 1;
    world.begin(&young).await;
    raise(&world, subject, 1, Reason::MfaEnabled, Effect::Keep).await;
    raise(&world, subject, 2, Reason::SecurityEvent, Effect::Keep).await;
    let dead = Epoch {
        now: 3,
        cause: Some(Reason::PasswordChanged),
    };
    assert_eq!(standing(&world, revoked.id).await.0, dead);
    assert_eq!(standing(&world, young.id).await.0, Epoch::at(3));
    assert_eq!(
        world.load(over.id).await.ended,
        Some((NOW, Reason::RevokedByUser))
    );
}

async fn a_raise_of_one_is_none_of_the_others(bed: Bed) {
    let world = World::new(bed).await;
    let id = UserId::new(NOW, world.chance());
    let other = user(world.team.id, id, "bob@example.org");
    world
        .commit(vec![Change::UserAdded(Box::new(other.clone()), None)])
        .await
        .unwrap();
    let mine = world.begun().await;
    let mut theirs = world.grant();
    theirs.user = other.id;
    world.begin(&theirs).await;
    for subject in [
        EpochSubject::UserGrants(other.id),
        EpochSubject::UserSessions(world.user.id),
    ] {
        raise(&world, subject, 0, Reason::PasswordChanged, Effect::Revoke).await;
    }
    let subject = EpochSubject::Membership(world.team.id, other.id);
    raise(&world, subject, 0, Reason::AdminRemoved, Effect::Keep).await;
    let calm = Epoch::at(0);
    assert_eq!(standing(&world, mine.id).await, (calm, Some(calm), calm));
    let (user, membership, client) = standing(&world, theirs.id).await;
    assert_eq!(
        user,
        Epoch {
            now: 1,
            cause: Some(Reason::PasswordChanged)
        }
    );
    assert_eq!((membership, client), (Some(Epoch::at(1)), calm));
}
