//! Which metrics a `PromQL` expression speaks of: as much of its grammar as that takes, and no more.

use std::collections::BTreeSet;

/// Words that stand where a metric could. A name with a parenthesis behind it is a function and needs no place here.
const WORDS: [&str; 14] =
    ["and", "or", "unless", "offset", "bool", "inf", "nan", "sum", "min", "max", "avg", "count", "topk", "bottomk"];
/// What has labels in its parentheses.
const GROUPING: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];

/// The names of all metrics in it.
pub fn metrics(expression: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut rest = expression;
    while let Some(first) = rest.chars().next() {
        rest = match first {
            '"' | '\'' | '`' => behind(rest, first),
            '{' => behind_matchers(rest),
            '[' => behind(rest, ']'),
            // A variable of the dashboard; a number, or a time.
            '$' | '0'..='9' => rest[1..].trim_start_matches(is_of_name),
            first if is_of_name(first) => {
                let word = &rest[..rest.find(|c| !is_of_name(c)).unwrap_or(rest.len())];
                let after = rest[word.len()..].trim_start();
                if GROUPING.contains(&word) {
                    if after.starts_with('(') { behind(after, ')') } else { after }
                } else {
                    if !after.starts_with('(') && !WORDS.contains(&word) {
                        names.insert(word.to_owned());
                    }
                    after
                }
            }
            other => &rest[other.len_utf8()..],
        };
    }
    names
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == ':'
}

/// What follows the next `end` behind the first character.
fn behind(text: &str, end: char) -> &str {
    text[1..].split_once(end).map_or("", |(_, rest)| rest)
}

/// What follows the closing brace; in texts a brace is none.
fn behind_matchers(text: &str) -> &str {
    let mut rest = &text[1..];
    loop {
        match rest.find(['"', '}']) {
            Some(at) if rest[at..].starts_with('"') => rest = behind(&rest[at..], '"'),
            Some(at) => return &rest[at + 1..],
            None => return "",
        }
    }
}

#[test]
fn metrics_are_told_from_functions_labels_and_words() {
    for (expression, names) in [
        ("up{job=~\"(.+/)?folkmoot{}\"} == 0 or absent(http_connections{service=\"front\"})", "http_connections up"),
        ("sum by (namespace, le) (rate(a_total{status=~\"5..\"}[5m])) / 2e3 > bool 1h", "a_total"),
        ("max by (n) (head) - on (n) group_right () (position > 0) unless b offset 1h", "b head position"),
        ("histogram_quantile(0.9, sum(rate(c_bucket[$__rate_interval])))", "c_bucket"),
    ] {
        assert_eq!(metrics(expression), names.split(' ').map(str::to_owned).collect(), "{expression}");
    }
}
