//! The held part of the story: a keeper, with a store and processes of its own, holds a grant at
//! the server of the issued part, whose refresh tokens are good for one use.

mod begin;
mod crash;
mod journal;

use evergrant_web::api::connections::{ConnectionShown, ReadToken};
use evergrant_web::service::core::Secret;
use serde_json::json;

use super::Broken;
use super::check::{act, expect, text};
use super::keeper::{Keeper, Serving};
use super::stage::{Client, Stage};
use super::tell::Teller;

/// What programs call the connection.
const NAME: &str = "sample";

/// A keeper that serves, for whoever wants to look at it.
pub(super) struct Held {
    pub(super) keeper: Keeper,
    pub(super) serving: Serving,
}

/// Who plays along.
struct Cast<'a> {
    /// The provider, and the person.
    stage: &'a Stage,
    keeper: Keeper,
    /// The keeper, as its provider knows it.
    client: Client,
    /// The keys of the programs that want tokens.
    programs: Vec<Secret>,
}

/// Tells it; ends at the first step that does not come out as told.
pub(super) async fn tell(stage: &Stage, teller: &mut Teller) -> Result<Held, Broken> {
    let mut cast = Cast {
        stage,
        keeper: Keeper::new(stage.directory().join("keeper")),
        client: stage.strict_client("Ada's keeper").await?,
        programs: Vec::new(),
    };
    begin::connect(&mut cast, teller).await?;
    let (first, process) = cast.keeper.serve_until_told().await?;
    let token = begin::five_at_once(&cast, &first, teller).await?;
    let (killed_at, serving) = crash::killed(&cast, (first, &token), teller).await?;
    crash::without_a_journal(&cast, teller).await?;
    journal::tell(&cast.keeper, (process, killed_at), teller).await?;
    let keeper = cast.keeper;
    Ok(Held { keeper, serving })
}

impl Cast<'_> {
    /// The generation of the keeper's grant, as its provider counts, by whom it must be alive: had
    /// one of its tokens been sent twice, it would be dead.
    async fn at_provider(&self) -> Result<u64, Broken> {
        let grant = self.stage.grant_of(&self.client).await?;
        expect(grant.state == "live", "the provider lets the grant live")?;
        Ok(grant.generation)
    }

    /// The connection, as `evergrant connection show` has it.
    async fn connection(&self) -> Result<ConnectionShown, Broken> {
        let show = ["connection", "show", NAME];
        serde_json::from_value(self.keeper.document(&show).await?)
            .map_err(|error| Broken::new(error.to_string()))
    }

    /// A new key, for whom and for what.
    async fn key(&self, purpose: &str, flags: &[&str]) -> Result<Secret, Broken> {
        let create = [&["pat", "create", purpose], flags].concat();
        let made = self.keeper.document(&create).await?;
        Ok(Secret::new(text(&made, "token")?.to_owned()))
    }

    /// The token that a program gets now, whatever it has left.
    async fn token(&self, serving: &Serving) -> Result<Secret, Broken> {
        let key = self.programs.first();
        let key = key.ok_or_else(|| Broken::new("there is no program"))?;
        let read = act::<ReadToken>(json!({ "name": NAME, "min_ttl": 0 }))?;
        let read = serving.api(key).ask(&read).await?;
        Ok(read.access_token.0)
    }
}
