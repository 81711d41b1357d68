//! What is sealed opens where it was sealed, and nowhere else; in plain it is nowhere.

use evergrant_service::core::Change;
use evergrant_service::core::held::Grant;
use evergrant_service::store::Value;
use evergrant_service::store::engine::{Expect, Query, Statement};

use crate::bed::{Bed, contracts};
use crate::held_world::{HeldWorld, answer, integration, secret, tokens};
use crate::world::NOW;

contracts! {
    what_was_moved_does_not_open,
    nothing_stands_in_plain,
}

async fn tamper(it: &HeldWorld, text: &'static str, values: Vec<Value>) {
    let statement = Statement {
        text,
        values,
        expect: Expect::Changed,
    };
    it.world.engine().commit(vec![statement]).await.unwrap();
}

fn text(it: impl ToString) -> Value {
    Value::Text(it.to_string())
}

async fn what_was_moved_does_not_open(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let store = &it.world.store;
    let ((connection, mine), (_, theirs)) = (it.made("mine").await, it.made("theirs").await);
    let copy = "UPDATE held_grants SET tokens = (SELECT o.tokens FROM held_grants o \
                WHERE o.id = $1) WHERE id = $2";
    tamper(&it, copy, vec![text(theirs.id), text(mine.id)]).await;
    assert!(store.kept(&mine).await.is_err());
    assert!(store.readable(connection.team, "mine").await.is_err());
    // An older generation's tokens are not the next one's.
    let raise = "UPDATE held_grants SET generation = 2 WHERE id = $1";
    tamper(&it, raise, vec![text(theirs.id)]).await;
    let next = Grant {
        generation: 2,
        ..theirs.clone()
    };
    assert!(store.kept(&next).await.is_err());

    let attempt = it.claimed(&mine).await.id;
    let keep = Change::AnswerKept {
        attempt,
        send: 0,
        at: NOW,
        answer: Box::new(answer(b"hush")),
    };
    let due = Change::RevocationDue {
        connection: connection.id,
        grant: mine.id,
        tokens: tokens("due"),
    };
    let other = integration(&it.world, "other");
    let added = Change::IntegrationAdded(Box::new(other.clone()), Some(secret("hush-other")));
    it.commit(vec![keep, due, added]).await.unwrap();
    tamper(&it, "UPDATE answers SET send = 1", Vec::new()).await;
    assert!(store.answer(attempt, 1).await.is_err());
    let copy = "UPDATE integrations SET secret = (SELECT o.secret FROM integrations o \
                WHERE o.id = $1) WHERE id = $2";
    tamper(&it, copy, vec![text(it.integration.id), text(other.id)]).await;
    assert!(store.integration_secret(other.id).await.is_err());
    let swap = "UPDATE revocations SET tokens = (SELECT o.tokens FROM held_grants o \
                WHERE o.id = $1)";
    tamper(&it, swap, vec![text(mine.id)]).await;
    assert!(store.revocations_due(NOW, 1).await.is_err());
}

async fn nothing_stands_in_plain(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (connection, grant) = it.made("plain").await;
    let attempt = it.claimed(&grant).await.id;
    let keep = Change::AnswerKept {
        attempt,
        send: 0,
        at: NOW,
        answer: Box::new(answer(b"hush-body")),
    };
    let due = Change::RevocationDue {
        connection: connection.id,
        grant: grant.id,
        tokens: tokens("due"),
    };
    it.commit(vec![keep, due]).await.unwrap();
    for text in [
        "SELECT secret FROM integrations",
        "SELECT tokens FROM held_grants",
        "SELECT answer FROM answers",
        "SELECT tokens FROM revocations",
    ] {
        let query = Query {
            text,
            values: Vec::new(),
        };
        let rows = it.world.engine().read(&[query]).await.unwrap();
        let Value::Bytes(bytes) = &rows[0][0][0] else {
            panic!("{text} gave {rows:?}");
        };
        let plain = bytes.windows(4).any(|it| it == b"hush");
        assert!(!plain && bytes.len() > 40, "{text}");
    }
}
