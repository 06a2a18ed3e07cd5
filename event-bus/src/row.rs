//! From a row on disk to an entry: only what is still as it was written gets through.

use std::sync::Arc;

use contract::{EventId, Sequence, Timestamp};

use crate::digest::{self, Digest};
use crate::engine::ReadError;
use crate::entry::Entry;
use crate::record;
use crate::store::{self, Row};

impl Row {
    /// The entry, and the link to check the next row with. `before` is the link of the row before this one.
    ///
    /// # Errors
    /// [`ReadError::Damaged`] if anything in the row differs from what was written.
    pub(crate) fn check(self, before: &Digest) -> Result<(Arc<Entry>, Digest), ReadError> {
        let sequence = store::sequence(self.sequence);
        let damaged = |reason| ReadError::Damaged { sequence, reason };
        let content = digest::of_content(&self.content);
        if content.as_slice() != self.content_digest {
            return Err(damaged("its data is not what was written"));
        }
        let recorded_at = Timestamp::from_millis(self.recorded_at);
        let attributes =
            digest::of_attributes(&self.id, &self.source, &self.type_name, &self.subject, &self.attributes);
        let link = digest::link(before, sequence, recorded_at, &attributes, &content);
        if link.as_slice() != self.chain {
            return Err(damaged("it does not follow the entry before it"));
        }
        let entry = || {
            Some(Entry {
                sequence,
                id: EventId::try_from(text(self.id)?).ok()?,
                source: text(self.source)?,
                type_name: text(self.type_name)?,
                subject: text(self.subject)?,
                recorded_at,
                json: record::join(self.attributes, &self.content, sequence)?,
            })
        };
        let entry = entry().ok_or_else(|| damaged("it is no event"))?;
        Ok((Arc::new(entry), link))
    }
}

/// A link as it is kept.
///
/// # Errors
/// [`ReadError::Damaged`] if it is none.
pub(crate) fn link(sequence: Sequence, kept: Option<Vec<u8>>) -> Result<Digest, ReadError> {
    kept.ok_or("it is missing")
        .and_then(|bytes| bytes.try_into().map_err(|_| "its digest is cut off"))
        .map_err(|reason| ReadError::Damaged { sequence, reason })
}

fn text(bytes: Vec<u8>) -> Option<Box<str>> {
    String::from_utf8(bytes).ok().map(String::into_boxed_str)
}
