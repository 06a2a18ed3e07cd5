//! Lists of posts, as classic and other clients read them.

use contract::{CommentId, PostId, Status};
use serde_json::json;

use query::view;

use super::said::{ADA, commented, judged, post_created, post_deleted, post_updated};
use super::{Board, eventually, ids, next};

#[tokio::test]
async fn a_classic_client_finds_what_it_looks_for() {
    let board = Board::start().await;
    assert_eq!(board.posts().await, json!([]));
    let post = board.post("Hello").await;
    let good = board.comment(post, "nice", Status::Approved).await;
    let bad = board.comment(post, "an orange", Status::Rejected).await;
    let posts = board.posts().await;
    assert_eq!(posts[0]["id"], post.to_string());
    assert_eq!(posts[0]["title"], "Hello");
    let comments = posts[0]["comments"].as_array().unwrap();
    let find = |id: CommentId| comments.iter().find(|c| c["id"] == id.to_string()).unwrap();
    assert_eq!((&find(good.id)["content"], &find(good.id)["status"]), (&json!("nice"), &json!("approved")));
    assert_eq!((&find(bad.id)["content"], &find(bad.id)["status"]), (&json!(null), &json!("rejected")));
    assert_eq!(posts[0]["commentCount"], 2);
}

#[tokio::test]
async fn a_post_has_its_fields_and_no_others() {
    let board = Board::start().await;
    let post = board.post("Hello").await;
    let comment = board.comment(post, "nice", Status::Approved).await;
    let expected = json!({
        "id": post, "title": "Hello", "content": "text of Hello", "html": "<p>text of Hello</p>", "status": "pending", "revision": 1,
        "authorName": "Ada", "createdAt": "2023-11-14T22:13:20.000Z", "lastActivityAt": "2023-11-14T22:13:20.010Z",
        "commentCount": 1,
        "comments": [{
            "id": comment.id, "content": "nice", "html": "<p>nice</p>", "status": "approved", "revision": 1,
            "authorName": "Bob", "createdAt": "2023-11-14T22:13:20.010Z",
        }],
    });
    assert_eq!(board.posts().await, json!([expected]));
    assert_eq!(board.get(&format!("/posts/{post}")).await.expect(200).json(), expected);
}

#[tokio::test]
async fn a_page_of_large_posts_ends_early_and_loses_none() {
    let board = Board::start().await;
    for at in 0..80 {
        let mut post = post_created(PostId::new(), at, "Large");
        post.content = Some("large ".repeat(6_600));
        board.log.say(post);
    }
    board.say(post_created(PostId::new(), 90, "Small")).await;
    let (mut visited, mut path) = (Vec::new(), Some("/posts?limit=100".to_owned()));
    let mut pages = 0;
    while let Some(here) = path {
        let answer = board.get(&here).await.expect(200);
        assert!(answer.body.len() < view::PAGE_BYTES + 200_000);
        visited.extend(ids(&answer.json()));
        path = next("/posts", &answer);
        pages += 1;
    }
    assert_eq!((visited.len(), pages), (81, 2));
}

#[tokio::test]
async fn a_posts_tag_begins_with_its_revision() {
    let board = Board::start().await;
    let post = board.post("Hello").await;
    let path = format!("/posts/{post}");
    let first = board.get(&path).await.expect(200).header("etag").unwrap().to_owned();
    assert!(first.starts_with("\"1-"), "{first}");
    board.comment(post, "changes the thread, not the post", Status::Approved).await;
    let second = board.get(&path).await.expect(200).header("etag").unwrap().to_owned();
    assert!(second.starts_with("\"1-") && second != first, "{second}");
    board.say(post_updated(post, 2, "Hello again")).await;
    assert!(board.get(&path).await.expect(200).header("etag").unwrap().starts_with("\"2-"));
    let own = board.query.get(&path).owner(ADA).send().await.expect(200);
    assert!(own.header("etag").unwrap().starts_with("\"2-own-"));
}

#[tokio::test]
async fn pages_visit_every_post_once_in_either_order() {
    let board = Board::start().await;
    let posts: Vec<PostId> = (0..23).map(|_| PostId::new()).collect();
    for (at, post) in posts.iter().enumerate() {
        // Some share a millisecond.
        board.log.say(post_created(*post, i64::try_from(at / 2).unwrap(), "Title"));
    }
    // The oldest is the most active, though only what everyone may see counts.
    let seen = commented(posts[0], CommentId::new(), None, 500, "seen");
    board.log.say(seen.clone());
    board.log.say(judged(&seen, Status::Approved));
    let unseen = commented(posts[1], CommentId::new(), None, 900, "unseen");
    board.log.say(unseen.clone());
    board.say(judged(&unseen, Status::Rejected)).await;

    let mut newest_first: Vec<String> = posts.iter().map(PostId::to_string).collect();
    newest_first.reverse();
    assert_eq!(walk(&board, "new").await, newest_first);
    let oldest = newest_first.pop().unwrap();
    newest_first.insert(0, oldest);
    assert_eq!(walk(&board, "active").await, newest_first);
}

async fn walk(board: &Board, sort: &str) -> Vec<String> {
    let mut visited = Vec::new();
    let mut path = Some(format!("/posts?sort={sort}&limit=5"));
    while let Some(here) = path {
        let answer = board.get(&here).await.expect(200);
        visited.extend(ids(&answer.json()));
        path = next("/posts", &answer);
        if path.is_some() {
            assert_eq!(answer.json().as_array().unwrap().len(), 5);
        }
    }
    visited
}

