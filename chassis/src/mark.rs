//! How far a database has come, kept outside it: whether everything that was acknowledged is still there can be told
//! only by something that does not share its fate.
//!
//! Each committed group raises the database's position by one, in its own transaction; after the commit and before any
//! answer the position is written to a small file beside it, `<name>.db-mark`. A write-ahead log that was cut short by
//! one damaged byte, or a file from an older copy, then shows at the next start: the position is below the mark. The
//! two slots of the file are written in turn, so that a write that is cut short spoils one of them; nothing waits for
//! the disk, since a mark that a power cut has left older is only less strict.
//!
//! The file is named so that whatever moves or removes `<name>.db-*` takes it along.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use uuid::Uuid;

/// Each slot is a block of its own on any disk.
const SLOT: u64 = 4096;
const BYTES: usize = 48;
const MAGIC: &[u8; 8] = b"fm-mark1";

/// Which database, and how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) database: Uuid,
    pub(crate) position: i64,
}

/// A database that lacks what was acknowledged, or that is another one than its mark is of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Older {
    /// The database file.
    pub path: String,
    /// What does not fit.
    pub what: Mismatch,
    /// What `--accept-older-database` takes to go on with it all the same.
    pub accept: String,
}

/// How a database and its mark differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mismatch {
    /// It ends before what was acknowledged.
    Behind {
        /// Its position.
        at: i64,
        /// The position of the last acknowledged group.
        acknowledged: i64,
    },
    /// The mark beside it is another database's.
    Another,
    /// Neither slot of the mark can be read.
    Unreadable,
}

impl fmt::Display for Older {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match self.what {
            Mismatch::Behind { at, acknowledged } => write!(
                f,
                "{path} has lost its end: it is at {at}, and {acknowledged} was acknowledged. It is an older copy, or \
                 its write-ahead log is damaged"
            )?,
            Mismatch::Another => write!(f, "{path} is another database than the one that {path}-mark was written for")?,
            Mismatch::Unreadable => write!(
                f,
                "{path}-mark is damaged, so it cannot be told whether {path} has everything that was acknowledged"
            )?,
        }
        write!(
            f,
            ". Put the right files back; or go on with what is there, once, by --accept-older-database={} (see \
             docs/operating.md, \"A database is older than its mark\")",
            self.accept
        )
    }
}

/// The file, kept open.
#[derive(Debug)]
pub(crate) struct MarkFile {
    file: File,
    path: PathBuf,
    database: Uuid,
    failed: bool,
}

impl MarkFile {
    /// Where the mark of a database file is.
    pub(crate) fn beside(database: &Path) -> PathBuf {
        let mut path = database.as_os_str().to_owned();
        path.push("-mark");
        path.into()
    }

    /// Makes or replaces the file: aside, synced and renamed, both slots alike.
    pub(crate) fn create(path: &Path, mark: Mark) -> io::Result<Self> {
        let mut aside = path.as_os_str().to_owned();
        aside.push(".new");
        let aside = PathBuf::from(aside);
        let mut file = crate::store::private_file(&aside)?;
        file.set_len(0)?;
        file.set_len(2 * SLOT)?;
        for slot in 0..2 {
            file.seek(SeekFrom::Start(slot * SLOT))?;
            file.write_all(&encode(mark))?;
        }
        file.sync_all()?;
        std::fs::rename(&aside, path)?;
        crate::store::sync_folder_of(path)?;
        Ok(Self { file, path: path.to_owned(), database: mark.database, failed: false })
    }

    /// Opens the file with the newer of its marks; `None` if there is no such file, or if neither slot is whole.
    pub(crate) fn open(path: &Path) -> io::Result<Option<(Self, Option<Mark>)>> {
        let mut file = match File::options().read(true).write(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let slots = [0, SLOT].map(|at| bytes.get(usize::try_from(at).unwrap_or(0)..).and_then(decode));
        if slots.iter().any(Option::is_none) {
            tracing::warn!(file = %path.display(), "a slot of the mark is damaged; the other one is used");
        }
        let newest = slots.into_iter().flatten().max_by_key(|mark| mark.position);
        let database = newest.map_or_else(Uuid::nil, |mark| mark.database);
        Ok(Some((Self { file, path: path.to_owned(), database, failed: false }, newest)))
    }

    /// Notes that everything up to this position is committed. A failure is logged once: the group is on disk, and only
    /// the next start can tell less.
    pub(crate) fn write(&mut self, position: i64) {
        let mark = encode(Mark { database: self.database, position });
        let at = if position % 2 == 0 { 0 } else { SLOT };
        let written = write_at(&mut self.file, &mark, at);
        match written {
            Ok(()) => self.failed = false,
            Err(error) if !self.failed => {
                tracing::warn!(file = %self.path.display(), %error, "the mark cannot be written; commits go on");
                self.failed = true;
            }
            Err(_) => {}
        }
    }

    /// Brings it to the disk: what a power cut leaves is then at least this.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

#[cfg(unix)]
fn write_at(file: &mut File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(not(unix))]
fn write_at(file: &mut File, bytes: &[u8], at: u64) -> io::Result<()> {
    file.seek(SeekFrom::Start(at))?;
    file.write_all(bytes)
}

fn encode(mark: Mark) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    bytes[..8].copy_from_slice(MAGIC);
    bytes[8..24].copy_from_slice(mark.database.as_bytes());
    bytes[24..32].copy_from_slice(&mark.position.to_be_bytes());
    let digest = digest(&bytes[..32]);
    bytes[32..].copy_from_slice(&digest);
    bytes
}

fn decode(bytes: &[u8]) -> Option<Mark> {
    let bytes = bytes.get(..BYTES)?;
    let whole = bytes.starts_with(MAGIC) && digest(&bytes[..32]) == bytes[32..];
    let position = i64::from_be_bytes(bytes[24..32].try_into().ok()?);
    whole.then_some(Mark { database: Uuid::from_slice(&bytes[8..24]).ok()?, position })
}

fn digest(bytes: &[u8]) -> [u8; 16] {
    use sha2::Digest as _;
    let mut digest = [0; 16];
    digest.copy_from_slice(&sha2::Sha256::digest(bytes)[..16]);
    digest
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn newest(path: &Path) -> Option<i64> {
        MarkFile::open(path).unwrap().unwrap().1.map(|mark| mark.position)
    }

    #[test]
    fn of_two_slots_one_may_be_spoiled() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db-mark");
        assert!(MarkFile::open(&path).unwrap().is_none());
        let mut file = MarkFile::create(&path, Mark { database: Uuid::now_v7(), position: 6 }).unwrap();
        file.write(7);
        file.write(8);
        let whole = std::fs::read(&path).unwrap();
        assert_eq!(newest(&path), Some(8));
        for (at, left) in [(30, Some(7)), (4096 + 30, Some(8)), (47, Some(7)), (100, Some(8))] {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            std::fs::write(&path, &bytes).unwrap();
            assert_eq!(newest(&path), left, "byte {at}");
        }
        std::fs::write(&path, &whole[..20]).unwrap();
        assert_eq!(newest(&path), None);
    }
}
