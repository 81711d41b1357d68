//! One case: a store of its own, a connection with a server's first tokens behind a proxy, and the
//! processes that look after it, one after the other.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use evergrant_sim::proxy::Proxy;
use evergrant_sim::upstream::{Pair, Upstream};
use evergrant_web::outward::{Outward, Policy};
use evergrant_web::service::core::held::State;
use evergrant_web::service::core::held::serve::MinTtl;
use evergrant_web::service::core::id::{Chance, ConnectionId, ProcessId};
use evergrant_web::service::core::{Secret, Span};
use evergrant_web::service::held::spool::Folder;
use evergrant_web::service::held::{Bounds, Ground};
use evergrant_web::service::store::engine::sqlite::{Options, Sqlite, Synchronous};
use evergrant_web::service::store::held::Loaded;
use evergrant_web::service::store::open_engine;
use evergrant_web::service::store::seal::MasterKeySource;
use evergrant_web::service::{Service, Settings, World as _};
use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::case::Case;
use crate::clock::Clock;
use crate::end::End;
use crate::furnish::{self, Begun, NAME};
use crate::process::{Fate, Laid, Scene, Step, Watched, Way};
use crate::record::Record;

/// What one exchange may take: short, so that a late answer is waited for in little time.
pub(crate) const REQUEST: Span = Span::from_seconds(3);
/// More turns than any case needs.
const TURNS: u32 = 400;
/// By when a process must have come to its end.
const PATIENCE: Duration = Duration::from_secs(90);
/// Longer than a reader may have to wait, so that a token does not end meanwhile.
const SOON: Span = Span::from_seconds(10);
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A folder, a clock, a proxy and a record: what outlives a process.
pub(crate) struct Bed<'a> {
    pub(crate) upstream: &'a Upstream,
    folder: PathBuf,
    pub(crate) clock: Arc<Clock>,
    pub(crate) proxy: Arc<Proxy>,
    pub(crate) record: Arc<Record>,
}

impl Drop for Bed<'_> {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// How a case went.
pub(crate) struct Lived {
    pub(crate) begun: Begun,
    pub(crate) end: End,
    /// How many processes died.
    pub(crate) deaths: usize,
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

impl<'a> Bed<'a> {
    pub(crate) fn new(upstream: &'a Upstream) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("evergrant-upstreams-{}-{count}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        Self {
            upstream,
            folder,
            clock: Arc::default(),
            proxy: Arc::new(Proxy::before(&upstream.token_url).unwrap()),
            record: Arc::default(),
        }
    }

    /// The process of that number, with its spool in that folder.
    pub(crate) async fn process(&self, life: usize, fate: Arc<Fate>, spool: &str) -> Arc<Service> {
        // A killed process loses nothing that the system was given.
        let options = Options {
            synchronous: Synchronous::Normal,
            readers: 1,
        };
        let inner = Sqlite::open(&self.folder.join("evergrant.db"), options).unwrap();
        let engine = Arc::new(Watched {
            inner,
            fate: Arc::clone(&fate),
        });
        let key = MasterKeySource::Text(Secret::new(KEY.to_owned()));
        let now = self.clock.now();
        let store = open_engine(engine, &key, now).await.unwrap();
        let mut chance = [0; 16];
        self.clock.fill(&mut chance);
        let me = ProcessId::new(now, Chance(chance));
        let policy = Policy {
            allow_private: true,
        };
        let scene = Scene {
            life,
            fate: Arc::clone(&fate),
            record: Arc::clone(&self.record),
            clock: Arc::clone(&self.clock),
            proxy: Arc::clone(&self.proxy),
        };
        let ground = Ground {
            wire: Arc::new(Way {
                inner: Outward::new(policy, b"").unwrap(),
                scene,
            }),
            spool: Arc::new(Laid {
                inner: Folder::new(self.folder.join(spool), me),
                fate,
            }),
            bounds: Bounds {
                total: REQUEST,
                ..Bounds::default()
            },
        };
        let settings = Settings::new("http://localhost");
        Service::start_on(store, self.clock.clone(), settings, ground)
            .await
            .unwrap()
    }

