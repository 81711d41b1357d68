//! Providers at addresses that are not public: refused however they are written and by whatever
//! way they come in, unless the setting allows them; and never met by way of a redirect.

use std::io::{BufRead as _, BufReader, ErrorKind};
use std::net::{TcpListener, ToSocketAddrs as _};

use evergrant_sim::http::{Request, Site};
use serde_json::{Value, json};
use url::Url;

use super::tricks::{Stage, Trick, moved};
use super::{FRESH, Keeper, STALE};
use crate::harness::{Bed, Caller, json, text};

/// Addresses that lead into this machine, a house or a cloud, in the ways to write them.
const INSIDE: [&str; 20] = [
    "http://127.0.0.1/t",
    "http://2130706433/t",
    "http://provider.example/t",
    "https://127.0.0.1/t",
    "https://127.0.0.1./t",
    "https://127.1/t",
    "https://2130706433/t",
    "https://0x7f000001/t",
    "https://0x7f.1/t",
    "https://017700000001/t",
    "https://%31%32%37.0.0.1/t",
    "https://①②⑦.⓪.⓪.①/t",
    "https://0/t",
    "https://10.1.2.3:8443/t",
    "https://192.168.0.1/t",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/t",
    "https://[::ffff:127.0.0.1]/t",
    "https://[::ffff:a9fe:a9fe]/t",
    "https://[fd00:ec2::254]/t",
];

const FLAGS: [&str; 7] = [
    "authorization-url",
    "token-url",
    "refresh-url",
    "revocation-url",
    "device-url",
    "userinfo-url",
    "issuer",
];

/// A port of this machine where nobody may come.
struct Trap(TcpListener);

impl Trap {
    fn set() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }

    #[track_caller]
    fn is_untouched(&self) {
        let visit = self.0.accept().map(drop);
        assert_eq!(visit.unwrap_err().kind(), ErrorKind::WouldBlock);
    }
}

#[tokio::test]
async fn an_address_inside_is_refused_however_it_is_written() {
    let bed = Bed::new();
    let made = bed.team();
    let server = bed.serve();
    let caller = Caller::with_token(&server, text(&made, "token"));
    let add = async |member: &str, url: &str| {
        let mut integration = json!({"provider": "generic", "client_id": "x"});
        integration["token_url"] = "https://provider.example/t".into();
        integration[member] = url.into();
        let answer = caller.ask("POST", "/integrations", Some(&integration));
        answer.await
    };
    for url in INSIDE {
        let answer = add("token_url", url).await;
        assert_eq!(answer.status, 400, "{url}: {}", answer.text());
        let problem = json(&answer);
        assert_eq!(problem["code"], "value_not_acceptable");
        let detail = text(&problem, "detail");
        let told = ["not public", "over https only"];
        assert!(told.iter().any(|it| detail.contains(it)), "{url}: {detail}");
    }
    for flag in FLAGS {
        let member = flag.replace('-', "_");
        for url in ["https://10.0.0.1/x", "http://169.254.169.254/x"] {
            let answer = add(&member, url).await;
            assert_eq!(answer.status, 400, "{flag}: {}", answer.text());
        }
    }
    let listed = json(&caller.ask("GET", "/integrations", None).await);
    assert_eq!(listed["items"], json!([]));
}

#[test]
fn the_command_line_refuses_it_by_every_flag() {
    let bed = Bed::new();
    bed.team();
    let trap = Trap::set();
    let inside = format!("https://127.0.0.1:{}/x", trap.port());
    for flag in FLAGS {
        let flag = format!("--{flag}");
        let mut add = vec!["integration", "add", "generic", "--client-id", "x"];
        add.extend(["--client-auth", "none", "--json"]);
        if flag != "--token-url" {
            add.extend(["--token-url", "https://provider.example/t"]);
        }
        add.extend([&*flag, &inside]);
        bed.run(&add).failed_as(2, "value_not_acceptable");
    }
    // Nor does a customer's own host lead there.
    for host in ["127.0.0.1", "169.254.169.254", "[::1]"] {
        let mut add = vec!["integration", "add", "canvas_lms", "--host", host];
        add.extend(["--client-id", "x", "--client-auth", "none", "--json"]);
        bed.run(&add).failed_as(2, "value_not_acceptable");
    }
    trap.is_untouched();
    let listed = bed.json(&["integration", "list"]);
    assert_eq!(listed["items"], json!([]));
}

/// Names that lead to this machine, by its resolver or by its list of hosts.
fn names_of_this_machine() -> Vec<String> {
    let listed = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
    let listed = listed
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .flat_map(|line| line.split_whitespace().skip(1));
    let known = [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "localhost.localdomain",
    ];
    let mut names: Vec<_> = listed.chain(known).map(str::to_owned).collect();
    names.retain(|name| {
        let found = (name.as_str(), 443).to_socket_addrs();
        found.is_ok_and(|mut all| all.any(|it| it.ip().is_loopback()))
    });
    names.sort();
    names.dedup();
    names
}

