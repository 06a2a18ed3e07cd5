//! Facts about a database itself, made once and kept in it: its generation, its push secret, the log it published to.
//!
//! They live in the database because they must share its fate: a new or restored database has another generation, and
//! the bus then starts its subscription again.

use diesel::prelude::*;

use crate::schema::meta;
use crate::store::{Connection, DbError, Store, StoreError, WriteError};

/// Reads a fact.
///
/// # Errors
/// If the database fails.
pub fn get(connection: &mut Connection, key: &str) -> Result<Option<String>, DbError> {
    meta::table.find(key).select(meta::value).first(connection).optional()
}

/// Writes a fact.
///
/// # Errors
/// If the database fails.
pub fn put(connection: &mut Connection, key: &str, value: &str) -> Result<(), DbError> {
    diesel::replace_into(meta::table).values((meta::key.eq(key), meta::value.eq(value))).execute(connection).map(drop)
}

/// Forgets facts, so that they are made again.
///
/// # Errors
/// If the database fails.
pub fn forget(connection: &mut Connection, keys: &[&str]) -> Result<(), DbError> {
    diesel::delete(meta::table.filter(meta::key.eq_any(keys.iter().copied()))).execute(connection).map(drop)
}

/// Reads a fact, making it first if this database has none yet.
///
/// # Errors
/// If the database fails.
pub async fn get_or_make(
    store: &Store,
    key: &'static str,
    make: impl FnOnce() -> String + Send + 'static,
) -> Result<String, StoreError> {
    let result = store
        .write::<_, std::convert::Infallible, _>(move |tx| {
            if let Some(value) = get(tx.connection(), key)? {
                return Ok(value);
            }
            let value = make();
            put(tx.connection(), key, &value)?;
            Ok(value)
        })
        .await;
    result.map_err(WriteError::into_store_error)
}
