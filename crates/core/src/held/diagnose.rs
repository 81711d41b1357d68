//! From what was seen of a failure to its cause, party and confidence: what the status, the code
//! and our own journal say.

use crate::held::answer::Fault;
use crate::held::connection::Event;
use crate::held::diagnosis::{Cause, Confidence, Diagnosis, Party};

/// The grant has ended. `lost` says that an earlier answer to the same refresh may have been lost:
/// then it was not the user's doing.
pub fn dead(fault: &Fault, lost: bool) -> Diagnosis {
    let mut evidence = Vec::new();
    if lost {
        evidence.push(
            "An earlier request with this refresh token was sent and its answer never came; the \
             provider may have replaced the token by one that we never saw."
                .into(),
        );
    }
    evidence.extend(seen(fault));
    Diagnosis {
        cause: if lost {
            Cause::ResponseLost
        } else {
            Cause::Unknown
        },
        party: Party::EndUser,
        confidence: if lost {
            Confidence::Likely
        } else {
            Confidence::Ambiguous
        },
        evidence,
    }
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
        _ => (
            Cause::MalformedResponse,
            Party::Nobody,
            Confidence::Ambiguous,
        ),
    };
    Diagnosis {
        cause,
        party,
        confidence,
        evidence: seen(fault),
    }
}

/// A consent that did not come to be.
pub fn denied(fault: &Fault) -> Diagnosis {
    Diagnosis {
        cause: Cause::ConsentRequired,
        party: Party::EndUser,
        confidence: Confidence::Certain,
        evidence: seen(fault),
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
