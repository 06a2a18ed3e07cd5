//! `cargo xtask kind` with made-up programs that write down how they were called: what it asks of them, in which order, and
//! what a person is told where one of them fails.

use std::fs;

use crate::machine::Machine;

/// Begins every made-up program: notes the call beside it, and what kind is told of the engine.
const NOTE: &str = r#"here="${0%/*}"; name="${0##*/}"
echo "${KIND_EXPERIMENTAL_PROVIDER:+provider=$KIND_EXPERIMENTAL_PROVIDER }$name $*" >> "$here/calls""#;
/// A kind that has a cluster once it made one.
const KIND: &str = r#"case "$1 $2" in
    "get clusters") echo other; if [ -e "$here/made" ]; then echo folkmoot; fi ;;
    "create cluster") : > "$here/made" ;;
esac"#;
/// A kubectl to which things are applied as they come.
const KUBECTL: &str = r#"case "$*" in
    *" get deployments "*) if [ -e "$here/applied" ]; then echo deployment.apps/posts; fi ;;
    *" apply -k "*) : > "$here/applied" ;;
    *" get pods "*) echo "posts-7d9 0/1 CrashLoopBackOff" ;;
esac"#;
/// A Docker that answers, and builds nothing.
const DOCKER: &str = r#"case "$1" in
    --version) echo "Docker version 28.1.1, build 4eba377" ;;
    build | buildx) exit 1 ;;
esac"#;

const KUBECTL_ON: &str = "kubectl --context kind-folkmoot";
const NAMES: [&str; 6] = ["event-bus", "posts", "comments", "query", "moderation", "client"];
const WAITED_FOR: [&str; 6] = ["event-bus", "posts", "comments", "moderation", "query", "front"];

/// A machine with these programs, and an overlay beside them.
fn machine(name: &str, programs: &[(&str, &str)]) -> Machine {
    let with = |machine: Machine, &(name, script): &(&str, &str)| machine.with(name, &format!("{NOTE}\n{script}"));
    let machine = programs.iter().fold(Machine::new(&format!("kind-{name}")), with);
    fs::create_dir(machine.folder().join("ours")).unwrap();
    for file in ["cluster.yaml", "kustomization.yaml"] {
        fs::write(machine.folder().join("ours").join(file), "").unwrap();
    }
    machine
}

/// One that has everything.
fn complete(name: &str) -> Machine {
    machine(name, &[("kind", KIND), ("kubectl", KUBECTL), ("docker", DOCKER)])
}

/// Runs `kind up` on the overlay beside the programs, with images that are there already.
fn up(machine: &Machine) -> (bool, String) {
    machine.xtask(&["kind", "up", "--no-build", "--overlay", "ours"], "")
}

/// How the programs were called since the last look, without the looks at what is there.
fn calls(machine: &Machine) -> Vec<String> {
    let noted = machine.folder().join("calls");
    let calls = fs::read_to_string(&noted).unwrap_or_default();
    drop(fs::remove_file(noted));
    let asks = ["version", "--version", "info", "get clusters", "get deployments", "get --raw"];
    let does = |call: &&str| !asks.iter().any(|ask| call.contains(&format!(" {ask}")));
    calls.lines().filter(does).map(str::to_owned).collect()
}

fn load() -> String {
    format!("kind load docker-image --name folkmoot {}", NAMES.map(|name| format!("folkmoot/{name}:dev")).join(" "))
}

fn waits() -> [String; 6] {
    WAITED_FOR.map(|name| format!("{KUBECTL_ON} -n folkmoot rollout status deployment/{name} --timeout=180s"))
}

#[test]
fn everything_that_is_missing_is_named_at_once_and_nothing_is_done() {
    let nothing = Machine::new("kind-nothing");
    let (success, printed) = nothing.xtask(&["kind", "up", "--overlay", "ours"], "");
    assert!(!success, "{printed}");
    for said in [
        "- kind: https://kind.sigs.k8s.io/",
        "- kubectl: https://kubernetes.io/",
        "- a container engine that answers: start Docker or Podman",
        "- ours/cluster.yaml",
        "- ours/kustomization.yaml",
    ] {
        assert!(printed.contains(said), "{said}: {printed}");
    }

    let asleep = machine("asleep", &[("kind", KIND), ("docker", "[ $1 != info ]")]);
    let (success, printed) = up(&asleep);
    assert!(!success, "{printed}");
    assert!(printed.contains("- kubectl: ") && printed.contains("- a container engine that answers: "), "{printed}");
    assert!(!printed.contains("- kind: ") && !printed.contains("- ours"), "what is there is not named: {printed}");
    assert_eq!(calls(&asleep), [""; 0]);
    assert!(!asleep.folder().join("ours/secrets.env").exists());
}

