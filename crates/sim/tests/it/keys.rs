//! The seal: without the right key nothing opens, and the error names the key that is needed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use evergrant_service::core::change::KeyKind;
use evergrant_service::core::id::KeyId;
use evergrant_service::core::{Change, Secret};
use evergrant_service::store::engine::{Expect, Query, Statement};
use evergrant_service::store::seal::{MasterKeyError, MasterKeySource, UnsealError};
use evergrant_service::store::{OpenError, Store, Value, open_engine};

use crate::bed::{Bed, contracts, number, value};
use crate::world::{NOW, World};

contracts! {
    a_key_from_a_file_a_setting_or_a_command_opens,
    a_new_store_makes_its_key_file_for_its_owner_alone,
    a_wrong_key_is_refused_by_name,
    a_missing_key_is_refused_by_name,
    a_key_that_others_can_read_is_refused,
    what_is_no_key_is_refused,
    a_damaged_data_key_is_refused_by_name,
    a_value_moved_to_another_row_does_not_open,
    nodes_that_start_together_share_one_data_key,
    private_keys_are_nowhere_in_plain,
}

const WRAPPED: &str = "SELECT wrapped FROM data_keys";
const DATA_KEY: &str = "SELECT id FROM data_keys";
const OTHER: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

async fn open_with(bed: &Bed, source: &MasterKeySource) -> Result<Store, OpenError> {
    evergrant_service::store::open(&bed.target(), source, NOW).await
}

