//! Requests as no client sends them.

use chassis::doubles::wild_requests;

use crate::{RawAnswer, Running};

#[tokio::test]
async fn any_request_is_answered_or_hung_up_on_and_nothing_panics() {
    let running = Running::start().await;
    let paths =
        ["/things", "/things/", "/things/1", "/raw", "/echo?x", "/lines", "/events", "/socket", "/docs/x", "/metrics"];
    wild_requests::survives(running.address, &paths, 3000).await;
    assert_eq!(running.get("/healthz").await.status(), 200);
}

#[tokio::test]
async fn a_target_that_is_no_path_is_refused() {
    let running = Running::start().await;
    let ask = async |line: &str| -> RawAnswer { running.raw(format!("{line} HTTP/1.1\r\nhost: x\r\n\r\n")).await };
    for (line, status) in [("CONNECT e.org:443", 405), ("GET e.org:443", 400), ("OPTIONS *", 400), ("GET *", 400)] {
        let answer = ask(line).await;
        assert_eq!(answer.status, status, "{line}: {answer:?}");
        answer.problem();
    }
    // A full URI is a path with its host (RFC 9112, 3.2.2).
    assert_eq!(ask("GET http://e.org/things").await.status, 200);
}
