//! The embedded log: one table on this machine, and its tail in memory.
//!
//! **Appending.** What is costly (JSON, digests) is done before the store's writer gets the command; there the events
//! are numbered after the last row of the table, linked and inserted. The last row is read anew by every command, so
//! that one which was taken back leaves no trace. Entries reach the tail, and with it every reader, by the commit's own
//! hook, on the writer's thread: never before the commit, and in its order.
//!
//! **Reading.** What the tail has comes from memory. Older entries are read from disk, each checked against the
//! chain. A reader that wants few types looks through all rows, because an index on types would cost every append more
//! than it saves; it gets what was found so far after [`LOOK_THROUGH`] rows, so that it does not hold a connection
//! for ever.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chassis::meta;
use chassis::store::{Connection, DbError, Store, StoreError, Tx, WriteError};
use contract::{Envelope, LogId, Sequence, Timestamp};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::watch;

use crate::digest::{self, Digest};
use crate::engine::{AppendError, Appended, Log, Page, ReadError, Selection};
use crate::entry::Entry;
use crate::measure::LogMetrics;
use crate::record::Record;
use crate::tail::Tail;
use crate::{row, store};

/// Rows that one read looks through at most.
const LOOK_THROUGH: i64 = 20_000;

/// The name under which the log's id is kept in its database.
const ID: &str = "log";

/// The log in this process's database.
#[derive(Debug)]
pub struct EmbeddedLog {
    store: Store,
    id: LogId,
    tail: Arc<Tail>,
    disk_reads: AtomicU64,
    metrics: Arc<LogMetrics>,
}

impl EmbeddedLog {
    /// The log in this database, begun if there is none. Up to `tail_bytes` of new entries are kept in memory.
    ///
    /// # Errors
    /// If the database fails, or its log's id cannot be read.
    pub async fn open(store: Store, tail_bytes: usize) -> Result<Self, StoreError> {
        let id = meta::get_or_make(&store, ID, || LogId::new().to_string()).await?;
        let id = id.parse().map_err(|_| StoreError::Database(format!("the log's id is damaged: {id:?}")))?;
        let last = store.read(store::last).await?;
        let head = last.map_or(Sequence::ZERO, |last| store::sequence(last.sequence));
        let metrics = Arc::new(LogMetrics::new());
        metrics.head(head);
        let tail = Arc::new(Tail::new(head, tail_bytes));
        Ok(Self { store, id, tail, disk_reads: AtomicU64::new(0), metrics })
    }

    /// How often the disk was read because the tail did not go back far enough.
    pub fn disk_reads(&self) -> u64 {
        self.disk_reads.load(Ordering::Relaxed)
    }

