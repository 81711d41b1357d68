//! Where `scripts/test` puts the servers, and what a machine lacks.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Kind, UpstreamError};

/// What runs a server, all of it there.
pub(super) struct Tools {
    /// The interpreter of a script, or the server itself.
    pub(super) program: PathBuf,
    /// Our folder of settings and scripts for these servers.
    pub(super) settings: PathBuf,
    /// Where the package was unpacked, if it was.
    pub(super) package: PathBuf,
}

impl Tools {
    pub(super) fn find(kind: Kind) -> Result<Self, UpstreamError> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        // The servers run elsewhere and write paths into their settings.
        let root = root
            .canonicalize()
            .map_err(UpstreamError::at("the workspace"))?;
        let settings = root.join("tests/upstreams");
        let installed = root.join("target/test-tools");
        let package = installed.join("glewlwyd");
        let program = match kind {
            Kind::OidcProvider => {
                runs("node")?;
                there(settings.join("node_modules/oidc-provider"))?;
                PathBuf::from("node")
            }
            Kind::OauthToolkit { .. } => there(installed.join("upstreams/bin/python"))?,
            Kind::Glewlwyd => {
                runs("sqlite3")?;
                let program = there(package.join("usr/bin/glewlwyd"))?;
                // Fails where one of its libraries is missing.
                runs(&program)?;
                program
            }
        };
        Ok(Self {
            program,
            settings,
            package,
        })
    }
}

fn there(path: PathBuf) -> Result<PathBuf, UpstreamError> {
    if path.exists() {
        Ok(path)
    } else {
        let missing = format!("no {}", path.display());
        Err(UpstreamError::Missing(missing))
    }
}

fn runs(program: impl AsRef<Path>) -> Result<(), UpstreamError> {
    let program = program.as_ref();
    let mut asked = Command::new(program);
    asked
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if asked.status().is_ok_and(|status| status.success()) {
        Ok(())
    } else {
        let missing = format!("{} does not run", program.display());
        Err(UpstreamError::Missing(missing))
    }
}
