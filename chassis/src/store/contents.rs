//! Everything that a database holds, as text: for tests that compare two of them, whoever's they are.

use std::path::Path;

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_migrations::EmbeddedMigrations;

use super::{Connection, DbError, Store, StoreError, StoreSettings};

/// Opens a database whoever it belongs to: its own tables stay as they are.
///
/// # Errors
/// As for [`Store::open`].
pub fn open_as_it_is(folder: &Path, name: &str) -> Result<Store, StoreError> {
    Store::open(folder, name, EmbeddedMigrations::new(&[]), &StoreSettings::default())
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// Every row of every table, in an order of their own, without the database's position.
///
/// # Errors
/// If the database fails.
pub fn contents(connection: &mut Connection) -> Result<Vec<String>, DbError> {
    let tables = "SELECT name AS line FROM sqlite_schema WHERE type = 'table' AND name <> 'position' ORDER BY name";
    let mut contents = Vec::new();
    for table in diesel::sql_query(tables).load::<Line>(connection)? {
        let table = table.line;
        let columns = format!("SELECT 'quote(\"' || name || '\")' AS line FROM pragma_table_info('{table}')");
        let columns = diesel::sql_query(columns).load::<Line>(connection)?;
        let columns: Vec<String> = columns.into_iter().map(|column| column.line).collect();
        let rows = format!("SELECT {} AS line FROM \"{table}\" NOT INDEXED", columns.join(" || '|' || "));
        let mut rows: Vec<String> = diesel::sql_query(rows)
            .load::<Line>(connection)?
            .into_iter()
            .map(|row| format!("{table}: {}", row.line))
            .collect();
        rows.sort_unstable();
        contents.append(&mut rows);
    }
    Ok(contents)
}
