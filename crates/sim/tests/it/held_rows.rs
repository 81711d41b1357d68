//! Every kind of held row reads back as it was written, whatever stands in it.

use evergrant_service::core::held::consent::Consent;
use evergrant_service::core::held::{
    Access, Account, Attempt, Cause, Confidence, Connection, ConsentSecrets, Diagnosis, Grant, How,
    Kept, Kind, Party, Phase, RawAnswer, Standing, State, Tokens,
};
use evergrant_service::core::id::{ConnectionId, ProcessId};
use evergrant_service::core::{Change, Digest, ScopeSet, Span, Time};
use evergrant_service::store::held::{Loaded, Revocation};

use crate::bed::{Bed, contracts};
use crate::held_world::{HeldWorld, answer, diagnosis, moved, secret, sending, tokens};
use crate::world::{NOW, STRANGE};

contracts! {
    connections_and_grants,
    every_word,
    attempts,
    answers,
    consents,
    revocations,
    nothing_held_is_found_as_nothing,
}

fn full(it: &HeldWorld) -> (Connection, Grant) {
    let (mut connection, mut grant) = it.connection("full");
    let at = |millis: i64| NOW.plus(Span::from_millis(millis));
    connection.owner = Some(it.world.user.id);
    connection.scopes = ScopeSet::parse("a:b!#[]~ read").unwrap();
    connection.account = Some(Account {
        id: STRANGE.into(),
        label: Some(STRANGE.into()),
    });
    connection.created_at = at(1);
    connection.standing = Standing {
        state: State::InDoubt,
        since: at(2),
        failures: u32::MAX,
        retry_at: Some(at(3)),
        told_to_wait: true,
        due_at: Some(at(4)),
        diagnosis: Some(diagnosis()),
    };
    connection.version = 77;
    grant.generation = i64::MAX.unsigned_abs();
    grant.scopes = Some(ScopeSet::default());
    grant.consented_at = at(5);
    grant.renewed_at = at(6);
    grant.access = Access::Until(at(7));
    grant.refresh_expires_at = Some(at(8));
    grant.refresh_at = Some(at(9));
    (connection, grant)
}

async fn connections_and_grants(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let store = &it.world.store;
    let mut plain = it.connection("plain");
    plain.0.account = Some(Account {
        id: String::new(),
        label: None,
    });
    plain.1.access = Access::Endless;
    plain.1.refreshable = false;
    let mut pending = it.connection("pending");
    pending.1.generation = 0;
    pending.1.access = Access::None;
    for (connection, grant) in [full(&it), plain, pending] {
        it.make(&connection, &grant).await;
        let kept = Kept {
            tokens: tokens(&format!("{}-{}", connection.name, grant.generation)),
            runner_up: None,
        };
        let expected = Loaded {
            connection,
            grant,
            attempt: None,
            integration: it.integration.clone(),
        };
        let Loaded {
            connection, grant, ..
        } = &expected;
        let loaded = store.connection(connection.id).await.unwrap();
        assert_eq!(loaded.as_ref(), Some(&expected));
        let named = store.connection_named(connection.team, &connection.name);
        assert_eq!(named.await.unwrap().as_ref(), Some(&expected));
        let readable = store.readable(connection.team, &connection.name);
        assert_eq!(
            readable.await.unwrap(),
            Some((expected.clone(), kept.clone()))
        );
        assert_eq!(store.kept(grant).await.unwrap(), Some(kept));
        let other = Grant {
            generation: grant.generation - grant.generation.min(1)
                + u64::from(grant.generation == 0),
            ..grant.clone()
        };
        assert_eq!(store.kept(&other).await.unwrap(), None);
        let bound = Account {
            id: "another".into(),
            label: None,
        };
        let change = Change::ConnectionBound {
            connection: connection.id,
            seen: connection.version,
            account: bound.clone(),
        };
        it.commit(vec![change]).await.unwrap();
        let after = store.connection(connection.id).await.unwrap().unwrap();
        assert_eq!(after.connection.account, Some(bound));
        assert_eq!(after.connection.version, connection.version + 1);
    }
}

