//! Every setting in a manifest exists in the program that gets it; and with exactly those, and no others, the whole board
//! starts, works and ends.

use std::path::Path;
use std::process::Command;

use e2e::client::Client;
use e2e::cluster::workload::Workload;
use e2e::cluster::{self, workload};
use e2e::process::Process;
use e2e::sandbox::{self, Host};
use e2e::{binaries, container, nginx, wait};
use serde_json::{Value, json};

#[test]
fn a_service_knows_every_variable_that_it_gets() {
    for overlay in cluster::overlays() {
        for workload in workload::all(&cluster::objects(&overlay)) {
            let Some(binary) = workload.image.strip_prefix("folkmoot/").filter(|name| *name != "client") else {
                assert!(workload.environment.is_empty(), "nginx reads no variables");
                continue;
            };
            let output = Command::new(binaries::path(binary)).arg("--help").env_clear().output().unwrap();
            let help = String::from_utf8(output.stdout).unwrap();
            assert!(workload.environment.len() >= 7, "{overlay}: {workload:?}");
            for (name, value) in &workload.environment {
                let known = [format!("[env: {name}=]"), format!("[env: {name}]")];
                assert!(known.iter().any(|text| help.contains(text)), "{overlay}: {binary} knows no {name}");
                assert!(!value.is_empty(), "{overlay}: {binary} gets an empty {name}");
            }
            for needed in ["FOLKMOOT_BUS_TOKEN", "FOLKMOOT_DATA_DIR", "FOLKMOOT_DRAIN"] {
                assert!(workload.environment.contains_key(needed), "{overlay}: {binary} gets no {needed}");
            }
        }
    }
}

/// Everything on one host, where each Service's name leads to that host: the ports, folders and names are those of the
/// manifests, the command and variables those of image and manifest together, the user is that of both, and nothing may be
/// written but the volumes.
#[tokio::test]
async fn the_board_runs_with_exactly_what_its_manifests_and_images_say() {
    let test = "deploy::settings::the_board_runs_with_exactly_what_its_manifests_and_images_say";
    let prepare = |folder: &Path| {
        std::fs::write(folder.join("objects.json"), Value::from(cluster::objects("kind")).to_string()).unwrap();
        nginx::as_in_the_image(&folder.join("front"));
    };
    let inside = sandbox::enter(test, prepare, |folder, enter| {
        let front = folder.join("front");
        enter(Host {
            names: &["event-bus", "posts", "comments", "moderation", "query", "front"],
            folders: &[(&front, "/srv/front")],
            writable: &["/data", "/srv/front/run"],
        });
    });
    let Some(folder) = inside else { return };
    let objects: Vec<Value> =
        serde_json::from_str(&std::fs::read_to_string(folder.join("objects.json")).unwrap()).unwrap();
    let logs = tempfile::tempdir().unwrap();
    let mut processes: Vec<_> =
        workload::all(&objects).iter().map(|workload| as_the_kubelet_would(workload, logs.path())).collect();
    assert_eq!(processes.len(), 6);
    for process in &mut processes {
        process.start();
    }
    for process in &mut processes {
        process.ready().await;
    }

    let front = Client::new("http://front:8080");
    assert!(front.get("/").await.expect(200).header("content-type").starts_with("text/html"));
    converse(&front).await;
    for guarded in ["/api/v1/moderation/queue", "/api/v1/bus/events"] {
        front.get(guarded).await.expect(401);
        front.with("authorization", &format!("Bearer {}", cluster::TOKEN)).get(guarded).await.expect(200);
    }
    for process in &mut processes {
        let status = process.stop().await;
        assert!(status.success(), "{}: {status}: {}", process.name(), process.log());
        assert!(!process.log().contains(cluster::TOKEN), "{} tells the token", process.name());
    }
}

/// Somebody posts and comments through the front door, and it is judged and seen.
pub async fn converse(front: &Client) {
    let post = front.post("/api/v1/posts", &json!({ "title": "as it is deployed" })).await.expect(201);
    let path = format!("/api/v1/posts/{}", post.text_of("id"));
    front.post(&format!("{path}/comments"), &json!({ "content": "hello" })).await.expect(201);
    wait::until("the comment to be judged", async || {
        let comments = front.get(&path).await.json["comments"].clone();
        (comments[0]["status"] == "approved").then_some(())
    })
    .await;
}

/// One workload's container, as a process.
fn as_the_kubelet_would(workload: &Workload, logs: &Path) -> Process {
    let image = workload.image.strip_prefix("folkmoot/").unwrap();
    let url = format!("http://{}:{}", workload.name, workload.port);
    container::process(&workload.name, image, &workload.arguments, &workload.environment, url, logs)
}
