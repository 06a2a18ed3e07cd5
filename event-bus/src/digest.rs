//! The digests that make damage to the log visible.
//!
//! Every entry has a digest of its content (the event's data), and a link: a digest over the link before it, its
//! sequence and time, its attributes, and the content's digest. So a changed, exchanged or missing row is noticed
//! by whoever reads it together with the link before it; and content alone can be taken out (erasure) while the
//! chain still proves everything else, since the link covers the content's digest and not the content.

use contract::{LogId, Sequence, Timestamp};
use sha2::{Digest as _, Sha256};

/// A SHA-256.
pub type Digest = [u8; 32];

/// The digest of an event's data as it is kept.
pub fn of_content(content: &[u8]) -> Digest {
    Sha256::digest(content).into()
}

/// The digest of everything in an event but its data: what is selected by, each after its length, and the JSON.
pub fn of_attributes(id: &[u8], source: &[u8], type_name: &[u8], subject: &[u8], json: &[u8]) -> Digest {
    let mut hasher = Sha256::new();
    for part in [id, source, type_name, subject] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.update(json);
    hasher.finalize().into()
}

/// What the first entry's link is chained to: the log itself, so that no log's entries pass for another's.
pub fn genesis(log: LogId) -> Digest {
    Sha256::digest(log.uuid().as_bytes()).into()
}

/// The link of an entry.
pub fn link(
    before: &Digest,
    sequence: Sequence,
    recorded_at: Timestamp,
    attributes: &Digest,
    content: &Digest,
) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update(before);
    hasher.update(sequence.get().to_be_bytes());
    hasher.update(recorded_at.millis().to_be_bytes());
    hasher.update(attributes);
    hasher.update(content);
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        let one = of_attributes(b"ab", b"c", b"t", b"s", b"{}");
        let other = of_attributes(b"a", b"bc", b"t", b"s", b"{}");
        assert_ne!(one, other);
    }

    #[test]
    fn a_link_depends_on_everything_it_stands_for() {
        let base = |log: Digest, number, time, attributes, content| {
            link(&log, Sequence::new(number), Timestamp::from_millis(time), &attributes, &content)
        };
        let links = [
            base([0; 32], 1, 1, [1; 32], [2; 32]),
            base([9; 32], 1, 1, [1; 32], [2; 32]),
            base([0; 32], 2, 1, [1; 32], [2; 32]),
            base([0; 32], 1, 2, [1; 32], [2; 32]),
            base([0; 32], 1, 1, [3; 32], [2; 32]),
            base([0; 32], 1, 1, [1; 32], [3; 32]),
        ];
        for (index, one) in links.iter().enumerate() {
            assert!(links[index + 1..].iter().all(|other| other != one));
        }
        assert_ne!(genesis(LogId::new()), genesis(LogId::new()));
    }
}
