//! Query through its own HTTP face, with a log that the tests write. One module per way of using it; the folding
//! modules look at the model itself, byte for byte.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::similar_names, reason = "a test fails by panicking")]

mod fake_log;
mod said;

mod listening;
mod markdown;
mod operations;
mod owning;
mod previewing;
mod reading;
mod refilling;
mod restarting;
mod the_bus_away;
mod threads;
mod waiting;
mod withholding;

mod folding;
mod snapshots;

use std::time::Duration;

use chassis::doubles::{Answered, PATIENCE, Running};
use contract::{CommentCreated, CommentId, Event, EventId, PostId, Status};
use fake_log::FakeLog;
use query::config::Config;
use serde_json::Value;
use tempfile::TempDir;

/// Query that is up, with a log and a folder of its own.
struct Board {
    query: Running,
    log: FakeLog,
    config: Config,
    /// Removed with the last of it.
    folder: TempDir,
}

impl Board {
    async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    async fn start_with(set: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = FakeLog::start().await;
        let mut config = Config { data_dir: folder.path().into(), bus_url: log.url(), ..Config::default() };
        set(&mut config);
        let query = run(&config).await;
        let board = Self { query, log, config, folder };
        board.until_ready().await;
        board
    }

    /// Stops the service; what is left can be started again.
    async fn stop(self) -> Stopped {
        self.query.stop().await;
        Stopped { log: self.log, config: self.config, folder: self.folder }
    }

    async fn until_ready(&self) {
        eventually(async || (self.query.get("/readyz").send().await.status == 200).then_some(())).await;
    }

    /// Says something, and waits until it shows.
    async fn say(&self, event: impl Into<Event>) -> EventId {
        let id = self.log.say(event);
        self.until_applied(&id).await;
        id
    }

    async fn until_applied(&self, event: &EventId) {
        let answer = self.query.get("/posts?limit=1").header("await-event", event.as_str()).send().await.expect(200);
        assert_eq!(answer.header("await-event"), None, "{event} was not applied");
    }

    async fn get(&self, path: &str) -> Answered {
        self.query.get(path).send().await
    }

    async fn posts(&self) -> Value {
        self.get("/posts").await.expect(200).json()
    }

    /// Not to be had for a moment where the log was lost.
    async fn digest(&self) -> Value {
        eventually(async || {
            let answer = self.get("/digest").await;
            (answer.status != 503).then(|| answer.expect(200).json())
        })
        .await
    }

    /// Ada posts.
    async fn post(&self, title: &str) -> PostId {
        let id = PostId::new();
        self.say(said::post_created(id, 0, title)).await;
        id
    }

    /// Bob comments, and it is judged so.
    async fn comment(&self, post: PostId, text: &str, status: Status) -> CommentCreated {
        let comment = said::commented(post, CommentId::new(), None, 10, text);
        self.log.say(comment.clone());
        self.say(said::judged(&comment, status)).await;
        comment
    }
}

/// A service that was stopped, with all that it needs.
struct Stopped {
    log: FakeLog,
    config: Config,
    folder: TempDir,
}

impl Stopped {
    /// Starts it again; it need not become ready.
    async fn start(self) -> Board {
        let query = run(&self.config).await;
        Board { query, log: self.log, config: self.config, folder: self.folder }
    }
}

async fn run(config: &Config) -> Running {
    let mut config = config.clone();
    Running::start(async move |addr, lifetime| {
        config.addr = addr;
        query::start(&config, &lifetime).await
    })
    .await
}

/// Asks again and again until there is an answer, with a deadline.
async fn eventually<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(10)).await; // why: between two looks at a condition with a deadline
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.expect("it never came")
}

/// The ids of a JSON array of posts or comments.
fn ids(array: &Value) -> Vec<String> {
    array.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

/// The path and query of `Link: rel="next"`, under `path`.
fn next(path: &str, answer: &Answered) -> Option<String> {
    let link = answer.header("link")?;
    let query = link.strip_prefix('<')?.strip_suffix(">; rel=\"next\"")?;
    Some(format!("{path}{query}"))
}
