//! The board's settings: what is set to nothing is as if it were not there, and what would open the board is refused.

use serde_json::json;

use tokio::process::Command;

use crate::process::Process;

#[tokio::test]
async fn a_list_that_is_set_to_nothing_is_an_empty_list() {
    let data = tempfile::tempdir().unwrap();
    let lists = ["FOLKMOOT_CONNECT_ORIGINS", "FOLKMOOT_ALLOWED_ORIGINS", "FOLKMOOT_TRUSTED_PROXIES"];
    let board = Process::start_in(&lists.map(|name| (name, "")), data.path(), &[]).await;
    assert_eq!(board.caller.get("/api/v1/posts").send().await.expect(200).json(), json!([]));
}

#[tokio::test]
async fn an_open_front_door_is_for_this_machine_alone() {
    let data = tempfile::tempdir().unwrap();
    let guarded = ["/api/v1/bus/events", "/api/v1/moderation/queue"];
    let board = Process::start(data.path(), &[]).await;
    for path in guarded {
        board.caller.get(path).send().await.expect(401);
    }
    board.kill().await;
    let board = Process::start(data.path(), &["--open-front"]).await;
    for path in guarded {
        board.caller.get(path).send().await.expect(200);
    }
    board.kill().await;
    for setting in ["--addr", "--posts-addr"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_folkmoot"));
        for name in ["addr", "posts-addr", "comments-addr", "query-addr", "moderation-addr", "bus-addr"] {
            let host = if setting == format!("--{name}") { "0.0.0.0" } else { "127.0.0.1" };
            command.arg(format!("--{name}={host}:0"));
        }
        let ended = command.arg("--open-front").arg("--data-dir").arg(data.path()).output().await.unwrap();
        let text = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(1), "{setting}: {text}");
        assert!(text.contains("--open-front / FOLKMOOT_OPEN_FRONT"), "{setting}: {text}");
    }
}
