//! Threads: their order, their parts, and what is left where something was deleted.

use contract::{CommentCreated, CommentId, PostId, Status};
use proptest::prelude::*;
use query::post::Post;
use serde_json::json;

use super::said::{comment_deleted, commented, judged, post_created};
use super::{Board, ids, next};

#[tokio::test]
async fn replies_follow_what_they_answer() {
    let board = Board::start().await;
    let post = board.post("Hello").await;
    let say = |parent: Option<&CommentCreated>, at| {
        let comment = commented(post, CommentId::new(), parent.map(|p| p.id), at, "text");
        board.log.say(comment.clone());
        comment
    };
    let first = say(None, 1);
    let second = say(None, 2);
    let reply = say(Some(&first), 3);
    let deeper = say(Some(&reply), 4);
    let sibling = say(Some(&first), 5);
    board.say(judged(&second, Status::Approved)).await;
    let order: Vec<String> = [&first, &reply, &deeper, &sibling, &second].map(|c| c.id.to_string()).into();
    assert_eq!(ids(&board.posts().await[0]["comments"]), order);
    assert_eq!(ids(&board.get(&format!("/posts/{post}/comments")).await.expect(200).json()), order);
}

#[tokio::test]
async fn a_tombstone_stands_where_something_is_left_below_it() {
    let board = Board::start().await;
    let post = board.post("Hello").await;
    let root = board.comment(post, "root", Status::Approved).await;
    let reply = commented(post, CommentId::new(), Some(root.id), 20, "reply");
    board.log.say(reply.clone());
    board.log.say(judged(&reply, Status::Approved));
    let leaf = board.comment(post, "leaf", Status::Approved).await;
    board.log.say(comment_deleted(&leaf));
    board.say(comment_deleted(&root)).await;
    let posts = board.posts().await;
    assert_eq!(posts[0]["commentCount"], 1);
    let tombstone = json!({
        "id": root.id, "content": null, "status": "deleted", "createdAt": root.created_at, "deleted": true,
    });
    assert_eq!(posts[0]["comments"][0], tombstone);
    assert_eq!(posts[0]["comments"][1]["content"], "reply");
    assert_eq!(posts[0]["comments"].as_array().unwrap().len(), 2);
    board.say(comment_deleted(&reply)).await;
    assert_eq!(board.posts().await[0]["comments"], json!([]));
}

#[tokio::test]
async fn comments_on_a_post_that_comes_later_are_kept_for_it() {
    let board = Board::start().await;
    let post = PostId::new();
    let comment = board.comment(post, "early", Status::Approved).await;
    board.get(&format!("/posts/{post}")).await.expect(404);
    board.say(post_created(post, 0, "Hello")).await;
    assert_eq!(ids(&board.posts().await[0]["comments"]), [comment.id.to_string()]);
}

#[tokio::test]
async fn parts_of_a_thread_visit_every_comment_once_and_split_no_branch() {
    let board = Board::start().await;
    let post = board.post("Hello").await;
    let mut all: Vec<CommentCreated> = Vec::new();
    for at in 0..90 {
        let parent = if at % 3 == 0 { None } else { Some(all[usize::try_from(at * 7 % at.max(1)).unwrap()].id) };
        let parent = parent.or_else(|| (at % 3 != 0).then(|| all[0].id));
        let comment = commented(post, CommentId::new(), parent, at, "text");
        board.log.say(comment.clone());
        all.push(comment);
    }
    board.say(judged(&all[89], Status::Approved)).await;
    let base = format!("/posts/{post}");
    let mut visited = Vec::new();
    let mut path = Some(format!("{base}?limit=10"));
    while let Some(here) = path {
        let answer = board.get(&here).await.expect(200);
        let part = answer.json()["comments"].clone();
        // A part begins with a root, so nothing in it answers what is elsewhere.
        let here = ids(&part);
        for comment in part.as_array().unwrap() {
            let parent = &comment["parentId"];
            assert!(parent.is_null() || here.contains(&parent.as_str().unwrap().to_owned()));
        }
        visited.extend(here);
        path = next(&base, &answer);
    }
    let mut expected: Vec<String> = all.iter().map(|c| c.id.to_string()).collect();
    assert_eq!(visited.len(), expected.len());
    visited.sort();
    expected.sort();
    assert_eq!(visited, expected);
}

