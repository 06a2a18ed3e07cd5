//! The model on disk, as it was at one place in the log, so that a start need not fold everything again.
//!
//! A file of sections: the head (the place in the log, and the events applied lately), posts in some hundred kilobytes
//! at a time, and the end, which counts the posts and names all sections before it. Each section has its SHA-256, so that they
//! are checked and read by several threads at once. It is written to a file aside, synced, and renamed, so that a crash
//! leaves the former snapshot or the new one. A snapshot is a copy of what the log says and nothing more: one that is not
//! whole, or of another version, is put aside, and everything is folded again.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use chassis::serve::Lifetime;
use chassis::starting::{self, LockError};
use contract::PostId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::canonical::{self, Position};
use crate::cut::Cut;
use crate::heard::EventKey;
use crate::post::Post;
use crate::store::{Restored, Store};

const MAGIC: &[u8; 8] = b"fmquery\n";
/// Raised whenever what the bytes mean changes, the meaning of the fold included: older snapshots are then folded anew.
pub const VERSION: u32 = 1;
/// A section of posts is closed once it is this long, in bytes.
const SECTION: usize = 256 * 1024;
/// Threads that read.
const READERS: usize = 4;

/// The snapshot of one folder, which is locked for as long as this is there.
#[derive(Debug)]
pub struct Snapshots {
    path: PathBuf,
    _lock: File,
}

/// What a snapshot holds beside the posts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memo {
    /// Everything up to here is in it.
    pub position: Position,
    /// The events that were applied last, oldest first.
    pub applied: Vec<EventKey>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct End {
    posts: u64,
    sections: [u8; 32],
}

/// Why there are no snapshots, or one cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The folder or a file in it cannot be used.
    #[error("{path}: {source}")]
    File {
        /// Which one.
        path: PathBuf,
        /// What is the matter.
        source: io::Error,
    },
    /// Another process has the folder.
    #[error(
        "another query service uses the folder of {0}: give this one its own --data-dir / FOLKMOOT_DATA_DIR, or wait longer \
         (--lock-timeout)"
    )]
    Taken(PathBuf),
    /// This process was asked to end while it waited for the folder.
    #[error("asked to end while another query service used the folder of {0}")]
    Stopped(PathBuf),
    /// It is of another version.
    #[error("it is of version {0}")]
    Version(u32),
    /// It is not whole.
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
}

impl Snapshots {
    /// Opens a folder, making it if needed, and locks it: within `lock_timeout`, for a predecessor may still use it.
    ///
    /// # Errors
    /// If it cannot be used, or another process goes on using it.
    pub fn open(folder: &Path, lock_timeout: Duration, lifetime: &Lifetime) -> Result<Self, SnapshotError> {
        let path = folder.join("query.snapshot");
        let lock_path = folder.join("query.lock");
        let lock = fs::create_dir_all(folder).and_then(|()| create(&lock_path)).map_err(of(&lock_path))?;
        match starting::lock(&lock, &lock_path, lock_timeout, lifetime) {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(LockError::Taken) => Err(SnapshotError::Taken(path)),
            Err(LockError::Stopped) => Err(SnapshotError::Stopped(path)),
            Err(LockError::File(source)) => Err(SnapshotError::File { path: lock_path, source }),
        }
    }

    /// Where the snapshot is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the snapshot, if there is one, into an empty store.
    ///
    /// # Errors
    /// If it cannot be used; the store is empty then.
    pub fn read(&self, store: &Store) -> Result<Option<Memo>, SnapshotError> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(of(&self.path)(error)),
        };
        read(&bytes, store).map(Some).inspect_err(|_| store.clear())
    }

    /// Puts the snapshot aside, for somebody to look at.
    ///
    /// # Errors
    /// If it cannot be renamed.
    pub fn reject(&self) -> Result<PathBuf, SnapshotError> {
        let aside = self.path.with_extension("snapshot.rejected");
        match fs::rename(&self.path, &aside) {
            Ok(()) => Ok(aside),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(aside),
            Err(error) => Err(of(&self.path)(error)),
        }
    }

    /// Writes the snapshot of a cut, and says how many bytes it has; `None` if the cut was spoiled.
    ///
    /// # Errors
    /// If a file cannot be written; the former snapshot is still there then.
    pub fn write(&self, memo: &Memo, store: &Store, cut: &Cut) -> Result<Option<u64>, SnapshotError> {
        let aside = self.path.with_extension("snapshot.new");
        let written = write(&aside, memo, store, cut).map_err(of(&aside))?;
        let Some(bytes) = written else {
            fs::remove_file(&aside).map_err(of(&aside))?;
            return Ok(None);
        };
        fs::rename(&aside, &self.path).map_err(of(&self.path))?;
        // The rename itself is on disk once the folder is.
        let folder = self.path.parent().unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(of(folder))?;
        Ok(Some(bytes))
    }
}

fn of(path: &Path) -> impl FnOnce(io::Error) -> SnapshotError {
    let path = path.to_owned();
    |source| SnapshotError::File { path, source }
}

