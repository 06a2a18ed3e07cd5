//! Every byte of a store's files flipped, one at a time: all is there, or the damage is named.

use chassis::doubles::flips;
use chassis::store::StoreSettings;
use contract::{LogId, PostId, Sequence};

use super::marks::killed;
use super::{note, open, said, try_open, write, write_and_say};

/// `FOLKMOOT_FLIP_STEP=1` flips every byte, which takes hours.
#[expect(clippy::disallowed_methods, reason = "a switch of this test, no setting of a service")]
fn step() -> Option<u64> {
    std::env::var("FOLKMOOT_FLIP_STEP").ok().and_then(|step| step.parse().ok())
}

#[tokio::test]
async fn no_flipped_byte_makes_it_silently_less_or_other() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for number in 0..20 {
        write_and_say(&store, &format!("said {number}")).await.unwrap();
    }
    drop(store);
    assert!(chassis::store::closed_within(chassis::doubles::PATIENCE));
    // Some of it in the file, some in the log.
    let store = open(folder.path());
    for number in 0..5 {
        write(&store, &format!("in the log {number}")).await.unwrap();
    }
    let heard = store.write::<_, std::convert::Infallible, _>(|tx| {
        let event = said(PostId::new(), "heard");
        tx.heard(LogId::new(), Sequence::new(1), &event.id)?;
        Ok(note(tx, "heard")?)
    });
    heard.await.unwrap();
    let left = killed(folder.path());
    drop(store);
    assert!(chassis::store::closed_within(chassis::doubles::PATIENCE));
    let opened = |folder: &std::path::Path| try_open(folder, &StoreSettings::default());
    for (file, tally) in flips(left.path(), "notes", step(), opened).await {
        println!("{file}: {tally}");
        assert!(tally.silent.is_empty(), "{file}: {:?}", tally.silent);
    }
}
