//! The embedded registry: two tables in the log's own database file, written by the same writer as the log, so that
//! what must be committed together is.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use chassis::signature::SigningSecret;
use chassis::store::{Connection, DbError, Store, StoreError, WriteError};
use contract::{Sequence, Timestamp};
use diesel::Connection as _;
use diesel::prelude::*;

use crate::answer::shorten;
use crate::registry::{Change, Kept, Parked, Registry, RegistryError};
use crate::subscription::{Name, Paused, Seen, Spec, Subscription, receiver_url};

diesel::table! {
    subscriptions (name) {
        name -> Text,
        url -> Text,
        types -> Nullable<Text>,
        begins -> Text,
        batch -> Integer,
        format -> Text,
        secret -> Nullable<Text>,
        generation -> Text,
        cursor -> BigInt,
        seen_types -> Nullable<Text>,
        seen_upto -> Nullable<BigInt>,
        paused_by -> Nullable<Text>,
        paused_because -> Nullable<Text>,
    }
}

diesel::table! {
    parked (subscription, subject) {
        subscription -> Text,
        subject -> Text,
        first -> BigInt,
        error -> Text,
        since -> BigInt,
        next_try -> BigInt,
        attempts -> BigInt,
    }
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = subscriptions, primary_key(name), treat_none_as_null = true)]
struct Row {
    name: String,
    url: String,
    types: Option<String>,
    begins: String,
    batch: i32,
    format: String,
    secret: Option<String>,
    generation: String,
    cursor: i64,
    seen_types: Option<String>,
    seen_upto: Option<i64>,
    paused_by: Option<String>,
    paused_because: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = parked)]
struct ParkedRow {
    subscription: String,
    subject: String,
    first: i64,
    error: String,
    since: i64,
    next_try: i64,
    attempts: i64,
}

/// The registry in a [`Store`] whose migrations include its tables.
#[derive(Debug, Clone)]
pub struct SubscriptionStore {
    store: Store,
}

impl SubscriptionStore {
    /// The registry in this database.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn read(&self, name: Option<String>) -> Result<Vec<(Subscription, Vec<Parked>)>, RegistryError> {
        let query = move |connection: &mut Connection| {
            let mut rows = subscriptions::table.select(Row::as_select()).into_boxed();
            let mut waiting = parked::table.select(ParkedRow::as_select()).into_boxed();
            if let Some(name) = name {
                rows = rows.filter(subscriptions::name.eq(name.clone()));
                waiting = waiting.filter(parked::subscription.eq(name));
            }
            // One transaction: the cursor and what is parked belong together.
            connection.transaction(|c| Ok::<_, DbError>((rows.load::<Row>(c)?, waiting.load::<ParkedRow>(c)?)))
        };
        let (rows, waiting) = self.store.read(query).await.map_err(|error| failed(&error))?;
        let mut by_name: BTreeMap<String, Vec<Parked>> = BTreeMap::new();
        for row in waiting {
            by_name.entry(row.subscription.clone()).or_default().push(row.into());
        }
        let with_parked = |row: Row| {
            let parked = by_name.remove(&row.name).unwrap_or_default();
            Subscription::try_from(row).map(|subscription| (subscription, parked))
        };
        rows.into_iter().map(with_parked).collect()
    }
}

impl Registry for SubscriptionStore {
    fn load(&self) -> Kept<'_, Vec<(Subscription, Vec<Parked>)>> {
        Box::pin(self.read(None))
    }

    fn find<'a>(&'a self, name: &'a Name) -> Kept<'a, Option<(Subscription, Vec<Parked>)>> {
        Box::pin(async move { Ok(self.read(Some(name.as_str().to_owned())).await?.pop()) })
    }

    fn commit<'a>(&'a self, name: &'a Name, change: Change) -> Kept<'a, ()> {
        let name = name.as_str().to_owned();
        Box::pin(async move {
            let command = move |tx: &mut chassis::store::Tx<'_>| {
                apply(tx.connection(), &name, &change).map_err(WriteError::<Infallible>::from)
            };
            self.store.write(command).await.map_err(|e| failed(&e.into_store_error()))
        })
    }

    fn remove<'a>(&'a self, name: &'a Name) -> Kept<'a, ()> {
        let name = name.as_str().to_owned();
        Box::pin(async move {
            let command = move |tx: &mut chassis::store::Tx<'_>| {
                let connection = tx.connection();
                diesel::delete(parked::table.filter(parked::subscription.eq(&name))).execute(connection)?;
                diesel::delete(subscriptions::table.find(&name)).execute(connection)?;
                Ok::<_, WriteError<Infallible>>(())
            };
            self.store.write(command).await.map_err(|e| failed(&e.into_store_error()))
        })
    }
}

