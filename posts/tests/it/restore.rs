//! A database that was lost comes back from what the bus has kept.

use chassis::doubles::{FakeBus, Outcome};
use contract::{Envelope, PostId};
use posts::config::Config;
use serde_json::json;

use super::{ADA, BOB, Board, id_of, run, titles_of};

/// The same bus, and nothing of what posts had.
async fn lose_database(board: Board) -> Board {
    let Board { posts, bus, config, folder: _ } = board;
    posts.stop().await;
    let folder = tempfile::tempdir().unwrap();
    let config = Config { service: bus.args(folder.path()), ..config };
    // The fake bus has no cursors: it says that a subscription lags by all events, and tests deliver them.
    bus.lag_behind();
    let posts = run(&config).await;
    bus.wait_for_url("posts", &posts.url()).await;
    Board { posts, bus, config, folder }
}

/// Delivers the whole log, as the bus would to a new generation.
async fn replay(bus: &FakeBus) {
    let events: Vec<Envelope> = bus.events();
    assert!(bus.deliver(&events).await.iter().all(|outcome| *outcome == Outcome::Done));
}

#[tokio::test]
async fn everything_comes_back_by_replay() {
    let board = Board::start().await;
    let body = json!({ "title": "Keyed" });
    let keyed = |board: &Board| board.posts.post("/posts", &body).owner(ADA).header("idempotency-key", "k").send();
    let first = keyed(&board).await.expect(201);
    let (one, two) = (id_of(&board.post("One").await), id_of(&board.post("Two").await));
    let edit = json!({ "title": "One, edited" });
    board.posts.patch(&format!("/posts/{one}"), &edit).owner(ADA).send().await.expect(200);
    board.posts.delete(&format!("/posts/{two}")).owner(ADA).send().await.expect(204);
    let before = board.posts.get("/posts").send().await.json();
    let generation = board.bus.subscription("posts").await.generation;
    let said = board.bus.wait_for(5).await.len();

    let board = lose_database(board).await;
    let asked = board.bus.subscription("posts").await;
    assert_ne!(asked.generation, generation, "the bus starts again for it");
    assert_eq!(asked.types, ["PostModerated", "PostCreated", "PostUpdated", "PostDeleted"]);
    let path = format!("/posts/{one}");
    // Also when a part of it is back: the creation, without its edit and what was decided on it.
    for part in [0, 2] {
        if part > 0 {
            board.bus.deliver(&board.bus.events()[..part]).await;
        }
        for refused in [
            board.posts.get("/posts").send().await,
            board.posts.get(&path).send().await,
            board.posts.get(&path).owner(ADA).send().await,
            board.posts.patch(&path, &edit).owner(ADA).send().await,
            board.posts.delete(&path).owner(ADA).send().await,
            keyed(&board).await,
        ] {
            assert!(refused.expect(503).header("retry-after").is_some());
        }
    }
    replay(&board.bus).await;
    board.bus.subscription_when("posts", |asked| asked.types == ["PostModerated"]).await;

    assert_eq!(board.posts.get("/posts").send().await.json(), before);
    board.posts.get(&format!("/posts/{two}")).send().await.expect(404);
    board.posts.delete(&format!("/posts/{two}")).owner(ADA).send().await.expect(204);
    board.posts.delete(&format!("/posts/{two}")).owner(BOB).send().await.expect(404);
    let again = keyed(&board).await.expect(201);
    assert_eq!((again.json(), again.header("event-id")), (first.json(), first.header("event-id")));
    let edit = json!({ "title": "One, edited twice" });
    let edited = board.posts.patch(&format!("/posts/{one}"), &edit).owner(ADA).send().await.expect(200);
    assert_eq!(edited.json()["revision"], 3);
    let events = board.bus.wait_for(said + 1).await;
    assert_eq!(events.len(), said + 1, "what was read back is not said again");
    let board = board.restart().await;
    assert_eq!(board.bus.subscription("posts").await.types, ["PostModerated"]);
    // What was read back is published again too, should the log be lost one day.
    let own = |event: &&Envelope| &*event.source == "/posts";
    let owned = board.bus.events().iter().filter(own).count();
    board.bus.new_log();
    let events = board.bus.wait_until(|events| events.iter().filter(own).count() == owned).await;
    assert_eq!(titles_of(&events)[0], "Keyed");
}

