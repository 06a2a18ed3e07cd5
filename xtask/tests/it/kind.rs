//! `cargo xtask kind` with made-up programs that write down how they were called: what it asks of them, in which order, and
//! what a person is told where one of them fails.

use std::fs;

use crate::machine::Machine;

/// Begins every made-up program: notes the call beside it, and what kind is told of the engine.
const NOTE: &str = r#"here="${0%/*}"; name="${0##*/}"
printf '%s\n' "${KIND_EXPERIMENTAL_PROVIDER:+provider=$KIND_EXPERIMENTAL_PROVIDER }$name $*" >> "$here/calls""#;
/// A kind that has a cluster once it made one.
const KIND: &str = r#"case "$1 $2" in
    "get clusters") echo other; if [ -e "$here/made" ]; then echo folkmoot; fi ;;
    "create cluster") : > "$here/made" ;;
esac"#;
/// A kubectl to which things are applied as they come, and a cluster that is whole.
const KUBECTL: &str = r#"case "$*" in
    *" get deployments "*) for part in event-bus posts comments moderation query front; do
        if [ -e "$here/applied" ]; then noted=; [ -e "$here/noted-$part" ] && read -r noted < "$here/noted-$part"; echo "$part $noted"; fi
    done ;;
    *" annotate "*) echo "${8#folkmoot/image=}" > "$here/noted-${7#deployment/}" ;;
    *" apply -k "*) : > "$here/applied" ;;
    *" get pods --output=wide") echo "posts-7d9 0/1 CrashLoopBackOff" ;;
    *" get pods "*) echo "Pod/posts-7d9" ;;
    *" get events "*) printf 'Pod/posts-7d9\tt BackOff: restarting\nPod/posts-old\tt Failed: gone\n' ;;
    *" get storageclasses "*) echo "standard true" ;;
    *" get deployment/event-bus "*) echo bus-token-5m2k9tg4d8 ;;
    *" get secrets "*) echo secret/bus-token-5m2k9tg4d8; echo secret/mail; [ -e "$here/former" ] && echo secret/bus-token-f7h6k5b4c2 ;;
esac"#;
/// A Docker that answers, and builds nothing.
const DOCKER: &str = r#"case "$1" in
    --version) echo "Docker version 28.1.1, build 4eba377" ;;
    build | buildx) exit 1 ;;
    image) image="${5#folkmoot/}"; image="${image%:dev}"; id=1; [ -e "$here/id-$image" ] && read -r id < "$here/id-$image"; echo "sha256:$image-$id" ;;
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
    let asks = [
        "version",
        "--version",
        "info",
        "get clusters",
        "get deployment",
        "get --raw",
        "get storageclasses",
        "get secrets",
        "image inspect",
        "-n folkmoot annotate",
    ];
    let does = |call: &&str| !asks.iter().any(|ask| call.contains(&format!(" {ask}")));
    calls.lines().filter(does).map(str::to_owned).collect()
}

fn load() -> String {
    format!("kind load docker-image --name folkmoot {}", NAMES.map(|name| format!("folkmoot/{name}:dev")).join(" "))
}

/// What is looked at before anything is brought to the cluster.
fn is_whole() -> Vec<String> {
    vec![
        format!("{KUBECTL_ON} wait --for=condition=Ready nodes --all --timeout=120s"),
        format!("{KUBECTL_ON} -n kube-system rollout status deployment/coredns --timeout=120s"),
    ]
}

fn wait(name: &str) -> String {
    format!("{KUBECTL_ON} -n folkmoot rollout status deployment/{name} --timeout=180s")
}

/// What is brought to a cluster in which the board runs, where these images have changed.
fn one_after_the_other(changed: &[&str]) -> Vec<String> {
    let apply = |which: &str| format!("{KUBECTL_ON} apply -k ours -l app.kubernetes.io/name{which}");
    let mut calls = vec![apply(" notin (event-bus,posts,comments,moderation,query,front)")];
    for name in WAITED_FOR {
        calls.push(apply(&format!("={name}")));
        if changed.contains(&name) {
            calls.push(format!("{KUBECTL_ON} -n folkmoot rollout restart deployment/{name}"));
        }
        calls.push(wait(name));
    }
    calls
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
        vec!["kind create cluster --name folkmoot --config ours/cluster.yaml".to_owned()],
        is_whole(),
        vec![load(), format!("{KUBECTL_ON} apply -k ours")],
        WAITED_FOR.map(wait).to_vec(),
    ];
    assert_eq!(calls(&machine), expected.concat());

    let secrets = fs::read_to_string(machine.folder().join("ours/secrets.env")).unwrap();
    let token = secrets.trim_end().strip_prefix("FOLKMOOT_BUS_TOKEN=").unwrap();
    assert_eq!(token.len(), 64);
    assert!(!printed.contains(token), "the token is never printed");
    assert!(printed.contains("The board is up: http://localhost:8080\n"), "{printed}");
    let read = "get secret bus-token-5m2k9tg4d8 -o jsonpath='{.data.FOLKMOOT_BUS_TOKEN}' | base64 -d";
    assert!(printed.contains(read), "{printed}");
}

