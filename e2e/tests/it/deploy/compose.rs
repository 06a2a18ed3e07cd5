//! `compose.yaml`: an implementation of Compose understands it, `.env.example` says all that can be set, no container may
//! do more than it must, and with exactly what is written there both ways of running the board work.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use e2e::client::Client;
use e2e::cluster::{TOKEN, image, list_at, text_at};
use e2e::compose::{self, Container, PROFILE};
use e2e::process::Process;
use e2e::sandbox::{self, Host};
use e2e::{binaries, board, container, nginx};
use serde_json::Value;

use super::settings::converse;

/// Each setting of `.env`: another value, and what is then different in the whole file.
const EFFECTS: [(&str, &str, &str, &str); 6] = [
    ("FOLKMOOT_TAG", "1.2.0", ":dev\"", ":1.2.0\""),
    ("FOLKMOOT_PUBLISH", "0.0.0.0:80", "\"127.0.0.1:8080:8080\"", "\"0.0.0.0:80:8080\""),
    (
        "FOLKMOOT_WRITES_PER_MINUTE",
        "60",
        "\"FOLKMOOT_WRITES_PER_MINUTE\":\"600\"",
        "\"FOLKMOOT_WRITES_PER_MINUTE\":\"60\"",
    ),
    ("FOLKMOOT_LOG", "warn", "\"FOLKMOOT_LOG\":\"info\"", "\"FOLKMOOT_LOG\":\"warn\""),
    ("FOLKMOOT_NETWORK", "172.30.5", "10.87.64.", "172.30.5."),
    ("FOLKMOOT_BUS_TOKEN", TOKEN, "\"FOLKMOOT_BUS_TOKEN\":\"\"", TOKEN_IS_SET),
];
const TOKEN_IS_SET: &str =
    "\"FOLKMOOT_BUS_TOKEN\":\"5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592\"";

fn everything() -> Vec<Container> {
    let all = compose::containers(&compose::config("", Some(PROFILE)), "");
    assert_eq!(all.len(), 7);
    all
}

fn find<'a>(all: &'a [Container], name: &str) -> &'a Container {
    all.iter().find(|container| container.name == name).unwrap_or_else(|| panic!("no service {name}"))
}

/// The names behind each `${` in the file, and those that are handed on as they are.
fn variables(text: &str) -> BTreeSet<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with('#')).collect::<Vec<_>>().join("\n");
    let is_name = |c: char| c.is_ascii_uppercase() || c == '_';
    let filled_in = code.split("${").skip(1).map(|rest| rest.split(|c| !is_name(c)).next().unwrap_or_default());
    let handed_on =
        code.lines().filter_map(|line| line.trim().strip_suffix(':')).filter(|name| name.chars().all(is_name));
    filled_in.chain(handed_on).map(str::to_owned).collect()
}

#[test]
fn the_example_explains_every_variable_and_no_other_and_says_what_is_so_anyway() {
    let example = compose::env_example();
    let mut explained = BTreeSet::new();
    let mut words = 0;
    for line in example.lines() {
        if let Some((name, _)) = line.trim_start_matches('#').split_once('=').filter(|(name, _)| !name.contains(' ')) {
            assert!(words >= 5, "{name} is not explained");
            explained.insert(name.to_owned());
            words = 0;
        } else {
            words += line.trim_start_matches('#').split_whitespace().count();
        }
    }
    assert_eq!(explained, variables(&compose::text()));
    assert_eq!(compose::config(&example, Some(PROFILE)), compose::config("", Some(PROFILE)));
}

#[test]
fn each_variable_changes_what_it_says_and_nothing_else() {
    let mut expected = compose::config("", Some(PROFILE)).to_string();
    let mut env = String::new();
    let tried: BTreeSet<_> = EFFECTS.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(tried, variables(&compose::text()));
    for (name, value, before, after) in EFFECTS {
        assert!(expected.contains(before), "{name}");
        expected = expected.replace(before, after);
        writeln!(env, "{name}={value}").unwrap();
    }
    assert_eq!(compose::config(&env, Some(PROFILE)).to_string(), expected);
}

#[test]
fn without_a_profile_there_is_the_single_process_and_client_brings_all_services() {
    let alone = compose::containers(&compose::config("", None), "");
    assert_eq!(alone.iter().map(|container| &*container.name).collect::<Vec<_>>(), ["folkmoot"]);
    let all = everything();
    for container in all.iter().filter(|container| container.name != "folkmoot") {
        assert_eq!(list_at(&container.definition, "/profiles"), [PROFILE]);
        let needs: BTreeSet<_> =
            container.definition["depends_on"].as_object().into_iter().flatten().map(|(n, _)| &**n).collect();
        let wanted = if container.name == "client" { BTreeSet::from(board::SERVICES) } else { BTreeSet::new() };
        assert_eq!(needs, wanted, "{}", container.name);
    }
    let head = compose::text().lines().take_while(|line| line.starts_with('#')).collect::<String>();
    assert!(head.contains("docker compose up -d ") && head.contains("docker compose --profile services up -d client"));
}

