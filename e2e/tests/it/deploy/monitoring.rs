//! `k8s/monitoring`: Prometheus takes the rules and they do what their tests say; the dashboard can be shown; and whatever
//! rules, dashboard and runbook speak of is really there: metrics, headings, words in the logs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use e2e::board::{self, Board};
use e2e::client::Client;
use e2e::cluster::{self, list_at, text_at};
use serde_json::{Value, json};

use super::promql;

/// What there is only once it has happened for the first time, so that a board that is well does not show it. Each must be
/// a name in the sources.
const BORN_WITH_THE_FIRST: [(&str, &str); 1] =
    [("judgement_failures_total", "its labels are the rule that failed and how, which nothing knows before")];
/// What is Prometheus's own.
const OF_PROMETHEUS: [&str; 1] = ["up"];
/// What the runbook quotes and others say.
const SAID_BY_SQLITE: [&str; 3] = ["database or disk is full", "database disk image is malformed", "disk I/O error"];

fn folder() -> PathBuf {
    cluster::folder().join("monitoring")
}

fn yaml(name: &str) -> Value {
    serde_saphyr::from_str(&fs::read_to_string(folder().join(name)).unwrap()).unwrap()
}

fn dashboard() -> Value {
    serde_json::from_str(&fs::read_to_string(folder().join("dashboard.json")).unwrap()).unwrap()
}

fn runbook() -> String {
    fs::read_to_string(cluster::folder().join("../docs/operating.md")).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "where another program is, is the machine's own setting")]
fn promtool(arguments: &[&str], folder: &Path) {
    let program = std::env::var_os("FOLKMOOT_PROMTOOL").map_or_else(|| "promtool".into(), PathBuf::from);
    let output = Command::new(program).args(arguments).current_dir(folder).output();
    let output = output.expect("promtool runs; Debian: apt-get install prometheus");
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "promtool {arguments:?}: {told}");
}

fn alerts() -> Vec<Value> {
    let alerts = list_at(&yaml("alerts.yaml"), "/groups/0/rules").to_vec();
    assert!(alerts.len() >= 15);
    alerts
}

/// Panels that show something; rows only divide them.
fn panels(dashboard: &Value) -> impl Iterator<Item = &Value> {
    list_at(dashboard, "/panels").iter().filter(|panel| panel["type"] != "row")
}

/// Every expression of the dashboard, with the panel's title.
fn expressions(dashboard: &Value) -> Vec<(&str, &str)> {
    let of =
        |panel| list_at(panel, "/targets").iter().map(|target| (text_at(panel, "/title"), text_at(target, "/expr")));
    panels(dashboard).flat_map(of).collect()
}

#[test]
fn prometheus_takes_the_rules_and_they_do_what_their_tests_say() {
    promtool(&["check", "rules", "--lint=all", "--lint-fatal", "alerts.yaml"], &folder());
    promtool(&["test", "rules", "alerts.test.yaml"], &folder());
    let tests = yaml("alerts.test.yaml");
    let tested = list_at(&tests, "/tests").iter().flat_map(|test| list_at(test, "/alert_rule_test"));
    let (mut raised, mut quiet) = (BTreeSet::new(), BTreeSet::new());
    for test in tested {
        let into = if list_at(test, "/exp_alerts").is_empty() { &mut quiet } else { &mut raised };
        into.insert(text_at(test, "/alertname"));
    }
    for alert in alerts() {
        let name = text_at(&alert, "/alert").to_owned();
        assert!(raised.contains(&*name) && quiet.contains(&*name), "{name} is not tried both ways");
    }
}

/// Debian's Prometheus is built without the discovery in Kubernetes and refuses its block; so a target of no discovery
/// stands in its place here, and what is in that block is held by nothing but its being short.
#[test]
fn prometheus_takes_the_configuration() {
    let mut configuration = yaml("prometheus.yaml");
    let scrape = configuration["scrape_configs"][0].as_object_mut().unwrap();
    assert_eq!(
        scrape.remove("kubernetes_sd_configs"),
        Some(json!([{ "role": "pod", "namespaces": { "names": ["folkmoot"] } }]))
    );
    scrape.insert("static_configs".to_owned(), json!([{ "targets": ["127.0.0.1:4000"] }]));
    let temporary = tempfile::tempdir().unwrap();
    // JSON is YAML.
    fs::write(temporary.path().join("prometheus.yaml"), configuration.to_string()).unwrap();
    fs::copy(folder().join("alerts.yaml"), temporary.path().join("alerts.yaml")).unwrap();
    promtool(&["check", "config", "--lint=all", "--lint-fatal", "prometheus.yaml"], temporary.path());
}

