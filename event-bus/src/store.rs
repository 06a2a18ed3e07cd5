//! The log's table. Rows come out of here as they are on disk; [`crate::row`] checks them before anyone sees them.

pub(crate) mod subscriptions;

use std::ops::ControlFlow;

use chassis::store::{Connection, DbError};
use contract::{Sequence, Timestamp};
use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;

use crate::digest::Digest;
use crate::engine::Selection;
use crate::record::Record;
use crate::same::says_same;

pub(crate) const MIGRATIONS: diesel_migrations::EmbeddedMigrations = diesel_migrations::embed_migrations!("migrations");

diesel::table! {
    log (sequence) {
        sequence -> BigInt,
        recorded_at -> BigInt,
        id -> Binary,
        source -> Binary,
        #[sql_name = "type"]
        type_name -> Binary,
        subject -> Binary,
        attributes -> Binary,
        content -> Binary,
        content_digest -> Binary,
        chain -> Binary,
        causation -> Nullable<Binary>,
    }
}

/// A row as it is on disk.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = log)]
pub(crate) struct Row {
    pub(crate) sequence: i64,
    pub(crate) recorded_at: i64,
    pub(crate) id: Vec<u8>,
    pub(crate) source: Vec<u8>,
    pub(crate) type_name: Vec<u8>,
    pub(crate) subject: Vec<u8>,
    pub(crate) attributes: Vec<u8>,
    pub(crate) content: Vec<u8>,
    pub(crate) content_digest: Vec<u8>,
    pub(crate) chain: Vec<u8>,
}

/// What the next entry follows.
#[derive(Debug, Clone, Queryable)]
pub(crate) struct Last {
    pub(crate) sequence: i64,
    pub(crate) recorded_at: i64,
    pub(crate) chain: Vec<u8>,
}

/// What is kept under an identity.
#[derive(Debug, Queryable)]
pub(crate) struct Kept {
    pub(crate) sequence: i64,
    pub(crate) type_name: Vec<u8>,
    pub(crate) subject: Vec<u8>,
    pub(crate) content_digest: Vec<u8>,
}

impl Kept {
    /// Whether a record with the same identity says the same. Other bytes may still be the same JSON.
    pub(crate) fn says(&self, connection: &mut Connection, record: &Record) -> Result<bool, DbError> {
        if self.type_name != record.type_name.as_bytes() || self.subject != record.subject.as_bytes() {
            return Ok(false);
        }
        if self.content_digest == record.content_digest {
            return Ok(true);
        }
        let content: Vec<u8> = log::table.find(self.sequence).select(log::content).first(connection)?;
        Ok(says_same(&content, record.content()))
    }
}

/// The last row; none in an empty log.
pub(crate) fn last(connection: &mut Connection) -> Result<Option<Last>, DbError> {
    log::table
        .select((log::sequence, log::recorded_at, log::chain))
        .order(log::sequence.desc())
        .first(connection)
        .optional()
}

/// Puts a record into the log; `false` if its identity is there already, and then nothing was changed. (`OR IGNORE`
/// and not `ON CONFLICT`, for diesel finds that statement again without writing its text anew.)
pub(crate) fn insert(
    connection: &mut Connection,
    sequence: Sequence,
    recorded_at: Timestamp,
    record: &Record,
    chain: &Digest,
) -> Result<bool, DbError> {
    let inserted = diesel::insert_or_ignore_into(log::table)
        .values((
            log::sequence.eq(number(sequence)),
            log::recorded_at.eq(recorded_at.millis()),
            log::id.eq(record.id.as_str().as_bytes()),
            log::source.eq(record.source.as_bytes()),
            log::type_name.eq(record.type_name.as_bytes()),
            log::subject.eq(record.subject.as_bytes()),
            log::attributes.eq(record.attributes()),
            log::content.eq(record.content()),
            log::content_digest.eq(record.content_digest.as_slice()),
            log::chain.eq(chain.as_slice()),
            log::causation.eq(record.causation.as_ref().map(|cause| cause.as_str().as_bytes())),
        ))
        .execute(connection)?;
    Ok(inserted == 1)
}

