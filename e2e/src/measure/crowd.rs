//! Crowds that cost them little: callers who read nothing, listeners who read nothing, headers that never end. What they
//! cost in memory, and what others notice of them.
//!
//! Each crowd comes by itself and leaves before the next. It is bounded, and it is on loopback.

use std::time::{Duration, Instant};

use anyhow::Context;
use reqwest::Method;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::figures::Section;
use super::http::{Connection, get};
use super::settings::Settings;
use super::stage::Stage;

/// What every crowd is held against.
const AIM: &str = "aim: 256 MiB above idle";
/// Posts that the board has, each with a text of some size.
const POSTS: usize = 100;
const TEXT: usize = 20_000;
/// Calls of somebody else, one after the other, while a crowd is there.
const CALLS: usize = 300;
/// How long an answer may take before it is no figure any more.
const PATIENCE: Duration = Duration::from_secs(30);

/// One crowd.
struct Crowd {
    name: &'static str,
    count: usize,
    service: &'static str,
    /// What each of them sends before it falls silent.
    sends: Vec<u8>,
}

/// Measures each crowd.
///
/// # Errors
/// If the board does not come up, or fails under a crowd.
pub async fn measure(settings: &Settings) -> anyhow::Result<Section> {
    // The crowd's own sockets are this process's.
    chassis::descriptors::share(1, 1);
    let mut stage = Stage::single(settings)?;
    stage.up().await?;
    for number in 0..POSTS {
        let body = json!({ "title": format!("post {number}"), "content": "oak ".repeat(TEXT / 4) });
        stage.call("posts", Method::POST, "/posts", Some(&body)).await?;
    }
    let began = Instant::now();
    while stage.get("query", "/posts?limit=100").await?.json.as_array().map_or(0, Vec::len) < POSTS {
        anyhow::ensure!(began.elapsed() < PATIENCE, "the posts are not seen");
        // why: the pause between two looks at a condition
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (mut section, idle) = (Section::new("crowd", "one process, callers on loopback"), stage.memory());
    let (idle, _) = idle.context("the memory of the process is not known")?;
    section.add("resident memory before", idle, "MiB");
    let quiet = others(&stage).await?;
    section.add("others' p99 before", quiet, "ms");

    let query = stage.address("query")?;
    for crowd in [
        Crowd { name: "who read nothing", count: 1_000, service: "query", sends: get(&query, "/posts?limit=100") },
        Crowd { name: "listeners who read nothing", count: 2_000, service: "query", sends: get(&query, "/live") },
        Crowd {
            name: "half-open",
            count: 10_000,
            service: "posts",
            sends: b"GET /posts HTTP/1.1\r\nhost: x\r\n".to_vec(),
        },
    ] {
        let (most, p99) = under(&stage, &crowd).await?;
        let about = format!("{} {}", crowd.count, crowd.name);
        section.note(format!("{about}: most memory above idle"), most - idle, "MiB", AIM);
        section.note(format!("{about}: others' p99"), p99, "ms", "aim: twice the quiet one");
    }
    stage.down().await?;
    Ok(section)
}

/// The most memory while the crowd is there, and the p99 of somebody else.
async fn under(stage: &Stage, crowd: &Crowd) -> anyhow::Result<(f64, f64)> {
    let address = stage.address(crowd.service)?;
    let mut there = Vec::with_capacity(crowd.count);
    for _ in 0..crowd.count {
        let mut socket = TcpStream::connect(&address).await?;
        // One that is turned away is of no consequence.
        drop(socket.write_all(&crowd.sends).await);
        there.push(socket);
    }
    let mut most: f64 = stage.memory().map_or(0.0, |(resident, _)| resident);
    // So that listeners have something to leave unread.
    for number in 0..20 {
        let body = json!({ "title": format!("news {number}"), "content": "ash ".repeat(TEXT / 4) });
        stage.call("posts", Method::POST, "/posts", Some(&body)).await.ok();
        most = most.max(stage.memory().map_or(0.0, |(resident, _)| resident));
    }
    let p99 = others(stage).await?;
    most = most.max(stage.memory().map_or(0.0, |(resident, _)| resident));
    drop(there);
    Ok((most, p99))
}

/// The p99 of calls to query, in milliseconds.
async fn others(stage: &Stage) -> anyhow::Result<f64> {
    let address = stage.address("query")?;
    let request = get(&address, "/posts?limit=5");
    let mut connection = Connection::open(&address).await?;
    let mut times = Vec::with_capacity(CALLS);
    for _ in 0..CALLS {
        let began = Instant::now();
        let reply = tokio::time::timeout(PATIENCE, connection.call(&request)).await.context("no answer in time")??;
        anyhow::ensure!(reply.is_success(), "somebody else was refused: {}", reply.shown());
        times.push(began.elapsed());
    }
    times.sort_unstable();
    Ok(times[CALLS * 99 / 100].as_secs_f64() * 1000.0)
}
