//! How a service keeps things: one database file, one writer that commits what arrives together in one transaction,
//! a few readers that never wait for it, and a lock on the folder so that a second process is refused.
//!
//! Why one writer: SQLite takes one write transaction at a time anyway, and a commit costs one fsync however much is in
//! it. So commands queue up while the last commit is on its way to the disk, and the next commit takes all of them. Each
//! command has a savepoint of its own, so a refused one takes back its own changes only; if the commit itself
//! fails, all of them failed and none is answered with success.
//!
//! [`Connection`] is the one name for the database's type: a second database is a change in this file.

pub mod columns;
#[cfg(feature = "doubles")]
mod contents;
mod error;
pub(crate) mod file;
mod open;
pub(crate) mod position;
mod readers;

use std::collections::HashSet;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::migration::MigrationSource;
use diesel::sqlite::Sqlite;
use diesel::{Connection as _, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use tokio::sync::{mpsc, oneshot};

use crate::checkpoint::{Checkpointer, Turn, Work};
use crate::config::{LockArgs, ServiceArgs};
use crate::damage::Alarm;
use crate::mark::{Mark, MarkFile};
use crate::outbox::{self, Backlog};
use crate::pages::{self, Pages};
use crate::serve::Lifetime;
use crate::starting::{self, LockError};
use crate::writer::{Job, Place, Write, Writer};

#[cfg(feature = "doubles")]
pub use self::contents::{contents, open_as_it_is};
pub use self::error::StoreError;
pub(crate) use self::error::violates_a_constraint;
pub use self::file::{SAFE_SQLITE, sqlite_version};
use self::open::Open;
pub use self::open::closed_within;
use self::readers::Readers;
pub use crate::mark::{Mismatch, Older};
pub use crate::writer::{Tx, WriteError};

/// The database connection that every query in the project is written against.
pub type Connection = SqliteConnection;

/// What a query fails with.
pub type DbError = diesel::result::Error;

const MESSAGING: EmbeddedMigrations = embed_migrations!("migrations");

/// Commands that may wait for the writer; beyond, [`WriteError::Overloaded`] at once.
const QUEUE: usize = 8192;

/// A hundredth of a core at most: a page takes about 2 µs.
pub(crate) const CHECK_RATE: u64 = 4 << 20;

/// How a store is opened. Sizes are bytes.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// How much may wait in the outbox before writes are refused.
    pub outbox_limit: u64,
    /// How much of the database the writer and each reader may hold in memory.
    pub cache: u32,
    /// How many reads run side by side.
    pub readers: usize,
    /// How long a predecessor that is on its way out may still hold the folder.
    pub lock_timeout: Duration,
    /// Whose start this is.
    pub lifetime: Lifetime,
    /// Older databases that are gone on with all the same: what the errors that refused them say, comma-separated.
    pub accept_older: String,
    /// Bytes of the file that are checked in a second, beside everything else; 0 checks at the start only.
    pub check_rate: u64,
    /// How often it is gone through from end to end, at most.
    pub check_every: Duration,
}

impl StoreSettings {
    /// As the settings of a service say, for its start.
    pub fn of(args: &ServiceArgs, lifetime: &Lifetime) -> Self {
        let (outbox_limit, lock_timeout) = (args.outbox_limit, args.lock.lock_timeout);
        Self { outbox_limit, lock_timeout, lifetime: lifetime.clone(), ..args.store.settings() }
    }
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self {
            outbox_limit: 1 << 30,
            cache: 4 << 20,
            readers: 2,
            lock_timeout: LockArgs::default().lock_timeout,
            lifetime: Lifetime::new(),
            accept_older: String::new(),
            check_rate: CHECK_RATE,
            check_every: Duration::from_hours(1),
        }
    }
}