    /// Lives through a case.
    pub(crate) fn live(&self, case: &Case) -> Result<Lived, String> {
        let mut begun = None;
        let fates = case.fates.iter().copied().chain([Step::Never]);
        for (life, step) in fates.enumerate() {
            let fate = Fate::new(step);
            let runtime = runtime();
            let ended = runtime.block_on(async {
                let spool = format!("spool-{}", if case.own_disks { life } else { 0 });
                let service = self.process(life, Arc::clone(&fate), &spool).await;
                if begun.is_none() {
                    begun = Some(furnish::furnish(self, &service, case.told).await);
                    for _ in 0..case.times {
                        self.proxy.next(case.fault.clone());
                    }
                }
                // One generation more than there are faults shows what the last one was worth.
                let goal = u64::try_from(case.times).unwrap() + 2;
                let connection = begun.as_ref().unwrap().connection;
                let work = timeout(PATIENCE, self.look_after(service, connection, goal));
                tokio::select! {
                    biased;
                    () = fate.died() => None,
                    ended = work => Some(ended),
                }
            });
            // The process dies here, with its tasks, sockets and locks.
            drop(runtime);
            if let Some(ended) = ended {
                return Ok(Lived {
                    end: ended.map_err(|_| format!("no end within {PATIENCE:?}"))??,
                    begun: begun.unwrap(),
                    deaths: life,
                });
            }
        }
        Err("the last process died".to_owned())
    }

    /// Does what the background of a process does, turn by turn, and lets time pass to what is due
    /// next, until the connection has shown what it is worth.
    async fn look_after(
        &self,
        service: Arc<Service>,
        connection: ConnectionId,
        goal: u64,
    ) -> Result<End, String> {
        for _ in 0..TURNS {
            let begun = turn(&service).await;
            let Ok(Some(loaded)) = service.store().connection(connection).await else {
                continue;
            };
            self.is_served(&service, &loaded).await?;
            let standing = &loaded.connection.standing;
            match standing.state {
                State::Active if loaded.grant.generation >= goal => {
                    return Ok(self.end(&service, loaded).await);
                }
                State::NeedsReauth => {
                    for span in [Span::from_seconds(60), Span::from_days(2)] {
                        self.clock.pass(span);
                        turn(&service).await;
                    }
                    return Ok(self.end(&service, loaded).await);
                }
                _ => {}
            }
            // What is on its way arrives long before anything else is due.
            self.proxy.settled().await.map_err(|it| it.to_string())?;
            match standing.due_at {
                Some(due) if due > self.clock.now() => self.clock.pass_until(due),
                Some(_) if begun == 0 => self.clock.pass(Span::from_seconds(1)),
                Some(_) => {}
                None => return Err(format!("nobody looks at it again: {standing:?}")),
            }
        }
        let found = service.store().connection(connection).await;
        let standing = found.map(|it| it.map(|it| it.connection.standing));
        Err(format!("no end in {TURNS} turns: {standing:?}"))
    }

    /// A living token is served, whatever the last refresh did.
    async fn is_served(&self, service: &Service, loaded: &Loaded) -> Result<(), String> {
        let soon = self.clock.now().plus(SOON);
        if !loaded.grant.access.lives(soon) {
            return Ok(());
        }
        let caller = service.operator().await.map_err(|it| format!("{it:?}"))?;
        let read = service.token(&caller, NAME, MinTtl::Usual).await;
        let state = loaded.connection.standing.state;
        read.map(drop)
            .map_err(|why| format!("a living token is withheld while {state:?}: {why:?}"))
    }

    /// What there is in the end, here and at the server.
    async fn end(&self, service: &Service, loaded: Loaded) -> End {
        let kept = service.store().kept(&loaded.grant).await.unwrap().unwrap();
        let text = |it: Option<Secret>| it.unwrap().expose().to_owned();
        let pair = Pair {
            access: text(kept.tokens.access),
            refresh: text(kept.tokens.refresh),
            expires_in: 0,
        };
        let caller = service.operator().await.unwrap();
        let read = service.token(&caller, NAME, MinTtl::Usual).await;
        End {
            standing: loaded.connection.standing,
            generation: loaded.grant.generation,
            access_lives: self.upstream.access_lives(&pair.access).await.unwrap(),
            refresh_lives: self.upstream.refresh_lives(&pair.refresh).await.unwrap(),
            pair,
            read: read.map(|it| it.access_token.expose().to_owned()),
        }
    }
}

/// One turn of the background. Gives how many connections were looked after; where the store is
/// away none was, and the next turn is the retry.
async fn turn(service: &Service) -> usize {
    drop(service.recover_held().await);
    let begun = service.turn().await.unwrap_or(0);
    service.drain_held().await;
    begun
}
