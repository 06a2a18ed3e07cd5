//! Bad input is answered with a clear problem and leaves nothing behind.

use serde_json::json;

use crate::bus::{TestBus, numbered, sequences};

#[tokio::test]
async fn bad_bodies_are_told_apart() {
    let deep = format!(r#"{{"type":"T","data":{}1{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let cases: &[(&str, &[u8], u16)] = &[
        ("nothing", b"", 400),
        ("blank", b"  ", 400),
        ("no JSON", b"{", 400),
        ("cut off", br#"{"type":"T","data":{"#, 400),
        ("more than one", br#"{"type":"T"}{"type":"T"}"#, 400),
        ("too deep", deep.as_bytes(), 400),
        ("not UTF-8", b"{\"type\":\"\xff\"}", 400),
        ("lone surrogate", br#"{"type":"T","data":"\ud800"}"#, 400),
        ("lone surrogate in the type", br#"{"type":"\ud800"}"#, 400),
        ("empty object", b"{}", 422),
        ("null", b"null", 422),
        ("a number", b"7", 422),
        ("a string", br#""event""#, 422),
        ("NUL in an attribute", br#"{"type":"T","subject":"a\u0000b"}"#, 422),
        ("NUL in the type", br#"{"type":"a\u0000b"}"#, 422),
        ("type is a number", br#"{"type":7}"#, 422),
        ("type is empty", br#"{"type":""}"#, 422),
        ("type twice", br#"{"type":"A","type":"B"}"#, 422),
        ("id is an object", br#"{"type":"T","id":{}}"#, 422),
        ("id is empty", br#"{"type":"T","id":""}"#, 422),
        ("line feed in the id", br#"{"type":"T","id":"a\nb"}"#, 422),
        ("source is a number", br#"{"type":"T","source":1}"#, 422),
        ("subject is empty", br#"{"type":"T","subject":""}"#, 422),
        ("time is no time", br#"{"type":"T","time":"noon"}"#, 422),
        ("another version", br#"{"type":"T","specversion":"0.3"}"#, 422),
        ("an extension is an object", br#"{"type":"T","more":{}}"#, 422),
        ("both kinds of data", br#"{"type":"T","data":1,"data_base64":"AA=="}"#, 422),
        ("no base64", br#"{"type":"T","data_base64":"?"}"#, 422),
    ];
    let bus = TestBus::start().await;
    for (name, body, status) in cases {
        for content_type in ["application/json", "application/cloudevents+json"] {
            let answer = bus.append_raw(content_type, &[], body.to_vec()).await;
            assert_eq!(answer.status, *status, "{name}: {}", answer.text());
            assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{name}");
            assert_eq!(answer.json()["status"], *status, "{name}");
        }
    }
    assert_eq!(bus.everything().await.len(), 0);
}

#[tokio::test]
async fn a_field_that_is_wrong_is_pointed_at() {
    let bus = TestBus::start().await;
    let answer = bus.append(&json!({ "type": 7 })).await.expect(422);
    assert_eq!(answer.pointers(), ["/type"]);
    let answer = bus.append(&json!({ "id": "x" })).await.expect(422);
    assert_eq!(answer.pointers(), ["/type"]);
}

#[tokio::test]
async fn in_an_array_a_bad_item_is_alone_with_it() {
    let bus = TestBus::start().await;
    let deep = format!(r#"{{"type":"T","data":{}{}}}"#, "[".repeat(1000), "]".repeat(1000));
    let items = [
        r#"{"id":"a","type":"T"}"#,
        &deep,
        r#"{"type":"T","source":"\u0000"}"#,
        r#"{"type":"T","data":"\udc00"}"#,
        r#"{"type":7}"#,
        "null",
        r#"{"id":"b","type":"T"}"#,
    ];
    let answer = bus.append_raw("application/json", &[], format!("[{}]", items.join(","))).await.expect(207);
    let statuses: Vec<String> = answer
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item.get("problem").map_or("OK".to_owned(), |problem| problem["status"].to_string()))
        .collect();
    assert_eq!(statuses, ["OK", "400", "422", "400", "422", "422", "OK"]);
    for broken in ["[", "[1,]", "[{]", r#"[{"type":"T"}"#, r#"[{"type":"T"}] x"#] {
        bus.append_raw("application/json", &[], broken).await.expect(400);
    }
    assert_eq!(sequences(&bus.everything().await), [1, 2]);
}

#[tokio::test]
async fn sizes_are_bounded() {
    let bus = TestBus::start().await;
    let event = |bytes: usize| {
        let frame = r#"{"type":"T","data":""}"#;
        format!(r#"{{"type":"T","data":"{}"}}"#, "x".repeat(bytes - frame.len()))
    };
    bus.append_raw("application/json", &[], event(256 * 1024)).await.expect(201);
    bus.append_raw("application/json", &[], event(256 * 1024 + 1)).await.expect(413);
    bus.append_raw("application/json", &[], event(1 << 20)).await.expect(413);
    bus.append_raw("application/json", &[], event(5 << 20)).await.expect(413);
    let array = format!("[{},{}]", event(256 * 1024 + 1), event(1000));
    let answer = bus.append_raw("application/json", &[], array).await.expect(207).json();
    assert_eq!(answer[0]["problem"]["status"], 413);
    assert_eq!(answer[1]["status"], "OK");
    let many = |count: usize| format!("[{}]", vec![r#"{"type":"T"}"#; count].join(","));
    bus.append_raw("application/json", &[], many(10_000)).await.expect(201);
    bus.append_raw("application/json", &[], many(10_001)).await.expect(413);
    assert_eq!(bus.everything().await.len(), 10_002);
}

#[tokio::test]
async fn other_methods_are_told_what_there_is() {
    let bus = TestBus::start().await;
    bus.append(&numbered(1)).await.expect(201);
    for (path, allow) in [
        ("/events", "GET, HEAD, POST, OPTIONS"),
        ("/events/1", "GET, HEAD, OPTIONS"),
        ("/events/stream", "GET, HEAD, OPTIONS"),
    ] {
        let answer = bus.caller().delete(path).send().await.expect(405);
        assert_eq!(answer.header("allow"), Some(allow), "{path}");
        let head = bus.caller().request(http::Method::HEAD, path).send().await.expect(200);
        assert!(head.body.is_empty());
    }
    bus.get("/nothing").await.expect(404);
    bus.get("/events/1/2").await.expect(404);
}

#[tokio::test]
async fn readers_parameters_are_checked() {
    let bus = TestBus::start().await;
    for (query, pointer) in [
        ("after=x", "?after"),
        ("after=99999999999999999999999", "?after"),
        ("limit=0", "?limit"),
        ("since=noon", "?since"),
        ("logid=1", "?logid"),
        ("after=0&since=2026-01-31T12:00:00Z", "?since"),
    ] {
        let answer = bus.get(&format!("/events?{query}")).await.expect(422);
        assert_eq!(answer.pointers(), [pointer], "{query}");
    }
    bus.get("/events/%ff").await.expect(404);
    bus.get("/events/%00").await.expect(404);
}
