//! Rules as people write them, in TOML; `built_in.toml` explains the format and is what decides without a file.
//!
//! What is wrong with a file is told with its line, the rule's name, and what to do about it, since a service
//! that starts with other rules than were meant would be worse than one that does not start.

use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use toml::Spanned;

use super::{Action, Conditions, Matcher, RESERVED, Rule, Rules};
use crate::item::Kind;

/// The file of the rules that are built in.
pub const BUILT_IN: &str = include_str!("built_in.toml");

/// The largest file, in bytes.
pub const LARGEST: u64 = 1 << 20;

/// The most rules, and the longest name and reason in characters.
const MOST_RULES: usize = 1000;
const LONGEST_NAME: usize = 60;
const LONGEST_REASON: usize = 500;

/// What is wrong with a file of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesError {
    /// The line, from 1.
    pub line: usize,
    /// The rule, if it has got a name.
    pub rule: Option<String>,
    /// What is wrong and what to do.
    pub problem: String,
}

impl fmt::Display for RulesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(rule) = &self.rule {
            write!(f, ", rule `{rule}`")?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl std::error::Error for RulesError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rules: Vec<Spanned<Written>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: Option<String>,
    action: Option<Action>,
    applies_to: Option<Vec<Kind>>,
    #[serde(default)]
    words: Vec<String>,
    pattern: Option<String>,
    longer_than: Option<usize>,
    shorter_than: Option<usize>,
    reason: Option<String>,
}

/// Reads the rules of a file.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn parse(text: &str) -> Result<Rules, RulesError> {
    let file: File = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        RulesError { line: line_of(text, at), rule: name_near(text, at), problem: error.message().to_owned() }
    })?;
    let mut names = HashSet::new();
    let mut rules = Vec::with_capacity(file.rules.len());
    for written in file.rules {
        let line = line_of(text, written.span().start);
        let name = written.get_ref().name.clone();
        let wrong = |problem: String| RulesError { line, rule: name.clone(), problem };
        if rules.len() == MOST_RULES {
            return Err(wrong(format!("there are more than {MOST_RULES} rules: join some of them")));
        }
        let rule = written.into_inner().check().map_err(wrong)?;
        if !names.insert(rule.name.clone()) {
            return Err(wrong("another rule has this name: give it one of its own".to_owned()));
        }
        rules.push(rule);
    }
    Ok(Rules::new(rules))
}

impl Written {
    fn check(self) -> Result<Rule, String> {
        let name = self.name.ok_or("it has no name: add name = \"...\"")?;
        if name.trim().is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            return Err(format!("a name has 1 to {LONGEST_NAME} characters on one line: change it"));
        }
        if RESERVED.contains(&name.as_str()) {
            return Err(format!("the names {} are taken: choose another", RESERVED.join(", ")));
        }
        let action = self.action.ok_or("it does nothing: add action = \"reject\", \"hold\" or \"approve\"")?;
        let applies_to = self.applies_to.unwrap_or_else(|| vec![Kind::Post, Kind::Comment]);
        if applies_to.is_empty() {
            return Err("it applies to nothing: write applies_to = [\"post\", \"comment\"], or leave it out".to_owned());
        }
        if self.reason.as_ref().is_some_and(|reason| reason.chars().count() > LONGEST_REASON) {
            return Err(format!("its reason has more than {LONGEST_REASON} characters: make it shorter"));
        }
        let conditions = Conditions {
            words: self.words,
            pattern: self.pattern,
            longer_than: self.longer_than,
            shorter_than: self.shorter_than,
        };
        let matcher = Matcher::new(&conditions).map_err(|error| error.to_string())?;
        Ok(Rule { name, action, applies_to, reason: self.reason, conditions, test: Box::new(matcher) })
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|&byte| byte == b'\n').count() + 1
}

