//! A whole board of real processes: every service by itself, with or without nginx before them, or all in one, with a data
//! folder of its own.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Answer, Client};
use crate::nginx;
use crate::ports::Port;
use crate::process::Process;
use crate::wait;

/// The services in the order in which a person would start them.
pub const SERVICES: [&str; 5] = ["event-bus", "posts", "comments", "moderation", "query"];

/// The token of a board that has a front door.
const TOKEN: &str = "the-token-of-a-story";

/// How the processes are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Apart,
    Single,
}

/// Addresses, processes and the folder of one board. Everything goes when it is dropped.
#[derive(Debug)]
pub struct Board {
    shape: Shape,
    ports: Vec<Port>,
    front: Port,
    /// The processes: one per service, or the one.
    pub processes: Vec<Process>,
    folder: TempDir,
}

impl Board {
    /// Every service as a process of its own, none started yet.
    ///
    /// # Panics
    /// If there is no room for a folder.
    pub fn apart() -> Self {
        let mut board = Self::empty(Shape::Apart);
        for (index, name) in SERVICES.into_iter().enumerate() {
            let setting = name.trim_start_matches("event-");
            let mut arguments = vec![
                format!("--{setting}-addr={}", board.ports[index].address()),
                format!("--data-dir={}", board.data().display()),
                "--log-format=human".to_owned(),
            ];
            if name != "event-bus" {
                arguments.push(format!("--bus-url={}", board.ports[0].url()));
            }
            let process = Process::new(name, arguments, board.ports[index].url(), board.folder.path());
            board.processes.push(process);
        }
        board
    }

    /// Every service as a process of its own and nginx before them, none started yet.
    ///
    /// # Panics
    /// If there is no room for a folder.
    pub fn behind_nginx() -> Self {
        let mut board = Self::apart();
        for process in &mut board.processes {
            process.argue(&format!("--bus-token={TOKEN}"));
        }
        let at: Vec<_> = SERVICES.iter().zip(&board.ports).map(|(name, port)| (*name, port.address())).collect();
        let front = nginx::front(board.folder(), &board.front, &at);
        board.processes.push(front);
        board
    }

    /// The single process, not started yet.
    ///
    /// # Panics
    /// If there is no room for a folder.
    pub fn single() -> Self {
        let mut board = Self::empty(Shape::Single);
        let mut arguments = vec![
            format!("--addr={}", board.front.address()),
            format!("--bus-token={TOKEN}"),
            format!("--data-dir={}", board.data().display()),
            "--log-format=human".to_owned(),
        ];
        for (name, port) in SERVICES.into_iter().zip(&board.ports) {
            arguments.push(format!("--{}-addr={}", name.trim_start_matches("event-"), port.address()));
        }
        let process = Process::new("folkmoot", arguments, board.front.url(), board.folder.path());
        board.processes.push(process);
        board
    }

