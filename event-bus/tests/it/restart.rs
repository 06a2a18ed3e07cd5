//! What was answered with success is there after a restart.

use chassis::access::Access;
use event_bus::config::BusSettings;
use serde_json::json;

use crate::bus::{TestBus, numbered, sequences};

#[tokio::test]
async fn a_restart_keeps_everything() {
    let bus = TestBus::start().await;
    bus.append_numbered(1, 50).await;
    let before = bus.get("/events").await;
    let bus = bus.restart().await;
    let after = bus.get("/events").await;
    assert_eq!(after.text(), before.text());
    assert_eq!(after.header("folkmoot-log"), before.header("folkmoot-log"));
    assert_eq!(after.header("folkmoot-head"), Some("0000000000000050"));

    assert_eq!(bus.append(&numbered(7)).await.expect(201).json()["duplicate"], true, "no identity is forgotten");
    let mut other = numbered(7);
    other["data"] = json!("other");
    bus.append(&other).await.expect(409);
    assert_eq!(bus.append(&numbered(51)).await.expect(201).json()["sequence"], "0000000000000051");
    assert_eq!(sequences(&bus.everything().await), (1..=51).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_log_that_is_begun_anew_has_another_id() {
    let bus = TestBus::start().await;
    bus.append_numbered(1, 3).await;
    let before = bus.get("/events").await;
    let bus = bus
        .restart_after(|folder| {
            for file in ["event-bus.db", "event-bus.db-wal", "event-bus.db-shm"] {
                let path = folder.join(file);
                if path.exists() {
                    std::fs::remove_file(path).unwrap();
                }
            }
        })
        .await;
    let after = bus.get("/events").await;
    assert_eq!(after.json(), json!([]));
    assert_ne!(after.header("folkmoot-log"), before.header("folkmoot-log"));
    let old = before.header("folkmoot-log").unwrap();
    bus.get(&format!("/events?logid={old}")).await.expect(409);
    bus.get("/events?after=3").await.expect(409);
}

#[tokio::test]
async fn a_log_that_is_given_another_id_keeps_its_events() {
    let bus = TestBus::with(BusSettings { tail_bytes: 0, ..BusSettings::default() }, Access::open(None, [])).await;
    bus.append_numbered(1, 3).await;
    let old = bus.get("/events").await.header("folkmoot-log").unwrap().to_owned();
    let mut bus = bus;
    for _ in 0..2 {
        // The second time it is another log's id, and does nothing.
        bus = bus.restart_with(|settings| settings.new_log_id = Some(old.parse().unwrap())).await;
        let after = bus.get("/events").await.expect(200);
        assert_eq!(sequences(after.json().as_array().unwrap()), [1, 2, 3], "every link is checked");
        let renewed = after.header("folkmoot-log").unwrap().to_owned();
        assert_ne!(renewed, old);
        bus.get(&format!("/events?logid={old}")).await.expect(409);
        bus.get(&format!("/events?logid={renewed}")).await.expect(200);
    }
    let first = bus.get("/events").await.header("folkmoot-log").unwrap().to_owned();
    assert_eq!(bus.append(&numbered(4)).await.expect(201).json()["sequence"], "0000000000000004");
    assert_eq!(bus.append(&numbered(2)).await.expect(201).json()["duplicate"], true);
    let bus = bus.restart().await;
    assert_eq!(bus.get("/events").await.header("folkmoot-log"), Some(&*first));
    assert_eq!(sequences(&bus.everything().await), [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_folder_has_one_bus() {
    let folder = tempfile::tempdir().unwrap();
    let lifetime = chassis::serve::Lifetime::new();
    let start = || {
        let access = Access::open(None, []);
        let lock_timeout = std::time::Duration::from_millis(100);
        let settings = BusSettings { lock_timeout, ..Default::default() };
        event_bus::EventBus::start(folder.path(), settings, access, &lifetime)
    };
    let first = start().await.unwrap();
    let second = start().await.unwrap_err();
    assert!(second.to_string().contains("in use by another process"), "{second}");
    drop(first);
}
