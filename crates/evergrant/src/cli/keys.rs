//! `evergrant keys`

use clap::Subcommand;
use evergrant_web::api::keys::{ListKeys, RotateKey};
use evergrant_web::api::values::KeyKindWord;

use super::context::Context;
use crate::failure::Failed;

/// List and rotate the keys that make and sign tokens.
#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// List the keys.
    List,
    /// Make the next key of a kind; the one before goes on verifying what it made
    ///
    /// A signing key is announced in the key set for an hour before it signs (the setting
    /// signing_announce). No token becomes invalid by a rotation.
    ///
    /// Example:
    ///   evergrant keys rotate EdDSA
    #[command(verbatim_doc_comment)]
    Rotate {
        /// refresh, EdDSA, ES256 or RS256
        #[arg(value_parser = KeyKindWord::parse)]
        kind: KeyKindWord,
    },
}

impl Keys {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failed> {
        match self {
            Self::List => context.show(ListKeys {}).await,
            Self::Rotate { kind } => context.show(RotateKey { kind }).await,
        }
    }
}
