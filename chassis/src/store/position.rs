//! How far a database has come, as it stands in the database itself; see [`crate::mark`] for what it is held against.

use diesel::prelude::*;
use uuid::Uuid;

use super::{Connection, DbError};
use crate::mark::Mark;
use crate::schema::{meta, position};

diesel::define_sql_function! {
    /// How many rows this connection has changed since it was opened.
    fn total_changes() -> diesel::sql_types::BigInt;
}

/// The position, made at the first call.
pub(crate) fn of(connection: &mut Connection) -> Result<Mark, DbError> {
    if let Some(mark) = find(connection)? {
        return Ok(mark);
    }
    let mark = Mark { database: Uuid::now_v7(), position: 0 };
    diesel::insert_into(position::table)
        .values((
            position::id.eq(1),
            position::database.eq(mark.database.as_bytes().as_slice()),
            position::number.eq(mark.position),
        ))
        .execute(connection)?;
    Ok(mark)
}

fn find(connection: &mut Connection) -> Result<Option<Mark>, DbError> {
    let kept: Option<(Vec<u8>, i64)> =
        position::table.select((position::database, position::number)).first(connection).optional()?;
    let mark = |(database, position): (Vec<u8>, i64)| Ok(Mark { database: super::columns::uuid(&database)?, position });
    kept.map(mark).transpose()
}

/// The position of a database that may not have today's tables yet: `None` if it has none.
pub(crate) fn before_migrating(connection: &mut Connection) -> Result<Option<Mark>, DbError> {
    let table = "SELECT count(*) AS count FROM sqlite_schema WHERE name = 'position'";
    let has_table = diesel::sql_query(table).get_result::<Count>(connection)?.count > 0;
    if has_table { find(connection) } else { Ok(None) }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

/// Notes the position in the transaction of the group.
pub(crate) fn put(connection: &mut Connection, number: i64) -> Result<(), DbError> {
    let raised = diesel::update(position::table.find(1)).set(position::number.eq(number)).execute(connection)?;
    if raised == 1 { Ok(()) } else { Err(DbError::NotFound) }
}

/// How many rows the connection has changed: whether a group has changed anything.
pub(crate) fn changes(connection: &mut Connection) -> Result<i64, DbError> {
    diesel::select(total_changes()).get_result(connection)
}

/// Lets a database that goes on from an older state ask the bus for everything once more: what it lacks is in the log.
pub(crate) fn ask_again(connection: &mut Connection) -> Result<(), DbError> {
    diesel::delete(meta::table.filter(meta::key.eq_any(["generation", "restored"]))).execute(connection).map(drop)
}
