//! The browser client's files: each opens by saying what it owns, none is long, and text becomes HTML in one file only.
//!
//! What people write comes from the services as HTML that was made safe there. One component shows it; any other way from
//! text to HTML or to code would be a way around that. (How the code is written besides, its own linter says.)

use super::source::names;
use super::{Finding, tree::Tree};

/// The most lines of a file.
const LONGEST: usize = 300;
const SCRIPTS: &[&str] = &[".ts", ".tsx", ".js", ".mjs"];
const STYLES: &str = ".css";
/// Shows HTML that a service has made safe, and nothing else does.
const SHOWS_HTML: (&str, &str) = ("client/src/ui/Markdown.tsx", "dangerouslySetInnerHTML");
/// Other ways from text to HTML.
const TO_HTML: &[&str] = &["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write"];
/// Ways from text to code, which the page's policy forbids too.
const TO_CODE: &[&str] = &["eval", "new Function"];

/// Holds the client's files against the rules.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in SCRIPTS.iter().flat_map(|end| tree.client(end)) {
        if text.lines().next().and_then(|first| first.strip_prefix("//")).is_none_or(|header| header.trim().is_empty())
        {
            findings.push(Finding::in_file(path, "opens with `//`: what it owns, and why it is so"));
        }
        // A test looks at the page's HTML, and makes a little of its own.
        if is_test(path) {
            continue;
        }
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !is_comment(line)) {
            findings.extend(judge(path, line).map(|says| Finding::at(path, index + 1, says)));
        }
    }
    for (path, text) in SCRIPTS.iter().chain([&STYLES]).flat_map(|end| tree.client(end)) {
        let lines = text.lines().count();
        if lines > LONGEST {
            let says = format!("has {lines} lines, more than {LONGEST}: it holds more than one concept");
            findings.push(Finding::in_file(path, says));
        }
    }
    findings
}

fn judge(path: &str, line: &str) -> impl Iterator<Item = String> {
    let (place, word) = SHOWS_HTML;
    let shown = (path != place && names(line, word)).then(|| format!("`{word}` stands in {place} only"));
    let named = |words: &'static [&'static str]| words.iter().filter(|word| names(line, word));
    let html = named(TO_HTML).map(|word| format!("`{word}` makes HTML of text: only {place} shows HTML"));
    let code = named(TO_CODE).map(|word| format!("`{word}` makes code of text"));
    shown.into_iter().chain(html).chain(code).collect::<Vec<_>>().into_iter()
}

fn is_test(path: &str) -> bool {
    path.starts_with("client/e2e/") || path.contains(".test.")
}

fn is_comment(line: &str) -> bool {
    ["//", "/*", "*"].iter().any(|start| line.trim_start().starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(path: &str, text: &str) -> Vec<String> {
        check(&Tree::made_up(&[(path, text)])).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_file_opens_by_saying_what_it_owns() {
        assert_eq!(says("client/src/app/page.tsx", "// The page.\nexport {};\n"), [""; 0]);
        for text in ["", "export {};\n", "//\n", "/* x */\n", "\n// The page.\n"] {
            assert!(says("client/src/app/page.tsx", text)[0].contains("opens with `//`"), "{text:?}");
        }
        assert_eq!(says("client/src/ui/base.css", "body {}\n"), [""; 0]);
        assert_eq!(says("elsewhere/page.ts", "export {};\n"), [""; 0]);
    }

    #[test]
    fn files_are_short() {
        for path in ["client/src/app/page.tsx", "client/e2e/post.spec.ts", "client/src/ui/base.css"] {
            let of = |lines: usize| format!("// x{}", "\n".repeat(lines));
            assert_eq!(says(path, &of(300)), [""; 0]);
            assert!(says(path, &of(301))[0].contains("301 lines"), "{path}");
        }
    }

    #[test]
    fn html_is_shown_in_one_place_and_code_is_made_of_text_nowhere() {
        let html = "// x\n<div dangerouslySetInnerHTML={{ __html: html }} />\n";
        assert_eq!(says("client/src/ui/Markdown.tsx", html), [""; 0]);
        assert!(says("client/src/thread/Comment.tsx", html)[0].starts_with("client/src/thread/Comment.tsx:2: "));
        for bad in ["a.innerHTML = b", "a.outerHTML", "insertAdjacentHTML(b)", "eval(b)", "new Function(b)"] {
            for path in ["client/src/ui/Markdown.tsx", "client/src/app/page.ts", "client/public/theme.js"] {
                assert_eq!(says(path, &format!("// x\n{bad};\n")).len(), 1, "{path} {bad}");
            }
        }
        for test in ["client/e2e/safety.spec.ts", "client/src/moderation/keys.test.ts"] {
            assert_eq!(says(test, "// x\ndocument.body.innerHTML = a;\n"), [""; 0], "{test}");
        }
        assert_eq!(says("client/src/app/page.ts", "// x\n// innerHTML is not used\nconst retrieval = 1;\n"), [""; 0]);
    }
}
