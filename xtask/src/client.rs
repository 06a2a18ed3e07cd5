//! The browser client's own tools: Node and npm, its packages, and its build, which the binaries carry.
//!
//! Nothing is done twice. Packages are installed when the lock file is newer than what npm noted of them, and the client is
//! built when something that it is made of is newer than its build. Without Node everything else works as before: the
//! board then has a plain page.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::summary::Row;
use crate::{counts, step};

/// The name of this step in the summary; its rows have longer ones.
pub const STEP: &str = "client";
const FOLDER: &str = "client";
/// The oldest Node that builds the client.
const OLDEST: (u32, u32) = (20, 19);
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };
/// What npm notes of the packages that it has installed.
const INSTALLED: &str = "node_modules/.package-lock.json";
/// The mark of a whole build, made last of all; a build that was cut short has none.
const BUILT: &str = "dist/.built";
/// What the client is made of, besides the files beside these folders.
const SOURCES: &[&str] = &["src", "public", "scripts"];

/// The client's folder, and npm to work in it.
pub struct Client {
    root: PathBuf,
    folder: PathBuf,
    ci: bool,
}

impl Client {
    /// The client, if it can be worked with here; `ci` is whether its tools are to be as strict as on CI, where they take
    /// no test that is marked as the only one.
    ///
    /// # Errors
    /// What is missing and how it is got, in one line.
    pub fn find(root: &Path, ci: bool) -> Result<Self, String> {
        let folder = root.join(FOLDER);
        if !folder.join("package.json").is_file() {
            return Err(format!("there is no {FOLDER}/package.json"));
        }
        is_new_enough(answer(Command::new("node").arg("--version")).as_deref())?;
        if !step::works(Command::new(NPM).arg("--version")) {
            return Err("there is Node but no npm; install npm (Debian: apt-get install npm)".to_owned());
        }
        Ok(Self { root: root.to_owned(), folder, ci })
    }

    /// One of npm's commands. Some of its tools take any `CI` for a yes, also one that says `false`.
    pub fn npm(&self, args: &[&str]) -> Command {
        let mut npm = Command::new(NPM);
        npm.current_dir(&self.folder).args(args);
        if self.ci {
            npm.env("CI", "true");
        } else {
            npm.env_remove("CI");
        }
        npm
    }

    /// Installs the packages that the lock file names.
    pub fn install(&self) -> Command {
        self.npm(&["ci", "--no-audit", "--no-fund"])
    }

    /// Builds the client into its `dist`.
    pub fn build(&self) -> Command {
        self.npm(&["run", "build"])
    }

    /// Whether the packages are those of the lock file.
    pub fn is_installed(&self) -> bool {
        is_newer(changed(&self.folder.join(INSTALLED)), changed(&self.folder.join("package-lock.json")))
    }

    /// Whether the build is newer than everything that it is made of.
    pub fn is_built(&self) -> bool {
        let beside = entries(&self.folder).into_iter().filter(|path| path.is_file());
        let described = entries(&self.root).into_iter().map(|folder| folder.join("openapi.json"));
        let inside = SOURCES.iter().map(|name| self.folder.join(name));
        let newest = beside.chain(described).chain(inside).filter_map(|path| last_change(&path)).max();
        is_newer(changed(&self.folder.join(BUILT)), newest)
    }

    /// Does what is still to do before the client can be used; whether there is one now.
    pub fn bring_up_to_date(&self) -> bool {
        let installed = self.is_installed() || step::watch(STEP, self.install()).success;
        installed && (self.is_built() || step::watch(STEP, self.build()).success)
    }
}

/// Everything that is checked of the client. On CI its packages are installed and it is built in any case; elsewhere only
/// if something changed.
pub fn check(root: &Path, ci: bool) -> Vec<Row> {
    let client = match Client::find(root, ci) {
        Ok(client) => client,
        Err(why) => return vec![Row::missing(STEP, why, ci)],
    };
    let mut rows = vec![packages(&client, ci)];
    if rows[0].counts.failed > 0 {
        rows.push(Row::skipped(STEP, "its packages are not there"));
        return rows;
    }
    let checked = step::watch("client-check", client.npm(&["run", "check"]));
    rows.push(Row::single("client-check", checked.success, checked.took).note("types, lints and format"));
    let tested = step::watch_and_keep("client-test", client.npm(&["test"]));
    rows.push(Row::tests("client-test", tested.success, counts::of_vitest(&tested.output), tested.took));
    rows.push(build(&client, ci));
    rows
}

fn packages(client: &Client, anew: bool) -> Row {
    let name = "client-ci";
    if !anew && client.is_installed() {
        return Row::single(name, true, Duration::ZERO).note("the packages are as the lock file says");
    }
    let installed = step::watch(name, client.install());
    Row::single(name, installed.success, installed.took)
}

