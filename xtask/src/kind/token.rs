//! The token of the bus and of moderation: `secrets.env` in the overlay, from which kustomize makes the Secret.
//!
//! It is made once and then kept: with another one, services that still hold the old one would be locked out of the bus. It
//! appears whole or not at all, and is never printed. The Secret's name ends in a digest of what is in it, so a changed token
//! makes another Secret beside the old one.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use anyhow::{Context, ensure};

use super::{NAMESPACE, kubectl};
use crate::step;

/// What the token is called in the file, in the Secret, and to the services.
pub const VARIABLE: &str = "FOLKMOOT_BUS_TOKEN";

const FILE: &str = "secrets.env";
/// Where it is written before it gets its name.
const ASIDE: &str = "secrets.env.new";
/// The length of the digest at the end of a name that kustomize generates.
const DIGEST: usize = 10;

/// Makes the file unless it is there; whether it was made.
///
/// # Errors
/// If the operating system gives no random bytes, or the folder takes no file.
pub fn keep(overlay: &Path) -> anyhow::Result<bool> {
    let path = overlay.join(FILE);
    if path.try_exists().with_context(|| path.display().to_string())? {
        return Ok(false);
    }
    let token = random().context("the operating system gave no random bytes for a token (/dev/urandom)")?;
    let aside = overlay.join(ASIDE);
    write(&aside, &format!("{VARIABLE}={token}\n"))
        .and_then(|()| fs::rename(&aside, &path))
        .with_context(|| format!("{} could not be written", path.display()))?;
    Ok(true)
}

/// The name of the Secret that the bus runs with.
///
/// # Errors
/// If the cluster does not say.
pub fn in_use() -> anyhow::Result<String> {
    let path = format!("--output=jsonpath={{..env[?(@.name==\"{VARIABLE}\")].valueFrom.secretKeyRef.name}}");
    let asked = kubectl(&["-n", NAMESPACE, "get", "deployment/event-bus", &path]).output();
    let asked = asked.context("kubectl could not be started")?;
    let name = String::from_utf8_lossy(&asked.stdout).trim().to_owned();
    let said = String::from_utf8_lossy(&asked.stderr);
    ensure!(!name.is_empty(), "the cluster does not say which Secret the token is in; it said: {}", said.trim());
    Ok(name)
}

/// Deletes the Secrets of former tokens: those whose names differ from this one in the digest only.
///
/// # Errors
/// If the cluster does not do so.
pub fn delete_others(in_use: &str) -> anyhow::Result<()> {
    let listed = kubectl(&["-n", NAMESPACE, "get", "secrets", "--output=name"]).output();
    let listed = listed.context("kubectl could not be started")?.stdout;
    let listed = String::from_utf8_lossy(&listed);
    let former: Vec<_> = listed.lines().filter(|name| is_former(name.trim_start_matches("secret/"), in_use)).collect();
    if former.is_empty() {
        return Ok(());
    }
    let deleted = step::watch("token", kubectl(&[&["-n", NAMESPACE, "delete"], &*former].concat())).success;
    ensure!(deleted, "the former tokens were not deleted (see above)");
    Ok(())
}

/// Whether this is the name of a Secret that was made of the same file with another content.
fn is_former(name: &str, in_use: &str) -> bool {
    let parts = |name: &str| name.rsplit_once('-').map(|(stem, digest)| (stem.to_owned(), digest.len()));
    name != in_use && parts(in_use).is_some_and(|of| of.1 == DIGEST && parts(name) == Some(of))
}

/// 32 random bytes in hexadecimal digits.
fn random() -> io::Result<String> {
    let mut bytes = [0_u8; 32];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    Ok(digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect())
}

/// Writes a file that only its owner may read. What a run that was cut short left there is replaced, not opened: it keeps
/// whatever mode it has.
fn write(path: &Path, text: &str) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    use super::*;

    /// A folder for an overlay. It is removed when this is dropped.
    struct Overlay(PathBuf);

    impl Overlay {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("folkmoot-xtask-{}-{name}", std::process::id()));
            drop(fs::remove_dir_all(&folder));
            fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }

        fn text(&self) -> String {
            fs::read_to_string(self.0.join(FILE)).unwrap()
        }
    }

    impl Drop for Overlay {
        fn drop(&mut self) {
            drop(fs::remove_dir_all(&self.0));
        }
    }

    #[test]
    fn a_token_is_64_digits_that_only_its_owner_may_read() {
        let (one, other) = (Overlay::new("token"), Overlay::new("token-other"));
        // Left by a run that was cut short, and open to all.
        fs::write(one.0.join(ASIDE), "FOLKMOOT_BUS").unwrap();
        fs::set_permissions(one.0.join(ASIDE), fs::Permissions::from_mode(0o644)).unwrap();
        assert!(keep(&one.0).unwrap() && keep(&other.0).unwrap());
        let text = one.text();
        let token = text.strip_prefix("FOLKMOOT_BUS_TOKEN=").and_then(|rest| rest.strip_suffix('\n')).unwrap();
        assert_eq!(token.len(), 64, "one line with one token");
        assert!(token.chars().all(|digit| digit.is_ascii_hexdigit()));
        assert_ne!(text, other.text());
        let mode = fs::metadata(one.0.join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let files: Vec<_> = fs::read_dir(&one.0).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(files, [FILE], "nothing else is left");
    }

    #[test]
    fn only_former_tokens_are_deleted() {
        let in_use = "bus-token-5m2k9tg4d8";
        assert!(is_former("bus-token-f7h6k5b4c2", in_use));
        for other in [in_use, "bus-token", "bus-token-of-ours", "mail-f7h6k5b4c2", "bus-f7h6k5b4c2"] {
            assert!(!is_former(other, in_use), "{other}");
        }
        assert!(!is_former("bus-tokens", "bus-token") && !is_former("bus-f7h6k5b4c2", "bus-token"));
    }

    #[test]
    fn a_token_that_is_there_is_kept() {
        let overlay = Overlay::new("token-kept");
        assert!(keep(&overlay.0).unwrap());
        let before = overlay.text();
        assert!(!keep(&overlay.0).unwrap());
        assert_eq!(overlay.text(), before);
        fs::write(overlay.0.join(FILE), "FOLKMOOT_BUS_TOKEN=one-of-ours\n").unwrap();
        assert!(!keep(&overlay.0).unwrap());
        assert_eq!(overlay.text(), "FOLKMOOT_BUS_TOKEN=one-of-ours\n");
    }

    #[test]
    fn a_folder_that_takes_no_file_is_named() {
        let overlay = Overlay::new("token-nowhere");
        let nowhere = overlay.0.join("nowhere");
        let error = keep(&nowhere).unwrap_err();
        assert!(error.to_string().contains("nowhere/secrets.env could not be written"), "{error}");
    }
}
