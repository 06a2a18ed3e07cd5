//! Who may talk to whom by an overlay's network policies, within its namespace and from outside of it.
//!
//! As the API says (`networking.k8s.io/v1`): a pod that a policy selects for a direction takes only what some policy of that
//! direction allows; a connection needs both ends' consent.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{list_at, of_kind, text_at};

/// Who connects, where it is no pod of the board.
pub const ANYONE: &str = "anyone";

/// Every pair (from, to) of workloads that may connect, at the port of the second. [`ANYONE`] stands for what is outside.
pub fn allowed(objects: &[Value]) -> BTreeSet<(String, String)> {
    let deployments: Vec<_> = of_kind(objects, "Deployment").collect();
    let mut pairs = BTreeSet::new();
    for to in &deployments {
        for from in deployments.iter().filter(|from| name(from) != name(to)) {
            let (Some(sender), Some(receiver)) = (labels(from), labels(to)) else { continue };
            let port = port_name(to);
            if consents(objects, "Egress", sender, Some(receiver), port)
                && consents(objects, "Ingress", receiver, Some(sender), port)
            {
                pairs.insert((name(from), name(to)));
            }
        }
        if labels(to).is_some_and(|receiver| consents(objects, "Ingress", receiver, None, port_name(to))) {
            pairs.insert((ANYONE.to_owned(), name(to)));
        }
    }
    pairs
}

fn name(deployment: &Value) -> String {
    text_at(deployment, "/metadata/name").to_owned()
}

fn labels(deployment: &Value) -> Option<&Value> {
    deployment.pointer("/spec/template/metadata/labels")
}

fn port_name(deployment: &Value) -> &str {
    text_at(deployment, "/spec/template/spec/containers/0/ports/0/name")
}

/// Whether the pod with these labels takes connections in this direction with the other one; `None` is no pod of the
/// namespace.
fn consents(objects: &[Value], direction: &str, pod: &Value, other: Option<&Value>, port: &str) -> bool {
    let (rules, peers) = if direction == "Ingress" { ("/spec/ingress", "/from") } else { ("/spec/egress", "/to") };
    let mut selecting = of_kind(objects, "NetworkPolicy")
        .filter(|policy| list_at(policy, "/spec/policyTypes").iter().any(|one| one == direction))
        .filter(|policy| selects(&policy["spec"]["podSelector"], pod))
        .peekable();
    let free = selecting.peek().is_none();
    free || selecting.flat_map(|policy| list_at(policy, rules)).any(|rule| {
        let ports = list_at(rule, "/ports");
        let port_fits = ports.is_empty() || ports.iter().any(|one| one["port"] == port);
        let who = list_at(rule, peers);
        port_fits && (who.is_empty() || who.iter().any(|peer| is_peer(peer, other)))
    })
}

fn is_peer(peer: &Value, other: Option<&Value>) -> bool {
    other.is_some_and(|other| peer["namespaceSelector"].is_null() && selects(&peer["podSelector"], other))
}

/// A label selector; one that says nothing selects everything.
fn selects(selector: &Value, labels: &Value) -> bool {
    let equal = selector["matchLabels"].as_object().into_iter().flatten().all(|(key, value)| labels[key] == *value);
    let expressions = list_at(selector, "/matchExpressions").iter().all(|expression| {
        let label = &labels[text_at(expression, "/key")];
        let among = list_at(expression, "/values").contains(label);
        match text_at(expression, "/operator") {
            "In" => among,
            "NotIn" => !among,
            "Exists" => !label.is_null(),
            _ => label.is_null(),
        }
    });
    equal && expressions
}