#[test]
fn no_container_may_do_more_than_it_must() {
    for container in everything() {
        let (name, it) = (&container.name, &container.definition);
        assert_eq!(it["read_only"], true, "{name}");
        assert_eq!(list_at(it, "/cap_drop"), ["ALL"], "{name}");
        assert_eq!(list_at(it, "/security_opt"), ["no-new-privileges:true"], "{name}");
        assert_eq!(it["user"], "65532:65532", "{name}");
        for more in ["cap_add", "privileged", "network_mode", "pid", "ipc", "devices", "group_add", "secrets"] {
            assert!(it[more].is_null(), "{name} has {more}");
        }
        let limit = text_at(it, "/mem_limit");
        assert!(limit.ends_with('m') || limit.ends_with('g'), "{name}: memory without a bound");
        assert!(it["pids_limit"].as_u64().is_some_and(|limit| limit <= 1024), "{name}");
        assert!(container.image.ends_with(":dev"), "{name}: {}", container.image);
        assert_eq!((&it["pull_policy"], &it["build"]["context"]), (&"never".into(), &".".into()), "{name}");
        assert_eq!(it["build"]["target"], container.short_image(), "{name}");
        let grace = text_at(it, "/stop_grace_period").strip_suffix('s').and_then(|seconds| seconds.parse().ok());
        assert!(grace.map(Duration::from_secs) >= Some(longest_end(&container) + Duration::from_secs(5)), "{name}");
        // A volume of its own where its image keeps data, or memory where nginx writes: nothing of the host.
        let data = image::read(container.short_image()).environment.get("FOLKMOOT_DATA_DIR").cloned();
        let volumes = data.map(|folder| format!("{name}:{folder}"));
        assert_eq!(list_at(it, "/volumes"), volumes.into_iter().map(Value::from).collect::<Vec<_>>(), "{name}");
        let temporary: Vec<_> = list_at(it, "/tmpfs").iter().map(|text| text.as_str().unwrap()).collect();
        match &**name {
            "client" => assert!(temporary[0].starts_with("/srv/front/run:uid=65532,"), "{temporary:?}"),
            _ => assert!(temporary.is_empty(), "{temporary:?}"),
        }
        let published: &[&str] = match &**name {
            "folkmoot" | "client" => &["127.0.0.1:8080:8080"],
            _ => &[],
        };
        assert_eq!(list_at(it, "/ports"), published, "{name}");
    }
}

/// How long a program may take to end in order: open requests, and its tasks. nginx takes as long as its answers.
fn longest_end(container: &Container) -> Duration {
    let drain = if container.name == "client" { 10 } else { default_of(container.short_image(), "FOLKMOOT_DRAIN") };
    Duration::from_secs(drain + 5)
}