/// A build that changes nothing would still make cargo build the binaries that carry it again.
fn build(client: &Client, anew: bool) -> Row {
    let name = "client-build";
    if !anew && client.is_built() {
        return Row::single(name, true, Duration::ZERO).note("nothing has changed since it was built");
    }
    let built = step::watch(name, client.build());
    Row::single(name, built.success, built.took)
}

/// Judges what `node --version` said.
fn is_new_enough(version: Option<&str>) -> Result<(), String> {
    let (major, minor) = OLDEST;
    let advice = format!("install Node {major}.{minor} or later (https://nodejs.org)");
    let Some(version) = version else {
        return Err(format!("there is no Node; {advice}"));
    };
    let mut numbers = version.trim().trim_start_matches('v').split('.').map(|number| number.parse::<u32>().ok());
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(found), Some(part)) if (found, part) >= OLDEST => Ok(()),
        _ => Err(format!("Node is {}, too old for the client; {advice}", version.trim())),
    }
}

fn answer(command: &mut Command) -> Option<String> {
    let answer = command.output().ok().filter(|answer| answer.status.success())?;
    Some(String::from_utf8_lossy(&answer.stdout).into_owned())
}

/// Whether something is there and not older than what it is made of.
fn is_newer(made: Option<SystemTime>, of: Option<SystemTime>) -> bool {
    made.is_some_and(|made| of.is_none_or(|of| made >= of))
}

fn changed(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|found| found.modified()).ok()
}

/// The last change of a file, or of a folder and all in it: what was taken away changes its folder.
fn last_change(path: &Path) -> Option<SystemTime> {
    let inside = entries(path).into_iter().filter_map(|entry| last_change(&entry));
    inside.chain(changed(path)).max()
}

/// What lies in a folder; nothing if it is none.
fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::fs::File;

    use super::*;

    /// A client in a folder of its own, in which every file changed at a second of the test's choosing.
    struct Made(PathBuf);

    impl Made {
        fn new(name: &str) -> Self {
            let root = std::env::temp_dir().join(format!("folkmoot-xtask-{}-{name}", std::process::id()));
            drop(fs::remove_dir_all(&root));
            Self(root)
        }

        fn file(&self, path: &str, second: u64) -> &Self {
            let path = self.0.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
            File::create(&path).unwrap().set_modified(time).unwrap();
            let inside = path.ancestors().skip(1).take_while(|folder| *folder != self.0);
            inside.for_each(|folder| File::open(folder).unwrap().set_modified(time).unwrap());
            self
        }

        fn client(&self) -> Client {
            Client { root: self.0.clone(), folder: self.0.join(FOLDER), ci: false }
        }
    }

    impl Drop for Made {
        fn drop(&mut self) {
            drop(fs::remove_dir_all(&self.0));
        }
    }

    #[test]
    fn an_old_node_is_named_with_what_to_install() {
        for fine in ["v20.19.0", "v22.1.0\n", "v24.0.0"] {
            assert_eq!(is_new_enough(Some(fine)), Ok(()), "{fine}");
        }
        for old in ["v18.20.0", "v20.18.3", "nonsense"] {
            let why = is_new_enough(Some(old)).unwrap_err();
            assert!(why.contains(old) && why.contains("install Node 20.19"), "{why}");
        }
        assert!(is_new_enough(None).unwrap_err().starts_with("there is no Node; install"));
    }

    #[test]
    fn packages_are_installed_when_the_lock_file_is_newer() {
        let made = Made::new("packages");
        made.file("client/package-lock.json", 10);
        assert!(!made.client().is_installed());
        made.file("client/node_modules/.package-lock.json", 20);
        assert!(made.client().is_installed());
        made.file("client/package-lock.json", 30);
        assert!(!made.client().is_installed());
    }

    #[test]
    fn the_client_is_built_when_something_that_it_is_made_of_is_newer() {
        let made = Made::new("build");
        made.file("client/src/app/page.tsx", 10).file("client/package.json", 10).file("posts/openapi.json", 10);
        assert!(!made.client().is_built());
        made.file("client/dist/index.html", 20);
        assert!(!made.client().is_built(), "it was cut short");
        made.file("client/dist/.built", 20);
        assert!(made.client().is_built());
        made.file("client/node_modules/x/index.js", 30).file("client/e2e/post.spec.ts", 30);
        assert!(made.client().is_built(), "what is not part of the build does not count");
        for source in ["client/src/app/page.tsx", "client/public/leaf.svg", "client/package.json", "posts/openapi.json"]
        {
            made.file("client/dist/.built", 40).file(source, 50);
            assert!(!made.client().is_built(), "{source}");
            made.file(source, 10);
        }
    }

    #[test]
    fn a_source_that_was_taken_away_is_a_change_too() {
        let made = Made::new("removed");
        made.file("client/src/app/old.ts", 10).file("client/dist/.built", 20);
        assert!(made.client().is_built());
        fs::remove_file(made.0.join("client/src/app/old.ts")).unwrap();
        assert!(!made.client().is_built());
    }
}
