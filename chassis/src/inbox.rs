//! The inbox: which events were applied here, by the log they stand in and their place in it, written in the
//! transaction of their effect. That makes delivery at least once into effect exactly once.

use contract::{EventId, LogId, Sequence};
use diesel::dsl::exists;
use diesel::prelude::*;

use crate::schema::{inbox, inbox_log};
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

/// Whether the event was applied here, from whichever log.
pub(crate) fn has(connection: &mut Connection, event: &EventId) -> Result<bool, DbError> {
    diesel::select(exists(inbox::table.filter(inbox::event_id.eq(event.as_str())))).get_result(connection)
}

/// Whether the event was applied here from another log than this one.
pub(crate) fn has_from_another(connection: &mut Connection, log: LogId, event: &EventId) -> Result<bool, DbError> {
    let elsewhere = inbox::table
        .inner_join(inbox_log::table.on(inbox_log::number.eq(inbox::log_number)))
        .filter(inbox::event_id.eq(event.as_str()))
        .filter(inbox_log::log.ne(log.to_string()));
    diesel::select(exists(elsewhere)).get_result(connection)
}

/// How many events were applied here.
///
/// # Errors
/// If the database fails.
pub fn count(connection: &mut Connection) -> Result<i64, DbError> {
    inbox::table.count().get_result(connection)
}
