//! The tables that `build.rs` made, and how they become a catalogue.

use evergrant_core::held::explain::{Catalogue, Flaw, Signature, Speaker};
use evergrant_core::held::{Cause, Confidence, Party};

use super::{ANYBODY, Example};

include!(concat!(env!("OUT_DIR"), "/signatures.rs"));

/// A row of the speakers.
struct Speaks {
    key: &'static str,
    name: &'static str,
    aliases: &'static [&'static str],
    clues: &'static [&'static str],
    relays: bool,
}

/// A row of the signatures.
struct Signs {
    speaker: &'static str,
    id: &'static str,
    says: &'static [&'static str],
    status: Option<u16>,
    sharp: bool,
    bare: bool,
    of_somebody: bool,
    weight: i32,
    cause: &'static str,
    also: &'static [&'static str],
    party: &'static str,
    confidence: &'static str,
    means: Option<&'static str>,
    next: Option<&'static str>,
    example: &'static str,
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|it| (*it).to_owned()).collect()
}

fn word<T>(id: &str, text: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, Flaw> {
    parse(text).ok_or_else(|| Flaw(format!("{id}: {text:?} means nothing here")))
}

fn signature(it: &Signs) -> Result<Signature, Flaw> {
    let also = it.also.iter().map(|also| word(it.id, also, Cause::parse));
    Ok(Signature {
        id: it.id.to_owned(),
        speaker: (it.speaker != ANYBODY).then(|| it.speaker.to_owned()),
        says: owned(it.says),
        status: it.status,
        sharp: it.sharp,
        bare: it.bare,
        of_somebody: it.of_somebody,
        weight: it.weight,
        cause: word(it.id, it.cause, Cause::parse)?,
        also: also.collect::<Result<_, _>>()?,
        party: word(it.id, it.party, Party::parse)?,
        confidence: word(it.id, it.confidence, Confidence::parse)?,
        means: it.means.map(str::to_owned),
        next: it.next.map(str::to_owned),
    })
}

/// Makes the catalogue, without the signatures of the speakers that `without` names.
pub(super) fn catalogue(without: impl Fn(&str) -> bool) -> Result<Catalogue, Flaw> {
    let groups = GROUPS.iter();
    let groups = groups.map(|(name, phrases)| ((*name).to_owned(), owned(phrases)));
    let speakers = SPEAKERS.iter().map(|it| Speaker {
        key: it.key.to_owned(),
        name: it.name.to_owned(),
        aliases: owned(it.aliases),
        clues: owned(it.clues),
        relays: it.relays,
    });
    let signatures = SIGNATURES.iter().filter(|it| !without(it.speaker));
    let signatures = signatures.map(signature).collect::<Result<_, _>>()?;
    Catalogue::new(&groups.collect(), speakers.collect(), signatures)
}

pub(super) fn examples() -> impl Iterator<Item = Example> {
    let rows = SIGNATURES.iter().filter(|it| !it.example.is_empty());
    rows.filter_map(|it| {
        Some(Example {
            speaker: (it.speaker != ANYBODY).then_some(it.speaker),
            id: it.id,
            cause: Cause::parse(it.cause)?,
            text: it.example,
        })
    })
}
