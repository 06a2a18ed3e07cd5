//! Every object fits the published schemas of the newest and the oldest Kubernetes that is supported, strictly: a field that
//! there is none of is an error.
//!
//! The schemas come with the Python package `kubernetes-validate`. What is no kind of Kubernetes itself is listed.

use std::io::Write as _;
use std::process::{Command, Output};

use e2e::cluster;

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
