//! Every object of every overlay is as strict as it must be; and each rule speaks when it is broken.

use e2e::cluster::policy::check;
use e2e::cluster::{self, find, of_kind, text_at};
use serde_json::{Value, json};

#[test]
fn every_overlay_meets_the_policy() {
    for overlay in cluster::overlays() {
        let objects = cluster::objects(&overlay);
        assert!(of_kind(&objects, "Deployment").count() >= 6, "{overlay}");
        assert_eq!(check(&objects), Vec::<String>::new(), "{overlay}");
    }
}

#[test]
fn every_rule_speaks() {
    let objects = cluster::objects("kind");
    let pod = "/spec/template/spec";
    let container = "/spec/template/spec/containers/0";
    for (pointer, value, says) in [
        (format!("{pod}/hostNetwork"), json!(true), "shares a namespace"),
        (format!("{pod}/automountServiceAccountToken"), json!(true), "mounts a service account's token"),
        (format!("{pod}/serviceAccountName"), json!("default"), "default service account"),
        (format!("{pod}/enableServiceLinks"), json!(true), "variables about other services"),
        (format!("{pod}/securityContext/runAsNonRoot"), json!(false), "may run as root"),
        (format!("{pod}/securityContext/runAsUser"), json!(0), "no user of its own"),
        (format!("{pod}/securityContext/seccompProfile/type"), json!("Unconfined"), "no seccomp"),
        (format!("{pod}/securityContext/sysctls"), json!([{ "name": "x", "value": "1" }]), "sysctls"),
        (format!("{pod}/volumes/0"), json!({ "name": "x", "hostPath": { "path": "/" } }), "kind that is not allowed"),
        (format!("{container}/securityContext/allowPrivilegeEscalation"), json!(true), "may gain privileges"),
        (format!("{container}/securityContext/readOnlyRootFilesystem"), json!(false), "may write"),
        (format!("{container}/securityContext/privileged"), json!(true), "is privileged"),
        (format!("{container}/securityContext/capabilities/drop"), json!([]), "keeps capabilities"),
        (format!("{container}/securityContext/capabilities/add"), json!(["SYS_ADMIN"]), "adds capabilities"),
        (format!("{container}/ports/0/hostPort"), json!(80), "a port of its host"),
        (format!("{container}/image"), json!("folkmoot/posts:latest"), "no tag of its own"),
        (format!("{container}/image"), json!("localhost:5000/posts"), "no tag of its own"),
        (format!("{container}/resources/limits/memory"), Value::Null, "no resources.limits.memory"),
        (format!("{container}/resources/requests/cpu"), Value::Null, "no resources.requests.cpu"),
        (format!("{container}/readinessProbe/httpGet/path"), json!("/healthz"), "readiness probe does not ask"),
        (format!("{container}/livenessProbe/httpGet/path"), json!("/readyz"), "liveness probe does not ask"),
        (format!("{container}/startupProbe"), Value::Null, "startup probe does not ask"),
        (format!("{container}/livenessProbe/failureThreshold"), json!(1), "give up too soon"),
        (format!("{pod}/terminationGracePeriodSeconds"), json!(20), "too short"),
        (format!("{container}/lifecycle"), Value::Null, "too short"),
    ] {
        let mut broken = objects.clone();
        let deployment =
            broken.iter_mut().find(|o| o["kind"] == "Deployment" && o["metadata"]["name"] == "posts").unwrap();
        put(deployment, &pointer, value);
        let findings = check(&broken);
        assert!(findings.iter().any(|finding| finding.contains(says)), "{pointer}: {findings:?}");
    }
    for (kind, pointer, says) in [
        ("ServiceAccount", "/automountServiceAccountToken", "mounts its token"),
        ("Namespace", "/metadata/labels", "does not enforce"),
    ] {
        let mut broken = objects.clone();
        put(broken.iter_mut().find(|object| object["kind"] == kind).unwrap(), pointer, Value::Null);
        assert!(check(&broken).iter().any(|finding| finding.contains(says)), "{kind}");
    }
}

fn put(object: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = object.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer} is there"));
    match key.parse::<usize>() {
        Ok(index) => parent[index] = value,
        Err(_) => parent[key] = value,
    }
}

/// A change of a setting or of the token reaches every pod, for the names of both end in a digest of their content.
#[test]
fn settings_and_secrets_are_named_by_their_content() {
    let objects = cluster::objects("kind");
    for (kind, start) in [("ConfigMap", "settings-"), ("Secret", "bus-token-")] {
        let name = text_at(of_kind(&objects, kind).next().unwrap(), "/metadata/name");
        assert!(name.starts_with(start) && name.len() == start.len() + 10, "{name}");
    }
}

#[test]
fn no_secret_lies_in_the_repository_and_one_that_is_made_there_is_not_committed() {
    let root = cluster::folder().join("..");
    let git = |arguments: &[&str]| {
        let output = std::process::Command::new("git").arg("-C").arg(&root).args(arguments).output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    let (there, files) = git(&["ls-files"]);
    if there {
        let secret: Vec<_> =
            files.lines().filter(|file| file.contains("secrets.env") || file.contains("bus.token")).collect();
        assert_eq!(secret, Vec::<&str>::new());
        assert!(git(&["check-ignore", "--quiet", "k8s/overlays/kind/secrets.env"]).0);
        assert!(git(&["check-ignore", "--quiet", ".env"]).0);
    }
    let text = cluster::text("kind").replace(cluster::TOKEN, "");
    assert!(!text.contains("BEGIN "), "a key in a manifest");
}

/// Of what is written to a file there is one writer; of what is read there may be two for a moment.
#[test]
fn one_copy_writes_a_volume_and_readers_overlap() {
    let objects = cluster::objects("kind");
    for name in ["event-bus", "posts", "comments", "moderation"] {
        let deployment = find(&objects, "Deployment", name).unwrap();
        assert_eq!(deployment["spec"]["replicas"], 1, "{name}");
        assert_eq!(deployment["spec"]["strategy"]["type"], "Recreate", "{name}");
        let claim = text_at(deployment, "/spec/template/spec/volumes/0/persistentVolumeClaim/claimName");
        assert!(find(&objects, "PersistentVolumeClaim", claim).is_some(), "{name}: {claim}");
    }
    for name in ["query", "front"] {
        let strategy = &find(&objects, "Deployment", name).unwrap()["spec"]["strategy"];
        assert_eq!(strategy["rollingUpdate"], json!({ "maxSurge": 1, "maxUnavailable": 0 }), "{name}");
    }
    let service = find(&objects, "Service", "front").unwrap();
    let cluster: Value =
        serde_saphyr::from_str(&std::fs::read_to_string(cluster::folder().join("overlays/kind/cluster.yaml")).unwrap())
            .unwrap();
    let mapping = &cluster["nodes"][0]["extraPortMappings"][0];
    assert_eq!(mapping["containerPort"], service["spec"]["ports"][0]["nodePort"]);
    assert_eq!((&mapping["hostPort"], &mapping["listenAddress"]), (&json!(8080), &json!("127.0.0.1")));
}
