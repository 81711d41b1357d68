//! A keeper on a real store, with a provider that a test tells what to say and a clock that a test
//! moves: who asks when, and how many at once.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use evergrant_service::core::held::integration::Overrides;
use evergrant_service::core::held::plan::Request;
use evergrant_service::core::held::provider::Endpoints;
use evergrant_service::core::held::serve::MinTtl;
use evergrant_service::core::held::{RawAnswer, ReplayPolicy};
use evergrant_service::core::id::{Chance, ProcessId};
use evergrant_service::core::{Secret, Span, Time};
use evergrant_service::held::import::NewImport;
use evergrant_service::held::spool::Folder as SpoolFolder;
use evergrant_service::held::wire::{Limits, Line, Silence, Unreachable, Wire};
use evergrant_service::held::{Bounds, Ground};
use evergrant_service::manage::integrations::NewIntegration;
use evergrant_service::manage::setup::Setup;
use evergrant_service::store::PageRequest;
use evergrant_service::store::engine::Pending;
use evergrant_service::{Caller, Failure, Service, Settings, World, Wrong};
use url::Url;

use crate::bed::Bed;
use crate::world::NOW;

/// A clock that stands still until it is moved.
#[derive(Default)]
struct Clock {
    millis: AtomicI64,
    drawn: AtomicUsize,
}

impl World for Clock {
    fn now(&self) -> Time {
        NOW.plus(self.uptime())
    }

    fn uptime(&self) -> Span {
        Span::from_millis(self.millis.load(Ordering::SeqCst))
    }

    fn fill(&self, bytes: &mut [u8]) {
        let number = self.drawn.fetch_add(1, Ordering::SeqCst);
        let seed = number.to_le_bytes();
        for (byte, from) in bytes.iter_mut().zip(seed.iter().cycle()) {
            *byte = *from;
        }
    }
}

#[derive(Clone, Copy)]
enum Says {
    Tokens,
    /// 429, and after how long to come back.
    TooMany(Option<u32>),
    Unreachable,
}

struct Script {
    says: Mutex<Says>,
    takes: Duration,
    asked: Mutex<BTreeMap<String, usize>>,
    inside: AtomicUsize,
    most: AtomicUsize,
}

struct Told(Arc<Script>);

impl Wire for Told {
    fn lay<'a>(&'a self, _: &'a Url, _: Limits) -> Pending<'a, Result<Box<dyn Line>, Unreachable>> {
        let line: Box<dyn Line> = Box::new(Told(Arc::clone(&self.0)));
        let gone = matches!(*self.0.says.lock().unwrap(), Says::Unreachable);
        if gone {
            self.0.note("unreachable");
        }
        let laid = if gone {
            Err(Unreachable::Failed("nobody is there".into()))
        } else {
            Ok(line)
        };
        Box::pin(std::future::ready(laid))
    }
}

impl Line for Told {
    fn exchange(self: Box<Self>, request: Request) -> Pending<'static, Result<RawAnswer, Silence>> {
        let script = Arc::clone(&self.0);
        Box::pin(async move { Ok(script.answer(&request).await) })
    }
}

impl Script {
    fn note(&self, what: &str) {
        *self
            .asked
            .lock()
            .unwrap()
            .entry(what.to_owned())
            .or_default() += 1;
    }

    async fn answer(&self, request: &Request) -> RawAnswer {
        let inside = self.inside.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(inside, Ordering::SeqCst);
        let form = &request.body.as_ref().unwrap().text;
        let form = url::form_urlencoded::parse(form.expose().as_bytes());
        let token = form.into_owned().find(|(name, _)| name == "refresh_token");
        let token = token.unwrap().1;
        self.note(&token);
        tokio::time::sleep(self.takes).await;
        self.inside.fetch_sub(1, Ordering::SeqCst);
        let (status, wait, body) = match *self.says.lock().unwrap() {
            Says::TooMany(wait) => (429, wait, String::new()),
            Says::Tokens | Says::Unreachable => {
                let body = format!(
                    r#"{{"access_token":"at-{token}","refresh_token":"{token}","expires_in":3600}}"#
                );
                (200, None, body)
            }
        };
        let wait = wait.map(|it| ("retry-after".to_owned(), it.to_string()));
        RawAnswer {
            status,
            headers: wait.into_iter().collect(),
            body: body.into_bytes().into(),
            complete: true,
        }
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().values().sum()
    }

