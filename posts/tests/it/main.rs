//! Posts through its own HTTP face, with a bus that does as it is told. One module per way of using it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod awaiting;
mod bad_input;
mod create;
mod delete;
mod edit;
mod operations;
mod outbox;
mod read;
mod restore;
mod verdicts;

use chassis::config::HttpArgs;
use chassis::doubles::{Answered, FakeBus, Running};
use contract::Envelope;
use posts::config::Config;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Secrets of two authors.
const ADA: &str = "ada-made-this-secret-herself";
const BOB: &str = "bob-made-this-one-for-himself";

/// Posts that is up, with a bus and a folder of its own.
struct Board {
    posts: Running,
    bus: FakeBus,
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
        let bus = FakeBus::start().await;
        let mut config = Config { data_dir: folder.path().into(), bus_url: bus.url(), ..Config::default() };
        set(&mut config);
        let posts = run(&config).await;
        if config.bus_url == bus.url() {
            // A new database first asks whether there is anything to be read back.
            bus.subscription_when("posts", |asked| asked.types == ["PostModerated"]).await;
        }
        Self { posts, bus, config, folder }
    }

    /// Stops the service and starts it again on the same folder.
    async fn restart(self) -> Self {
        let Self { posts, bus, config, folder } = self;
        posts.stop().await;
        let posts = run(&config).await;
        Self { posts, bus, config, folder }
    }

    /// Ada posts this.
    async fn post(&self, title: &str) -> Answered {
        self.posts.post("/posts", &json!({ "title": title, "content": "text" })).owner(ADA).send().await.expect(201)
    }

    /// What `GET /posts` shows: the titles, newest first.
    async fn titles(&self) -> Vec<String> {
        let page = self.posts.get("/posts?limit=100").send().await.expect(200).json();
        page.as_array().unwrap().iter().map(|post| post["title"].as_str().unwrap().to_owned()).collect()
    }
}

async fn run(config: &Config) -> Running {
    let http = HttpArgs::clone(&config.http);
    Running::start_at("127.0.0.1:0".parse().unwrap(), http, async |addr, lifetime| {
        posts::start(&Config { addr, ..config.clone() }, &lifetime).await
    })
    .await
}

/// The id in an answer's body.
fn id_of(answer: &Answered) -> String {
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// What an event says.
fn data(event: &Envelope) -> Value {
    serde_json::from_str(event.data.as_ref().unwrap().get()).unwrap()
}

/// The titles that events speak of, in order.
fn titles_of(events: &[Envelope]) -> Vec<String> {
    events.iter().filter_map(|event| data(event)["title"].as_str().map(str::to_owned)).collect()
}
