//! Panics and failures: the caller gets a 500 and a trace to name, the log gets the cause, everyone else goes on.

use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;

use crate::{Running, problem};

#[tokio::test]
async fn a_panic_is_a_500_on_a_connection_that_lives_on() {
    let running = Running::start().await;
    let client = reqwest::Client::builder().pool_max_idle_per_host(1).build().unwrap();
    for path in ["/panics", "/panics/later"] {
        let response = client.get(running.url(path)).send().await.unwrap();
        assert!(response.headers().contains_key("traceparent"));
        let (status, problem) = problem(response).await;
        assert_eq!(status, 500);
        assert!(!problem.to_string().contains("bug"), "{problem}");
        assert_eq!(client.get(running.url("/things")).send().await.unwrap().status(), 200);
    }
}

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Kept {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_failure_is_one_line_in_the_log_with_its_cause_and_trace() {
    let kept = Kept::default();
    // One thread: the server runs where this subscriber is the default.
    let _logging = tracing::subscriber::set_default(
        tracing_subscriber::fmt().json().flatten_event(true).with_writer(kept.clone()).finish(),
    );
    let running = Running::start().await;
    running.get("/things").await;
    let response = running.get("/fails?secret=in-the-query").await;
    let traceparent = response.headers()["traceparent"].to_str().unwrap().to_owned();
    let (_, problem) = problem(response).await;
    assert!(!problem.to_string().contains("disk"), "{problem}");
    let log = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [line] = lines.as_slice() else { panic!("{log}") };
    assert_eq!(line["because"], "the disk is full");
    assert_eq!(line["status"], 500);
    assert_eq!(line["path"], "/fails");
    assert_eq!(line["trace_id"], traceparent[3..35]);
    assert!(!log.contains("secret"));
}
