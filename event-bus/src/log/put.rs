//! Numbering, linking and inserting, on the writer's thread: as little as can be.

use std::collections::HashSet;
use std::sync::Arc;

use chassis::store::{Tx, WriteError};
use contract::{Sequence, Timestamp};

use super::disk::{self, Fault};
use crate::digest::{self, Digest};
use crate::engine::{Appended, ReadError};
use crate::measure::LogMetrics;
use crate::record::Record;
use crate::tail::Tail;
use crate::{row, store};

/// Puts records into the log, and into the tail once they are committed.
pub(super) fn put(
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
        // A damaged row is no ground for either answer: after "duplicate" the sender would drop the only good copy, and
        // after "conflict" too.
        let whole = match disk::one(tx.connection(), genesis, kept.sequence) {
            Ok(entry) => entry.id == record.id && entry.source == record.source,
            Err(Fault::Read(damaged)) => {
                metrics.met(&damaged);
                false
            }
            Err(Fault::Database(error)) => return Err(error.into()),
        };
        if !whole {
            refused_orders.insert((record.source, record.subject));
            results.push(Appended::Damaged { id: record.id, sequence });
        } else if kept.says(&record) {
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
