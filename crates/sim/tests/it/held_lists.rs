//! Lists of what we hold: what is due, what waits, what happened, who read.

use evergrant_service::core::held::read::{Disclosure, Read, Reader};
use evergrant_service::core::held::{
    Account, Attempt, Connection, Grant, How, Phase, Standing, State,
};
use evergrant_service::core::id::{GrantId, PersonalTokenId};
use evergrant_service::core::{Change, Secret, Span, Time};
use evergrant_service::store::held::{Disclosed, Loaded};
use evergrant_service::store::{Page, PageRequest};

use crate::bed::{Bed, contracts};
use crate::held_world::{HeldWorld, integration, moved, sending, tokens};
use crate::world::NOW;

contracts! {
    what_is_due_comes_in_its_order,
    connections_come_by_name_and_by_integration,
    what_waits_for_judgement_is_found,
    open_sends_are_found_by_their_process,
    the_newest_attempts_come_first,
    the_ledger_counts_and_pages,
    a_sibling_is_known_by_its_account,
}

fn names(found: &[Loaded]) -> Vec<&str> {
    found.iter().map(|it| it.connection.name.as_str()).collect()
}

fn at(seconds: i64) -> Time {
    NOW.plus(Span::from_seconds(seconds))
}

async fn due_at(it: &HeldWorld, name: &str, due: Option<Time>) -> (Connection, Grant) {
    let (mut connection, grant) = it.connection(name);
    connection.standing.due_at = due;
    it.make(&connection, &grant).await;
    (connection, grant)
}

/// A connection of this account, if one was told.
async fn bound(it: &HeldWorld, name: &str, account: Option<&str>) -> (Connection, Grant) {
    let (mut connection, grant) = it.connection(name);
    connection.account = account.map(|id| Account {
        id: id.into(),
        label: None,
    });
    it.make(&connection, &grant).await;
    (connection, grant)
}

async fn a_sibling_is_known_by_its_account(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (removed, grant) = bound(&it, "removed", Some("ada")).await;
    let due = Change::RevocationDue {
        connection: removed.id,
        grant: grant.id,
        tokens: tokens("removed"),
    };
    it.commit(vec![due]).await.unwrap();
    let store = &it.world.store;
    let due = store.revocations_due(NOW, 1).await.unwrap().remove(0);
    let sibling = async || store.has_sibling(&due).await.unwrap();
    assert_eq!(sibling().await, Some(false), "nobody else");
    bound(&it, "bobs", Some("bob")).await;
    assert_eq!(sibling().await, Some(false), "somebody else's");
    bound(&it, "unknown", None).await;
    assert_eq!(sibling().await, None);
    let (hers, _) = bound(&it, "hers", Some("ada")).await;
    assert_eq!(sibling().await, Some(true));
    let gone = Standing::new(State::Revoked, NOW);
    it.commit(vec![moved(&hers, 0, &gone)]).await.unwrap();
    assert_eq!(sibling().await, None, "what is gone is no sibling");
}

async fn what_is_due_comes_in_its_order(bed: Bed) {
    let mut it = HeldWorld::new(bed).await;
    let other = integration(&it.world, "other");
    let added = Change::IntegrationAdded(Box::new(other.clone()), None::<Secret>);
    it.commit(vec![added]).await.unwrap();
    for (name, due) in [("c", Some(at(3))), ("never", None), ("a", Some(at(1)))] {
        due_at(&it, name, due).await;
    }
    let (b, _) = due_at(&it, "b", Some(at(2))).await;
    let first = it.integration.id;
    it.integration = other.clone();
    due_at(&it, "theirs", Some(at(9))).await;
    let store = &it.world.store;
    let due = async |now| {
        let mut found = Vec::new();
        for connection in store.due(first, now, 2).await.unwrap() {
            found.extend(store.connection(connection).await.unwrap());
        }
        (
            names(&found).join(" "),
            store.integrations_due(now).await.unwrap(),
        )
    };
    assert_eq!(due(at(0)).await, (String::new(), vec![]));
    assert_eq!(due(at(1)).await, ("a".into(), vec![first]));
    assert_eq!(due(at(8)).await, ("a b".into(), vec![first]));
    let mut both = vec![first, other.id];
    both.sort();
    let mut found = due(at(9)).await.1;
    found.sort();
    assert_eq!(found, both);
    assert_eq!(store.next_due().await.unwrap(), Some(at(1)));
    let mut later = b.standing.clone();
    later.due_at = None;
    it.commit(vec![moved(&b, 0, &later)]).await.unwrap();
    assert_eq!(due(at(8)).await.0, "a c");
}

