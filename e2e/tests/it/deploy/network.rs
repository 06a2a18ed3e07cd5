//! Who may talk to whom, by the network policies of each overlay; and that this is enough for everyone to do their work.

use std::collections::BTreeSet;

use e2e::cluster::network::{ANYONE, allowed};
use e2e::cluster::{self, find, list_at, workload};

/// The whole of it: what the picture in docs/deployment.md shows.
const PAIRS: [(&str, &str); 13] = [
    (ANYONE, "front"),
    ("front", "comments"),
    ("front", "event-bus"),
    ("front", "moderation"),
    ("front", "posts"),
    ("front", "query"),
    ("comments", "event-bus"),
    ("moderation", "event-bus"),
    ("posts", "event-bus"),
    ("query", "event-bus"),
    ("event-bus", "comments"),
    ("event-bus", "moderation"),
    ("event-bus", "posts"),
];

#[test]
fn the_front_door_and_the_bus_reach_the_services_and_nobody_else_does() {
    let expected: BTreeSet<_> = PAIRS.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
    for overlay in cluster::overlays() {
        assert_eq!(allowed(&cluster::objects(&overlay)), expected, "{overlay}");
    }
}

#[test]
fn without_a_policy_everything_is_open_and_a_lost_rule_is_noticed() {
    let mut objects = cluster::objects("kind");
    objects.retain(|object| object["kind"] != "NetworkPolicy" || object["metadata"]["name"] != "writers");
    assert!(!allowed(&objects).contains(&("front".to_owned(), "posts".to_owned())));
    objects.retain(|object| object["kind"] != "NetworkPolicy");
    assert!(allowed(&objects).contains(&(ANYONE.to_owned(), "event-bus".to_owned())));
}

/// Each address that a setting names is a Service of the overlay, whose pods listen there, and the policies let it through.
#[test]
fn what_a_service_is_told_to_call_is_there_and_may_be_called() {
    for overlay in cluster::overlays() {
        let objects = cluster::objects(&overlay);
        let (workloads, pairs) = (workload::all(&objects), allowed(&objects));
        let mut checked = 0;
        for workload in &workloads {
            for (variable, url) in workload.environment.iter().filter(|(name, _)| name.ends_with("_URL")) {
                let (host, port) =
                    url.strip_prefix("http://").and_then(|rest| rest.split_once(':')).expect("host and port");
                let service =
                    find(&objects, "Service", host).unwrap_or_else(|| panic!("{variable}: no Service {host}"));
                assert_eq!(service["spec"]["ports"][0]["port"].to_string(), port, "{overlay}: {variable}");
                let target = workloads.iter().find(|target| target.name == host).expect("a Deployment of that name");
                assert_eq!(target.port.to_string(), port, "{overlay}: {variable}");
                let labels =
                    find(&objects, "Deployment", host).unwrap()["spec"]["template"]["metadata"]["labels"].clone();
                let selector = service["spec"]["selector"].as_object().unwrap();
                assert!(selector.iter().all(|(key, value)| labels[key] == *value), "{overlay}: {host} selects nothing");
                // Its own URL is for the bus, which pushes to it.
                let caller = if host == workload.name { "event-bus" } else { &workload.name };
                let pair = (caller.to_owned(), host.to_owned());
                assert!(pairs.contains(&pair), "{overlay}: {pair:?} for {variable}");
                checked += 1;
            }
        }
        assert_eq!(checked, 7, "{overlay}: three services and query name the bus, three name themselves");
    }
}

/// nginx looks up at its start what its image's upstreams.conf names.
#[test]
fn what_the_front_door_passes_to_is_a_service() {
    let upstreams = std::fs::read_to_string(e2e::nginx::configuration().join("upstreams.conf")).unwrap();
    let objects = cluster::objects("kind");
    let servers: Vec<_> = upstreams
        .lines()
        .filter_map(|line| line.trim().strip_prefix("server "))
        .filter_map(|rest| rest.split([' ', ';']).next()?.split_once(':'))
        .collect();
    assert_eq!(servers.len(), 5);
    for (host, port) in servers {
        let service = find(&objects, "Service", host).unwrap_or_else(|| panic!("no Service {host}"));
        assert!(
            list_at(service, "/spec/ports").iter().any(|one| one["port"].as_u64() == port.parse().ok()),
            "{host}:{port}"
        );
    }
}
