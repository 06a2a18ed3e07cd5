//! A comment that comes before the news of its post: the second of grace, and 404 and 503 told apart.

use std::time::{Duration, Instant};

use contract::{Envelope, PostId};
use serde_json::json;

use crate::{ADA, Board, post_created, say};

#[tokio::test]
async fn a_comment_waits_for_the_news_of_its_post() {
    let board = Board::start().await;
    board.post().await;
    let post = PostId::new();
    let before = Instant::now();
    let news = async {
        tokio::time::sleep(Duration::from_millis(200)).await; // why: news that comes late is the story
        // Other news wakes it, and is not what it waits for.
        board.tell(&[post_created(PostId::new())]).await;
        board.tell(&[post_created(post)]).await;
    };
    let (answer, ()) = tokio::join!(board.comment_on(post, "early").send(), news);
    answer.expect(201);
    let took = before.elapsed();
    assert!(took >= Duration::from_millis(200), "{took:?}");
}

#[tokio::test]
async fn a_post_that_nobody_made_is_not_found_after_the_grace() {
    let board = Board::start().await;
    board.post().await;
    let before = Instant::now();
    let answer = board.comment_on(PostId::new(), "lost").send().await.expect(404);
    assert_eq!(answer.json()["type"], "/problems/not-found");
    let took = before.elapsed();
    assert!(took >= comments::arrival::GRACE && took < 3 * comments::arrival::GRACE, "{took:?}");
}

#[tokio::test]
async fn one_who_has_not_heard_everything_does_not_say_that_there_is_none() {
    // Begun anew with a database that is not, the subscription is put once, and not again behind our back.
    let board = Board::start().await;
    let known = board.post().await;
    board.comment(known, "fine").await;
    let board = board.restart().await;
    board.tell(&[post_created(PostId::new())]).await;
    board.bus.park(1);
    let answer = board.comment_on(PostId::new(), "lost").send().await.expect(503);
    assert!(answer.header("retry-after").is_some());
    board.comments.get(&format!("/posts/{}/comments", PostId::new())).send().await.expect(503);
    board.comment_on(known, "fine").send().await.expect(201);
    board.bus.park(0);
    board.comment_on(PostId::new(), "lost").send().await.expect(404);
    board.comments.get(&format!("/posts/{}/comments", PostId::new())).send().await.expect(404);
    // What the bus has and has not delivered.
    board.bus.lag_behind();
    board.bus.publish(post_created(PostId::new()));
    board.comment_on(PostId::new(), "lost").send().await.expect(503);
}

#[tokio::test]
async fn an_acknowledged_post_is_never_not_found_while_the_bus_is_away_and_comes_back() {
    let board = Board::start().await;
    let known = board.post().await;
    board.comment_on(PostId::new(), "lost").send().await.expect(404);
    // Everything was received, up to a head from before the bus went away; the post waits in its service's outbox.
    board.bus.fail_with(503);
    let post = PostId::new();
    board.comment_on(post, "early").send().await.expect(503);
    board.comments.get(&format!("/posts/{post}/comments")).send().await.expect(503);
    board.comment_on(known, "fine").send().await.expect(201);
    board.bus.recover();
    // The bus is back, and the post's service need not have noticed.
    board.flush().await;
    board.comment_on(post, "early").send().await.expect(503);
    board.tell(&[post_created(post)]).await;
    board.comment_on(post, "in time").send().await.expect(201);
    until_not_found(&board).await;
    // A bus that was away for so short a time that nobody called it meanwhile.
    board.bus.restarted();
    board.comment_on(PostId::new(), "lost").send().await.expect(503);
    until_not_found(&board).await;
}

/// Every service has had the time to publish what it had.
async fn until_not_found(board: &Board) {
    let before = Instant::now();
    while board.comment_on(PostId::new(), "lost").send().await.status == 503 {
        assert!(before.elapsed() < 3 * chassis::subscribe::SETTLE);
    }
    board.comment_on(PostId::new(), "lost").send().await.expect(404);
}

#[tokio::test]
async fn one_who_has_heard_nothing_yet_does_not_either() {
    let board = Board::start().await;
    let known = board.post().await;
    board.bus.fail_with(503);
    let board = board.restart().await;
    board.comment_on(PostId::new(), "lost").send().await.expect(503);
    board.comment_on(known, "fine").owner(ADA).send().await.expect(201);
    board.bus.recover();
    board.flush().await;
    until_not_found(&board).await;
}

#[tokio::test]
async fn a_new_database_takes_nothing_before_it_has_heard_what_was_said() {
    let bus = chassis::doubles::FakeBus::start().await;
    bus.fail_with(503);
    let url = bus.url();
    let board = Board::start_with(|config| config.service.bus_url = url).await;
    board.comments.get("/readyz").send().await.expect(200);
    let id = contract::CommentId::new();
    board.comment_on(PostId::new(), "early").send().await.expect(503);
    let edit = board.comments.patch(&format!("/comments/{id}"), &json!({ "content": "early" })).owner(ADA);
    edit.send().await.expect(503);
    bus.recover();
    let post = PostId::new();
    bus.wait_for_url("comments", &board.comments.url()).await;
    bus.deliver(&[post_created(post)]).await;
    board.comment_on(post, "in time").send().await.expect(201);
}

#[tokio::test]
async fn events_that_mean_nothing_here_are_answered_done() {
    let board = Board::start().await;
    let post = board.post().await;
    let mut unknown = post_created(post);
    unknown.type_name = "SomethingNew".into();
    let mut erased = post_created(PostId::new());
    erased.data = Some(serde_json::value::to_raw_value(&json!({})).unwrap());
    let foreign = contract::CommentDeleted {
        id: board.comment(post, "one").await.parse().unwrap(),
        post_id: post,
        deleted_by: contract::DeletedBy::Author,
    };
    let stranger = PostId::new();
    let made_up = Envelope { source: contract::envelope::ANONYMOUS_SOURCE.into(), ..post_created(stranger) };
    let mut unreadable = made_up.clone();
    unreadable.data = serde_json::from_str(r#"{"id":"0000000a","title":"x"}"#).ok();
    board.tell(&[unknown, erased, say("/somebody", &foreign.into()), made_up, unreadable]).await;
    assert_eq!(board.thread(post).await.as_array().unwrap().len(), 1, "no one else speaks for it");
    board.comment_on(stranger, "on a post that posts does not know").send().await.expect(404);
}
