//! Reading: who sees which text, page by page, and one's own writes.

use std::time::Instant;

use contract::{CommentId, PostId, Status};
use serde_json::json;

use crate::{ADA, BOB, Board, verdict};

#[tokio::test]
async fn what_is_not_approved_is_withheld_from_all_but_its_author() {
    let board = Board::start().await;
    let post = board.post().await;
    let body = json!({ "content": "secret", "authorName": "Rude Name" });
    let path = format!("/posts/{post}/comments");
    let id = crate::id_of(&board.comments.post(&path, &body).owner(ADA).send().await.expect(201));
    for (status, shown) in [(None, false), (Some(Status::Rejected), false), (Some(Status::Approved), true)] {
        if let Some(status) = status {
            let decision = u32::from(shown) + 1;
            board.tell(&[verdict(post, &id, 1, decision, status)]).await;
        }
        let word = status.unwrap_or(Status::Pending).as_str();
        for path in [path.clone(), format!("/comments/{id}")] {
            for owner in [None, Some(BOB), Some(ADA)] {
                let call = board.comments.get(&path);
                let answer = match owner {
                    Some(owner) => call.owner(owner),
                    None => call,
                };
                let answer = answer.send().await.expect(200);
                let json = answer.json();
                let seen = json.get(0).unwrap_or(&json);
                let open = shown || owner == Some(ADA);
                assert_eq!(seen["status"], word);
                assert_eq!(seen["content"], if open { json!("secret") } else { json!(null) }, "{word} {owner:?}");
                assert_eq!(seen.get("withheld"), if open { None } else { Some(&json!(true)) });
                assert_eq!(seen.get("authorName").is_some(), open);
                let reason = status == Some(Status::Rejected) && owner == Some(ADA);
                assert_eq!(seen.get("reason").is_some(), reason);
                assert_eq!(answer.header("cache-control"), Some("no-store"));
                assert_eq!(answer.text().contains("secret"), open);
            }
        }
    }
}

#[tokio::test]
async fn a_thread_is_read_page_by_page_oldest_first() {
    let board = Board::start().await;
    let (post, other) = (board.post().await, board.post().await);
    let mut expected = Vec::new();
    for number in 0..7 {
        expected.push(board.comment(post, &number.to_string()).await);
        board.comment(other, "elsewhere").await;
    }
    let mut path = format!("/posts/{post}/comments?limit=3");
    let mut read = Vec::new();
    let mut sizes = Vec::new();
    loop {
        let page = board.comments.get(&path).send().await.expect(200);
        let ids: Vec<_> =
            page.json().as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap().to_owned()).collect();
        sizes.push(ids.len());
        read.extend(ids);
        let Some(link) = page.header("link") else { break };
        let query = link.strip_prefix('<').and_then(|l| l.strip_suffix(">; rel=\"next\"")).unwrap();
        path = format!("/posts/{post}/comments{query}");
    }
    assert_eq!(read, expected);
    assert_eq!(sizes, [3, 3, 1]);
    for bad in ["limit=0", "limit=x", "cursor=-1", "cursor=x"] {
        board.comments.get(&format!("/posts/{post}/comments?{bad}")).send().await.expect(422);
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let board = Board::start().await;
    board.post().await;
    let id = PostId::new();
    for path in [format!("/comments/{id}"), "/comments/nonsense".to_owned(), "/posts/1/comments".to_owned()] {
        let answer = board.comments.get(&path).send().await.expect(404);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{path}");
    }
    let before = Instant::now();
    board.comments.get(&format!("/posts/{id}/comments")).send().await.expect(404);
    assert!(before.elapsed() < comments::arrival::GRACE, "a read does not wait");
}

#[tokio::test]
async fn a_read_waits_for_the_event_it_names() {
    let board = Board::start().await;
    let post = board.post().await;
    let made = board.comment_on(post, "Hello").send().await.expect(201);
    let path = format!("/comments/{}", crate::id_of(&made));
    let own = made.header("event-id").unwrap();
    let read = board.comments.get(&path).header("await-event", own).send().await.expect(200);
    assert_eq!(read.header("await-event"), None);

    let coming = verdict(post, &crate::id_of(&made), 1, 1, Status::Approved);
    let waiting = board.comments.get(&path).header("await-event", coming.id.as_str()).send();
    let (read, ()) = tokio::join!(waiting, board.tell(std::slice::from_ref(&coming)));
    assert_eq!(read.expect(200).json()["status"], "approved");

    let before = Instant::now();
    let read = board.comments.get(&path).header("await-event", "made-up").send().await.expect(200);
    assert_eq!(read.header("await-event"), Some("timeout"));
    assert!(before.elapsed() >= chassis::awaited::PATIENCE);
    for nowhere in [format!("/comments/{}", CommentId::new()), format!("/posts/{}/comments", PostId::new())] {
        let read = board.comments.get(&nowhere).header("await-event", "made-up").send().await.expect(404);
        assert_eq!(read.header("await-event"), Some("timeout"), "an error may be all that there is to see");
    }
    board.comments.get(&path).header("await-event", "").send().await.expect(400);
}

#[tokio::test]
async fn head_is_answered_like_get_without_a_body() {
    let board = Board::start().await;
    let post = board.post().await;
    let head = board.comments.request(http::Method::HEAD, &format!("/posts/{post}/comments")).send().await.expect(200);
    assert!(head.body.is_empty());
    assert_eq!(head.header("content-type"), Some("application/json"));
}
