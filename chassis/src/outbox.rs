//! The outbox: events that a service has said, written in the transaction of the change they tell of.
//!
//! A row stays after it was sent: it answers [`crate::awaited`], and it lets [`crate::relay`] fill a bus whose log was
//! lost. What is unsent is a list of its own, so that marking rows sent rewrites no event.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use contract::{Envelope, EventId, Timestamp};
use diesel::dsl::{exists, sql};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use tokio::sync::Notify;

use crate::schema::{outbox, outbox_unsent};
use crate::standing::Standing;
use crate::store::{Connection, DbError};

/// One event on its way to the bus.
#[derive(Debug, Clone, Queryable)]
pub struct Unsent {
    /// Its place in the order of commits.
    pub number: i64,
    /// Its ordering key; what is refused holds back only what has the same one.
    pub subject: String,
    /// The event as it goes over the wire.
    pub body: Vec<u8>,
    /// When it was said, in milliseconds since the epoch.
    pub said_at: i64,
}

/// How much waits for the bus, shared between writers (who add), the relay (who takes away) and metrics.
#[derive(Debug)]
pub struct Backlog {
    bytes: AtomicU64,
    limit: u64,
    bell: Notify,
    gauge: metrics::Gauge,
    standing: Standing,
}

impl Backlog {
    pub(crate) fn new(service: &str, limit: u64, bytes: u64) -> Self {
        let gauge = metrics::gauge!("outbox_bytes", "service" => service.to_owned());
        #[expect(clippy::cast_precision_loss, reason = "a gauge; exact up to 2^53 bytes")]
        gauge.set(bytes as f64);
        Self { bytes: AtomicU64::new(bytes), limit, bell: Notify::new(), gauge, standing: Standing::default() }
    }

    /// Bytes of events that the bus has not taken yet.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Whether there is a log to publish to.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Lets the relay look at the outbox now.
    pub(crate) fn ring(&self) {
        self.bell.notify_one();
    }

    /// Waits until something new was put into the outbox.
    pub async fn rung(&self) {
        self.bell.notified().await;
    }

    pub(crate) fn has_room_for(&self, bytes: u64) -> bool {
        self.bytes() + bytes <= self.limit
    }

    pub(crate) fn add(&self, bytes: u64) {
        let now = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.show(now);
        self.bell.notify_one();
    }

    pub(crate) fn take(&self, bytes: u64) {
        let before = self.bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |b| Some(b.saturating_sub(bytes)));
        self.show(before.unwrap_or(0).saturating_sub(bytes));
    }

    #[expect(clippy::cast_precision_loss, reason = "a gauge; exact up to 2^53 bytes")]
    fn show(&self, bytes: u64) {
        self.gauge.set(bytes as f64);
    }
}

/// Puts an event in; false if its id was said before.
pub(crate) fn put(connection: &mut Connection, event: &Envelope, body: &[u8]) -> Result<bool, DbError> {
    let number: Option<i64> = diesel::insert_into(outbox::table)
        .values((
            outbox::event_id.eq(event.id.as_str()),
            outbox::subject.eq(event.subject.as_deref().unwrap_or(event.id.as_str())),
            outbox::body.eq(body),
            outbox::said_at.eq(Timestamp::now().millis()),
        ))
        .on_conflict_do_nothing()
        .returning(outbox::number)
        .get_result(connection)
        .optional()?;
    if let Some(number) = number {
        diesel::insert_into(outbox_unsent::table).values(outbox_unsent::number.eq(number)).execute(connection)?;
    }
    Ok(number.is_some())
}

/// Bytes of all unsent events: what a restart finds.
pub(crate) fn unsent_bytes(connection: &mut Connection) -> Result<u64, DbError> {
    let bytes: i64 = outbox::table
        .inner_join(outbox_unsent::table.on(outbox_unsent::number.eq(outbox::number)))
        .select(sql::<BigInt>("coalesce(sum(length(body)), 0)"))
        .get_result(connection)?;
    Ok(bytes.unsigned_abs())
}

/// The next unsent events above a number, oldest first, leaving out held-back subjects.
pub(crate) fn unsent(
    connection: &mut Connection,
    after: i64,
    held: &BTreeSet<String>,
    limit: usize,
) -> Result<Vec<Unsent>, DbError> {
    let next = outbox_unsent::table
        .inner_join(outbox::table.on(outbox::number.eq(outbox_unsent::number)))
        .filter(outbox_unsent::number.gt(after))
        .order(outbox_unsent::number)
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select((outbox::number, outbox::subject, outbox::body, outbox::said_at));
    if held.is_empty() {
        // By far the most common, and of one shape: it stays prepared.
        return next.load(connection);
    }
    next.filter(outbox::subject.ne_all(held.iter().cloned().collect::<Vec<_>>())).load(connection)
}

/// Takes events off the unsent list.
pub(crate) fn sent(connection: &mut Connection, numbers: &[i64]) -> Result<(), DbError> {
    for chunk in numbers.chunk_by(|a, b| a + 1 == *b) {
        let (Some(first), Some(last)) = (chunk.first(), chunk.last()) else { continue };
        diesel::delete(outbox_unsent::table.filter(outbox_unsent::number.between(first, last))).execute(connection)?;
    }
    Ok(())
}

/// Keeps why the bus refused an event; it stays unsent.
pub(crate) fn refused(connection: &mut Connection, number: i64, problem: &str) -> Result<(), DbError> {
    diesel::update(outbox_unsent::table.find(number))
        .set(outbox_unsent::problem.eq(problem))
        .execute(connection)
        .map(drop)
}

/// Puts every event that is still kept back on the unsent list; the answer is how many were added.
pub(crate) fn resend_all(connection: &mut Connection) -> Result<usize, DbError> {
    diesel::sql_query("INSERT OR IGNORE INTO outbox_unsent (number) SELECT number FROM outbox").execute(connection)
}

/// Whether this service said the event.
pub(crate) fn has(connection: &mut Connection, event: &EventId) -> Result<bool, DbError> {
    diesel::select(exists(outbox::table.filter(outbox::event_id.eq(event.as_str())))).get_result(connection)
}