/// A handle on one service's database. Cheap to clone; the file closes with the last handle.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    name: String,
    /// Dropped before `commands`: the writer's connection closes last, and leaves everything in the file itself.
    readers: Arc<Readers>,
    commands: mpsc::Sender<Box<dyn Job>>,
    backlog: Arc<Backlog>,
    alarm: Arc<Alarm>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("name", &self.inner.name).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens `<dir>/<name>.db`, making folder and file if needed, and brings its tables up to date: the messaging
    /// tables of [`crate::outbox`] and [`crate::inbox`] first, then the service's own.
    ///
    /// # Errors
    /// If the folder is in use by another process, cannot be written, a migration fails, or the database lacks what was
    /// acknowledged ([`StoreError::Older`]).
    pub fn open(
        dir: &Path,
        name: &str,
        migrations: EmbeddedMigrations,
        settings: &StoreSettings,
    ) -> Result<Self, StoreError> {
        private_folder(dir).map_err(|e| folder(dir, &e))?;
        let lock = lock(&dir.join(format!("{name}.lock")), settings)?;
        let path = dir.join(format!("{name}.db"));
        let database = private_file(&path).map_err(|e| folder(&path, &e))?;
        let is_new = database.metadata().map_err(|e| folder(&path, &e))?.len() == 0;
        drop(database);
        let mut connection = connect(&path, settings, false)?;
        let found = position::before_migrating(&mut connection)?;
        if !is_new && !MarkFile::beside(&path).exists() {
            tracing::info!(database = %path.display(), "there is no mark beside this database; it is taken as it is");
        }
        let accepted = !held_against_its_mark(&path, name, found, settings)?;
        if accepted {
            remove_if_there(&Pages::beside(&path)).map_err(|e| folder(&path, &e))?;
        }
        let page_size = file::page_size(&mut connection)?;
        let sums = Pages::open(&path, page_size, found).map_err(|e| folder(&path, &e))?;
        let migrating = settings.lifetime.starting.wait_for(format_args!("the migration of {}", path.display()));
        migrate(&mut connection, [MESSAGING, migrations])
            .map_err(|e| StoreError::Migration { path: path.display().to_string(), reason: e.to_string() })?;
        drop(migrating);
        let mark = position::of(&mut connection)?;
        if accepted {
            position::ask_again(&mut connection)?;
        }
        let mark_file = mark_beside(&path, mark, is_new || accepted).map_err(|e| folder(&path, &e))?;
        let turn = Arc::new(Turn::new(mark));
        let alarm = Arc::new(Alarm::new(name, path.display().to_string()));
        metrics::gauge!("database_older_accepted", "service" => name.to_owned()).set(if accepted { 1.0 } else { 0.0 });
        let backlog = Arc::new(Backlog::new(name, settings.outbox_limit, outbox::unsent_bytes(&mut connection)?));
        let (commands, queue) = mpsc::channel(QUEUE);
        let reconnect = {
            let (path, settings) = (path.clone(), settings.clone());
            Box::new(move || connect(&path, &settings, false))
        };
        let mut copying = connect(&path, settings, false)?;
        copying.batch_execute("PRAGMA busy_timeout = 50")?;
        let work = Work {
            service: name.to_owned(),
            connection: copying,
            holder: connect(&path, settings, true)?,
            pages: sums,
            turn: Arc::clone(&turn),
            alarm: Arc::clone(&alarm),
            check_rate: settings.check_rate,
            check_every: settings.check_every,
        };
        let checkpointer = Checkpointer::start(work).map_err(|e| folder(&path, &e))?;
        let place = Place { turn, mark: mark_file, checkpointer, alarm: Arc::clone(&alarm), log: pages::log_of(&path) };
        let writer = Writer::new(name, connection, reconnect, queue, Arc::clone(&backlog), place);
        let open = Open::one_more();
        std::thread::Builder::new()
            .name(format!("{name}-writer"))
            .spawn(move || {
                writer.run();
                drop(lock);
                drop(open);
            })
            .map_err(|e| folder(&path, &e))?;
        let readers = Arc::new(Readers::new(path, settings.clone()));
        Ok(Self { inner: Arc::new(Inner { name: name.to_owned(), commands, readers, backlog, alarm }) })
    }

    /// The service's name, as in its file's name.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// What waits in the outbox, and the bell that rings when something is put there.
    pub fn backlog(&self) -> &Arc<Backlog> {
        &self.inner.backlog
    }

    /// How many damaged places of the database file are known; each was told by an alarm.
    pub fn damaged_places(&self) -> u64 {
        self.inner.alarm.places()
    }

    /// Runs `command` in a savepoint of the next group and answers after that group's commit has reached the disk.
    ///
    /// # Errors
    /// [`WriteError::Refused`] as the command says; otherwise nothing of it was written (the queue or the outbox is
    /// full, or the database failed), except after [`StoreError::Unknown`].
    pub async fn write<T, E, F>(&self, command: F) -> Result<T, WriteError<E>>
    where
        F: FnOnce(&mut Tx<'_>) -> Result<T, WriteError<E>> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.inner.commands.try_send(Box::new(Write::new(command, reply))).map_err(|e| match e {
            mpsc::error::TrySendError::Full(_) => WriteError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => WriteError::Failed(StoreError::Closed),
        })?;
        answer.await.unwrap_or(Err(WriteError::Failed(StoreError::Closed)))
    }

    /// Runs `query` on a reader, off the async threads. It sees everything that was answered before it was called.
    ///
    /// # Errors
    /// If the database failed.
    pub async fn read<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        F: FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
        T: Send + 'static,
    {
        let readers = Arc::clone(&self.inner.readers);
        let permit = Arc::clone(&readers.permits).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let mut connection = readers.take()?;
            let result = query(&mut connection);
            readers.give_back(connection);
            result.map_err(StoreError::from)
        })
        .await
        .unwrap_or(Err(StoreError::Panicked))
        .inspect_err(|error| self.inner.alarm.met(error))
    }
}

