//! One run: a seed, some processes, a few connections, bad weather, then calm; and the verdict.

use std::sync::Arc;
use std::time::Duration;

use evergrant_service::core::held::integration::Overrides;
use evergrant_service::core::held::provider::Endpoints;
use evergrant_service::core::held::serve::MinTtl;
use evergrant_service::core::id::{Chance, ProcessId};
use evergrant_service::core::{Secret, Span, Time};
use evergrant_service::held::import::NewImport;
use evergrant_service::held::{Bounds, Ground};
use evergrant_service::manage::integrations::NewIntegration;
use evergrant_service::store::engine::sqlite::Inline;
use evergrant_service::store::seal::MasterKeySource;
use evergrant_service::store::{Outage, open_engine};
use evergrant_service::{Caller, Failure, Service, Settings, Wrong, background};
use tokio::time::sleep;

use crate::faults::Random;
use crate::keeper::counts::Counts;
use crate::keeper::disk::{Disk, SimSpool};
use crate::keeper::engine::Seen;
use crate::keeper::fate::{Fate, SimWorld, Sky};
use crate::keeper::naive::{self, Naive};
use crate::keeper::net::SimWire;
use crate::keeper::oracle::Oracle;
use crate::keeper::plan::Plan;
use crate::keeper::provider::{Family, Habit};
use crate::keeper::weather::Weather;

/// Who keeps the grants.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keeper {
    /// The real one.
    Real,
    /// One that a rule was taken from.
    Naive(Naive),
}

/// How a run ended.
#[derive(Debug)]
pub struct Outcome {
    /// What was wrong, if anything was.
    pub violation: Option<String>,
    /// What happened, step by step.
    pub trace: Vec<String>,
    /// What it met.
    pub counts: Counts,
}

/// A store with a team in it, from which each run begins.
pub struct Template {
    engine: Inline,
}

/// In simulated time; no plan takes a third of it, nor two thirds with clocks that are set back.
const LONGEST: Duration = Duration::from_secs(3_600);

const TEAM_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn key() -> MasterKeySource {
    MasterKeySource::Text(Secret::new(TEAM_KEY.to_owned()))
}

impl Template {
    /// Makes it.
    ///
    /// # Errors
    /// When the store can't be made.
    pub fn new() -> Result<Self, Outage> {
        let runtime = runtime()?;
        let engine = runtime.block_on(async {
            let engine = Arc::new(Inline::new()?);
            let store = open_engine(engine.clone(), &key(), Time::from_seconds(1))
                .await
                .map_err(|error| Outage::new(&error))?;
            let sky = Arc::new(Sky::new(
                1,
                Weather::calm(),
                Oracle::new(store.clone(), Vec::new()),
            ));
            let service = Service::start(
                store,
                Arc::new(SimWorld(sky)),
                Settings::new("http://localhost"),
            )
            .await?;
            let setup = evergrant_service::manage::setup::Setup {
                team: "Sim".into(),
                email: "ada@sim.example".into(),
                password: None,
            };
            service
                .set_up(&setup)
                .await
                .map_err(|failure| Outage(format!("{failure:?}")))?;
            engine.copy()
        })?;
        Ok(Self { engine })
    }

    /// Runs a seed.
    ///
    /// # Errors
    /// When the run can't be set up: that is no verdict.
    pub fn run(&self, seed: u64, keeper: Keeper) -> Result<Outcome, Outage> {
        let runtime = runtime()?;
        let outcome = runtime.block_on(async {
            let life = tokio::time::timeout(LONGEST, self.live(seed, keeper)).await;
            life.unwrap_or_else(|_| Err(Outage(format!("seed {seed} does not end"))))
        });
        // What still hangs in dead processes goes with the runtime.
        runtime.shutdown_background();
        outcome
    }

