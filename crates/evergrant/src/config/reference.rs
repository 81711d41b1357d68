//! The reference of all settings, made from their definitions: `docs/configuration.md`.

use super::environment::OTHERS;
use super::settings::{Flag, SETTINGS, Setting};
use crate::render::prose;

const HEAD: &str = "\
# Configuration

This file is made from the definitions in `crates/evergrant/src/config/settings.rs` by
`evergrant config reference`; a test keeps it true.

Every setting can stand in a TOML file (`--config FILE` or `EVERGRANT_CONFIG`), in a variable, and,
unless it is secret, in a flag. Later wins: default, file, variable, flag. `evergrant config check`
says what is wrong with them, `evergrant config show` what they are and where each came from.
Durations are `90s`, `10m`, `1h` or `30d`.

```toml
# evergrant.toml
listen = \"127.0.0.1:8420\"
public_url = \"https://auth.acme.example\"
data = \"/var/lib/evergrant\"
log_format = \"json\"
```
";

/// The reference in Markdown.
pub(crate) fn reference() -> String {
    let mut text = HEAD.to_owned();
    for setting in &SETTINGS {
        text.push_str(&section(setting));
    }
    text.push_str("\n## Variables that are no settings\n\n");
    for (name, help) in OTHERS {
        text.push_str(&format!("- `{name}`: {help}\n"));
    }
    text
}

fn section(setting: &Setting) -> String {
    let Setting {
        name,
        value,
        default,
        help,
        reason,
        ..
    } = setting;
    let flag = match setting.flag {
        Flag::Everywhere => format!("`--{} {value}`", setting.flag_name()),
        Flag::Serving => format!("`--{} {value}` of `serve`", setting.flag_name()),
        Flag::Nowhere => "no flag, for every process sees arguments".to_owned(),
    };
    let default = if default.is_empty() {
        "none"
    } else {
        &format!("`{default}`")
    };
    let variable = setting.variable();
    format!(
        "\n## `{name}`\n\n{help}.\n\n- Variable: `{variable}`\n- Flag: {flag}\n\
         - Default: {default}\n\n{}",
        prose(reason, 100, "", "")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");

    #[test]
    fn the_document_is_what_the_definitions_say() {
        if std::env::var_os("EVERGRANT_WRITE_DOCS").is_some() {
            std::fs::write(FILE, reference()).unwrap();
        }
        let written = std::fs::read_to_string(FILE).unwrap_or_default();
        assert!(
            written == reference(),
            "docs/configuration.md is not up to date: run with EVERGRANT_WRITE_DOCS=1"
        );
    }
}
