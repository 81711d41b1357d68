//! What the history of a grant is read from, and what nothing matches, in both databases.

use evergrant_service::core::held::unmatched::{MOST, Sighting};
use evergrant_service::core::held::{Account, Connection, Diagnosis, Grant, How, Phase};
use evergrant_service::core::{Change, Span, Time};
use evergrant_service::store::held::Loaded;
use evergrant_service::store::{PageRequest, Retention};

use crate::bed::{Bed, contracts, number};
use crate::held_world::{HeldWorld, diagnosis, moved, secret, sending};
use crate::world::NOW;

contracts! {
    a_changed_secret_is_remembered,
    newer_consents_of_the_same_account_are_counted,
    others_that_fail_alike_are_counted,
    earlier_lives_and_the_request_that_made_this_one_are_found,
    a_text_counts_as_one_and_the_oldest_goes,
    texts_are_forgotten_after_their_time,
}

const fn minutes(count: i64) -> Span {
    Span::from_seconds(count * 60)
}

impl HeldWorld {
    async fn loaded(&self, connection: &Connection) -> Loaded {
        let found = self.world.store.connection(connection.id).await;
        found.unwrap().unwrap()
    }

    async fn of_account(&self, name: &str, account: Option<&str>, at: Time) -> (Connection, Grant) {
        let (mut connection, mut grant) = self.connection(name);
        connection.account = account.map(|id| Account {
            id: id.into(),
            label: None,
        });
        grant.consented_at = at;
        self.make(&connection, &grant).await;
        (connection, grant)
    }

    async fn failed(&self, connection: &Connection, code: &str, at: Time) {
        let mut standing = connection.standing.clone();
        standing.diagnosis = Some(Diagnosis {
            code: Some(code.into()),
            at: Some(at),
            ..diagnosis()
        });
        self.commit(vec![moved(connection, connection.version, &standing)])
            .await
            .unwrap();
    }
}

async fn a_changed_secret_is_remembered(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (connection, _) = it.made("one").await;
    let loaded = it.loaded(&connection).await;
    let store = &it.world.store;
    let before = store
        .background((&loaded.connection, &loaded.grant), (1, NOW), None)
        .await
        .unwrap();
    assert_eq!(before.secret_set_at, None);
    let set = Change::IntegrationSecretSet {
        integration: it.integration.id,
        secret: secret("hush-another"),
    };
    it.commit(vec![set]).await.unwrap();
    let after = store
        .background((&loaded.connection, &loaded.grant), (1, NOW), None)
        .await
        .unwrap();
    assert!(after.secret_set_at.is_some());
}

async fn newer_consents_of_the_same_account_are_counted(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (one, _) = it.of_account("one", Some("ada"), NOW).await;
    it.of_account("older", Some("ada"), NOW.minus(minutes(1)))
        .await;
    it.of_account("newer", Some("ada"), NOW.plus(minutes(1)))
        .await;
    it.of_account("newest", Some("ada"), NOW.plus(minutes(2)))
        .await;
    it.of_account("other", Some("bob"), NOW.plus(minutes(2)))
        .await;
    let (nobody, _) = it.of_account("nobody", None, NOW).await;
    let store = &it.world.store;
    for (connection, count) in [(one, Some(2)), (nobody, None)] {
        let loaded = it.loaded(&connection).await;
        let found = store
            .background((&loaded.connection, &loaded.grant), (1, NOW), None)
            .await
            .unwrap();
        assert_eq!(found.newer_consents, count);
    }
}

async fn others_that_fail_alike_are_counted(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (one, _) = it.of_account("one", Some("ada"), NOW).await;
    it.failed(&one, "invalid_grant", NOW).await;
    for (name, account, code, at) in [
        ("alike", Some("bob"), "invalid_grant", NOW),
        ("unknown", None, "invalid_grant", NOW.minus(minutes(9))),
        ("same", Some("ada"), "invalid_grant", NOW),
        (
            "long ago",
            Some("eve"),
            "invalid_grant",
            NOW.minus(minutes(11)),
        ),
        ("else", Some("eve"), "503", NOW),
    ] {
        let (connection, _) = it.of_account(name, account, NOW).await;
        it.failed(&connection, code, at).await;
    }
    let loaded = it.loaded(&one).await;
    let store = &it.world.store;
    for (code, count) in [(Some("invalid_grant"), 2), (Some("503"), 1), (None, 0)] {
        let found = store
            .background((&loaded.connection, &loaded.grant), (1, NOW), code)
            .await
            .unwrap();
        assert_eq!(found.alike, count, "{code:?}");
    }
}

