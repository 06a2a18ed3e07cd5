//! The words of the wire: closed ones are checked, open ones carried.

use crate::samples;
use contract::{CommentChange, CommentItem, DecidedBy, DeletedBy, Role, Sequence, Status, Texts, Timestamp};

#[test]
fn a_status_is_one_of_three_words() {
    for (status, word) in [(Status::Pending, "pending"), (Status::Approved, "approved"), (Status::Rejected, "rejected")]
    {
        assert_eq!(status.to_string(), word);
        assert_eq!(word.parse::<Status>(), Ok(status));
        assert_eq!(serde_json::to_value(status).unwrap(), word);
        assert_eq!(serde_json::from_value::<Status>(word.into()).unwrap(), status);
    }
    assert!("Approved".parse::<Status>().is_err());
    assert!(serde_json::from_str::<Status>("\"held\"").is_err());
}

#[test]
fn who_decided_may_be_a_word_of_later() {
    for (by, word) in [
        (DecidedBy::Rules, "rules"),
        (DecidedBy::Moderator, "moderator"),
        (DecidedBy::Other("oracle".into()), "oracle"),
    ] {
        assert_eq!(serde_json::to_value(&by).unwrap(), word);
        assert_eq!(serde_json::from_value::<DecidedBy>(word.into()).unwrap(), by);
        assert_eq!((by.as_str(), by.to_string().as_str()), (word, word));
    }
    assert_eq!(DeletedBy::from("author"), DeletedBy::Author);
    assert_eq!(DeletedBy::from("erasure"), DeletedBy::Other("erasure".into()));
    assert!(serde_json::from_str::<DeletedBy>("7").is_err());
}

#[test]
fn roles_rise() {
    assert!(Role::Member < Role::Moderator && Role::Moderator < Role::Admin);
    assert_eq!(serde_json::to_value(Role::Admin).unwrap(), Role::Admin.as_str());
    assert_eq!(serde_json::to_value(Texts::Keep).unwrap(), "keep");
}

#[test]
fn a_folded_item_survives_a_binary_snapshot() {
    let mut item = CommentItem::new();
    for (_, event) in samples::full() {
        let kept = postcard::to_allocvec(&item).unwrap();
        assert_eq!(postcard::from_bytes::<CommentItem>(&kept).unwrap(), item);
        if let Some(change) = CommentChange::of(&event) {
            item.apply(change.change);
        }
    }
    let words = (samples::time(), Sequence::new(u64::MAX), samples::event_id(1), samples::post());
    let kept = postcard::to_allocvec(&words).unwrap();
    assert!(kept.len() < 80, "numbers are kept as numbers");
    let read: (Timestamp, Sequence, contract::EventId, contract::PostId) = postcard::from_bytes(&kept).unwrap();
    assert_eq!(read, words);
}
