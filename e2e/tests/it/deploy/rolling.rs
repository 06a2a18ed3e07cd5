//! An update of everything, one workload after the other, under load: nobody who reads notices, nothing that was written is
//! lost or done twice, and whoever writes to what is just being restarted waits, or is told to try again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use e2e::client::{Answer, Client};
use e2e::cluster::rollout::Rollout;
use e2e::{cluster, wait};
use reqwest::Method;
use serde_json::{Value, json};
use tokio_util::task::TaskTracker;

/// Between two requests: 200 a second.
const PACE: Duration = Duration::from_millis(5);
/// One request in so many is a write.
const WRITES: usize = 5;
/// Tries of one write, each after the time that the answer named.
const TRIES: usize = 20;

/// Which of the crowd's clients opens a connection for each request.
const FORGETFUL: usize = 1;

/// Those who read and write meanwhile.
#[derive(Clone)]
struct Crowd {
    /// One keeps its connections, as a browser does; the other opens one each time.
    clients: [Client; 2],
    told: Arc<Told>,
}

#[derive(Default)]
struct Told {
    reads: AtomicUsize,
    longest_read: Mutex<Duration>,
    writes: AtomicUsize,
    held: AtomicUsize,
    refused: AtomicUsize,
    /// Over a new connection, because a kept one was closed.
    resent: AtomicUsize,
    failures: Mutex<Vec<String>>,
    /// By post, its comments.
    acknowledged: Mutex<BTreeMap<String, Vec<String>>>,
    /// Posts that somebody has read: from then on they are there for everybody, whatever is restarted.
    seen: Mutex<Vec<String>>,
    stop: AtomicBool,
}

impl Crowd {
    /// Sends requests at its pace until it is told to stop, and then waits for every answer.
    async fn run(self) {
        let tasks = TaskTracker::new();
        let mut pace = tokio::time::interval(PACE);
        let mut number = 0_usize;
        while !self.told.stop.load(Ordering::Relaxed) {
            pace.tick().await;
            number += 1;
            let one = self.clone();
            tasks.spawn(async move {
                if number.is_multiple_of(WRITES) { one.write(number).await } else { one.read(number).await }
            });
        }
        tasks.close();
        tasks.wait().await;
    }

