//! What a provider's answer means: tokens, a refusal, or nothing that anybody can tell.
//!
//! Pure, and made for answers that follow no standard. A wrong "no" costs a person a consent, a
//! wrong "yes, it is unspent" costs a token; so what is not plain is unclear.

pub(in crate::held) mod content;
mod fault;
mod lifetime;
mod markup;
mod meaning;
mod rules;
mod seen;
mod sentences;
mod tokens;

use crate::Time;
use crate::held::answer::{RawAnswer, Reading, Verdict};
use crate::held::provider::Provider;
use crate::held::replay::Replayed;
use content::Content;
use meaning::Meaning;
use seen::Seen;

pub(in crate::held) use tokens::identifier;

/// Reads the answer of a token endpoint. `replayed` says whether the request may have been taken
/// before: a server that then says no, in whatever words, has made up its mind about the token.
///
/// The rules, in order: tokens on a 2xx, also of an answer whose end is missing if they came as one
/// whole JSON object; the provider's own rules; 429; any other answer that was cut is unclear; an
/// error code (RFC 6749 section 5.2) or what stands for one; words.
pub fn absorb(answer: &RawAnswer, provider: &Provider, now: Time, replayed: Replayed) -> Reading {
    let content = if answer.complete {
        Content::of(answer)
    } else {
        Content::of_cut(answer)
    };
    let success = (200..300).contains(&answer.status);
    if success
        && let Content::Fields(fields) = &content
        && let Some(tokens) = tokens::read(fields, now)
    {
        return Reading::Tokens(Box::new(tokens));
    }
    // What was cut may be a part of tokens: it stays in the journal, nothing is shown.
    let content = if answer.complete {
        content
    } else {
        Content::Empty
    };
    let seen = Seen::of(answer, &content);
    let fault = fault::of(answer, &seen, now);
    if let Some(rule) = rules::fitting(answer, &seen, provider) {
        return match rule.verdict {
            Verdict::Unknown => Reading::Unclear(fault),
            verdict => Reading::Refused {
                verdict,
                unspent: rule.unspent,
                fault,
            },
        };
    }
    if answer.status == 429 {
        return Reading::Refused {
            verdict: Verdict::Transient,
            unspent: true,
            fault,
        };
    }
    if !answer.complete {
        return Reading::Unclear(fault);
    }
    match meaning::of(answer.status, &seen, replayed) {
        Meaning::Dead => Reading::Refused {
            verdict: Verdict::Dead,
            unspent: false,
            fault,
        },
        Meaning::AppFault => Reading::Refused {
            verdict: Verdict::AppFault,
            unspent: true,
            fault,
        },
        Meaning::Unclear => Reading::Unclear(fault),
    }
}
