//! The flags of the settings, made from their definitions.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, ValueHint, value_parser};
use evergrant_web::service::core::Secret;

use super::settings::{Flag, SETTINGS, Setting};

/// Under which heading the help lists them.
const HEADING: &str = "Settings";

/// What the flags said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flags {
    /// The file with the settings.
    pub(crate) config: Option<PathBuf>,
    /// Values by the names of their settings.
    pub(crate) values: BTreeMap<&'static str, Secret>,
}

impl Flags {
    /// These flags and those of the command itself.
    pub(crate) fn with(mut self, serving: &ServingFlags) -> Self {
        self.values.extend(serving.0.clone());
        self
    }
}

/// The flags that `serve` and `config` take beside those that every command takes.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServingFlags(BTreeMap<&'static str, Secret>);

fn argument(setting: &'static Setting) -> Arg {
    let place = SETTINGS.iter().position(|it| it.name == setting.name);
    let default = match setting.default {
        "" => String::new(),
        default => format!(" [default: {default}]"),
    };
    Arg::new(setting.name)
        .long(setting.flag_name())
        .value_name(setting.value)
        .help(format!(
            "{} [env: {}]{default}",
            setting.help,
            setting.variable()
        ))
        .help_heading(HEADING)
        .display_order(1 + place.unwrap_or_default())
        .hide_short_help(setting.flag == Flag::Everywhere)
}

fn those(of: Flag) -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().filter(move |setting| setting.flag == of)
}

fn read(matches: &ArgMatches, of: Flag) -> BTreeMap<&'static str, Secret> {
    let given = |setting: &'static Setting| {
        let text = matches.get_one::<String>(setting.name)?;
        Some((setting.name, Secret::new(text.clone())))
    };
    those(of).filter_map(given).collect()
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let config = matches.get_one::<PathBuf>("config").cloned();
        Ok(Self {
            config,
            values: read(matches, Flag::Everywhere),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Flags {
    fn augment_args(command: Command) -> Command {
        let config = Arg::new("config")
            .long("config")
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .value_hint(ValueHint::FilePath)
            .help("A TOML file with settings [env: EVERGRANT_CONFIG]")
            .help_heading(HEADING)
            .display_order(0)
            .hide_short_help(true)
            .global(true);
        let arguments = those(Flag::Everywhere).map(|setting| argument(setting).global(true));
        command.arg(config).args(arguments)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ServingFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(read(matches, Flag::Serving)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for ServingFlags {
    fn augment_args(command: Command) -> Command {
        command.args(those(Flag::Serving).map(argument))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}
