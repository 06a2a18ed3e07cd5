//! Threads: their order, their parts, and what is left where something was deleted.

use contract::{CommentCreated, CommentId, PostId, Status};
use proptest::prelude::*;
use query::post::Post;
use query::thread::{COUNTED, Cursor, MOST, MOST_BYTES, Part, Thread};
use serde_json::json;

use super::said::{ADA, BOB, comment_deleted, commented, judged, post_created};
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
    assert_eq!(post.thread.first(50).0.len(), 50);
    assert_eq!(in_order(&post.thread, 1, &|_| 1).len(), 20_000);
    assert_eq!(branch_by_branch(&post.thread, 1, &|_| 1).len(), 20_000);
}

#[test]
fn a_cursor_that_names_nothing_of_the_thread_is_refused() {
    let mut post = Post::default();
    let id = PostId::new();
    let (a, b) = (CommentId::new(), CommentId::new());
    for comment in [commented(id, a, Some(b), 1, "a"), commented(id, b, Some(a), 2, "b")] {
        post.apply_comment(comment.into());
    }
    for nothing in [a, b, CommentId::new()] {
        for cursor in [Cursor::After(nothing), Cursor::Within(nothing)] {
            assert!(post.thread.part(Some(cursor), 1, |_, _| 1).is_err());
        }
    }
}

#[tokio::test]
async fn no_part_is_larger_than_its_caps_and_both_ways_through_lead_to_every_comment() {
    let board = Board::start().await;
    let post = board.post("Hello").await;
    let root = commented(post, CommentId::new(), None, 0, "root");
    let mut all = vec![root.clone()];
    // A wide branch with a deep one in it, and texts that are large enough for the bytes to count.
    for at in 1..700 {
        let parent = if at % 2 == 0 { all.last().map(|last| last.id) } else { Some(root.id) };
        let text = if at % 5 == 0 { "*long* ".repeat(1000) } else { "short".to_owned() };
        all.push(commented(post, CommentId::new(), parent, at, &text));
    }
    all.push(commented(post, CommentId::new(), None, 700, "the other branch"));
    for comment in &all {
        board.log.say(comment.clone());
        // Every third one is withheld.
        if !ids(&json!([{ "id": comment.id }]))[0].ends_with(['0', '1', '2', '3', '4']) {
            board.log.say(judged(comment, Status::Approved));
        }
    }
    board.say(judged(&all[700], Status::Approved)).await;

    let base = format!("/posts/{post}");
    let ask = async |path: &str| {
        let answer = board.query.get(path).send().await.expect(200);
        let json = answer.json();
        let comments = if json.is_array() { json } else { json["comments"].clone() };
        let list = comments.as_array().unwrap();
        assert!(list.len() <= MOST, "{path}: {}", list.len());
        let but_the_last = &list[..list.len().saturating_sub(1)];
        assert!(but_the_last.iter().map(|one| one.to_string().len()).sum::<usize>() < MOST_BYTES, "{path}");
        for one in list {
            assert_eq!(one["content"].is_null(), one["withheld"] == true, "{one}");
        }
        (comments, next(path.split('?').next().unwrap(), &answer))
    };
    let mut expected: Vec<String> = all.iter().map(|comment| comment.id.to_string()).collect();
    expected.sort();

    let (mut in_order, mut path) = (Vec::new(), Some(format!("{base}?limit=1")));
    while let Some(here) = path {
        let (comments, next) = ask(&here).await;
        in_order.extend(ids(&comments));
        path = next;
    }
    let mut sorted = in_order.clone();
    sorted.sort();
    assert_eq!(sorted, expected);

    let (mut by_branch, mut cuts, mut path) = (Vec::new(), 0, Some(format!("{base}/comments?limit=1")));
    while let Some(here) = path {
        let (comments, next) = ask(&here).await;
        by_branch.extend(ids(&comments));
        let cut = comments.as_array().unwrap().iter().find_map(|one| one.get("moreReplies"));
        let Some(cut) = cut else {
            path = next;
            continue;
        };
        cuts += 1;
        let mut rest = 0;
        let mut inside = Some(format!("{base}/comments?cursor={}", cut["cursor"].as_str().unwrap()));
        while let Some(here) = inside {
            let (comments, next) = ask(&here).await;
            rest += ids(&comments).len();
            by_branch.extend(ids(&comments));
            inside = next;
        }
        assert_eq!(cut["count"], rest);
        path = cut["behind"].as_str().map(|behind| format!("{base}/comments?cursor={behind}"));
    }
    assert_eq!((by_branch, cuts), (in_order, 1));
    board.get(&format!("{base}?cursor=after.{}", CommentId::new())).await.expect(422);
    assert_eq!(ids(&board.posts().await[0]["comments"]).len(), 50);
}

