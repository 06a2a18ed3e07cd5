//! The front door: one address for everything a browser needs.

use e2e::board::Board;
use e2e::wait;
use serde_json::json;

#[tokio::test]
async fn reads_go_to_query_and_writes_to_their_owner() {
    let board = Board::single().up().await;
    let front = board.front();
    let post = front.post("/api/v1/posts", &json!({ "title": "through the door" })).await.expect(201);
    let path = format!("/api/v1/posts/{}", post.text_of("id"));
    let comment = front.post(&format!("{path}/comments"), &json!({ "content": "hello" })).await.expect(201);
    let read = front.with("await-event", &comment.event_id()).get(&path).await.expect(200);
    assert_eq!(read.json["commentCount"], 1);
    assert!(front.get("/api/v1/posts?limit=5").await.expect(200).json.is_array());
    front.get("/api/v1/moderation/queue").await.expect(200);
    front.get("/api/v1/bus/events?limit=1").await.expect(200);
    front.get("/api/v1/bus/subscriptions").await.expect(200);
    for name in ["posts", "comments", "query", "moderation", "bus"] {
        let document = front.get(&format!("/api/v1/{name}/openapi.json")).await.expect(200);
        assert!(document.json["paths"].is_object(), "{name}");
        let docs = front.get(&format!("/api/v1/{name}/docs/")).await.expect(200);
        assert!(docs.header("content-type").starts_with("text/html"), "{name}: {docs:?}");
    }
    for operation in ["/healthz", "/readyz", "/metrics"] {
        front.get(operation).await.expect(200);
    }
}

/// Whichever page was built in: the client, or without it the plain one.
#[tokio::test]
async fn the_page_at_the_root_holds_no_script_of_its_own_and_everything_it_names_is_there() {
    let board = Board::single().up().await;
    let page = board.front().get("/").await.expect(200);
    assert!(page.header("content-type").starts_with("text/html"));
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(policy.split(';').all(|part| !(part.contains("script") && part.contains("unsafe"))), "{policy}");
    let scripts = page.text.split("<script").skip(1);
    assert!(scripts.clone().all(|script| script.split('>').next().is_some_and(|tag| tag.contains("src="))));
    let named = |attribute: &str| {
        let rest = page.text.split(attribute).skip(1).map(str::to_owned).collect::<Vec<_>>();
        rest.into_iter().filter_map(|rest| rest.split('"').next().map(str::to_owned)).collect::<Vec<_>>()
    };
    for link in named("href=\"").into_iter().chain(named("src=\"")) {
        if link.ends_with("/live") {
            continue; // it never ends
        }
        let answer = board.front().get(&link.replace("&amp;", "&")).await;
        assert!(answer.status.is_success(), "{link}: {}", answer.status);
    }
}

#[tokio::test]
async fn what_is_not_there_and_what_may_not_be_done_is_a_problem_document() {
    let board = Board::single().up().await;
    let front = board.front();
    for path in ["/nothing", "/api", "/api/v1", "/api/v1/nothing", "/api/v2/posts", "/api/v1/events", "/posts"] {
        let answer = front.get(path).await.expect(404);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
    }
    let answer = front.call(reqwest::Method::PUT, "/api/v1/posts", None).await.expect(405);
    assert!(answer.header("allow").contains("POST"), "{answer:?}");
    // A push is for the bus and its signature; the front door has no such path.
    front.post("/api/v1/events", &json!({ "type": "PostModerated", "data": {} })).await.expect(404);
    // A page elsewhere may not act through somebody's browser.
    let foreign = front.with("origin", "https://elsewhere.example");
    let events = foreign.post("/api/v1/bus/events", &json!({ "type": "X", "data": {} })).await;
    assert_eq!(events.status, 403, "{events:?}");
}

#[tokio::test]
async fn live_updates_come_through_the_door() {
    use futures_util::StreamExt as _;
    let board = Board::single().up().await;
    let url = format!("{}/api/v1/live", board.processes[0].url());
    let response = reqwest::Client::builder().no_proxy().build().unwrap().get(url).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let mut stream = response.bytes_stream();
    let post = board.post("seen at once").await;
    let id = post.text_of("id").to_owned();
    let mut heard = String::new();
    wait::until("the new post to be told", async || {
        let chunk = stream.next().await.expect("the stream goes on").unwrap();
        heard.push_str(&String::from_utf8_lossy(&chunk));
        heard.contains(&id).then_some(())
    })
    .await;
}
