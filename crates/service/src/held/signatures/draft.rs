//! A text that nothing matches, as a signature that somebody fills in.

use evergrant_core::held::unmatched::Unmatched;

/// A `[[signature]]` in the form of the files in `signatures/`, without its words and its cause.
pub fn draft(it: &Unmatched) -> String {
    let id = it.id.to_string();
    let short = id.get(id.len().saturating_sub(8)..).unwrap_or(&id);
    let times = if it.count == 1 { "time" } else { "times" };
    format!(
        "# signatures/{provider}.toml: seen {count} {times}, with status {status}.\n\
         # To be filled in: `says`, the words that tell it; cause, party and confidence.\n\
         [[signature]]\n\
         id = \"{provider}_{short}\"\n\
         says = []\n\
         cause = \"\"\n\
         party = \"\"\n\
         confidence = \"\"\n\
         example = {example}\n",
        provider = it.provider,
        count = it.count,
        status = it.status,
        example = quoted(&it.text),
    )
}

/// As the files have it: as it is, between three quotes; escaped where it has such quotes itself.
fn quoted(text: &str) -> String {
    if text.contains("'''") || text.ends_with('\'') {
        toml::Value::String(text.to_owned()).to_string()
    } else {
        format!("'''{text}'''")
    }
}

#[cfg(test)]
mod tests {
    use evergrant_core::Time;
    use evergrant_core::id::{Chance, UnmatchedId};

    use super::*;

    #[test]
    fn what_is_exported_reads_as_a_file_of_signatures() {
        for text in [
            r#"{"error":"nope","error_description":"It's \"over\"."}"#,
            "three ''' quotes \\ and \" one",
            "ends with a quote'",
            "",
        ] {
            let it = Unmatched {
                id: UnmatchedId::new(Time::from_seconds(1), Chance([7; 16])),
                provider: "acme".into(),
                status: 400,
                text: text.into(),
                first_at: Time::from_seconds(1),
                last_at: Time::from_seconds(2),
                count: 3,
            };
            let file = [draft(&it), draft(&it)].join("\n");
            assert!(file.starts_with("# signatures/acme.toml: seen 3 times, with status 400."));
            let read: toml::Table = file.parse().unwrap();
            let signs = read["signature"].as_array().unwrap();
            assert_eq!(signs.len(), 2);
            for sign in signs {
                let id = sign["id"].as_str().unwrap();
                assert!(id.starts_with("acme_"), "{id}");
                assert_eq!(sign["example"].as_str(), Some(text));
                assert_eq!(sign["says"].as_array().map(Vec::len), Some(0));
                for empty in ["cause", "party", "confidence"] {
                    assert_eq!(sign[empty].as_str(), Some(""));
                }
                // What `build.rs` must find in each signature, and what it takes.
                assert_eq!(sign.as_table().unwrap().len(), 6);
            }
        }
    }
}
