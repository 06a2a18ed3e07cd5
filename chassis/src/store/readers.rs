//! The connections that read.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::{Connection, StoreError, StoreSettings, connect};

/// A few connections that only read; each reader sees what was committed when it began.
pub(super) struct Readers {
    path: PathBuf,
    settings: StoreSettings,
    pub(super) permits: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(path: PathBuf, settings: StoreSettings) -> Self {
        let permits = Arc::new(Semaphore::new(settings.readers));
        Self { path, settings, permits, idle: Mutex::default() }
    }

    pub(super) fn take(&self) -> Result<Connection, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| connect(&self.path, &self.settings, true), Ok)
    }

    pub(super) fn give_back(&self, connection: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}
