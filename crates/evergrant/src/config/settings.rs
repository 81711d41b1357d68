//! Every setting, defined once: its name, its variable, its flag, its default and what it is for.
//!
//! From this list come the flags, the reading of files and variables, `config show`, and
//! `docs/configuration.md`.

/// One setting.
#[derive(Debug)]
pub(crate) struct Setting {
    /// Its name in a file; its variable and its flag follow from it.
    pub(crate) name: &'static str,
    /// What stands for its value in help texts.
    pub(crate) value: &'static str,
    /// Its value when nothing is said; empty for none.
    pub(crate) default: &'static str,
    /// Which commands take its flag.
    pub(crate) flag: Flag,
    /// Whether its value may be shown.
    pub(crate) shown: Shown,
    /// What it is for, in one sentence.
    pub(crate) help: &'static str,
    /// Why its default is what it is, and what else to know.
    pub(crate) reason: &'static str,
}

/// Which commands take a setting's flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flag {
    /// Every command.
    Everywhere,
    /// `serve`, and `config`, which tells what `serve` would do.
    Serving,
    /// None: an argument is seen by every process.
    Nowhere,
}

/// Whether a value may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// As it is.
    Plainly,
    /// Not at all.
    Masked,
    /// As an address without its password.
    WithoutPassword,
}

impl Setting {
    /// The environment variable.
    pub(crate) fn variable(&self) -> String {
        format!("{PREFIX}{}", self.name.to_uppercase())
    }

    /// The flag, without its dashes.
    pub(crate) fn flag_name(&self) -> String {
        self.name.replace('_', "-")
    }
}

/// What stands for the value of a setting that is on or off.
pub(crate) const YES_OR_NO: &str = "1|0";

/// What our variables begin with.
pub(crate) const PREFIX: &str = "EVERGRANT_";

