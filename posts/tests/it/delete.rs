//! `DELETE /posts/{id}`.

use serde_json::json;

use super::{ADA, BOB, Board, data, id_of};

#[tokio::test]
async fn a_deleted_post_is_gone_for_everyone_and_stays_so() {
    let board = Board::start().await;
    let path = format!("/posts/{}", id_of(&board.post("Gone").await));
    board.post("Stays").await;
    let answer = board.posts.delete(&path).owner(ADA).send().await.expect(204);
    assert_eq!(board.titles().await, ["Stays"]);
    board.posts.get(&path).send().await.expect(404);
    board.posts.get(&path).owner(ADA).send().await.expect(404);
    board.posts.patch(&path, &json!({ "title": "Back" })).owner(ADA).send().await.expect(404);

    let again = board.posts.delete(&path).owner(ADA).send().await.expect(204);
    assert_eq!(again.header("event-id"), answer.header("event-id"));
    let board = board.restart().await;
    board.posts.delete(&path).owner(ADA).send().await.expect(204);
    board.posts.delete(&path).owner(BOB).send().await.expect(404);
    board.posts.delete(&path).send().await.expect(404);

    board.post("Last").await;
    let events = board.bus.wait_for(4).await;
    assert_eq!(&*events[2].type_name, "PostDeleted");
    assert_eq!(answer.header("event-id"), Some(events[2].id.as_str()));
    assert_eq!(data(&events[2]), json!({ "id": path.trim_start_matches("/posts/"), "deletedBy": "author" }));
}

#[tokio::test]
async fn only_the_author_deletes() {
    let board = Board::start().await;
    let path = format!("/posts/{}", id_of(&board.post("Ada's").await));
    board.posts.delete(&path).send().await.expect(401);
    board.posts.delete(&path).owner(BOB).send().await.expect(403);
    board.posts.delete(&format!("/posts/{}", contract::PostId::new())).owner(ADA).send().await.expect(404);
    assert_eq!(board.titles().await, ["Ada's"]);
}
