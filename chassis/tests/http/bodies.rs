//! Every way to get a body wrong has an answer of its own, and costs nothing else.

use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::{JsonValue, LIMIT, RawAnswer, Running, problem, within};

#[tokio::test]
async fn a_good_body_is_taken() {
    let running = Running::start().await;
    let response = running.post_json("/things", r#"{"name":"ü \ud83d\ude00","unknown":[[[]]]}"#).await;
    assert_eq!(response.status(), 201);
    assert_eq!(response.json_value().await, json!({ "name": "ü 😀", "sizes": [] }));
}

#[tokio::test]
async fn what_is_no_json_is_a_400() {
    let running = Running::start().await;
    let deep = "[".repeat(100_000);
    let deep_field = format!(r#"{{"name":"x","more":{}{}}}"#, "[".repeat(1000), "]".repeat(1000));
    let bodies: [(&[u8], &str); 9] = [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"{", "not valid JSON"),
        (b"{\"name\":\"x\"} more", "not valid JSON"),
        (b"{\"name\":\"x\0\"}", "not valid JSON"),
        (b"{\"name\":\"\xff\"}", "UTF-8"),
        (br#"{"name":"\ud800"}"#, "lone surrogate"),
        (deep.as_bytes(), "nested"),
        (deep_field.as_bytes(), "nested"),
    ];
    for (body, says) in bodies {
        let body = body[..body.len().min(LIMIT)].to_vec();
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        let (status, problem) = problem(running.post_json("/things", body).await).await;
        assert_eq!(status, 400, "{shown}");
        assert!(problem["detail"].as_str().unwrap().contains(says), "{shown}: {problem}");
    }
}

#[tokio::test]
async fn what_is_json_but_not_valid_is_a_422_that_points_at_it() {
    let running = Running::start().await;
    for (body, pointer) in [
        ("{}", ""),
        ("[]", ""),
        ("null", ""),
        (r#"{"name":1}"#, "/name"),
        (r#"{"name":"x","sizes":[1,"two"]}"#, "/sizes/1"),
        (r#"{"name":"x","sizes":[1,-1]}"#, "/sizes/1"),
        (r#"{"name":"x","name":"y"}"#, ""),
        (r#"{"name":"a\u0000b"}"#, "/name"),
        (r#"{"name":"x","more":{"a/b":["\u0000"]}}"#, "/more/a~1b/0"),
    ] {
        let (status, problem) = problem(running.post_json("/things", body).await).await;
        assert_eq!(status, 422, "{body}");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}: {problem}");
        assert!(!problem["errors"][0]["detail"].as_str().unwrap().contains("line"), "{problem}");
    }
}

#[tokio::test]
async fn another_content_type_is_a_415() {
    let running = Running::start().await;
    let client = reqwest::Client::new();
    let send = async |content_type: Option<&str>| {
        let request = client.post(running.url("/things")).body(r#"{"name":"x"}"#);
        let request = match content_type {
            Some(value) => request.header("content-type", value),
            None => request,
        };
        within(request.send()).await.unwrap()
    };
    for fine in ["application/json", "Application/JSON; charset=UTF-8", "application/cloudevents+json", "text/x+json"] {
        assert_eq!(send(Some(fine)).await.status(), 201, "{fine}");
    }
    for wrong in
        [None, Some("text/plain"), Some("application/jsonp"), Some("application/json; charset=latin1"), Some("")]
    {
        let (status, _) = problem(send(wrong).await).await;
        assert_eq!(status, 415, "{wrong:?}");
    }
    let zipped = client.post(running.url("/things")).header("content-type", "application/json");
    let (status, _) = problem(zipped.header("content-encoding", "gzip").body("x").send().await.unwrap()).await;
    assert_eq!(status, 415);
}

#[tokio::test]
async fn a_megabyte_is_refused_and_the_caller_gets_to_read_it() {
    let running = Running::start().await;
    for size in [LIMIT + 1, 1024 * 1024, 4 * 1024 * 1024] {
        let (status, problem) = problem(running.post_json("/things", vec![b' '; size]).await).await;
        assert_eq!((status, problem["type"].as_str()), (413, Some("/problems/payload-too-large")), "{size}");
    }
    let full = running.post_json("/raw", vec![b' '; LIMIT]).await;
    assert_eq!(full.json_value().await, LIMIT);
}

#[tokio::test]
async fn chunks_are_counted_too() {
    let running = Running::start().await;
    let chunked = |count: usize| {
        let chunks = futures_util::stream::iter((0..count).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 1024])));
        reqwest::Client::new().post(running.url("/raw")).body(reqwest::Body::wrap_stream(chunks)).send()
    };
    let fits = within(chunked(64)).await.unwrap();
    assert_eq!(fits.json_value().await, 64 * 1024);
    let (status, _) = problem(within(chunked(65)).await.unwrap()).await;
    assert_eq!(status, 413);
}

#[tokio::test]
async fn whoever_waits_for_100_continue_is_answered_without_sending() {
    let running = Running::start().await;
    let answer =
        running.raw("POST /raw HTTP/1.1\r\nhost: x\r\ncontent-length: 1048576\r\nexpect: 100-continue\r\n\r\n").await;
    assert_eq!(answer.status, 413);
    answer.problem();
}

#[tokio::test]
async fn a_body_that_breaks_off_spoils_nothing() {
    let running = Running::start().await;
    let mut socket = TcpStream::connect(running.address).await.unwrap();
    let start = "POST /things HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{\"na";
    socket.write_all(start.as_bytes()).await.unwrap();
    drop(socket);
    assert_eq!(running.get("/things").await.status(), 200);
}

#[tokio::test]
async fn a_malformed_chunk_is_a_400() {
    let running = Running::start().await;
    let mut socket = TcpStream::connect(running.address).await.unwrap();
    let request = "POST /raw HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nnonsense\r\n";
    socket.write_all(request.as_bytes()).await.unwrap();
    assert_eq!(RawAnswer::read(&mut socket).await.status, 400);
}
