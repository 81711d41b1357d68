//! `evergrant token`

use clap::Args;
use evergrant_web::api::connections::ReadToken;
use evergrant_web::api::values::Seconds;

use super::context::Context;
use crate::failure::Failed;

/// Print a live access token of a connection, alone on its line
///
/// It is renewed first if it ends too soon. However many ask at once, the provider is asked once.
///
/// Examples:
///   curl -H "Authorization: Bearer $(evergrant token github)" https://api.github.com/user
///   evergrant token github --min-ttl 10m --json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Token {
    /// The connection's name
    name: String,
    /// How long it must live at least; 0s is any live token
    /// [default: 60s, or a quarter of its life if that is less]
    #[arg(long, value_name = "DURATION", value_parser = Seconds::parse)]
    min_ttl: Option<Seconds>,
}

impl Token {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failed> {
        let read = ReadToken {
            name: self.name,
            min_ttl: self.min_ttl,
        };
        context.show_held(read).await
    }
}
