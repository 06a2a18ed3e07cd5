//! Rules from a file.

use chassis::config::ServiceArgs;
use chassis::serve::Lifetime;
use moderation::config::Config;

use super::board::Board;

const RULES: &str = r#"
[[rules]]
name = "staff"
action = "approve"
pattern = '^\[staff\]'

[[rules]]
name = "shouting"
action = "hold"
pattern = '^[A-Z !]{10,}$'
reason = "please do not shout"

[[rules]]
name = "fruit"
action = "reject"
applies_to = ["comment"]
words = ["pear", "plum"]

[[rules]]
name = "short"
action = "reject"
applies_to = ["comment"]
shorter_than = 3
"#;

#[tokio::test]
async fn a_file_replaces_the_built_in_rules() {
    let board = Board::ruled_by(RULES).await;
    for (text, fate) in [
        ("orange", "approved default"),
        ("a Pear", "rejected fruit"),
        ("pears", "approved default"),
        ("[staff] a pear", "approved staff"),
        ("A PEAR AND A PLUM!", "held shouting"),
        ("hm", "rejected short"),
        ("hmm", "approved default"),
    ] {
        assert_eq!(board.fate(text).await, fate, "{text}");
    }
    let post = board.post("a pear", None).await;
    assert_eq!(board.fate_of(post.id).await, "approved default", "the rule is for comments");
}

#[tokio::test]
async fn the_rules_in_force_can_be_read() {
    let board = Board::ruled_by(RULES).await;
    let rules = board.moderation.get("/rules").send().await.expect(200).json();
    let names: Vec<_> = rules.as_array().unwrap().iter().map(|rule| rule["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["staff", "shouting", "fruit", "short", "default"]);
    assert_eq!(rules[1]["reason"], "please do not shout");
    assert_eq!(rules[2]["words"], serde_json::json!(["pear", "plum"]));
    assert_eq!(rules[2]["appliesTo"], serde_json::json!(["comment"]));
    assert_eq!(rules[3]["shorterThan"], 3);
    assert_eq!(rules[4]["action"], "approve");
}

#[tokio::test]
async fn a_file_that_cannot_be_followed_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.toml");
    let service = ServiceArgs { data_dir: folder.path().into(), ..ServiceArgs::default() };
    let config = Config { service, rules: Some(path.clone()), open: true, ..Config::default() };
    let said = moderation::start(&config, &Lifetime::new()).await.unwrap_err().to_string();
    assert!(said.contains("rules.toml") && said.contains("--rules"), "{said}");
    std::fs::write(&path, "\n\n[[rules]]\nname = \"a\"\naction = \"hold\"\npattern = \"[\"\n").unwrap();
    let said = moderation::start(&config, &Lifetime::new()).await.unwrap_err().to_string();
    assert!(said.contains("rules.toml: line 3, rule `a`: pattern"), "{said}");
    assert!(!folder.path().join("moderation.db").exists(), "nothing was touched");
}