#[test]
fn up_again_keeps_the_cluster_and_the_token_and_restarts_what_has_changed() {
    let machine = complete("again");
    assert!(up(&machine).0);
    let secrets = || fs::read_to_string(machine.folder().join("ours/secrets.env")).unwrap();
    let (before, _) = (secrets(), calls(&machine));
    let changes = [&[][..], &["posts"], &[], &["event-bus", "front"], &[]];
    for (run, changed) in changes.into_iter().enumerate() {
        for name in changed {
            let image = if *name == "front" { "client" } else { name };
            fs::write(machine.folder().join(format!("id-{image}")), format!("{run}0\n")).unwrap();
        }
        let (success, printed) = up(&machine);
        assert!(success, "{printed}");
        let expected = [is_whole(), vec![load()], one_after_the_other(changed)];
        assert_eq!(calls(&machine), expected.concat(), "run {run}");
    }
    assert_eq!(secrets(), before);
}

/// As after a run that was cut short before it could note the image, or of a former version.
#[test]
fn what_runs_with_an_image_that_is_not_known_is_restarted() {
    let machine = complete("unknown-image");
    assert!(up(&machine).0);
    calls(&machine);
    fs::remove_file(machine.folder().join("noted-query")).unwrap();
    assert!(up(&machine).0);
    assert_eq!(calls(&machine)[3..], one_after_the_other(&["query"]));
}

#[test]
fn the_secrets_of_former_tokens_are_deleted_and_no_others() {
    let machine = complete("former");
    fs::write(machine.folder().join("former"), "").unwrap();
    let (success, printed) = up(&machine);
    assert!(success, "{printed}");
    let deleted = format!("{KUBECTL_ON} -n folkmoot delete secret/bus-token-f7h6k5b4c2");
    assert_eq!(calls(&machine).last(), Some(&deleted));
    assert!(printed.contains("get secret bus-token-5m2k9tg4d8 "), "{printed}");
}

