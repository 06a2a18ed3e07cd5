//! What is said reaches the bus, in order, whatever the bus does meanwhile.

use serde_json::json;

use super::{ADA, Board, id_of, titles_of};

#[tokio::test]
async fn events_reach_the_bus_in_the_order_of_the_answers() {
    let board = Board::start().await;
    let mut titles = Vec::new();
    for number in 0..50 {
        titles.push(number.to_string());
        board.post(&number.to_string()).await;
    }
    assert_eq!(titles_of(&board.bus.wait_for(50).await), titles);
}

#[tokio::test]
async fn while_the_bus_is_down_posts_are_taken_and_all_arrive_in_order_afterwards() {
    let board = Board::start_with(|_| {}).await;
    let mut titles = Vec::new();
    for (round, status) in [500, 503, 404, 401, 429].into_iter().enumerate() {
        board.bus.fail_with(status);
        for number in 0..4 {
            titles.push(format!("{round}.{number}"));
            board.post(&format!("{round}.{number}")).await;
        }
    }
    assert_eq!(board.titles().await.len(), titles.len());
    assert_eq!(board.bus.events().len(), 0);
    board.bus.recover();
    assert_eq!(titles_of(&board.bus.wait_for(titles.len()).await), titles);
}

#[tokio::test]
async fn a_bus_that_hangs_holds_up_nobody() {
    let board = Board::start().await;
    board.bus.hang();
    for number in 0..10 {
        board.post(&number.to_string()).await;
    }
    board.posts.get("/readyz").send().await.expect(200);
    board.bus.recover();
    assert_eq!(board.bus.wait_for(10).await.len(), 10);
}

#[tokio::test]
async fn it_starts_without_a_bus_and_finds_it_when_it_comes() {
    let elsewhere = chassis::doubles::FakeBus::start().await;
    let addr = elsewhere.url();
    drop(elsewhere);
    let board = Board::start_with(|config| config.service.bus_url.clone_from(&addr)).await;
    board.posts.get("/readyz").send().await.expect(200);
    let early = id_of(&board.post("Early").await);
    let edit =
        |title: &str| board.posts.patch(&format!("/posts/{early}"), &json!({ "title": title })).owner(ADA).send();
    edit("Early, edited").await.expect(200);
    board.posts.get(&format!("/posts/{early}")).send().await.expect(200);
    let addr = addr.trim_start_matches("http://").parse().unwrap();
    let bus = chassis::doubles::FakeBus::start_at(addr).await;
    assert_eq!(titles_of(&bus.wait_for(2).await), ["Early", "Early, edited"]);
    bus.subscription_when("posts", |asked| asked.types == ["PostModerated"]).await;
    edit("Early, edited twice").await.expect(200);
    assert_eq!(board.titles().await, ["Early, edited twice"]);
}

#[tokio::test]
async fn what_was_not_sent_before_a_restart_is_sent_after_it() {
    let board = Board::start().await;
    board.bus.fail_with(503);
    board.post("1").await;
    board.post("2").await;
    let board = board.restart().await;
    board.post("3").await;
    board.bus.recover();
    assert_eq!(titles_of(&board.bus.wait_for(3).await), ["1", "2", "3"]);
}

#[tokio::test]
async fn a_refused_subject_is_held_back_and_others_flow_on() {
    let board = Board::start().await;
    let held = id_of(&board.post("Held").await);
    board.bus.wait_for(1).await;
    board.bus.refuse(&held);
    let edit = |title: &str| {
        let body = json!({ "title": title });
        board.posts.patch(&format!("/posts/{held}"), &body).owner(ADA).send()
    };
    edit("Held 2").await.expect(200);
    for number in 0..5 {
        board.post(&number.to_string()).await;
    }
    edit("Held 3").await.expect(200);
    assert_eq!(titles_of(&board.bus.wait_for(6).await), ["Held", "0", "1", "2", "3", "4"]);
    board.bus.accept(&held);
    let board = board.restart().await;
    assert_eq!(titles_of(&board.bus.wait_for(8).await)[6..], ["Held 2", "Held 3"]);
}

#[tokio::test]
async fn a_bus_that_lost_its_log_gets_everything_again() {
    let board = Board::start().await;
    for number in 0..5 {
        board.post(&number.to_string()).await;
    }
    board.bus.wait_for(5).await;
    board.bus.new_log();
    board.post("5").await;
    let mut titles = titles_of(&board.bus.wait_for(6).await);
    titles.sort();
    assert_eq!(titles, ["0", "1", "2", "3", "4", "5"]);
}

#[tokio::test]
async fn a_full_outbox_is_a_503_and_nothing_is_kept_of_the_post() {
    let board = Board::start_with(|config| config.service.outbox_limit = 4096).await;
    board.bus.fail_with(503);
    let mut taken = 0;
    let refused = loop {
        let answer = board.posts.post("/posts", &json!({ "title": "t" })).send().await;
        if answer.status != 201 {
            break answer;
        }
        taken += 1;
        assert!(taken < 100, "the outbox has no bound");
    };
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.header("retry-after").is_some());
    assert!(taken > 1);
    assert_eq!(board.titles().await.len(), taken);
    board.bus.recover();
    board.bus.wait_for(taken).await;
    let mut tries = 0;
    while board.posts.post("/posts", &json!({ "title": "t" })).send().await.status != 201 {
        tries += 1;
        assert!(tries < 10_000, "it takes nothing any more");
    }
    assert_eq!(board.bus.wait_for(taken + 1).await.len(), taken + 1);
}
