//! PyPI `django-oauth-toolkit`, as a Django application in one file over SQLite.

use std::process::Command;

use super::{
    CLIENT_ID, CLIENT_SECRET, Folder, PASSWORD, Paths, Process, Settings, Tools, USER,
    UpstreamError,
};

pub(super) async fn start(
    tools: &Tools,
    settings: &Settings,
    grace: u32,
) -> Result<(String, Process, Paths), UpstreamError> {
    let folder = Folder::make()?;
    let mut python = Command::new(&tools.program);
    python
        .arg(tools.settings.join("dot_app.py"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("DATABASE", folder.path().join("django.sqlite"))
        .env("CLIENT_ID", CLIENT_ID)
        .env("CLIENT_SECRET", CLIENT_SECRET)
        .env("USERNAME", USER)
        .env("PASSWORD", PASSWORD)
        .env("ACCESS_SECONDS", settings.access_seconds.to_string())
        .env("REFRESH_SECONDS", settings.refresh_seconds.to_string())
        .env("GRACE_SECONDS", grace.to_string());
    let mut process = Process::spawn(python, folder)?;
    let issuer = process.ready().await?;
    let paths = Paths {
        token: "/o/token/",
        authorization: "/o/authorize/",
        revocation: "/o/revoke_token/",
        introspection: "/o/introspect/",
        refresh_token_lives: "/refresh-token-lives/",
    };
    Ok((issuer, process, paths))
}
