//! A database that was lost comes back from the log.

use contract::{Envelope, Status};
use serde_json::json;

use crate::{ADA, Board, verdict};

/// Everything of a thread that a restart must not change: all comments as their author and others see them.
async fn pictures(board: &Board, post: contract::PostId) -> [serde_json::Value; 2] {
    let path = format!("/posts/{post}/comments?limit=200");
    let all = board.comments.get(&path).send().await.expect(200).json();
    let adas = board.comments.get(&path).owner(ADA).send().await.expect(200).json();
    [all, adas]
}

/// A thread with everything in it.
async fn eventful(board: &Board) -> contract::PostId {
    let post = board.post().await;
    let top = board.comment(post, "top").await;
    let middle = board.reply(post, &top, "middle").await;
    let leaf = board.reply(post, &middle, "leaf").await;
    let orange = board.comment(post, "orange").await;
    board.tell(&[verdict(post, &top, 1, 1, Status::Approved), verdict(post, &orange, 1, 1, Status::Rejected)]).await;
    let edit = board.comments.patch(&format!("/comments/{leaf}"), &json!({ "content": "leaf 2" })).owner(ADA);
    edit.send().await.expect(200);
    board.tell(&[verdict(post, &leaf, 2, 1, Status::Approved)]).await;
    let alone = board.comment(post, "alone").await;
    for id in [middle, alone] {
        board.comments.delete(&format!("/comments/{id}")).owner(ADA).send().await.expect(204);
    }
    board.flush().await;
    post
}

/// Stops the service and starts it again without its database: in a folder where there is none.
async fn without_database(board: Board) -> Board {
    let Board { comments, bus, mut config, folder } = board;
    comments.stop().await;
    config.service.data_dir.push("elsewhere");
    let comments = crate::run(&config).await;
    Board { comments, bus, config, folder }
}

#[tokio::test]
async fn a_new_database_asks_for_everything_under_a_new_generation() {
    let board = Board::start().await;
    eventful(&board).await;
    let before = board.bus.wait_for_url("comments", &board.comments.url()).await;
    assert_eq!(before.from.as_deref(), Some("start"));
    let board = board.restart().await;
    let restarted = board.bus.wait_for_url("comments", &board.comments.url()).await;
    assert_eq!(restarted.generation, before.generation);
    assert_eq!(restarted.secret, before.secret);
    assert_eq!(restarted.types, ["PostCreated", "PostDeleted", "CommentModerated"]);
    let board = without_database(board).await;
    let renewed = board.bus.wait_for_url("comments", &board.comments.url()).await;
    assert_ne!(renewed.generation, before.generation);
    assert_ne!(renewed.secret, before.secret);
}

#[tokio::test]
async fn a_lost_database_is_filled_from_the_log() {
    let board = Board::start().await;
    let post = eventful(&board).await;
    let before = pictures(&board, post).await;
    let log = board.bus.events();
    let board = without_database(board).await;
    board.tell(&log).await;
    assert_eq!(pictures(&board, post).await, before);
    board.flush().await;
    assert_eq!(board.bus.events().len(), log.len() + 2, "nothing was said anew but the flush");
    // Hearing it all once more changes nothing.
    let mut again = log.clone();
    for event in &mut again {
        event.sequence = None;
    }
    let again: Vec<Envelope> = again.into_iter().map(|event| board.bus.publish(event)).collect();
    board.tell(&again).await;
    assert_eq!(pictures(&board, post).await, before);
    // And it goes on as if nothing had been.
    let top = before[0][0]["id"].as_str().unwrap();
    let edit = board.comments.patch(&format!("/comments/{top}"), &json!({ "content": "top 2" })).owner(ADA);
    assert_eq!(edit.send().await.expect(200).json()["revision"], 2);
    let reply = board.reply(post, top, "reply").await;
    board.comments.delete(&format!("/comments/{reply}")).owner(ADA).send().await.expect(204);
}

#[tokio::test]
async fn while_it_is_read_back_nothing_may_change_and_nothing_shows() {
    let board = Board::start().await;
    let post = eventful(&board).await;
    let body = json!({ "content": "keyed" });
    let keyed = |board: &Board| {
        let call = board.comments.post(&format!("/posts/{post}/comments"), &body).owner(ADA);
        call.header("idempotency-key", "k").send()
    };
    let first = keyed(&board).await.expect(201);
    board.flush().await;
    let top = pictures(&board, post).await[0][0]["id"].as_str().unwrap().to_owned();
    let log = board.bus.events();
    board.bus.lag_behind();
    let board = without_database(board).await;
    board.bus.wait_for_url("comments", &board.comments.url()).await;
    let path = format!("/comments/{top}");
    // With nothing of it, and with a part: the verdicts on it, and what was edited, are still to come.
    for part in [0, 2] {
        if part > 0 {
            board.bus.deliver(&log[..part]).await;
        }
        for refused in [
            board.comments.get(&path).send().await,
            board.comments.get(&format!("/posts/{post}/comments")).send().await,
            board.comments.patch(&path, &json!({ "content": "x" })).owner(ADA).send().await,
            board.comments.delete(&path).owner(ADA).send().await,
            board.comments.post(&format!("{path}/reports"), &json!({ "reason": "x" })).send().await,
            board.comment_on(post, "new").owner(ADA).send().await,
            keyed(&board).await,
        ] {
            assert!(refused.expect(503).header("retry-after").is_some());
        }
    }
    board.tell(&log[2..]).await;
    board.comments.get(&path).send().await.expect(200);
    let again = keyed(&board).await.expect(201);
    assert_eq!(again.json()["id"], first.json()["id"]);
    board.comments.patch(&path, &json!({ "content": "x" })).owner(ADA).send().await.expect(200);
}

#[tokio::test]
async fn in_whatever_order_it_is_heard() {
    let board = Board::start().await;
    let post = eventful(&board).await;
    let sorted = |mut pictures: [serde_json::Value; 2]| {
        for picture in &mut pictures {
            picture.as_array_mut().unwrap().sort_by_key(|comment| comment["id"].to_string());
        }
        pictures
    };
    let before = sorted(pictures(&board, post).await);
    let mut log = board.bus.events();
    let mut board = board;
    for rotation in [log.len() / 3, log.len() / 2, 1] {
        log.rotate_left(rotation);
        log.reverse();
        board = without_database(board).await;
        board.tell(&log).await;
        assert_eq!(sorted(pictures(&board, post).await), before, "rotated by {rotation}");
    }
}
