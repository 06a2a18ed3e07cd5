//! The front door: one address for everything a browser needs. There are two, the single process's and the nginx of
//! containers, and each story is told at both.

use e2e::board::Board;
use e2e::client::Answer;
use e2e::wait;
use reqwest::Method;
use serde_json::json;

/// Each story at either door.
macro_rules! at_both_doors {
    ($($story:ident,)+) => {
        mod single {
            $(#[tokio::test]
            async fn $story() {
                super::$story(super::Board::single().up().await).await;
            })+
        }
        mod nginx {
            $(#[tokio::test]
            async fn $story() {
                super::$story(super::Board::behind_nginx().up().await).await;
            })+
        }
    };
}

at_both_doors! {
    reads_go_to_query_and_writes_to_their_owner,
    the_page_at_the_root_holds_no_script_of_its_own_and_everything_it_names_is_there,
    the_bus_and_moderation_need_the_token_whoever_seems_to_call,
    what_is_not_there_and_what_may_not_be_done_is_a_problem_document,
    pages_are_for_browsers_and_problems_for_programs,
    what_has_a_digest_in_its_name_is_kept_for_ever_and_comes_packed,
    pages_and_files_are_only_read,
    live_updates_come_through_the_door,
    the_bus_streams_through_the_door,
    bodies_have_an_end,
}

/// What a page may do: the same at either door.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                      connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'";

/// What a browser says that it takes.
const HTML: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async fn reads_go_to_query_and_writes_to_their_owner(board: Board) {
    let front = board.front();
    let post = front.post("/api/v1/posts", &json!({ "title": "through the door" })).await.expect(201);
    let path = format!("/api/v1/posts/{}", post.text_of("id"));
    let comment = front.post(&format!("{path}/comments"), &json!({ "content": "hello" })).await.expect(201);
    let read = front.with("await-event", &comment.event_id()).get(&path).await.expect(200);
    assert_eq!(read.json["commentCount"], 1);
    assert!(front.get("/api/v1/posts?limit=5").await.expect(200).json.is_array());
    for guarded in ["moderation/queue", "bus/events?limit=1", "bus/subscriptions"] {
        board.moderator().get(&format!("/api/v1/{guarded}")).await.expect(200);
    }
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
async fn the_page_at_the_root_holds_no_script_of_its_own_and_everything_it_names_is_there(board: Board) {
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
        // One leads to the bus, which asks for the token.
        let answer = board.moderator().get(&link.replace("&amp;", "&")).await;
        assert!(answer.status.is_success(), "{link}: {}", answer.status);
    }
}

async fn what_is_not_there_and_what_may_not_be_done_is_a_problem_document(board: Board) {
    let front = board.front();
    for path in ["/nothing", "/api", "/api/v1", "/api/v1/nothing", "/api/v2/posts", "/api/v1/events", "/posts"] {
        let answer = front.get(path).await.expect(404);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
    }
    let answer = front.call(Method::PUT, "/api/v1/posts", None).await.expect(405);
    assert!(answer.header("allow").contains("POST"), "{answer:?}");
    // A push is for the bus and its signature; the front door has no such path.
    for path in ["/api/v1/events", "/api/v1/moderation/events", "/api/v1/moderation/events/"] {
        front.post(path, &json!({ "type": "PostModerated", "data": {} })).await.expect(404);
    }
}

/// Every address is on loopback here, as it is with a proxy before the front door that says nothing of itself.
async fn the_bus_and_moderation_need_the_token_whoever_seems_to_call(board: Board) {
    let claims = [("host", "127.0.0.1:8080"), ("host", "localhost"), ("origin", "http://localhost:3000")];
    let reads = ["bus/events", "bus/subscriptions", "moderation/queue", "moderation/log", "moderation/rules"];
    for (name, value) in claims {
        let stranger = board.front().with(name, value);
        for path in reads {
            let answer = stranger.get(&format!("/api/v1/{path}")).await;
            assert_eq!(answer.status, 401, "{name}: {value}: {path}: {answer:?}");
        }
        for path in ["bus/events", "moderation/decisions", "moderation/decisions/undo"] {
            stranger.post(&format!("/api/v1/{path}"), &json!({ "type": "X", "data": {} })).await.expect(401);
        }
        let subscription = json!({ "url": "http://127.0.0.1:9/events" });
        stranger.put("/api/v1/bus/subscriptions/spy", &subscription).await.expect(401);
    }
}

