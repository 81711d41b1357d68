//! Reading long texts: beside the threads that answer, and never more at once than there is room.

use evergrant_service::Failure;
use evergrant_service::store::Outage;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// A text as long as this is read at once, by who asks.
const SHORT: usize = 4 * 1024;

/// The place where texts are read.
pub(crate) struct Reading(Semaphore);

impl Default for Reading {
    /// Half of the machine goes on with everything else.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Semaphore::new((cores / 2).max(1)))
    }
}

impl Reading {
    /// Does the work of reading so many bytes.
    ///
    /// # Errors
    /// What the work says, or that it broke down.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        length: usize,
        work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        if length <= SHORT {
            return work();
        }
        // The semaphore is never closed, so that a place is there sooner or later.
        let _place = self.0.acquire().await;
        let done = spawn_blocking(work).await;
        done.map_err(|_| Outage("the text could not be read".into()))?
    }
}
