//! Each change of held rows is refused where the world is not as it was seen.

use evergrant_service::core::held::consent::Consent;
use evergrant_service::core::held::{
    Account, ConsentSecrets, Grant, How, Kept, Phase, Standing, State, Tokens,
};
use evergrant_service::core::{Change, Digest, Span};
use evergrant_service::store::CommitError;

use crate::bed::{Bed, contracts};
use crate::held_world::{HeldWorld, advanced, claim, integration, moved, secret, sending, tokens};
use crate::world::NOW;

contracts! {
    a_stale_version_is_refused,
    a_stale_revision_is_refused,
    a_stale_generation_is_refused,
    a_generation_has_one_attempt_that_binds_it,
    two_who_claim_at_once_are_one_and_a_conflict,
    a_runner_up_lies_beside_and_takes_the_place,
    shredded_tokens_are_gone,
    a_consent_is_spent_once,
    a_revocation_ends_once,
    an_integration_that_is_used_stays,
    a_name_is_free_again_after_its_removal,
}

async fn refused(it: &HeldWorld, change: Change) {
    assert_eq!(it.commit(vec![change]).await, Err(CommitError::Conflict));
}

async fn a_stale_version_is_refused(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (connection, _) = it.made("stale").await;
    let to = Standing::new(State::Suspended, NOW);
    it.commit(vec![moved(&connection, 0, &to)]).await.unwrap();
    let account = Account {
        id: "x".into(),
        label: None,
    };
    for seen in [0, 2] {
        refused(&it, moved(&connection, seen, &to)).await;
        let bound = Change::ConnectionBound {
            connection: connection.id,
            seen,
            account: account.clone(),
        };
        refused(&it, bound).await;
    }
    let (unknown, _) = it.connection("unknown");
    refused(&it, moved(&unknown, 0, &to)).await;
    let loaded = it.world.store.connection(connection.id).await.unwrap();
    let loaded = loaded.unwrap().connection;
    assert_eq!((loaded.version, loaded.account), (1, None));
}

async fn a_stale_revision_is_refused(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (_, grant) = it.made("stale").await;
    let mut attempt = it.claimed(&grant).await;
    let mut other = attempt.clone();
    attempt.sends.push(sending(it.process(), None));
    attempt.phase = Phase::Sent;
    it.advance(&mut attempt).await;
    other.phase = Phase::Aborted;
    for seen in [0, 2] {
        other.revision = seen + 1;
        refused(&it, advanced(seen, &other)).await;
    }
    let found = it.world.store.attempt(attempt.id).await.unwrap();
    assert_eq!(found, Some(attempt));
}

async fn a_stale_generation_is_refused(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (_, grant) = it.made("stale").await;
    let next = Grant {
        generation: 2,
        ..grant.clone()
    };
    let apply = |from: u64, grant: &Grant| Change::TokensApplied {
        from,
        grant: Box::new(grant.clone()),
        tokens: tokens("next"),
    };
    it.commit(vec![apply(1, &next)]).await.unwrap();
    for from in [0, 1, 3] {
        refused(&it, apply(from, &next)).await;
    }
    for generation in [1, 3] {
        let late = Change::RunnerUpKept {
            grant: Box::new(Grant {
                generation,
                ..next.clone()
            }),
            tokens: tokens("late"),
            swap: generation == 1,
        };
        refused(&it, late).await;
    }
    let kept = Kept {
        tokens: tokens("next"),
        runner_up: None,
    };
    assert_eq!(it.world.store.kept(&next).await.unwrap(), Some(kept));
    assert_eq!(it.world.store.kept(&grant).await.unwrap(), None);
}

