//! What of held rows is forgotten, and what is kept.

use evergrant_service::core::held::consent::Consent;
use evergrant_service::core::held::read::{Disclosure, Read, Reader};
use evergrant_service::core::held::{ConsentSecrets, How, Phase, State};
use evergrant_service::core::{Change, Digest, Span, Time};
use evergrant_service::store::Retention;

use crate::bed::{Bed, contracts, number};
use crate::held_world::{HeldWorld, answer, moved, sending, tokens};
use crate::world::NOW;

contracts! {
    a_removed_connection_goes_with_all_that_is_its_own,
    what_waits_for_judgement_is_kept,
    consents_and_reads_go_after_their_time,
    a_history_keeps_fifty,
    what_binds_a_later_generation_is_no_history,
}

const KEEP: Retention = Retention {
    audit: Span::from_days(10),
    ended: Span::from_days(5),
};
const CONNECTIONS: &str = "SELECT COUNT(*) FROM connections";
const GRANTS: &str = "SELECT COUNT(*) FROM held_grants";
const ATTEMPTS: &str = "SELECT COUNT(*) FROM attempts";
const ANSWERS: &str = "SELECT COUNT(*) FROM answers";
const CONSENTS: &str = "SELECT COUNT(*) FROM consents";
const REVOCATIONS: &str = "SELECT COUNT(*) FROM revocations";
const READS: &str = "SELECT COUNT(*) FROM reads";
const INTEGRATIONS: &str = "SELECT COUNT(*) FROM integrations";

