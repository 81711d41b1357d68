//! Integrations read back as they were written, whatever they say instead of the catalogue.

use evergrant_service::core::held::ReplayPolicy;
use evergrant_service::core::held::integration::{Integration, Overrides};
use evergrant_service::core::held::provider::{ClientAuth, Endpoints};
use evergrant_service::core::{Change, Span};

use crate::bed::{Bed, contracts};
use crate::held_world::{HeldWorld, integration, secret};
use crate::world::{NOW, STRANGE};

contracts! {
    integrations,
}

fn full_overrides() -> Overrides {
    let url = |path: &str| Some(format!("https://{{host}}/{path}?x='%0A\"\n"));
    Overrides {
        host: Some("ü.example".into()),
        endpoints: Endpoints {
            authorization: url("a"),
            token: url("t"),
            refresh: url("f"),
            revocation: url("r"),
            device: url("d"),
            userinfo: url("u"),
            issuer: url("i"),
        },
        replay: Some(ReplayPolicy::Window(Span::from_seconds(30))),
        client_auth: Some(ClientAuth::Post),
        sends_issuer: true,
    }
}

fn varied(it: &HeldWorld) -> Vec<Integration> {
    let named = |name: &str| integration(&it.world, name);
    let mut full = named("full");
    full.overrides = full_overrides();
    let mut plain = named("plain");
    plain.has_secret = false;
    plain.scopes = Vec::new();
    let mut all = vec![full, plain];
    let auths = [ClientAuth::Basic, ClientAuth::None];
    let policies = [
        ReplayPolicy::Reusable,
        ReplayPolicy::UntilFirstUse,
        ReplayPolicy::Strict,
        ReplayPolicy::Punitive,
    ];
    for (index, policy) in policies.into_iter().enumerate() {
        let mut other = named(&format!("other{index}"));
        other.overrides.replay = Some(policy);
        other.overrides.client_auth = auths.get(index).copied();
        all.push(other);
    }
    all
}

async fn integrations(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let store = &it.world.store;
    for mut made in varied(&it) {
        let own = made.has_secret.then(|| secret(STRANGE));
        let added = Change::IntegrationAdded(Box::new(made.clone()), own.clone());
        it.commit(vec![added]).await.unwrap();
        let found = || async { store.integration(made.id).await.unwrap().unwrap() };
        assert_eq!(found().await, made);
        let named = store.integration_named(made.team, &made.name).await;
        assert_eq!(named.unwrap().as_ref(), Some(&made));
        assert_eq!(store.integration_secret(made.id).await.unwrap(), own);
        let set = Change::IntegrationSecretSet {
            integration: made.id,
            secret: secret("another"),
        };
        it.commit(vec![set]).await.unwrap();
        let other = store.integration_secret(made.id).await.unwrap();
        assert_eq!(other, Some(secret("another")));
        made.has_secret = true;
        let gone = Change::IntegrationRemoved {
            integration: made.id,
            at: NOW,
        };
        it.commit(vec![gone]).await.unwrap();
        // By its id it is found as long as something may have to be ended by it; its secret went.
        made.has_secret = false;
        assert_eq!(
            store.integration(made.id).await.unwrap(),
            Some(made.clone())
        );
        assert_eq!(store.integration_secret(made.id).await.unwrap(), None);
        let named = store.integration_named(made.team, &made.name).await;
        assert_eq!(named.unwrap(), None);
    }
}