#[test]
fn the_dashboard_has_room_for_every_panel_and_says_what_each_shows() {
    let dashboard = dashboard();
    let (mut ids, mut taken) = (BTreeSet::new(), BTreeMap::new());
    for panel in list_at(&dashboard, "/panels") {
        let title = text_at(panel, "/title");
        assert!(!title.is_empty() && ids.insert(panel["id"].as_u64().unwrap()), "{title}");
        let [x, y, w, h] = ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64().unwrap());
        assert!(w > 0 && h > 0 && x + w <= 24, "{title}");
        for cell in (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))) {
            assert_eq!(taken.insert(cell, title), None, "{title} lies over another");
        }
    }
    for panel in panels(&dashboard) {
        let title = text_at(panel, "/title");
        assert!(!text_at(panel, "/fieldConfig/defaults/unit").is_empty(), "{title} has no unit");
        assert!(text_at(panel, "/description").ends_with('.'), "{title} does not say what it shows");
        for source in list_at(panel, "/targets").iter().chain([panel]) {
            assert_eq!(source["datasource"]["uid"], "${datasource}", "{title}");
        }
    }
    assert!(expressions(&dashboard).len() >= 40);
}

#[test]
fn prometheus_understands_every_expression_of_the_dashboard() {
    let dashboard = dashboard();
    let rule = |(_, expr): (&str, &str)| json!({ "record": "shown", "expr": expr.replace("$__rate_interval", "5m") });
    let rules: BTreeSet<_> = expressions(&dashboard).into_iter().map(|shown| rule(shown).to_string()).collect();
    let rules: Vec<Value> = rules.iter().map(|rule| serde_json::from_str(rule).unwrap()).collect();
    let temporary = tempfile::tempdir().unwrap();
    let text = json!({ "groups": [{ "name": "dashboard", "rules": rules }] }).to_string();
    fs::write(temporary.path().join("rules.yaml"), text).unwrap();
    promtool(&["check", "rules", "--lint=none", "rules.yaml"], temporary.path());
}

/// Every metric that is asked for, and where.
fn asked_for() -> BTreeMap<String, String> {
    let mut asked = BTreeMap::new();
    let mut note = |expression: &str, place: &str| {
        asked.extend(promql::metrics(expression).into_iter().map(|name| (name, place.to_owned())));
    };
    for alert in alerts() {
        let name = text_at(&alert, "/alert");
        note(text_at(&alert, "/expr"), name);
        for queried in text_at(&alert, "/annotations/description").split("printf \"").skip(1) {
            note(queried.split('{').next().unwrap(), name);
        }
    }
    let dashboard = dashboard();
    for (title, expression) in expressions(&dashboard) {
        note(expression, title);
    }
    for variable in list_at(&dashboard, "/templating/list") {
        if let Some(values) = variable["definition"].as_str().and_then(|text| text.strip_prefix("label_values(")) {
            note(values.rsplit_once(',').unwrap().0, text_at(variable, "/name"));
        }
    }
    for quoted in runbook().split('`').skip(1).step_by(2).filter(|quoted| is_metric(quoted)) {
        note(quoted, "docs/operating.md");
    }
    asked
}

