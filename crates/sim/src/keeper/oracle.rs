//! The judge: keeps the providers, sees every request, every commit and every death, and knows
//! what must hold (DESIGN section 9).

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use evergrant_service::core::held::{RawAnswer, State};
use evergrant_service::core::id::{ConnectionId, GrantId};
use evergrant_service::core::{Span, Time};
use evergrant_service::store::held::Loaded;
use evergrant_service::store::{PageRequest, Store};
use url::form_urlencoded;

use crate::keeper::counts::Counts;
use crate::keeper::disk::Disk;
use crate::keeper::fate::{Fate, Sky};
use crate::keeper::provider::{Family, Habit, Said};

/// The shortest wait between two tries, for the rule that nobody hammers.
const PACE: Span = Span::from_millis(800);

/// The judge.
pub(crate) struct Oracle {
    store: Store,
    disks: Vec<Arc<Disk>>,
    seen: Mutex<Knowledge>,
}

#[derive(Default)]
struct Knowledge {
    families: BTreeMap<String, Family>,
    connections: BTreeMap<String, ConnectionId>,
    /// Which refresh token reached which process, whole.
    delivered: BTreeMap<String, Arc<Fate>>,
    /// Tokens that died with a process before they could be written down: nobody could help it.
    excused: BTreeSet<String>,
    /// Families that a repeated request, or a clock that was set, may have ended.
    disturbed: BTreeSet<String>,
    generations: BTreeMap<GrantId, u64>,
    clock_set: bool,
    violation: Option<String>,
    counts: Counts,
}

/// The outcome of something that never waits: the judge's own look at the store.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(it) => Some(it),
        Poll::Pending => None,
    }
}

impl Oracle {
    pub(crate) fn new(store: Store, disks: Vec<Arc<Disk>>) -> Self {
        Self {
            store,
            disks,
            seen: Mutex::default(),
        }
    }

