//! What the audit journal tells of integrations and connections, and what not.

use evergrant_service::core::Change;
use evergrant_service::core::held::{Account, Phase, State, Tokens};
use evergrant_service::store::PageRequest;

use crate::bed::{Bed, contracts};
use crate::held_world::{HeldWorld, integration, moved, secret, tokens};
use crate::world::NOW;

contracts! {
    what_people_do_is_told,
    a_refresh_of_what_we_hold_leaves_none,
}

async fn told(it: &HeldWorld) -> Vec<(String, String)> {
    let page = PageRequest::default();
    let rows = it.world.store.audit(it.world.team.id, &page).await.unwrap();
    for row in &rows.items {
        assert!(!format!("{row:?}").contains("hush"), "{row:?}");
    }
    rows.items
        .into_iter()
        .map(|it| (it.act, it.detail))
        .collect()
}

async fn what_people_do_is_told(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let before = told(&it).await.len();
    let other = integration(&it.world, "other");
    let (connection, grant) = it.connection("told");
    let account = Account {
        id: "account-7".into(),
        label: Some("hush, a name".into()),
    };
    let mut to = connection.standing.clone();
    let mut state = |state| {
        to.state = state;
        to.clone()
    };
    let changes = vec![
        Change::IntegrationAdded(Box::new(other.clone()), Some(secret("hush"))),
        Change::IntegrationSecretSet {
            integration: other.id,
            secret: secret("hush-two"),
        },
        Change::IntegrationRemoved {
            integration: other.id,
            at: NOW,
        },
        Change::ConnectionMade(Box::new(connection.clone()), Box::new(grant), tokens("t")),
        Change::ConnectionBound {
            connection: connection.id,
            seen: 0,
            account,
        },
        moved(&connection, 1, &state(State::Suspended)),
        moved(&connection, 2, &state(State::Degraded)),
        moved(&connection, 3, &state(State::Revoked)),
    ];
    it.commit(changes).await.unwrap();
    let rows = told(&it).await;
    let rows: Vec<_> = rows[before..]
        .iter()
        .map(|(act, detail)| (act.as_str(), detail.as_str()))
        .collect();
    let made = format!("told {}", it.integration.id);
    let expected = [
        ("integration.added", "other generic"),
        ("integration.secret_set", ""),
        ("integration.removed", ""),
        ("connection.made", made.as_str()),
        ("connection.bound", "account-7"),
        ("connection.suspended", ""),
        ("connection.revoked", ""),
    ];
    assert_eq!(rows, expected);
}

async fn a_refresh_of_what_we_hold_leaves_none(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let (connection, grant) = it.made("quiet").await;
    let before = told(&it).await.len();
    let mut attempt = it.claimed(&grant).await;
    attempt.phase = Phase::Applied;
    it.advance(&mut attempt).await;
    let mut next = grant.clone();
    next.generation += 1;
    let applied = Change::TokensApplied {
        from: grant.generation,
        grant: Box::new(next),
        tokens: Tokens::default(),
    };
    let moved = moved(&connection, 0, &connection.standing);
    it.commit(vec![applied, moved]).await.unwrap();
    assert_eq!(told(&it).await.len(), before);
}