    #[expect(clippy::expect_used, reason = "a story without a folder fails")]
    fn empty(shape: Shape) -> Self {
        Self {
            shape,
            ports: SERVICES.iter().map(|_| Port::take()).collect(),
            front: Port::take(),
            processes: Vec::new(),
            folder: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    /// Starts every process and waits until each service is ready.
    pub async fn up(mut self) -> Self {
        self.start_all().await;
        self
    }

    /// Starts what does not run and waits until each service is ready.
    pub async fn start_all(&mut self) {
        for process in self.processes.iter_mut().filter(|p| p.id().is_none()) {
            process.start();
        }
        for process in &mut self.processes {
            process.ready().await;
        }
        if self.shape == Shape::Single {
            for name in SERVICES {
                let client = self.at(name);
                wait::until(&format!("{name} to be ready"), async || {
                    client.try_call(reqwest::Method::GET, "/readyz", None).await.ok().filter(|a| a.status == 200)
                })
                .await;
            }
        }
    }

    /// Kills every process at once with SIGKILL.
    pub async fn kill_all(&mut self) {
        for process in &mut self.processes {
            process.kill().await;
        }
    }

    /// The process of one service (or the single one, whose part it is).
    ///
    /// # Panics
    /// If there is no such service.
    #[expect(clippy::expect_used, reason = "a story names what it has")]
    pub fn process(&mut self, name: &str) -> &mut Process {
        let name = if self.shape == Shape::Single { "folkmoot" } else { name };
        self.processes.iter_mut().find(|p| p.name() == name).expect("a process of that name")
    }

    /// Where a service answers.
    ///
    /// # Panics
    /// If there is no such service.
    #[expect(clippy::expect_used, reason = "a story names what it has")]
    pub fn url(&self, name: &str) -> String {
        let index = SERVICES.iter().position(|&s| s == name).expect("a service of that name");
        self.ports[index].url()
    }

    /// The front door.
    pub fn front(&self) -> Client {
        Client::new(&self.front.url())
    }

    /// The front door as a moderator comes to it, with the token.
    pub fn moderator(&self) -> Client {
        self.front().with("authorization", &self.bearer())
    }

    /// What a moderator sends as `Authorization` to the front door.
    pub fn bearer(&self) -> String {
        format!("Bearer {TOKEN}")
    }

    /// A client of one service.
    pub fn at(&self, name: &str) -> Client {
        Client::new(&self.url(name))
    }

    /// The folder with databases and snapshots.
    pub fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    /// The folder around it, for anything else.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Creates a post that must be accepted.
    pub async fn post(&self, title: &str) -> Answer {
        self.at("posts").post("/posts", &json!({ "title": title })).await.expect(201)
    }

    /// Writes a comment that must be accepted.
    pub async fn comment(&self, post: &str, content: &str) -> Answer {
        let path = format!("/posts/{post}/comments");
        self.at("comments").post(&path, &json!({ "content": content })).await.expect(201)
    }

    /// One post with its thread as query shows it to everyone; null while it is not there.
    pub async fn seen(&self, post: &str) -> Value {
        let answer = self.at("query").try_call(reqwest::Method::GET, &format!("/posts/{post}"), None).await;
        answer.ok().filter(|a| a.status == 200).map_or(Value::Null, |a| a.json)
    }

    /// Waits until query shows `count` comments of a post, all judged, and gives them.
    pub async fn judged(&self, post: &str, count: usize) -> Vec<Value> {
        wait::until(&format!("{count} judged comments"), async || {
            let comments = self.seen(post).await["comments"].as_array().cloned().unwrap_or_default();
            let all = comments.len() == count && comments.iter().all(|c| c["status"] != "pending");
            all.then_some(comments)
        })
        .await
    }

    /// Query's digest of the whole read model, once it has applied everything that the bus holds.
    pub async fn digest(&self) -> Value {
        self.settled().await;
        wait::until("query to reach the log's head", async || {
            let head = self.head().await;
            let digest = self.at("query").try_call(reqwest::Method::GET, "/digest", None).await.ok()?.json;
            (digest["position"].as_str() == Some(head.as_str())).then_some(digest)
        })
        .await
    }

    /// The digest of a model that a query without snapshot folds from the first event, in a folder of its own.
    ///
    /// # Panics
    /// If there is no room for that folder.
    #[expect(clippy::expect_used, reason = "a story without a folder fails")]
    pub async fn digest_of_rebuild(&self) -> Value {
        let (port, folder) = (Port::take(), tempfile::tempdir().expect("a temporary folder"));
        let arguments = vec![
            format!("--query-addr={}", port.address()),
            format!("--data-dir={}", folder.path().display()),
            format!("--bus-url={}", self.url("event-bus")),
        ];
        let mut query = Process::new("query", arguments, port.url(), folder.path());
        query.start();
        query.ready().await;
        let head = self.head().await;
        let client = Client::new(&port.url());
        wait::until("the rebuild to reach the log's head", async || {
            let digest = client.get("/digest").await.json;
            (digest["position"].as_str() == Some(head.as_str())).then_some(digest)
        })
        .await
    }

    /// The log's last sequence.
    pub async fn head(&self) -> String {
        let answer = self.at("event-bus").get("/events?limit=1").await;
        answer.header("folkmoot-head").to_owned()
    }

    /// Waits until nothing more is on its way: no service has anything unsent, no subscription is behind.
    pub async fn settled(&self) {
        let mut before = String::new();
        wait::until("everything to settle", async || {
            let list = self.at("event-bus").try_call(reqwest::Method::GET, "/subscriptions", None).await.ok()?.json;
            let list = list.as_array()?;
            let caught_up = list.len() == 3 && list.iter().all(|s| s["lag"]["events"] == 0);
            let mut unsent = false;
            for name in ["posts", "comments", "moderation"] {
                let metrics = self.at(name).try_call(reqwest::Method::GET, "/metrics", None).await.ok()?.text;
                unsent |= metrics.lines().any(|line| line.starts_with("outbox_bytes") && !line.ends_with(" 0"));
            }
            // Twice in a row with the same head: what one service has just heard may still become an event.
            let head = self.head().await;
            let still = caught_up && !unsent && head == before;
            before = head;
            still.then_some(())
        })
        .await;
    }
}
