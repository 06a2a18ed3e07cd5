//! Links between Markdown files lead somewhere: to a file or folder that is there, and to a heading that it has.

use super::{Finding, tree::Tree};

/// Follows every link that stays in the repository.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.markdown() {
        for (number, line) in prose(text) {
            for target in targets(&line) {
                findings.extend(follow(tree, path, &target).map(|says| Finding::at(path, number, says)));
            }
        }
    }
    findings
}

/// What is wrong with a link, if anything is.
fn follow(tree: &Tree, from: &str, target: &str) -> Option<String> {
    let elsewhere = target.contains("://") || target.starts_with("mailto:");
    if elsewhere || target.is_empty() {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let Some(path) = resolve(from, file) else { return Some(format!("`{target}` leads out of the repository")) };
    if !tree.has(&path) {
        return Some(format!("`{target}` leads nowhere"));
    }
    let markdown = tree.markdown_text(&path).filter(|_| !anchor.is_empty())?;
    (!headings(markdown).contains(&anchor.to_owned())).then(|| format!("`{target}`: there is no such heading"))
}

/// The path that a link means, from the root of the repository.
fn resolve(from: &str, file: &str) -> Option<String> {
    if file.is_empty() {
        return Some(from.to_owned());
    }
    let mut parts: Vec<&str> = if file.starts_with('/') { vec![] } else { from.split('/').collect() };
    parts.pop();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The lines outside fenced blocks, without code spans.
fn prose(text: &str) -> impl Iterator<Item = (usize, String)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let start = line.trim_start();
        if start.starts_with("```") || start.starts_with("~~~") {
            fenced = !fenced;
            return None;
        }
        (!fenced).then(|| (index + 1, line.split('`').step_by(2).collect::<Vec<_>>().join("`")))
    })
}

/// The targets of `[text](target "title")`, `![text](target)` and `[name]: target`.
fn targets(line: &str) -> Vec<String> {
    let inline = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let reference =
        line.trim_start().strip_prefix('[').and_then(|rest| rest.split_once("]: ")).map(|(_, target)| target);
    let clean = |target: &str| target.split_whitespace().next().map(|first| first.trim_matches(['<', '>']).to_owned());
    inline.chain(reference).filter_map(clean).collect()
}

/// The anchors of a file's headings, as the usual Markdown hosts make them.
fn headings(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        fenced ^= line.trim_start().starts_with("```");
        let title = line.trim_start_matches('#');
        if fenced || title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let kept = title.trim().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        let anchor: String = kept.map(|c| if c == ' ' { '-' } else { c }).flat_map(char::to_lowercase).collect();
        let earlier = found.iter().filter(|other| **other == anchor).count();
        found.push(anchor.clone());
        if earlier > 0 {
            found.push(format!("{anchor}-{earlier}"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(text: &str) -> Vec<String> {
        let other = "# The bus\n\n## Push, single & batched\n\n```\n# no heading\n```\n";
        let tree = Tree::made_up(&[("docs/page.md", text), ("README.md", other), ("posts/src/lib.rs", "//! x\n")]);
        check(&tree).into_iter().map(|finding| finding.says).collect()
    }

    #[test]
    fn links_that_lead_somewhere_pass() {
        let good = "[a](../README.md) [b](../README.md#push-single--batched) [c](../posts) [d](/posts/src/lib.rs \"title\")\n\
                    [e](https://example.org/x) [f](#here) ![g](<../README.md>)\n\n# Here\n\n[name]: ../README.md\n";
        assert_eq!(says(good), [""; 0]);
    }

    #[test]
    fn links_that_lead_nowhere_do_not() {
        for bad in ["[a](gone.md)", "[a](README.md)", "![a](../posts/src/gone.rs)", "[name]: gone.md"] {
            assert!(says(bad)[0].ends_with("leads nowhere"), "{bad}");
        }
        assert!(says("[a](../../outside.md)")[0].ends_with("out of the repository"));
        for bad in ["[a](../README.md#gone)", "[a](#gone)", "[a](../README.md#no-heading)"] {
            assert!(says(bad)[0].ends_with("no such heading"), "{bad}");
        }
    }

    #[test]
    fn code_has_no_links() {
        assert_eq!(says("`[a](gone.md)`\n\n```\n[a](gone.md)\n```\n"), [""; 0]);
    }
}
