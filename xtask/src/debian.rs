//! What is missing is installed without asking in one case only: as root on Debian or one of its kin, which is what a
//! container for checks is. A person's own machine is left as it is; they are told what to install.

use std::path::Path;
use std::process::Command;
use std::{fs, io};

use crate::step;

/// Installs packages if this is such a machine; whether that was so and went well.
pub fn install(step: &str, packages: &[&str]) -> bool {
    if !Path::new("/etc/debian_version").exists() || !is_root() {
        return false;
    }
    let quiet = StartsNothing::begin();
    let mut ran = false;
    for args in [&["update"][..], &[&["install", "-y", "--no-install-recommends"], packages].concat()] {
        let mut apt = Command::new("apt-get");
        apt.args(args).env("DEBIAN_FRONTEND", "noninteractive");
        ran = step::watch(step, apt).success;
    }
    drop(quiet);
    ran
}

/// Packages of servers start them. The tests start their own, so meanwhile Debian is told that nothing may be started
/// (`policy-rc.d`), unless the machine has a policy of its own.
struct StartsNothing(bool);

const POLICY: &str = "/usr/sbin/policy-rc.d";

impl StartsNothing {
    fn begin() -> Self {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o755);
        let file = options.open(POLICY);
        Self(file.and_then(|mut file| io::Write::write_all(&mut file, b"#!/bin/sh\nexit 101\n")).is_ok())
    }
}

impl Drop for StartsNothing {
    fn drop(&mut self) {
        if self.0 && fs::remove_file(POLICY).is_err() {
            println!("{POLICY} could not be removed: remove it, or no service starts on this machine any more");
        }
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|answer| answer.stdout.trim_ascii() == b"0")
}
