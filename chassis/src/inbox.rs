//! The inbox: which events were applied here, by the log they stand in and their place in it, written in the
//! transaction of their effect. That makes delivery at least once into effect exactly once.

use contract::{EventId, LogId, Sequence};
use diesel::dsl::exists;
use diesel::prelude::*;

use crate::schema::{inbox, inbox_log};
use crate::standing::Place;
use crate::store::{Connection, DbError};

/// Notes an event; false if it was noted before.
pub(crate) fn note(
    connection: &mut Connection,
    log: LogId,
    sequence: Sequence,
    event: &EventId,
) -> Result<bool, DbError> {
    let log_number = number_of(connection, log)?;
    let rows = diesel::insert_into(inbox::table)
        .values((
            inbox::log_number.eq(log_number),
            inbox::sequence.eq(i64::try_from(sequence.get()).unwrap_or(i64::MAX)),
            inbox::event_id.eq(event.as_str()),
        ))
        .on_conflict_do_nothing()
        .execute(connection)?;
    Ok(rows == 1)
}

fn number_of(connection: &mut Connection, log: LogId) -> Result<i64, DbError> {
    let name = log.to_string();
    let known = inbox_log::table.filter(inbox_log::log.eq(&name)).select(inbox_log::number).first(connection);
    match known.optional()? {
        Some(number) => Ok(number),
        None => diesel::insert_into(inbox_log::table)
            .values(inbox_log::log.eq(&name))
            .returning(inbox_log::number)
            .get_result(connection),
    }
}

/// The event that was applied at this place of this log.
pub(crate) fn at(connection: &mut Connection, log: LogId, sequence: Sequence) -> Result<Option<String>, DbError> {
    let log_number = number_of(connection, log)?;
    let sequence = i64::try_from(sequence.get()).unwrap_or(i64::MAX);
    inbox::table.find((log_number, sequence)).select(inbox::event_id).first(connection).optional()
}

/// The last event of this log that was applied here.
pub(crate) fn last(connection: &mut Connection, log: LogId) -> Result<Option<Place>, DbError> {
    let known = inbox_log::table.filter(inbox_log::log.eq(log.to_string())).select(inbox_log::number);
    let Some(number) = known.first::<i64>(connection).optional()? else { return Ok(None) };
    let last = inbox::table.filter(inbox::log_number.eq(number)).order(inbox::sequence.desc());
    let last: Option<(i64, String)> = last.select((inbox::sequence, inbox::event_id)).first(connection).optional()?;
    let place = last.map(|(sequence, event)| {
        let sequence = Sequence::new(u64::try_from(sequence).unwrap_or_default());
        Place { log, sequence, event }
    });
    Ok(place)
}

/// Whether the event was applied here, from whichever log.
pub(crate) fn has(connection: &mut Connection, event: &EventId) -> Result<bool, DbError> {
    diesel::select(exists(inbox::table.filter(inbox::event_id.eq(event.as_str())))).get_result(connection)
}

/// How many events were applied here.
///
/// # Errors
/// If the database fails.
pub fn count(connection: &mut Connection) -> Result<i64, DbError> {
    inbox::table.count().get_result(connection)
}
