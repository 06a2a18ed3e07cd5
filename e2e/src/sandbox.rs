//! A host of one's own for a test: no network but its own loopback, a file system that cannot be written to, no rights, and
//! names that lead where the test wants. There, programs can be started with exactly the addresses, folders and names that
//! they have in a cluster, on any machine, beside anything else.
//!
//! The test runs itself again inside (with bubblewrap), and is what that run says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Says inside where the test's own folder is.
const INSIDE: &str = "FOLKMOOT_SANDBOX";
/// What the host brings of its own, or must not have from outside.
const NOT_FROM_OUTSIDE: [&str; 8] = ["proc", "sys", "dev", "tmp", "run", "data", "srv", "lost+found"];
/// As in the images.
const USER: &str = "65532";

/// How the host is to be.
#[derive(Debug, Clone, Copy)]
pub struct Host<'a> {
    /// Names of this host, beside `localhost`.
    pub names: &'a [&'a str],
    /// Folders from outside and where they are seen, read-only.
    pub folders: &'a [(&'a Path, &'a str)],
    /// Folders that are empty and may be written to.
    pub writable: &'a [&'a str],
}

/// Inside, gives the folder that `prepare` filled outside. Outside, runs the test of this name inside, and gives `None` once
/// that has passed.
///
/// # Panics
/// If it did not pass, or there is no bubblewrap.
#[expect(clippy::expect_used, clippy::disallowed_methods, reason = "a story fails by panicking; how it tells itself")]
pub fn enter(test: &str, prepare: impl FnOnce(&Path), host: impl FnOnce(&Path, &dyn Fn(Host<'_>))) -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os(INSIDE) {
        return Some(folder.into());
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    prepare(folder.path());
    host(folder.path(), &|host| {
        let output =
            command(test, folder.path(), host).output().expect("bwrap runs; Debian: apt-get install bubblewrap");
        let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && told.contains("1 passed"), "{test}, inside: {told}");
    });
    None
}

#[expect(clippy::expect_used, reason = "a story fails by panicking")]
fn command(test: &str, folder: &Path, host: Host<'_>) -> Command {
    let hosts = folder.join("hosts");
    fs::write(&hosts, format!("127.0.0.1 localhost {}\n", host.names.join(" "))).expect("a file");
    let exe = std::env::current_exe().expect("this program");
    let binaries = crate::binaries::path("folkmoot");
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a folder");

    let mut bwrap = Command::new("bwrap");
    bwrap.args(["--unshare-all", "--die-with-parent", "--new-session", "--clearenv", "--uid", USER, "--gid", USER]);
    for entry in fs::read_dir("/").expect("a root") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if NOT_FROM_OUTSIDE.contains(&&*name) || name.starts_with('.') {
            continue;
        }
        if let Ok(target) = fs::read_link(&path) {
            bwrap.arg("--symlink").args([&target, &path]);
        } else if path.is_dir() {
            bwrap.arg("--ro-bind").args([&path, &path]);
        }
    }
    bwrap.args(["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]);
    bwrap.arg("--ro-bind").arg(&hosts).arg("/etc/hosts");
    // Wherever they lie, also where the host has a folder of its own.
    for seen in [repository, exe.parent().expect("a folder"), binaries.parent().expect("a folder"), folder] {
        bwrap.arg("--ro-bind").args([seen, seen]);
    }
    for (from, to) in host.folders {
        bwrap.arg("--ro-bind").arg(from).arg(to);
    }
    for folder in host.writable {
        bwrap.args(["--tmpfs", folder]);
    }
    bwrap.arg("--setenv").arg(INSIDE).arg(folder);
    bwrap.arg("--setenv").arg("FOLKMOOT_BINARIES").arg(binaries.parent().expect("a folder"));
    bwrap.args(["--setenv", "PATH", "/usr/sbin:/usr/bin:/sbin:/bin"]);
    bwrap.arg(exe).args(["--exact", test, "--nocapture"]);
    bwrap
}