fn connect(path: &Path, settings: &StoreSettings, read_only: bool) -> Result<Connection, StoreError> {
    let mut connection = Connection::establish(&path.to_string_lossy()).map_err(|e| folder(path, &e))?;
    let cache_kib = settings.cache / 1024;
    // WAL: readers and the writer do not wait for each other. FULL: a commit is on disk before it is answered (on a Mac
    // that needs a flush of its own). No automatic checkpoint: `checkpoint` alone changes the database file. FAST: what
    // is deleted is overwritten in the pages that are written anyway, so that deleted text does not linger in their
    // unused parts. A page that becomes free as a whole is only overwritten when it is used again.
    connection.batch_execute(&format!(
        "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; \
         PRAGMA checkpoint_fullfsync = ON; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 67108864; \
         PRAGMA temp_store = MEMORY; PRAGMA cache_size = -{cache_kib}; PRAGMA foreign_keys = ON; \
         PRAGMA secure_delete = FAST; PRAGMA cell_size_check = ON; PRAGMA query_only = {};",
        i32::from(read_only),
    ))?;
    Ok(connection)
}

/// Whether the database has everything that its mark says. False if it has not, and the operator accepts that.
fn held_against_its_mark(
    path: &Path,
    name: &str,
    found: Option<Mark>,
    settings: &StoreSettings,
) -> Result<bool, StoreError> {
    let (at, own) = found.map_or((0, None), |mark| (mark.position, Some(mark.database)));
    let mark = MarkFile::open(&MarkFile::beside(path)).map_err(|e| folder(path, &e))?;
    let (what, number) = match mark {
        Some((_, None)) => (Mismatch::Unreadable, at),
        Some((_, Some(mark))) if own.is_some_and(|own| own != mark.database) => (Mismatch::Another, at),
        Some((_, Some(mark))) if at < mark.position => {
            (Mismatch::Behind { at, acknowledged: mark.position }, mark.position)
        }
        None | Some(_) => return Ok(true),
    };
    let older = Older { path: path.display().to_string(), what, accept: format!("{name}:{number}") };
    if !settings.accept_older.split(',').any(|accepted| accepted.trim() == older.accept) {
        return Err(older.into());
    }
    tracing::error!(service = name, why = %older, "ALARM: an older database was accepted, as the settings ask");
    Ok(false)
}

/// The mark as the file beside the database has it from now on.
fn mark_beside(path: &Path, mark: Mark, replace: bool) -> std::io::Result<MarkFile> {
    let beside = MarkFile::beside(path);
    match MarkFile::open(&beside)? {
        Some((file, Some(kept))) if !replace && kept.database == mark.database => Ok(file),
        _ => MarkFile::create(&beside, mark),
    }
}

fn remove_if_there(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Brings the tables up to date. Of two migrations with one version the second would be left out without a word, so
/// that is an error.
fn migrate(
    connection: &mut Connection,
    sources: [EmbeddedMigrations; 2],
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut versions = HashSet::new();
    for source in &sources {
        for migration in MigrationSource::<Sqlite>::migrations(source)? {
            let version = migration.name().version().to_string();
            if !versions.insert(version.clone()) {
                return Err(format!("two migrations have the version {version}").into());
            }
        }
    }
    for source in sources {
        connection.run_pending_migrations(source)?;
    }
    Ok(())
}

/// Makes the folder if it is missing. What lies in it holds withheld text and secrets: it is nobody else's to read.
///
/// # Errors
/// If it cannot be made.
pub fn private_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Opens the file, making it if it is missing, for nobody else to read. SQLite gives its side files the same mode.
pub(crate) fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.create(true).truncate(false).read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Brings a change of the folder's entries (a new or renamed file) to the disk.
pub(crate) fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    // Elsewhere a folder cannot be opened, and the file system sees to it.
    #[cfg(unix)]
    {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

fn lock(path: &Path, settings: &StoreSettings) -> Result<File, StoreError> {
    let file = private_file(path).map_err(|e| folder(path, &e))?;
    match starting::lock(&file, path, settings.lock_timeout, &settings.lifetime) {
        Ok(()) => Ok(file),
        Err(LockError::Taken) => Err(StoreError::Locked(path.display().to_string())),
        Err(LockError::Stopped) => Err(StoreError::Stopped(path.display().to_string())),
        Err(LockError::File(error)) => Err(folder(path, &error)),
    }
}

fn folder(path: &Path, error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Folder { path: path.display().to_string(), reason: error.to_string() }
}