#[tokio::test]
async fn an_author_finds_what_is_withheld_in_every_part_and_no_one_else_does() {
    let board = Board::start().await;
    let post = board.post("Hello").await;
    let root = commented(post, CommentId::new(), None, 0, "*root*");
    board.log.say(root.clone());
    for at in 1..=450 {
        let mut reply = commented(post, CommentId::new(), Some(root.id), at, "a *withheld* word");
        if at % 2 == 0 {
            reply.owner_key = None;
        }
        board.log.say(reply);
    }
    board.say(judged(&root, Status::Approved)).await;
    let base = format!("/posts/{post}/comments");
    for (who, texts) in [(None, 1), (Some(ADA), 1), (Some(BOB), 226)] {
        let (mut seen, mut path) = (Vec::new(), Some(base.clone()));
        while let Some(here) = path {
            let mut call = board.query.get(&here);
            if let Some(key) = who {
                call = call.owner(key);
            }
            let answer = call.send().await.expect(200);
            path = next(&base, &answer);
            seen.extend(answer.json().as_array().unwrap().clone());
        }
        assert_eq!(seen.len(), 451);
        assert_eq!(seen.iter().filter(|one| one["content"].is_string() && one["html"].is_string()).count(), texts);
        assert_eq!(seen.iter().filter(|one| one["withheld"] == true).count(), 451 - texts);
    }
}

type Size<'a> = &'a dyn Fn(CommentId) -> usize;

/// A part's comments, which are no more than may be.
fn part<'a>(thread: &'a Thread, cursor: Option<Cursor>, least: usize, size: Size<'_>) -> (Vec<CommentId>, Part<'a>) {
    let mut asked = Vec::new();
    let part = thread.part(cursor, least, |id, _| {
        asked.push(id);
        size(id)
    });
    let part = part.unwrap();
    let here: Vec<CommentId> = part.comments.iter().map(|(id, _)| *id).collect();
    assert_eq!(here, asked);
    assert!(here.len() <= MOST);
    assert!(here.iter().rev().skip(1).map(|id| size(*id)).sum::<usize>() < MOST_BYTES);
    assert!(!here.is_empty() || part.next.is_none());
    (here, part)
}

/// All comments, by the way that visits them in order.
fn in_order(thread: &Thread, least: usize, size: Size<'_>) -> Vec<CommentId> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let (here, part) = part(thread, cursor, least, size);
        all.extend(here);
        cursor = part.next;
        if cursor.is_none() {
            return all;
        }
    }
}

/// All comments, branch by branch.
fn branch_by_branch(thread: &Thread, least: usize, size: Size<'_>) -> Vec<CommentId> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let (here, one) = part(thread, cursor, least, size);
        let root = one.cut.map(|cut| here[cut.root]);
        all.extend(here);
        let Some(cut) = one.cut else {
            cursor = one.next;
            if cursor.is_none() {
                return all;
            }
            continue;
        };
        assert!(thread.get(root.unwrap()).unwrap().item.origin.as_ref().unwrap().parent_id.is_none());
        let (mut inside, before) = (Some(cut.rest), all.len());
        while inside.is_some() {
            let (here, rest) = part(thread, inside, least, size);
            assert_eq!(rest.cut, None);
            all.extend(here);
            inside = rest.next;
        }
        assert_eq!(cut.count, (all.len() - before).min(COUNTED));
        cursor = cut.behind;
        if cursor.is_none() {
            return all;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// The same for threads of more comments than a part may have: wide ones, deep ones, and both.
    #[test]
    fn a_large_thread_of_any_shape_comes_in_bounded_parts(
        count in 1_usize..1500,
        depth in 0.0..1.0_f64,
        roots in 0.0..0.2_f64,
        picks in proptest::collection::vec((0.0..1.0_f64, any::<prop::sample::Index>()), 1500),
        deleted in proptest::collection::vec(any::<prop::sample::Index>(), 0..200),
        least in 1_usize..=MOST,
    ) {
        let id = PostId::new();
        let mut post = Post::default();
        let mut all: Vec<CommentCreated> = Vec::new();
        for (number, (pick, index)) in picks.iter().take(count).enumerate() {
            let parent = match number {
                0 => None,
                _ if *pick < roots => None,
                _ if *pick < roots + depth => all.last(),
                _ => all.get(index.index(number.min(20))),
            };
            let at = i64::try_from(number / 2).unwrap();
            let comment = commented(id, CommentId::new(), parent.map(|parent| parent.id), at, "text");
            all.push(comment.clone());
            post.apply_comment(comment.into());
        }
        for index in deleted {
            post.apply_comment(comment_deleted(&all[index.index(all.len())]).into());
        }
        let (whole, _) = post.thread.first(usize::MAX);
        let whole: Vec<CommentId> = whole.iter().map(|(id, _)| *id).collect();
        prop_assert_eq!(&in_order(&post.thread, least, &|_| 100), &whole);
        prop_assert_eq!(&branch_by_branch(&post.thread, least, &|_| 100), &whole);
    }
}

proptest! {
    /// However a thread grew, its parts put together are the whole, in order, whatever their size, by either way.
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

        prop_assert_eq!(&in_order(&post.thread, least, &|_| 1), &whole);
        prop_assert_eq!(&branch_by_branch(&post.thread, least, &|_| 1), &whole);
        // The same where bytes end most parts.
        let size = |id: CommentId| 1000 * usize::from(id.uuid().as_bytes()[15]);
        prop_assert_eq!(&in_order(&post.thread, least, &size), &whole);
        prop_assert_eq!(&branch_by_branch(&post.thread, least, &size), &whole);

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
