//! The bus as a process of its own, for what belongs to a whole process: other tests may share this one.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use chassis::doubles::Caller;

use crate::bus::soon;

/// A running process of the bus's binary. It is killed when this is dropped.
pub struct OwnProcess {
    child: Child,
    url: String,
}

impl OwnProcess {
    /// Starts it on this folder and waits until it says where it is.
    pub async fn start(folder: &Path) -> Self {
        let log = folder.join("event-bus.log");
        let child = Command::new(env!("CARGO_BIN_EXE_event-bus"))
            .args(["--bus-addr=127.0.0.1:0", "--log-format=json", "--data-dir"])
            .arg(folder)
            .env_clear()
            .current_dir(folder)
            .stdin(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut process = Self { child, url: String::new() };
        process.url = soon("an address", async {
            loop {
                let said = std::fs::read_to_string(&log).unwrap();
                if let Some((_, rest)) = said.split_once("the event bus is at ")
                    && let Some((url, _)) = rest.split_once('"')
                {
                    return url.to_owned();
                }
                assert!(process.child.try_wait().unwrap().is_none(), "it ended: {said}");
                tokio::time::sleep(Duration::from_millis(5)).await; // why: between two looks at a condition with a deadline
            }
        })
        .await;
        process
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Someone to call it.
    pub fn caller(&self) -> Caller {
        Caller::new(self.url.clone())
    }

    /// What it shows to Prometheus.
    pub async fn metrics(&self) -> String {
        self.caller().get("/metrics").send().await.expect(200).text()
    }
}

impl Drop for OwnProcess {
    fn drop(&mut self) {
        // It may have ended by itself, and then both say so.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
