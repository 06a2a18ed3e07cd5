//! Whether each page of a database file still is as it was written: a checksum per page, in a file beside it
//! (`<name>.db-sums`).
//!
//! SQLite notices a damaged page only where the damage makes no sense; a flipped letter in a text, or in an index, is
//! read as it stands. Here every page has a checksum, whatever it holds. In this mode the database file changes only
//! when the write-ahead log is copied into it, and only [`crate::checkpoint`] does that: what was copied is read from
//! the log, summed, and the sums are on the disk before the log may begin again. So at any moment, also after a kill or
//! a power cut, a page either has its sum or stands in the log, whose frames SQLite checks itself.
//!
//! Pages without a sum (an older database, a copy that was put back) get theirs when the check first meets them. If the
//! file was changed by another program meanwhile, which shows in the database's position, all sums are made again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::mark::Mark;

const MAGIC: &[u8; 8] = b"fm-sums1";
/// Magic, database, position, page size, and a checksum of these; sums follow.
const HEADER: usize = 64;
const WAL_HEADER: u64 = 32;
const FRAME_HEADER: u64 = 24;
/// Pages that are read at once.
const AT_ONCE: u32 = 32;

/// The sums of one database file.
#[derive(Debug)]
pub(crate) struct Pages {
    /// Stays open as long as any connection of this process: to close it would let go of SQLite's locks on the file.
    database: File,
    wal: PathBuf,
    file: File,
    page_size: u32,
    /// By page, beginning with the first; 0 is not known.
    sums: Vec<u64>,
    /// Entries that differ from the file's.
    changed: BTreeSet<usize>,
    /// Which log was summed last, and how many frames of it.
    salts: [u8; 8],
    summed: u64,
    /// Where the check goes on.
    next: u32,
}

/// A page that is not as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DamagedPage(pub(crate) u32);

impl Pages {
    /// Where the sums of a database file are.
    pub(crate) fn beside(database: &Path) -> PathBuf {
        let mut path = database.as_os_str().to_owned();
        path.push("-sums");
        path.into()
    }

    /// Reads the sums, as far as they are those of this database at this position; to be called before anything is
    /// written. Without a mark there is nothing that they could be held against.
    pub(crate) fn open(database: &Path, page_size: u32, mark: Option<Mark>) -> io::Result<Self> {
        let path = Self::beside(database);
        let mut pages = Self {
            database: File::open(database)?,
            wal: log_of(database),
            file: crate::store::private_file(&path)?,
            page_size,
            sums: Vec::new(),
            changed: BTreeSet::new(),
            salts: [0; 8],
            summed: 0,
            next: 1,
        };
        let bytes = std::fs::read(&path)?;
        let log = Log::open(&pages.wal, page_size)?;
        let (salts, open) = match &log {
            Some(log) => (log.salts, log.frames(0, u64::MAX)?.into_keys().collect()),
            None => ([0; 8], Vec::new()),
        };
        pages.salts = salts;
        let kept = read_header(&bytes, page_size).zip(mark);
        let trusted =
            kept.is_some_and(|((kept, at), mark)| kept == mark.database && (!open.is_empty() || at == mark.position));
        if trusted {
            let sums =
                bytes[HEADER..].chunks_exact(8).map(|sum| u64::from_le_bytes(sum.try_into().unwrap_or_default()));
            pages.sums = sums.collect();
        } else if bytes.get(..HEADER).is_some_and(|header| header.iter().any(|&byte| byte != 0)) {
            // Without a header it was killed before its log was ever copied whole.
            tracing::warn!(file = %path.display(), "the checksums are another state's; they are made again");
        }
        if !trusted {
            pages.file.set_len(0)?;
        }
        // Copied or not: their sums are made when they are copied next.
        for page in open {
            pages.set(page, 0);
        }
        Ok(pages)
    }

    /// Which log there is now; the same before and after copying says that it did not begin again meanwhile.
    pub(crate) fn log(&self) -> io::Result<Option<[u8; 8]>> {
        Ok(Log::open(&self.wal, self.page_size)?.map(|log| log.salts))
    }

