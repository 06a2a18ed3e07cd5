//! Snapshots on disk: what was written is what is read, and what is not whole is not read at all.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chassis::serve::Lifetime;
use contract::{Event, PostId};
use query::canonical::{self, Position};
use query::heard::EventKey;
use query::snapshot::{Memo, SnapshotError, Snapshots};
use query::store::{Sort, Store};
use query::view;

use super::folding::fold;
use super::said::{commented, judged, post_created};

fn some_model(posts: i64) -> (Arc<Store>, Position) {
    let mut events: Vec<Event> = Vec::new();
    for at in 0..posts {
        let post = PostId::new();
        events.push(post_created(post, at, "Title").into());
        for reply in 0..at % 5 {
            let comment = commented(post, contract::CommentId::new(), None, reply, "text");
            events.push(comment.clone().into());
            events.push(judged(&comment, contract::Status::Approved).into());
        }
    }
    fold(&events, 100)
}

fn open(folder: &Path) -> Snapshots {
    Snapshots::open(folder, Duration::from_secs(1), &Lifetime::new()).unwrap()
}

fn write(snapshots: &Snapshots, store: &Store, position: Position) -> Memo {
    let memo = Memo { position, applied: vec![EventKey::of("a"), EventKey::of("b")] };
    let cut = store.begin_cut().unwrap();
    let bytes = snapshots.write(&memo, store, &cut).unwrap().unwrap();
    assert_eq!(bytes, std::fs::metadata(snapshots.path()).unwrap().len());
    memo
}

#[test]
fn what_was_written_is_what_is_read() {
    for posts in [0, 1, 2500] {
        let folder = tempfile::tempdir().unwrap();
        let snapshots = open(folder.path());
        assert_eq!(snapshots.read(&Store::default()).unwrap(), None);
        let (store, position) = some_model(posts);
        let memo = write(&snapshots, &store, position);
        let read = Store::default();
        assert_eq!(snapshots.read(&read).unwrap(), Some(memo));
        assert_eq!(canonical::bytes(position, &read), canonical::bytes(position, &store));
        assert_eq!(read.size(), store.size());
        for sort in [Sort::New, Sort::Active] {
            let list = |store: &Store| view::list(store, sort, None, 5000, None);
            assert_eq!(list(&read).unwrap().body, list(&store).unwrap().body);
            assert_eq!(list(&read).unwrap().tag, list(&store).unwrap().tag);
        }
    }
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let snapshots = open(folder.path());
    let (store, position) = some_model(1);
    write(&snapshots, &store, position);
    assert_eq!(std::fs::metadata(snapshots.path()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn what_is_not_whole_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let snapshots = open(folder.path());
    let (store, position) = some_model(30);
    write(&snapshots, &store, position);
    let whole = std::fs::read(snapshots.path()).unwrap();
    let refused = |bytes: &[u8]| {
        std::fs::write(snapshots.path(), bytes).unwrap();
        let read = Store::default();
        let error = snapshots.read(&read).unwrap_err();
        assert_eq!(read.size(), (0, 0));
        assert!(read.all(|id, _| id).is_empty());
        error
    };
    for end in (0..whole.len()).step_by(97) {
        assert!(matches!(refused(&whole[..end]), SnapshotError::Damaged(_)), "cut at {end}");
    }
    for at in (0..whole.len()).step_by(61) {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x10;
        refused(&flipped);
    }
    let mut longer = whole.clone();
    longer.extend_from_slice(&whole[12..]);
    assert!(matches!(refused(&longer), SnapshotError::Damaged(_)));
    let mut other = whole;
    other[8] = 99;
    assert!(matches!(refused(&other), SnapshotError::Version(99)));
}

#[test]
fn a_snapshot_that_was_put_aside_is_not_there_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let snapshots = open(folder.path());
    let (store, position) = some_model(3);
    write(&snapshots, &store, position);
    let aside = snapshots.reject().unwrap();
    assert!(aside.exists() && !snapshots.path().exists());
    assert_eq!(snapshots.read(&Store::default()).unwrap(), None);
    snapshots.reject().unwrap();
}

#[test]
fn a_model_that_was_emptied_meanwhile_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let snapshots = open(folder.path());
    let (store, position) = some_model(3);
    write(&snapshots, &store, position);
    let before = std::fs::read(snapshots.path()).unwrap();
    let cut = store.begin_cut().unwrap();
    store.clear();
    let memo = Memo { position, applied: Vec::new() };
    assert_eq!(snapshots.write(&memo, &store, &cut).unwrap(), None);
    assert_eq!(std::fs::read(snapshots.path()).unwrap(), before);
}
