//! A bus that is up in a folder of its own, and what tests do with it again and again.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use chassis::access::Access;
use chassis::doubles::{Answered, Caller, PATIENCE, Running};
use event_bus::EventBus;
use event_bus::config::{BusSettings, StreamSettings};
use event_bus::log::EmbeddedLog;
use http::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_tungstenite::tungstenite;

use crate::listeners::{EventSource, Listener, sse, websocket};

/// A running bus and its folder.
pub struct TestBus {
    running: Running,
    log: Arc<EmbeddedLog>,
    folder: TempDir,
    settings: BusSettings,
    access: Access,
}

impl TestBus {
    /// With default settings, open to loopback.
    pub async fn start() -> Self {
        Self::with(BusSettings::default(), Access::open(None, [])).await
    }

    /// With a tail of this size, in bytes.
    pub async fn with_tail(tail_bytes: usize) -> Self {
        let settings = BusSettings { tail_bytes, ..BusSettings::default() };
        Self::with(settings, Access::open(None, [])).await
    }

    /// That loses patience with its listeners soon.
    pub async fn impatient() -> Self {
        let stream = StreamSettings { keep_alive: Duration::from_millis(50), patience: Duration::from_millis(1500) };
        let settings = BusSettings { stream, ..BusSettings::default() };
        Self::with(settings, Access::open(None, [])).await
    }

    /// With these settings and this rule for callers.
    pub async fn with(settings: BusSettings, access: Access) -> Self {
        Self::open(tempfile::tempdir().unwrap(), settings, access).await
    }

    async fn open(folder: TempDir, settings: BusSettings, access: Access) -> Self {
        let place = Arc::new(Mutex::new(None));
        let (path, rule, log) = (folder.path().to_owned(), access.clone(), Arc::clone(&place));
        let running = Running::start(move |_addr, lifetime| async move {
            let bus = EventBus::start(&path, settings, rule, &lifetime).await?;
            *log.lock().unwrap() = Some(Arc::clone(bus.log()));
            Ok::<_, chassis::store::StoreError>(bus.service().clone())
        })
        .await;
        let log = place.lock().unwrap().take().unwrap();
        Self { running, log, folder, settings, access }
    }

    /// Stops it, lets something be done to its folder, and starts it there again.
    pub async fn restart_after(self, meanwhile: impl FnOnce(&Path)) -> Self {
        let Self { running, log, folder, settings, access } = self;
        running.stop().await;
        drop(log);
        closed(folder.path()).await;
        meanwhile(folder.path());
        Self::open(folder, settings, access).await
    }

    /// Stops it and starts it again with other settings.
    pub async fn restart_with(mut self, change: impl FnOnce(&mut BusSettings)) -> Self {
        change(&mut self.settings);
        self.restart().await
    }

    /// Stops it and starts it again.
    pub async fn restart(self) -> Self {
        self.restart_after(|_| ()).await
    }

    /// Stops it.
    pub async fn stop(self) {
        self.running.stop().await;
    }

    pub fn addr(&self) -> SocketAddr {
        self.running.addr()
    }

    pub fn url(&self) -> String {
        self.running.url()
    }

    pub fn caller(&self) -> &Caller {
        self.running.caller()
    }

    /// How often the log was read from disk.
    pub fn disk_reads(&self) -> u64 {
        self.log.disk_reads()
    }

    pub async fn get(&self, path: &str) -> Answered {
        self.caller().get(path).send().await
    }

    /// The event with this id.
    pub async fn event(&self, id: &str) -> Value {
        self.get(&format!("/events/{id}")).await.expect(200).json()["event"]["event"].take()
    }

    /// Appends as plain JSON.
    pub async fn append(&self, event: &Value) -> Answered {
        self.caller().post("/events", event).send().await
    }

    /// Appends bytes as they are.
    pub async fn append_raw(&self, content_type: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answered {
        let mut call = self.caller().request(Method::POST, "/events");
        for (name, value) in headers {
            call = call.header(name, value);
        }
        call.body(content_type, body).send().await
    }

    /// Appends so many small events numbered from `from`, in one request.
    pub async fn append_numbered(&self, from: u64, count: u64) {
        let events: Vec<Value> = (from..from + count).map(numbered).collect();
        self.append(&Value::Array(events)).await.expect(201);
    }

    /// The whole log as NDJSON, parsed.
    pub async fn everything(&self) -> Vec<Value> {
        self.ndjson("/events").await
    }

    /// An NDJSON answer, parsed.
    pub async fn ndjson(&self, path: &str) -> Vec<Value> {
        let answer = self.caller().get(path).header("accept", "application/x-ndjson").send().await.expect(200);
        answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub async fn websocket(&self, query: &str) -> Listener {
        self.try_websocket(query).await.unwrap()
    }

    pub async fn try_websocket(&self, query: &str) -> Result<Listener, Box<tungstenite::Error>> {
        websocket(&self.url(), query).await
    }

    pub async fn sse(&self, query: &str, headers: &[(&str, &str)]) -> EventSource {
        sse(&self.url(), query, headers).await
    }
}

/// A small event: its number is its id and its data; types and subjects take turns.
pub fn numbered(number: u64) -> Value {
    json!({
        "specversion": "1.0",
        "id": number.to_string(),
        "source": "/test",
        "type": if number.is_multiple_of(3) { "Third" } else { "Other" },
        "subject": format!("subject-{}", number % 4),
        "data": { "number": number },
    })
}

/// The places of events in the log.
pub fn sequences<'a>(events: impl IntoIterator<Item = &'a Value>) -> Vec<u64> {
    events.into_iter().map(|event| event["sequence"].as_str().unwrap().parse().unwrap()).collect()
}

/// The target of `Link: <...>; rel="next"`, as a path.
pub fn next_page(answer: &Answered) -> Option<String> {
    let link = answer.header("link")?;
    let target = link.strip_prefix('<')?.strip_suffix(">; rel=\"next\"")?;
    Some(format!("/events{target}"))
}

/// Waits for something that must happen soon.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("{what} did not happen in time"))
}

/// Waits until the database is closed, which its own thread does: then everything is in the database file itself.
async fn closed(folder: &Path) {
    let lock = std::fs::File::open(folder.join("event-bus.lock")).unwrap();
    soon("the end of the database", async {
        while lock.try_lock().is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await; // why: between two looks at a condition with a deadline
        }
    })
    .await;
}

/// Changes one byte of what is written in the database file wherever `needle` stands; all of it must be in the file.
pub fn damage(folder: &Path, needle: &[u8]) {
    damage_where(folder, needle, |_, _| true);
}

/// The same where `needle` stands at places of the file that are `wanted`.
pub fn damage_where(folder: &Path, needle: &[u8], wanted: impl Fn(&[u8], usize) -> bool) {
    let path: PathBuf = folder.join("event-bus.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let places: Vec<usize> = (0..bytes.len().saturating_sub(needle.len()))
        .filter(|&at| bytes[at..].starts_with(needle) && wanted(&bytes, at))
        .collect();
    assert!(!places.is_empty(), "{} is not in the file", String::from_utf8_lossy(needle));
    for at in places {
        bytes[at] ^= 1;
    }
    std::fs::write(&path, bytes).unwrap();
}
