//! Every object fits the published schemas of the newest and the oldest Kubernetes that is supported, strictly: a field that
//! there is none of is an error.
//!
//! The schemas come with the Python package `kubernetes-validate`. What is no kind of Kubernetes itself is listed.

use std::io::Write as _;
use std::process::{Command, Output};

use e2e::cluster;
use serde_json::Value;

/// The minors that the Kubernetes project supports now (<https://kubernetes.io/releases/>), oldest and newest.
const MINORS: [&str; 2] = ["1.35", "1.37"];
/// Kinds that a cluster has only where somebody added them.
const FOREIGN: [&str; 1] = ["HTTPRoute"];

#[test]
fn every_object_fits_the_schemas_of_the_oldest_and_the_newest_kubernetes() {
    for overlay in cluster::overlays() {
        let objects = cluster::objects(&overlay);
        let known: Vec<_> =
            objects.iter().filter(|o| !FOREIGN.contains(&o["kind"].as_str().unwrap_or_default())).collect();
        assert!(known.len() >= 20, "{overlay}");
        for minor in MINORS {
            let output = validate(minor, &known.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n---\n"));
            let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{overlay} on {minor}: {told}");
            let passed = told.lines().filter(|line| line.contains(" passed for resource ")).count();
            assert_eq!(passed, known.len(), "{overlay} on {minor}: {told}");
        }
    }
}

/// The fields of an `HTTPRoute` by the Gateway API, v1 (<https://gateway-api.sigs.k8s.io/reference/spec/>), as far as one is
/// likely to be set: where it stands, and what may stand there.
const ROUTE: [(&str, &[&str]); 7] = [
    ("", &["parentRefs", "hostnames", "rules"]),
    ("parentRefs", &["group", "kind", "namespace", "name", "sectionName", "port"]),
    ("rules", &["name", "matches", "filters", "backendRefs", "timeouts"]),
    ("matches", &["path", "headers", "queryParams", "method"]),
    ("path", &["type", "value"]),
    ("backendRefs", &["group", "kind", "name", "namespace", "port", "weight", "filters"]),
    ("timeouts", &["request", "backendRequest"]),
];

#[test]
fn the_route_has_fields_of_the_gateway_api_and_leads_to_the_front_door() {
    let objects = cluster::objects("kind with every component");
    let route = cluster::of_kind(&objects, "HTTPRoute").next().expect("a route");
    assert_eq!(route["apiVersion"], "gateway.networking.k8s.io/v1");
    assert_eq!(unknown("", &route["spec"]), Vec::<String>::new());
    assert_eq!(unknown("", &serde_json::json!({ "rules": [{ "backendRef": [] }] })), ["rules.backendRef"]);
    let backend = &route["spec"]["rules"][0]["backendRefs"][0];
    let service =
        cluster::find(&objects, "Service", backend["name"].as_str().unwrap()).expect("a Service of that name");
    assert_eq!(service["spec"]["ports"][0]["port"], backend["port"]);
    assert_eq!(route["metadata"]["namespace"], service["metadata"]["namespace"]);
}

/// Fields that [`ROUTE`] does not have, in a part of a route.
fn unknown(at: &str, part: &Value) -> Vec<String> {
    let known = ROUTE.iter().find(|(place, _)| *place == at).map_or(&[][..], |(_, fields)| fields);
    let parts = part.as_array().map_or(std::slice::from_ref(part), Vec::as_slice);
    let fields = parts.iter().filter_map(Value::as_object).flatten();
    fields
        .flat_map(|(name, value)| {
            if !known.contains(&&**name) {
                return vec![format!("{at}.{name}")];
            }
            if ROUTE.iter().any(|(place, _)| place == name) { unknown(name, value) } else { Vec::new() }
        })
        .collect()
}

#[test]
fn a_field_that_there_is_none_of_and_a_value_of_the_wrong_type_are_errors() {
    let text = cluster::text("kind");
    assert!(validate(MINORS[1], &text).status.success());
    for (right, wrong) in [("runAsNonRoot: true", "runAsNonRot: true"), ("replicas: 1", "replicas: one")] {
        assert!(text.contains(right));
        assert!(!validate(MINORS[1], &text.replacen(right, wrong, 1)).status.success(), "{wrong}");
    }
}

#[expect(clippy::disallowed_methods, reason = "`cargo xtask test` says which Python has the schemas")]
fn validate(minor: &str, manifests: &str) -> Output {
    let python = std::env::var("FOLKMOOT_INTEROP_PYTHON")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../target/interop-venv/bin/python").to_owned());
    let mut file = tempfile::Builder::new().suffix(".yaml").tempfile().unwrap();
    file.write_all(manifests.as_bytes()).unwrap();
    let arguments = ["-m", "kubernetes_validate", "--strict", "-k", minor];
    Command::new(python).args(arguments).arg(file.path()).output().unwrap()
}
