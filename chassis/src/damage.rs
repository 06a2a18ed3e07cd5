//! The alarm for damage in a database file: an error in the log, a metric, and something that the process can ask.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use metrics::{Gauge, gauge};

use crate::store::StoreError;

/// The alarm of one database. It goes off once for each page, and once for reads that meet damage.
#[derive(Debug)]
pub(crate) struct Alarm {
    service: String,
    file: String,
    pages: Mutex<BTreeSet<u32>>,
    met: AtomicBool,
    gauge: Gauge,
}

impl Alarm {
    pub(crate) fn new(service: &str, file: String) -> Self {
        let gauge = gauge!("database_damage", "service" => service.to_owned());
        gauge.set(0.0);
        Self { service: service.to_owned(), file, pages: Mutex::default(), met: AtomicBool::new(false), gauge }
    }

    /// How many damaged places are known.
    pub(crate) fn places(&self) -> u64 {
        let pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner).len() as u64;
        pages + u64::from(self.met.load(Ordering::Relaxed))
    }

    /// A page is not as it was written. `owner` says what it belongs to.
    pub(crate) fn page(&self, page: u32, owner: impl FnOnce() -> String) {
        if !self.pages.lock().unwrap_or_else(PoisonError::into_inner).insert(page) {
            return;
        }
        let (service, file) = (&*self.service, &*self.file);
        tracing::error!(service, file, page, belongs_to = owner(), "ALARM: a page of the database is damaged");
        self.show();
    }

    /// A statement failed; if what it read is damaged, that is told at once.
    pub(crate) fn met(&self, error: &StoreError) {
        if !matches!(error, StoreError::Damaged(_)) {
            return;
        }
        let (service, file) = (&*self.service, &*self.file);
        if self.met.swap(true, Ordering::Relaxed) {
            tracing::warn!(service, file, %error, "damage in the database was met again");
        } else {
            tracing::error!(service, file, %error, "ALARM: what was read from the database is damaged");
        }
        self.show();
    }

    #[expect(clippy::cast_precision_loss, reason = "a gauge; exact up to 2^53 places")]
    fn show(&self) {
        self.gauge.set(self.places() as f64);
    }
}