async fn a_generation_has_one_attempt_that_binds_it(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (_, grant) = it.made("once").await;
    let (_, other) = it.made("other").await;
    for phase in [Phase::Aborted, Phase::Unspent] {
        let mut first = it.claimed(&grant).await;
        for binding in [Phase::Claimed, Phase::Sent, Phase::Received] {
            first.phase = binding;
            it.advance(&mut first).await;
            refused(&it, claim(&it.attempt(&grant))).await;
        }
        first.phase = phase;
        it.advance(&mut first).await;
    }
    let mut last = it.claimed(&grant).await;
    for binding in [Phase::Applied, Phase::Refused] {
        last.phase = binding;
        it.advance(&mut last).await;
        refused(&it, claim(&it.attempt(&grant))).await;
    }
    it.claimed(&other).await;
    let next = Grant {
        generation: 2,
        ..grant
    };
    it.claimed(&next).await;
}

async fn two_who_claim_at_once_are_one_and_a_conflict(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (connection, grant) = it.made("race").await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let store = it.world.bed.open().await;
        let changes = vec![
            claim(&it.attempt(&grant)),
            moved(&connection, 0, &connection.standing),
        ];
        let commit = it.world.commit_of(changes);
        tasks.spawn(async move { store.commit(&commit).await });
    }
    let outcomes = tasks.join_all().await;
    let won = outcomes.iter().filter(|it| it.is_ok()).count();
    let lost = |it: &&Result<(), CommitError>| **it == Err(CommitError::Conflict);
    assert_eq!((won, outcomes.iter().filter(lost).count()), (1, 7));
}

async fn a_runner_up_lies_beside_and_takes_the_place(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let store = &it.world.store;
    let (connection, mut grant) = it.made("two").await;
    let second = |grant: &Grant, name: &str, swap| Change::RunnerUpKept {
        grant: Box::new(grant.clone()),
        tokens: tokens(name),
        swap,
    };
    grant.runner_up = true;
    it.commit(vec![second(&grant, "second", false)])
        .await
        .unwrap();
    let kept = |tokens: Tokens, runner_up| Kept { tokens, runner_up };
    let beside = kept(tokens("two-1"), Some(tokens("second")));
    assert_eq!(store.kept(&grant).await.unwrap(), Some(beside));
    grant.renewed_at = NOW.plus(Span::from_seconds(5));
    it.commit(vec![second(&grant, "third", true)])
        .await
        .unwrap();
    let swapped = kept(tokens("third"), Some(tokens("two-1")));
    assert_eq!(store.kept(&grant).await.unwrap(), Some(swapped.clone()));
    let readable = store.readable(connection.team, "two").await.unwrap();
    let (loaded, read) = readable.unwrap();
    assert_eq!((&loaded.grant, read), (&grant, swapped));
    let next = Grant {
        generation: 2,
        runner_up: false,
        ..grant
    };
    let applied = Change::TokensApplied {
        from: 1,
        grant: Box::new(next.clone()),
        tokens: tokens("next"),
    };
    it.commit(vec![applied]).await.unwrap();
    let alone = kept(tokens("next"), None);
    assert_eq!(store.kept(&next).await.unwrap(), Some(alone));
}

async fn shredded_tokens_are_gone(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (_, mut grant) = it.made("shred").await;
    grant.runner_up = true;
    let second = Change::RunnerUpKept {
        grant: Box::new(grant.clone()),
        tokens: tokens("second"),
        swap: false,
    };
    let shred = Change::TokensShredded { grant: grant.id };
    it.commit(vec![second, shred]).await.unwrap();
    let kept = it.world.store.kept(&grant).await.unwrap();
    assert_eq!(kept, Some(Kept::default()));
    let loaded = it.world.store.connection(grant.connection).await.unwrap();
    assert!(!loaded.unwrap().grant.runner_up);
    let (_, unknown) = it.connection("unknown");
    refused(&it, Change::TokensShredded { grant: unknown.id }).await;
}

