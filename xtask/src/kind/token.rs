//! The token of the bus and of moderation: `secrets.env` in the overlay, from which kustomize makes the Secret.
//!
//! It is made once and then kept: with another one, services that still hold the old one would be locked out of the bus. It
//! appears whole or not at all, and is never printed.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use anyhow::Context;

const FILE: &str = "secrets.env";
/// Where it is written before it gets its name.
const ASIDE: &str = "secrets.env.new";

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
    write(&aside, &format!("FOLKMOOT_BUS_TOKEN={token}\n"))
        .and_then(|()| fs::rename(&aside, &path))
        .with_context(|| format!("{} could not be written", path.display()))?;
    Ok(true)
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
