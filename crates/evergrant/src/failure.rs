//! Why a command failed: the API's problem document, and the exit code that follows from it.

use evergrant_web::api::Problem;
use evergrant_web::service::Failure;

use crate::config::ConfigError;

/// A command that failed.
#[derive(Debug)]
pub(crate) struct Failed(pub(crate) Box<Problem>);

/// What a command's exit code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It failed.
    Failed = 1,
    /// It was asked for in a wrong way.
    Usage = 2,
    /// What it was to work on is not there.
    NotFound = 3,
    /// Whoever asked may not do it.
    Refused = 4,
    /// The connection needs a person to authorize it anew.
    NeedsPerson = 5,
    /// Something was away for the moment; try again.
    Temporary = 6,
    /// Somebody pressed Ctrl-C: 128 and the number of SIGINT, as shells have it.
    Interrupted = 130,
    /// Somebody ended it: 128 and the number of SIGTERM.
    Terminated = 143,
}

impl Failed {
    /// It was asked for in a wrong way.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Problem::new(400, "wrong_usage", text).into()
    }

    /// It failed, for this reason.
    pub(crate) fn because(code: &str, text: impl Into<String>) -> Self {
        Problem::new(500, code, text).into()
    }

    /// Something was away for the moment.
    pub(crate) fn temporary(code: &str, text: impl Into<String>) -> Self {
        Problem::new(503, code, text).into()
    }

    /// Whether trying again may help.
    pub(crate) fn is_temporary(&self) -> bool {
        self.exit() == Exit::Temporary
    }

    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self.0.code.as_str() {
            "needs_reauth" | "pending" => return Exit::NeedsPerson,
            "interrupted" => return Exit::Interrupted,
            "terminated" => return Exit::Terminated,
            _ => {}
        }
        match self.0.status {
            400 | 405 | 413 | 415 | 422 => Exit::Usage,
            401 | 403 => Exit::Refused,
            404 => Exit::NotFound,
            429 | 502 | 503 | 504 => Exit::Temporary,
            _ => Exit::Failed,
        }
    }
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Problem::from(failure).into()
    }
}

impl From<ConfigError> for Failed {
    fn from(error: ConfigError) -> Self {
        Problem::new(400, "setting_not_acceptable", error.to_string()).into()
    }
}
