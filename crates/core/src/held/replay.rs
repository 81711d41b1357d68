//! What a provider does with a refresh token that it sees a second time.

use std::fmt;

use crate::Span;

/// How a provider treats a refresh token that was presented before.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ReplayPolicy {
    /// It may be used any number of times.
    Reusable,
    /// It works until its successor is used for the first time.
    UntilFirstUse,
    /// It works for so long after it was used first.
    Window(Span),
    /// It works once; a second use may end the family. What is not known is taken for this.
    Strict,
    /// A second use ends other things too, as the registration of the app.
    Punitive,
}

/// Whether what is refused may have been taken before: whether another send of the same token is
/// in doubt.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Replayed {
    /// No other send may have spent it.
    No,
    /// One may have, and the provider still takes the token again: a further send may clear it up.
    InWindow,
    /// One may have, and no further send would clear it up.
    Last,
}

/// Why a text is no replay policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoPolicy;

impl fmt::Display for NoPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a replay policy is reusable, until_first_use, window:SECONDS, strict or punitive",
        )
    }
}

impl std::error::Error for NoPolicy {}

impl ReplayPolicy {
    /// Reads the form of settings and catalogue.
    ///
    /// # Errors
    /// When it is none of the words.
    pub fn parse(text: &str) -> Result<Self, NoPolicy> {
        match text {
            "reusable" => Ok(Self::Reusable),
            "until_first_use" => Ok(Self::UntilFirstUse),
            "strict" => Ok(Self::Strict),
            "punitive" => Ok(Self::Punitive),
            _ => {
                let seconds = text.strip_prefix("window:").ok_or(NoPolicy)?;
                let digits = seconds.bytes().all(|byte| byte.is_ascii_digit());
                let seconds: i64 = seconds.parse().map_err(|_| NoPolicy)?;
                let known = digits && (1..=Span::LONGEST.seconds()).contains(&seconds);
                known
                    .then(|| Self::Window(Span::from_seconds(seconds)))
                    .ok_or(NoPolicy)
            }
        }
    }
}

impl fmt::Display for ReplayPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reusable => f.write_str("reusable"),
            Self::UntilFirstUse => f.write_str("until_first_use"),
            Self::Window(span) => write!(f, "window:{}", span.seconds()),
            Self::Strict => f.write_str("strict"),
            Self::Punitive => f.write_str("punitive"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_reads_back_as_it_prints() {
        for text in [
            "reusable",
            "until_first_use",
            "window:30",
            "strict",
            "punitive",
        ] {
            assert_eq!(ReplayPolicy::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "Strict",
            "window:",
            "window:0",
            "window:-1",
            "window:+3",
            "window:1s",
        ] {
            assert_eq!(ReplayPolicy::parse(text), Err(NoPolicy), "{text:?}");
        }
    }
}
