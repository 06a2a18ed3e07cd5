//! What every object must be, whatever overlay it comes from: the restricted Pod Security Standard, probes and limits,
//! images by a tag of their own, no token of Kubernetes where none is used, an end that is longer than the drain.
//!
//! The standard is that of Kubernetes' documentation ("Pod Security Standards", level restricted), without what only older
//! versions or Windows have.

use std::time::Duration;

use serde_json::Value;

use super::workload::{self, Workload};
use super::{list_at, of_kind, text_at};

/// What a service takes to end its tasks after the drain (`chassis::service`).
const LAST_TASKS: Duration = Duration::from_secs(5);
/// The front door's drain: `worker_shutdown_timeout`.
const FRONT_DRAIN: Duration = Duration::from_secs(10);
/// Kinds of volumes that the restricted standard has.
const VOLUMES: [&str; 7] =
    ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected"];
/// What the standard takes no value for but the absence of it.
const HOST: [&str; 3] = ["hostNetwork", "hostPID", "hostIPC"];

/// Everything that is not as it must be, by object.
pub fn check(objects: &[Value]) -> Vec<String> {
    let mut findings = Vec::new();
    for deployment in of_kind(objects, "Deployment") {
        let name = text_at(deployment, "/metadata/name");
        let pod = &deployment["spec"]["template"]["spec"];
        let mut found = pod_is_restricted(pod);
        for container in list_at(pod, "/containers").iter().chain(list_at(pod, "/initContainers")) {
            found.extend(container_is_restricted(container));
            found.extend(image_is_named(text_at(container, "/image")));
            found.extend(resources_are_bounded(container));
        }
        found.extend(list_at(pod, "/containers").iter().flat_map(probes_ask_for_what_they_mean));
        findings.extend(found.into_iter().map(|text| format!("Deployment {name}: {text}")));
    }
    findings.extend(workload::all(objects).iter().filter_map(end_is_long_enough));
    findings.extend(accounts_have_no_token(objects));
    findings.extend(namespaces_enforce(objects));
    findings
}

fn pod_is_restricted(pod: &Value) -> Vec<String> {
    let mut findings = Vec::new();
    let mut must = |holds: bool, says: &str| {
        if !holds {
            findings.push(says.to_owned());
        }
    };
    must(HOST.iter().all(|field| pod[field].is_null()), "shares a namespace with its host");
    must(pod["automountServiceAccountToken"] == false, "mounts a service account's token");
    must(!["", "default"].contains(&text_at(pod, "/serviceAccountName")), "runs under the default service account");
    must(pod["enableServiceLinks"] == false, "gets variables about other services");
    must(pod["securityContext"]["runAsNonRoot"] == true, "may run as root");
    must(pod["securityContext"]["runAsUser"].as_u64().is_some_and(|user| user >= 1000), "has no user of its own");
    let seccomp = text_at(pod, "/securityContext/seccompProfile/type");
    must(matches!(seccomp, "RuntimeDefault" | "Localhost"), "has no seccomp profile");
    must(pod["securityContext"]["sysctls"].is_null(), "sets sysctls");
    for volume in list_at(pod, "/volumes") {
        let kinds = volume.as_object().into_iter().flat_map(|fields| fields.keys()).filter(|key| *key != "name");
        must(kinds.clone().count() == 1, "has a volume of no kind, or of two");
        must(kinds.into_iter().all(|kind| VOLUMES.contains(&&**kind)), "has a volume of a kind that is not allowed");
    }
    findings
}

