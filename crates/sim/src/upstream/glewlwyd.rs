//! Debian `glewlwyd`: its own SQLite file, and a plugin, a client and a user made as its
//! administrator makes them.

use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    CLIENT_ID, CLIENT_SECRET, Event, Folder, PASSWORD, Paths, Process, Settings, Tools, USER,
    UpstreamError,
};
use crate::http::{OwnedResponse, Request, Site};

/// Another process may take a free port before the server does.
const PORTS_TRIED: usize = 5;
/// What the package's own tables begin with.
const ADMINISTRATOR: (&str, &str) = ("admin", "password");
/// The tables, where the package keeps them.
const SCHEMA: &str = "usr/share/dbconfig-common/data/glewlwyd/install/sqlite3";

pub(super) async fn start(
    tools: &Tools,
    settings: &Settings,
) -> Result<(String, Process, Paths), UpstreamError> {
    let mut tried = 1;
    let (issuer, process) = loop {
        match launch(tools).await {
            Err(_) if tried < PORTS_TRIED => tried += 1,
            launched => break launched?,
        }
    };
    furnish(&Site::new(&issuer)?, tools, settings).await?;
    let paths = Paths {
        token: "/api/oidc/token",
        authorization: "/api/oidc/auth",
        revocation: "/api/oidc/revoke",
        introspection: "/api/oidc/introspect",
        refresh_token_lives: "/api/oidc/introspect",
    };
    Ok((issuer, process, paths))
}

/// A server that listens and knows nobody but its administrator.
async fn launch(tools: &Tools) -> Result<(String, Process), UpstreamError> {
    let failed = UpstreamError::at("its settings");
    let folder = Folder::make()?;
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map_err(UpstreamError::at("a free port"))?
        .port();
    let template = fs::read_to_string(tools.settings.join("glewlwyd.conf")).map_err(&failed)?;
    let settings = template
        .replace("PORT", &port.to_string())
        .replace("FOLDER", &folder.path().display().to_string())
        .replace("PACKAGE", &tools.package.display().to_string());
    let file = folder.path().join("glewlwyd.conf");
    fs::write(&file, settings).map_err(&failed)?;
    make_tables(
        &tools.package.join(SCHEMA),
        &folder.path().join("glewlwyd.sqlite"),
    )?;

    let mut server = Command::new(&tools.program);
    server.arg(format!("--config-file={}", file.display()));
    let mut process = Process::spawn(server, folder)?;
    let issuer = format!("http://127.0.0.1:{port}");
    let site = Site::new(&issuer)?;
    let request = Request::get(&site.url("/api/"));
    process
        .until(async |_: &Process| site.send(&request).await.ok())
        .await?;
    Ok((issuer, process))
}

fn make_tables(schema: &Path, database: &Path) -> Result<(), UpstreamError> {
    let failed = UpstreamError::at("its tables");
    let schema = fs::read_to_string(schema).map_err(&failed)?;
    let mut shell = Command::new("sqlite3")
        .args(["-bail", "-batch"])
        .arg(database)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(&failed)?;
    if let Some(mut input) = shell.stdin.take() {
        // One transaction, and no waiting for the disk: the file lives as long as the test.
        let script = format!("PRAGMA synchronous=OFF;\nBEGIN;\n{schema}\nCOMMIT;\n");
        input.write_all(script.as_bytes()).map_err(&failed)?;
    }
    let done = shell.wait_with_output().map_err(&failed)?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    Err(UpstreamError::Failed(format!("its tables: {said}")))
}

/// One thing to make over the management API.
#[derive(Deserialize)]
struct Made {
    path: String,
    body: Value,
}

/// Makes plugin, client and user.
async fn furnish(site: &Site, tools: &Tools, settings: &Settings) -> Result<(), UpstreamError> {
    let cookie = administrator(site).await?;
    let list = fs::read_to_string(tools.settings.join("glewlwyd.json"))
        .map_err(UpstreamError::at("glewlwyd.json"))?;
    let list: Vec<Made> = serde_json::from_str(&list)
        .map_err(|error| UpstreamError::Failed(format!("glewlwyd.json: {error}")))?;
    for mut made in list {
        fill_in(&mut made.body, site, settings);
        ask(site, ("POST", &made.path), &made.body, &cookie).await?;
    }
    Ok(())
}

/// What the administrator does to user or client.
pub(super) async fn befall(site: &Site, event: Event) -> Result<(), UpstreamError> {
    let cookie = administrator(site).await?;
    let path = match event {
        Event::UserDisabled => format!("/api/user/{USER}?source=database"),
        Event::ClientRemoved => format!("/api/client/{CLIENT_ID}?source=database"),
    };
    let (method, body) = match event {
        Event::UserDisabled => ("PUT", json!({ "enabled": false, "scope": ["openid"] })),
        Event::ClientRemoved => ("DELETE", Value::Null),
    };
    ask(site, (method, &path), &body, &cookie).await.map(drop)
}

/// The cookie of a session of the administrator.
async fn administrator(site: &Site) -> Result<String, UpstreamError> {
    let (username, password) = ADMINISTRATOR;
    let credentials = json!({ "username": username, "password": password });
    let session = ask(site, ("POST", "/api/auth/"), &credentials, "").await?;
    let cookie = session.headers.first("set-cookie").unwrap_or_default();
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
}

async fn ask(
    site: &Site,
    (method, path): (&'static str, &str),
    body: &Value,
    cookie: &str,
) -> Result<OwnedResponse, UpstreamError> {
    let mut request = Request::new(method, &site.url(path))
        .header("Content-Type", "application/json")
        .body(body.to_string().into_bytes());
    if !cookie.is_empty() {
        request = request.header("Cookie", cookie);
    }
    let answer = site.send(&request).await?;
    if answer.status == 200 {
        return Ok(answer);
    }
    let told = format!("{} at {path}: {}", answer.status, answer.text());
    Err(UpstreamError::Failed(told))
}

/// Puts values where the file has names for them.
fn fill_in(value: &mut Value, site: &Site, settings: &Settings) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|it| fill_in(it, site, settings)),
        Value::Object(members) => members
            .values_mut()
            .for_each(|it| fill_in(it, site, settings)),
        Value::String(name) => {
            *value = match name.as_str() {
                "ISSUER" => json!(site.origin()),
                "SIGNING_KEY" => json!(format!("{CLIENT_SECRET} and {PASSWORD}")),
                "ACCESS_SECONDS" => json!(settings.access_seconds),
                "REFRESH_SECONDS" => json!(settings.refresh_seconds),
                "CLIENT_ID" => json!(CLIENT_ID),
                "CLIENT_SECRET" => json!(CLIENT_SECRET),
                "REDIRECT_URI" => json!(settings.redirect_uri),
                "USERNAME" => json!(USER),
                "PASSWORD" => json!(PASSWORD),
                _ => return,
            }
        }
        _ => {}
    }
}