    async fn live(&self, seed: u64, keeper: Keeper) -> Result<Outcome, Outage> {
        let mut random = Random::new(seed);
        let plan = Plan::draw(&mut random);
        let engine = Arc::new(self.engine.copy()?);
        let store = open_engine(engine.clone(), &key(), Time::from_seconds(1))
            .await
            .map_err(|error| Outage::new(&error))?;
        let count = if plan.one_disk { 1 } else { plan.processes };
        let disks: Vec<_> = (0..count).map(|_| Arc::new(Disk::default())).collect();
        let oracle = Oracle::new(store, disks.clone());
        let sky = Arc::new(Sky::new(random.draw(), Weather::calm(), oracle));
        sky.say(|| format!("seed {seed}: {plan:?}"));
        let world = Stage {
            engine,
            sky: Arc::clone(&sky),
            desk: disks.first().map(Arc::clone).unwrap_or_default(),
        };
        let names = world.begin(&plan).await?;
        sky.rain(plan.weather);
        for index in 0..plan.processes {
            let disk = disks.get(index).or(disks.first()).map(Arc::clone);
            let disk = disk.unwrap_or_default();
            tokio::spawn(world.clone().machine(index, disk, (names.clone(), keeper)));
        }
        world.meddle(&plan, &names).await;
        sky.say(|| "calm".into());
        sky.calm();
        // Ages are by the clock: what was begun before it was set back is as old only when it shows
        // that time again, and the calm counts from then.
        let calm = sky.behind() + plan.calm();
        for _ in 0..20 {
            sleep(calm / 20).await;
            if sky.oracle.violation().is_some() {
                break;
            }
        }
        sky.oracle.last_look(&sky);
        Ok(Outcome {
            violation: sky.oracle.violation(),
            trace: sky.trace(),
            counts: sky.oracle.counts(),
        })
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Outage> {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(|error| Outage::new(&error))
}

#[derive(Clone)]
struct Stage {
    engine: Arc<Inline>,
    sky: Arc<Sky>,
    /// Where the operator's commands run.
    desk: Arc<Disk>,
}

impl Stage {
    async fn service(&self, fate: &Arc<Fate>, disk: Arc<Disk>) -> Result<Arc<Service>, Outage> {
        let sky = &self.sky;
        let engine = Arc::new(Seen {
            inner: Arc::clone(&self.engine),
            fate: Arc::clone(fate),
        });
        let store = open_engine(engine, &key(), sky.now())
            .await
            .map_err(|error| Outage::new(&error))?;
        let mut chance = [0; 16];
        evergrant_service::World::fill(&SimWorld(Arc::clone(sky)), &mut chance);
        let ground = Ground {
            wire: Arc::new(SimWire(Arc::clone(fate))),
            spool: Arc::new(SimSpool {
                disk,
                process: ProcessId::new(sky.now(), Chance(chance)),
                fate: Arc::clone(fate),
            }),
            bounds: Bounds::default(),
        };
        let world = Arc::new(SimWorld(Arc::clone(sky)));
        Service::start_on(store, world, Settings::new("http://localhost"), ground).await
    }

    /// The integrations and connections of the plan, made in good weather.
    async fn begin(&self, plan: &Plan) -> Result<Vec<String>, Outage> {
        let fate = Fate::new(Arc::clone(&self.sky), "setup".into());
        let service = self.service(&fate, Arc::default()).await?;
        let failed = |failure: Failure| Outage(format!("{failure:?}"));
        let caller = service.operator().await.map_err(failed)?;
        let mut names = Vec::new();
        for (index, (habit, lifetime)) in plan.connections.iter().enumerate() {
            let name = format!("c{index}");
            let new = NewIntegration {
                provider: "generic".into(),
                name: Some(name.clone()),
                client_id: "keeper".into(),
                client_secret: Some(Secret::new("hush".into())),
                scopes: Vec::new(),
                overrides: Overrides {
                    endpoints: Endpoints {
                        token: Some("http://provider.example/token".into()),
                        revocation: Some("http://provider.example/revoke".into()),
                        ..Endpoints::default()
                    },
                    replay: Some(habit.policy()),
                    ..Overrides::default()
                },
                discover: None,
            };
            service
                .add_integration(&caller, &new)
                .await
                .map_err(failed)?;
            self.import(&service, &caller, &name, (&name, *habit, *lifetime))
                .await
                .map_err(failed)?;
            names.push(name);
        }
        Ok(names)
    }

    async fn import(
        &self,
        service: &Service,
        caller: &Caller,
        integration: &str,
        (name, habit, lifetime): (&str, Habit, Span),
    ) -> Result<(), Failure> {
        let sky = &self.sky;
        let provider_now = Time::from_seconds(1_900_000_000).plus(sky.uptime());
        let family = Family::new(name, habit, lifetime, provider_now);
        let new = NewImport {
            integration: integration.into(),
            name: name.into(),
            owner: None,
            access_token: family.access.keys().next().cloned().map(Secret::new),
            refresh_token: Some(Secret::new(family.current.clone())),
            expires_in: Some(lifetime),
            scope: None,
        };
        sky.oracle.issued(name, family);
        let connection = service.import_connection(caller, &new).await?;
        sky.oracle.imported(name, connection);
        Ok(())
    }

    /// One machine: its process is started, killed, and started again.
    async fn machine(self, index: usize, disk: Arc<Disk>, (names, keeper): (Vec<String>, Keeper)) {
        for life in 0_u32.. {
            let fate = Fate::new(Arc::clone(&self.sky), format!("p{index}.{life}"));
            let started = tokio::select! {
                biased;
                () = fate.died.notified() => None,
                started = self.service(&fate, Arc::clone(&disk)) => started.ok(),
            };
            let Some(service) = started else {
                fate.kill("at its start");
                sleep(Duration::from_millis(500)).await;
                continue;
            };
            self.sky.say(|| format!("{} starts", fate.name));
            let mut tasks = match keeper {
                Keeper::Real => background::start_held(&service),
                Keeper::Naive(naive) => naive::start(naive, &service, &fate),
            };
            tasks.spawn(read(Arc::clone(&service), Arc::clone(&fate), names.clone()));
            fate.died.notified().await;
            tasks.abort_all();
            let down = self.sky.below(40_000);
            sleep(Duration::from_millis(down)).await;
        }
    }

    /// What people do meanwhile: the weather lasts as long.
    async fn meddle(&self, plan: &Plan, names: &[String]) {
        let sky = &self.sky;
        let steps = 12;
        for _ in 0..steps {
            sleep(plan.bad / steps).await;
            if sky.happens(|it| it.clock_jump) && sky.below(6) == 0 {
                let seconds = i64::try_from(sky.below(240)).unwrap_or_default() - 120;
                sky.say(|| format!("the clocks are set by {seconds} s"));
                sky.oracle.clock_was_set();
                sky.jump(seconds * 1_000_000);
            }
            if sky.below(12) == 0 {
                let fate = Fate::new(Arc::clone(sky), "operator".into());
                tokio::select! {
                    biased;
                    () = fate.died.notified() => {}
                    () = self.act(plan, names, &fate) => {}
                }
                // A command ends, whatever it could not write down: others take over from it.
                fate.kill("at its end");
            }
        }
    }

    /// An operator's command, as a process of its own, which may die as any other.
    async fn act(&self, plan: &Plan, names: &[String], fate: &Arc<Fate>) {
        let sky = &self.sky;
        let which = usize::try_from(sky.below(names.len() as u64)).unwrap_or_default();
        let Some(name) = names.get(which) else { return };
        let Ok(service) = self.service(fate, Arc::clone(&self.desk)).await else {
            return;
        };
        let Ok(caller) = service.operator().await else {
            return;
        };
        let what = sky.below(4);
        sky.say(|| format!("the operator does {what} to {name}"));
        let done = match what {
            0 => service.suspend_connection(&caller, name).await.map(drop),
            1 => service.resume_connection(&caller, name).await.map(drop),
            2 => service
                .refresh_connection(&caller, name, false)
                .await
                .map(drop),
            _ => service.remove_connection(&caller, name).await.map(drop),
        };
        sky.say(|| format!("the operator got {done:?}"));
        if what == 3 && done.is_ok() {
            let again = format!("{name}x{}", sky.below(1_000_000));
            let (habit, lifetime) = plan
                .connections
                .get(which)
                .copied()
                .unwrap_or((Habit::Strict, Span::from_seconds(60)));
            let family = (again.as_str(), habit, lifetime);
            let imported = self.import(&service, &caller, name, family).await;
            sky.say(|| format!("{again} takes its place: {imported:?}"));
        }
        service.drain_held().await;
    }
}

/// A program that needs a token now and then.
async fn read(service: Arc<Service>, fate: Arc<Fate>, names: Vec<String>) {
    let sky = &fate.sky;
    let Ok(caller) = service.operator().await else {
        return;
    };
    loop {
        sleep(Duration::from_millis(sky.below(20_000))).await;
        let which = usize::try_from(sky.below(names.len() as u64)).unwrap_or_default();
        let Some(name) = names.get(which) else { return };
        match service.token(&caller, name, MinTtl::Usual).await {
            Ok(read) => sky.oracle.served(sky, name, read.access_token.expose()),
            Err(Failure::Wrong(wrong @ (Wrong::NeedsPerson(_) | Wrong::NotNow(_)))) => {
                sky.oracle.withheld(sky, name, &format!("{wrong:?}"));
            }
            Err(_) => {}
        }
    }
}
