//! Turns the files in `signatures/` into tables of the program: read when it is built, they cost
//! nothing when it starts, and a file that can't be read is an error of the build.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Phrases become rows of words by the very code that texts do, once for all starts to come.
#[path = "../core/src/held/explain/letters.rs"]
mod letters;
#[path = "../core/src/held/explain/words.rs"]
mod words;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lexicon {
    groups: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Speakers {
    speaker: Vec<Speaker>,
}

/// A provider, server or product.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Speaker {
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
    signature: Vec<Signature>,
}

/// A kind of failure, as `core::held::explain::Signature` has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    id: String,
    says: Vec<String>,
    status: Option<u16>,
    #[serde(default)]
    sharp: bool,
    #[serde(default)]
    bare: bool,
    #[serde(default)]
    of_somebody: bool,
    #[serde(default)]
    weight: i32,
    cause: String,
    #[serde(default)]
    also: Vec<String>,
    party: String,
    confidence: String,
    means: Option<String>,
    next: Option<String>,
    #[serde(default)]
    example: String,
    /// Where that text was seen; for people who read the file.
    #[serde(default, rename = "source")]
    _source: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=signatures");
    for file in ["letters", "words"] {
        println!("cargo::rerun-if-changed=../core/src/held/explain/{file}.rs");
    }
    let tables = tables(Path::new("signatures"))?;
    fs::write(out_dir().join("signatures.rs"), tables)?;
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a build script is told by the environment where to write"
)]
fn out_dir() -> PathBuf {
    PathBuf::from(std::env::var("OUT_DIR").unwrap_or_default())
}

fn tables(folder: &Path) -> Result<String, Box<dyn Error>> {
    let read = |name: &str| {
        let path = folder.join(name).with_extension("toml");
        let text = fs::read_to_string(&path);
        text.map_err(|error| format!("{}: {error}", path.display()))
    };
    let lexicon: Lexicon = toml::from_str(&read("lexicon")?)?;
    let speakers: Speakers = toml::from_str(&read("speakers")?)?;
    let mut out = String::from("static GROUPS: &[(&str, &[&str])] = &[\n");
    for (name, phrases) in &lexicon.groups {
        let rows: Vec<String> = phrases.iter().map(|it| row(it)).collect();
        writeln!(out, "    ({name:?}, &{rows:?}),")?;
    }
    out.push_str("];\n\nstatic SPEAKERS: &[Speaks] = &[\n");
    for it in &speakers.speaker {
        let Speaker {
            key,
            name,
            aliases,
            clues,
            relays,
        } = it;
        writeln!(
            out,
            "    Speaks {{ key: {key:?}, name: {name:?}, aliases: &{aliases:?}, \
             clues: &{clues:?}, relays: {relays:?} }},"
        )?;
    }
    out.push_str("];\n\nstatic SIGNATURES: &[Signs] = &[\n");
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(".toml").map(str::to_owned));
    }
    names.retain(|name| name != "lexicon" && name != "speakers");
    names.sort();
    for name in names {
        let file: Signatures =
            toml::from_str(&read(&name)?).map_err(|error| format!("{name}.toml: {error}"))?;
        for it in &file.signature {
            push(&mut out, &name, it)?;
        }
    }
    out.push_str("];\n");
    Ok(out)
}

/// A phrase as a row of words, which begins with a space; the name of a group as it is.
fn row(phrase: &str) -> String {
    if phrase.starts_with('@') {
        return phrase.to_owned();
    }
    let open = phrase.strip_suffix('*');
    let mut row = words::words(open.unwrap_or(phrase));
    if open.is_some() {
        row.truncate(row.trim_end().len());
    }
    row
}

fn push(out: &mut String, speaker: &str, it: &Signature) -> std::fmt::Result {
    let Signature {
        id,
        says,
        status,
        sharp,
        bare,
        of_somebody,
        weight,
        cause,
        also,
        party,
        confidence,
        means,
        next,
        example,
        ..
    } = it;
    writeln!(
        out,
        "    Signs {{ speaker: {speaker:?}, id: {id:?}, says: &{says:?}, status: {status:?}, \
         sharp: {sharp:?}, bare: {bare:?}, of_somebody: {of_somebody:?}, \
         weight: {weight:?}, cause: {cause:?}, \
         also: &{also:?}, party: {party:?}, confidence: {confidence:?}, means: {means:?}, \
         next: {next:?}, example: {example:?} }},"
    )
}
