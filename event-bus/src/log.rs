//! The embedded log: one table on this machine, and its tail in memory.
//!
//! **Appending.** What is costly (JSON, digests) is done before the store's writer gets the command; there the events
//! are numbered after the last row of the table, linked and inserted. The last row is read anew by every command, so
//! that one which was taken back leaves no trace. Entries reach the tail, and with it every reader, by the commit's own
//! hook, on the writer's thread: never before the commit, and in its order.
//!
//! **Reading.** What the tail has comes from memory. Older entries are read from disk, each checked against the
//! chain. A reader that wants few types looks through all rows, because an index on types would cost every append more
//! than it saves; it gets what was found so far after some thousands of rows, so that it does not hold a connection
//! for ever.
//!
//! What caused what is looked up by an index and held against the events themselves, link by link.

mod disk;
mod lineage;
mod put;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chassis::meta;
use chassis::store::{Connection, Store, StoreError, Tx, WriteError};
use contract::{Envelope, LogId, Sequence, Timestamp};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::watch;

use self::disk::Fault;
use crate::digest::{self, Digest};
use crate::engine::{AppendError, Appended, Lineage, Log, Named, Page, ReadError, Selection};
use crate::entry::Entry;
use crate::measure::LogMetrics;
use crate::record::Record;
use crate::store;
use crate::tail::Tail;

/// The name under which the log's id is kept in its database.
const ID: &str = "log";
/// The name under which the first id is kept once the log has another: what its first entry is chained to.
const GENESIS: &str = "log.genesis";

/// The log in this process's database.
#[derive(Debug)]
pub struct EmbeddedLog {
    store: Store,
    id: LogId,
    genesis: Digest,
    tail: Arc<Tail>,
    disk_reads: AtomicU64,
    metrics: Arc<LogMetrics>,
}

impl EmbeddedLog {
    /// Gives the log in this database another id, if this is its id: an older copy that goes on under its id would give
    /// sequences that its readers know to other events. What is in it stays, and is read as before.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn renew(store: &Store, given_up: LogId) -> Result<(), StoreError> {
        let write = move |tx: &mut Tx<'_>| {
            let connection = tx.connection();
            let Some(id) = meta::get(connection, ID)?.filter(|id| *id == given_up.to_string()) else { return Ok(None) };
            let renewed = LogId::new();
            if meta::get(connection, GENESIS)?.is_none() {
                meta::put(connection, GENESIS, &id)?;
            }
            meta::put(connection, ID, &renewed.to_string())?;
            Ok(Some(renewed))
        };
        if let Some(log) = store.write::<_, Infallible, _>(write).await.map_err(WriteError::into_store_error)? {
            tracing::warn!(%given_up, %log, "the log has another id, as the settings ask");
        } else {
            tracing::warn!(%given_up, "this is not the log's id (any more): it keeps the one that it has");
        }
        Ok(())
    }

    /// The log in this database, begun if there is none. Up to `tail_bytes` of new entries are kept in memory.
    ///
    /// # Errors
    /// If the database fails, or its log's id cannot be read.
    pub async fn open(store: Store, tail_bytes: usize) -> Result<Self, StoreError> {
        let id = meta::get_or_make(&store, ID, || LogId::new().to_string()).await?;
        let id = id.parse().map_err(|_| StoreError::Database(format!("the log's id is damaged: {id:?}")))?;
        let first = store.read(|connection| meta::get(connection, GENESIS)).await?;
        let first = first.map_or(Ok(id), |first| first.parse());
        let genesis = first.map_err(|_| StoreError::Database("the log's first id is damaged".to_owned()))?;
        let genesis = digest::genesis(genesis);
        let last = store.read(store::last).await?;
        let head = last.map_or(Sequence::ZERO, |last| store::sequence(last.sequence));
        let metrics = Arc::new(LogMetrics::new());
        metrics.head(head);
        let tail = Arc::new(Tail::new(head, tail_bytes));
        Ok(Self { store, id, genesis, tail, disk_reads: AtomicU64::new(0), metrics })
    }

    /// How often the disk was read because the tail did not go back far enough.
    pub fn disk_reads(&self) -> u64 {
        self.disk_reads.load(Ordering::Relaxed)
    }

    async fn put(&self, events: Vec<Envelope>) -> Result<Vec<Appended>, AppendError> {
        let records: Vec<Record> = events.into_iter().map(Record::new).collect();
        let genesis = self.genesis;
        let (tail, metrics) = (Arc::clone(&self.tail), Arc::clone(&self.metrics));
        let result = self.store.write(move |tx| put::put(tx, records, &genesis, tail, metrics)).await;
        result.map_err(|error| match error {
            WriteError::Refused(damaged) => {
                self.metrics.met(&damaged);
                AppendError::Failed(damaged.to_string())
            }
            WriteError::Overloaded => AppendError::Overloaded,
            WriteError::Failed(error @ StoreError::Full(_)) => AppendError::Full(error.to_string()),
            WriteError::Failed(error @ StoreError::Unknown(_)) => AppendError::Unknown(error.to_string()),
            other => AppendError::Failed(other.to_string()),
        })
    }

    async fn page(
        &self,
        after: Sequence,
        upto: Option<Sequence>,
        selection: &Selection,
        max_events: usize,
        max_bytes: usize,
    ) -> Result<Page, ReadError> {
        let mut from = after;
        loop {
            let head = self.tail.last();
            if from > head {
                return Err(ReadError::Ahead { after, head });
            }
            if let Some(page) = self.tail.read(from, upto, selection, max_events, max_bytes) {
                return Ok(page);
            }
            let end = upto.map_or(head, |upto| upto.min(head)).max(from);
            let request = disk::Request { genesis: self.genesis, after: from, upto: end, max_events, max_bytes };
            let wanted = selection.clone();
            let (entries, upto) = self.disk(move |connection| request.read(connection, &wanted)).await?;
            if !entries.is_empty() || upto >= end {
                return Ok(Page { entries, upto, head });
            }
            from = upto;
        }
    }

    /// Reads from the database. Failures are told here, once for every reader that meets one.
    async fn disk<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, ReadError> {
        self.disk_reads.fetch_add(1, Ordering::Relaxed);
        self.metrics.disk_read();
        let result = self.store.read(move |connection| match read(connection) {
            Ok(value) => Ok(Ok(value)),
            Err(Fault::Read(error)) => Ok(Err(error)),
            Err(Fault::Database(error)) => Err(error),
        });
        let result = result.await.unwrap_or_else(|error| Err(ReadError::Failed(error.to_string())));
        if let Err(error) = &result {
            self.metrics.met(error);
        }
        result
    }
}

