//! `GET /posts` and `GET /posts/{id}`.

use http::Method;

use super::{Board, id_of};

#[tokio::test]
async fn a_post_is_read_as_it_was_written() {
    let board = Board::start().await;
    let written = board.post("Title").await;
    let path = format!("/posts/{}", id_of(&written));
    let read = board.posts.get(&path).send().await.expect(200);
    assert_eq!(read.json(), written.json());
    assert_eq!(read.header("etag"), Some("\"1\""));
    assert_eq!(read.header("event-id"), None);
    assert_eq!(read.header("cache-control"), Some("no-store"));
    let head = board.posts.request(Method::HEAD, &path).send().await.expect(200);
    assert_eq!(head.header("etag"), Some("\"1\""));
    assert!(head.body.is_empty());
}

#[tokio::test]
async fn the_list_is_paged_newest_first_and_new_posts_do_not_shift_it() {
    let board = Board::start().await;
    assert_eq!(board.posts.get("/posts").send().await.expect(200).text(), "[]");
    for number in 1..=7 {
        board.post(&number.to_string()).await;
    }
    let mut path = "/posts?limit=3".to_owned();
    let mut pages = Vec::new();
    loop {
        let page = board.posts.get(&path).send().await.expect(200);
        pages.push(
            page.json().as_array().unwrap().iter().map(|p| p["title"].as_str().unwrap().to_owned()).collect::<String>(),
        );
        board.post("new").await;
        let Some(link) = page.header("link") else { break };
        let query = link.strip_prefix('<').and_then(|rest| rest.strip_suffix(">; rel=\"next\"")).unwrap();
        path = format!("/posts{query}");
    }
    assert_eq!(pages, ["765", "432", "1"]);
}

#[tokio::test]
async fn a_page_that_ends_the_list_names_no_next_one() {
    let board = Board::start().await;
    for number in 1..=3 {
        board.post(&number.to_string()).await;
    }
    let page = board.posts.get("/posts?limit=3").send().await.expect(200);
    assert_eq!(page.header("link"), None);
    assert_eq!(page.json().as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let board = Board::start().await;
    let written = board.post("Kept").await;
    let board = board.restart().await;
    let read = board.posts.get(&format!("/posts/{}", id_of(&written))).send().await.expect(200);
    assert_eq!(read.json(), written.json());
    board.post("New").await;
    assert_eq!(board.titles().await, ["New", "Kept"]);
    assert_eq!(super::titles_of(&board.bus.wait_for(2).await), ["Kept", "New"]);
}