#[test]
fn a_name_that_leads_inside_is_never_asked() {
    // By the name alone, or by what it leads to.
    let told = ["this machine itself", "not public"];
    let names = names_of_this_machine();
    assert!(!names.is_empty());
    let bed = Bed::new();
    bed.team();
    let trap = Trap::set();
    for (index, name) in names.iter().enumerate() {
        let integration = format!("it-{index}");
        let url = format!("https://{name}:{}/token", trap.port());
        let mut add = vec!["integration", "add", "generic", "--client-id", "x"];
        add.extend(["--client-auth", "none", "--name", &integration, "--json"]);
        add.extend(["--token-url", &url]);
        let added = bed.run(&add);
        if added.code == Some(2) {
            let problem = added.failed_as(2, "value_not_acceptable");
            let detail = text(&problem, "detail");
            assert!(
                told.iter().any(|it| detail.contains(it)),
                "{name}: {problem}"
            );
            continue;
        }
        let import = ["connection", "import", &integration, "--name", &integration];
        bed.run_with_input(&import, STALE).succeeded();
        let problem = bed.run(&["token", &integration, "--json"]);
        let problem = problem.failed_as(6, "not_now");
        let evidence = problem["diagnosis"]["evidence"].to_string();
        let said = told.iter().any(|it| evidence.contains(it));
        assert!(said, "{name}: {problem}");
        let refresh = ["connection", "refresh", &integration, "--json"];
        bed.run(&refresh).failed_as(6, "not_now");
    }
    let issuer = format!("https://localhost:{}", trap.port());
    let mut add = vec!["integration", "add", "generic", "--client-id", "x"];
    add.extend(["--client-auth", "none", "--issuer", &issuer, "--json"]);
    let problem = bed.run(&add).failed_as(2, "value_not_acceptable");
    let detail = text(&problem, "detail");
    assert!(told.iter().any(|it| detail.contains(it)), "{problem}");
    trap.is_untouched();
}

#[test]
fn what_got_in_while_it_was_allowed_is_not_asked_any_more() {
    let it = Keeper::with_connection(FRESH);
    it.bed.run(&["connection", "refresh", "ci"]).ended_with(6);
    it.bed.run(&["connection", "check", "ci"]).ended_with(0);
    // The token that there is lives, and is served.
    it.bed.run(&["token", "ci"]).succeeded();
    it.bed
        .run(&["connection", "remove", "ci", "--yes"])
        .succeeded();
    for path in ["token", "userinfo", "revoke"] {
        let asked = it.provider.asked(path);
        assert!(asked.is_empty(), "{path}: {asked:?}");
    }
}

#[tokio::test]
async fn a_code_is_not_sent_inside_either() {
    let it = Keeper::with_integration();
    let connect = ["connect", "acme", "--no-browser", "--json"];
    let mut child = it.bed.command(&connect).spawn().unwrap();
    let mut line = String::new();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    stderr.read_line(&mut line).unwrap();
    // Whether it is said before a person was asked or after.
    if let Ok(link) = Url::parse(line.trim_end()) {
        let mut url = link;
        for _ in 0..2 {
            let site = Site::new(&url.origin().ascii_serialization()).unwrap();
            let answer = site.send(&Request::get(&url)).await.unwrap();
            let Some(next) = answer.headers.first("location") else {
                break;
            };
            url = Url::parse(next).unwrap();
        }
    }
    let output = child.wait_with_output().unwrap();
    assert!(matches!(output.status.code(), Some(1 | 2)), "{output:?}");
    let problem: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(problem.to_string().contains("over https only"), "{problem}");
    assert!(it.provider.asked("token").is_empty());
}

/// Endpoints beside the token endpoint, that lead on.
const MOVED: &[Trick] = &[
    Trick {
        name: ".well-known/openid-configuration",
        play: moved,
    },
    Trick {
        name: ".well-known/oauth-authorization-server",
        play: moved,
    },
    Trick {
        name: "userinfo",
        play: moved,
    },
    Trick {
        name: "revoke",
        play: moved,
    },
];

#[test]
fn no_redirect_is_followed_wherever_it_is_met() {
    let bed = Bed::new();
    bed.team();
    let trap = Trap::set();
    let stage = Stage::open(MOVED, format!("http://127.0.0.1:{}/", trap.port()));
    let run = |arguments: &[&str], input: &str| {
        let all = [&["--allow-private-providers", "1"], arguments].concat();
        bed.run_with_input(&all, input)
    };
    let base = stage.url("");
    let mut add = vec!["integration", "add", "generic", "--client-id", "x"];
    add.extend(["--client-auth", "none", "--name", "acme", "--json"]);
    let discovered = [&add[..], &["--issuer", base.trim_end_matches('/')]].concat();
    run(&discovered, "").failed_as(2, "value_not_acceptable");
    let urls = ["token", "userinfo", "revoke"].map(|path| stage.url(path));
    let [token, userinfo, revoke] = urls.each_ref().map(String::as_str);
    add.extend(["--token-url", token, "--userinfo-url", userinfo]);
    add.extend(["--revocation-url", revoke]);
    run(&add, "").succeeded();
    run(&["connection", "import", "acme", "--name", "ci"], FRESH).succeeded();
    run(&["connection", "check", "ci"], "");
    run(&["connection", "remove", "ci", "--yes"], "").succeeded();
    for trick in MOVED {
        assert!(stage.asked(trick.name) > 0, "{} was not asked", trick.name);
    }
    trap.is_untouched();
}
