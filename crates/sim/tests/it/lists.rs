//! Lists: every row once, in pages that join without a seam, of nobody else.

use evergrant_service::core::id::{Chance, ClientId, TeamId, UserId};
use evergrant_service::core::issued::IncidentKind;
use evergrant_service::core::people::Team;
use evergrant_service::core::{Change, Time};
use evergrant_service::store::{Outage, Page, PageRequest};

use crate::bed::{Bed, contracts};
use crate::world::{NOW, World, client, user};

contracts! {
    pages_join_without_a_seam,
    a_page_has_a_least_and_a_greatest_length,
    the_first_team_is_the_oldest,
}

const ROWS: usize = 7;

/// A world with seven of each, and as many of another team.
async fn crowded(bed: Bed) -> World {
    let mut world = World::new(bed).await;
    let mine = (world.team.clone(), world.user.clone(), world.client.clone());
    let id = TeamId::new(NOW, Chance([0xee; 16]));
    let theirs = (
        Team {
            id,
            name: "Theirs".into(),
            created_at: NOW,
        },
        user(id, UserId::new(NOW, Chance([0xee; 16])), "eve@example.org"),
        client(id, ClientId::new(NOW, Chance([0xee; 16]))),
    );
    let made = vec![
        Change::TeamMade(Box::new(theirs.0.clone())),
        Change::UserAdded(Box::new(theirs.1.clone()), None),
        Change::ClientAdded(Box::new(theirs.2.clone())),
    ];
    world.commit(made).await.unwrap();
    for (team, owner, app) in [theirs, mine] {
        (world.team, world.user, world.client) = (team, owner, app);
        for row in 1..ROWS {
            let team = world.team.id;
            let email = format!("{row}.{team}@example.org");
            let person = user(team, UserId::new(NOW, world.chance()), &email);
            let app = client(team, ClientId::new(NOW, world.chance()));
            let rows = vec![
                Change::UserAdded(Box::new(person), None),
                Change::ClientAdded(Box::new(app)),
            ];
            world.commit(rows).await.unwrap();
        }
        for _ in 0..ROWS {
            let grant = world.begun().await;
            let incident = world.incident(&grant, IncidentKind::Reuse);
            let rows = vec![
                Change::IncidentSeen(Box::new(incident)),
                Change::PersonalTokenMade(Box::new(world.personal())),
            ];
            world.commit(rows).await.unwrap();
        }
    }
    world
}

/// Reads a list to its end in pages of each length, and gives the ids of its rows.
async fn read_all<T>(
    list: impl AsyncFn(PageRequest) -> Result<Page<T>, Outage>,
    id: impl Fn(&T) -> String,
) -> Vec<String> {
    let whole = list(PageRequest::default()).await.unwrap();
    assert_eq!(whole.next, None);
    let whole: Vec<String> = whole.items.iter().map(&id).collect();
    for limit in 1..=u32::try_from(whole.len()).unwrap() + 1 {
        let mut joined: Vec<String> = Vec::new();
        let mut after = None;
        loop {
            let page = list(PageRequest { after, limit }).await.unwrap();
            assert!(page.items.len() <= limit as usize);
            joined.extend(page.items.iter().map(&id));
            after = page.next;
            assert_eq!(after.is_some(), joined.len() < whole.len());
            if after.is_none() {
                break;
            }
            assert_eq!(after.as_ref(), joined.last());
        }
        assert_eq!(joined, whole, "pages of {limit}");
    }
    let mut sorted = whole.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted, whole, "ids ascend");
    whole
}

async fn pages_join_without_a_seam(bed: Bed) {
    let world = crowded(bed).await;
    let (store, team, user) = (&world.store, world.team.id, world.user.id);
    let users = read_all(
        async |it| store.users(team, &it).await,
        |it| it.id.to_string(),
    );
    assert_eq!(users.await.len(), ROWS);
    let clients = read_all(
        async |it| store.clients(team, &it).await,
        |it| it.id.to_string(),
    );
    assert_eq!(clients.await.len(), ROWS);
    let incidents = read_all(
        async |it| store.incidents(team, &it).await,
        |it| it.id.to_string(),
    );
    assert_eq!(incidents.await.len(), ROWS);
    let tokens = read_all(
        async |it| store.personal_tokens(user, &it).await,
        |it| it.id.to_string(),
    );
    assert_eq!(tokens.await.len(), ROWS);
    let of_team = read_all(
        async |it| store.grants_of_team(team, &it).await,
        |it| it.snapshot.grant.id.to_string(),
    );
    let of_user = read_all(
        async |it| store.grants_of_user(user, &it).await,
        |it| it.snapshot.grant.id.to_string(),
    );
    assert_eq!(of_team.await.len(), ROWS);
    assert_eq!(of_user.await.len(), ROWS);
    let audit = read_all(async |it| store.audit(team, &it).await, |it| it.id.clone());
    assert!(audit.await.len() > ROWS);
}

async fn a_page_has_a_least_and_a_greatest_length(bed: Bed) {
    let world = World::new(bed).await;
    let many = PageRequest::MAX as usize + 30;
    for _ in 0..many {
        world
            .commit(vec![Change::PersonalTokenMade(Box::new(world.personal()))])
            .await
            .unwrap();
    }
    for (limit, length) in [(0, 1), (1, 1), (200, 200), (201, 200), (u32::MAX, 200)] {
        let page = PageRequest { after: None, limit };
        let tokens = world
            .store
            .personal_tokens(world.user.id, &page)
            .await
            .unwrap();
        assert_eq!(
            (tokens.items.len(), tokens.next.is_some()),
            (length, true),
            "{limit}"
        );
        let audit = world.store.audit(world.team.id, &page).await.unwrap();
        assert_eq!(
            (audit.items.len(), audit.next.is_some()),
            (length, true),
            "audit {limit}"
        );
    }
}

async fn the_first_team_is_the_oldest(bed: Bed) {
    let world = World::new(bed).await;
    let older = Time::from_millis(1);
    let id = TeamId::new(older, world.chance());
    let team = Team {
        id,
        name: "Elders".into(),
        created_at: older,
    };
    world
        .commit(vec![Change::TeamMade(Box::new(team.clone()))])
        .await
        .unwrap();
    assert_eq!(world.store.first_team().await.unwrap(), Some(team));
}