#[test]
fn what_a_cluster_that_was_cut_short_lacks_is_named_with_the_way_out() {
    for (lacks, script, says) in [
        (
            "node",
            r#"*" wait --for=condition=Ready nodes "*) exit 1 ;; *" get nodes "*) echo "folkmoot-control-plane: no network" ;;"#,
            "has no node that is ready (folkmoot-control-plane: no network)",
        ),
        ("nodes", r#"*" wait --for=condition=Ready nodes "*) exit 1 ;;"#, "has no node that is ready (there is none)"),
        ("storage", r#"*" get storageclasses "*) echo "slow " ;;"#, "has no default storage class"),
        ("names", r#"*" deployment/coredns "*) exit 1 ;;"#, "cannot look names up"),
    ] {
        let kubectl = format!("case \"$*\" in\n{script}\n*) {KUBECTL} ;; esac");
        let programs = [("kind", "[ $1 != get ] || echo folkmoot"), ("kubectl", &*kubectl), ("docker", DOCKER)];
        let machine = machine(lacks, &programs);
        let (success, printed) = up(&machine);
        assert!(!success && printed.contains(says), "{lacks}: {printed}");
        let way_out = "`cargo xtask kind down` deletes it, with its data; then run `cargo xtask kind up --no-build --overlay ours`";
        assert!(printed.contains(way_out), "{lacks}: {printed}");
        assert!(!calls(&machine).contains(&load()), "{lacks}: nothing is brought to it");
    }
}

#[test]
fn that_a_port_is_taken_is_said_only_if_it_is() {
    for (says, taken) in [
        ("Bind for 127.0.0.1:8080 failed: port is already allocated", true),
        ("listen tcp4 127.0.0.1:8080: bind: address already in use", true),
        ("no space left on device", false),
    ] {
        let kind = format!("[ $1 != create ] || {{ echo '{says}' >&2; exit 1; }}");
        let machine = machine("port", &[("kind", &kind), ("kubectl", KUBECTL), ("docker", DOCKER)]);
        let (success, printed) = up(&machine);
        assert!(!success && printed.contains(says), "{printed}");
        assert_eq!(printed.contains("A port is taken"), taken, "{printed}");
        assert!(printed.contains("Then run `cargo xtask kind up --no-build --overlay ours` again"), "{printed}");
    }
}

#[test]
fn a_cluster_that_kubectl_does_not_know_is_made_known_and_one_that_is_broken_is_named() {
    let learns = &format!(r#"case "$*" in *" get --raw /readyz "*) [ -e "$here/known" ] ;; *) {KUBECTL} ;; esac"#);
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
        for (call, name) in calls[3..9].iter().zip(NAMES) {
            assert_eq!(call, &format!("podman tag localhost/folkmoot/{name}:dev docker.io/folkmoot/{name}:dev"));
        }
        let saved = calls[9].strip_prefix("podman save --multi-image-archive --output ").unwrap();
        let (archive, images) = saved.split_once(' ').unwrap();
        assert_eq!(images, NAMES.map(|name| format!("docker.io/folkmoot/{name}:dev")).join(" "));
        assert_eq!(calls[10], format!("provider=podman kind load image-archive --name folkmoot {archive}"));
    }
}

#[test]
fn a_part_that_does_not_become_ready_is_shown_with_the_pods_and_its_last_words() {
    let stuck = format!("{KUBECTL}\ncase \"$*\" in *\"rollout status deployment/posts \"*) exit 1 ;; esac");
    let machine = machine("stuck", &[("kind", KIND), ("kubectl", &stuck), ("docker", DOCKER)]);
    let (success, printed) = up(&machine);
    assert!(!success, "{printed}");
    let calls = calls(&machine);
    let failed = calls.iter().position(|call| *call == wait("posts")).unwrap();
    let looks = [
        "get pods --output=wide",
        "get pods --output=jsonpath=",
        "get events --field-selector=type=Warning --sort-by=.lastTimestamp --output=jsonpath=",
        "logs deployment/posts --all-containers --tail=20",
    ]
    .map(|look| format!("{KUBECTL_ON} -n folkmoot {look}"));
    assert_eq!(calls.len(), failed + 1 + looks.len(), "no other part is waited for: {calls:?}");
    for (call, look) in calls[failed + 1..].iter().zip(&looks) {
        assert!(call.starts_with(look), "{call}");
    }
    assert!(printed.contains("BackOff: restarting") && !printed.contains("posts-old"), "{printed}");
    assert!(printed.contains("posts-7d9 0/1 CrashLoopBackOff"), "{printed}");
    assert!(printed.contains("Error: posts did not become ready"), "{printed}");
    assert!(!printed.contains("The board is up"), "{printed}");
}

#[test]
fn a_step_that_fails_stops_the_rest_and_says_what_to_do() {
    for (fails, says, done) in [
        ("kind create", "the cluster could not be made", 1),
        ("kind load", "the images are not in the cluster; `cargo xtask images --tag dev` builds them", 4),
        ("kubectl --context kind-folkmoot apply", "the cluster did not take ours as it is", 5),
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
    assert!(success && printed.contains("There is no cluster folkmoot"), "{printed}");
    assert!(!printed.contains("gone") && !printed.contains("goes"), "{printed}");
    assert_eq!(calls(&machine), [""; 0]);
    fs::write(machine.folder().join("made"), "").unwrap();
    let (success, printed) = machine.xtask(&["kind", "down"], "");
    assert!(success, "{printed}");
    assert_eq!(calls(&machine), ["kind delete cluster --name folkmoot"]);
    assert!(printed.contains("all data of the board, go with it"), "{printed}");
    assert!(machine.folder().join("ours/secrets.env").exists());

    let machine = self::machine(
        "down-fails",
        &[("kind", "[ $1 != get ] || echo folkmoot; [ $1 != delete ]"), ("docker", DOCKER)],
    );
    let (success, printed) = machine.xtask(&["kind", "down"], "");
    assert!(!success && printed.contains("Error: the cluster could not be deleted"), "{printed}");
}
