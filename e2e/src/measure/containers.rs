//! Every service as a process of its own, with nginx before them: what each holds in memory and uses of the processor, idle and
//! under load. The requests and limits in `k8s/` come from here.

use std::time::{Duration, Instant};

use anyhow::Context;

use super::figures::Section;
use super::http::{Connection, post};
use super::posts::Poster;
use super::settings::Settings;
use super::{load, machine};
use crate::board::Board;
use crate::process::Process;

/// How long they are left alone before what they use idle is looked at.
const IDLE: Duration = Duration::from_secs(5);
const COMMENT: &str = r#"{"content":"I liked the last one a lot, though the end came too soon. I would bring cake again.","authorName":"Ada"}"#;

/// Measures them through the front door, under as many comments as it takes.
///
/// # Errors
/// If a connection breaks.
pub async fn measure(settings: &Settings) -> anyhow::Result<Section> {
    // Its waiting is not made to move between threads, so it stays on one.
    let (settings, runtime) = (settings.clone(), tokio::runtime::Handle::current());
    tokio::task::spawn_blocking(move || runtime.block_on(through_the_door(&settings))).await?
}

async fn through_the_door(settings: &Settings) -> anyhow::Result<Section> {
    let board = Board::behind_nginx().up().await;
    let began = (Instant::now(), cpu(&board));
    // why: idle is what is measured
    tokio::time::sleep(IDLE).await;
    let idle = shares(&board, &began);
    let memory: Vec<_> =
        board.processes.iter().map(|process| sum(process, |id| Some(machine::memory(id)?.0))).collect();

    let post_id = board.post("What should we read next month?").await.text_of("id").to_owned();
    let url = board.front().url("");
    let address = url.strip_prefix("http://").context("an address")?;
    let request = post(address, &format!("/api/v1/posts/{post_id}/comments"), "application/json", COMMENT);
    let mut callers = Vec::new();
    for _ in 0..settings.connections() {
        callers.push(Poster { connection: Connection::open(address).await?, request: request.clone() });
    }
    let began = (Instant::now(), cpu(&board));
    let load = load::full(callers, settings.time()).await?;
    board.settled().await;
    let busy = shares(&board, &began);

    let about = format!("every service apart, nginx before them, {} s of comments", settings.time().as_secs());
    let mut section = Section::new("containers", about);
    section.load("comments accepted through the door", &load, "");
    for (index, process) in board.processes.iter().enumerate() {
        let name = process.name();
        section.add(format!("{name}: resident, idle"), memory[index], "MiB");
        section.add(format!("{name}: resident, at most"), sum(process, machine::most_memory), "MiB");
        section.add(format!("{name}: cores, idle"), idle[index], "");
        section.add(format!("{name}: cores, under load"), busy[index], "");
    }
    Ok(section)
}

/// Over a process and those that it started.
fn sum(process: &Process, of: impl Fn(u32) -> Option<f64>) -> f64 {
    let Some(id) = process.id() else { return 0.0 };
    std::iter::once(id).chain(machine::children(id)).filter_map(of).sum()
}

fn cpu(board: &Board) -> Vec<f64> {
    let used = |process| sum(process, |id| machine::cpu_time(id).map(|time| time.as_secs_f64()));
    board.processes.iter().map(used).collect()
}

/// Cores used since, by each.
fn shares(board: &Board, (began, before): &(Instant, Vec<f64>)) -> Vec<f64> {
    let took = began.elapsed().as_secs_f64();
    cpu(board).iter().zip(before).map(|(now, before)| (now - before) / took).collect()
}