    /// Sums what was copied from the log: its first `copied` frames. To be called while the log cannot begin again.
    pub(crate) fn copied(&mut self, copied: u64) -> io::Result<()> {
        let Some(log) = Log::open(&self.wal, self.page_size)? else { return Ok(()) };
        if log.salts != self.salts {
            (self.salts, self.summed) = (log.salts, 0);
        }
        if copied <= self.summed {
            return Ok(());
        }
        let mut page = vec![0; self.page_size as usize];
        for (number, frame) in log.frames(self.summed, copied)? {
            log.read(frame, &mut page)?;
            self.set(number, sum(number, &page));
        }
        self.summed = copied;
        Ok(())
    }

    fn set(&mut self, page: u32, sum: u64) {
        let at = page as usize - 1;
        if self.sums.len() <= at {
            let from = self.sums.len();
            self.sums.resize(at + 1, 0);
            self.changed.extend(from..at);
        }
        self.sums[at] = sum;
        self.changed.insert(at);
    }

    /// Brings the sums to the disk. `whole` is given where the log holds nothing that is not copied.
    pub(crate) fn save(&mut self, whole: Option<Mark>) -> io::Result<()> {
        if self.changed.is_empty() && whole.is_none() {
            return Ok(());
        }
        let changed: Vec<usize> = std::mem::take(&mut self.changed).into_iter().collect();
        for run in changed.chunk_by(|a, b| a + 1 == *b) {
            let bytes: Vec<u8> = run.iter().flat_map(|&at| self.sums[at].to_le_bytes()).collect();
            write_at(&self.file, &bytes, (HEADER + run[0] * 8) as u64)?;
        }
        if let Some(mark) = whole {
            write_at(&self.file, &header(mark, self.page_size), 0)?;
        }
        self.file.sync_data()
    }

    /// Whether the check has come round.
    pub(crate) fn came_round(&self) -> bool {
        self.next == 1
    }

    /// Checks about so many bytes more, and says which pages are damaged. What has no sum gets one.
    pub(crate) fn check(&mut self, bytes: u64) -> io::Result<Vec<DamagedPage>> {
        let size = u64::from(self.page_size);
        let there = self.database.metadata()?.len() / size;
        let last = there.max(self.sums.len() as u64);
        let mut damaged = Vec::new();
        let mut left = bytes.div_ceil(size).max(1);
        let mut buffer = vec![0; (AT_ONCE * self.page_size) as usize];
        while left > 0 {
            let first = u64::from(self.next);
            let count = u64::from(AT_ONCE).min(left).min((last + 1).saturating_sub(first));
            if count == 0 {
                self.next = 1;
                break;
            }
            left -= count;
            let readable = count.min((there + 1).saturating_sub(first));
            let read = &mut buffer[..usize::try_from(readable * size).unwrap_or(0)];
            read_at(&self.database, read, (first - 1) * size)?;
            for (page, bytes) in (self.next..).zip(read.chunks_exact(self.page_size as usize)) {
                let now = sum(page, bytes);
                match self.sums.get(page as usize - 1).copied().unwrap_or(0) {
                    0 => self.set(page, now),
                    kept if kept != now => damaged.push(DamagedPage(page)),
                    _ => {}
                }
            }
            // Beyond the file's end: only what has a sum was ever there.
            for page in (first + readable)..(first + count) {
                let at = usize::try_from(page - 1).unwrap_or(usize::MAX);
                if self.sums.get(at).is_some_and(|&kept| kept != 0) {
                    damaged.extend(u32::try_from(page).map(DamagedPage));
                }
            }
            self.next += u32::try_from(count).unwrap_or(AT_ONCE);
        }
        Ok(damaged)
    }
}

/// Where the write-ahead log of a database file is.
pub(crate) fn log_of(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push("-wal");
    path.into()
}

/// Whether a transaction ends in the file of a log behind so many frames.
pub(crate) fn is_ended_behind(log: &Path, frames: u64) -> io::Result<bool> {
    let mut header = [0; 12];
    let file = match File::open(log) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    match read_at(&file, &mut header, 0) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
        Err(error) => return Err(error),
    }
    let page_size = u32::from_be_bytes([header[8], header[9], header[10], header[11]]);
    Log::open(log, page_size)?.map_or(Ok(false), |log| log.is_ended_behind(frames))
}

/// SQLite's write-ahead log, as its file format says (<https://sqlite.org/fileformat2.html#walformat>).
struct Log {
    file: File,
    salts: [u8; 8],
    page_size: u32,
}

