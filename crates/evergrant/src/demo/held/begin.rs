//! A connection is made, and many programs want its token.

use std::time::Duration;

use evergrant_web::api::connections::ReadToken;
use evergrant_web::service::World as _;
use evergrant_web::service::core::Secret;
use evergrant_web::service::world::Real;
use hyper::StatusCode;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;
use url::Url;

use super::super::Broken;
use super::super::check::{act, expect, text};
use super::super::http::Browser;
use super::super::keeper::Serving;
use super::super::stage::NEW_PASSWORD;
use super::super::tell::Teller;
use super::{Cast, NAME};

/// How old the token is when programs want one that lives longer; so much may the refresh take.
const AGE: Duration = Duration::from_secs(6);

pub(super) async fn connect(cast: &mut Cast<'_>, teller: &mut Teller) -> Result<(), Broken> {
    teller.step(
        "The other direction: a keeper",
        "Ada's own evergrant keeps a grant for her scripts; the server above is its provider.",
    );
    let (stage, keeper) = (cast.stage, &cast.keeper);
    let add = ["integration", "add", "generic", "--name", NAME];
    let known_as = ["--issuer", &stage.url, "--client-id", &cast.client.id];
    let flags = ["--client-secret-stdin", "--scope", "courses:read"];
    let add = [add.as_slice(), &known_as, &flags].concat();
    keeper.run(&add, &cast.client.secret).await?;
    let issuer = &stage.url;
    teller.look(&format!(
        "evergrant integration add generic --name {NAME} --issuer {issuer} ..."
    ));
    teller.look(&format!("evergrant connect {NAME}"));
    let mut waiting = keeper.start(&["connect", NAME, "--no-browser"])?;
    let link = waiting.says(link_in).await?;
    let mut browser = Browser::new(&stage.url);
    let back = browser.allow(&link, (&stage.email, NEW_PASSWORD)).await?;
    let arrived = browser.arrive(&back).await? == StatusCode::OK;
    expect(arrived, "the browser finds the way back")?;
    waiting.ended().await?;
    let active = cast.connection().await?.state == "active";
    expect(active, "the connection is active")?;
    teller.seen("she followed its link and allowed it (code flow, PKCE): connected");
    let integration = keeper.document(&["integration", "show", NAME]).await?;
    let replay = text(&integration, "replay")?;
    expect(replay == "strict", "an unknown provider is strict")?;
    teller.seen(&format!(
        "an unknown provider is taken to be {replay}: a refresh token is good for one use"
    ));
    for number in 1..=5 {
        let purpose = format!("program {number}");
        let scope = format!("tokens:{NAME}");
        let key = cast.key(&purpose, &["--scope", &scope]).await?;
        cast.programs.push(key);
    }
    Ok(())
}

/// The link that `evergrant connect` says, alone on its line.
fn link_in(line: &str) -> Option<Url> {
    let link = line.starts_with("http").then(|| Url::parse(line));
    link?.ok()
}

pub(super) async fn five_at_once(
    cast: &Cast<'_>,
    serving: &Serving,
    teller: &mut Teller,
) -> Result<Secret, Broken> {
    teller.step(
        "Five programs ask at once",
        "Each has a key for this token alone. When it is 6 seconds old, all want a longer life.",
    );
    let before = cast.at_provider().await?;
    let old = cast.token(serving).await?;
    let end = cast.connection().await?.access_expires_at;
    let end = end.ok_or_else(|| Broken::new("the token has no end"))?;
    sleep(AGE).await;
    let left = end.0.since(Real::default().now()).seconds();
    let wanted = left + 1;
    let url = serving.url();
    teller.look(&format!(
        "GET {url}/api/v1/connections/{NAME}/token?min_ttl={wanted}"
    ));
    let mut asking = JoinSet::new();
    for key in &cast.programs {
        let api = serving.api(key);
        let read = act::<ReadToken>(json!({ "name": NAME, "min_ttl": wanted }))?;
        asking.spawn(async move { api.ask(&read).await });
    }
    let mut tokens = Vec::new();
    for answer in asking.join_all().await {
        tokens.push(answer?.access_token.0);
    }
    let [new, others @ ..] = tokens.as_slice() else {
        return Err(Broken::new("nobody got a token"));
    };
    let one = others.iter().all(|it| it.expose() == new.expose());
    let other = new.expose() != old.expose();
    expect(one && other, "all got one new token")?;
    let live = cast.client.is_live(new.expose()).await?;
    expect(live, "the new token is live")?;
    teller.seen(&format!(
        "the token had {left} s left: all {} got one and the same new one, and it is live",
        tokens.len()
    ));
    let after = cast.at_provider().await?;
    expect(after == before + 1, "the provider saw one refresh")?;
    teller.seen(&format!(
        "the provider saw one refresh: its count went from {before} to {after}"
    ));
    Ok(new.clone())
}