/// The name of the rule around this place, where the file as a whole could not be read.
fn name_near(text: &str, at: usize) -> Option<String> {
    const HEADER: &str = "[[rules]]";
    let end = text.len().min(at + HEADER.len());
    let begin = text.get(..end)?.rfind(HEADER)? + HEADER.len();
    let rule = text.get(begin..)?;
    let rule = &rule[..rule.find(HEADER).unwrap_or(rule.len())];
    rule.lines().find_map(|line| {
        let value = line.trim().strip_prefix("name")?.trim_start().strip_prefix('=')?.trim();
        Some(value.trim_matches(['"', '\'']).to_owned())
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use crate::item::Text;

    fn wrong(text: &str) -> (usize, String, String) {
        let error = parse(text).unwrap_err();
        (error.line, error.rule.unwrap_or_default(), error.problem)
    }

    #[test]
    fn the_rules_that_are_built_in_can_be_read() {
        let rules = Rules::built_in().unwrap();
        let names: Vec<_> = rules.all().iter().map(|rule| rule.name.as_str()).collect();
        assert_eq!(names, ["banned-words", "held-words", "long-comment"]);
    }

    #[test]
    fn a_file_without_rules_approves_everything() {
        let rules = parse("# nothing\n").unwrap();
        let ruling = rules.judge(Kind::Comment, &Text { title: None, content: Some("orange".to_owned()) });
        assert_eq!((ruling.action, ruling.rule.as_str()), (Action::Approve, super::super::DEFAULT));
    }

    #[test]
    fn what_is_wrong_is_told_with_line_rule_and_remedy() {
        let cases = [
            ("[[rules]]\nname = \"a\"\naction = \"rejct\"\nwords = [\"x\"]", 3, "a", "unknown variant `rejct`"),
            ("\n[[rules]]\nname = \"a\"\naction = \"hold\"", 2, "a", "give it words"),
            ("[[rules]]\naction = \"hold\"\nwords = [\"x\"]", 1, "", "add name"),
            ("[[rules]]\nname = \"a\"\nwords = [\"x\"]", 1, "a", "add action"),
            ("[[rules]]\nname = \"a\"\naction = \"hold\"\nword = [\"x\"]", 4, "a", "unknown field `word`"),
            ("[[rule]]\nname = \"a\"", 1, "", "unknown field `rule`"),
            ("[[rules]]\nname = \"a\"\naction = \"hold\"\npattern = \"(\"", 1, "a", "unclosed group"),
            ("[[rules]]\nname = \"a\"\naction = \"hold\"\nlonger_than = -1", 4, "a", "invalid value"),
            ("[[rules]]\nname = \"a\"\naction = \"hold\"\nwords = [\"\"]", 1, "a", "a word is empty"),
            ("[[rules]]\nname = \"default\"\naction = \"hold\"\nwords = [\"x\"]", 1, "default", "are taken"),
            ("[[rules]]\nname = \" \"\naction = \"hold\"\nwords = [\"x\"]", 1, " ", "1 to 60 characters"),
            (
                "[[rules]]\nname = \"a\"\naction = \"hold\"\napplies_to = []\nwords = [\"x\"]",
                1,
                "a",
                "applies to nothing",
            ),
            ("[[rules]]\nname = \"a\"\naction = \"hold\"\napplies_to = [\"user\"]", 4, "a", "`user` is not a kind"),
            ("[[rules]]\nname = \"a\"\naction = ", 3, "a", ""),
            ("rules = 7", 1, "", "invalid type"),
        ];
        for (text, line, rule, problem) in cases {
            let (at, name, said) = wrong(text);
            assert_eq!((at, name.as_str()), (line, rule), "{text}\n{said}");
            assert!(said.contains(problem), "{text}\n{said}");
        }
    }

    #[test]
    fn a_name_belongs_to_one_rule() {
        let rule = "[[rules]]\nname = \"a\"\naction = \"hold\"\nwords = [\"x\"]\n";
        let (line, name, said) = wrong(&format!("{rule}{rule}"));
        assert_eq!((line, name.as_str()), (5, "a"));
        assert!(said.contains("another rule has this name"), "{said}");
    }
}