fn apply(connection: &mut Connection, name: &str, change: &Change) -> Result<(), DbError> {
    let of_name = parked::subscription.eq(name);
    if let Some(subscription) = &change.subscription {
        let row = Row::from(subscription);
        // Not REPLACE: that would delete the row first, and with it what is parked.
        diesel::insert_into(subscriptions::table)
            .values(&row)
            .on_conflict(subscriptions::name)
            .do_update()
            .set(&row)
            .execute(connection)?;
    }
    if let Some(cursor) = change.cursor {
        diesel::update(subscriptions::table.find(name))
            .set(subscriptions::cursor.eq(column(cursor)))
            .execute(connection)?;
    }
    if change.clear_parked {
        diesel::delete(parked::table.filter(of_name)).execute(connection)?;
    }
    if !change.unpark.is_empty() {
        let subjects = change.unpark.iter().map(|subject| &**subject);
        diesel::delete(parked::table.filter(of_name).filter(parked::subject.eq_any(subjects))).execute(connection)?;
    }
    for one in &change.park {
        diesel::replace_into(parked::table).values(ParkedRow::new(name, one)).execute(connection)?;
    }
    Ok(())
}

fn failed(error: &StoreError) -> RegistryError {
    match error {
        StoreError::Full(_) => RegistryError::Full(error.to_string()),
        StoreError::Unknown(_) => RegistryError::Unknown(error.to_string()),
        _ => RegistryError::Failed(error.to_string()),
    }
}

fn column(sequence: Sequence) -> i64 {
    i64::try_from(sequence.get()).unwrap_or(i64::MAX)
}

fn sequence(column: i64) -> Sequence {
    Sequence::new(u64::try_from(column).unwrap_or(0))
}

fn types_json(types: &BTreeSet<Box<str>>) -> String {
    serde_json::json!(types).to_string()
}

impl From<&Subscription> for Row {
    fn from(subscription: &Subscription) -> Self {
        let Subscription { name, spec, cursor, seen, paused } = subscription;
        let (paused_by, paused_because) = match paused {
            None => (None, None),
            Some(Paused::ByCall) => (Some("call".to_owned()), None),
            Some(Paused::ByReceiver(reason)) => (Some("receiver".to_owned()), Some(reason.to_string())),
        };
        Self {
            name: name.to_string(),
            url: spec.url.to_string(),
            types: spec.types.as_ref().map(types_json),
            begins: spec.from.to_string(),
            batch: spec.batch.into(),
            format: spec.format.as_str().to_owned(),
            secret: spec.secret.as_ref().map(SigningSecret::expose),
            generation: spec.generation.to_string(),
            cursor: column(*cursor),
            seen_types: seen.as_ref().map(|seen| types_json(&seen.types)),
            seen_upto: seen.as_ref().map(|seen| column(seen.upto)),
            paused_by,
            paused_because,
        }
    }
}

impl TryFrom<Row> for Subscription {
    type Error = RegistryError;

    fn try_from(row: Row) -> Result<Self, RegistryError> {
        let broken = |field: &str| RegistryError::Failed(format!("subscription {}: {field} cannot be read", row.name));
        let types = |json: &str, field| serde_json::from_str(json).map_err(|_| broken(field));
        let secret = |text: &str| SigningSecret::parse(text).map_err(|_| broken("secret"));
        let spec = Spec {
            url: receiver_url(&row.url).map_err(|_| broken("url"))?,
            types: row.types.as_deref().map(|json| types(json, "types")).transpose()?,
            from: row.begins.parse().map_err(|_| broken("begins"))?,
            batch: u16::try_from(row.batch).map_err(|_| broken("batch"))?,
            format: row.format.parse().map_err(|_| broken("format"))?,
            secret: row.secret.as_deref().map(secret).transpose()?,
            generation: row.generation.as_str().into(),
        };
        let seen = match (&row.seen_types, row.seen_upto) {
            (Some(json), Some(upto)) => Some(Seen { types: types(json, "seen_types")?, upto: sequence(upto) }),
            _ => None,
        };
        let paused = row.paused_by.as_deref().map(|by| match by {
            "receiver" => Paused::ByReceiver(row.paused_because.clone().unwrap_or_default().into()),
            _ => Paused::ByCall,
        });
        let name = row.name.parse().map_err(|_| broken("name"))?;
        Ok(Self { name, spec, cursor: sequence(row.cursor), seen, paused })
    }
}

impl ParkedRow {
    fn new(subscription: &str, parked: &Parked) -> Self {
        Self {
            subscription: subscription.to_owned(),
            subject: parked.subject.to_string(),
            first: column(parked.first),
            error: parked.error.to_string(),
            since: parked.since.millis(),
            next_try: parked.next_try.millis(),
            attempts: parked.attempts.into(),
        }
    }
}

impl From<ParkedRow> for Parked {
    fn from(row: ParkedRow) -> Self {
        Self {
            subject: row.subject.into(),
            first: sequence(row.first),
            // An older version kept all that a receiver said.
            error: shorten(&row.error),
            since: Timestamp::from_millis(row.since),
            attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
            next_try: Timestamp::from_millis(row.next_try),
        }
    }
}