#[test]
fn up_makes_the_cluster_and_brings_it_what_it_needs_in_this_order() {
    let machine = complete("up");
    let (success, printed) = up(&machine);
    assert!(success, "{printed}");
    let expected = [
        vec!["kind create cluster --name folkmoot --config ours/cluster.yaml".to_owned(), load()],
        vec![format!("{KUBECTL_ON} apply -k ours")],
        waits().to_vec(),
    ];
    assert_eq!(calls(&machine), expected.concat());

    let secrets = fs::read_to_string(machine.folder().join("ours/secrets.env")).unwrap();
    let token = secrets.trim_end().strip_prefix("FOLKMOOT_BUS_TOKEN=").unwrap();
    assert_eq!(token.len(), 64);
    assert!(!printed.contains(token), "the token is never printed");
    assert!(printed.contains("The board is up: http://localhost:8080\n"), "{printed}");
    assert!(printed.contains("get secret -l app.kubernetes.io/part-of=folkmoot -o jsonpath="), "{printed}");
}

#[test]
fn up_again_keeps_the_cluster_and_the_token_and_starts_anew_what_runs() {
    let machine = complete("again");
    assert!(up(&machine).0);
    let secrets = || fs::read_to_string(machine.folder().join("ours/secrets.env")).unwrap();
    let (before, _) = (secrets(), calls(&machine));
    let (success, printed) = up(&machine);
    assert!(success, "{printed}");
    let restart = WAITED_FOR.map(|name| format!("deployment/{name}")).join(" ");
    let expected = [
        vec![load(), format!("{KUBECTL_ON} apply -k ours")],
        vec![format!("{KUBECTL_ON} -n folkmoot rollout restart {restart}")],
        waits().to_vec(),
    ];
    assert_eq!(calls(&machine), expected.concat());
    assert_eq!(secrets(), before);
}