/// Makes a file that only its owner may read: a snapshot holds what is withheld, too.
fn create(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

struct Writer {
    file: BufWriter<File>,
    sections: Sha256,
    bytes: u64,
}

impl Writer {
    fn section(&mut self, payload: &[u8]) -> io::Result<()> {
        let length = u32::try_from(payload.len()).map_err(|_| io::Error::other("a section is beyond 4 GiB"))?;
        let digest = Sha256::digest(payload);
        self.sections.update(digest);
        self.file.write_all(&length.to_le_bytes())?;
        self.file.write_all(&digest)?;
        self.file.write_all(payload)?;
        self.bytes += 36 + u64::from(length);
        Ok(())
    }
}

fn write(path: &Path, memo: &Memo, store: &Store, cut: &Cut) -> io::Result<Option<u64>> {
    let mut writer =
        Writer { file: BufWriter::new(create(path)?), sections: Sha256::new(), bytes: MAGIC.len() as u64 + 4 };
    writer.file.write_all(MAGIC)?;
    writer.file.write_all(&VERSION.to_le_bytes())?;
    writer.section(&postcard::to_stdvec(memo).map_err(io::Error::other)?)?;
    let mut section = Vec::with_capacity(SECTION + SECTION / 4);
    let mut posts = 0;
    let whole = store.carry_out(cut, |_, bytes| {
        posts += 1;
        section.extend_from_slice(bytes);
        if section.len() >= SECTION {
            writer.section(&section)?;
            section.clear();
        }
        Ok::<_, io::Error>(())
    })?;
    if !whole {
        return Ok(None);
    }
    if !section.is_empty() {
        writer.section(&section)?;
    }
    let end = End { posts, sections: writer.sections.clone().finalize().into() };
    writer.section(&postcard::to_stdvec(&end).map_err(io::Error::other)?)?;
    let bytes = writer.bytes;
    writer.file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    Ok(Some(bytes))
}

/// A section of a file that has been read, not yet checked.
struct Section<'a> {
    digest: &'a [u8],
    payload: &'a [u8],
}

impl<'a> Section<'a> {
    fn checked(&self) -> Result<&'a [u8], SnapshotError> {
        if Sha256::digest(self.payload).as_slice() == self.digest {
            Ok(self.payload)
        } else {
            Err(SnapshotError::Damaged("a section's checksum is wrong"))
        }
    }
}

fn read(bytes: &[u8], store: &Store) -> Result<Memo, SnapshotError> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(SnapshotError::Damaged("it does not begin as a snapshot"))?;
    let (version, rest) = rest.split_first_chunk().ok_or(SnapshotError::Damaged("it ends too soon"))?;
    let version = u32::from_le_bytes(*version);
    if version != VERSION {
        return Err(SnapshotError::Version(version));
    }
    let sections = split(rest)?;
    let [head, posts @ .., end] = sections.as_slice() else {
        return Err(SnapshotError::Damaged("it ends too soon"));
    };
    let end: End = decode(end.checked()?)?;
    let mut all = Sha256::new_with_prefix(head.digest);
    for section in posts {
        all.update(section.digest);
    }
    if end.sections != all.finalize().as_slice() {
        return Err(SnapshotError::Damaged("a section is missing"));
    }
    let memo = decode(head.checked()?)?;
    let count = read_posts(posts, store)?;
    if count != end.posts {
        return Err(SnapshotError::Damaged("a post is missing"));
    }
    Ok(memo)
}

fn split(mut rest: &[u8]) -> Result<Vec<Section<'_>>, SnapshotError> {
    let short = || SnapshotError::Damaged("it ends too soon");
    let mut sections = Vec::new();
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk().ok_or_else(short)?;
        let (digest, after) = after.split_at_checked(32).ok_or_else(short)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| short())?;
        let (payload, after) = after.split_at_checked(length).ok_or_else(short)?;
        sections.push(Section { digest, payload });
        rest = after;
    }
    Ok(sections)
}

fn read_posts(sections: &[Section<'_>], store: &Store) -> Result<u64, SnapshotError> {
    let readers = thread::available_parallelism().map_or(1, usize::from).clamp(1, READERS);
    let parts = thread::scope(|scope| {
        let start = |reader: usize| {
            scope.spawn(move || {
                let mine = sections.iter().skip(reader).step_by(readers);
                mine.map(|section| read_section(section, store)).collect::<Result<Vec<_>, _>>()
            })
        };
        let started: Vec<_> = (0..readers).map(start).collect();
        let ended = started.into_iter().map(|reader| reader.join().map_err(|_| SnapshotError::Damaged("a bug")));
        ended.map(Result::flatten).collect::<Result<Vec<_>, _>>()
    })?;
    let count = parts.iter().flatten().map(|(count, _)| count).sum();
    store.order(parts.into_iter().flatten().map(|(_, restored)| restored));
    Ok(count)
}

fn read_section(section: &Section<'_>, store: &Store) -> Result<(u64, Restored), SnapshotError> {
    let mut rest = section.checked()?;
    let mut posts: Vec<(PostId, Post)> = Vec::new();
    while !rest.is_empty() {
        let (record, after) = canonical::read_post(rest).map_err(undecodable)?;
        posts.push((record.id, Post::restore(record.item, record.comments)));
        rest = after;
    }
    Ok((posts.len() as u64, store.restore(posts.into_iter())))
}

fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, SnapshotError> {
    postcard::from_bytes(bytes).map_err(undecodable)
}

const fn undecodable(_: postcard::Error) -> SnapshotError {
    SnapshotError::Damaged("a section holds something else")
}