async fn a_consent_is_spent_once(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (connection, grant) = it.made("consent").await;
    let consent = Consent {
        state: Digest([7; 32]),
        team: it.world.team.id,
        integration: it.integration.id,
        connection: connection.id,
        grant: grant.id,
        redirect_uri: String::new(),
        browser: None,
        created_at: NOW,
        expires_at: NOW,
        spent_at: None,
    };
    let begun = || Change::ConsentBegun(Box::new(consent.clone()), ConsentSecrets::default());
    it.commit(vec![begun()]).await.unwrap();
    refused(&it, begun()).await;
    let spent = |state| Change::ConsentSpent {
        state,
        at: NOW,
        secrets: ConsentSecrets {
            verifier: None,
            code: Some(secret("first")),
        },
    };
    it.commit(vec![spent(consent.state)]).await.unwrap();
    refused(&it, spent(consent.state)).await;
    refused(&it, spent(Digest([8; 32]))).await;
}

async fn a_revocation_ends_once(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (connection, grant) = it.made("revocation").await;
    let due = Change::RevocationDue {
        connection: connection.id,
        grant: grant.id,
        tokens: tokens("due"),
    };
    it.commit(vec![due]).await.unwrap();
    let due = it.world.store.revocations_due(NOW, 1).await.unwrap();
    let revocation = due[0].id;
    let ended = || Change::RevocationEnded {
        revocation,
        done: false,
    };
    it.commit(vec![ended()]).await.unwrap();
    refused(&it, ended()).await;
    let put_off = Change::RevocationPutOff {
        revocation,
        tries: 1,
        due_at: NOW,
    };
    refused(&it, put_off).await;
}

async fn an_integration_that_is_used_stays(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (connection, grant) = it.made("user").await;
    let id = it.integration.id;
    let remove = || Change::IntegrationRemoved {
        integration: id,
        at: NOW,
    };
    refused(&it, remove()).await;
    let mut to = connection.standing.clone();
    to.state = State::Revoked;
    let due = Change::RevocationDue {
        connection: connection.id,
        grant: grant.id,
        tokens: tokens("user-1"),
    };
    let changes = vec![moved(&connection, 0, &to), due, remove()];
    it.commit(changes).await.unwrap();
    // The provider will want to know who asks it to end the grant.
    let store = &it.world.store;
    assert!(store.integration_secret(id).await.unwrap().is_some());
    refused(&it, remove()).await;
    let set = Change::IntegrationSecretSet {
        integration: id,
        secret: secret("x"),
    };
    refused(&it, set).await;
    let (late, grant) = it.connection("late");
    let made = Change::ConnectionMade(Box::new(late), Box::new(grant), Tokens::default());
    refused(&it, made).await;
    let revocation = store.revocations_due(NOW, 1).await.unwrap()[0].id;
    let ended = Change::RevocationEnded {
        revocation,
        done: true,
    };
    it.commit(vec![ended]).await.unwrap();
    let keep = evergrant_service::store::Retention::default();
    store.sweep(NOW, keep).await.unwrap();
    assert_eq!(store.integration_secret(id).await.unwrap(), None);
}

async fn a_name_is_free_again_after_its_removal(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let same = integration(&it.world, "acme");
    refused(&it, Change::IntegrationAdded(Box::new(same), None)).await;
    let (first, _) = it.made("name").await;
    let (second, grant) = it.connection("name");
    let made = || {
        Change::ConnectionMade(
            Box::new(second.clone()),
            Box::new(grant.clone()),
            Tokens::default(),
        )
    };
    refused(&it, made()).await;
    let mut to = first.standing.clone();
    to.state = State::Revoked;
    it.commit(vec![moved(&first, 0, &to), made()])
        .await
        .unwrap();
    let store = &it.world.store;
    let named = store.connection_named(first.team, "name").await.unwrap();
    assert_eq!(named.unwrap().connection.id, second.id);
    // The removed one is told of as long as its rows are kept.
    let old = store.connection(first.id).await.unwrap().unwrap();
    assert_eq!(old.connection.standing.state, State::Revoked);
    let mut sent = it.claimed(&grant).await;
    sent.sends.push(sending(it.process(), Some(How::NotSent)));
    it.advance(&mut sent).await;
}
