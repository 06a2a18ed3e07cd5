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

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::migration::MigrationSource;
use diesel::sqlite::Sqlite;
use diesel::{Connection as _, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::checkpoint::Checkpointer;
use crate::config::{LockArgs, ServiceArgs};
use crate::outbox::{self, Backlog};
use crate::serve::Lifetime;
use crate::starting::{self, LockError};
use crate::writer::{Job, Write, Writer};

pub use crate::writer::{Tx, WriteError};

/// The database connection that every query in the project is written against.
pub type Connection = SqliteConnection;

/// What a query fails with.
pub type DbError = diesel::result::Error;

const MESSAGING: EmbeddedMigrations = embed_migrations!("migrations");

/// Commands that may wait for the writer; beyond, [`WriteError::Overloaded`] at once.
const QUEUE: usize = 8192;

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
}

impl StoreSettings {
    /// As the settings of a service say, for its start.
    pub fn of(args: &ServiceArgs, lifetime: &Lifetime) -> Self {
        let (outbox_limit, lock_timeout) = (args.outbox_limit, args.lock.lock_timeout);
        Self { outbox_limit, lock_timeout, lifetime: lifetime.clone(), ..Self::default() }
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
        }
    }
}

/// Why the database could not be opened, read or written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the folder.
    #[error("{0} is in use by another process: stop it, choose another --data-dir, or wait longer (--lock-timeout)")]
    Locked(String),
    /// The process was asked to end while it waited for the folder.
    #[error("asked to end while {0} was in use by another process")]
    Stopped(String),
    /// The folder or a file in it cannot be used.
    #[error("cannot use {path}: {reason}")]
    Folder {
        /// The file or folder.
        path: String,
        /// What the operating system said.
        reason: String,
    },
    /// The tables could not be brought to this version's shape.
    #[error("cannot migrate {path}: {reason}")]
    Migration {
        /// The database file.
        path: String,
        /// What went wrong.
        reason: String,
    },
    /// A statement or a commit failed.
    #[error("database: {0}")]
    Database(String),
    /// The command's own code panicked; its changes were taken back.
    #[error("a database command panicked")]
    Panicked,
    /// The bus's log is older than what this database knows of it.
    #[error("the bus's log is older than what this service knows of it")]
    LogOlder,
    /// The store is shut down.
    #[error("the store is closed")]
    Closed,
}

impl From<DbError> for StoreError {
    fn from(error: DbError) -> Self {
        Self::Database(error.to_string())
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
    /// If the folder is in use by another process, cannot be written, or a migration fails.
    pub fn open(
        dir: &Path,
        name: &str,
        migrations: EmbeddedMigrations,
        settings: &StoreSettings,
    ) -> Result<Self, StoreError> {
        private_folder(dir).map_err(|e| folder(dir, &e))?;
        let lock = lock(&dir.join(format!("{name}.lock")), settings)?;
        let path = dir.join(format!("{name}.db"));
        drop(private_file(&path).map_err(|e| folder(&path, &e))?);
        let mut connection = connect(&path, settings, false)?;
        let migrating = settings.lifetime.starting.wait_for(format_args!("the migration of {}", path.display()));
        migrate(&mut connection, [MESSAGING, migrations])
            .map_err(|e| StoreError::Migration { path: path.display().to_string(), reason: e.to_string() })?;
        drop(migrating);
        let backlog = Arc::new(Backlog::new(name, settings.outbox_limit, outbox::unsent_bytes(&mut connection)?));
        let (commands, queue) = mpsc::channel(QUEUE);
        let reconnect = {
            let (path, settings) = (path.clone(), settings.clone());
            Box::new(move || connect(&path, &settings, false))
        };
        let checkpointer =
            Checkpointer::start(name, connect(&path, settings, false)?).map_err(|e| folder(&path, &e))?;
        let writer = Writer::new(name, connection, reconnect, queue, Arc::clone(&backlog), checkpointer);
        std::thread::Builder::new()
            .name(format!("{name}-writer"))
            .spawn(move || {
                writer.run();
                drop(lock);
            })
            .map_err(|e| folder(&path, &e))?;
        let readers = Arc::new(Readers::new(path, settings.clone()));
        Ok(Self { inner: Arc::new(Inner { name: name.to_owned(), commands, readers, backlog }) })
    }

    /// The service's name, as in its file's name.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// What waits in the outbox, and the bell that rings when something is put there.
    pub fn backlog(&self) -> &Arc<Backlog> {
        &self.inner.backlog
    }

    /// Runs `command` in a savepoint of the next group and answers after that group's commit has reached the disk.
    ///
    /// # Errors
    /// [`WriteError::Refused`] as the command says; otherwise nothing of it was written: the queue or the outbox is
    /// full, or the database failed.
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
    }
}

struct Readers {
    path: PathBuf,
    settings: StoreSettings,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    fn new(path: PathBuf, settings: StoreSettings) -> Self {
        let permits = Arc::new(Semaphore::new(settings.readers));
        Self { path, settings, permits, idle: Mutex::default() }
    }

    fn take(&self) -> Result<Connection, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| connect(&self.path, &self.settings, true), Ok)
    }

    fn give_back(&self, connection: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

fn connect(path: &Path, settings: &StoreSettings, read_only: bool) -> Result<Connection, StoreError> {
    let mut connection = Connection::establish(&path.to_string_lossy()).map_err(|e| folder(path, &e))?;
    let cache_kib = settings.cache / 1024;
    // WAL: readers and the writer do not wait for each other. FULL: a commit is on disk before it is answered. FAST:
    // what is deleted is overwritten in the pages that are written anyway, so that deleted text does not linger in
    // their unused parts. A page that becomes free as a whole is only overwritten when it is used again.
    connection.batch_execute(&format!(
        "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
         PRAGMA wal_autocheckpoint = 16000; PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY; \
         PRAGMA cache_size = -{cache_kib}; PRAGMA foreign_keys = ON; PRAGMA secure_delete = FAST; PRAGMA query_only = {};",
        i32::from(read_only),
    ))?;
    Ok(connection)
}

/// Copies what is in the write-ahead log into the database file, as far as that makes nobody wait.
pub(crate) fn checkpoint(connection: &mut Connection) -> Result<(), DbError> {
    connection.batch_execute("PRAGMA wal_checkpoint(PASSIVE)")
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
fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.create(true).truncate(false).read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
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
