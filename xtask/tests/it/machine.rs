//! A machine with just the programs that a test gives it: small scripts in a folder that is its whole `PATH`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A cargo that answers as if everything held: `test` counts two tests, nothing is installed beside it.
pub const CARGO: &str = r#"case "$1 $2" in
    "nextest --version" | "deny --version") exit 101 ;;
    "test "*) echo "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out" ;;
esac"#;

/// The same, with cargo-nextest.
pub const CARGO_WITH_NEXTEST: &str = r#"case "$1 $2" in
    "nextest run") echo "     Summary [   0.1s] 2 tests run: 2 passed, 0 skipped" ;;
    "deny --version") exit 101 ;;
esac"#;

/// The folder of its programs. It is removed when this is dropped.
pub struct Machine(PathBuf);

impl Machine {
    /// A machine without any program.
    pub fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("folkmoot-machine-{}-{name}", std::process::id()));
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// Gives it a program.
    pub fn with(self, name: &str, script: &str) -> Self {
        let path = self.0.join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// Runs `cargo xtask` on it, with `CI` as said: whether it succeeded, and all that it printed.
    pub fn xtask(&self, args: &[&str], ci: &str) -> (bool, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(args).env_clear().env("PATH", &self.0).env("CI", ci).current_dir(&self.0);
        let ended = command.output().unwrap();
        let printed = [ended.stdout, ended.stderr].concat();
        (ended.status.success(), String::from_utf8_lossy(&printed).into_owned())
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.0
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// The line of the summary about a step.
pub fn row<'a>(printed: &'a str, step: &str) -> &'a str {
    let summary = printed.split("== summary").nth(1).unwrap_or_default();
    let found = summary.lines().find(|line| line.split_whitespace().next() == Some(step));
    found.unwrap_or_else(|| panic!("no row about {step} in {printed}"))
}
