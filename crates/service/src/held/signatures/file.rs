//! The form of the files of signatures, and how they become a catalogue.

use std::collections::BTreeMap;

use evergrant_core::held::explain::{Catalogue, Flaw, Signature, Speaker};
use evergrant_core::held::{Cause, Confidence, Party};
use serde::Deserialize;

/// The groups of phrases.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lexicon {
    groups: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Speakers {
    speaker: Vec<Speaks>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Speaks {
    key: String,
    name: String,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    clues: Vec<String>,
    #[serde(default)]
    relays: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signatures {
    #[serde(default)]
    signature: Vec<Signs>,
}

/// A signature as it stands in its file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Signs {
    pub(super) id: String,
    says: Vec<String>,
    status: Option<u16>,
    #[serde(default)]
    sharp: bool,
    #[serde(default)]
    of_somebody: bool,
    #[serde(default)]
    weight: i32,
    pub(super) cause: String,
    #[serde(default)]
    also: Vec<String>,
    party: String,
    confidence: String,
    means: Option<String>,
    next: Option<String>,
    /// What a provider wrote; tests hold the signature to it.
    #[serde(default)]
    pub(super) example: String,
    #[serde(default, rename = "source")]
    _source: String,
}

fn flaw(error: &toml::de::Error) -> Flaw {
    Flaw(error.to_string())
}

fn word<T>(text: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, Flaw> {
    parse(text).ok_or_else(|| Flaw(format!("{text:?} means nothing here")))
}

fn signature(speaker: &str, it: Signs) -> Result<Signature, Flaw> {
    let also = it.also.iter().map(|it| word(it, Cause::parse));
    Ok(Signature {
        speaker: (speaker != super::ANYBODY).then(|| speaker.to_owned()),
        status: it.status,
        sharp: it.sharp,
        of_somebody: it.of_somebody,
        weight: it.weight,
        cause: word(&it.cause, Cause::parse)?,
        also: also.collect::<Result<_, _>>()?,
        party: word(&it.party, Party::parse)?,
        confidence: word(&it.confidence, Confidence::parse)?,
        id: it.id,
        says: it.says,
        means: it.means,
        next: it.next,
    })
}

/// The signatures of one file.
pub(super) fn signatures(text: &str) -> Result<Vec<Signs>, Flaw> {
    let file: Signatures = toml::from_str(text).map_err(|error| flaw(&error))?;
    Ok(file.signature)
}

/// Makes the catalogue of its files, without those of the speakers that `without` names.
pub(super) fn catalogue(
    (lexicon, speakers): (&str, &str),
    files: &[(&str, &str)],
    without: impl Fn(&str) -> bool,
) -> Result<Catalogue, Flaw> {
    let lexicon: Lexicon = toml::from_str(lexicon).map_err(|error| flaw(&error))?;
    let speakers: Speakers = toml::from_str(speakers).map_err(|error| flaw(&error))?;
    let mut all = Vec::new();
    for (speaker, text) in files.iter().filter(|(speaker, _)| !without(speaker)) {
        let of_one = signatures(text).map_err(|error| Flaw(format!("{speaker}: {error}")))?;
        for it in of_one {
            let id = it.id.clone();
            let read = signature(speaker, it);
            all.push(read.map_err(|error| Flaw(format!("{id}: {error}")))?);
        }
    }
    let speakers = speakers.speaker.into_iter().map(|it| Speaker {
        key: it.key,
        name: it.name,
        aliases: it.aliases,
        clues: it.clues,
        relays: it.relays,
    });
    Catalogue::new(&lexicon.groups, speakers.collect(), all)
}