fn container_is_restricted(container: &Value) -> Vec<String> {
    let context = &container["securityContext"];
    let mut findings = Vec::new();
    let mut must = |holds: bool, says: &str| {
        if !holds {
            findings.push(says.to_owned());
        }
    };
    must(context["allowPrivilegeEscalation"] == false, "may gain privileges");
    must(context["readOnlyRootFilesystem"] == true, "may write to its root file system");
    must(context["privileged"].is_null() || context["privileged"] == false, "is privileged");
    must(context["runAsNonRoot"].is_null() || context["runAsNonRoot"] == true, "may run as root");
    must(context["runAsUser"].is_null() || context["runAsUser"].as_u64().is_some_and(|user| user > 0), "runs as root");
    must(list_at(context, "/capabilities/drop").iter().any(|one| one == "ALL"), "keeps capabilities");
    must(list_at(context, "/capabilities/add").iter().all(|one| one == "NET_BIND_SERVICE"), "adds capabilities");
    must(list_at(container, "/ports").iter().all(|port| port["hostPort"].is_null()), "takes a port of its host");
    findings
}

/// An image by a tag that means one thing, or by its digest.
fn image_is_named(image: &str) -> Option<String> {
    let digest = image.contains("@sha256:");
    let tag = image.rsplit('/').next().and_then(|last| last.split_once(':')).map_or("", |(_, tag)| tag);
    (!digest && (tag.is_empty() || tag == "latest")).then(|| format!("its image {image:?} has no tag of its own"))
}

fn resources_are_bounded(container: &Value) -> Vec<String> {
    let resources = &container["resources"];
    let missing = ["/requests/cpu", "/requests/memory", "/limits/memory", "/limits/cpu"]
        .into_iter()
        .filter(|pointer| resources.pointer(pointer).is_none_or(Value::is_null));
    missing.map(|pointer| format!("has no resources{}", pointer.replace('/', "."))).collect()
}

/// Readiness asks whether it may be sent requests, liveness and startup only whether it answers; and a start may take longer
/// than what liveness would take for a hang.
fn probes_ask_for_what_they_mean(container: &Value) -> Vec<String> {
    let patience =
        |probe: &Value| probe["periodSeconds"].as_u64().unwrap_or(10) * probe["failureThreshold"].as_u64().unwrap_or(3);
    let (startup, readiness, liveness) =
        (&container["startupProbe"], &container["readinessProbe"], &container["livenessProbe"]);
    let mut findings = Vec::new();
    for (name, probe, path) in
        [("startup", startup, "/healthz"), ("readiness", readiness, "/readyz"), ("liveness", liveness, "/healthz")]
    {
        if text_at(probe, "/httpGet/path") != path {
            findings.push(format!("its {name} probe does not ask for {path}"));
        }
        let port = text_at(probe, "/httpGet/port");
        if !list_at(container, "/ports").iter().any(|known| known["name"] == port) {
            findings.push(format!("its {name} probe asks at a port that it does not have"));
        }
    }
    if patience(startup) < 60 || patience(liveness) < 20 {
        findings.push("its probes give up too soon".to_owned());
    }
    findings
}

/// The time before it is killed is longer than all that it does before it ends.
fn end_is_long_enough(workload: &Workload) -> Option<String> {
    let set = workload.environment.get("FOLKMOOT_DRAIN").and_then(|text| chassis::config::duration(text).ok());
    let drain = set.unwrap_or(FRONT_DRAIN);
    let needed = workload.before_stop + drain + LAST_TASKS;
    let fine = !workload.before_stop.is_zero() && workload.grace > needed;
    (!fine)
        .then(|| format!("Deployment {}: {:?} are too short for an end of {needed:?}", workload.name, workload.grace))
}

fn accounts_have_no_token(objects: &[Value]) -> Vec<String> {
    of_kind(objects, "ServiceAccount")
        .filter(|account| account["automountServiceAccountToken"] != false)
        .map(|account| format!("ServiceAccount {}: mounts its token", text_at(account, "/metadata/name")))
        .collect()
}

fn namespaces_enforce(objects: &[Value]) -> Vec<String> {
    let label = "/metadata/labels/pod-security.kubernetes.io~1enforce";
    of_kind(objects, "Namespace")
        .filter(|namespace| text_at(namespace, label) != "restricted")
        .map(|namespace| format!("Namespace {}: does not enforce the standard", text_at(namespace, "/metadata/name")))
        .collect()
}
