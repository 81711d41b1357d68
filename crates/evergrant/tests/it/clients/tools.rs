//! What a machine may lack: without it a test is left out, and fails in CI.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A program, or what is missing.
pub(crate) type Found = Result<PathBuf, String>;

/// Node, with the packages of `tests/clients`.
pub(crate) fn node() -> Found {
    let version = Command::new("node")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if !version.is_ok_and(|status| status.success()) {
        return Err("node is not installed".to_owned());
    }
    there(folder().join("node_modules"))?;
    Ok(PathBuf::from("node"))
}

/// The Python that has the packages of `tests/clients/requirements.txt`.
pub(crate) fn python() -> Found {
    let named = std::env::var_os("EVERGRANT_TEST_PYTHON").map(PathBuf::from);
    there(named.unwrap_or_else(|| root().join("target/test-tools/python/bin/python")))
}

/// Debian's browser.
pub(crate) fn chromium() -> Found {
    there(PathBuf::from("/usr/bin/chromium"))
}

/// Where the scripts are.
pub(crate) fn folder() -> PathBuf {
    root().join("tests/clients")
}

/// The workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The program; or nothing, and the test is left out.
#[expect(clippy::print_stdout, reason = "the runner shows it with --no-capture")]
pub(crate) fn or_left_out(found: Found) -> Option<PathBuf> {
    let in_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
    match found {
        Ok(program) => Some(program),
        Err(missing) if in_ci => panic!("in CI no test is left out: {missing}"),
        Err(missing) => {
            println!("left out: {missing}; `scripts/test` installs it");
            None
        }
    }
}

fn there(path: PathBuf) -> Found {
    if path.exists() {
        Ok(path)
    } else {
        Err(format!("{} is missing", path.display()))
    }
}