/// The settings, in the order in which they are told.
pub(crate) const SETTINGS: [Setting; 18] = [
    Setting {
        name: "listen",
        value: "ADDRESS",
        default: "127.0.0.1:8420",
        flag: Flag::Serving,
        shown: Shown::Plainly,
        help: "Where the server listens: IP address and port",
        reason: "Only this machine reaches it until you say otherwise. Port 0 takes a free one. \
                 Put a proxy that ends TLS in front of it before others do.",
    },
    Setting {
        name: "public_url",
        value: "URL",
        default: "",
        flag: Flag::Serving,
        shown: Shown::Plainly,
        help: "The address by which browsers and clients reach the server: the issuer",
        reason: "It stands in every token as `iss`, so it is the same on all nodes and stays the \
                 same for years. No path, no trailing slash; `http` only for loopback. Without it, \
                 `http://` and the address listened on, which must then be loopback.",
    },
    Setting {
        name: "data",
        value: "DIR",
        default: "",
        flag: Flag::Everywhere,
        shown: Shown::Plainly,
        help: "The directory of the embedded database and of the key file",
        reason: "Made for its owner alone. Without it, `evergrant` in the platform's data \
                 directory: `$XDG_DATA_HOME`, `~/.local/share` or `~/Library/Application Support`.",
    },
    Setting {
        name: "database",
        value: "URL",
        default: "",
        flag: Flag::Everywhere,
        shown: Shown::WithoutPassword,
        help: "A PostgreSQL database (postgres://...) instead of the embedded one",
        reason: "Needed for more than one node. A password in it is better kept in the variable or \
                 the file: arguments are seen by every process.",
    },
    Setting {
        name: "database_connections",
        value: "N",
        default: "16",
        flag: Flag::Everywhere,
        shown: Shown::Plainly,
        help: "How many connections to PostgreSQL are kept at most",
        reason: "A refresh holds one for a few milliseconds; more than this seldom helps.",
    },
    Setting {
        name: "key_file",
        value: "FILE",
        default: "",
        flag: Flag::Everywhere,
        shown: Shown::Plainly,
        help: "The file with the master key",
        reason: "Without it and without `key` and `key_command`: `evergrant.key` in `data`, made \
                 with the store. Keep a copy away from the store's backups: without the key the \
                 store can't be read, with both anybody can.",
    },
    Setting {
        name: "key",
        value: "BASE64",
        default: "",
        flag: Flag::Nowhere,
        shown: Shown::Masked,
        help: "The master key itself: 32 bytes in base64",
        reason: "For platforms that give secrets as variables. At most one of `key`, `key_file` \
                 and `key_command` is set.",
    },
    Setting {
        name: "key_command",
        value: "COMMAND",
        default: "",
        flag: Flag::Everywhere,
        shown: Shown::Plainly,
        help: "A command that prints the master key in base64",
        reason: "For a key service; it is run by `/bin/sh` at each start.",
    },
    Setting {
        name: "log",
        value: "FILTER",
        default: "",
        flag: Flag::Everywhere,
        shown: Shown::Plainly,
        help: "What is logged: error, warn, info, debug, trace, or a filter for each part",
        reason: "Without it, `info` for `serve` and `warn` for every other command. Nothing secret \
                 is logged at any level.",
    },
    Setting {
        name: "log_format",
        value: "text|json",
        default: "text",
        flag: Flag::Everywhere,
        shown: Shown::Plainly,
        help: "How logs are written to standard error",
        reason: "`json` is one object a line, for machines that collect them.",
    },
    Setting {
        name: "audit_retention",
        value: "DURATION",
        default: "365d",
        flag: Flag::Serving,
        shown: Shown::Plainly,
        help: "How long the audit journal and incidents are kept",
        reason: "A year, because questions about who had access come late. With `ended_retention` \
                 it bounds the only tables that grow with use.",
    },
    Setting {
        name: "ended_retention",
        value: "DURATION",
        default: "30d",
        flag: Flag::Serving,
        shown: Shown::Plainly,
        help: "How long grants and personal access tokens are kept after their end",
        reason: "So long a client is told why its grant ended; later its token is just unknown.",
    },
    Setting {
        name: "signing_announce",
        value: "DURATION",
        default: "1h",
        flag: Flag::Serving,
        shown: Shown::Plainly,
        help: "How long a new signing key is announced before it signs",
        reason: "Longer than anybody caches our key set.",
    },
    Setting {
        name: "allow_private_providers",
        value: YES_OR_NO,
        default: "0",
        flag: Flag::Everywhere,
        shown: Shown::Plainly,
        help: "Whether providers may be at private addresses, and may be asked without TLS",
        reason: "Off, because whoever may add an integration could otherwise make this machine ask \
                 others inside your network. Switch it on for an authorization server of your own.",
    },
    Setting {
        name: "provider_ca",
        value: "FILE",
        default: "",
        flag: Flag::Everywhere,
        shown: Shown::Plainly,
        help: "Certificates in PEM that are trusted at providers, beside the public authorities",
        reason: "For providers whose certificates come from an authority of your own. The file is \
                 read at each start.",
    },
    Setting {
        name: "provider_connect",
        value: "DURATION",
        default: "5s",
        flag: Flag::Everywhere,
        shown: Shown::Plainly,
        help: "How long it may take to reach a provider: name, connection and TLS",
        reason: "From 1s to 15s. Nothing was sent before, so a try that fails here costs nothing.",
    },
    Setting {
        name: "provider_total",
        value: "DURATION",
        default: "20s",
        flag: Flag::Everywhere,
        shown: Shown::Plainly,
        help: "How long a provider may take to answer, once it is reached",
        reason: "From 1s to 40s. An answer that comes later is lost, and with it, at some \
                 providers, the grant. The lease of a request ends after a minute.",
    },
    Setting {
        name: "provider_at_once",
        value: "N",
        default: "32",
        flag: Flag::Everywhere,
        shown: Shown::Plainly,
        help: "How many requests one integration's provider is sent at once",
        reason: "From 1 to 1000. Providers limit how often they are asked; of tokens that end \
                 together so many are renewed at once.",
    },
];