#[tokio::test]
async fn what_is_deleted_is_gone() {
    let board = Board::start().await;
    let post = board.post("Hello").await;
    board.comment(post, "nice", Status::Approved).await;
    board.say(post_deleted(post)).await;
    assert_eq!(board.posts().await, json!([]));
    board.get(&format!("/posts/{post}")).await.expect(404);
    board.get(&format!("/posts/{post}/comments")).await.expect(404);
    let digest = board.digest().await;
    assert_eq!((&digest["posts"], &digest["comments"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn who_has_it_is_told_so() {
    let board = Board::start().await;
    let post = board.post("Hello").await;
    for path in ["/posts".to_owned(), format!("/posts/{post}"), format!("/posts/{post}/comments")] {
        let before = board.get(&path).await.expect(200);
        assert_eq!(before.header("cache-control"), Some("no-cache"));
        let tag = before.header("etag").unwrap().to_owned();
        let again = board.query.get(&path).header("if-none-match", &format!("\"x\", W/{tag}")).send().await.expect(304);
        assert_eq!(again.header("etag"), Some(&*tag));
        assert!(again.body.is_empty());
        board.comment(post, "nice", Status::Approved).await;
        let changed = board.query.get(&path).header("if-none-match", &tag).send().await.expect(200);
        assert_ne!(changed.header("etag"), Some(&*tag));
    }
}

#[tokio::test]
async fn a_next_page_that_appears_changes_the_tag() {
    let board = Board::start().await;
    let newer = PostId::new();
    board.say(post_created(newer, 10, "newer")).await;
    let before = board.get("/posts?limit=1").await.expect(200);
    board.say(post_created(PostId::new(), 5, "older")).await;
    let after = board.get("/posts?limit=1").await.expect(200);
    assert_eq!(before.body, after.body);
    assert!(after.header("link").is_some());
    assert_ne!(before.header("etag"), after.header("etag"));
}

#[tokio::test]
async fn heads_have_no_body_and_other_methods_are_told_which_there_are() {
    let board = Board::start().await;
    let post = board.post("Hello").await;
    for path in ["/posts".to_owned(), format!("/posts/{post}"), "/live".to_owned(), "/digest".to_owned()] {
        let head = board.query.request(http::Method::HEAD, &path).send().await.expect(200);
        assert!(head.body.is_empty());
        let refused = board.query.post(&path, &json!({})).send().await.expect(405);
        assert_eq!(refused.header("allow"), Some("GET, HEAD, OPTIONS"), "{path}");
    }
}

#[tokio::test]
async fn bad_parameters_are_named() {
    let board = Board::start().await;
    for (path, pointer) in [
        ("/posts?limit=0", "?limit"),
        ("/posts?limit=x", "?limit"),
        ("/posts?sort=best", "?sort"),
        ("/posts?cursor=x", "?cursor"),
        ("/posts/0190a3c4-0000-7000-8000-000000000000?cursor=1.2", "?cursor"),
    ] {
        assert_eq!(board.get(path).await.expect(422).pointers(), [pointer], "{path}");
    }
    board.get("/posts/not-an-id").await.expect(404);
    board.query.get("/posts").owner("short").send().await.expect(400);
    board.query.get("/posts").header("await-event", "").send().await.expect(400);
}

#[tokio::test]
async fn a_list_has_the_first_fifty_comments() {
    let board = Board::start().await;
    let post = board.post("Hello").await;
    let comments: Vec<_> = (0..60).map(|at| commented(post, CommentId::new(), None, at, "text")).collect();
    for comment in &comments {
        board.log.say(comment.clone());
    }
    board.say(judged(&comments[59], Status::Approved)).await;
    let listed = board.posts().await;
    assert_eq!(listed[0]["commentCount"], 60);
    let first: Vec<String> = comments[..50].iter().map(|c| c.id.to_string()).collect();
    assert_eq!(ids(&listed[0]["comments"]), first);
}

#[tokio::test]
async fn what_cannot_be_applied_is_passed_over() {
    let board = Board::start().await;
    board.log.append(json!({ "id": "1", "type": "Whatever", "data": { "a": [1, 2] } }));
    board.log.append(json!({ "id": "2", "source": "/posts", "type": "PostCreated", "data": {} }));
    board.log.append(json!({ "id": "3", "source": "/posts", "type": "PostCreated", "data": { "id": 7 } }));
    board.log.append(json!({ "id": "4", "type": "Whatever" }));
    board.log.append_raw("{\"nothing\":true}");
    let post = board.post("Hello").await;
    assert_eq!(ids(&board.posts().await), [post.to_string()]);
    let gone = json!({ "id": post, "deletedBy": "author" });
    board.log.append(json!({ "id": "5", "source": "/somebody", "type": "PostDeleted", "data": gone }));
    let counts = [("unknown-type", 2), ("not-from-owner", 1), ("redacted", 1), ("unreadable", 2)];
    eventually(async || {
        let metrics = board.get("/metrics").await.expect(200).text();
        let counted = |(why, count)| metrics.contains(&format!("query_skipped_total{{reason=\"{why}\"}} {count}\n"));
        counts.into_iter().all(counted).then_some(())
    })
    .await;
    assert_eq!(ids(&board.posts().await), [post.to_string()], "no one else speaks for posts");
}
