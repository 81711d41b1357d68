//! What was read from the store, as long as nobody committed anything since: not an older state
//! that may do, but the present one without a statement.

use std::hash::Hash;
use std::sync::Arc;

use quick_cache::Equivalent;
use quick_cache::sync::Cache;

/// Values by key, each with the version of the store (`Engine::version`) at which it was read.
pub(crate) struct Unchanged<K, V>(Cache<K, (u64, Arc<V>)>);

impl<K: Hash + Eq + Clone, V> Unchanged<K, V> {
    /// Remembers so many.
    pub(crate) fn new(capacity: usize) -> Self {
        Self(Cache::new(capacity))
    }

    /// The value, if the store is as it was. `version` is asked before.
    pub(crate) fn get<Q>(&self, version: Option<u64>, key: &Q) -> Option<Arc<V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let (read_at, value) = self.0.get(key)?;
        (Some(read_at) == version).then_some(value)
    }

    /// Remembers a value that was read after the store said this version.
    pub(crate) fn put(&self, version: Option<u64>, key: K, value: V) -> Arc<V> {
        let value = Arc::new(value);
        if let Some(version) = version {
            self.0.insert(key, (version, Arc::clone(&value)));
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_had_at_its_own_version_only() {
        let kept = Unchanged::new(10);
        kept.put(Some(3), "a", 1);
        kept.put(None, "b", 2);
        assert_eq!(kept.get(Some(3), &"a").as_deref(), Some(&1));
        for (version, key) in [(Some(4), "a"), (None, "a"), (Some(3), "b"), (None, "b")] {
            assert_eq!(kept.get(version, &key), None, "{version:?} {key}");
        }
    }
}
