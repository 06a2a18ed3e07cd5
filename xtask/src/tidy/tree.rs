//! The files that the rules look at, read once: a value, so that tests can make one up.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context;

use super::source::{self, Source};

/// Folders that hold nothing written by hand.
const NOT_OURS: &[&str] = &[
    ".git",
    "data",
    "target",
    "client/dist",
    "client/src/api/schema",
    "client/test-results",
    "client/playwright-report",
];
/// A folder of that kind, wherever it lies.
const PACKAGES: &str = "node_modules";
/// Kinds of files whose text is read; of others only the name counts.
const READ: &[&str] = &["rs", "md", "toml", "ts", "tsx", "js", "mjs", "css"];

/// Every file of the repository.
pub struct Tree {
    /// Path from the root, with slashes, to text (of those that are read).
    files: BTreeMap<String, Option<String>>,
    sources: Vec<Source>,
}

impl Tree {
    /// Reads what lies under a folder.
    ///
    /// # Errors
    /// If a folder or file cannot be read.
    pub fn load(root: &Path) -> anyhow::Result<Self> {
        let mut files = BTreeMap::new();
        load_folder(root, "", &mut files)?;
        Ok(Self::of(files))
    }

    fn of(files: BTreeMap<String, Option<String>>) -> Self {
        let mut sources: Vec<Source> = texts(&files, ".rs").map(|(path, text)| Source::read(path, text)).collect();
        source::mark_test_modules(&mut sources);
        Self { files, sources }
    }

    /// A tree of made-up files.
    #[cfg(test)]
    pub fn made_up(files: &[(&str, &str)]) -> Self {
        Self::of(files.iter().map(|(path, text)| ((*path).to_owned(), Some((*text).to_owned()))).collect())
    }

    /// All Rust files.
    pub fn rust(&self) -> &[Source] {
        &self.sources
    }

    /// All Markdown files: path and text.
    pub fn markdown(&self) -> impl Iterator<Item = (&str, &str)> {
        texts(&self.files, ".md")
    }

    /// All files with this ending in the browser client's folder: path and text.
    pub fn client<'a>(&'a self, end: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        texts(&self.files, end).filter(|(path, _)| path.starts_with("client/"))
    }

    /// All manifests of crates and the workspace's: path and text.
    pub fn manifests(&self) -> impl Iterator<Item = (&str, &str)> {
        texts(&self.files, "Cargo.toml")
    }

    /// The text of one Markdown file.
    pub fn markdown_text(&self, path: &str) -> Option<&str> {
        self.markdown().find(|(found, _)| *found == path).map(|(_, text)| text)
    }

    /// Whether there is such a file or folder.
    pub fn has(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        path.is_empty() || self.files.contains_key(path) || self.files.keys().any(|file| file.starts_with(&folder))
    }
}

fn texts<'a>(files: &'a BTreeMap<String, Option<String>>, end: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    files
        .iter()
        .filter(move |(path, _)| path.ends_with(end))
        .filter_map(|(path, text)| Some((&**path, text.as_deref()?)))
}

fn load_folder(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Option<String>>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let (path, kind) = (format!("{prefix}{name}"), entry.file_type()?);
        if kind.is_dir() {
            if NOT_OURS.contains(&&*path) || name == PACKAGES {
                continue;
            }
            load_folder(&entry.path(), &format!("{path}/"), files)?;
        } else if kind.is_file() {
            let read = READ.iter().any(|end| entry.path().extension().is_some_and(|found| found == *end));
            let text = if read { Some(fs::read_to_string(entry.path()).with_context(|| path.clone())?) } else { None };
            files.insert(path, text);
        }
    }
    Ok(())
}
