//! A provider's own book of one-time refresh tokens: which one is current, what was presented how
//! often, and when each access token ends.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Families of tokens. A refresh token that comes a second time ends its family.
#[derive(Default)]
pub(super) struct Families {
    /// How long the next access token lives.
    pub(super) lifetime: Duration,
    /// The family of each refresh token.
    refresh: BTreeMap<String, usize>,
    /// How often each refresh token was presented.
    presented: BTreeMap<String, u32>,
    /// The family of each access token, and its end.
    access: BTreeMap<String, (usize, Instant)>,
    over: BTreeSet<usize>,
    made: u32,
}

impl Families {
    /// A family begins with this refresh token.
    pub(super) fn begin(&mut self, refresh_token: &str) {
        let family = self.refresh.len();
        self.refresh.insert(refresh_token.to_owned(), family);
    }

    /// What the token endpoint answers to a refresh token.
    pub(super) fn present(&mut self, refresh_token: &str) -> (u16, String) {
        let times = self.presented.entry(refresh_token.to_owned()).or_default();
        *times += 1;
        let again = *times > 1;
        let Some(family) = self.refresh.get(refresh_token).copied() else {
            return refused("The refresh token is unknown.");
        };
        if again {
            self.over.insert(family);
            return refused("The refresh token was used before; its family has ended.");
        }
        if self.over.contains(&family) {
            return refused("The family of this refresh token has ended.");
        }
        (200, self.tokens(family))
    }

    /// What the token endpoint answers to a code.
    pub(super) fn first(&mut self) -> (u16, String) {
        let family = self.refresh.len();
        (200, self.tokens(family))
    }

    fn tokens(&mut self, family: usize) -> String {
        self.made += 1;
        let (access, next) = (self.token("access"), self.token("refresh"));
        let end = Instant::now() + self.lifetime;
        self.access.insert(access.clone(), (family, end));
        self.refresh.insert(next.clone(), family);
        format!(
            r#"{{"access_token":"{access}","refresh_token":"{next}","expires_in":{},
            "token_type":"Bearer","scope":"read write"}}"#,
            self.lifetime.as_secs()
        )
    }

    /// Long enough to be found wherever it should not be.
    fn token(&self, kind: &str) -> String {
        let spread = u64::from(self.made).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!("{kind}-{}-{spread:016x}", self.made)
    }

    /// Whether an access token opens anything now.
    pub(super) fn accepts(&self, access_token: &str) -> bool {
        self.lived_until(access_token)
            .is_some_and(|end| Instant::now() < end)
    }

    /// When an access token ends or ended; nothing if it is unknown, or its family has ended.
    pub(super) fn lived_until(&self, access_token: &str) -> Option<Instant> {
        let (family, end) = self.access.get(access_token)?;
        (!self.over.contains(family)).then_some(*end)
    }

    /// How often each refresh token was presented.
    pub(super) fn presented(&self) -> &BTreeMap<String, u32> {
        &self.presented
    }

    /// Every token that was given or presented.
    pub(super) fn all(&self) -> impl Iterator<Item = &String> {
        let refresh = self.refresh.keys().chain(self.presented.keys());
        refresh.chain(self.access.keys())
    }

    /// How many families were ended by a token that came again.
    pub(super) fn ended(&self) -> usize {
        self.over.len()
    }
}

fn refused(why: &str) -> (u16, String) {
    let body = format!(r#"{{"error":"invalid_grant","error_description":"{why}"}}"#);
    (400, body)
}