    async fn put(&self, events: Vec<Envelope>) -> Result<Vec<Appended>, AppendError> {
        let records: Vec<Record> = events.into_iter().map(Record::new).collect();
        let genesis = digest::genesis(self.id);
        let (tail, metrics) = (Arc::clone(&self.tail), Arc::clone(&self.metrics));
        let result = self.store.write(move |tx| append(tx, records, &genesis, tail, metrics)).await;
        result.map_err(|error| match error {
            WriteError::Refused(damaged) => {
                self.metrics.damaged(&damaged);
                AppendError::Failed(damaged.to_string())
            }
            WriteError::Overloaded => AppendError::Overloaded,
            WriteError::Failed(error) if error.to_string().contains("full") => AppendError::Full(error.to_string()),
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
            let request =
                Request { genesis: digest::genesis(self.id), after: from, upto: end, max_events, max_bytes };
            let wanted = selection.clone();
            let (entries, upto) = self.disk(move |connection| request.read(connection, &wanted)).await?;
            if !entries.is_empty() || upto >= end {
                return Ok(Page { entries, upto, head });
            }
            from = upto;
        }
    }

    /// Reads from the database; damage is told loudly here, once for every reader that meets it.
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
            self.metrics.damaged(error);
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

    fn event<'a>(
        &'a self,
        id: &'a str,
        source: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Option<Arc<Entry>>, ReadError>> {
        let (id, source) = (id.as_bytes().to_vec(), source.map(|source| source.as_bytes().to_vec()));
        let genesis = digest::genesis(self.id);
        self.disk(move |connection| {
            let place = store::place_of(connection, &id, source.as_deref())?;
            place.map(|place| one(connection, &genesis, place)).transpose()
        })
        .boxed()
    }

    fn before_time(&self, time: Timestamp) -> BoxFuture<'_, Result<Sequence, ReadError>> {
        let head = self.tail.last();
        self.disk(move |connection| last_before(connection, time, store::number(head))).boxed()
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

/// What a read from the database can end with.
enum Fault {
    Database(DbError),
    Read(ReadError),
}

impl From<DbError> for Fault {
    fn from(error: DbError) -> Self {
        Self::Database(error)
    }
}

impl From<ReadError> for Fault {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

/// Numbers, links and inserts, on the writer's thread.
fn append(
    tx: &mut Tx<'_>,
    records: Vec<Record>,
    genesis: &Digest,
    tail: Arc<Tail>,
    metrics: Arc<LogMetrics>,
) -> Result<Vec<Appended>, WriteError<ReadError>> {
    let (mut head, mut chain, earliest) = match store::last(tx.connection())? {
        None => (Sequence::ZERO, *genesis, Timestamp::MIN),
        Some(last) => {
            let head = store::sequence(last.sequence);
            let chain = row::link(head, Some(last.chain)).map_err(WriteError::Refused)?;
            (head, chain, Timestamp::from_millis(last.recorded_at))
        }
    };
    let now = Timestamp::now().max(earliest);
    let mut results = Vec::with_capacity(records.len());
    let mut entries = Vec::with_capacity(records.len());
    let mut refused_orders: HashSet<(Box<str>, Box<str>)> = HashSet::new();
    let mut duplicates = 0;
    for record in records {
        if !refused_orders.is_empty() && refused_orders.contains(&(record.source.clone(), record.subject.clone())) {
            results.push(Appended::Held { id: record.id });
            continue;
        }
        let place = head.next();
        let link = digest::link(&chain, place, now, &record.attributes_digest, &record.content_digest);
        if store::insert(tx.connection(), place, now, &record, &link)? {
            (head, chain) = (place, link);
            results.push(Appended::Logged { id: record.id.clone(), sequence: place, duplicate: false });
            entries.push(record.into_entry(place, now));
            continue;
        }
        let kept = store::kept(tx.connection(), record.id.as_str().as_bytes(), record.source.as_bytes())?;
        let sequence = store::sequence(kept.sequence);
        if kept.says(&record) {
            duplicates += 1;
            results.push(Appended::Logged { id: record.id, sequence, duplicate: true });
        } else {
            refused_orders.insert((record.source, record.subject));
            results.push(Appended::Conflict { id: record.id, taken_by: sequence });
        }
    }
    tx.after_commit(move || {
        metrics.appended(entries.len(), duplicates, head);
        if !entries.is_empty() {
            tail.push(entries);
        }
    });
    Ok(results)
}

/// One read from disk.
struct Request {
    genesis: Digest,
    after: Sequence,
    upto: Sequence,
    max_events: usize,
    max_bytes: usize,
}

impl Request {
    fn read(&self, connection: &mut Connection, selection: &Selection) -> Result<(Vec<Arc<Entry>>, Sequence), Fault> {
        match &selection.subject {
            Some(subject) => self.read_subject(connection, subject, selection),
            None => self.look_through(connection, selection),
        }
    }

    /// Looks at every row.
    fn look_through(
        &self,
        connection: &mut Connection,
        selection: &Selection,
    ) -> Result<(Vec<Arc<Entry>>, Sequence), Fault> {
        let mut chain = link_before(connection, &self.genesis, self.after.next())?;
        let mut picked = Picked::new(self);
        let mut place = self.after;
        let mut damage = None;
        let upto = store::number(self.upto).min(store::number(self.after).saturating_add(LOOK_THROUGH));
        store::scan(connection, store::number(self.after), upto, |row| {
            let next = place.next();
            let checked = if store::sequence(row.sequence) == next {
                row.check(&chain)
            } else {
                Err(ReadError::Damaged { sequence: next, reason: "it is missing" })
            };
            match checked {
                Ok((entry, link)) => {
                    chain = link;
                    if selection.matches(&entry) && !picked.take(entry) {
                        return ControlFlow::Break(());
                    }
                    place = next;
                    ControlFlow::Continue(())
                }
                Err(error) => {
                    damage = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        if damage.is_none() && !picked.full && place < store::sequence(upto) {
            damage = Some(ReadError::Damaged { sequence: place.next(), reason: "it is missing" });
        }
        picked.finish(place, damage)
    }

    /// Looks at one subject's rows.
    fn read_subject(
        &self,
        connection: &mut Connection,
        subject: &str,
        selection: &Selection,
    ) -> Result<(Vec<Arc<Entry>>, Sequence), Fault> {
        let limit = self.max_events.saturating_add(1).min(1000);
        let (after, upto) = (store::number(self.after), store::number(self.upto));
        let places = store::of_subject(connection, subject.as_bytes(), after, upto, limit)?;
        let all_seen = places.len() < limit;
        let mut picked = Picked::new(self);
        let mut place = self.after;
        for number in places {
            let entry = match one(connection, &self.genesis, number) {
                Ok(entry) => entry,
                Err(Fault::Read(error)) => return picked.finish(place, Some(error)),
                Err(error) => return Err(error),
            };
            if selection.matches(&entry) && !picked.take(entry) {
                return picked.finish(place, None);
            }
            place = store::sequence(number);
        }
        picked.finish(if all_seen { self.upto } else { place }, None)
    }
}

/// What a read has found so far, within its bounds.
struct Picked {
    entries: Vec<Arc<Entry>>,
    max_events: usize,
    room: usize,
    full: bool,
}

impl Picked {
    fn new(request: &Request) -> Self {
        Self { entries: Vec::new(), max_events: request.max_events, room: request.max_bytes, full: false }
    }

    /// Takes an entry, unless there is no more room; the first always has.
    fn take(&mut self, entry: Arc<Entry>) -> bool {
        let fits = self.entries.len() < self.max_events && entry.json.len() <= self.room;
        if !fits && !self.entries.is_empty() {
            self.full = true;
            return false;
        }
        self.room = self.room.saturating_sub(entry.json.len());
        self.entries.push(entry);
        true
    }

    /// What comes before damage is good and given; the damage is met by the next read, which begins with it.
    fn finish(self, upto: Sequence, damage: Option<ReadError>) -> Result<(Vec<Arc<Entry>>, Sequence), Fault> {
        match damage {
            Some(error) if self.entries.is_empty() => Err(error.into()),
            _ => Ok((self.entries, upto)),
        }
    }
}

/// One row, checked against the link before it.
fn one(connection: &mut Connection, genesis: &Digest, place: i64) -> Result<Arc<Entry>, Fault> {
    let sequence = store::sequence(place);
    let before = link_before(connection, genesis, sequence)?;
    let row = store::row(connection, place)?.ok_or(ReadError::Damaged { sequence, reason: "it is missing" })?;
    Ok(row.check(&before)?.0)
}

/// What a row's link continues.
fn link_before(connection: &mut Connection, genesis: &Digest, sequence: Sequence) -> Result<Digest, Fault> {
    let before = Sequence::new(sequence.get().saturating_sub(1));
    if before == Sequence::ZERO {
        return Ok(*genesis);
    }
    let kept = store::chain_at(connection, store::number(before))?;
    Ok(row::link(before, kept)?)
}

/// Times never go back from row to row, so a binary search finds the place without an index.
fn last_before(connection: &mut Connection, time: Timestamp, head: i64) -> Result<Sequence, Fault> {
    let (mut before, mut from) = (0, head.saturating_add(1));
    while from - before > 1 {
        let middle = before + (from - before) / 2;
        let sequence = store::sequence(middle);
        let recorded_at = store::recorded_at(connection, middle)?
            .ok_or(ReadError::Damaged { sequence, reason: "it is missing" })?;
        if recorded_at < time.millis() {
            before = middle;
        } else {
            from = middle;
        }
    }
    Ok(store::sequence(before))
}