async fn every_word(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (mut connection, grant) = it.made("words").await;
    let diagnoses = Cause::ALL.iter().flat_map(|cause| {
        Party::ALL.iter().flat_map(move |party| {
            let told = move |it: &Confidence| Diagnosis::new(*cause, *party, *it, Vec::new());
            Confidence::ALL.iter().map(told)
        })
    });
    let states = State::ALL.iter().copied().map(|state| (state, None));
    let told = diagnoses.map(|diagnosis| (State::Degraded, Some(diagnosis)));
    for (state, diagnosis) in told.step_by(7).chain(states) {
        connection.standing.state = state;
        connection.standing.diagnosis = diagnosis;
        let change = moved(&connection, connection.version, &connection.standing);
        it.commit(vec![change]).await.unwrap();
        connection.version += 1;
        let loaded = it.world.store.connection(connection.id).await.unwrap();
        assert_eq!(loaded.unwrap().connection, connection);
    }
    for (index, phase) in Phase::ALL.iter().enumerate() {
        let mut attempt = it.attempt(&grant);
        attempt.generation = index as u64;
        attempt.phase = *phase;
        attempt.kind = Kind::ALL[index % Kind::ALL.len()];
        attempt.sends = vec![sending(it.process(), How::ALL.get(index).copied())];
        it.commit(vec![crate::held_world::claim(&attempt)])
            .await
            .unwrap();
        let found = it.world.store.attempt(attempt.id).await.unwrap();
        assert_eq!(found, Some(attempt));
    }
}

async fn attempts(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (connection, grant) = it.made("journal").await;
    let mut attempt = it.claimed(&grant).await;
    let found = async |attempt: &Attempt| {
        let found = it.world.store.attempt(attempt.id).await.unwrap();
        assert_eq!(found.as_ref(), Some(attempt));
        let loaded = it.world.store.connection(connection.id).await.unwrap();
        loaded.unwrap().attempt
    };
    assert_eq!(found(&attempt).await.as_ref(), Some(&attempt));
    let process = it.process();
    for how in [Some(How::Silent), Some(How::Received), None] {
        attempt.phase = Phase::Sent;
        attempt.sends.push(sending(process, how));
        attempt.diagnosis = how.map(|_| diagnosis());
        attempt.claimed_by = process;
        it.advance(&mut attempt).await;
        assert_eq!(found(&attempt).await.as_ref(), Some(&attempt));
    }
    attempt.phase = Phase::Applied;
    attempt.ended_at = Some(Time::from_micros(i64::MAX));
    it.advance(&mut attempt).await;
    assert_eq!(found(&attempt).await.as_ref(), Some(&attempt));
    attempt.phase = Phase::Unspent;
    it.advance(&mut attempt).await;
    assert_eq!(found(&attempt).await, None, "it binds no more");
    let of = it.world.store.loaded_for(&attempt).await.unwrap().unwrap();
    assert_eq!(
        (of.grant, of.connection, of.attempt),
        (grant, connection, None)
    );
}

async fn answers(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (_, grant) = it.made("answers").await;
    let attempt = it.claimed(&grant).await.id;
    let odd = RawAnswer {
        status: 0,
        headers: Vec::new(),
        body: Vec::new().into(),
        complete: false,
    };
    let large = answer(&vec![0xfe; 1 << 20]);
    let (store, at) = (&it.world.store, NOW);
    for (send, answer) in [odd, large, answer(b"{\"access_token\":\"hush\"}")]
        .into_iter()
        .enumerate()
    {
        let keep = |answer: &RawAnswer| Change::AnswerKept {
            attempt,
            send,
            at,
            answer: Box::new(answer.clone()),
        };
        it.commit(vec![keep(&answer)]).await.unwrap();
        // What came first is what is judged.
        let late = RawAnswer {
            status: 418,
            ..answer.clone()
        };
        it.commit(vec![keep(&late)]).await.unwrap();
        assert_eq!(
            store.answer(attempt, send).await.unwrap(),
            Some(answer.clone())
        );
        let sealed = store.seal_answer(attempt, send, &answer).unwrap();
        assert_eq!(store.open_answer(attempt, send, &sealed).unwrap(), answer);
        assert!(store.open_answer(attempt, send + 1, &sealed).is_err());
    }
    for _ in 0..2 {
        let shred = Change::AnswerShredded { attempt, send: 1 };
        it.commit(vec![shred]).await.unwrap();
    }
    assert_eq!(store.answer(attempt, 1).await.unwrap(), None);
    assert!(store.answer(attempt, 0).await.unwrap().is_some());
}