fn help(binary: &str) -> String {
    let output = Command::new(binaries::path(binary)).arg("--help").env_clear().output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn default_of(binary: &str, variable: &str) -> u64 {
    let help = help(binary);
    let (_, behind) = help.split_once(&format!("[env: {variable}=]")).expect(variable);
    let (_, default) = behind.split_once("[default: ").expect(variable);
    default.split(']').next().unwrap().trim_end_matches('s').parse().expect(variable)
}

#[test]
fn every_variable_is_known_to_the_program_and_every_address_leads_to_a_service() {
    let all = everything();
    for container in &all {
        if container.name == "client" {
            assert!(container.environment.is_empty(), "nginx reads no variables");
            continue;
        }
        let help = help(container.short_image());
        for (name, value) in container.environment.iter().chain([(&"FOLKMOOT_BUS_TOKEN".to_owned(), &String::new())]) {
            let known = [format!("[env: {name}=]"), format!("[env: {name}]")];
            assert!(known.iter().any(|text| help.contains(text)), "{} knows no {name}", container.name);
            if name.ends_with("_URL") {
                let (host, port) = value.strip_prefix("http://").unwrap().split_once(':').unwrap();
                assert_eq!(find(&all, host).port().unwrap().to_string(), port, "{}: {name}", container.name);
                let whose = name.trim_start_matches("FOLKMOOT_").trim_end_matches("_URL").to_lowercase();
                assert_eq!(host.trim_start_matches("event-"), whose, "{}: {name}", container.name);
            }
        }
    }
}

#[test]
fn the_front_door_knows_every_service_by_its_fixed_address_and_is_the_only_one_believed() {
    let all = everything();
    let front = find(&all, "client");
    let mut known = BTreeMap::new();
    for host in list_at(&front.definition, "/extra_hosts") {
        let (name, address) = host.as_str().unwrap().split_once(':').unwrap();
        assert_eq!(address, find(&all, name).address(), "{name}");
        known.insert(name.to_owned(), address.to_owned());
    }
    let upstreams = std::fs::read_to_string(nginx::configuration().join("upstreams.conf")).unwrap();
    let servers = upstreams.lines().filter_map(|line| line.trim().strip_prefix("server ")?.split(' ').next());
    let servers: BTreeMap<_, _> = servers.map(|server| server.split_once(':').unwrap()).collect();
    assert_eq!(servers.keys().copied().collect::<BTreeSet<_>>(), BTreeSet::from(board::SERVICES));
    assert!(servers.keys().eq(known.keys()), "{servers:?} {known:?}");
    for (name, port) in servers {
        assert_eq!(find(&all, name).port().unwrap().to_string(), port, "{name}");
        assert_eq!(find(&all, name).environment["FOLKMOOT_TRUSTED_PROXIES"], front.address(), "{name}");
    }
    let addresses: BTreeSet<_> = all.iter().map(Container::address).filter(|address| !address.is_empty()).collect();
    assert_eq!(addresses.len(), 6);
    assert!(addresses.iter().all(|address| address.starts_with("10.87.64.")), "{addresses:?}");
}

/// What the test inside the sandbox reads: the services of the file with this `.env`.
fn put(folder: &Path, name: &str, env: &str) {
    std::fs::write(folder.join(name), compose::config(env, Some(PROFILE)).to_string()).unwrap();
}

fn get(folder: &Path, name: &str, env: &str) -> Vec<Container> {
    let config = serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap();
    compose::containers(&config, env)
}

fn process(it: &Container, logs: &Path) -> Process {
    container::process(&it.name, it.short_image(), &[], &it.environment, it.url(), logs)
}

#[tokio::test]
async fn the_services_run_with_exactly_what_compose_and_their_images_say_and_not_without_a_token() {
    let test =
        "deploy::compose::the_services_run_with_exactly_what_compose_and_their_images_say_and_not_without_a_token";
    let env = format!("FOLKMOOT_BUS_TOKEN={TOKEN}\n");
    let prepare = |folder: &Path| {
        put(folder, "without", "");
        put(folder, "with", &env);
        nginx::as_in_the_image(&folder.join("front"));
    };
    let inside = sandbox::enter(test, prepare, |folder, enter| {
        enter(Host {
            names: &["event-bus", "posts", "comments", "moderation", "query", "client"],
            folders: &[(&folder.join("front"), "/srv/front")],
            writable: &["/data", "/srv/front/run"],
        });
    });
    let Some(folder) = inside else { return };
    let logs = tempfile::tempdir().unwrap();
    for without in get(&folder, "without", "").iter().filter(|it| board::SERVICES.contains(&&*it.name)) {
        let mut process = process(without, logs.path());
        process.start();
        assert_eq!(process.ended().await.code(), Some(2), "{}: {}", without.name, process.log());
        assert!(process.log().contains("FOLKMOOT_BUS_TOKEN"), "{}: {}", without.name, process.log());
    }

    let services = get(&folder, "with", &env);
    let mut processes: Vec<_> =
        services.iter().filter(|it| it.name != "folkmoot").map(|it| process(it, logs.path())).collect();
    assert_eq!(processes.len(), 6);
    for process in &mut processes {
        process.start();
    }
    for process in &mut processes {
        process.ready().await;
    }
    let front = Client::new("http://client:8080");
    assert!(front.get("/").await.expect(200).header("content-type").starts_with("text/html"));
    converse(&front).await;
    front.get("/api/v1/moderation/queue").await.expect(401);
    front.with("authorization", &format!("Bearer {TOKEN}")).get("/api/v1/moderation/queue").await.expect(200);
    for process in &mut processes {
        assert!(process.stop().await.success(), "{}: {}", process.name(), process.log());
        assert!(!process.log().contains(TOKEN), "{} tells the token", process.name());
    }
}

#[tokio::test]
async fn the_single_process_runs_with_exactly_what_compose_and_its_image_say() {
    let test = "deploy::compose::the_single_process_runs_with_exactly_what_compose_and_its_image_say";
    let inside = sandbox::enter(
        test,
        |folder| put(folder, "example", &compose::env_example()),
        |_, enter| {
            enter(Host { names: &["folkmoot"], folders: &[], writable: &["/data"] });
        },
    );
    let Some(folder) = inside else { return };
    let logs = tempfile::tempdir().unwrap();
    let single = find(&get(&folder, "example", &compose::env_example()), "folkmoot").clone();
    assert!(!single.environment.contains_key("FOLKMOOT_BUS_TOKEN"), "an empty token is refused");
    let mut process = process(&single, logs.path());
    process.start();
    process.ready().await;
    let front = Client::new("http://folkmoot:8080");
    converse(&front).await;
    front.get("/api/v1/bus/events").await.expect(401);
    let token = std::fs::read_to_string("/data/bus.token").unwrap();
    front.with("authorization", &format!("Bearer {}", token.trim())).get("/api/v1/bus/events").await.expect(200);
    assert!(process.stop().await.success(), "{}", process.log());
}