    fn seen(&self) -> MutexGuard<'_, Knowledge> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn violation(&self) -> Option<String> {
        self.seen().violation.clone()
    }

    pub(crate) fn counts(&self) -> Counts {
        self.seen().counts
    }

    pub(crate) fn wrong(&self, sky: &Sky, what: impl Into<String>) {
        let what = what.into();
        sky.say(|| format!("VIOLATION {what}"));
        self.seen().violation.get_or_insert(what);
    }

    /// A provider gave a first pair of tokens.
    pub(crate) fn issued(&self, name: &str, family: Family) {
        self.seen().families.insert(name.to_owned(), family);
    }

    /// They are a connection.
    pub(crate) fn imported(&self, name: &str, connection: ConnectionId) {
        self.seen().connections.insert(name.to_owned(), connection);
    }

    pub(crate) fn clock_was_set(&self) {
        self.seen().clock_set = true;
    }

    pub(crate) fn lifetime(&self, token: &str) -> Span {
        let seen = self.seen();
        let family = seen.families.get(Family::name_of(token));
        family.map_or(Span::from_seconds(60), |it| it.lifetime)
    }

    /// A process is no more. What reached it and is written nowhere died with it.
    pub(crate) fn died(&self, process: &str) {
        let theirs: Vec<String> = {
            let mut seen = self.seen();
            seen.counts.kills += 1;
            let of_it = seen.delivered.iter().filter(|(_, it)| it.name == process);
            of_it.map(|(token, _)| token.clone()).collect()
        };
        for token in theirs {
            if !self.is_written(&token) {
                self.seen().excused.insert(token);
            }
        }
    }

    /// A whole answer reached a process that lives.
    pub(crate) fn delivered(&self, fate: &Arc<Fate>, answer: &RawAnswer) {
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let whole = answer.complete && answer.status == 200;
        if let Some(token) = refresh_in(&text).filter(|_| whole) {
            self.seen().delivered.insert(token, Arc::clone(fate));
        }
    }

    /// A refresh token is presented.
    pub(crate) fn present(&self, fate: &Fate, form: &str) -> Said {
        let sky = &fate.sky;
        let Some(token) = field(form, "refresh_token") else {
            return Said::Refused;
        };
        let name = Family::name_of(&token).to_owned();
        sky.say(|| format!("{} presents {token}", fate.name));
        let before = {
            let mut seen = self.seen();
            seen.counts.presented += 1;
            let before = seen.families.get(&name);
            before.and_then(|it| it.presented.get(&token)).cloned()
        };
        let now = sky.now();
        if let Some(before) = &before {
            self.seen().counts.replays += 1;
            self.may_replay(fate, &name, &token, before);
        }
        let mut seen = self.seen();
        let Some(family) = seen.families.get_mut(&name) else {
            return Said::Refused;
        };
        family.presented.entry(token.clone()).or_default().push(now);
        let newest = family.current.clone();
        let alive = !family.dead;
        let said = family.present(&token, provider_time(sky));
        let burned = alive && family.dead;
        let disturbed = seen.disturbed.contains(&name);
        sky.say(|| format!("the provider says {said:?}"));
        let reached = seen.delivered.get(&newest).cloned();
        let excused = seen.excused.contains(&newest);
        drop(seen);
        if burned && !disturbed && reached.is_some() && !excused && newest != token {
            let what = format!("BURN: {token} was sent again though {newest} had reached us");
            self.wrong(sky, what);
        }
        said
    }

    /// Whether a second request with the same token is within the rules.
    fn may_replay(&self, fate: &Fate, name: &str, token: &str, before: &[Time]) {
        let sky = &fate.sky;
        let Some((family, loaded)) = self.look(name) else {
            return;
        };
        let (Some(first), Some(last)) = (before.first(), before.last()) else {
            return;
        };
        let now = sky.now();
        if self.seen().clock_set || self.seen().disturbed.contains(name) {
            return;
        }
        let grant = &loaded.grant;
        let tenth = Span::from_millis(grant.lifetime().millis() / 10).min(Span::from_seconds(30));
        let end = grant.access.end().unwrap_or_default();
        let near_end = now >= end.minus(tenth);
        let allowed = match family.habit {
            Habit::Reusable | Habit::UntilFirstUse => true,
            Habit::Window(span) => now.since(*first) < span || near_end,
            Habit::Strict | Habit::Soft => near_end,
        };
        if !allowed {
            let left = end.since(now).millis();
            let what = format!("EARLY: {token} again, {left} ms before the access token's end");
            self.wrong(sky, what);
        } else if family.habit != Habit::Reusable && now.since(*last) < PACE {
            let inside = matches!(family.habit, Habit::Window(_)) && before.len() == 1;
            if !inside && fate.name != "operator" {
                self.wrong(sky, format!("HAMMER: {token} twice within a moment"));
            }
        }
    }

    /// The same request arrives once more, by no doing of ours.
    pub(crate) fn repeat(&self, sky: &Sky, form: &str) {
        if let Some(token) = field(form, "refresh_token") {
            let name = Family::name_of(&token).to_owned();
            let mut seen = self.seen();
            if let Some(family) = seen.families.get_mut(&name) {
                drop(family.present(&token, provider_time(sky)));
            }
            seen.disturbed.insert(name);
        }
    }

    pub(crate) fn revoke(&self, sky: &Sky, form: &str) {
        if let Some(token) = field(form, "token") {
            sky.say(|| format!("{token} is given back"));
            if let Some(family) = self.seen().families.get_mut(Family::name_of(&token)) {
                family.end();
            }
        }
    }

    fn look(&self, name: &str) -> Option<(Family, Loaded)> {
        let (family, connection) = {
            let seen = self.seen();
            let family = seen.families.get(name)?.clone();
            (family, *seen.connections.get(name)?)
        };
        let loaded = at_once(self.store.connection(connection))?.ok()??;
        Some((family, loaded))
    }

    /// After each commit: generations never fall, and tokens never go by themselves.
    pub(crate) fn committed(&self, sky: &Sky) {
        self.seen().counts.commits += 1;
        let names: Vec<String> = self.seen().families.keys().cloned().collect();
        for name in names {
            let Some((_, loaded)) = self.look(&name) else {
                continue;
            };
            let (grant, state) = (&loaded.grant, loaded.connection.standing.state);
            let fell = {
                let mut seen = self.seen();
                let known = seen.generations.entry(grant.id).or_default();
                let fell = grant.generation < *known;
                *known = grant.generation;
                fell
            };
            if fell {
                self.wrong(sky, format!("REGRESS: {name} fell to {}", grant.generation));
            }
            let kept = at_once(self.store.kept(grant));
            let there = matches!(&kept, Some(Ok(Some(kept))) if kept.tokens.refresh.is_some());
            if !there && state != State::Revoked {
                self.wrong(
                    sky,
                    format!("GONE: {name} has no refresh token in {state:?}"),
                );
            }
        }
    }

    /// Whether a token stands anywhere that survives us.
    fn is_written(&self, token: &str) -> bool {
        let connection = self.seen().connections.get(Family::name_of(token)).copied();
        let Some(connection) = connection else {
            return false;
        };
        let Some(Ok(Some(loaded))) = at_once(self.store.connection(connection)) else {
            return false;
        };
        if let Some(Ok(Some(kept))) = at_once(self.store.kept(&loaded.grant)) {
            let both = [Some(&kept.tokens), kept.runner_up.as_ref()];
            let has = |it: &&evergrant_service::core::held::Tokens| {
                it.refresh.as_ref().is_some_and(|it| it.expose() == token)
            };
            if both.into_iter().flatten().any(|it| has(&it)) {
                return true;
            }
        }
        let holds = |answer: &RawAnswer| {
            String::from_utf8_lossy(&answer.body).contains(&format!("\"{token}\""))
        };
        let page = PageRequest {
            limit: PageRequest::MAX,
            ..PageRequest::default()
        };
        if let Some(Ok(page)) = at_once(self.store.history(connection, &page)) {
            for attempt in page.items {
                for send in 0..attempt.sends.len() {
                    let answer = at_once(self.store.answer(attempt.id, send));
                    if matches!(&answer, Some(Ok(Some(answer))) if holds(answer)) {
                        return true;
                    }
                }
            }
        }
        self.disks
            .iter()
            .flat_map(|disk| disk.answers())
            .any(|(slip, sealed)| {
                let opened = self.store.open_answer(slip.attempt, slip.send, &sealed);
                opened.is_ok_and(|answer| holds(&answer))
            })
    }

    pub(crate) fn served(&self, sky: &Sky, name: &str, token: &str) {
        let mut seen = self.seen();
        seen.counts.reads += 1;
        let Some(family) = seen.families.get(name) else {
            return;
        };
        // Clocks have no smaller parts; and who brings a token does not say how old it is.
        let brought = token.ends_with(".1");
        let blur = Span::from_millis(if brought { 10 } else { 1 });
        let end = family.access.get(token);
        let lives = end.is_some_and(|end| end.plus(blur) > provider_time(sky));
        if !lives && !seen.clock_set {
            drop(seen);
            self.wrong(sky, format!("DEAD TOKEN: {name} was given {token}"));
        }
    }

    /// A read failed; it must not, if the token lives and the store is there.
    pub(crate) fn withheld(&self, sky: &Sky, name: &str, why: &str) {
        let Some((_, loaded)) = self.look(name) else {
            return;
        };
        let state = loaded.connection.standing.state;
        let lives = loaded.grant.access.lives(sky.now());
        if lives && !matches!(state, State::Suspended | State::Revoked) {
            self.wrong(sky, format!("WITHHELD: {name} in {state:?}: {why}"));
        }
    }

    /// When all has been calm for long: nothing is lost, nothing hangs.
    pub(crate) fn last_look(&self, sky: &Sky) {
        let names: Vec<String> = self.seen().families.keys().cloned().collect();
        for name in names {
            let Some((family, loaded)) = self.look(&name) else {
                continue;
            };
            let state = loaded.connection.standing.state;
            let (disturbed, excused, reached) = {
                let seen = self.seen();
                let newest = &family.current;
                (
                    seen.disturbed.contains(&name),
                    seen.excused.contains(newest),
                    seen.delivered.contains_key(newest),
                )
            };
            sky.say(|| format!("at the end {name} is {state:?}, {family:?}"));
            if disturbed {
                continue;
            }
            let held = !family.dead
                && (self.is_written(&family.current) || family.current.ends_with(".1"));
            match state {
                State::InDoubt | State::Degraded => {
                    self.wrong(sky, format!("STUCK: {name} is still {state:?}"));
                }
                State::NeedsReauth if held => {
                    self.wrong(
                        sky,
                        format!("STUCK: {name} needs a person, and its token lives"),
                    );
                }
                State::Revoked if !family.dead && reached && !excused => {
                    self.wrong(sky, format!("ORPHAN: {name} lives on at the provider"));
                }
                State::NeedsReauth if !family.dead && reached && !excused => {
                    self.wrong(sky, format!("LOST: {} of {name}", family.current));
                }
                State::Active if family.dead && !family.ended => {
                    self.wrong(
                        sky,
                        format!("BLIND: {name} is active, and its grant is dead"),
                    );
                }
                _ => {}
            }
        }
    }
}

/// Providers have clocks of their own that nobody sets.
fn provider_time(sky: &Sky) -> Time {
    Time::from_seconds(1_900_000_000).plus(sky.uptime())
}

fn field(form: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(form.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

fn refresh_in(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("\"refresh_token\":\"")?;
    rest.split_once('"').map(|(token, _)| token.to_owned())
}
