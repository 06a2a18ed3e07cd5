//! `kill -9` of any process, or all of them, in the middle of load: whatever was acknowledged is there afterwards, in
//! the read model too, which equals a rebuild from the first event, and nothing was applied twice.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use e2e::board::{Board, SERVICES};
use e2e::client::Client;
use e2e::wait;
use reqwest::Method;
use serde_json::{Value, json};

/// Kills of single services, in turn; then of everything at once.
const KILLS: usize = 20;
const KILLS_OF_ALL: usize = 4;

/// By post, its comments' ids and texts.
type Acknowledged = HashMap<String, Vec<(String, String)>>;

/// Who keeps writing, whatever happens to the servers, and remembers what was acknowledged.
#[derive(Clone)]
struct Writer {
    posts: Client,
    comments: Client,
    acknowledged: Arc<Mutex<Acknowledged>>,
    stop: Arc<AtomicBool>,
    writes: Arc<AtomicUsize>,
}

impl Writer {
    async fn run(self, person: usize) {
        let mut known: Vec<String> = Vec::new();
        let mut number = 0;
        while !self.stop.load(Ordering::Relaxed) {
            number += 1;
            let text = format!("{person}/{number}");
            if number % 5 == 1 || known.is_empty() {
                let body = json!({ "title": text });
                if let Some(id) = self.create(&self.posts, "/posts", &body).await {
                    self.acknowledged.lock().unwrap().entry(id.clone()).or_default();
                    known.push(id);
                }
                continue;
            }
            let post = known[number % known.len()].clone();
            let word = if number % 4 == 0 { "orange" } else { "apple" };
            let body = json!({ "content": format!("{word} {text}") });
            if let Some(id) = self.create(&self.comments, &format!("/posts/{post}/comments"), &body).await {
                let content = body["content"].as_str().unwrap().to_owned();
                self.acknowledged.lock().unwrap().get_mut(&post).unwrap().push((id, content));
            }
        }
    }

    /// One attempt; what is not acknowledged may or may not be there.
    async fn create(&self, client: &Client, path: &str, body: &Value) -> Option<String> {
        let answer = client.try_call(Method::POST, path, Some(body)).await.ok().filter(|a| a.status == 201);
        if answer.is_none() {
            // why: a server that is down refuses at once; a person would not try a thousand times a second
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        self.writes.fetch_add(usize::from(answer.is_some()), Ordering::Relaxed);
        answer.map(|a| a.text_of("id").to_owned())
    }
}

/// Kills of every process in the middle of load, one after another and all at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_and_nothing_is_applied_twice() {
    let mut board = Board::apart().up().await;
    let writer = Writer {
        posts: board.at("posts"),
        comments: board.at("comments"),
        acknowledged: Arc::default(),
        stop: Arc::default(),
        writes: Arc::default(),
    };
    let writers: Vec<_> = (0..4).map(|person| tokio::spawn(writer.clone().run(person))).collect();

    for kill in 0..KILLS + KILLS_OF_ALL {
        let before = writer.writes.load(Ordering::Relaxed);
        wait::until("load between two kills", async || {
            (writer.writes.load(Ordering::Relaxed) >= before + 20).then_some(())
        })
        .await;
        if kill < KILLS {
            let process = board.process(SERVICES[kill % SERVICES.len()]);
            process.kill().await;
            process.start();
            process.ready().await;
        } else {
            board.kill_all().await;
            board.start_all().await;
        }
    }
    writer.stop.store(true, Ordering::Relaxed);
    for task in writers {
        task.await.unwrap();
    }
    let live = board.digest().await;
    let acknowledged = writer.acknowledged.lock().unwrap().clone();
    eprintln!(
        "{} kills; {} posts and {} comments acknowledged",
        KILLS + KILLS_OF_ALL,
        acknowledged.len(),
        acknowledged.values().map(Vec::len).sum::<usize>()
    );
    everything_is_there(&board, &acknowledged).await;
    nothing_was_said_twice(&board).await;
    // Again from the snapshot, and again from the first event.
    board.kill_all().await;
    board.start_all().await;
    assert_eq!(board.digest().await, live, "after one more kill of everything");
    assert_eq!(board.digest_of_rebuild().await, live, "rebuilt from the first event");
}

async fn everything_is_there(board: &Board, acknowledged: &Acknowledged) {
    for (post, comments) in acknowledged {
        let shown = whole_thread(board, post).await;
        for (id, content) in comments {
            let comment = shown.get(id).unwrap_or_else(|| panic!("comment {id} ({content}) of post {post} is lost"));
            if content.contains("orange") {
                assert_eq!((&comment["status"], &comment["content"]), (&json!("rejected"), &Value::Null));
            } else {
                assert_eq!((&comment["status"], &comment["content"]), (&json!("approved"), &json!(content)));
            }
        }
    }
}

async fn whole_thread(board: &Board, post: &str) -> HashMap<String, Value> {
    let mut thread = HashMap::new();
    let mut query = "?limit=100".to_owned();
    loop {
        let page = board.at("query").get(&format!("/posts/{post}{query}")).await.expect(200);
        for comment in page.json["comments"].as_array().unwrap() {
            thread.insert(comment["id"].as_str().unwrap().to_owned(), comment.clone());
        }
        match page.header("link").strip_prefix('<').and_then(|l| l.split('>').next()) {
            Some(next) => next.clone_into(&mut query),
            None => return thread,
        }
    }
}

/// Each comment was created once, judged once and updated once: an event that had its effect twice would have said more.
async fn nothing_was_said_twice(board: &Board) {
    let mut counts: HashMap<(String, String), usize> = HashMap::new();
    let mut ids: HashMap<String, usize> = HashMap::new();
    let mut query = "?limit=1000".to_owned();
    loop {
        let page = board.at("event-bus").get(&format!("/events{query}")).await.expect(200);
        for event in page.json.as_array().unwrap() {
            let affected = event["data"]["id"].as_str().unwrap_or_default().to_owned();
            *counts.entry((event["type"].as_str().unwrap().to_owned(), affected)).or_default() += 1;
            *ids.entry(event["id"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        match page.header("link").strip_prefix('<').and_then(|l| l.split('>').next()) {
            Some(next) => next.clone_into(&mut query),
            None => break,
        }
    }
    assert!(ids.values().all(|&count| count == 1), "an id stands in the log twice");
    let twice: Vec<_> = counts.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "said twice: {twice:?}");
    let of = |name: &str| counts.keys().filter(|(type_name, _)| type_name == name).count();
    assert_eq!(of("CommentCreated"), of("CommentModerated"));
    assert_eq!(of("CommentCreated"), of("CommentUpdated"));
}