#[test]
fn a_cluster_that_kubectl_does_not_know_is_made_known_and_one_that_is_broken_is_named() {
    let learns = r#"case "$*" in *" get --raw /readyz "*) [ -e "$here/known" ] ;; esac"#;
    for (name, export, succeeds) in [("unknown", r#": > "$here/known""#, true), ("broken", "exit 0", false)] {
        let kind = format!(r#"case "$1" in get) echo folkmoot ;; export) {export} ;; esac"#);
        let machine = machine(name, &[("kind", &kind), ("kubectl", learns), ("docker", DOCKER)]);
        let (success, printed) = up(&machine);
        assert_eq!(success, succeeds, "{printed}");
        let calls = calls(&machine);
        assert_eq!(calls[0], "kind export kubeconfig --name folkmoot");
        assert_eq!(calls.len() > 1, succeeds, "{calls:?}");
        assert_eq!(printed.contains("is there but does not answer"), !succeeds, "{printed}");
    }
}

#[test]
fn images_that_cannot_be_built_stop_it_before_anything_is_loaded() {
    let machine = complete("unbuilt");
    let (success, printed) = machine.xtask(&["kind", "up", "--overlay", "ours"], "");
    assert!(!success, "{printed}");
    let header = printed.lines().find(|line| line.starts_with("== images: ")).unwrap();
    assert!(header.ends_with(" images --tag dev event-bus posts comments query moderation client"), "{header}");
    assert!(printed.contains("Error: the images could not be built"), "{printed}");
    let calls = calls(&machine);
    assert!(calls[0].starts_with("kind create cluster") && !calls.contains(&load()), "{calls:?}");
}

#[test]
fn with_podman_the_images_get_their_full_names_and_go_through_a_file() {
    let podman_as_docker = r#"[ "$1" = --version ] && echo "podman version 5.4.0"; exit 0"#;
    for (name, docker) in [("podman", "exit 1"), ("podman-docker", podman_as_docker)] {
        let machine = machine(name, &[("kind", KIND), ("kubectl", KUBECTL), ("docker", docker), ("podman", "exit 0")]);
        let (success, printed) = up(&machine);
        assert!(success, "{printed}");
        let calls = calls(&machine);
        assert!(calls[0].starts_with("provider=podman kind create cluster --name folkmoot"), "{calls:?}");
        for (call, name) in calls[1..7].iter().zip(NAMES) {
            assert_eq!(call, &format!("podman tag localhost/folkmoot/{name}:dev docker.io/folkmoot/{name}:dev"));
        }
        let saved = calls[7].strip_prefix("podman save --multi-image-archive --output ").unwrap();
        let (archive, images) = saved.split_once(' ').unwrap();
        assert_eq!(images, NAMES.map(|name| format!("docker.io/folkmoot/{name}:dev")).join(" "));
        assert_eq!(calls[8], format!("provider=podman kind load image-archive --name folkmoot {archive}"));
    }
}

#[test]
fn a_part_that_does_not_become_ready_is_shown_with_the_pods_and_its_last_words() {
    let stuck = format!("{KUBECTL}\ncase \"$*\" in *\"rollout status deployment/posts \"*) exit 1 ;; esac");
    let machine = machine("stuck", &[("kind", KIND), ("kubectl", &stuck), ("docker", DOCKER)]);
    let (success, printed) = up(&machine);
    assert!(!success, "{printed}");
    let calls = calls(&machine);
    let failed = calls.iter().position(|call| *call == waits()[1]).unwrap();
    let looks = [
        "get pods --output=wide",
        "get events --field-selector=type=Warning --sort-by=.lastTimestamp",
        "logs deployment/posts --all-containers --tail=20",
    ]
    .map(|look| format!("{KUBECTL_ON} -n folkmoot {look}"));
    assert_eq!(calls[failed + 1..], looks, "and no other part is waited for");
    assert!(printed.contains("posts-7d9 0/1 CrashLoopBackOff"), "{printed}");
    assert!(printed.contains("Error: posts did not become ready"), "{printed}");
    assert!(!printed.contains("The board is up"), "{printed}");
}

#[test]
fn a_step_that_fails_stops_the_rest_and_says_what_to_do() {
    for (fails, says, done) in [
        ("kind create", "the cluster could not be made", 1),
        ("kind load", "the images are not in the cluster; `cargo xtask images --tag dev` builds them", 2),
        ("kubectl --context kind-folkmoot apply", "the cluster did not take ours as it is", 3),
    ] {
        let script = |then: &str| format!("case \"$name $*\" in \"{fails} \"*) exit 1 ;; esac\n{then}");
        let programs = [("kind", script(KIND)), ("kubectl", script(KUBECTL)), ("docker", DOCKER.to_owned())];
        let machine = machine("fails", &programs.each_ref().map(|(name, script)| (*name, &**script)));
        let (success, printed) = up(&machine);
        assert!(!success && printed.contains(&format!("Error: {says}")), "{printed}");
        let calls = calls(&machine);
        assert!(calls.len() == done && calls[done - 1].starts_with(fails), "{calls:?}");
    }
}

#[test]
fn down_deletes_the_cluster_without_kubectl_and_keeps_the_token() {
    let machine = machine("down", &[("kind", KIND), ("docker", DOCKER)]);
    fs::write(machine.folder().join("ours/secrets.env"), "FOLKMOOT_BUS_TOKEN=x\n").unwrap();
    let (success, printed) = machine.xtask(&["kind", "down"], "");
    assert!(success, "{printed}");
    assert_eq!(calls(&machine), ["kind delete cluster --name folkmoot"]);
    assert!(printed.contains("all data of the board, go with it"), "{printed}");
    assert!(machine.folder().join("ours/secrets.env").exists());

    let machine = self::machine("down-fails", &[("kind", "[ $1 != delete ]"), ("docker", DOCKER)]);
    let (success, printed) = machine.xtask(&["kind", "down"], "");
    assert!(!success && printed.contains("Error: the cluster could not be deleted"), "{printed}");
}
