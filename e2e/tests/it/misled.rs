//! An address is another server's for a moment: the first connections of every client of ours end up there, are answered
//! wrongly for ever, and stay open. Everything flows all the same, by itself.

use chassis::doubles::{Misled, Wrong};
use e2e::board::{Board, SERVICES};
use e2e::wait;

/// More than any client opens at its start: relay and subscription of a service share theirs.
const WRONGLY: usize = 3;

fn authority(url: &str) -> String {
    url.trim_start_matches("http://").to_owned()
}

#[tokio::test]
async fn every_client_of_the_bus_leaves_a_wrong_server() {
    for wrong in Wrong::ALL {
        let mut board = Board::apart();
        let mut doors = Vec::new();
        for name in SERVICES.into_iter().filter(|&name| name != "event-bus") {
            let door = Misled::start(&authority(&board.url("event-bus")), wrong, WRONGLY).await;
            board.process(name).argue(&format!("--bus-url={}", door.url()));
            doors.push((name, door));
        }
        let board = board.up().await;
        let post = board.post("written while the addresses were wrong").await;
        let id = post.text_of("id").to_owned();
        wait::until("comments to know of the post", async || {
            let path = format!("/posts/{id}/comments");
            let body = serde_json::json!({ "content": "the same" });
            let answer = board.at("comments").post(&path, &body).await;
            (answer.status == 201).then_some(())
        })
        .await;
        board.judged(&id, 1).await;
        for (name, door) in doors {
            assert_ne!(door.answered_wrongly(), 0, "{name} never met the wrong server ({wrong:?})");
        }
    }
}
