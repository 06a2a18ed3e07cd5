//! The rules of this repository that neither the compiler nor a lint can hold: which crate may know which, which file
//! may name what, how files look. Each rule is a function from the tree of files to findings, so that its tests feed it
//! a bad example and see it speak.
//!
//! A rule that gets in the way of something good is changed here, in its table, where a reviewer sees it.

use std::fmt::{self, Display};
use std::path::Path;

mod arrows;
mod client;
mod habits;
mod links;
mod places;
mod shape;
mod source;
mod tree;

use tree::Tree;

/// Something that is not as it should be.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    path: String,
    line: usize,
    says: String,
}

impl Finding {
    /// About one line, counted from 1.
    fn at(path: &str, line: usize, says: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, says: says.into() }
    }

    /// About a file as a whole.
    fn in_file(path: &str, says: impl Into<String>) -> Self {
        Self::at(path, 0, says)
    }
}

impl Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(out, "{}: {}", self.path, self.says),
            line => write!(out, "{}:{line}: {}", self.path, self.says),
        }
    }
}

/// Holds every rule against the files under `root`; what they find, in order of path and line.
///
/// # Errors
/// If the files cannot be read.
pub fn check(root: &Path) -> anyhow::Result<Vec<Finding>> {
    let tree = Tree::load(root)?;
    let rules = [arrows::check, places::check, shape::check, habits::check, client::check, links::check];
    let mut findings: Vec<Finding> = rules.iter().flat_map(|rule| rule(&tree)).collect();
    findings.sort();
    Ok(findings)
}