async fn refused(bed: &Bed, source: &MasterKeySource) -> (UnsealError, String) {
    match open_with(bed, source).await {
        Err(OpenError::Unseal(error)) => {
            let text = error.to_string();
            (error, text)
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it opened"),
    }
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn key_made(key: KeyId, private: &str) -> Change {
    Change::KeyMade {
        key,
        kind: KeyKind::RefreshToken,
        active_from: NOW,
        at: NOW,
        public: None,
        private: Secret::new(private.into()),
    }
}

async fn a_key_from_a_file_a_setting_or_a_command_opens(bed: Bed) {
    let world = World::new(bed).await;
    world
        .commit(vec![key_made(KeyId::new(NOW, world.chance()), "hush")])
        .await
        .unwrap();
    let path = world.bed.folder.path().join("master.key");
    let text = Secret::new(fs::read_to_string(&path).unwrap());
    let command = format!("cat '{}'", path.display());
    let sources = [
        MasterKeySource::File(path),
        MasterKeySource::Text(text),
        MasterKeySource::Command(command),
    ];
    for source in sources {
        let store = open_with(&world.bed, &source).await.unwrap();
        assert_eq!(store.master_key(), world.store.master_key());
        assert_eq!(store.keys().await.unwrap()[0].private.expose(), "hush");
    }
}

async fn a_new_store_makes_its_key_file_for_its_owner_alone(bed: Bed) {
    drop(bed.open().await);
    let path = bed.folder.path().join("master.key");
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.trim_end().len(), 44);
    assert!(!format!("{:?}", MasterKeySource::Text(Secret::new(text.clone()))).contains(&text));
}

async fn a_wrong_key_is_refused_by_name(bed: Bed) {
    let world = World::new(bed).await;
    let wrong = MasterKeySource::Text(Secret::new(OTHER.into()));
    let (error, text) = refused(&world.bed, &wrong).await;
    let UnsealError::WrongKey { needed, given, .. } = error else {
        panic!("{text}")
    };
    assert_eq!(needed, world.store.master_key());
    assert_ne!(needed, given);
    assert!(
        text.contains(&needed) && text.contains(&given) && !text.contains(OTHER),
        "{text}"
    );
}

async fn a_missing_key_is_refused_by_name(bed: Bed) {
    let world = World::new(bed).await;
    let path = world.bed.folder.path().join("gone.key");
    let sources = [
        MasterKeySource::File(path.clone()),
        MasterKeySource::Command("exit 3".into()),
        MasterKeySource::Command("true".into()),
    ];
    for source in sources {
        let (error, text) = refused(&world.bed, &source).await;
        assert!(matches!(error, UnsealError::MissingKey { .. }), "{text}");
        assert!(text.contains(world.store.master_key()), "{text}");
    }
    assert!(
        !path.exists(),
        "a second key for a store that has one would hide the loss"
    );
}

async fn a_key_that_others_can_read_is_refused(bed: Bed) {
    let world = World::new(bed).await;
    let path = world.bed.folder.path().join("master.key");
    for mode in [0o640, 0o604, 0o644, 0o620] {
        chmod(&path, mode);
        let (error, text) = refused(&world.bed, &world.bed.key()).await;
        let UnsealError::MissingKey {
            cause: MasterKeyError::TooOpen(_),
            ..
        } = error
        else {
            panic!("{text}");
        };
        assert!(
            text.contains(world.store.master_key()) && text.contains("chmod 600"),
            "{text}"
        );
    }
    chmod(&path, 0o400);
    drop(world.bed.open().await);
}

async fn what_is_no_key_is_refused(bed: Bed) {
    let short = "c2hvcnQ=";
    for text in ["", short, "not base64 at all!", &OTHER[..43]] {
        let source = MasterKeySource::Text(Secret::new(text.into()));
        let (error, said) = refused(&bed, &source).await;
        let form = matches!(error, UnsealError::MasterKey(MasterKeyError::Form(_)));
        assert!(form && said.contains("32 bytes"), "{said}");
        assert!(text.is_empty() || !said.contains(text), "{said}");
    }
    let engine = bed.engine().await;
    assert_eq!(
        number(engine.as_ref(), "SELECT COUNT(*) FROM data_keys").await,
        0
    );
}

async fn a_damaged_data_key_is_refused_by_name(bed: Bed) {
    let world = World::new(bed).await;
    let Value::Text(id) = value(world.engine(), DATA_KEY).await else {
        panic!("no id")
    };
    let Value::Bytes(wrapped) = value(world.engine(), WRAPPED).await else {
        panic!("no key")
    };
    let put = async |bytes: Vec<u8>| {
        let text = "UPDATE data_keys SET wrapped = $1";
        let values = vec![Value::Bytes(bytes)];
        let statement = Statement {
            text,
            values,
            expect: Expect::Changed,
        };
        world.engine().commit(vec![statement]).await.unwrap();
    };
    for index in [0, 11, 12, 20, wrapped.len() - 1] {
        let mut damaged = wrapped.clone();
        damaged[index] ^= 1;
        put(damaged).await;
        let (_, text) = refused(&world.bed, &world.bed.key()).await;
        assert!(text.contains(&id) && text.contains("damaged"), "{text}");
    }
    for length in [0, 11, wrapped.len() - 1] {
        put(wrapped[..length].to_vec()).await;
        assert!(refused(&world.bed, &world.bed.key()).await.1.contains(&id));
    }
    put(wrapped).await;
    drop(world.bed.open().await);
}

async fn a_value_moved_to_another_row_does_not_open(bed: Bed) {
    let world = World::new(bed).await;
    let ids = [
        KeyId::new(NOW, world.chance()),
        KeyId::new(NOW, world.chance()),
    ];
    world
        .commit(vec![key_made(ids[0], "one"), key_made(ids[1], "two")])
        .await
        .unwrap();
    let text = "UPDATE keys SET private = (SELECT k.private FROM keys k WHERE k.id <> keys.id)";
    let statement = Statement {
        text,
        values: Vec::new(),
        expect: Expect::Changed,
    };
    world.engine().commit(vec![statement]).await.unwrap();
    let error = world.store.keys().await.unwrap_err();
    assert!(
        error.0.contains(&ids[0].to_string()) && error.0.contains("moved"),
        "{error}"
    );
}

/// Each must open what the others seal, also what they seal a moment later.
async fn nodes_that_start_together_share_one_data_key(bed: Bed) {
    let engine = bed.engine().await;
    evergrant_service::store::schema::migrate(engine.as_ref())
        .await
        .unwrap();
    let mut stores = Vec::new();
    for _ in 0..5 {
        let text = "DELETE FROM data_keys";
        let statement = Statement {
            text,
            values: Vec::new(),
            expect: Expect::Any,
        };
        engine.commit(vec![statement]).await.unwrap();
        stores = start_together(&bed, 8).await;
        assert_eq!(
            number(engine.as_ref(), "SELECT COUNT(*) FROM data_keys").await,
            1
        );
    }
    let world = World::of(bed, stores[0].clone()).await;
    for store in &stores {
        let id = KeyId::new(NOW, world.chance());
        let commit = world.commit_of(vec![key_made(id, &id.to_string())]);
        store.commit(&commit).await.unwrap();
    }
    for store in &stores {
        let keys = store.keys().await.unwrap();
        assert_eq!(keys.len(), stores.len());
        assert!(
            keys.iter()
                .all(|it| it.private.expose() == it.id.to_string())
        );
    }
}

async fn start_together(bed: &Bed, nodes: usize) -> Vec<Store> {
    let key = MasterKeySource::Text(Secret::new(OTHER.into()));
    let together = Arc::new(tokio::sync::Barrier::new(nodes));
    let mut starting = tokio::task::JoinSet::new();
    for _ in 0..nodes {
        let engine = bed.engine().await;
        let (key, together) = (key.clone(), Arc::clone(&together));
        starting.spawn(async move {
            together.wait().await;
            open_engine(engine, &key, NOW).await.unwrap()
        });
    }
    starting.join_all().await
}

async fn private_keys_are_nowhere_in_plain(bed: Bed) {
    let hush = "hush-private-key-material-0123456789";
    let world = World::new(bed).await;
    world
        .commit(vec![key_made(KeyId::new(NOW, world.chance()), hush)])
        .await
        .unwrap();
    let contains = |bytes: &[u8]| memchr::memmem::find(bytes, hush.as_bytes()).is_some();
    let query = Query {
        text: "SELECT private FROM keys",
        values: Vec::new(),
    };
    for row in world
        .engine()
        .read(&[query])
        .await
        .unwrap()
        .iter()
        .flatten()
    {
        let Value::Bytes(sealed) = &row[0] else {
            panic!("{row:?}")
        };
        assert!(!contains(sealed));
    }
    if world.bed.url.is_none() {
        let mut read = 0;
        for file in fs::read_dir(world.bed.folder.path()).unwrap().flatten() {
            let bytes = fs::read(file.path()).unwrap();
            assert!(!contains(&bytes), "{}", file.path().display());
            read += bytes.len();
        }
        assert!(read > 50_000, "nothing was looked at");
    }
    assert_eq!(world.store.keys().await.unwrap()[0].private.expose(), hush);
}
