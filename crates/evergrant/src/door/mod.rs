//! Where an act is done: on the store of this machine, or by a server that has one.

mod ground;
mod local;
mod remote;

use std::sync::Arc;

use evergrant_web::api::Act;
use evergrant_web::service::{Caller, Service};

use crate::config::{Config, Environment};
use crate::failure::Failed;

pub(crate) use ground::outward;
pub(crate) use local::{Make, Reach, open};
pub(crate) use remote::Server;

/// The way to the use cases.
pub(crate) enum Door {
    /// The store itself; whoever has it and its key may do everything.
    Local(Arc<Service>, Box<Caller>),
    /// A server's API.
    Remote(Box<Server>),
}

impl Door {
    /// The server of EVERGRANT_URL if that is set, else the store. Who may ask providers finds a
    /// store on a desk where there was none.
    ///
    /// # Errors
    /// When neither can be used.
    pub(crate) async fn find(
        config: &Config,
        environment: &Environment,
        reach: Reach,
    ) -> Result<Self, Failed> {
        if let Some((url, token)) = environment.server()? {
            return Ok(Self::Remote(Box::new(Server::new(url, token))));
        }
        let is_desk = reach == Reach::Providers && config.is_embedded();
        let make = if is_desk { Make::Yes } else { Make::No };
        let service = open(config, config.managing(), make, reach).await?;
        if !service.is_set_up().await? {
            if !is_desk {
                let text = "The store is empty. Make its first team with `evergrant init`.";
                return Err(Failed::because("not_set_up", text));
            }
            local::furnish(&service, config, environment).await?;
        }
        if reach == Reach::Providers
            && let Err(failure) = service.recover_held().await
        {
            tracing::warn!(
                ?failure,
                "what other processes left can't be taken over now"
            );
        }
        let caller = service.operator().await?;
        Ok(Self::Local(service, Box::new(caller)))
    }

    /// Has an act done.
    ///
    /// # Errors
    /// The problem that the API would tell.
    pub(crate) async fn ask<A: Act>(&self, act: A) -> Result<A::Answer, Failed> {
        match self {
            Self::Local(service, caller) => Ok(act.perform(service, caller).await?),
            Self::Remote(server) => server.ask(&act).await,
        }
    }

    /// Waits until nothing that was sent to a provider is unanswered, however long that takes: an
    /// answer that nobody waits for may cost the grant.
    pub(crate) async fn close(self) {
        if let Self::Local(service, _) = self {
            service.drain_held().await;
        }
    }
}
