//! Who may name what. Two tables: words that belong to a few files only, and words that some files never say.
//!
//! In patterns `*` stands for one part of a path and `**`, at the end, for all that follow.

use super::source::{self, Source};
use super::{Finding, tree::Tree};

/// Words that belong to a few files.
struct Belongs {
    words: &'static [&'static str],
    places: &'static [&'static str],
    /// Whether tests may say them anywhere.
    tests_may: bool,
    because: &'static str,
}

const BELONGS: &[Belongs] = &[
    Belongs {
        words: &["diesel", "diesel_migrations", "libsqlite3_sys", "dashmap", "DashMap"],
        places: &[
            "*/src/store.rs",
            "*/src/store/**",
            "*/src/schema.rs",
            "chassis/src/writer.rs",
            "chassis/src/savepoint.rs",
            "chassis/src/outbox.rs",
            "chassis/src/inbox.rs",
            "chassis/src/meta.rs",
            "chassis/src/migrations.rs",
            "chassis/tests/**",
        ],
        tests_may: false,
        because: "only the store knows how things are kept",
    },
    Belongs {
        words: &["env::var", "env::var_os", "env::vars", "env::vars_os", "env::set_var", "dotenvy"],
        places: CONFIG,
        tests_may: true,
        because: "only config.rs reads the environment",
    },
];

/// Where settings are read; also for clap's `env`, which is found by its attribute. Cargo speaks to build scripts that way.
const CONFIG: &[&str] = &["*/src/config.rs", "*/src/config/**", "*/build.rs", "xtask/**"];

/// Words that some files never say.
struct Never {
    places: &'static [&'static str],
    words: &'static [&'static str],
    because: &'static str,
}

const NEVER: &[Never] = &[Never {
    places: &["contract/src/**"],
    words: &["tokio", "warp", "hyper", "reqwest", "diesel", "std::fs", "std::net", "std::process", "async"],
    because: "the contract does no I/O",
}];

/// The services whose files are domain unless they are a room below. (The bus has no domain in this sense: it is a log.)
const WITH_DOMAIN: &[&str] = &["posts", "comments", "moderation", "query"];
/// The rooms of a service that are not domain: files and folders of `src`.
const ROOMS: &[&str] = &["main", "lib", "config", "http", "store", "schema", "reactor", "bin"];
/// Rooms that only one service has.
const OWN_ROOMS: &[(&str, &[&str])] =
    &[("comments", &["arrival"]), ("query", &["applied", "desk", "folder", "live", "model", "pipeline", "snapshot"])];
const NOT_IN_DOMAIN: &[&str] =
    &["warp", "hyper", "tokio", "reqwest", "diesel", "std::fs", "async", "await", "StatusCode"];

/// Holds every Rust file against the tables.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in tree.rust() {
        let path = &*source.path;
        for rule in BELONGS.iter().filter(|rule| !any_matches(rule.places, path)) {
            named(source, rule.words, rule.tests_may, rule.because, &mut findings);
        }
        for rule in NEVER.iter().filter(|rule| any_matches(rule.places, path)) {
            named(source, rule.words, true, rule.because, &mut findings);
        }
        if is_domain(path) {
            let because = "the domain is pure (a room that is not domain is listed in xtask/src/tidy/places.rs)";
            named(source, NOT_IN_DOMAIN, true, because, &mut findings);
        }
        if !any_matches(CONFIG, path) {
            findings.extend(clap_env(source));
        }
    }
    findings
}

fn named(source: &Source, words: &[&str], tests_may: bool, because: &str, findings: &mut Vec<Finding>) {
    for line in source.lines().iter().filter(|line| !(tests_may && line.test)) {
        for word in words.iter().filter(|word| source::names(&line.code, word)) {
            findings.push(Finding::at(&source.path, line.number, format!("names `{word}`: {because}")));
        }
    }
}