async fn live_updates_come_through_the_door(board: Board) {
    use futures_util::StreamExt as _;
    let url = board.front().url("/api/v1/live");
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

async fn pages_are_for_browsers_and_problems_for_programs(board: Board) {
    let (front, person) = (board.front(), board.front().with("accept", HTML));
    if !front.get("/").await.expect(200).text.contains("<script") {
        return; // without the built client there is one plain page
    }
    for path in ["/", "/new", "/new/", "/moderation", "/bus", "/p/0190"] {
        let page = person.get(path).await.expect(200);
        assert!(page.header("content-type").starts_with("text/html"), "{path}: {page:?}");
        assert_eq!(page.header("cache-control"), "no-cache", "{path}");
        is_guarded(&page);
        let tag = page.header("etag").to_owned();
        let again = person.with("if-none-match", &tag).get(path).await.expect(304);
        assert!(again.text.is_empty(), "{path}");
    }
    for path in ["/nothing", "/p", "/p/1/2", "/posts", "/new/x"] {
        // A 404 is never "not modified".
        let page = person.with("if-none-match", "*").get(path).await.expect(404);
        assert!(page.header("content-type").starts_with("text/html"), "{path}: {page:?}");
        assert!(page.text.contains("<title>Folkmoot"), "{path}");
        assert_eq!((page.header("etag"), page.header("last-modified")), ("", ""), "{path}");
        assert!(page.headers.get_all("vary").iter().any(|value| value == "accept"), "{path}: {page:?}");
        is_guarded(&page);
        for client in [&front, &front.with("accept", "text/html;q=0, application/json"), &front.with("accept", "*/*")] {
            let problem = client.get(path).await.expect(404);
            assert_eq!(problem.header("content-type"), "application/problem+json", "{path}");
            assert_eq!(problem.header("vary"), "accept", "{path}");
        }
    }
    for path in [
        "/api",
        "/api/v1/nothing",
        "/assets",
        "/assets/app-0000.js",
        "/favicon.ico",
        "/index.html.gz",
        "/%2evite/manifest.json",
    ] {
        let problem = person.get(path).await.expect(404);
        assert_eq!(problem.header("content-type"), "application/problem+json", "{path}");
    }
    for path in
        ["/.built", "/.vite/manifest.json", "/assets/../.built", "/%2e%2e/Cargo.toml", "/nginx.conf", "/run/nginx.pid"]
    {
        front.get(path).await.expect(404);
    }
}

/// The headers that every page has.
fn is_guarded(page: &Answer) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("x-frame-options", "DENY"),
    ] {
        assert_eq!(page.header(name), value, "{page:?}");
    }
    assert_eq!(page.header("content-security-policy"), POLICY);
    assert!(page.header("permissions-policy").contains("camera=()"), "{page:?}");
}

async fn what_has_a_digest_in_its_name_is_kept_for_ever_and_comes_packed(board: Board) {
    let front = board.front();
    let page = front.get("/").await.expect(200);
    let Some(script) = page.text.split("src=\"").skip(1).find(|rest| rest.starts_with("/assets/")) else {
        return; // without the built client there is a page that has no script
    };
    let script = script.split('"').next().unwrap();
    let plain = front.get(script).await.expect(200);
    assert_eq!(plain.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(plain.header("x-content-type-options"), "nosniff");
    assert_eq!(plain.header("content-encoding"), "");
    for (accept, encoding) in [("gzip, deflate, br, zstd", "br"), ("gzip, deflate", "gzip"), ("gzip;q=0", "")] {
        let packed = front.with("accept-encoding", accept).get(script).await.expect(200);
        assert_eq!(packed.header("content-encoding"), encoding, "{accept}");
        assert!(packed.header("content-type").starts_with("text/javascript"), "{packed:?}");
        assert!(packed.header("vary").eq_ignore_ascii_case("accept-encoding"), "{accept}: {}", packed.header("vary"));
        let length: usize = packed.header("content-length").parse().unwrap();
        assert!(encoding.is_empty() || length * 2 < plain.text.len(), "{length} of {}", plain.text.len());
        // Under its own name it would come without its type.
        front.get(&format!("{script}.gz")).await.expect(404);
    }
}

async fn pages_and_files_are_only_read(board: Board) {
    let front = board.front();
    for path in ["/", "/new", "/leaf.svg", "/healthz", "/readyz", "/metrics"] {
        let read = front.get(path).await;
        if read.status == 404 {
            continue; // without the built client
        }
        let head = front.call(Method::HEAD, path, None).await.expect(200);
        assert!(head.text.is_empty(), "{path}");
        assert_eq!(head.header("content-type"), read.header("content-type"), "{path}");
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let answer = front.call(method.clone(), path, None).await.expect(405);
            assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS", "{method} {path}");
            assert_eq!(answer.header("content-type"), "application/problem+json", "{method} {path}");
        }
        let options = front.call(Method::OPTIONS, path, None).await.expect(204);
        assert_eq!(options.header("allow"), "GET, HEAD, OPTIONS", "{path}");
    }
    let nowhere = front.with("accept", HTML).call(Method::POST, "/nothing", None).await.expect(404);
    assert_eq!(nowhere.header("content-type"), "application/problem+json");
    front.get("/api/v1/moderation/metrics").await.expect(404);
    front.get("/api/v1/bus/readyz").await.expect(404);
}

async fn the_bus_streams_through_the_door(board: Board) {
    use futures_util::{SinkExt as _, StreamExt as _};
    use tokio_tungstenite::tungstenite::Message;
    use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
    let url = board.front().url("/api/v1/bus/events/stream?after=0").replacen("http", "ws", 1);
    let mut request = url.into_client_request().unwrap();
    request.headers_mut().insert("authorization", board.bearer().parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let post = board.post("over a WebSocket").await;
    let id = post.text_of("id").to_owned();
    wait::until("the event", async || match socket.next().await.expect("it goes on").unwrap() {
        Message::Text(text) => text.contains(&id).then_some(()),
        _ => None,
    })
    .await;
    socket.send(Message::Close(None)).await.unwrap();
}

async fn bodies_have_an_end(board: Board) {
    let front = board.front();
    // Beyond what the service reads, and beyond what any does.
    for bytes in [600_000, 6 << 20] {
        let body = json!({ "title": "long", "content": "x".repeat(bytes) });
        let answer = front.post("/api/v1/posts", &body).await.expect(413);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{bytes}");
        assert_eq!(answer.json["type"], "/problems/payload-too-large", "{bytes}");
    }
    let long = front.with("x-long", &"x".repeat(40_000)).get("/api/v1/posts").await.expect(431);
    assert_eq!(long.header("content-type"), "application/problem+json");
}
