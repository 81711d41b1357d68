//! How providers are asked: whom we may ask, and what that may take.

use std::path::PathBuf;

use evergrant_web::service::core::Span;
use evergrant_web::service::held::Bounds;

use super::error::ConfigError;
use super::layers::Layers;
use super::{maybe, parse, read};

/// The settings about providers, checked.
#[derive(Clone, Debug)]
pub(crate) struct Providers {
    /// Whether they may be at private addresses, and may be asked without TLS.
    pub(crate) allow_private: bool,
    /// A file of certificates that are trusted beside the public authorities.
    pub(crate) own_roots: Option<PathBuf>,
    /// What exchanges may take.
    pub(crate) bounds: Bounds,
}

impl Providers {
    /// Checks them.
    ///
    /// # Errors
    /// Names the setting that is wrong.
    pub(super) fn check(layers: &Layers) -> Result<Self, ConfigError> {
        let bounds = Bounds {
            connect: read(layers, "provider_connect", |text| span(text, 15))?,
            // Together they stay below the lease of a request, which nobody else decides about.
            total: read(layers, "provider_total", |text| span(text, 40))?,
            at_once: read(layers, "provider_at_once", |text| {
                let number = text.parse().ok().filter(|it| (1..=1000).contains(it));
                number.ok_or_else(|| format!("{text:?} is no number from 1 to 1000"))
            })?,
            ..Bounds::default()
        };
        Ok(Self {
            allow_private: read(layers, "allow_private_providers", yes)?,
            own_roots: maybe(layers, "provider_ca", |text| Ok(PathBuf::from(text)))?,
            bounds,
        })
    }
}

fn span(text: &str, longest: i64) -> Result<Span, String> {
    let span = parse(Span::parse(text))?;
    if (1..=longest).contains(&span.seconds()) {
        Ok(span)
    } else {
        Err(format!("{text:?} is not from 1s to {longest}s"))
    }
}

fn yes(text: &str) -> Result<bool, String> {
    match text {
        "1" | "true" => Ok(true),
        "0" | "false" => Ok(false),
        other => Err(format!("{other:?} is neither 1 nor 0")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, Flags};
    use evergrant_web::service::core::Secret;

    fn checked(name: &'static str, value: &str) -> Result<Providers, String> {
        let mut flags = Flags::default();
        flags.values.insert(name, Secret::new(value.to_owned()));
        let layers = Layers::gather(&Environment::default(), &flags).unwrap();
        Providers::check(&layers).map_err(|error| error.to_string())
    }

    #[test]
    fn the_defaults_are_those_of_the_keeper() {
        let layers = Layers::gather(&Environment::default(), &Flags::default()).unwrap();
        let checked = Providers::check(&layers).unwrap();
        assert_eq!(checked.bounds, Bounds::default());
        assert!(!checked.allow_private);
        assert_eq!(checked.own_roots, None);
    }

    #[test]
    fn what_would_not_work_is_not_taken() {
        for (name, value) in [
            ("provider_connect", "0s"),
            ("provider_connect", "16s"),
            ("provider_total", "41s"),
            ("provider_total", "20"),
            ("provider_at_once", "0"),
            ("allow_private_providers", "yes"),
        ] {
            let error = checked(name, value).unwrap_err();
            assert!(error.starts_with(name), "{error}");
        }
        assert!(
            checked("allow_private_providers", "1")
                .unwrap()
                .allow_private
        );
        let total = checked("provider_total", "40s").unwrap().bounds.total;
        assert_eq!(total, Span::from_seconds(40));
    }
}
