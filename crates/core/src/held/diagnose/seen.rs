//! What the status, the code and our own journal say.

use crate::held::answer::Fault;
use crate::held::connection::Event;
use crate::held::diagnosis::{Cause, Confidence, Diagnosis, Party};

use super::split;

/// The grant has ended.
pub(super) fn dead(fault: &Fault, lost: bool) -> Diagnosis {
    if !lost {
        let seen = seen(fault);
        return Diagnosis::new(Cause::Unknown, Party::EndUser, Confidence::Ambiguous, seen);
    }
    let mut evidence = vec![
        "An earlier request with this refresh token was sent and its answer never came; the \
         provider may have replaced the token by one that we never saw."
            .into(),
    ];
    evidence.extend(seen(fault));
    Diagnosis::new(
        Cause::ResponseLost,
        Party::EndUser,
        Confidence::Likely,
        evidence,
    )
}

/// A failure that is no end.
pub fn paused(event: Event, fault: &Fault) -> Diagnosis {
    let (cause, party, confidence) = match (event, fault.status) {
        (Event::AppRefused, _) => (
            Cause::AppOrClientMisconfigured,
            Party::AppDeveloper,
            Confidence::Certain,
        ),
        (_, Some(429)) => (Cause::RateLimited, Party::Nobody, Confidence::Certain),
        (_, Some(500..)) => (Cause::ProviderOutage, Party::Nobody, Confidence::Likely),
        (Event::Unspent, _) => (Cause::RateLimited, Party::Nobody, Confidence::Likely),
        _ if fault.mute => (Cause::Unknown, Party::EndUser, Confidence::Ambiguous),
        _ => (
            Cause::MalformedResponse,
            Party::Nobody,
            Confidence::Ambiguous,
        ),
    };
    let plain = Diagnosis::new(cause, party, confidence, seen(fault));
    match &fault.known {
        None => plain,
        Some(known) => split::paused(plain, event, fault, known),
    }
}

/// What a refusal may mean that says nothing, the most common first.
pub(super) const MUTE: [Cause; 6] = [
    Cause::RefreshTokenReused,
    Cause::UserRevoked,
    Cause::HardLifetimeLimit,
    Cause::AppOrClientMisconfigured,
    Cause::MalformedResponse,
    Cause::IdleExpiry,
];

/// A consent that did not come to be.
pub fn denied(fault: &Fault) -> Diagnosis {
    let plain = Diagnosis::new(
        Cause::ConsentRequired,
        Party::EndUser,
        Confidence::Certain,
        seen(fault),
    );
    match &fault.known {
        None => plain,
        Some(known) => split::denied(plain, fault, known),
    }
}

/// What the provider answered, in sentences.
fn seen(fault: &Fault) -> Vec<String> {
    let mut sentences = Vec::new();
    match (fault.status, &fault.code) {
        (Some(status), Some(code)) => {
            sentences.push(format!(
                "The provider answered {status} with the code {code}."
            ));
        }
        (Some(status), None) if fault.mute => {
            sentences.push(format!(
                "The provider answered {status}, and not a word why."
            ));
        }
        (Some(status), None) => {
            sentences.push(format!("The provider answered {status}, without a code."));
        }
        (None, Some(code)) => sentences.push(format!("The provider answered {code}.")),
        (None, None) => {}
    }
    if let Some(text) = &fault.text {
        sentences.push(format!("It said: {text}"));
    }
    sentences
}