async fn earlier_lives_and_the_request_that_made_this_one_are_found(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (connection, grant) = it.made("one").await;
    let mut made = it.claimed(&grant).await;
    made.phase = Phase::Applied;
    made.sends = [How::Silent, How::NotSent, How::Unspent, How::Tokens]
        .map(|how| sending(it.process(), Some(how)))
        .to_vec();
    it.advance(&mut made).await;
    let loaded = it.loaded(&connection).await;
    let store = &it.world.store;
    let found = store
        .background((&loaded.connection, &loaded.grant), (2, NOW), None)
        .await
        .unwrap();
    assert_eq!(found.made_by, Some(2));
    assert_eq!(found.lives, []);
    for generation in [0, 1, 3] {
        let found = store
            .background((&loaded.connection, &loaded.grant), (generation, NOW), None)
            .await;
        assert_eq!(found.unwrap().made_by, None, "{generation}");
    }
    // Of the grant before it: it lives in the same connection, and was refused.
    let (_, mut before) = it.connection("before");
    before.connection = connection.id;
    let mut refused = it.attempt(&before);
    refused.phase = Phase::Refused;
    refused.ended_at = Some(NOW.plus(minutes(90)));
    it.commit(vec![crate::held_world::claim(&refused)])
        .await
        .unwrap();
    let (other, _) = it.connection("holder");
    it.make(&other, &before).await;
    let found = store
        .background((&loaded.connection, &loaded.grant), (2, NOW), None)
        .await
        .unwrap();
    assert_eq!(found.lives, [minutes(90)]);
}

fn sighting(it: &HeldWorld, text: &str, at: Time) -> Change {
    Change::UnmatchedSeen(Box::new(Sighting {
        team: it.world.team.id,
        provider: "acme".into(),
        status: 400,
        text: text.into(),
        at,
    }))
}

async fn a_text_counts_as_one_and_the_oldest_goes(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (store, team) = (&it.world.store, it.world.team.id);
    for minute in [1, 2, 0] {
        let seen = sighting(&it, "again", NOW.plus(minutes(minute)));
        it.commit(vec![seen]).await.unwrap();
    }
    let found = store
        .unmatched(team, &PageRequest::default())
        .await
        .unwrap();
    assert_eq!(found.items.len(), 1);
    let kept = found.items[0].clone();
    assert_eq!((kept.count, kept.status), (3, 400));
    assert_eq!(kept.first_at, NOW.plus(minutes(1)));
    assert_eq!(kept.last_at, NOW.plus(minutes(2)));
    assert_eq!(
        store.unmatched_text(team, kept.id).await.unwrap(),
        Some(kept.clone())
    );

    for number in 0..i64::from(MOST) {
        let text = format!("text {number}");
        let seen = sighting(&it, &text, NOW.plus(minutes(10 + number)));
        it.commit(vec![seen]).await.unwrap();
    }
    const ALL: &str = "SELECT COUNT(*) FROM unmatched";
    assert_eq!(number(it.world.engine(), ALL).await, i64::from(MOST));
    assert_eq!(store.unmatched_text(team, kept.id).await.unwrap(), None);
    let mut page = PageRequest::default();
    let mut texts = Vec::new();
    loop {
        let found = store.unmatched(team, &page).await.unwrap();
        texts.extend(found.items.into_iter().map(|it| it.text));
        match found.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    assert_eq!(texts.len(), MOST as usize);
    assert!(!texts.contains(&"again".to_owned()));

    let one = store
        .unmatched(team, &PageRequest::default())
        .await
        .unwrap();
    let one = one.items[0].id;
    let removed = || {
        vec![Change::UnmatchedRemoved {
            team,
            unmatched: one,
        }]
    };
    it.commit(removed()).await.unwrap();
    assert_eq!(store.unmatched_text(team, one).await.unwrap(), None);
    assert!(it.commit(removed()).await.is_err());
}

async fn texts_are_forgotten_after_their_time(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (store, team) = (&it.world.store, it.world.team.id);
    let keep = Retention::default();
    let late = NOW.plus(keep.audit);
    for (text, at) in [("old", NOW), ("young", NOW.plus(minutes(5)))] {
        it.commit(vec![sighting(&it, text, at)]).await.unwrap();
    }
    store.sweep(late.plus(minutes(1)), keep).await.unwrap();
    let found = store
        .unmatched(team, &PageRequest::default())
        .await
        .unwrap();
    let texts: Vec<_> = found.items.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(texts, ["young"]);
}