impl Log for EmbeddedLog {
    fn id(&self) -> LogId {
        self.id
    }

    fn head(&self) -> watch::Receiver<Sequence> {
        self.tail.head()
    }

    fn append(&self, events: Vec<Envelope>) -> BoxFuture<'_, Result<Vec<Appended>, AppendError>> {
        self.put(events).boxed()
    }

    fn read<'a>(
        &'a self,
        after: Sequence,
        upto: Option<Sequence>,
        selection: &'a Selection,
        max_events: usize,
        max_bytes: usize,
    ) -> BoxFuture<'a, Result<Page, ReadError>> {
        self.page(after, upto, selection, max_events, max_bytes).boxed()
    }

    fn event<'a>(&'a self, id: &'a str, source: Option<&'a str>) -> BoxFuture<'a, Result<Named, ReadError>> {
        let (id, source) = (id.as_bytes().to_vec(), source.map(|source| source.as_bytes().to_vec()));
        let (genesis, head) = (self.genesis, self.tail.last());
        self.disk(move |connection| lineage::named(connection, &genesis, &id, source.as_deref(), head)).boxed()
    }

    fn lineage<'a>(
        &'a self,
        event: &'a Entry,
        most: usize,
        max_bytes: usize,
    ) -> BoxFuture<'a, Result<Lineage, ReadError>> {
        let walk = lineage::Walk::new(self.genesis, self.tail.last(), event, most, max_bytes);
        self.disk(move |connection| walk.run(connection)).boxed()
    }

    fn before_time(&self, time: Timestamp) -> BoxFuture<'_, Result<Sequence, ReadError>> {
        let head = self.tail.last();
        self.disk(move |connection| disk::last_before(connection, time, store::number(head))).boxed()
    }

    fn count<'a>(&'a self, after: Sequence, selection: &'a Selection) -> BoxFuture<'a, Result<u64, ReadError>> {
        async move {
            if let Some(count) = self.tail.count(after, selection) {
                return Ok(count);
            }
            let wanted = selection.clone();
            self.disk(move |connection| Ok(store::count(connection, store::number(after), &wanted)?)).await
        }
        .boxed()
    }
}
