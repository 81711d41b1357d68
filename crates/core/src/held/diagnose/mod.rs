//! From what was seen of a failure to its cause, party and confidence: what the status, the code
//! and our own journal say; where they are known, what the provider's text says, and what the
//! history of the grant does.
//!
//! 1. `seen`: status, code and journal alone, which are always there.
//! 2. The text ([`super::explain`]) names a cause and others that look the same (`text`).
//! 3. The history tells them apart: each rule (`age`, `idle`, `twice`, ...) finds one cause, or
//!    none, and says why in a sentence; others are ruled out (`against`).
//! 4. `split` puts them together. What a text says for certain is not overturned by history.
//!
//! It explains, and never steers: verdict, state and next try are decided before, without it.

mod against;
mod age;
mod clock;
mod code;
mod crowd;
mod finding;
mod history;
mod idle;
mod period;
mod say;
mod scope;
mod secret;
mod seen;
mod split;
mod text;
mod twice;
mod young;

pub use history::{Background, History, counted_by};
pub use seen::{denied, paused};

use crate::Span;
use crate::held::answer::Fault;
use crate::held::diagnosis::Diagnosis;
use crate::held::explain::Explanation;
use crate::held::provider::Provider;
use crate::held::replay::ReplayPolicy;

/// What is known of a failure beside its status and code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Known {
    /// What is known of the provider.
    pub facts: Facts,
    /// What the text of the answer says.
    pub said: Explanation,
    /// What the grant's history says; a consent that did not come to be has none.
    pub history: Option<History>,
}

/// What the rules need to know of a provider.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Facts {
    /// What people call it.
    pub name: Option<String>,
    /// After how long without use a grant ends.
    pub idle_limit: Option<Span>,
    /// After how long a grant ends whatever is done.
    pub absolute_limit: Option<Span>,
    /// After how long a grant ends that was given to an app in testing.
    pub testing_limit: Option<Span>,
    /// How many refresh tokens live beside each other for one account and client.
    pub token_cap: Option<u32>,
    /// How the scopes begin whose grants end when the person changes their password.
    pub password_scopes: Vec<String>,
    /// Whether a refresh token works once.
    pub one_time: bool,
    /// Whether one that was used is taken again for a while all the same.
    pub forgives: bool,
}

impl Facts {
    /// What is known of a provider.
    pub fn of(provider: &Provider) -> Self {
        Self {
            name: provider.called().map(str::to_owned),
            idle_limit: provider.idle_limit,
            absolute_limit: provider.absolute_limit,
            testing_limit: provider.testing_limit,
            token_cap: provider.token_cap,
            password_scopes: provider.password_scopes.clone(),
            one_time: provider.replay != ReplayPolicy::Reusable,
            forgives: matches!(
                provider.replay,
                ReplayPolicy::Window(_) | ReplayPolicy::UntilFirstUse
            ),
        }
    }

    fn they(&self) -> &str {
        self.name.as_deref().unwrap_or("the provider")
    }
}

/// The grant has ended. `lost` says that an earlier answer to the same refresh may have been lost:
/// then it was not the user's doing.
pub fn dead(fault: &Fault, lost: bool) -> Diagnosis {
    let plain = seen::dead(fault, lost);
    match &fault.known {
        None => plain,
        Some(known) => split::dead(plain, lost, fault, known),
    }
}
