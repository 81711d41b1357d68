//! The program `witness` refreshes on a store whose commits are on disk, or not, when it answers.
//!
//! `witness DIRECTORY full|normal COUNT` makes a store there and writes one line to standard output
//! for each answer. It is watched by strace, to show that the test of durability can fail: the
//! server itself rightly has no setting for it.

use std::error::Error;
use std::io::{Write as _, stdout};
use std::path::Path;
use std::sync::Arc;

use evergrant_service::core::Secret;
use evergrant_service::core::issued::authorize::Request;
use evergrant_service::core::issued::client::Client;
use evergrant_service::issued::authenticate::Credentials;
use evergrant_service::issued::exchange::ExchangeRequest;
use evergrant_service::issued::refresh::RefreshRequest;
use evergrant_service::issued::{Origin, Tokens};
use evergrant_service::manage::clients::NewClient;
use evergrant_service::manage::setup::Setup;
use evergrant_service::store::engine::sqlite::{Options, Synchronous};
use evergrant_service::store::seal::MasterKeySource;
use evergrant_service::store::{Target, open};
use evergrant_service::world::Real;
use evergrant_service::{Failure, Service, Settings, World, Wrong};
use evergrant_sim::actor::Pkce;

const REDIRECT: &str = "http://127.0.0.1/callback";

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [directory, level, count] = arguments.as_slice() else {
        return Err("witness DIRECTORY full|normal COUNT".into());
    };
    let synchronous = match level.as_str() {
        "full" => Synchronous::Full,
        "normal" => Synchronous::Normal,
        other => return Err(format!("no level {other}").into()),
    };
    let count = count.parse()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(run(Path::new(directory), synchronous, count))
}

async fn run(directory: &Path, synchronous: Synchronous, count: u32) -> Outcome<()> {
    let service = serve(directory, synchronous).await?;
    let (client, mut tokens) = begin(&service).await.map_err(said)?;
    answer(&tokens)?;
    for _ in 0..count {
        let (token, _) = tokens.refresh_token.take().ok_or("no refresh token")?;
        let request = RefreshRequest {
            credentials: public(&client),
            token,
            scope: None,
            resources: Vec::new(),
            origin: Origin::default(),
            arrived: service.world().now(),
        };
        tokens = service.refresh(&request).await.map_err(said)?;
        answer(&tokens)?;
    }
    Ok(())
}

/// The line that leaves the process, in one call, as the server's answers do.
fn answer(tokens: &Tokens) -> Outcome<()> {
    let (token, _) = tokens.refresh_token.as_ref().ok_or("no refresh token")?;
    let line = format!("HTTP/1.1 200 OK {}\n", token.expose());
    Ok(stdout().lock().write_all(line.as_bytes())?)
}

async fn serve(directory: &Path, synchronous: Synchronous) -> Outcome<Arc<Service>> {
    let world = Arc::new(Real::default());
    let target = Target::Embedded {
        path: directory.join("evergrant.db"),
        options: Options {
            synchronous,
            ..Options::default()
        },
    };
    let key = MasterKeySource::File(directory.join("evergrant.key"));
    let store = open(&target, &key, world.now()).await?;
    Ok(Service::start(store, world, Settings::new("http://127.0.0.1")).await?)
}

fn said(failure: Failure) -> String {
    format!("{failure:?}")
}

fn public(client: &Client) -> Credentials {
    Credentials {
        client_id: client.id.to_string(),
        secret: None,
    }
}

/// A team, a client, and the first tokens of a grant.
async fn begin(service: &Service) -> Result<(Client, Tokens), Failure> {
    let setup = Setup {
        team: "Acme".into(),
        email: "ada@acme.example".into(),
        password: None,
    };
    let user = service.set_up(&setup).await?.user;
    let caller = service.caller_of(user).await?;
    let new = NewClient {
        public: true,
        redirect_uris: vec![REDIRECT.into()],
        ..NewClient::new("Witness")
    };
    let (client, _) = service.add_client(&caller, &new).await?;
    let pkce = Pkce::of(&"verifier".repeat(8));
    let request = Request {
        response_type: Some("code".into()),
        code_challenge: Some(pkce.challenge.clone()),
        code_challenge_method: Some("S256".into()),
        ..Request::default()
    };
    let asked = service
        .authorization(&client.id.to_string(), &request)
        .await?
        .asked?;
    let (cookie, _) = service.sign_in_as(user).await?;
    let code = consent(service, &cookie, (&asked, &client)).await?;
    let exchange = ExchangeRequest {
        credentials: public(&client),
        code,
        redirect_uri: None,
        verifier: pkce.verifier,
        resources: Vec::new(),
        origin: Origin::default(),
        arrived: service.world().now(),
    };
    let tokens = service.exchange(&exchange).await?;
    Ok((client, tokens))
}

async fn consent(
    service: &Service,
    cookie: &Secret,
    (asked, client): (&evergrant_service::core::issued::authorize::Asked, &Client),
) -> Result<Secret, Failure> {
    match service.session(cookie).await? {
        Some((session, user)) => service.consent(asked, client, (&session, &user)).await,
        None => Err(Wrong::NotAuthenticated.into()),
    }
}
