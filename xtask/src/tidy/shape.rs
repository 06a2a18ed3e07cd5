//! How files look: each opens by saying what it owns, none is a drawer for things without a place, none is long.

use super::{Finding, tree::Tree};

/// The most lines that a Rust file may have. Most have 100 to 300.
const LONGEST: usize = 500;
/// The most lines of a service's `main.rs`: parse settings, run.
const LONGEST_MAIN: usize = 20;
const SERVICES: &[&str] = &["posts", "comments", "query", "moderation", "event-bus"];
/// Names that say nothing about what is inside.
const DRAWERS: &[&str] = &["util", "utils", "common", "helper", "helpers", "misc"];

/// Holds every Rust file against the rules.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in tree.rust() {
        let path = &*source.path;
        let mut says = |text: String| findings.push(Finding::in_file(path, text));
        let first = source.lines().first().map_or("", |line| &line.text);
        if first.strip_prefix("//!").is_none_or(|header| header.trim().is_empty()) {
            says("opens with `//!`: what it owns, and why it is so".to_owned());
        }
        if path.ends_with("/mod.rs") {
            says("is named after its module: `thing.rs` beside `thing/`, not `thing/mod.rs`".to_owned());
        }
        if let Some(drawer) = path.trim_end_matches(".rs").split('/').find(|part| DRAWERS.contains(part)) {
            says(format!("`{drawer}` says nothing: name it after what it holds"));
        }
        let (lines, is_main) =
            (source.lines().len(), SERVICES.iter().any(|name| path == format!("{name}/src/main.rs")));
        if lines > LONGEST {
            says(format!("has {lines} lines, more than {LONGEST}: it holds more than one concept"));
        }
        if is_main && lines > LONGEST_MAIN {
            says(format!("has {lines} lines, more than {LONGEST_MAIN}: main parses settings and runs, no more"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(path: &str, text: &str) -> Vec<String> {
        check(&Tree::made_up(&[(path, text)])).into_iter().map(|finding| finding.says).collect()
    }

    #[test]
    fn a_file_opens_by_saying_what_it_owns() {
        assert_eq!(says("posts/src/post.rs", "//! What a post is.\n"), [""; 0]);
        for text in ["", "use std::fmt;\n", "//!\n", "// x\n//! y\n", "#![allow(x)]\n//! y\n"] {
            assert!(says("posts/src/post.rs", text)[0].starts_with("opens with"), "{text:?}");
        }
    }

    #[test]
    fn there_are_no_drawers() {
        for path in ["posts/src/mod.rs", "posts/src/utils.rs", "posts/src/common/text.rs", "posts/tests/it/helpers.rs"]
        {
            assert_eq!(says(path, "//! x\n").len(), 1, "{path}");
        }
    }

    #[test]
    fn files_are_short_and_main_is_shorter() {
        let of = |lines: usize| format!("//! x{}", "\n".repeat(lines));
        assert_eq!(says("posts/src/post.rs", &of(500)), [""; 0]);
        assert!(says("posts/src/post.rs", &of(501))[0].contains("501 lines"));
        assert!(says("posts/src/main.rs", &of(21))[0].contains("main parses"));
        assert_eq!(says("folkmoot/src/main.rs", &of(21)), [""; 0]);
    }
}
