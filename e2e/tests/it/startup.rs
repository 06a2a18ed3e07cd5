//! Starting and stopping: what a person sees who does it for the first time, or wrongly.

use std::net::TcpListener;

use e2e::binaries;
use e2e::board::{Board, SERVICES};
use e2e::wait;
use tokio::process::Command;

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_its_setting() {
    let mut board = Board::single();
    let url = board.url("posts");
    let port = url.rsplit(':').next().unwrap().to_owned();
    let _taken = TcpListener::bind(format!("127.0.0.1:{port}")).unwrap();
    let process = board.process("folkmoot");
    process.start();
    let status = process.ended().await;
    assert!(!status.success());
    let log = process.log();
    assert!(log.contains(&port) && log.contains("posts-addr"), "{log}");
}

#[tokio::test]
async fn the_address_is_printed_once_everything_is_ready() {
    let mut board = Board::single().up().await;
    let url = board.process("folkmoot").url().to_owned();
    let process = board.process("folkmoot");
    wait::until("the address", async || process.log().contains(&url).then_some(())).await;
}

#[tokio::test]
async fn a_second_process_on_the_same_folder_is_refused() {
    let board = Board::single().up().await;
    let mut second = Board::single();
    let folder = format!("--data-dir={}", board.data().display());
    let process = second.process("folkmoot");
    process.argue(&folder);
    process.argue("--lock-timeout=200ms");
    process.start();
    assert!(!process.ended().await.success());
    assert!(process.log().contains("in use"), "{}", process.log());
}

#[tokio::test]
async fn sigterm_ends_each_process_in_order() {
    let mut board = Board::apart().up().await;
    let post = board.post("kept").await;
    for name in SERVICES {
        let status = board.process(name).stop().await;
        assert!(status.success(), "{name}: {status}: {}", board.process(name).log());
    }
    board.start_all().await;
    let id = post.text_of("id");
    wait::until("the post again", async || (board.seen(id).await["title"] == "kept").then_some(())).await;
}

#[tokio::test]
async fn help_names_every_setting_with_its_variable() {
    for (name, settings) in [
        ("folkmoot", vec!["--addr", "FOLKMOOT_ADDR", "--data-dir", "--posts-addr", "--bus-addr", "--rules"]),
        (
            "posts",
            vec![
                "--posts-addr",
                "FOLKMOOT_POSTS_ADDR",
                "--lock-timeout",
                "FOLKMOOT_LOCK_TIMEOUT",
                "--bus-url",
                "FOLKMOOT_DATA_DIR",
            ],
        ),
        ("comments", vec!["--comments-addr", "FOLKMOOT_COMMENTS_ADDR", "--bus-url"]),
        ("query", vec!["--query-addr", "FOLKMOOT_QUERY_ADDR", "--bus-url"]),
        ("moderation", vec!["--moderation-addr", "FOLKMOOT_MODERATION_ADDR", "--rules"]),
        ("event-bus", vec!["--bus-addr", "FOLKMOOT_BUS_ADDR", "--data-dir"]),
    ] {
        let output = Command::new(binaries::path(name)).arg("--help").output().await.unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success());
        for setting in settings {
            assert!(text.contains(setting), "{name} --help lacks {setting}: {text}");
        }
        let wrong = Command::new(binaries::path(name)).arg("--no-such-thing").output().await.unwrap();
        assert_eq!(wrong.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&wrong.stderr).contains("--no-such-thing"));
    }
}

/// A figure to look at, not to pass or fail by: this is a debug build beside other tests. `cargo xtask measure` has more.
#[tokio::test]
async fn time_to_ready_and_memory_are_reported() {
    let mut board = Board::single();
    drop(binaries::path("folkmoot"));
    let began = std::time::Instant::now();
    board.start_all().await;
    let ready = began.elapsed();
    let id = board.process("folkmoot").id().unwrap();
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).map(str::trim).unwrap();
    println!("REPORT: empty data, debug build: ready after {} ms, resident {resident}", ready.as_millis());
}
