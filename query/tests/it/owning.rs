//! What somebody wrote is marked for them, and for nobody else.

use contract::{CommentId, PostId, Status};
use serde_json::{Value, json};

use super::said::{ADA, BOB, comment_deleted, commented, hash, judged, post_created, post_updated};
use super::{Board, ids};

const STRANGER: &str = "somebody-who-wrote-nothing-here";

/// The same without the marks.
fn unmarked(mut seen: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.remove("own");
                fields.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    strip(&mut seen);
    seen
}

#[tokio::test]
async fn what_is_approved_is_marked_for_its_author_alone() {
    let board = Board::start().await;
    let post = board.post("Hello").await;
    let root = board.comment(post, "*nice*", Status::Approved).await;
    let reply = commented(post, CommentId::new(), Some(root.id), 20, "indeed");
    let mut adas = commented(post, CommentId::new(), None, 30, "thanks");
    adas.owner_key = Some(hash(ADA));
    for comment in [&reply, &adas] {
        board.log.say(comment.clone());
        board.say(judged(comment, Status::Approved)).await;
    }
    let (one, thread) = (format!("/posts/{post}"), format!("/posts/{post}/comments"));
    for (path, has_post, head) in [("/posts", true, "/0"), (&*one, true, ""), (&*thread, false, "")] {
        let everyones = board.get(path).await.expect(200);
        assert!(!everyones.text().contains("\"own\""));
        let stranger = board.query.get(path).owner(STRANGER).send().await.expect(200);
        assert_eq!((&stranger.body, stranger.header("etag")), (&everyones.body, everyones.header("etag")), "{path}");
        assert_eq!(stranger.header("cache-control"), Some("no-cache"));

        for (who, is_post, of_comments) in [
            (ADA, json!(true), [json!(null), json!(null), json!(true)]),
            (BOB, json!(null), [json!(true), json!(true), json!(null)]),
        ] {
            let seen = board.query.get(path).owner(who).send().await.expect(200);
            assert_eq!(seen.header("cache-control"), Some("private, no-store"));
            let tag = seen.header("etag").unwrap();
            assert!(tag.contains("own-"));
            board.query.get(path).owner(who).header("if-none-match", tag).send().await.expect(304);
            let json = seen.json();
            assert_eq!(unmarked(json.clone()), everyones.json(), "{path}");
            let head = json.pointer(head).unwrap();
            let comments = if has_post { &head["comments"] } else { head };
            assert_eq!([0, 1, 2].map(|at| comments[at]["own"].clone()), of_comments, "{path}");
            if has_post {
                assert_eq!(head["own"], is_post);
            }
        }
    }
}

#[tokio::test]
async fn what_is_left_of_a_deleted_comment_is_nobodys() {
    let board = Board::start().await;
    let mut post = post_created(PostId::new(), 0, "Hello");
    post.owner_key = None;
    board.say(post.clone()).await;
    let root = board.comment(post.id, "root", Status::Approved).await;
    let mut reply = commented(post.id, CommentId::new(), Some(root.id), 20, "reply");
    reply.owner_key = None;
    board.log.say(reply.clone());
    board.log.say(judged(&reply, Status::Approved));
    board.say(comment_deleted(&root)).await;
    let everyones = board.get("/posts").await.expect(200);
    assert_eq!(ids(&everyones.json()[0]["comments"]).len(), 2);
    let bobs = board.query.get("/posts").owner(BOB).send().await.expect(200);
    assert_eq!((&bobs.body, bobs.header("etag")), (&everyones.body, everyones.header("etag")));
}

#[tokio::test]
async fn in_a_list_only_what_holds_something_of_the_readers_differs() {
    let board = Board::start().await;
    let mut anothers = post_created(PostId::new(), 50, "another's");
    anothers.owner_key = Some(hash(STRANGER));
    board.say(anothers).await;
    let post = board.post("Hello").await;
    for at in 0..49 {
        let mut comment = commented(post, CommentId::new(), None, at, "text");
        comment.owner_key = None;
        board.log.say(comment);
    }
    let listed = commented(post, CommentId::new(), None, 49, "the last one that is listed");
    let unlisted = commented(post, CommentId::new(), None, 50, "one that is not");
    board.log.say(listed.clone());
    board.say(unlisted.clone()).await;
    let (everyones, bobs) = (board.posts().await, board.query.get("/posts").owner(BOB).send().await.expect(200).json());
    assert_eq!(bobs[0], everyones[0]);
    assert_eq!(bobs[1]["comments"][49]["own"], true);
    assert_eq!(bobs[1]["comments"][49]["content"], "the last one that is listed");
    for at in 0..49 {
        assert_eq!(bobs[1]["comments"][at], everyones[1]["comments"][at]);
    }

    // With the listed one gone from the first fifty, the list is everyone's; the whole thread is not.
    board.say(comment_deleted(&listed)).await;
    for at in 0..2 {
        let mut comment = commented(post, CommentId::new(), None, -1 - at, "earlier");
        comment.owner_key = None;
        board.say(comment).await;
    }
    let bobs = board.query.get("/posts").owner(BOB).send().await.expect(200);
    assert_eq!((bobs.json(), bobs.header("cache-control")), (board.posts().await, Some("no-cache")));
    let whole = board.query.get(&format!("/posts/{post}?limit=100")).owner(BOB).send().await.expect(200);
    assert_eq!(whole.json()["comments"][51]["own"], true);
    assert_eq!(whole.header("cache-control"), Some("private, no-store"));
}

#[tokio::test]
async fn an_author_reads_why_a_moderator_approved_and_otherwise_what_everyone_reads() {
    let board = Board::start().await;
    let post = board.post("Hello").await;
    let comment = commented(post, CommentId::new(), None, 10, "an opinion");
    board.log.say(comment.clone());
    let mut verdict = judged(&comment, Status::Approved);
    verdict.reason = Some("on \"second\" thoughts".to_owned());
    board.say(verdict).await;
    let everyones = board.posts().await[0]["comments"][0].clone();
    let bobs = board.query.get("/posts").owner(BOB).send().await.expect(200).json()[0]["comments"][0].clone();
    let mut expected = everyones;
    expected["reason"] = json!("on \"second\" thoughts");
    expected["own"] = json!(true);
    assert_eq!(bobs, expected);
}

#[tokio::test]
async fn html_follows_the_text() {
    let board = Board::start().await;
    let mut post = post_created(PostId::new(), 0, "Hello");
    post.content = Some("# *first*".to_owned());
    board.say(post.clone()).await;
    assert_eq!(board.posts().await[0]["html"], "<h3><em>first</em></h3>");
    board.comment(post.id, "changes the post's piece, not its text", Status::Approved).await;
    assert_eq!(board.posts().await[0]["html"], "<h3><em>first</em></h3>");
    let mut edit = post_updated(post.id, 2, "Hello");
    edit.content = Some("~~second~~".to_owned());
    board.say(edit).await;
    assert_eq!(board.posts().await[0]["html"], "<p><del>second</del></p>");
    board.say(post_updated(post.id, 3, "No text")).await;
    let posts = board.posts().await;
    assert_eq!((&posts[0]["content"], posts[0].get("html")), (&json!(null), None));
}
