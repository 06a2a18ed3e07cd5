//! Where the binaries are: in the folder that `FOLKMOOT_BINARIES` names, as `cargo xtask test` sets it after building
//! them; else beside the test's own, and cargo is asked once per process to bring them up to date.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The path of one of the project's binaries, built as this process was (debug or release).
///
/// # Panics
/// If it cannot be built.
#[expect(clippy::expect_used, clippy::disallowed_methods, reason = "a story without its binaries fails")]
pub fn path(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        if let Some(folder) = std::env::var_os("FOLKMOOT_BINARIES") {
            return folder.into();
        }
        let me = std::env::current_exe().expect("the path of this process");
        // target/<profile>/deps/<test> or target/<profile>/<binary>
        let folder = me.ancestors().skip(1).find(|folder| !folder.ends_with("deps")).expect("a target folder");
        build(folder.ends_with("release"));
        folder.to_owned()
    });
    folder.join(name)
}

#[expect(clippy::expect_used, reason = "a story without its binaries fails")]
fn build(release: bool) {
    #[expect(clippy::disallowed_methods, reason = "cargo says where it is itself")]
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--bins", "--manifest-path"]);
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"));
    for package in ["chassis", "folkmoot", "event-bus", "posts", "comments", "query", "moderation"] {
        command.args(["--package", package]);
    }
    if release {
        command.arg("--release");
    }
    let status = command.stdin(Stdio::null()).status().expect("cargo runs");
    assert!(status.success(), "the binaries cannot be built");
}
