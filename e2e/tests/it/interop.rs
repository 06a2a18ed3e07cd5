//! Other people's libraries: a CloudEvents SDK publishes and reads what is pushed, a Standard Webhooks library verifies
//! the signature. They are Python packages, pinned in `interop/requirements.txt`.

use std::path::PathBuf;

use e2e::board::{Board, SERVICES};
use e2e::receiver::Receiver;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// Runs one of the scripts with `input` as its standard input and gives what it printed as JSON.
#[expect(clippy::disallowed_methods, reason = "`cargo xtask test` says which Python has the libraries")]
async fn script(name: &str, input: &Value) -> Value {
    let python = std::env::var("FOLKMOOT_INTEROP_PYTHON")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../target/interop-venv/bin/python").to_owned());
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("interop").join(name);
    let mut child = Command::new(&python)
        .arg(path)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|e| panic!("{python}: {e}; `cargo xtask test` makes it"));
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.to_string().as_bytes()).await.unwrap();
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{name}: {complaint}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{name}: {e}: {complaint}"))
}

#[tokio::test]
async fn a_cloudevents_sdk_publishes_in_every_mode_and_reads_what_is_pushed() {
    let board = Board::apart().up().await;
    let receiver = Receiver::start().await;
    let bus = board.at("event-bus");
    bus.put("/subscriptions/sdk", &json!({ "url": receiver.url(), "from": "start", "format": "cloudevents" }))
        .await
        .expect(201);

    let url = format!("{}/events", board.url("event-bus"));
    let answers = script("publish.py", &json!({ "url": url })).await;
    for mode in ["structured", "binary", "batch"] {
        assert_eq!(answers[mode]["status"], 201, "{mode}: {answers}");
    }
    let came = receiver.wait_for("com.example.interop", 4).await;
    let modes: Vec<_> = came.iter().map(|e| e["data"]["mode"].clone()).collect();
    assert_eq!(modes, ["structured", "binary", "batch 1", "batch 2"]);

    let pushed: Vec<_> = receiver
        .deliveries()
        .iter()
        .map(|d| {
            let headers: serde_json::Map<String, Value> =
                d.headers.iter().map(|(k, v)| (k.to_string(), json!(v.to_str().unwrap_or_default()))).collect();
            json!({ "headers": headers, "body": String::from_utf8_lossy(&d.body) })
        })
        .collect();
    let read = script("receive.py", &json!({ "pushed": pushed })).await;
    let read: Vec<_> = read.as_array().unwrap().iter().filter(|e| e["type"] == "com.example.interop").collect();
    assert_eq!(read.len(), 4);
    for event in read {
        assert_eq!(event["source"], "/interop");
        assert_eq!(event["subject"], "a subject");
        assert!(event["data"]["mode"].is_string() && event["sequence"].is_string(), "{event}");
    }
}

/// What is left out goes on for ever, or would have the bus push to whatever address the fuzzer makes up.
const LEFT_OUT: [&str; 3] = ["live", "open", "put_one"];

#[tokio::test]
async fn a_schema_driven_fuzzer_finds_no_answer_that_a_document_leaves_out() {
    let board = Board::apart().up().await;
    let receiver = Receiver::start().await;
    let spec = json!({ "url": receiver.url(), "from": "start" });
    board.at("event-bus").put("/subscriptions/fuzzed", &spec).await.expect(201);
    let post = board.post("to be read").await;
    board.comment(post.text_of("id"), "to be read as well").await;
    for service in SERVICES {
        let found = script("fuzz.py", &json!({ "url": board.url(service), "leave_out": LEFT_OUT })).await;
        assert_eq!(found["found"], false, "{service}: {}", found["report"].as_str().unwrap_or_default());
    }
}

#[tokio::test]
async fn a_standard_webhooks_library_verifies_the_signature() {
    let board = Board::apart().up().await;
    let receiver = Receiver::start().await;
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let spec = json!({ "url": receiver.url(), "from": "start", "secret": secret });
    board.at("event-bus").put("/subscriptions/signed", &spec).await.expect(201);
    board.post("to be pushed").await;
    receiver.wait_for("PostCreated", 1).await;
    let delivery = receiver.deliveries().remove(0);
    let headers: serde_json::Map<String, Value> =
        delivery.headers.iter().map(|(k, v)| (k.to_string(), json!(v.to_str().unwrap_or_default()))).collect();
    let body = String::from_utf8_lossy(&delivery.body).into_owned();
    let good = json!({ "secret": secret, "headers": headers, "body": body });
    assert_eq!(script("verify.py", &good).await, json!({ "verified": true }));
    let tampered = json!({ "secret": secret, "headers": headers, "body": body.replace("pushed", "forged") });
    assert_eq!(script("verify.py", &tampered).await, json!({ "verified": false }));
    let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let wrong = json!({ "secret": other, "headers": headers, "body": body });
    assert_eq!(script("verify.py", &wrong).await, json!({ "verified": false }));
}
