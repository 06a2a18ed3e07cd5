//! `Await-Event`: seeing one's own write.

use contract::EventId;

use super::{Board, id_of};

#[tokio::test]
async fn one_sees_ones_own_write() {
    let board = Board::start().await;
    for number in 0..100 {
        let title = number.to_string();
        let answer = board.post(&title).await;
        let event = answer.header("event-id").unwrap();
        let list = board.posts.get("/posts?limit=1").header("await-event", event).send().await.expect(200);
        assert_eq!(list.json()[0]["title"], *title);
        assert_eq!(list.header("await-event"), None);
        let one = board.posts.get(&format!("/posts/{}", id_of(&answer))).header("await-event", event).send().await;
        assert_eq!(one.expect(200).header("await-event"), None);
    }
}

#[tokio::test]
async fn an_event_that_never_comes_is_waited_for_in_vain_and_the_answer_says_so() {
    let board = Board::start().await;
    let begun = std::time::Instant::now();
    let made_up = EventId::new();
    let answer = board.posts.get("/posts").header("await-event", made_up.as_str()).send().await.expect(200);
    assert_eq!(answer.header("await-event"), Some("timeout"));
    assert!(begun.elapsed() >= chassis::awaited::PATIENCE);
    let nowhere = format!("/posts/{}", contract::PostId::new());
    let answer = board.posts.get(&nowhere).header("await-event", made_up.as_str()).send().await.expect(404);
    assert_eq!(answer.header("await-event"), Some("timeout"), "an error may be all that there is to see");
}

#[tokio::test]
async fn what_is_no_events_id_is_not_awaited() {
    let board = Board::start().await;
    board.posts.get("/posts").header("await-event", "").send().await.expect(400);
}
