//! A cluster made of processes: each workload of an overlay as it would run, and updated as its Deployment says, with the
//! manifests' own timings.
//!
//! What differs from a cluster is where things are: everything is on loopback, so addresses, URLs and folders are replaced, and
//! nothing else is. A node learns of a pod's end a little late, as in a cluster (`LAG`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::objects;
use super::service_address::ServiceAddress;
use super::workload::{self, Workload};
use crate::ports::Port;
use crate::process::Process;
use crate::{client, container, nginx, wait};

/// How long after its end began a pod still gets new connections.
const LAG: Duration = Duration::from_secs(2);

/// A container that runs.
#[derive(Debug)]
struct Pod {
    process: Process,
    port: Port,
}

/// Everything that runs.
#[derive(Debug)]
pub struct Rollout {
    workloads: Vec<Workload>,
    pods: BTreeMap<String, Pod>,
    /// Of those workloads whose pods overlap; the others are always at the same port.
    addresses: BTreeMap<String, ServiceAddress>,
    made: usize,
    folder: TempDir,
}

impl Rollout {
    /// Starts an overlay, and waits until all of it is ready.
    ///
    /// # Panics
    /// If it does not get ready.
    #[expect(clippy::expect_used, reason = "a story fails by panicking")]
    pub async fn up(overlay: &str) -> Self {
        let mut workloads = workload::all(&objects(overlay));
        // The front door last: it looks up its services at its start.
        workloads.sort_by_key(|workload| workload.name == "front");
        let overlapping = workloads.iter().filter(|workload| workload.overlaps);
        let addresses = overlapping.map(|workload| (workload.name.clone(), ServiceAddress::new())).collect();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut rollout = Self { workloads, pods: BTreeMap::new(), addresses, made: 0, folder };
        // Ports first, for everyone is told where the others are.
        let ports: Vec<_> = rollout.workloads.iter().map(|workload| (workload.name.clone(), Port::take())).collect();
        let mut at: BTreeMap<_, _> = ports.iter().map(|(name, port)| (name.clone(), port.address())).collect();
        at.extend(rollout.addresses.iter().map(|(name, address)| (name.clone(), address.port().address())));
        for (name, port) in ports {
            let workload = rollout.workload(&name);
            let data = rollout.data(&workload);
            let mut process = made(&workload, &port, &data, &at);
            process.start();
            ready(&workload, &mut process, &port).await;
            if let Some(address) = rollout.addresses.get_mut(&name) {
                address.lead_to(&[port.address()]);
            }
            rollout.pods.insert(name, Pod { process, port });
        }
        rollout
    }

    /// The workloads' names.
    pub fn names(&self) -> Vec<String> {
        self.workloads.iter().map(|workload| workload.name.clone()).collect()
    }

    /// Where a workload's Service is.
    pub fn url(&self, name: &str) -> String {
        format!("http://{}", self.at()[name])
    }

    fn at(&self) -> BTreeMap<String, String> {
        let mut at: BTreeMap<_, _> = self.pods.iter().map(|(name, pod)| (name.clone(), pod.port.address())).collect();
        at.extend(self.addresses.iter().map(|(name, address)| (name.clone(), address.port().address())));
        at
    }

    #[expect(clippy::expect_used, reason = "a story names what it has")]
    fn workload(&self, name: &str) -> Workload {
        self.workloads.iter().find(|workload| workload.name == name).expect("a workload of that name").clone()
    }

    /// A new version of a workload: its pod is replaced by another one.
    ///
    /// # Panics
    /// If the new one does not get ready, or the old one does not end in order and in time.
    pub async fn restart(&mut self, name: &str) {
        let workload = self.workload(name);
        if workload.overlaps { self.replace(&workload).await } else { self.recreate(&workload).await }
    }

    /// The new pod is ready before the old one goes.
    #[expect(clippy::expect_used, reason = "a story fails by panicking")]
    async fn replace(&mut self, workload: &Workload) {
        let name = &workload.name;
        let port = Port::take();
        let data = self.data(workload);
        let mut process = made(workload, &port, &data, &self.at());
        process.start();
        ready(workload, &mut process, &port).await;
        let new = port.address();
        let old = self.pods.insert(name.clone(), Pod { process, port }).expect("it ran");
        let address = self.addresses.get_mut(name).expect("it has an address");
        address.lead_to(&[old.port.address(), new.clone()]);
        tokio::time::sleep(LAG.min(workload.before_stop)).await; // why: nodes hear of its end late
        address.lead_to(&[new]);
        tokio::time::sleep(workload.before_stop.saturating_sub(LAG)).await; // why: the rest of its preStop
        end(workload, old.process).await;
    }

    /// The old pod has gone before the new one starts, on the same volume. Until it stops to listen it is still sent to: while
    /// no other pod is ready, those that are ending are.
    #[expect(clippy::expect_used, reason = "a story fails by panicking")]
    async fn recreate(&mut self, workload: &Workload) {
        let Pod { process, port } = self.pods.remove(&workload.name).expect("it ran");
        tokio::time::sleep(workload.before_stop).await; // why: its preStop
        let mut process = end(workload, process).await;
        process.start();
        ready(workload, &mut process, &port).await;
        self.pods.insert(workload.name.clone(), Pod { process, port });
    }

    /// A folder for its volume: its own for ever, or for this pod alone.
    #[expect(clippy::expect_used, reason = "a story without a folder fails")]
    fn data(&mut self, workload: &Workload) -> PathBuf {
        self.made += 1;
        let folder = self.folder.path().join(format!("{}-{}", workload.name, self.made));
        std::fs::create_dir(&folder).expect("a folder");
        folder
    }
}

/// A workload's container: what its image and manifest say, but for where things are.
fn made(workload: &Workload, port: &Port, data: &Path, at: &BTreeMap<String, String>) -> Process {
    if workload.image == "folkmoot/client" {
        let services: Vec<_> = at.iter().map(|(name, address)| (&**name, address.clone())).collect();
        let services: Vec<_> = services.into_iter().filter(|(name, _)| *name != workload.name).collect();
        return nginx::front(data, port, &services);
    }
    let name = workload.image.rsplit('/').next().unwrap_or_default();
    let mut process = container::process(name, name, &workload.arguments, &workload.environment, port.url(), data);
    process.replace(|variable, value| {
        if variable.ends_with("_ADDR") {
            return Some(port.address());
        }
        if variable == "FOLKMOOT_DATA_DIR" {
            return Some(data.display().to_string());
        }
        let host = value.strip_prefix("http://")?.split(':').next()?;
        at.get(host).map(|address| format!("http://{address}"))
    });
    process
}

/// Asks as the kubelet does, until it is ready.
async fn ready(workload: &Workload, process: &mut Process, port: &Port) {
    let http = client::http();
    let url = format!("{}/readyz", port.url());
    // The kubelet asks every second until it has started, and then at the readiness probe's own pace.
    process.ready().await;
    wait::until(&format!("{} to be ready", workload.name), async || {
        let ready = http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success());
        if !ready {
            tokio::time::sleep(workload.readiness_period).await; // why: the probe's own pace
        }
        ready.then_some(())
    })
    .await;
}

/// Ends it as the kubelet does, after the time before; it has ended by itself, in order, before it would be killed.
#[expect(clippy::expect_used, reason = "a story fails by panicking")]
async fn end(workload: &Workload, mut process: Process) -> Process {
    let left = workload.grace.saturating_sub(workload.before_stop);
    let status = tokio::time::timeout(left, process.stop()).await.expect("it ends before it would be killed");
    assert!(status.success(), "{}: {status}: {}", workload.name, process.log());
    process
}