async fn connections_come_by_name_and_by_integration(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    for name in ["d", "b", "e", "a", "c"] {
        it.made(name).await;
    }
    let (gone, _) = it.made("bb").await;
    let mut to = gone.standing.clone();
    to.state = State::Revoked;
    it.commit(vec![moved(&gone, 0, &to)]).await.unwrap();
    let store = &it.world.store;
    for limit in 1..=6 {
        let mut by_name = Vec::new();
        let mut by_integration = Vec::new();
        let mut page = PageRequest { after: None, limit };
        loop {
            let part: Page<Loaded> = store.connections(it.world.team.id, &page).await.unwrap();
            assert!(part.items.len() <= limit as usize);
            by_name.extend(part.items.into_iter().map(|it| it.connection.name));
            page.after = part.next;
            if page.after.is_none() {
                break;
            }
        }
        loop {
            let part = store
                .connections_of(it.integration.id, &page)
                .await
                .unwrap();
            by_integration.extend(part.items.into_iter().map(|it| it.connection.name));
            page.after = part.next;
            if page.after.is_none() {
                break;
            }
        }
        assert_eq!(by_name, ["a", "b", "c", "d", "e"]);
        by_integration.sort();
        assert_eq!(by_integration, by_name);
    }
    let page = PageRequest::default();
    let all = store.integrations(it.world.team.id, &page).await.unwrap();
    assert_eq!(all.items, std::slice::from_ref(&it.integration));
}

async fn what_waits_for_judgement_is_found(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let mut waiting: Vec<Attempt> = Vec::new();
    for name in ["a", "b", "c"] {
        let (_, grant) = it.made(name).await;
        let mut attempt = it.claimed(&grant).await;
        attempt.phase = Phase::Received;
        attempt.sends = vec![
            sending(it.process(), Some(How::Silent)),
            sending(it.process(), Some(How::Received)),
        ];
        it.advance(&mut attempt).await;
        waiting.push(attempt);
    }
    let store = &it.world.store;
    let ids: Vec<_> = waiting.iter().map(|it| it.id).collect();
    assert_eq!(store.unjudged(10).await.unwrap(), ids);
    assert_eq!(store.unjudged(2).await.unwrap(), ids[..2]);
    waiting[0].sends[1] = sending(it.process(), Some(How::Tokens));
    waiting[0].phase = Phase::Applied;
    it.advance(&mut waiting[0]).await;
    assert_eq!(store.unjudged(10).await.unwrap(), ids[1..]);
}

async fn open_sends_are_found_by_their_process(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (one, two, none) = (it.process(), it.process(), it.process());
    let (_, grant) = it.made("both").await;
    let mut both = it.claimed(&grant).await;
    both.phase = Phase::Sent;
    both.sends = vec![sending(one, None), sending(two, None)];
    it.advance(&mut both).await;
    let (_, grant) = it.made("ended").await;
    let mut ended = it.claimed(&grant).await;
    ended.phase = Phase::Sent;
    ended.sends = vec![sending(none, Some(How::Silent)), sending(two, None)];
    it.advance(&mut ended).await;
    let store = &it.world.store;
    assert_eq!(store.open_sends(one).await.unwrap(), [both.id]);
    assert_eq!(store.open_sends(two).await.unwrap(), [both.id, ended.id]);
    assert!(store.open_sends(none).await.unwrap().is_empty());
    both.sends[0] = sending(one, Some(How::Silent));
    it.advance(&mut both).await;
    assert!(store.open_sends(one).await.unwrap().is_empty());
    assert_eq!(store.open_sends(two).await.unwrap(), [both.id, ended.id]);
}

async fn the_newest_attempts_come_first(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (connection, mut grant) = it.made("history").await;
    let mut ids = Vec::new();
    for generation in 1..=5 {
        grant.generation = generation;
        ids.push(it.claimed(&grant).await.id);
    }
    let (_, other) = it.made("other").await;
    it.claimed(&other).await;
    ids.reverse();
    for limit in [1, 2, 5, 200] {
        let mut found = Vec::new();
        let mut page = PageRequest { after: None, limit };
        loop {
            let part = it.world.store.history(connection.id, &page).await.unwrap();
            found.extend(part.items.into_iter().map(|it| it.id));
            page.after = part.next;
            if page.after.is_none() {
                break;
            }
        }
        assert_eq!(found, ids);
    }
}

async fn the_ledger_counts_and_pages(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (connection, grant) = it.made("ledger").await;
    let token = PersonalTokenId::new(NOW, it.world.chance());
    let newer = GrantId::new(at(60), it.world.chance());
    let mut expected = Vec::new();
    // In the order of the list: newest grant, newest generation, readers backwards.
    for (grant, generation) in [(newer, 1), (grant.id, 10), (grant.id, 9)] {
        let readers = [
            Reader::User(it.world.user.id),
            Reader::PersonalToken(token),
            Reader::Operator,
        ];
        for reader in readers {
            expected.push(Disclosed {
                disclosure: Disclosure {
                    connection: connection.id,
                    grant,
                    generation,
                    reader,
                },
                first_at: at(5),
                last_at: at(7),
                count: 111,
            });
        }
    }
    for (seconds, count) in [(5, 1), (7, 10), (6, 100)] {
        let read = |it: &Disclosed| Read {
            disclosure: it.disclosure,
            at: at(seconds),
            count,
        };
        let reads = expected.iter().map(read).collect();
        it.commit(vec![Change::ReadsNoted(reads)]).await.unwrap();
    }
    for limit in [1, 2, 9, 200] {
        let mut found = Vec::new();
        let mut page = PageRequest { after: None, limit };
        loop {
            let part = it.world.store.reads_of(connection.id, &page).await.unwrap();
            found.extend(part.items);
            page.after = part.next;
            if page.after.is_none() {
                break;
            }
        }
        assert_eq!(found, expected);
    }
}
