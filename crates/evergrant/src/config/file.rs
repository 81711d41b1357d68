//! The settings of a TOML file, each with its line.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::Path;

use evergrant_web::service::core::Secret;
use toml::de::{DeTable, DeValue};

use super::error::ConfigError;
use super::layers::{Origin, Value};
use super::settings::{SETTINGS, YES_OR_NO};

/// Reads a file.
///
/// # Errors
/// When it can't be read, is no TOML, or has a name that is no setting; with line and column.
pub(super) fn read(path: &Path) -> Result<BTreeMap<&'static str, Value>, ConfigError> {
    let text = fs::read_to_string(path)
        .map_err(|error| ConfigError::new(format!("{}: {error}", path.display())))?;
    parse(&text, path)
}

fn parse(text: &str, path: &Path) -> Result<BTreeMap<&'static str, Value>, ConfigError> {
    let wrong = |span: Range<usize>, what: &str| {
        let (line, column) = place(text, span.start);
        ConfigError::new(format!("{}:{line}:{column}: {what}", path.display()))
    };
    let table = DeTable::parse(text)
        .map_err(|error| wrong(error.span().unwrap_or_default(), error.message()))?;
    let mut values = BTreeMap::new();
    for (key, value) in table.get_ref() {
        let name = key.get_ref().as_ref();
        let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) else {
            let known: Vec<_> = SETTINGS.iter().map(|setting| setting.name).collect();
            let known = known.join(", ");
            let what = format!("there is no setting `{name}`; there are {known}");
            return Err(wrong(key.span(), &what));
        };
        let given = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.to_string(),
            DeValue::Boolean(yes) if setting.value == YES_OR_NO => yes.to_string(),
            _ => {
                return Err(wrong(
                    value.span(),
                    &format!("`{name}` is a text or a number"),
                ));
            }
        };
        let (line, _) = place(text, value.span().start);
        let origin = Origin::File {
            path: path.to_owned(),
            line,
        };
        values.insert(
            setting.name,
            Value {
                text: Secret::new(given),
                origin,
            },
        );
    }
    Ok(values)
}

fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    (before.matches('\n').count() + 1, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(&'static str, String, String)>, String> {
        let values = parse(text, Path::new("x.toml")).map_err(|error| error.to_string())?;
        let show = |(name, value): (&'static str, Value)| {
            (
                name,
                value.text.expose().to_owned(),
                value.origin.to_string(),
            )
        };
        Ok(values.into_iter().map(show).collect())
    }

    #[test]
    fn texts_and_numbers_are_values() {
        let values = read("# mine\nlisten = '127.0.0.1:1'\ndatabase_connections = 4\n").unwrap();
        assert_eq!(values[0].1, "4");
        assert_eq!(values[0].2, "x.toml:3");
        assert_eq!(values[1].1, "127.0.0.1:1");
    }

    #[test]
    fn only_a_switch_is_a_truth_value() {
        let values = read("allow_private_providers = true\n").unwrap();
        assert_eq!(values[0].1, "true");
        assert!(read("provider_at_once = true\n").is_err());
    }

    #[test]
    fn errors_name_the_place() {
        let error = read("listen = '127.0.0.1:1'\n  lisen = 3\n").unwrap_err();
        assert!(
            error.starts_with("x.toml:2:3: there is no setting `lisen`"),
            "{error}"
        );
        let error = read("listen = true\n").unwrap_err();
        assert!(
            error.starts_with("x.toml:1:10: `listen` is a text"),
            "{error}"
        );
        let error = read("listen = \n").unwrap_err();
        assert!(error.starts_with("x.toml:1:"), "{error}");
        assert!(read("[server]\nlisten = 'x'\n").is_err());
    }
}