    /// How many different connections were asked for.
    fn who(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

struct Keeping {
    bed: Bed,
    clock: Arc<Clock>,
    script: Arc<Script>,
    service: Arc<Service>,
    caller: Caller,
}

impl Keeping {
    /// With so many connections that have to be refreshed, `c0` and on.
    async fn begin(connections: usize, takes: Duration, at_once: usize) -> Self {
        let bed = Bed::sqlite();
        let clock = Arc::new(Clock::default());
        let script = Arc::new(Script {
            says: Mutex::new(Says::Tokens),
            takes,
            asked: Mutex::default(),
            inside: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        });
        let service = start(&bed, &clock, &script, at_once).await;
        let setup = Setup {
            team: "Acme".into(),
            email: "o@acme.example".into(),
            password: None,
        };
        service.set_up(&setup).await.unwrap();
        let caller = service.operator().await.unwrap();
        let it = Self {
            bed,
            clock,
            script,
            service,
            caller,
        };
        it.integration().await;
        for number in 0..connections {
            it.import(&format!("c{number}"), None).await;
        }
        it
    }

    async fn integration(&self) {
        let new = NewIntegration {
            provider: "generic".into(),
            name: Some("acme".into()),
            client_id: "ours".into(),
            client_secret: None,
            scopes: Vec::new(),
            overrides: Overrides {
                endpoints: Endpoints {
                    token: Some("https://provider.example/token".into()),
                    ..Endpoints::default()
                },
                replay: Some(ReplayPolicy::Strict),
                ..Overrides::default()
            },
            discover: None,
        };
        self.service
            .add_integration(&self.caller, &new)
            .await
            .unwrap();
    }

    async fn import(&self, name: &str, lives: Option<i64>) {
        let new = NewImport {
            integration: "acme".into(),
            name: name.into(),
            owner: None,
            access_token: lives.map(|_| Secret::new(format!("at-{name}"))),
            refresh_token: Some(Secret::new(format!("rt-{name}"))),
            expires_in: lives.map(Span::from_seconds),
            scope: None,
        };
        let made = self.service.import_connection(&self.caller, &new).await;
        made.unwrap();
    }

    fn says(&self, says: Says) {
        *self.script.says.lock().unwrap() = says;
    }

    /// So much time passes, and the scheduler looks each fifth of a second.
    async fn pass(&self, span: Span) {
        let end = self.clock.uptime().plus(span);
        while self.clock.uptime() < end {
            self.service.turn().await.unwrap();
            self.service.drain_held().await;
            self.clock.millis.fetch_add(200, Ordering::SeqCst);
        }
    }
}

async fn start(
    bed: &Bed,
    clock: &Arc<Clock>,
    script: &Arc<Script>,
    at_once: usize,
) -> Arc<Service> {
    let chance = clock.drawn.fetch_add(1, Ordering::SeqCst);
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&chance.to_le_bytes());
    let process = ProcessId::new(clock.now(), Chance(bytes));
    let ground = Ground {
        wire: Arc::new(Told(Arc::clone(script))),
        spool: Arc::new(SpoolFolder::new(bed.folder.path().join("spool"), process)),
        bounds: Bounds {
            at_once,
            ..Bounds::default()
        },
    };
    let world: Arc<dyn World> = Arc::clone(clock) as Arc<dyn World>;
    let settings = Settings::new("http://localhost");
    let service = Service::start_on(bed.open().await, world, settings, ground);
    service.await.unwrap()
}

const MINUTE: Span = Span::from_seconds(60);
const SOON: Span = Span::from_seconds(5);

#[tokio::test]
async fn when_a_trouble_is_over_all_that_waited_for_it_begin_within_five_seconds() {
    let it = Keeping::begin(5, Duration::ZERO, 32).await;
    it.says(Says::TooMany(None));
    for _ in 0..15 {
        it.pass(MINUTE).await;
    }
    let before = it.script.asked();
    it.pass(MINUTE).await;
    let probes = it.script.asked() - before;
    assert!(
        (10..=16).contains(&probes),
        "{probes} in a minute, one each four seconds"
    );
    it.script.asked.lock().unwrap().clear();
    it.says(Says::Tokens);
    it.pass(SOON.plus(Span::from_seconds(2))).await;
    assert_eq!(it.script.who(), 5);
    assert_eq!(it.script.asked(), 5, "each of them once");
}

#[tokio::test]
async fn the_only_connection_of_an_integration_is_back_within_five_seconds_too() {
    for says in [Says::TooMany(None), Says::Unreachable] {
        let it = Keeping::begin(1, Duration::ZERO, 32).await;
        it.says(says);
        for _ in 0..15 {
            it.pass(MINUTE).await;
        }
        it.script.asked.lock().unwrap().clear();
        it.says(Says::Tokens);
        it.pass(SOON).await;
        assert_eq!(it.script.asked(), 1);
    }
}

#[tokio::test]
async fn what_the_provider_asked_for_is_honoured_whatever_happens_to_others() {
    let it = Keeping::begin(1, Duration::ZERO, 32).await;
    it.says(Says::TooMany(Some(3_000)));
    it.pass(SOON).await;
    assert_eq!(it.script.asked(), 1);
    for number in 1..5 {
        it.import(&format!("c{number}"), None).await;
    }
    it.says(Says::TooMany(None));
    for _ in 0..5 {
        it.pass(MINUTE).await;
    }
    it.says(Says::Tokens);
    it.pass(MINUTE).await;
    let asked = it.script.asked.lock().unwrap().clone();
    assert_eq!((asked.len(), asked["rt-c0"]), (5, 1), "{asked:?}");
}

#[tokio::test]
async fn a_process_that_begins_sees_at_once_whether_a_trouble_is_over() {
    let it = Keeping::begin(3, Duration::ZERO, 32).await;
    it.says(Says::TooMany(None));
    for _ in 0..15 {
        it.pass(MINUTE).await;
    }
    it.script.asked.lock().unwrap().clear();
    it.says(Says::Tokens);
    let second = start(&it.bed, &it.clock, &it.script, 32).await;
    let background = evergrant_service::background::start(&second);
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        it.clock.millis.fetch_add(100, Ordering::SeqCst);
    }
    drop(background);
    assert_eq!((it.script.who(), it.script.asked()), (3, 3));
}