#[tokio::test]
async fn an_earlier_process_has_not_vouched_for_what_it_made() {
    let board = Board::start().await;
    board.post("Old").await;
    board.bus.wait_for(1).await;
    let board = lose_database(board).await;
    let id = id_of(&board.post("New").await);
    let edit = json!({ "title": "New, edited" });
    let path = format!("/posts/{id}");
    board.posts.patch(&path, &edit).owner(ADA).send().await.expect(200);
    let board = board.restart().await;
    board.bus.wait_for_url("posts", &board.posts.url()).await;
    board.posts.patch(&path, &edit).owner(ADA).send().await.expect(503);
    board.posts.get(&path).send().await.expect(503);
    board.bus.wait_for(3).await;
    replay(&board.bus).await;
    board.bus.subscription_when("posts", |asked| asked.types == ["PostModerated"]).await;
    board.posts.patch(&path, &edit).owner(ADA).send().await.expect(200);
}

#[tokio::test]
async fn a_parked_subject_keeps_it_from_being_whole() {
    let board = Board::start().await;
    let old = id_of(&board.post("Old").await);
    board.bus.wait_for(1).await;
    board.bus.park(1);
    let board = lose_database(board).await;
    board.posts.patch(&format!("/posts/{old}"), &json!({ "title": "x" })).owner(ADA).send().await.expect(503);
    replay(&board.bus).await;
    board.posts.get("/posts").send().await.expect(503);
    board.bus.park(0);
    board.bus.subscription_when("posts", |asked| asked.types == ["PostModerated"]).await;
    assert_eq!(board.titles().await, ["Old"]);
}

#[tokio::test]
async fn while_it_is_read_back_new_posts_are_taken_and_may_be_changed() {
    let board = Board::start().await;
    let old = id_of(&board.post("Old").await);
    board.bus.wait_for(1).await;
    let board = lose_database(board).await;
    let new = id_of(&board.post("New").await);
    let edit = json!({ "title": "New, edited" });
    board.posts.patch(&format!("/posts/{new}"), &edit).owner(ADA).send().await.expect(200);
    board.posts.get(&format!("/posts/{}", PostId::new())).send().await.expect(503);
    board.bus.wait_for(3).await;
    replay(&board.bus).await;
    board.bus.subscription_when("posts", |asked| asked.types == ["PostModerated"]).await;
    board.posts.get(&format!("/posts/{}", PostId::new())).send().await.expect(404);
    let mut titles = board.titles().await;
    titles.sort();
    assert_eq!(titles, ["New, edited", "Old"]);
    board.posts.patch(&format!("/posts/{old}"), &json!({ "title": "Old 2" })).owner(ADA).send().await.expect(200);
    assert_eq!(titles_of(&board.bus.wait_for(4).await), ["Old", "New", "New, edited", "Old 2"]);
}

#[tokio::test]
async fn what_others_say_in_its_name_is_not_believed() {
    let board = Board::start().await;
    board.post("Real").await;
    board.bus.wait_for(1).await;
    let board = lose_database(board).await;
    let mut forged = board.bus.events()[0].clone();
    (forged.source, forged.id, forged.sequence) = ("/elsewhere".into(), contract::EventId::new(), None);
    let id = PostId::new();
    forged.data = serde_json::from_value(json!({
        "id": id, "revision": 1, "title": "Forged", "createdAt": "2026-01-01T00:00:00.000Z",
    }))
    .ok();
    board.bus.publish(forged);
    replay(&board.bus).await;
    board.bus.subscription_when("posts", |asked| asked.types == ["PostModerated"]).await;
    assert_eq!(board.titles().await, ["Real"]);
}
