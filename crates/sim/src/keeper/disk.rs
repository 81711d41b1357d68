//! The disk of a machine: spools that outlive their processes.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use evergrant_service::core::id::ProcessId;
use evergrant_service::held::spool::{Legacy, Slip, Spool};

use crate::keeper::fate::Fate;

type Folders = BTreeMap<ProcessId, (Arc<Fate>, BTreeMap<Slip, Vec<u8>>)>;

#[derive(Default)]
pub(crate) struct Disk(Mutex<Folders>);

impl Disk {
    fn folders(&self) -> MutexGuard<'_, Folders> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything that lies on it.
    pub(crate) fn answers(&self) -> Vec<(Slip, Vec<u8>)> {
        let folders = self.folders();
        let all = folders.values().flat_map(|(_, answers)| answers.clone());
        all.collect()
    }
}

/// The part of a disk that one process writes to.
pub(crate) struct SimSpool {
    pub(crate) disk: Arc<Disk>,
    pub(crate) process: ProcessId,
    pub(crate) fate: Arc<Fate>,
}

impl Spool for SimSpool {
    fn process(&self) -> ProcessId {
        self.process
    }

    fn open(&self) -> io::Result<()> {
        let fate = Arc::clone(&self.fate);
        let mut folders = self.disk.folders();
        folders
            .entry(self.process)
            .or_insert_with(|| (fate, BTreeMap::new()));
        Ok(())
    }

    fn put(&self, slip: Slip, sealed: &[u8]) -> io::Result<()> {
        self.open()?;
        self.fate
            .sky
            .say(|| format!("{} spools an answer", self.fate.name));
        if let Some((_, answers)) = self.disk.folders().get_mut(&self.process) {
            answers.insert(slip, sealed.to_vec());
        }
        Ok(())
    }

    fn own(&self) -> Vec<(Slip, Vec<u8>)> {
        let folders = self.disk.folders();
        let own = folders.get(&self.process);
        own.map(|(_, answers)| answers.clone().into_iter().collect())
            .unwrap_or_default()
    }

    fn remove(&self, process: ProcessId, slip: Slip) {
        if let Some((_, answers)) = self.disk.folders().get_mut(&process) {
            answers.remove(&slip);
        }
    }

    fn legacies(&self) -> Vec<Legacy> {
        let folders = self.disk.folders();
        let gone = folders
            .iter()
            .filter(|(process, (fate, _))| **process != self.process && fate.is_dead());
        gone.map(|(process, (_, answers))| Legacy {
            process: *process,
            answers: answers.clone().into_iter().collect(),
            lock: None,
        })
        .collect()
    }

    fn bury(&self, legacy: Legacy) {
        self.disk.folders().remove(&legacy.process);
    }

    fn close(&self) {
        self.disk.folders().remove(&self.process);
    }
}
