//! Secrets come in by standard input or the keyboard, never as arguments: every process sees those.

use std::io::{BufRead as _, IsTerminal as _, stdin};

use evergrant_web::service::core::Secret;

use crate::failure::Failed;

/// Longest line that is read as a secret.
const LONGEST: usize = 16 * 1024;

/// Reads one line of standard input, without its end.
///
/// # Errors
/// When there is none.
pub(crate) fn secret_line(what: &str) -> Result<Secret, Failed> {
    let mut line = String::new();
    let read = stdin().lock().read_line(&mut line);
    let line = line.strip_suffix('\n').unwrap_or(&line);
    let line = line.strip_suffix('\r').unwrap_or(line);
    match read {
        Ok(length) if length <= LONGEST && !line.is_empty() => Ok(Secret::new(line.to_owned())),
        Ok(_) => Err(Failed::usage(format!(
            "There is no {what} on standard input."
        ))),
        Err(error) => Err(Failed::usage(format!("The {what} can't be read: {error}."))),
    }
}

/// Asks a person at the keyboard, twice and without showing it; else reads one line.
///
/// # Errors
/// When there is none, or the two are not the same.
pub(crate) fn new_secret(what: &str) -> Result<Secret, Failed> {
    if !stdin().is_terminal() {
        return secret_line(what);
    }
    let ask = |prompt: String| {
        let typed = rpassword::prompt_password(prompt).map(Secret::new);
        typed.map_err(|error| Failed::usage(format!("The {what} can't be read: {error}.")))
    };
    let typed = ask(format!("The {what}: "))?;
    if ask(format!("The {what} again: "))? == typed {
        Ok(typed)
    } else {
        Err(Failed::usage(
            "The two are not the same. Nothing was changed.",
        ))
    }
}
