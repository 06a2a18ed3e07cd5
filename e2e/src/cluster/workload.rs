//! A Deployment as the kubelet would start it: its environment, with what config maps and secrets bring, and the timings
//! of its beginning and end.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{find, list_at, of_kind, text_at};

/// One Deployment of an overlay.
#[derive(Debug, Clone)]
pub struct Workload {
    /// Its name.
    pub name: String,
    /// The image's name, without the tag: `folkmoot/posts`.
    pub image: String,
    /// What its command line has after the image's own.
    pub arguments: Vec<String>,
    /// Every variable that its container gets from the manifest.
    pub environment: BTreeMap<String, String>,
    /// The port that it is reached at.
    pub port: u16,
    /// Where volumes are mounted.
    pub mounts: Vec<String>,
    /// Whether a new pod is ready before the old one goes; else the old one has gone before the new one starts.
    pub overlaps: bool,
    /// How long it goes on after it was taken off its Service.
    pub before_stop: Duration,
    /// How long it then has before it is killed; the time before is part of it.
    pub grace: Duration,
    /// How often it is asked whether it is ready.
    pub readiness_period: Duration,
}

/// Every workload of an overlay.
pub fn all(objects: &[Value]) -> Vec<Workload> {
    of_kind(objects, "Deployment").map(|deployment| read(objects, deployment)).collect()
}

fn read(objects: &[Value], deployment: &Value) -> Workload {
    let pod = &deployment["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    let seconds = |value: &Value| Duration::from_secs(value.as_u64().unwrap_or_default());
    let image = text_at(container, "/image");
    let port = container["ports"][0]["containerPort"].as_u64().and_then(|port| u16::try_from(port).ok());
    Workload {
        name: text_at(deployment, "/metadata/name").to_owned(),
        image: image.rsplit_once(':').map_or(image, |(name, _)| name).to_owned(),
        arguments: list_at(container, "/args").iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        environment: environment(objects, container),
        port: port.unwrap_or_default(),
        mounts: list_at(container, "/volumeMounts")
            .iter()
            .map(|mount| text_at(mount, "/mountPath").to_owned())
            .collect(),
        overlaps: deployment["spec"]["strategy"]["type"] != "Recreate",
        before_stop: seconds(&container["lifecycle"]["preStop"]["sleep"]["seconds"]),
        grace: seconds(&pod["terminationGracePeriodSeconds"]),
        readiness_period: seconds(&container["readinessProbe"]["periodSeconds"]),
    }
}

/// What `envFrom` and `env` come to. A name that leads nowhere is no variable, which the tests of settings notice.
fn environment(objects: &[Value], container: &Value) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    for source in list_at(container, "/envFrom") {
        let map = find(objects, "ConfigMap", text_at(source, "/configMapRef/name"));
        let entries = map.and_then(|map| map["data"].as_object()).into_iter().flatten();
        variables.extend(entries.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())));
    }
    for entry in list_at(container, "/env") {
        let value = match entry["value"].as_str() {
            Some(value) => Some(value.to_owned()),
            None => secret(objects, &entry["valueFrom"]["secretKeyRef"]),
        };
        if let Some(value) = value {
            variables.insert(text_at(entry, "/name").to_owned(), value);
        }
    }
    variables
}

fn secret(objects: &[Value], reference: &Value) -> Option<String> {
    let found = find(objects, "Secret", text_at(reference, "/name"))?;
    let encoded = found["data"].get(reference["key"].as_str()?)?.as_str()?;
    // kustomize breaks it into lines.
    let encoded: String = encoded.split_whitespace().collect();
    String::from_utf8(STANDARD.decode(encoded).ok()?).ok()
}
