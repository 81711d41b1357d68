//! The management API under `/api/v1`.
//!
//! Each act is one type in one of the modules below, and one line in `table`: from it come the
//! routes, the description of the API, and the checks that both are complete.

mod act;
mod caller;
pub mod clients;
pub mod connections;
pub mod explain;
pub mod grants;
mod handle;
pub mod incidents;
pub mod integrations;
pub mod keys;
pub mod me;
mod openapi;
pub mod personal_tokens;
mod problem;
pub mod providers;
mod seconds;
pub mod unmatched;
pub mod users;
pub mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::routing::{MethodRouter, any, get};

pub use act::{Act, Method, Needs, Plan, ROOT, plan};
pub use openapi::document;
pub use problem::{MEDIA_TYPE, Problem};

use crate::App;
use act::Unattended;
use openapi::Description;

/// An act as the table has it.
struct Entry {
    path: &'static str,
    route: fn() -> MethodRouter<Arc<App>>,
    describe: fn(&mut Description),
}

impl Entry {
    const fn of<A: Act>() -> Self {
        Self {
            path: A::PATH,
            route: handle::route::<A>,
            describe: Description::add::<A>,
        }
    }

    const fn unattended<A: Unattended>() -> Self {
        Self {
            route: handle::unattended::<A>,
            ..Self::of::<A>()
        }
    }
}

/// Every act that there is.
const fn table() -> [Entry; 46] {
    [
        Entry::of::<me::ShowMe>(),
        Entry::of::<users::AddUser>(),
        Entry::of::<users::ListUsers>(),
        Entry::of::<users::ShowUser>(),
        Entry::of::<users::SetPassword>(),
        Entry::of::<users::SuspendUser>(),
        Entry::of::<users::ResumeUser>(),
        Entry::of::<users::RemoveUser>(),
        Entry::of::<clients::AddClient>(),
        Entry::of::<clients::ListClients>(),
        Entry::of::<clients::ShowClient>(),
        Entry::of::<clients::RenewClientSecret>(),
        Entry::of::<clients::RemoveClient>(),
        Entry::of::<grants::ListGrants>(),
        Entry::of::<grants::ShowGrant>(),
        Entry::of::<grants::EndGrant>(),
        Entry::of::<personal_tokens::MakePersonalToken>(),
        Entry::of::<personal_tokens::ListPersonalTokens>(),
        Entry::of::<personal_tokens::ShowPersonalToken>(),
        Entry::of::<personal_tokens::DeletePersonalToken>(),
        Entry::of::<incidents::ListIncidents>(),
        Entry::of::<keys::ListKeys>(),
        Entry::of::<keys::RotateKey>(),
        Entry::of::<providers::ListProviders>(),
        Entry::of::<providers::ShowProvider>(),
        Entry::unattended::<explain::Explain>(),
        Entry::of::<integrations::AddIntegration>(),
        Entry::of::<integrations::ListIntegrations>(),
        Entry::of::<integrations::ShowIntegration>(),
        Entry::of::<integrations::SetIntegrationSecret>(),
        Entry::of::<integrations::RemoveIntegration>(),
        Entry::of::<connections::BeginConnection>(),
        Entry::of::<connections::ImportConnection>(),
        Entry::of::<connections::ListConnections>(),
        Entry::of::<connections::ShowConnection>(),
        Entry::of::<connections::CheckConnection>(),
        Entry::of::<connections::RefreshConnection>(),
        Entry::of::<connections::ListHistory>(),
        Entry::of::<connections::SuspendConnection>(),
        Entry::of::<connections::ResumeConnection>(),
        Entry::of::<connections::RemoveConnection>(),
        Entry::of::<connections::ReadToken>(),
        Entry::of::<unmatched::ListUnmatched>(),
        Entry::of::<unmatched::ShowUnmatched>(),
        Entry::of::<unmatched::ExportUnmatched>(),
        Entry::of::<unmatched::RemoveUnmatched>(),
    ]
}

/// The API.
pub fn routes() -> Router<Arc<App>> {
    let mut by_path: BTreeMap<&str, MethodRouter<Arc<App>>> = BTreeMap::new();
    for entry in table() {
        let known = by_path.remove(entry.path).unwrap_or_default();
        by_path.insert(entry.path, known.merge((entry.route)()));
    }
    by_path.insert("/openapi.json", get(openapi::serve));
    let described = by_path
        .into_iter()
        .fold(Router::new(), |router, (path, methods)| {
            let methods = methods.fallback(handle::not_this_method);
            router.route(&format!("{ROOT}{path}"), methods)
        });
    described
        .route("/api", any(handle::nothing_here))
        .route("/api/{*rest}", any(handle::nothing_here))
}
