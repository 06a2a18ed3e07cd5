//! A database file of an older version comes back whole, with today's tables.
//!
//! `old/moderation-v1.db` was written by the first version, with comments 11 to 16 under post 1: an apple, an orange that
//! a moderator approved, a casino, a sly one that was reported three times, a casino that a moderator rejected, and one
//! that was deleted.

use super::board::Board;

fn id(number: u32) -> String {
    format!("01900000-0000-7000-8000-{number:012}")
}

#[tokio::test]
async fn everything_of_an_older_version_is_there() {
    let board = Board::on_file(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/old/moderation-v1.db")).await;
    let queue = board.queue().await;
    let waiting: Vec<_> = queue.iter().map(|item| (item["id"].as_str().unwrap(), &item["rule"])).collect();
    assert_eq!(waiting, [(id(13).as_str(), &"held-words".into()), (id(14).as_str(), &"reports".into())]);
    assert_eq!(queue[1]["reports"], 3);
    assert!(board.log().await.is_empty(), "it begins with the version that keeps it");

    // What stood before was not kept then; from now on it is.
    board.undo("comment", id(12), 2).await.expect(409);
    board.undo("comment", id(15), 1).await.expect(409);
    for (number, status, next) in [(12, "rejected", 3), (15, "approved", 2), (13, "rejected", 1), (14, "rejected", 2)] {
        let decided = board.decide("comment", id(number), 1, status).await.expect(201).json();
        assert_eq!(decided["decision"], next, "{number}");
        board.undo("comment", id(number), next).await.expect(201);
    }
    assert_eq!(board.queue().await, queue);
    assert_eq!(board.log().await.len(), 8);
    board.decide("comment", id(16), 1, "approved").await.expect(404);
}
