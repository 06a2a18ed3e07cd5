//! What code does not do here: put off, ignore, crash on a whim, or hope that a moment is enough.

use super::source::{self, Line};
use super::{Finding, tree::Tree};

/// A comment that makes a sleep in a test acceptable: it says why no condition could be waited for.
const EXCUSE: &str = "// why:";

/// Holds every line of Rust against the habits.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in tree.rust() {
        let mut before = "";
        for line in source.lines() {
            findings.extend(judge(line, before).map(|says| Finding::at(&source.path, line.number, says)));
            before = &line.text;
        }
    }
    findings
}

fn judge<'a>(line: &'a Line, before: &'a str) -> impl Iterator<Item = &'static str> + 'a {
    let code = &*line.code;
    let called = move |name: &str| calls(code, name);
    let ignored = code.contains("#[ignore") || code.contains(", ignore)]");
    let put_off = source::names(code, "todo!") || code.contains("todo!(") || code.contains("unimplemented!(");
    let sleeps = ["sleep", "sleep_until", "sleep_ms"].iter().any(|name| called(name));
    let excused = line.text.contains(EXCUSE) || before.trim_start().starts_with(EXCUSE);
    [
        (ignored, "a test that does not run holds nothing: mend it or delete it"),
        (put_off, "is put off: build it or leave it out"),
        (code.contains("dbg!("), "is left from debugging"),
        (
            !line.test && code.contains(".unwrap()"),
            "unwraps outside tests: answer with an error, or `expect` with a reason",
        ),
        (line.test && sleeps && !excused, "sleeps in a test: wait for a condition with a deadline, or say `// why:`"),
    ]
    .into_iter()
    .filter_map(|(found, says)| found.then_some(says))
}

/// Whether a function of this name is called, not declared, in this line.
fn calls(code: &str, name: &str) -> bool {
    code.match_indices(&format!("{name}(")).any(|(at, _)| {
        let head = &code[..at];
        !head.ends_with(|c: char| c.is_alphanumeric() || c == '_') && !head.trim_end().ends_with("fn")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&Tree::made_up(&[(path, text)])).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn nothing_is_put_off_or_ignored() {
        for bad in ["todo!()", "todo!(\"later\")", "unimplemented!()", "dbg!(x);", "#[ignore]", "#[ignore = \"flaky\"]"]
        {
            assert_eq!(lines("posts/src/post.rs", bad), [1], "{bad}");
            assert_eq!(lines("posts/tests/it/main.rs", bad), [1], "{bad}");
        }
        assert_eq!(lines("posts/src/post.rs", "// todo!() is banned\nlet x = \"#[ignore]\";"), [0; 0]);
    }

    #[test]
    fn only_tests_unwrap() {
        let text = "//! x\nlet a = b.unwrap();\n#[cfg(test)]\nmod tests {\n  let a = b.unwrap();\n}\n";
        assert_eq!(lines("posts/src/post.rs", text), [2]);
        assert_eq!(lines("e2e/src/board.rs", text), [0; 0]);
        assert_eq!(lines("posts/src/post.rs", "let a = b.unwrap_or(1);"), [0; 0]);
    }

    #[test]
    fn tests_do_not_sleep_for_luck() {
        for bad in ["std::thread::sleep(SECOND);", "tokio::time::sleep(SECOND).await;", "sleep(SECOND).await;"] {
            assert_eq!(lines("posts/tests/it/main.rs", bad), [1], "{bad}");
            assert_eq!(lines("posts/tests/it/main.rs", &format!("{bad} // why: the clock itself is tested")), [0; 0]);
            assert_eq!(lines("posts/tests/it/main.rs", &format!("// why: the clock itself\n{bad}")), [0; 0]);
            assert_eq!(lines("posts/src/relay.rs", bad), [0; 0], "outside tests it is no luck");
        }
        assert_eq!(lines("posts/tests/it/main.rs", "fn sleep(x: u8) {}"), [0; 0]);
    }
}