#[test]
fn what_answers_itself_is_not_shown_and_does_no_harm() {
    let mut post = Post::default();
    let id = PostId::new();
    let (a, b, itself) = (CommentId::new(), CommentId::new(), CommentId::new());
    for comment in [
        commented(id, a, Some(b), 1, "a"),
        commented(id, b, Some(a), 2, "b"),
        commented(id, itself, Some(itself), 3, "c"),
        commented(id, CommentId::new(), None, 4, "d"),
    ] {
        post.apply_comment(comment.into());
    }
    let (shown, complete) = post.thread.first(10);
    assert_eq!((shown.len(), complete), (1, true));
}

#[test]
fn a_thread_may_be_as_deep_as_it_likes() {
    let mut post = Post::default();
    let id = PostId::new();
    let mut parent = None;
    for at in 0..20_000 {
        let comment = commented(id, CommentId::new(), parent, at, "text");
        parent = Some(comment.id);
        post.apply_comment(comment.into());
    }
    assert_eq!(post.thread.branches(None, 1).comments.len(), 20_000);
    assert_eq!(post.thread.first(50).0.len(), 50);
}

proptest! {
    /// However a thread grew, its parts put together are the whole, in order, whatever their size, and each part is
    /// made of whole branches.
    #[test]
    fn parts_put_together_are_the_whole(
        parents in proptest::collection::vec(proptest::option::weighted(0.7, any::<prop::sample::Index>()), 1..60),
        deleted in proptest::collection::vec(any::<prop::sample::Index>(), 0..20),
        times in proptest::collection::vec(0_i64..20, 60),
        least in 1_usize..10,
    ) {
        let id = PostId::new();
        let mut post = Post::default();
        let mut said: Vec<CommentCreated> = Vec::new();
        for (number, parent) in parents.iter().enumerate() {
            let parent = parent.filter(|_| number > 0).map(|index| said[index.index(number)].id);
            let comment = commented(id, CommentId::new(), parent, times[number], "text");
            said.push(comment.clone());
            post.apply_comment(comment.into());
        }
        let mut gone = Vec::new();
        for index in deleted {
            let comment = &said[index.index(said.len())];
            gone.push(comment.id);
            post.apply_comment(comment_deleted(comment).into());
        }
        let (whole, complete) = post.thread.first(1000);
        prop_assert!(complete);
        let whole: Vec<CommentId> = whole.iter().map(|(id, _)| *id).collect();

        let mut together = Vec::new();
        let mut after = None;
        loop {
            let part = post.thread.branches(after, least);
            let here: Vec<CommentId> = part.comments.iter().map(|(id, _)| *id).collect();
            for (_, comment) in &part.comments {
                let parent = comment.item.origin.as_ref().unwrap().parent_id;
                prop_assert!(parent.is_none_or(|parent| here.contains(&parent)));
            }
            together.extend(here);
            match part.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        prop_assert_eq!(&together, &whole);

        // Everything that was not deleted is there, once; what was deleted only where something stands below it.
        let alive: Vec<CommentId> = said.iter().map(|c| c.id).filter(|id| !gone.contains(id)).collect();
        prop_assert_eq!(post.thread.count(), alive.len());
        prop_assert!(alive.iter().all(|id| whole.iter().filter(|one| *one == id).count() == 1));
        let parent_of = |id: &CommentId| said.iter().find(|c| c.id == *id).unwrap().parent_id;
        for tombstone in whole.iter().filter(|id| gone.contains(id)) {
            let below = alive.iter().any(|id| {
                std::iter::successors(parent_of(id), parent_of).any(|above| above == *tombstone)
            });
            prop_assert!(below);
        }
    }
}
