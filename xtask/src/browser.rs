//! The client in a real browser, against the real board: Playwright with the Chromium of this machine. Nothing is
//! downloaded by it.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::client::Client;
use crate::summary::Row;
use crate::{counts, debian, step, tools};

/// The name of this step in the summary.
pub const STEP: &str = "browser";
/// Tells the tests which browser to start.
const VARIABLE: &str = "FOLKMOOT_CHROMIUM";
const NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

/// Of these stories each is told through the front door of containers too.
const AT_NGINX: &[&str] = &["newcomer", "read-live", "e2e/recovery", "safety"];

/// Runs the browser's tests. `build` builds the board, with the client in it, and returns the folder of its binaries.
pub fn check(root: &Path, ci: bool, build: impl FnOnce() -> Option<PathBuf>) -> Vec<Row> {
    let client = match Client::find(root, ci) {
        Ok(client) => client,
        Err(why) => return vec![Row::missing(STEP, why, ci)],
    };
    let Some(chromium) = chromium() else {
        let why = "there is no Chromium; install it (Debian: apt-get install chromium) or name it in FOLKMOOT_CHROMIUM";
        return vec![Row::missing(STEP, why, ci)];
    };
    let ready = client.bring_up_to_date().then(build).flatten();
    let Some(binaries) = ready else {
        return vec![Row::single(STEP, false, std::time::Duration::ZERO).note("what it runs could not be built")];
    };
    let run = |name: &'static str, pages: &str, stories: &[&str]| {
        let mut tests = client.npm(&[&["run", "e2e", "--"], stories].concat());
        tests.env(crate::suite::BINARIES_VARIABLE, &binaries).env(VARIABLE, &chromium).env("FOLKMOOT_E2E_PAGES", pages);
        let ended = step::watch_and_keep(name, tests);
        Row::tests(name, ended.success, counts::of_playwright(&ended.output), ended.took)
    };
    let door = if tools::has_nginx() {
        run("browser-nginx", "nginx", AT_NGINX)
    } else {
        Row::missing("browser-nginx", "there is no nginx with its Brotli module", ci)
    };
    vec![run(STEP, "", &[]), door]
}

/// The browser: the one that is named, else the first that runs; on Debian as root that means installing it.
#[expect(clippy::disallowed_methods, reason = "which browser there is, is the machine's own setting")]
fn chromium() -> Option<PathBuf> {
    if let Some(named) = env::var_os(VARIABLE) {
        return Some(named.into());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let runs = || on_path(&path).find(|browser| step::works(Command::new(browser).arg("--version")));
    runs().or_else(|| debian::install(STEP, &["chromium"]).then(runs).flatten())
}

/// Where browsers lie in the folders of a `PATH`, those first that are preferred.
fn on_path(path: &OsStr) -> impl Iterator<Item = PathBuf> {
    let folders: Vec<_> = env::split_paths(path).collect();
    let all = move |name: &&str| folders.iter().map(|folder| folder.join(name)).collect::<Vec<_>>();
    NAMES.iter().flat_map(all).filter(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::fs;

    use super::*;

    #[test]
    fn any_of_the_known_browsers_will_do() {
        let folder = env::temp_dir().join(format!("folkmoot-xtask-{}-browsers", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = env::join_paths([Path::new("/no/such/folder"), &folder]).unwrap();
        assert_eq!(on_path(&path).next(), None);
        for name in ["google-chrome", "chromium-browser", "chromium"] {
            fs::write(folder.join(name), "").unwrap();
            assert_eq!(on_path(&path).next(), Some(folder.join(name)));
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
