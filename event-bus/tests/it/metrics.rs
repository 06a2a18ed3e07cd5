//! What is counted, to the last one. Metrics belong to a whole process, so each of these has a bus process of its own.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use crate::bus::{TestBus, damage, numbered, soon};
use crate::listeners::{sse, websocket};
use crate::own_process::OwnProcess;

fn has(metrics: &str, line: &str) -> bool {
    metrics.lines().any(|found| found == line)
}

#[tokio::test]
async fn what_is_appended_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let bus = OwnProcess::start(folder.path()).await;
    let events = json!([numbered(1), numbered(2), numbered(1)]);
    bus.caller().post("/events", &events).send().await.expect(201);
    let metrics = bus.metrics().await;
    for line in ["bus_appends_total 2", "bus_append_duplicates_total 1", "bus_log_head 2"] {
        assert!(has(&metrics, line), "{line} is not in\n{metrics}");
    }
}

#[tokio::test]
async fn listeners_are_counted_while_they_listen() {
    let folder = tempfile::tempdir().unwrap();
    let bus = OwnProcess::start(folder.path()).await;
    let mut sockets = join_all((0..20).map(|_| async { websocket(bus.url(), "?tail").await.unwrap() })).await;
    let mut sources = join_all((0..20).map(|_| sse(bus.url(), "?tail", &[]))).await;
    for socket in &mut sockets {
        socket.next().await.unwrap();
    }
    for source in &mut sources {
        source.next().await.unwrap();
    }
    let metrics = bus.metrics().await;
    for kind in ["websocket", "sse"] {
        assert!(has(&metrics, &format!("bus_listeners{{kind=\"{kind}\"}} 20")), "{kind}: {metrics}");
    }
    sockets.truncate(5);
    sources.truncate(7);
    let left = ["bus_listeners{kind=\"websocket\"} 5", "bus_listeners{kind=\"sse\"} 7"];
    soon("the end of those who left", async {
        loop {
            let metrics = bus.metrics().await;
            if left.iter().all(|line| has(&metrics, line)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await; // why: between two looks at a condition with a deadline
        }
    })
    .await;
}

#[tokio::test]
async fn damage_that_is_met_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let bus = TestBus::start().await;
    bus.append(&json!({ "id": "1", "type": "T", "data": "the-data" })).await.expect(201);
    let bus = bus
        .restart_after(|source| {
            damage(source, b"the-data");
            std::fs::copy(source.join("event-bus.db"), folder.path().join("event-bus.db")).unwrap();
        })
        .await;
    bus.stop().await;

    let bus = OwnProcess::start(folder.path()).await;
    assert!(has(&bus.metrics().await, "bus_log_damage_met_total 0"));
    bus.caller().get("/events").send().await.expect(500);
    bus.caller().get("/events/1").send().await.expect(500);
    let metrics = bus.metrics().await;
    assert!(has(&metrics, "bus_log_damage_met_total 2"), "{metrics}");
}
