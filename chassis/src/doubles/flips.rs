//! Damages the files of a store, one byte at a time, and says what becomes of it: nothing that is silently less or other.
#![expect(clippy::expect_used, reason = "a double: where it cannot go on, the test has failed")]

use std::fmt;
use std::path::Path;

use super::PATIENCE;
use crate::store::{self, Store, StoreError};

/// What became of so many flipped bytes of one file.
#[derive(Debug, Default)]
pub struct Tally {
    /// Everything was there, as it was written.
    pub right: usize,
    /// The store did not open, and said why.
    pub refused: usize,
    /// It opened, and the alarm went off or reading failed.
    pub alarmed: usize,
    /// It opened with less or other than was written, and no word of it: the places in the file.
    pub silent: Vec<u64>,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { right, refused, alarmed, silent } = self;
        write!(f, "{right} right, {refused} refused at the start, {alarmed} alarmed, {} silent", silent.len())
    }
}

/// Which bytes of a file are flipped: all of its head, and of the rest every so many, beginning anywhere.
fn chosen(file: &str, length: u64, step: Option<u64>) -> Vec<u64> {
    const HEAD: u64 = 56;
    let usual = if file.ends_with("-mark") || file.ends_with("-sums") { 97 } else { 1999 };
    let step = step.unwrap_or(usual).max(1);
    let from = u64::from(std::process::id()) % step;
    (0..length.min(HEAD)).chain((HEAD + from..length).step_by(usize::try_from(step).unwrap_or(usize::MAX))).collect()
}

/// Flips one byte after the other of every file of the database `name` in `folder`, as a kill has left them. `open`
/// opens the store in the folder that it is given. `step` is how far apart the bytes are; 1 takes hours.
///
/// # Panics
/// If a file cannot be read or written.
pub async fn flips(
    folder: &Path,
    name: &str,
    step: Option<u64>,
    open: impl Fn(&Path) -> Result<Store, StoreError>,
) -> Vec<(String, Tally)> {
    let work = tempfile::tempdir().expect("a folder");
    let files: Vec<(String, Vec<u8>)> = ["db", "db-wal", "db-mark", "db-sums"]
        .map(|ending| format!("{name}.{ending}"))
        .into_iter()
        .filter_map(|file| std::fs::read(folder.join(&file)).ok().map(|bytes| (file, bytes)))
        .collect();
    let lay = |flipped: Option<(&str, u64)>| {
        for (file, bytes) in &files {
            let mut bytes = bytes.clone();
            if let Some((_, at)) = flipped.filter(|(name, _)| name == file) {
                bytes[usize::try_from(at).expect("a place")] ^= 1 << (at % 8);
            }
            std::fs::write(work.path().join(file), bytes).expect("a file");
        }
        for left in [format!("{name}.db-shm"), format!("{name}.db-wal"), format!("{name}.db-sums")] {
            if !files.iter().any(|(file, _)| *file == left) {
                drop(std::fs::remove_file(work.path().join(left)));
            }
        }
    };
    lay(None);
    let whole = open(work.path()).expect("it opens as it was left");
    let written = whole.read(store::contents).await.expect("it is read as it was left");
    assert_eq!(whole.damaged_places(), 0, "nothing is damaged yet");
    drop(whole);
    assert!(store::closed_within(PATIENCE));
    let mut tallies = Vec::new();
    for (file, bytes) in &files {
        let mut tally = Tally::default();
        for at in chosen(file, bytes.len() as u64, step) {
            lay(Some((file, at)));
            match open(work.path()) {
                Err(_) => tally.refused += 1,
                Ok(store) => match store.read(store::contents).await {
                    Ok(contents) if contents == written => tally.right += 1,
                    Ok(_) if store.damaged_places() == 0 => tally.silent.push(at),
                    Ok(_) | Err(_) => tally.alarmed += 1,
                },
            }
            assert!(store::closed_within(PATIENCE));
        }
        tallies.push((file.clone(), tally));
    }
    tallies
}