#[tokio::test]
async fn a_crowd_of_readers_keeps_to_the_room_of_the_integration() {
    let it = Keeping::begin(12, Duration::from_millis(40), 2).await;
    let mut readers = tokio::task::JoinSet::new();
    for number in 0..36 {
        let (service, caller) = (Arc::clone(&it.service), it.caller.clone());
        let name = format!("c{}", number % 12);
        readers.spawn(async move { service.token(&caller, &name, MinTtl::Usual).await });
    }
    for read in readers.join_all().await {
        read.unwrap();
    }
    assert_eq!((it.script.who(), it.script.asked()), (12, 12));
    assert_eq!(it.script.most.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn while_there_is_trouble_readers_cause_no_request_each() {
    let it = Keeping::begin(20, Duration::ZERO, 32).await;
    it.import("living", Some(50)).await;
    it.says(Says::TooMany(None));
    for number in 0..20 {
        let name = format!("c{number}");
        let read = it.service.token(&it.caller, &name, MinTtl::Usual).await;
        let Err(Failure::Wrong(Wrong::NotNow(blocked))) = read else {
            panic!("{read:?}");
        };
        assert!(blocked.retry_after <= MINUTE);
    }
    assert_eq!(it.script.asked(), 8, "then the integration is left alone");
    it.clock.millis.fetch_add(45_000, Ordering::SeqCst);
    it.service
        .token(&it.caller, "c19", MinTtl::Usual)
        .await
        .unwrap_err();
    let asked = it.script.asked();
    let living = it.service.token(&it.caller, "living", MinTtl::Usual).await;
    assert_eq!(living.unwrap().access_token.expose(), "at-living");
    assert_eq!(it.script.asked(), asked);
}

#[tokio::test]
async fn an_orderly_stop_writes_the_last_counts_of_reads() {
    let it = Keeping::begin(0, Duration::ZERO, 32).await;
    it.import("c0", Some(3_600)).await;
    for _ in 0..7 {
        it.service
            .token(&it.caller, "c0", MinTtl::Usual)
            .await
            .unwrap();
    }
    it.service.drain_held().await;
    let seen = it.service.connection(&it.caller, "c0").await.unwrap();
    let store = it.service.store();
    let page = PageRequest::default();
    let reads = store
        .reads_of(seen.loaded.connection.id, &page)
        .await
        .unwrap();
    let counts: Vec<_> = reads.items.iter().map(|it| it.count).collect();
    assert_eq!(counts, [7]);
}
