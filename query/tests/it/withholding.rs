//! Who gets to see what has not been judged, or was rejected.

use contract::{CommentId, Status};
use serde_json::{Value, json};

use super::said::{ADA, BOB, commented, judged, post_judged, post_updated, updated};
use super::{Board, ids};

const NOBODY: Option<&str> = None;

async fn see(board: &Board, path: &str, who: Option<&str>) -> (Value, String) {
    let call = board.query.get(path);
    let answer = match who {
        Some(key) => call.owner(key).send().await.expect(200),
        None => call.send().await.expect(200),
    };
    assert_eq!(answer.header("vary"), Some("owner-key"));
    assert!(!answer.text().contains("ownerKey") && !answer.text().contains(&super::said::hash(BOB)));
    let caching = answer.header("cache-control").unwrap().to_owned();
    assert_eq!(caching.contains("private"), answer.header("etag").unwrap().contains("own-"));
    (answer.json(), caching)
}

#[tokio::test]
async fn a_comment_is_for_its_author_until_it_is_approved() {
    let board = Board::start().await;
    let post = board.post("Hello").await;
    let comment = commented(post, CommentId::new(), None, 10, "an opinion");
    board.say(comment.clone()).await;
    let one = format!("/posts/{post}");
    let thread = format!("/posts/{post}/comments");
    let table = [
        (None, "pending", false, json!(null)),
        (Some(judged(&comment, Status::Rejected)), "rejected", false, json!("the reason")),
        (Some(updated(&comment, 1, 2, Status::Approved, "an opinion")), "approved", true, json!(null)),
        (Some(updated(&comment, 2, 2, Status::Pending, "another opinion")), "pending", false, json!(null)),
        // A verdict on what was there before the edit says nothing of what is there now.
        (Some(updated(&comment, 1, 9, Status::Approved, "an opinion")), "pending", false, json!(null)),
        (Some(updated(&comment, 2, 10, Status::Approved, "another opinion")), "approved", true, json!(null)),
    ];
    for (event, status, open, reason) in table {
        let text = match event {
            Some(event) => {
                let text = if event.revision.get() == 1 && status == "pending" {
                    "another opinion".to_owned()
                } else {
                    event.content.clone()
                };
                board.say(event).await;
                text
            }
            None => "an opinion".to_owned(),
        };
        for (path, pointer) in [("/posts", "/0/comments/0"), (&*one, "/comments/0"), (&*thread, "/0")] {
            for stranger in [NOBODY, Some(ADA)] {
                let (seen, caching) = see(&board, path, stranger).await;
                let seen = seen.pointer(pointer).unwrap();
                assert_eq!(seen["status"], status);
                assert_eq!(seen["content"], if open { json!(text) } else { json!(null) });
                assert_eq!(seen["withheld"], if open { json!(null) } else { json!(true) });
                assert_eq!((seen.get("html").is_some(), seen.get("own")), (open, None));
                assert_eq!((seen.get("reason"), seen.get("authorName").is_some()), (None, open));
                // The post is Ada's.
                let private = stranger == Some(ADA) && path != thread;
                assert_eq!(caching, if private { "private, no-store" } else { "no-cache" });
            }
            let (seen, caching) = see(&board, path, Some(BOB)).await;
            let seen = seen.pointer(pointer).unwrap();
            assert_eq!((&seen["content"], &seen["status"]), (&json!(text), &json!(status)), "{path}");
            assert_eq!((&seen["reason"], seen.get("withheld")), (&reason, None));
            assert_eq!((&seen["html"], &seen["own"]), (&json!(format!("<p>{text}</p>")), &json!(true)));
            assert_eq!(caching, "private, no-store");
        }
    }
}

#[tokio::test]
async fn an_authors_answer_is_not_taken_for_everyones() {
    let board = Board::start().await;
    let post = board.post("Hello").await;
    board.say(commented(post, CommentId::new(), None, 10, "an opinion")).await;
    let everyones = board.get("/posts").await.expect(200);
    let bobs = board.query.get("/posts").owner(BOB).send().await.expect(200);
    let (tag, bobs_tag) = (everyones.header("etag").unwrap(), bobs.header("etag").unwrap());
    assert_ne!(tag, bobs_tag);
    board.query.get("/posts").owner(BOB).header("if-none-match", tag).send().await.expect(200);
    board.query.get("/posts").header("if-none-match", bobs_tag).send().await.expect(200);
    board.query.get("/posts").owner(BOB).header("if-none-match", bobs_tag).send().await.expect(304);
}

#[tokio::test]
async fn a_rejected_post_is_there_for_its_author_alone_and_stays_hidden_until_judged_again() {
    let board = Board::start().await;
    let post = board.post("Hello").await;
    let comment = board.comment(post, "nice", Status::Approved).await;
    let path = format!("/posts/{post}");
    let thread = format!("/posts/{post}/comments");
    let hidden = async |status: &str, title: &str, reason: Value| {
        assert_eq!(board.posts().await, json!([]));
        for stranger in [NOBODY, Some(BOB)] {
            for path in [&path, &thread] {
                let call = board.query.get(path);
                let call = if let Some(key) = stranger { call.owner(key) } else { call };
                call.send().await.expect(404);
            }
        }
        let (seen, caching) = see(&board, &path, Some(ADA)).await;
        assert_eq!((&seen["status"], &seen["title"], &seen["reason"]), (&json!(status), &json!(title), &reason));
        assert_eq!(caching, "private, no-store");
        assert_eq!(see(&board, &thread, Some(ADA)).await.1, "private, no-store");
    };
    board.say(post_judged(post, 1, 1, Status::Rejected)).await;
    hidden("rejected", "Hello", json!("the reason")).await;
    board.say(post_updated(post, 2, "Hello again")).await;
    hidden("pending", "Hello again", json!(null)).await;
    board.say(post_judged(post, 1, 2, Status::Approved)).await;
    board.say(post_judged(post, 2, 3, Status::Approved)).await;
    let posts = board.posts().await;
    assert_eq!((&posts[0]["title"], &posts[0]["status"]), (&json!("Hello again"), &json!("approved")));
    assert_eq!(ids(&posts[0]["comments"]), [comment.id.to_string()]);
}
