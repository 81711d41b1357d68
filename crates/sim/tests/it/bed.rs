//! Where a contract is tried: an empty database of either kind, gone afterwards.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use evergrant_service::store::engine::postgres::Postgres;
use evergrant_service::store::engine::sqlite::{Options, Sqlite};
use evergrant_service::store::engine::{Engine, Query};
use evergrant_service::store::seal::MasterKeySource;
use evergrant_service::store::{OpenError, Store, Target, Value};
use evergrant_sim::postgres::{self, Server};

use crate::world::NOW;

/// Connections that one PostgreSQL engine keeps in these tests.
const CONNECTIONS: usize = 8;

/// A folder that is gone with its test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("evergrant-contract-{}-{number}", std::process::id());
        Self::at(std::env::temp_dir().join(name))
    }

    pub(crate) fn at(path: PathBuf) -> Self {
        drop(std::fs::remove_dir_all(&path));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// An empty database, and a folder for its key.
pub(crate) struct Bed {
    pub(crate) folder: Folder,
    /// The address of a PostgreSQL database; without one it is a file in the folder.
    pub(crate) url: Option<String>,
}

impl Bed {
    pub(crate) fn sqlite() -> Self {
        Self {
            folder: Folder::new(),
            url: None,
        }
    }

    pub(crate) fn postgres(server: &Server) -> Self {
        Self {
            folder: Folder::new(),
            url: Some(server.create_schema().unwrap()),
        }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("evergrant.db")
    }

    pub(crate) fn target(&self) -> Target {
        match &self.url {
            Some(url) => Target::Postgres {
                url: url.clone(),
                connections: CONNECTIONS,
            },
            None => Target::in_directory(self.folder.path()),
        }
    }

    pub(crate) fn key(&self) -> MasterKeySource {
        MasterKeySource::File(self.folder.path().join("master.key"))
    }

    /// One more way in: what a second process has.
    pub(crate) async fn engine(&self) -> Arc<dyn Engine> {
        match &self.url {
            Some(url) => Arc::new(Postgres::connect(url, CONNECTIONS).await.unwrap()),
            None => Arc::new(Sqlite::open(&self.file(), Options::default()).unwrap()),
        }
    }

    pub(crate) async fn try_open(&self) -> Result<Store, OpenError> {
        evergrant_service::store::open(&self.target(), &self.key(), NOW).await
    }

    pub(crate) async fn open(&self) -> Store {
        self.try_open().await.unwrap()
    }
}

/// The first number that a text of the test's own gives.
pub(crate) async fn number(engine: &dyn Engine, text: &'static str) -> i64 {
    match value(engine, text).await {
        Value::Integer(number) => number,
        other => panic!("{text} gave {other:?}"),
    }
}

/// The first value that a text of the test's own gives.
pub(crate) async fn value(engine: &dyn Engine, text: &'static str) -> Value {
    let query = Query {
        text,
        values: Vec::new(),
    };
    let answers = engine.read(&[query]).await.unwrap();
    answers[0][0][0].clone()
}

/// Runs a test's future on threads of its own, as the server would.
pub(crate) fn run<F: Future>(future: F) -> F::Output {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// Tries contracts on PostgreSQL, one after the other.
pub(crate) fn with_postgres(each: impl FnOnce(&'static Server)) {
    match postgres::available().unwrap() {
        Some(server) => each(server),
        None => eprintln!("left out: {}", postgres::missing().unwrap_or_default()),
    }
}

/// A server of the test's own, for what others must not suffer, or must not disturb.
pub(crate) fn with_own_postgres(each: impl AsyncFnOnce(Arc<Server>)) {
    with_postgres(|_| {
        let server = Server::launch().unwrap();
        run(each(Arc::new(server)));
    });
}

/// Makes a test of each contract on SQLite, and one of them all on PostgreSQL.
macro_rules! contracts {
    ($($name:ident,)*) => {
        mod sqlite {
            $(
                #[test]
                fn $name() {
                    crate::bed::run(super::$name(crate::bed::Bed::sqlite()));
                }
            )*
        }

        #[test]
        fn postgres() {
            crate::bed::with_postgres(|server| {
                $(
                    eprintln!("contract {}", stringify!($name));
                    crate::bed::run($name(crate::bed::Bed::postgres(server)));
                )*
            });
        }
    };
}
pub(crate) use contracts;