async fn consents(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (connection, grant) = it.made("consents").await;
    let store = &it.world.store;
    let secrets = [
        ConsentSecrets::default(),
        ConsentSecrets {
            verifier: Some(secret("hush-verifier")),
            code: None,
        },
    ];
    for (index, before) in (0..).zip(secrets) {
        let mut consent = Consent {
            state: Digest([index; 32]),
            team: it.world.team.id,
            integration: it.integration.id,
            connection: connection.id,
            grant: grant.id,
            redirect_uri: "http://127.0.0.1:8/cb?x='%0A".into(),
            browser: (index > 0).then_some(Digest([0xff; 32])),
            created_at: NOW.plus(Span::from_seconds(index.into())),
            expires_at: NOW.plus(Span::from_days(1)),
            spent_at: None,
        };
        let begun = Change::ConsentBegun(Box::new(consent.clone()), before.clone());
        it.commit(vec![begun]).await.unwrap();
        let expected = Some((consent.clone(), before));
        assert_eq!(store.consent(&consent.state).await.unwrap(), expected);
        assert_eq!(store.consent_of(connection.id).await.unwrap(), expected);
        let after = ConsentSecrets {
            verifier: None,
            code: Some(secret(STRANGE)),
        };
        let spent = Change::ConsentSpent {
            state: consent.state,
            at: NOW,
            secrets: after.clone(),
        };
        it.commit(vec![spent]).await.unwrap();
        consent.spent_at = Some(NOW);
        let found = store.consent(&consent.state).await.unwrap();
        assert_eq!(found, Some((consent, after)));
    }
}

async fn revocations(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (connection, grant) = it.made("revoked").await;
    let due = |name: &str| Change::RevocationDue {
        connection: connection.id,
        grant: grant.id,
        tokens: tokens(name),
    };
    // Two in one commit, as the removal of a grant with a runner-up makes them.
    it.commit(vec![due("one"), due("two")]).await.unwrap();
    let load = async |now| it.world.store.revocations_due(now, 10).await.unwrap();
    let mut found = load(NOW).await;
    found.sort_by_key(|it| it.id);
    let ids: Vec<_> = found.iter().map(|it| it.id).collect();
    assert!(ids[0] < ids[1]);
    let expected = |index: usize, name: &str| Revocation {
        id: ids[index],
        team: it.world.team.id,
        connection: connection.id,
        integration: it.integration.id,
        grant: grant.id,
        tokens: tokens(name),
        tries: 0,
        created_at: NOW,
        due_at: NOW,
    };
    assert_eq!(found, [expected(0, "one"), expected(1, "two")]);
    assert!(load(Time::default()).await.is_empty());
    assert_eq!(
        it.world.store.revocations_due(NOW, 1).await.unwrap().len(),
        1
    );
    let later = NOW.plus(Span::from_seconds(1));
    let put_off = Change::RevocationPutOff {
        revocation: ids[0],
        tries: 3,
        due_at: later,
    };
    let ended = Change::RevocationEnded {
        revocation: ids[1],
        done: true,
    };
    it.commit(vec![put_off, ended]).await.unwrap();
    assert!(load(NOW).await.is_empty());
    let put_off = Revocation {
        tries: 3,
        due_at: later,
        ..expected(0, "one")
    };
    assert_eq!(load(later).await, [put_off]);
}

async fn nothing_held_is_found_as_nothing(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let store = &it.world.store;
    let (connection, grant) = it.connection("nowhere");
    let attempt = it.attempt(&grant);
    let id: ConnectionId = connection.id;
    assert_eq!(store.connection(id).await.unwrap(), None);
    let (team, name) = (connection.team, "nowhere");
    assert_eq!(store.connection_named(team, name).await.unwrap(), None);
    assert_eq!(store.readable(team, name).await.unwrap(), None);
    assert_eq!(store.kept(&grant).await.unwrap(), None);
    assert_eq!(store.attempt(attempt.id).await.unwrap(), None);
    assert_eq!(store.loaded_for(&attempt).await.unwrap(), None);
    assert_eq!(store.answer(attempt.id, 0).await.unwrap(), None);
    assert_eq!(store.consent(&Digest([1; 32])).await.unwrap(), None);
    assert_eq!(store.consent_of(id).await.unwrap(), None);
    assert_eq!(store.next_due().await.unwrap(), None);
    assert!(store.integrations_due(NOW).await.unwrap().is_empty());
    assert!(store.unjudged(10).await.unwrap().is_empty());
    let nobody: ProcessId = it.process();
    assert!(store.open_sends(nobody).await.unwrap().is_empty());
    assert_eq!(Kept::default().tokens, Tokens::default());
}