    /// One request. Whoever keeps connections may find one closed at the moment of using it again, which HTTP cannot
    /// rule out (RFC 9112, 9.5); like a browser, that client then sends it again over a new one. The other client has no
    /// such excuse.
    async fn call(
        &self,
        number: usize,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> reqwest::Result<Answer> {
        let with_headers =
            |client: &Client| headers.iter().fold(client.clone(), |client, (name, value)| client.with(name, value));
        let which = number / 2 % 2;
        let first = with_headers(&self.clients[which]).try_call(method.clone(), path, body).await;
        if which == FORGETFUL || !first.as_ref().is_err_and(reqwest::Error::is_request) {
            return first;
        }
        self.told.resent.fetch_add(1, Ordering::Relaxed);
        with_headers(&self.clients[FORGETFUL]).try_call(method, path, body).await
    }

    async fn read(&self, number: usize) {
        let post = self.some_post(number);
        let (path, expected) = match (number % 4, post) {
            (1, Some(post)) => (format!("/api/v1/posts/{post}"), "application/json"),
            (2, _) => ("/".to_owned(), "text/html"),
            (3, _) => ("/api/v1/posts?sort=active&limit=5".to_owned(), "application/json"),
            _ => ("/api/v1/posts?limit=5".to_owned(), "application/json"),
        };
        let began = Instant::now();
        let answer = self.call(number, Method::GET, &path, &[], None).await;
        self.told.reads.fetch_add(1, Ordering::Relaxed);
        let mut longest = self.told.longest_read.lock().unwrap();
        *longest = began.elapsed().max(*longest);
        drop(longest);
        match answer {
            Ok(answer) if answer.status == 200 && answer.header("content-type").starts_with(expected) => {}
            other => self.fail(format!("GET {path}: {other:?}")),
        }
    }

    /// One write until it is acknowledged: with a key, so that trying again never writes twice.
    async fn write(&self, number: usize) {
        let post = self.some_post(number).filter(|_| !number.is_multiple_of(WRITES * 4));
        let (path, body) = match &post {
            None => ("/api/v1/posts".to_owned(), json!({ "title": format!("post {number}") })),
            Some(post) => (format!("/api/v1/posts/{post}/comments"), json!({ "content": format!("comment {number}") })),
        };
        let key = format!("write-{number}");
        let headers = [("owner-key", "a-key-of-the-tests-own"), ("idempotency-key", &*key)];
        for _ in 0..TRIES {
            let began = Instant::now();
            match self.call(number, Method::POST, &path, &headers, Some(&body)).await {
                Ok(answer) if answer.status == 201 => {
                    self.told.writes.fetch_add(1, Ordering::Relaxed);
                    let waited = began.elapsed() > Duration::from_millis(400);
                    self.told.held.fetch_add(usize::from(waited), Ordering::Relaxed);
                    let (id, event) = (answer.text_of("id").to_owned(), answer.event_id());
                    self.acknowledge(post.as_deref(), &id);
                    if post.is_none() {
                        self.see(id, &event).await;
                    }
                    return;
                }
                Ok(answer) if answer.status == 503 && !answer.header("retry-after").is_empty() => {
                    self.told.refused.fetch_add(1, Ordering::Relaxed);
                    let wait: u64 = answer.header("retry-after").parse().unwrap();
                    tokio::time::sleep(Duration::from_secs(wait)).await; // why: the answer asked for it
                }
                other => return self.fail(format!("POST {path}: {other:?}")),
            }
        }
        self.fail(format!("POST {path}: never acknowledged"));
    }

    /// Remembers a post, or a comment of one.
    fn acknowledge(&self, post: Option<&str>, id: &str) {
        let mut acknowledged = self.told.acknowledged.lock().unwrap();
        let comments = acknowledged.entry(post.unwrap_or(id).to_owned()).or_default();
        comments.extend(post.is_some().then(|| id.to_owned()));
    }

    /// Looks for a new post until it is there. While the bus is away that takes as long as it is.
    async fn see(&self, post: String, event: &str) {
        let client = self.clients[0].with("await-event", event);
        let path = format!("/api/v1/posts/{post}");
        for _ in 0..TRIES {
            // Each look waits for the event, up to 2 s.
            if client.try_call(Method::GET, &path, None).await.is_ok_and(|answer| answer.status == 200) {
                self.told.seen.lock().unwrap().push(post);
                return;
            }
        }
        self.fail(format!("GET {path}: never seen"));
    }

    /// Some post that is known to be there; none at first.
    fn some_post(&self, number: usize) -> Option<String> {
        let seen = self.told.seen.lock().unwrap();
        (!seen.is_empty()).then(|| seen[number % seen.len()].clone())
    }

    fn fail(&self, what: String) {
        self.told.failures.lock().unwrap().push(what);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_of_everything_is_not_noticed_by_readers_and_loses_no_write() {
    let mut board = Rollout::up("kind").await;
    let front = board.url("front");
    let crowd = Crowd { clients: [Client::new(&front), Client::forgetful(&front)], told: Arc::default() };
    let began = Instant::now();
    let running = tokio::spawn(crowd.clone().run());
    let enough = async |writes: usize| {
        let told = &crowd.told;
        wait::until("load", async || (told.writes.load(Ordering::Relaxed) >= writes).then_some(())).await;
    };
    enough(100).await;
    for name in board.names() {
        board.restart(&name).await;
        let before = crowd.told.writes.load(Ordering::Relaxed);
        enough(before + 40).await;
    }
    crowd.told.stop.store(true, Ordering::Relaxed);
    running.await.unwrap();

    let told = &crowd.told;
    let (reads, writes) = (told.reads.load(Ordering::Relaxed), told.writes.load(Ordering::Relaxed));
    println!(
        "REPORT: {} workloads restarted in {:.0} s; {reads} reads, longest {} ms; {writes} writes, {} of them held, {} told to try again; {} sent over a new connection in place of a closed one",
        board.names().len(),
        began.elapsed().as_secs_f64(),
        told.longest_read.lock().unwrap().as_millis(),
        told.held.load(Ordering::Relaxed),
        told.refused.load(Ordering::Relaxed),
        told.resent.load(Ordering::Relaxed),
    );
    let failures = told.failures.lock().unwrap().clone();
    assert!(failures.is_empty(), "{} failed, among them {:?}", failures.len(), &failures[..failures.len().min(3)]);
    let acknowledged = told.acknowledged.lock().unwrap().clone();
    everything_is_said_once(&board, &acknowledged).await;
}

/// The log holds exactly what was acknowledged, each once, and a verdict on each comment.
async fn everything_is_said_once(board: &Rollout, acknowledged: &BTreeMap<String, Vec<String>>) {
    let front = Client::new(&board.url("front")).with("authorization", &format!("Bearer {}", cluster::TOKEN));
    let comments: usize = acknowledged.values().map(Vec::len).sum();
    wait::until("a verdict on each comment, told to everyone", async || {
        (said(&front, "CommentUpdated").await.len() == comments).then_some(())
    })
    .await;
    let mut posts = said(&front, "PostCreated").await;
    posts.sort();
    assert_eq!(posts, acknowledged.keys().cloned().collect::<Vec<_>>());
    for type_name in ["CommentCreated", "CommentModerated", "CommentUpdated"] {
        let mut ids = said(&front, type_name).await;
        ids.sort();
        let mut expected: Vec<_> = acknowledged.values().flatten().cloned().collect();
        expected.sort();
        assert_eq!(ids, expected, "{type_name}");
    }
    for (post, comments) in acknowledged {
        let path = format!("/api/v1/posts/{post}");
        wait::until("the read model to have all", async || {
            (front.get(&path).await.json["commentCount"] == comments.len()).then_some(())
        })
        .await;
    }
}

/// What events of a type are about, in the order of the log.
async fn said(front: &Client, type_name: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut after = 0_u64;
    loop {
        let page =
            front.get(&format!("/api/v1/bus/events?type={type_name}&limit=1000&after={after}")).await.expect(200);
        let events = page.json.as_array().unwrap();
        ids.extend(events.iter().map(|event| event["data"]["id"].as_str().unwrap().to_owned()));
        match events.last().map(|event| &event["sequence"]) {
            Some(Value::String(sequence)) => after = sequence.parse().unwrap(),
            _ => return ids,
        }
    }
}
