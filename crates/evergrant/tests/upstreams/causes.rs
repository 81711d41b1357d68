//! Why a refresh failed at servers that we did not write: what happens there, and what is said of
//! it here.

use std::time::Duration;

use evergrant_sim::proxy::Fault;
use evergrant_sim::upstream::{Event, Kind, Pair, Settings, Upstream};
use evergrant_web::service::Service;
use evergrant_web::service::core::Secret;
use evergrant_web::service::core::held::{Cause, Diagnosis, ReplayPolicy};

use crate::bed::Bed;
use crate::furnish::{self, Begun, NAME};
use crate::matrix;
use crate::process::{Fate, Step};

/// What goes wrong.
#[derive(Clone, Debug)]
enum Trouble {
    /// Another program has the same refresh token, and is faster.
    UsedElsewhere,
    /// The user or an app of theirs revoked it.
    Revoked,
    /// It is older than the server lets one be.
    TooOld,
    /// The server knows another client secret.
    WrongSecret,
    At(Event),
    /// Between the server and us.
    OnTheWay(Fault),
}

async fn bring_about(trouble: &Trouble, bed: &Bed<'_>, service: &Service, pair: &Pair) {
    match trouble {
        Trouble::UsedElsewhere => {
            let answer = bed.upstream.refresh(&pair.refresh).await.unwrap();
            assert!(answer.tokens().is_some(), "{answer}");
        }
        Trouble::Revoked => {
            let answer = bed.upstream.revoke(&pair.refresh).await.unwrap();
            assert_eq!(answer.status, 200, "{answer}");
        }
        Trouble::TooOld => tokio::time::sleep(Duration::from_secs(3)).await,
        Trouble::WrongSecret => {
            let caller = service.operator().await.unwrap();
            let name = service
                .connection(&caller, NAME)
                .await
                .unwrap()
                .loaded
                .integration
                .name;
            let wrong = Secret::new("not the secret".to_owned());
            let set = service.set_integration_secret(&caller, &name, &wrong).await;
            set.unwrap();
        }
        Trouble::At(event) => bed.upstream.befall(*event).await.unwrap(),
        Trouble::OnTheWay(fault) => bed.proxy.next(fault.clone()),
    }
}

/// What is said of a refresh that fails for that reason.
fn told(upstream: &Upstream, trouble: &Trouble) -> Diagnosis {
    let bed = Bed::new(upstream);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let service = bed.process(0, Fate::new(Step::Never), "spool").await;
        let Begun { connection, known } =
            furnish::furnish(&bed, &service, ReplayPolicy::Strict).await;
        let pair = Pair {
            access: known.access,
            refresh: known.refresh,
            expires_in: 0,
        };
        bring_about(trouble, &bed, &service, &pair).await;
        let caller = service.operator().await.unwrap();
        let refreshed = service.refresh_connection(&caller, NAME, false).await;
        let refreshed = refreshed.unwrap();
        assert!(!refreshed.renewed, "{trouble:?} at {:?}", upstream.kind);
        let loaded = service.store().connection(connection).await.unwrap();
        loaded.unwrap().connection.standing.diagnosis.unwrap()
    })
}

/// What must be said of a trouble.
enum Said {
    /// This.
    Is(Cause),
    /// The server does not say which: this is among what is possible, and nothing is claimed.
    MayBe(Cause),
}

#[track_caller]
fn check(upstream: &Upstream, trouble: &Trouble, said: &Said) {
    let told = told(upstream, trouble);
    let report = format!("{trouble:?} at {}: {told:#?}", upstream.kind.name());
    match said {
        Said::Is(cause) => assert_eq!(told.cause, *cause, "{report}"),
        Said::MayBe(cause) => {
            assert_eq!(told.cause, Cause::Unknown, "{report}");
            assert!(told.also_possible.contains(cause), "{report}");
        }
    }
    let on_the_way = matches!(trouble, Trouble::OnTheWay(_));
    assert_eq!(told.transient, on_the_way, "{report}");
    assert!(!told.evidence.is_empty(), "{report}");
}

/// Tries what every server can meet, and then what ends this one's grants for good.
fn run(kind: Kind, ends: &[(Event, Said)]) {
    let usual = Settings::default();
    let Some(upstream) = matrix::server_with(kind, &usual) else {
        return;
    };
    let way = Trouble::OnTheWay;
    for (trouble, said) in [
        (
            Trouble::UsedElsewhere,
            Said::MayBe(Cause::RefreshTokenReused),
        ),
        (Trouble::Revoked, Said::MayBe(Cause::UserRevoked)),
        (
            Trouble::WrongSecret,
            Said::Is(Cause::AppOrClientMisconfigured),
        ),
        (way(Fault::DropRequest), Said::Is(Cause::NetworkOrProxy)),
        (way(Fault::TooMany(30)), Said::Is(Cause::RateLimited)),
        (
            way(Fault::Status500AfterAct),
            Said::Is(Cause::ProviderOutage),
        ),
        (way(Fault::Html200), Said::Is(Cause::MalformedResponse)),
        (way(Fault::Html502), Said::Is(Cause::MalformedResponse)),
    ] {
        check(&upstream, &trouble, &said);
    }
    // Some count the refresh token's life from the end of the access token's.
    let short = Settings {
        access_seconds: 1,
        refresh_seconds: 1,
        ..usual.clone()
    };
    let short = matrix::server_with(kind, &short).unwrap();
    check(
        &short,
        &Trouble::TooOld,
        &Said::MayBe(Cause::HardLifetimeLimit),
    );
    for (event, said) in ends {
        let alone = matrix::server_with(kind, &usual).unwrap();
        check(&alone, &Trouble::At(*event), said);
    }
}

#[test]
fn at_oidc_provider_it_is_told_why_a_refresh_failed() {
    let disabled = Said::MayBe(Cause::AccountUnconfirmedOrDisabled);
    run(Kind::OidcProvider, &[(Event::UserDisabled, disabled)]);
}

/// A user who is disabled there keeps their grants.
#[test]
fn at_oauth_toolkit_it_is_told_why_a_refresh_failed() {
    let removed = Said::Is(Cause::AppOrClientMisconfigured);
    let kind = Kind::OauthToolkit { grace: 0 };
    run(kind, &[(Event::ClientRemoved, removed)]);
}

/// It refuses without a word, whatever the reason; a user who is disabled there keeps their grants.
#[test]
fn at_glewlwyd_it_is_told_why_a_refresh_failed() {
    let removed = Said::MayBe(Cause::AppOrClientMisconfigured);
    run(Kind::Glewlwyd, &[(Event::ClientRemoved, removed)]);
}
