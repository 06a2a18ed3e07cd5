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

use chassis::doubles::{ADA, Answered, BOB, FakeBus, Running, data, id_of};
use contract::Envelope;
use posts::config::Config;
use serde_json::json;
use tempfile::TempDir;

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
        let mut config = Config { service: bus.args(folder.path()), ..Config::default() };
        set(&mut config);
        let posts = run(&config).await;
        if config.service.bus_url == bus.url() {
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
    Running::start_with(&config.service.http, async |addr, lifetime| {
        posts::start(&Config { addr, ..config.clone() }, &lifetime).await
    })
    .await
}

/// The titles that events speak of, in order.
fn titles_of(events: &[Envelope]) -> Vec<String> {
    events.iter().filter_map(|event| data(event)["title"].as_str().map(str::to_owned)).collect()
}
