//! `evergrant config`

use clap::Subcommand;
use serde::Serialize;

use crate::config::{Environment, Flags, Layers, SETTINGS, ServingFlags, Setting, reference};
use crate::door::outward;
use crate::failure::Failed;
use crate::output;
use crate::render::table;

/// Check and show the settings: defaults, the file, EVERGRANT_* variables, flags; later wins.
#[derive(Debug, Subcommand)]
pub(super) enum Config {
    /// Check the settings without doing anything.
    Check(ServingFlags),
    /// Show each setting, its value, and where that came from; secrets are masked.
    Show(ServingFlags),
    /// Print the reference of all settings in Markdown.
    Reference,
}

/// A setting as it is shown.
#[derive(Debug, Serialize)]
struct Row {
    name: &'static str,
    value: Option<String>,
    from: String,
}

#[derive(Debug, Serialize)]
struct Rows {
    items: Vec<Row>,
    next: Option<String>,
}

#[derive(Debug, Serialize)]
struct Checked {
    ok: bool,
    warnings: Vec<String>,
}

impl Config {
    pub(super) fn run(self, flags: &Flags, json: bool) -> Result<(), Failed> {
        let environment = Environment::read()?;
        match self {
            Self::Check(serving) => {
                let layers = Layers::gather(&environment, &flags.clone().with(&serving))?;
                check(&environment, &layers, json)
            }
            Self::Show(serving) => {
                let layers = Layers::gather(&environment, &flags.clone().with(&serving))?;
                show(&environment, &layers, json)
            }
            Self::Reference => {
                output::raw(reference().as_bytes());
                Ok(())
            }
        }
    }
}

fn check(environment: &Environment, layers: &Layers, json: bool) -> Result<(), Failed> {
    let config = crate::config::Config::check(layers, environment, "info")?;
    config.serving(config.listen)?;
    environment.server()?;
    outward(&config)?;
    let unknown = |name| format!("{name} is set, but there is no such variable here.");
    let warnings: Vec<_> = environment.unknown().into_iter().map(unknown).collect();
    if json {
        output::document(&Checked { ok: true, warnings });
    } else {
        for warning in &warnings {
            output::note(&format!("warning: {warning}"));
        }
        output::text("The settings are in order.");
    }
    Ok(())
}

fn show(environment: &Environment, layers: &Layers, json: bool) -> Result<(), Failed> {
    let config = crate::config::Config::check(layers, environment, "info")?;
    let row = |setting: &'static Setting| {
        let given = layers.shown(setting);
        let from = layers
            .get(setting.name)
            .map_or("default".to_owned(), |it| it.origin.to_string());
        Row {
            name: setting.name,
            value: given.or_else(|| config.derived(setting.name)),
            from,
        }
    };
    let rows = Rows {
        items: SETTINGS.iter().map(row).collect(),
        next: None,
    };
    if json {
        output::document(&rows);
        return Ok(());
    }
    let cells = rows.items.into_iter().map(|row| {
        [
            row.name.to_owned(),
            row.value.unwrap_or_else(|| "-".to_owned()),
            row.from,
        ]
    });
    let head = ["SETTING", "VALUE", "FROM"].map(str::to_owned);
    output::text(table(std::iter::once(head).chain(cells)).trim_end());
    Ok(())
}