/// `env` as a word of its own within `#[arg(...)]`, on whichever line of it.
fn clap_env(source: &Source) -> Vec<Finding> {
    let mut inside = false;
    let mut findings = Vec::new();
    for line in source.lines() {
        inside = inside || line.code.contains("#[arg(") || line.code.contains("#[clap(");
        let says_env = line.code.split([',', '(', ')']).any(|part| {
            let part = part.trim();
            part == "env" || part.strip_prefix("env").is_some_and(|rest| rest.trim_start().starts_with('='))
        });
        if inside && says_env && !line.test {
            findings.push(Finding::at(&source.path, line.number, "a setting: only config.rs reads the environment"));
        }
        inside = inside && !line.code.contains(")]");
    }
    findings
}

fn is_domain(path: &str) -> bool {
    let mut parts = path.split('/');
    let (Some(service), Some("src"), Some(room)) = (parts.next(), parts.next(), parts.next()) else { return false };
    let room = room.trim_end_matches(".rs");
    let own = OWN_ROOMS.iter().any(|(owner, rooms)| *owner == service && rooms.contains(&room));
    WITH_DOMAIN.contains(&service) && !ROOMS.contains(&room) && !own
}

fn any_matches(patterns: &[&str], path: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, path))
}

fn matches(pattern: &str, path: &str) -> bool {
    let mut path = path.split('/');
    for part in pattern.split('/') {
        match (part, path.next()) {
            ("**", found) => return found.is_some(),
            (_, None) => return false,
            (part, Some(found)) if part != "*" && part != found => return false,
            _ => {}
        }
    }
    path.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&Tree::made_up(&[(path, text)])).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn only_the_store_names_the_database() {
        let text = "//! x\nuse diesel::prelude::*;\nuse dashmap::DashMap;\n";
        assert_eq!(lines("posts/src/http.rs", text), [2, 3, 3]);
        assert_eq!(lines("posts/src/store.rs", text), [0; 0]);
        assert_eq!(lines("chassis/src/outbox.rs", text), [0; 0]);
        assert_eq!(lines("posts/src/outbox.rs", "use diesel::x;\n"), [1, 1], "as a stranger and as domain");
        assert_eq!(lines("posts/src/lib.rs", "//! keeps things with diesel\n"), [0; 0]);
    }

    #[test]
    fn only_config_reads_the_environment() {
        for text in [
            "let x = std::env::var(\"X\");",
            "#[arg(long, env = \"X\")]",
            "#[arg(long, env)]",
            "#[arg(\n  long,\n  env = \"X\",\n)]",
        ] {
            assert_eq!(lines("posts/src/lib.rs", text).len(), 1, "{text}");
            assert_eq!(lines("posts/src/config.rs", text), [0; 0], "{text}");
            assert_eq!(lines("posts/tests/it/main.rs", text), [0; 0], "{text}");
            assert_eq!(lines("xtask/src/suite.rs", text), [0; 0], "{text}");
        }
        assert_eq!(lines("posts/src/lib.rs", "let x = env!(\"X\"); let env = 1;"), [0; 0]);
    }

    #[test]
    fn the_domain_is_pure_and_a_new_file_is_domain() {
        let text = "use tokio::time;\npub async fn judge() {}\n";
        assert_eq!(lines("moderation/src/rules.rs", text), [1, 2]);
        assert_eq!(lines("moderation/src/rules/words.rs", text), [1, 2]);
        assert_eq!(lines("moderation/src/reactor.rs", text), [0; 0]);
        assert_eq!(lines("moderation/src/http/queue.rs", text), [0; 0]);
        assert_eq!(lines("query/src/live.rs", text), [0; 0]);
        assert_eq!(lines("posts/src/live.rs", text), [1, 2]);
        assert_eq!(lines("event-bus/src/log.rs", text), [0; 0]);
    }

    #[test]
    fn the_contract_does_no_io() {
        assert_eq!(lines("contract/src/id.rs", "use std::fs;\nuse std::net::IpAddr;\nuse tokio::time;"), [1, 2, 3]);
        assert_eq!(lines("contract/tests/events.rs", "use std::fs;"), [0; 0]);
    }

    #[test]
    fn patterns_match_parts_of_paths() {
        assert!(matches("*/src/store.rs", "posts/src/store.rs"));
        assert!(!matches("*/src/store.rs", "posts/src/deep/store.rs"));
        assert!(matches("*/src/store/**", "posts/src/store/a/b.rs"));
        assert!(!matches("*/src/store/**", "posts/src/store"));
    }
}