/// What has this identity.
pub(crate) fn kept(connection: &mut Connection, id: &[u8], source: &[u8]) -> Result<Kept, DbError> {
    log::table
        .filter(log::id.eq(id))
        .filter(log::source.eq(source))
        .select((log::sequence, log::type_name, log::subject, log::content_digest))
        .first(connection)
}

/// The link of a row.
pub(crate) fn chain_at(connection: &mut Connection, sequence: i64) -> Result<Option<Vec<u8>>, DbError> {
    log::table.find(sequence).select(log::chain).first(connection).optional()
}

/// The time of a row, in milliseconds.
pub(crate) fn recorded_at(connection: &mut Connection, sequence: i64) -> Result<Option<i64>, DbError> {
    log::table.find(sequence).select(log::recorded_at).first(connection).optional()
}

/// Hands out the rows from a place to another (including both), in order, until told to stop.
pub(crate) fn scan(
    connection: &mut Connection,
    from: i64,
    upto: i64,
    mut take: impl FnMut(Row) -> ControlFlow<()>,
) -> Result<(), DbError> {
    let rows = log::table
        .filter(log::sequence.ge(from))
        .filter(log::sequence.le(upto))
        .order(log::sequence)
        .select(Row::as_select())
        .load_iter::<Row, DefaultLoadingMode>(connection)?;
    for row in rows {
        if take(row?).is_break() {
            break;
        }
    }
    Ok(())
}

/// The sequences of a subject's rows after a place up to another (including it), in order.
pub(crate) fn of_subject(
    connection: &mut Connection,
    subject: &[u8],
    after: i64,
    upto: i64,
    limit: usize,
) -> Result<Vec<i64>, DbError> {
    log::table
        .filter(log::subject.eq(subject))
        .filter(log::sequence.gt(after))
        .filter(log::sequence.le(upto))
        .order(log::sequence)
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select(log::sequence)
        .load(connection)
}

/// One row.
pub(crate) fn row(connection: &mut Connection, sequence: i64) -> Result<Option<Row>, DbError> {
    log::table.find(sequence).select(Row::as_select()).first(connection).optional()
}

/// Where events with this id (and, if one is given, this source) stand up to a place, in order.
pub(crate) fn of_id(
    connection: &mut Connection,
    id: &[u8],
    source: Option<&[u8]>,
    upto: i64,
    limit: usize,
) -> Result<Vec<i64>, DbError> {
    let found = log::table.filter(log::id.eq(id)).filter(log::sequence.le(upto));
    let mut query = found.select(log::sequence).order(log::sequence).into_boxed();
    if let Some(source) = source {
        query = query.filter(log::source.eq(source));
    }
    query.limit(i64::try_from(limit).unwrap_or(i64::MAX)).load(connection)
}

/// The sequences of the rows up to a place that name this id as their cause, in order.
pub(crate) fn caused_by(connection: &mut Connection, id: &[u8], upto: i64, limit: usize) -> Result<Vec<i64>, DbError> {
    log::table
        .filter(log::causation.eq(id))
        .filter(log::sequence.le(upto))
        .order(log::sequence)
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select(log::sequence)
        .load(connection)
}

/// Counts what is wanted after a place.
pub(crate) fn count(connection: &mut Connection, after: i64, selection: &Selection) -> Result<u64, DbError> {
    let mut query = log::table.filter(log::sequence.gt(after)).count().into_boxed();
    if let Some(subject) = &selection.subject {
        query = query.filter(log::subject.eq(subject.as_bytes()));
    }
    if let Some(types) = &selection.types {
        query = query.filter(log::type_name.eq_any(types.iter().map(|name| name.as_bytes())));
    }
    let count: i64 = query.first(connection)?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// A sequence as the database counts. The column could not hold what does not fit.
pub(crate) fn number(sequence: Sequence) -> i64 {
    i64::try_from(sequence.get()).unwrap_or(i64::MAX)
}

/// A sequence from the database, where negative ones cannot have been written.
pub(crate) fn sequence(number: i64) -> Sequence {
    Sequence::new(u64::try_from(number).unwrap_or_default())
}
