//! What this machine needs to reach the registries of cargo and npm, handed to a build without standing in the Dockerfile:
//! whom it trusts, its mirrors, and what cargo has fetched already. Proxies are passed on by buildah itself.

use std::env;
use std::path::{Path, PathBuf};

/// Where Debian keeps the certificates that are trusted, and where the stand-ins are told to look for them.
pub const CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";
/// Cargo's home in the Rust image.
pub const CARGO_HOME: &str = "/usr/local/cargo";

/// A file or folder of this machine, and where it is seen in the build.
#[derive(Debug, PartialEq, Eq)]
struct Mount {
    from: PathBuf,
    to: String,
    how: &'static str,
}

/// The flags for buildah. `overlay` is whether the storage can lay a folder over another: then cargo reads what this
/// machine has fetched, and what it writes there goes nowhere.
#[expect(clippy::disallowed_methods, reason = "they are other programs' settings, on their way to those programs")]
pub fn flags(overlay: bool) -> Vec<String> {
    let home = env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let cargo = env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
    let trusted = env::var_os("SSL_CERT_FILE").map_or_else(|| CERTIFICATES.into(), PathBuf::from);
    let there = mounts(&home, &cargo, &trusted, overlay).into_iter().filter(|mount| mount.from.exists());
    there.map(|mount| format!("--volume={}:{}:{}", mount.from.display(), mount.to, mount.how)).collect()
}

fn mounts(home: &Path, cargo: &Path, trusted: &Path, overlay: bool) -> Vec<Mount> {
    let read = |from: PathBuf, to: &str| Mount { from, to: to.to_owned(), how: "ro" };
    let mut mounts = vec![
        read(trusted.to_owned(), CERTIFICATES),
        read(cargo.join("config.toml"), &format!("{CARGO_HOME}/config.toml")),
        read(home.join(".npmrc"), "/root/.npmrc"),
    ];
    if overlay {
        mounts.push(Mount { from: cargo.join("registry"), to: format!("{CARGO_HOME}/registry"), how: "O" });
    }
    mounts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_has_fetched_is_used_only_where_it_stays_as_it_is() {
        let of = |overlay| mounts(Path::new("/home/a"), Path::new("/home/a/.cargo"), Path::new("/ca.crt"), overlay);
        assert!(of(false).iter().all(|mount| mount.how == "ro"));
        let registry =
            Mount { from: "/home/a/.cargo/registry".into(), to: "/usr/local/cargo/registry".to_owned(), how: "O" };
        assert_eq!(of(true).last(), Some(&registry));
    }

    #[test]
    fn the_certificates_are_found_where_every_program_looks() {
        let found = mounts(Path::new("/root"), Path::new("/root/.cargo"), Path::new("/own/ca.crt"), false);
        assert_eq!((&*found[0].from, &*found[0].to), (Path::new("/own/ca.crt"), CERTIFICATES));
    }
}