impl Log {
    /// `None` if there is none, or nothing was written to it.
    fn open(path: &Path, page_size: u32) -> io::Result<Option<Self>> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut header = [0; 32];
        match read_at(&file, &mut header, 0) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
        let mut salts = [0; 8];
        salts.copy_from_slice(&header[16..24]);
        Ok(Some(Self { file, salts, page_size }))
    }

    /// The latest frame of each page, of the frames from one number up to (without) another, as far as they are this
    /// log's.
    fn frames(&self, from: u64, upto: u64) -> io::Result<BTreeMap<u32, u64>> {
        let mut latest = BTreeMap::new();
        let mut header = [0; 24];
        for frame in from..upto {
            match read_at(&self.file, &mut header, self.at(frame)) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
                Err(error) => return Err(error),
            }
            let page = u32::from_be_bytes([header[0], header[1], header[2], header[3]]);
            // The first page with a lock byte is far beyond what is kept here; a number of 0 is no page.
            if header[8..16] != self.salts || page == 0 {
                break;
            }
            latest.insert(page, frame);
        }
        Ok(latest)
    }

    /// The last frame of a transaction says how large the database is then.
    fn is_ended_behind(&self, frames: u64) -> io::Result<bool> {
        let mut header = [0; 24];
        for frame in frames.. {
            match read_at(&self.file, &mut header, self.at(frame)) {
                Ok(()) if header[8..16] != self.salts => break,
                Ok(()) if header[4..8] != [0; 4] => return Ok(true),
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    fn at(&self, frame: u64) -> u64 {
        WAL_HEADER + frame * (FRAME_HEADER + u64::from(self.page_size))
    }

    fn read(&self, frame: u64, page: &mut [u8]) -> io::Result<()> {
        read_at(&self.file, page, self.at(frame) + FRAME_HEADER)
    }
}

fn header(mark: Mark, page_size: u32) -> [u8; HEADER] {
    let mut bytes = [0; HEADER];
    bytes[..8].copy_from_slice(MAGIC);
    bytes[8..24].copy_from_slice(mark.database.as_bytes());
    bytes[24..32].copy_from_slice(&mark.position.to_le_bytes());
    bytes[32..36].copy_from_slice(&page_size.to_le_bytes());
    let sum = sum(0, &bytes[..56]);
    bytes[56..].copy_from_slice(&sum.to_le_bytes());
    bytes
}

fn read_header(bytes: &[u8], page_size: u32) -> Option<(uuid::Uuid, i64)> {
    let bytes = bytes.get(..HEADER)?;
    let database = uuid::Uuid::from_slice(&bytes[8..24]).ok()?;
    let position = i64::from_le_bytes(bytes[24..32].try_into().ok()?);
    (bytes == header(Mark { database, position }, page_size)).then_some((database, position))
}

/// 64 bits over a page and its number; never 0. Any change of up to eight bytes in a row changes it: each step can be
/// undone, so that two pages with one difference stay different.
fn sum(page: u32, bytes: &[u8]) -> u64 {
    // FNV-1a's numbers, over words instead of bytes.
    let mut sum = 0xcbf2_9ce4_8422_2325 ^ u64::from(page);
    let words = bytes.chunks_exact(8);
    for word in words {
        let word = u64::from_le_bytes(word.try_into().unwrap_or_default());
        sum = (sum ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
    }
    sum.max(1)
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(not(unix))]
fn read_at(mut file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    use std::io::{Read as _, Seek as _};
    file.seek(io::SeekFrom::Start(at))?;
    file.read_exact(bytes)
}

#[cfg(not(unix))]
fn write_at(mut file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    use std::io::{Seek as _, Write as _};
    file.seek(io::SeekFrom::Start(at))?;
    file.write_all(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn a_sum_depends_on_every_bit_and_on_the_page() {
        let page: Vec<u8> = (0..4096_u32).map(|byte| byte.to_le_bytes()[0]).collect();
        let whole = sum(7, &page);
        assert_ne!(whole, sum(8, &page));
        for at in 0..page.len() {
            for bit in 0..8 {
                let mut other = page.clone();
                other[at] ^= 1 << bit;
                assert_ne!(sum(7, &other), whole, "byte {at}, bit {bit}");
            }
        }
    }
}
