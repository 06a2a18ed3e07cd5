//! The rules: what becomes of a text, decided in order, by the first rule that matches.
//!
//! Pure and the same for everyone: a ruling depends on the rules, the text and the name under it alone. What a rule looks for is behind
//! [`Test`]; the ones that ship look for words, a pattern or a length ([`conditions`]), and are read from a
//! [`mod@file`]. A rule that fails holds the text for a person, for neither publishing nor rejecting unseen would be right.

pub mod conditions;
pub mod file;
pub mod readings;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::item::{Kind, Text};
pub use conditions::{Conditions, Matcher};
pub use file::RulesError;

/// What decides where no rule matches.
pub const DEFAULT: &str = "default";

/// What holds a text when all judges are at work on others.
pub const BUSY: &str = "judges";

/// Names that no rule may have, since they mean something else in verdicts and the queue.
pub const RESERVED: [&str; 3] = [DEFAULT, BUSY, crate::verdict::REPORTS];

/// What a rule does with a text that it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Nobody but its author and moderators sees it.
    Reject,
    /// A person decides.
    Hold,
    /// It is good, and no later rule is asked.
    Approve,
}

/// Why a test could not tell.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct TestError(pub String);

/// What is judged: everything that a reader sees of a version.
#[derive(Debug, Default)]
pub struct Seen {
    /// A post's title.
    pub title: Option<String>,
    /// A comment's text, or a post's below its title.
    pub content: Option<String>,
    /// The name that somebody without an account chose.
    pub author_name: Option<String>,
    readings: OnceLock<Vec<Box<str>>>,
}

impl Seen {
    /// A text, under this name.
    pub fn new(text: Text, author_name: Option<String>) -> Self {
        Self { title: text.title, content: text.content, author_name, readings: OnceLock::new() }
    }

    /// Every way in which it may be read, worked out once for all rules.
    pub fn readings(&self) -> &[Box<str>] {
        self.readings
            .get_or_init(|| readings::of(self.title.as_deref(), self.content.as_deref(), self.author_name.as_deref()))
    }
}

/// What a rule looks for.
pub trait Test: fmt::Debug + Send + Sync + 'static {
    /// Whether the text has it.
    ///
    /// # Errors
    /// If that cannot be told. A panic counts as an error too.
    fn matches(&self, seen: &Seen) -> Result<bool, TestError>;
}

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// Its name, which no other has.
    pub name: String,
    /// What it does.
    pub action: Action,
    /// What it applies to.
    pub applies_to: Vec<Kind>,
    /// What authors and moderators are told.
    pub reason: Option<String>,
    /// What it looks for, in the words of the file; empty for a test from elsewhere.
    pub conditions: Conditions,
    /// What it looks for.
    pub test: Box<dyn Test>,
}

/// What the rules make of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// What becomes of it.
    pub action: Action,
    /// The rule that decided.
    pub rule: String,
    /// Why.
    pub reason: Option<String>,
    /// What went wrong, if something did; the action is then to hold.
    pub trouble: Option<Trouble>,
}

/// Why rules could not decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// A rule failed.
    Error,
    /// A rule took too long.
    Slow,
    /// Too many texts were being judged.
    Busy,
}

impl Trouble {
    /// The word in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Slow => "slow",
            Self::Busy => "busy",
        }
    }
}

impl Ruling {
    /// Holds a text because rules could not decide.
    pub fn troubled(rule: &str, trouble: Trouble) -> Self {
        let reason = match trouble {
            Trouble::Error => "the rule failed",
            Trouble::Slow => "the rule took too long",
            Trouble::Busy => "too many texts were being judged",
        };
        Self { action: Action::Hold, rule: rule.to_owned(), reason: Some(reason.to_owned()), trouble: Some(trouble) }
    }
}

/// Rules in their order.
#[derive(Debug, Default)]
pub struct Rules(Vec<Rule>);

impl Rules {
    /// These rules. They must have different names.
    pub fn new(rules: Vec<Rule>) -> Self {
        Self(rules)
    }

    /// The rules that are there without a file.
    ///
    /// # Errors
    /// Never, unless this build's own file is broken.
    pub fn built_in() -> Result<Self, RulesError> {
        file::parse(file::BUILT_IN)
    }

    /// Every rule, in order.
    pub fn all(&self) -> &[Rule] {
        &self.0
    }

    /// Judges a text without a name.
    pub fn judge(&self, kind: Kind, text: &Text) -> Ruling {
        self.judge_while(kind, &Seen::new(text.clone(), None), |_| true)
    }

    /// Judges a text; before each rule that applies, `may_ask` is told its index and says whether it may be asked. One
    /// that may not be is taken for too slow.
    pub fn judge_while(&self, kind: Kind, seen: &Seen, mut may_ask: impl FnMut(usize) -> bool) -> Ruling {
        for (index, rule) in self.0.iter().enumerate().filter(|(_, rule)| rule.applies_to.contains(&kind)) {
            if !may_ask(index) {
                return Ruling::troubled(&rule.name, Trouble::Slow);
            }
            match catch_unwind(AssertUnwindSafe(|| rule.test.matches(seen))) {
                Ok(Ok(false)) => {}
                Ok(Ok(true)) => {
                    let (action, reason) = (rule.action, rule.reason.clone());
                    return Ruling { action, rule: rule.name.clone(), reason, trouble: None };
                }
                Ok(Err(_)) | Err(_) => return Ruling::troubled(&rule.name, Trouble::Error),
            }
        }
        Ruling { action: Action::Approve, rule: DEFAULT.to_owned(), reason: None, trouble: None }
    }
}
