//! Everything that was left behind, searched for every secret that was used.

use std::fs;

use serde_json::Value;

use super::Run;
use crate::secrets::exchange::Exchange;
use crate::secrets::{Place, files, rows};

impl Run {
    /// The answers that wait in the spool.
    pub(super) fn spooled(&self) -> Vec<Place> {
        let folders = self.it.spools().into_iter();
        let inside = folders.flat_map(|it| fs::read_dir(it).into_iter().flatten().flatten());
        let answers = inside.filter(|it| it.file_name().to_string_lossy().ends_with(".answer"));
        answers
            .filter_map(|it| {
                let name = format!("spool {}", it.file_name().to_string_lossy());
                Some((name, fs::read(it.path()).ok()?))
            })
            .collect()
    }

    /// Takes down what the provider and we said to one another.
    fn know_all(&mut self) {
        for asked in ["token", "authorize", "revoke"] {
            for form in self.it.provider.asked(asked) {
                for name in ["code", "code_verifier", "state", "refresh_token", "token"] {
                    if let Some(value) = form.get(name) {
                        self.ledger.add(name, value);
                    }
                }
            }
        }
        let tokens: Vec<String> = self.it.provider.book(|book| book.all().cloned().collect());
        for token in tokens {
            self.ledger.add("token", &token);
        }
    }

    /// Searches everything.
    pub(super) async fn is_clean(&mut self) {
        let metrics = self.get("/metrics").await.unwrap().body;
        self.places.push(("metrics".to_owned(), metrics));
        let data = self.it.bed.data();
        // While it runs, the database has its log beside it.
        self.places.extend(files(&data));
        self.stop();
        self.places.extend(files(&data));
        self.places.extend(rows(&data.join("evergrant.db")));
        let printed = fs::read(self.it.bed.path("printed")).unwrap();
        assert!(!String::from_utf8_lossy(&printed).contains("panicked"));
        self.places
            .push(("the log of the server".to_owned(), printed));
        self.know_all();
        let mut answers = Vec::new();
        for exchange in self.proxy.exchanges() {
            answers.extend_from_slice(&exchange.answer);
            self.places.push((exchange.name(), rest(&exchange)));
        }
        // Where secrets are handed out they are found, or the search would be blind.
        assert!(self.ledger.found_in(&answers).len() > 5);
        let (secrets, places) = (self.ledger.len(), self.places.len());
        assert!(secrets > 100, "only {secrets} forms of secrets were used");
        assert!(places > 150, "only {places} places were searched");
        let mut found = Vec::new();
        for (place, bytes) in &self.places {
            let there = self.ledger.found_in(bytes).into_iter();
            found.extend(there.map(|secret| format!("{secret} in {place}")));
        }
        found.sort();
        found.dedup();
        assert!(found.is_empty(), "\n{}", found.join("\n"));
    }
}

/// An answer without what it is there to hand out.
fn rest(exchange: &Exchange) -> Vec<u8> {
    let answer = String::from_utf8_lossy(&exchange.answer).into_owned();
    let request = String::from_utf8_lossy(&exchange.request);
    let mut words = request.split(' ');
    let (method, target) = (words.next().unwrap(), words.next().unwrap_or_default());
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    let handed = match (method, target) {
        ("GET", path) if path.ends_with("/token") => json["access_token"].as_str(),
        // The link, with its ticket.
        ("POST", "/api/v1/connections") => json["url"].as_str(),
        // Where the browser is sent, which is to bring the state back.
        ("POST", path) if path.starts_with("/connect/") => {
            let lines = head.lines().filter_map(|line| line.split_once(": "));
            let mut to = lines.filter(|(name, _)| name.eq_ignore_ascii_case("location"));
            to.next().map(|(_, value)| value)
        }
        // The form leads to the address that the page was asked by.
        ("GET", path) if path.starts_with("/connect/") => Some(path),
        _ => None,
    };
    let handed = handed.unwrap_or_default().to_owned();
    if handed.is_empty() {
        return answer.into_bytes();
    }
    // A page may lead to its own address more than once; a secret is handed out once.
    let times = if method == "GET" && target == handed {
        usize::MAX
    } else {
        1
    };
    answer.replacen(&handed, "", times).into_bytes()
}