async fn counts<const N: usize>(it: &HeldWorld, texts: [&'static str; N]) -> Vec<i64> {
    let mut counts = Vec::new();
    for text in texts {
        counts.push(number(it.world.engine(), text).await);
    }
    counts
}

fn kept(it: evergrant_service::core::id::AttemptId) -> Change {
    Change::AnswerKept {
        attempt: it,
        send: 0,
        at: NOW,
        answer: Box::new(answer(b"x")),
    }
}

async fn a_removed_connection_goes_with_all_that_is_its_own(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let mut made = Vec::new();
    for name in ["live", "young", "old"] {
        let (connection, grant) = it.made(name).await;
        let attempt = it.claimed(&grant).await;
        let due = Change::RevocationDue {
            connection: connection.id,
            grant: grant.id,
            tokens: tokens(name),
        };
        it.commit(vec![kept(attempt.id), due]).await.unwrap();
        made.push((connection, grant));
    }
    let ended = NOW.minus(KEEP.ended);
    let just_before = ended.minus(Span::from_millis(1));
    for ((connection, _), since) in made[1..].iter().zip([ended, just_before]) {
        let mut to = connection.standing.clone();
        (to.state, to.since) = (State::Revoked, since);
        it.commit(vec![moved(connection, 0, &to)]).await.unwrap();
    }
    for _ in 0..2 {
        it.world.store.sweep(NOW, KEEP).await.unwrap();
        let all = [CONNECTIONS, GRANTS, ATTEMPTS, ANSWERS, INTEGRATIONS];
        assert_eq!(counts(&it, all).await, [2, 2, 2, 2, 1]);
    }
    let old = it.world.store.connection(made[2].0.id).await.unwrap();
    assert_eq!(old, None);
    // What is to be ended at the provider is not forgotten before it ended.
    let due = it.world.store.revocations_due(NOW, 9).await.unwrap();
    assert_eq!(due.len(), 3);
    let revocation = due[0].id;
    let done = Change::RevocationEnded {
        revocation,
        done: true,
    };
    it.commit(vec![done]).await.unwrap();
    it.world
        .store
        .sweep(NOW.plus(KEEP.ended), KEEP)
        .await
        .unwrap();
    assert_eq!(counts(&it, [REVOCATIONS]).await, [3]);
    let later = NOW.plus(KEEP.ended).plus(Span::from_millis(1));
    it.world.store.sweep(later, KEEP).await.unwrap();
    assert_eq!(counts(&it, [REVOCATIONS]).await, [2]);
}

async fn what_waits_for_judgement_is_kept(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (connection, grant) = it.made("late").await;
    let mut attempt = it.claimed(&grant).await;
    attempt.phase = Phase::Received;
    attempt.sends = vec![sending(it.process(), Some(How::Received))];
    it.advance(&mut attempt).await;
    let mut to = connection.standing.clone();
    (to.state, to.since) = (State::Revoked, Time::default());
    let removed = Change::IntegrationRemoved {
        integration: it.integration.id,
        at: Time::default(),
    };
    let changes = vec![kept(attempt.id), moved(&connection, 0, &to), removed];
    it.commit(changes).await.unwrap();
    let all = [CONNECTIONS, GRANTS, ATTEMPTS, ANSWERS, INTEGRATIONS];
    it.world.store.sweep(NOW, KEEP).await.unwrap();
    assert_eq!(counts(&it, all).await, [1, 1, 1, 1, 1]);
    let own = it.world.store.integration_secret(it.integration.id).await;
    assert!(own.unwrap().is_some(), "the late grant has to be ended");
    attempt.phase = Phase::Applied;
    attempt.sends = vec![sending(it.process(), Some(How::Tokens))];
    it.advance(&mut attempt).await;
    it.world.store.sweep(NOW, KEEP).await.unwrap();
    assert_eq!(counts(&it, all).await, [0, 0, 0, 0, 0]);
}

async fn consents_and_reads_go_after_their_time(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (connection, grant) = it.made("times").await;
    for (state, expires_at) in [(1, NOW.minus(Span::from_days(1))), (2, NOW)] {
        let consent = Consent {
            state: Digest([state; 32]),
            team: it.world.team.id,
            integration: it.integration.id,
            connection: connection.id,
            grant: grant.id,
            redirect_uri: String::new(),
            browser: None,
            created_at: NOW,
            expires_at,
            spent_at: None,
        };
        let begun = Change::ConsentBegun(Box::new(consent), ConsentSecrets::default());
        it.commit(vec![begun]).await.unwrap();
    }
    let limit = NOW.minus(KEEP.audit);
    for (generation, at) in [(1, limit.minus(Span::from_millis(1))), (2, limit)] {
        let read = Read {
            disclosure: Disclosure {
                connection: connection.id,
                grant: grant.id,
                generation,
                reader: Reader::Operator,
            },
            at,
            count: 1,
        };
        it.commit(vec![Change::ReadsNoted(vec![read])])
            .await
            .unwrap();
    }
    it.world.store.sweep(NOW, KEEP).await.unwrap();
    assert_eq!(counts(&it, [CONSENTS, READS]).await, [1, 1]);
    let left = it.world.store.consent(&Digest([2; 32])).await.unwrap();
    assert!(left.is_some());
}

async fn a_history_keeps_fifty(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (_, mut grant) = it.made("long").await;
    let mut waiting = it.claimed(&grant).await;
    waiting.phase = Phase::Received;
    waiting.sends = vec![sending(it.process(), Some(How::Received))];
    it.advance(&mut waiting).await;
    it.commit(vec![kept(waiting.id)]).await.unwrap();
    for generation in 2..=60 {
        grant.generation = generation;
        let mut attempt = it.claimed(&grant).await;
        attempt.phase = Phase::Applied;
        it.advance(&mut attempt).await;
        it.commit(vec![kept(attempt.id)]).await.unwrap();
    }
    assert_eq!(counts(&it, [ATTEMPTS, ANSWERS]).await, [51, 51]);
    let oldest = it.world.store.answer(waiting.id, 0).await.unwrap();
    assert!(oldest.is_some(), "it waits to be judged");
}

/// Ids sort by clocks, and a clock may be set back.
async fn what_binds_a_later_generation_is_no_history(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (_, mut grant) = it.made("clock").await;
    grant.generation = 100;
    let mut binding = it.claimed(&grant).await;
    binding.phase = Phase::Sent;
    it.advance(&mut binding).await;
    for generation in 1..=60 {
        grant.generation = generation;
        it.claimed(&grant).await;
    }
    assert_eq!(counts(&it, [ATTEMPTS]).await, [51]);
    let found = it.world.store.attempt(binding.id).await.unwrap();
    assert_eq!(found, Some(binding));
}