/// Whether what the runbook quotes is the name of one: it begins as those of a part of the board do.
fn is_metric(quoted: &str) -> bool {
    let parts =
        ["bus_", "http_", "inbox_", "judgement_", "moderation_", "outbox_", "query_", "store_", "subscription_"];
    parts.iter().any(|part| quoted.starts_with(part)) && quoted.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

#[tokio::test]
async fn every_metric_that_is_asked_for_is_one_that_a_running_board_shows() {
    let board = Board::behind_nginx().up().await;
    let post = board.post("a board that is watched").await.text_of("id").to_owned();
    board.comment(&post, "hello").await;
    board.comment(&post, "an orange").await;
    let statuses: BTreeSet<_> = board.judged(&post, 2).await.iter().map(|c| c["status"].to_string()).collect();
    assert_eq!(statuses, BTreeSet::from(["\"approved\"".to_owned(), "\"rejected\"".to_owned()]));
    board.front().get(&format!("/api/v1/posts/{post}")).await.expect(200);
    board.settled().await;

    let mut shown = BTreeMap::new();
    for process in &board.processes {
        let text = Client::new(process.url()).get("/metrics").await.expect(200).text;
        let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
        shown.extend(types.map(|(name, kind)| (name.to_owned(), kind.to_owned())));
    }
    let is_shown = |name: &str| {
        let kind_of = |part: &str| name.strip_suffix(part).and_then(|whole| shown.get(whole)).map(String::as_str);
        shown.contains_key(name)
            || kind_of("_bucket") == Some("histogram")
            || ["_sum", "_count"].iter().any(|part| matches!(kind_of(part), Some("histogram" | "summary")))
    };
    let (sources, asked) = (sources(), asked_for());
    assert!(asked.len() >= 40, "{asked:?}");
    let missing = |name: &str| !is_shown(name) && !OF_PROMETHEUS.contains(&name);
    let missing: BTreeMap<_, _> = asked.iter().filter(|(name, _)| missing(name)).collect();
    let expected: BTreeSet<_> = BORN_WITH_THE_FIRST.iter().map(|(name, _)| *name).collect();
    assert_eq!(missing.keys().map(|name| &***name).collect::<BTreeSet<_>>(), expected, "{missing:?}");
    for (name, why) in BORN_WITH_THE_FIRST {
        assert!(sources.contains(&format!("\"{name}\"")), "{name} ({why})");
    }
}

#[test]
fn every_alert_leads_to_its_heading_in_the_runbook() {
    let runbook = runbook();
    let fix = runbook.split("\n## Fix\n").nth(1).expect("a chapter on what to do");
    let chapters: BTreeMap<_, _> = fix.split("\n### ").skip(1).map(|text| text.split_once('\n').unwrap()).collect();
    let anchor = |heading: &str| {
        let kept =
            heading.to_lowercase().chars().filter(|c| c.is_alphanumeric() || " -".contains(*c)).collect::<String>();
        kept.replace(' ', "-")
    };
    for alert in alerts() {
        let (name, url) = (text_at(&alert, "/alert"), text_at(&alert, "/annotations/runbook_url"));
        let wanted = url.strip_prefix("docs/operating.md#").expect(name);
        let chapter = chapters.iter().find(|(heading, _)| anchor(heading) == wanted).expect(name);
        assert!(chapter.1.trim_start().starts_with(&format!("*{name}.*")), "{name} is not what {wanted} is about");
    }
}

#[test]
fn what_the_runbook_looks_for_in_the_logs_is_what_the_programs_say() {
    let (runbook, sources) = (runbook(), sources());
    let filters = ["select(.message == \"", "select(.message | startswith(\""].map(|filter| {
        let found = runbook.split(filter).skip(1).map(|rest| rest.split('"').next().unwrap());
        found.collect::<Vec<_>>()
    });
    assert!(filters.iter().all(|found| !found.is_empty()));
    for words in filters.concat() {
        assert!(sources.contains(&format!("\"{words}")), "nothing says {words:?}");
    }
    // What it quotes in its sentences: several plain words.
    let fix = runbook.split("\n## Fix\n").nth(1).unwrap();
    let is_said =
        |quoted: &&str| quoted.split(' ').count() >= 3 && quoted.chars().all(|c| c.is_alphabetic() || c == ' ');
    let mut count = 0;
    for line in fix.lines() {
        for words in line.split('`').skip(1).step_by(2).filter(is_said).filter(|words| !words.starts_with("docker ")) {
            count += 1;
            assert!(SAID_BY_SQLITE.contains(&words) || sources.contains(words), "nothing says {words:?}");
        }
    }
    assert!(count >= 6);
}

/// All Rust of the programs.
fn sources() -> String {
    let root = cluster::folder().join("..");
    let mut text = String::new();
    let crates = ["chassis", "contract", "folkmoot"].into_iter().chain(board::SERVICES);
    let mut folders: Vec<_> = crates.map(|name| root.join(name).join("src")).collect();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text += &fs::read_to_string(path).unwrap();
            }
        }
    }
    text
}
