//! A place for images that is nobody else's: a storage of its own under the temporary folder, kept between two runs for
//! the layers in it. Nothing that belongs to the machine's own Docker, Podman or Buildah is seen or changed.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step;

/// The storage drivers, the quick one first. Overlay shares what layers have in common; vfs works everywhere (in a
/// container whose own files are an overlay, say) and copies everything for each layer.
const DRIVERS: [&str; 2] = ["overlay", "vfs"];

/// The storage.
pub struct Store {
    folder: PathBuf,
    driver: &'static str,
}

impl Store {
    /// Opens the storage of this user, or makes it.
    ///
    /// # Errors
    /// Why there is none, in one line.
    pub fn open(user: u32) -> Result<Self, String> {
        let folder = std::env::temp_dir().join(format!("folkmoot-images-{user}"));
        own(&folder, user).map_err(|error| format!("{}: {error}", folder.display()))?;
        let opened = DRIVERS.into_iter().map(|driver| Self { folder: folder.clone(), driver });
        opened
            .into_iter()
            .find(Self::works)
            .ok_or_else(|| format!("buildah can keep no images under {}; `buildah info` says more", folder.display()))
    }

    /// Whether a layer can be made and looked at: an overlay may be known to the kernel and yet not be allowed here.
    fn works(&self) -> bool {
        let Ok(container) = self.ask(&["from", "scratch"]) else { return false };
        let mounted = self.ask(&["mount", &container]).is_ok();
        self.ask(&["rm", &container]).is_ok() && mounted
    }

    /// Where it lies, and how.
    pub fn described(&self) -> String {
        format!("{} ({})", self.folder.display(), self.driver)
    }

    /// Whether it keeps only the differences between layers.
    pub fn is_overlay(&self) -> bool {
        self.driver == DRIVERS[0]
    }

    /// A folder beside the images, for files under way.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// buildah on this storage.
    pub fn buildah(&self, args: &[&str]) -> Command {
        let mut buildah = Command::new("buildah");
        buildah.arg("--root").arg(self.folder.join(self.driver));
        buildah.arg("--runroot").arg(self.folder.join(format!("{}-run", self.driver)));
        buildah.args(["--storage-driver", self.driver]).args(args);
        buildah
    }

    /// What buildah answers.
    ///
    /// # Errors
    /// What it said instead.
    pub fn ask(&self, args: &[&str]) -> Result<String, String> {
        answer(self.buildah(args))
    }
}

/// What a program prints, without the space around it.
///
/// # Errors
/// If it could not be started, or failed: what it was and what it said.
pub fn answer(mut command: Command) -> Result<String, String> {
    let spelled = step::spelled(&command);
    let ended = command.output().map_err(|error| format!("{spelled}: {error}"))?;
    if ended.status.success() {
        return Ok(String::from_utf8_lossy(&ended.stdout).trim().to_owned());
    }
    Err(format!("{spelled}: {}", String::from_utf8_lossy(&ended.stderr).trim()))
}

/// A container that is being worked in; removed in the end.
pub struct Container<'a> {
    store: &'a Store,
    /// What buildah calls it.
    pub id: String,
    /// Where its files are.
    pub files: PathBuf,
}

impl<'a> Container<'a> {
    /// A new one of this image, its files in view.
    ///
    /// # Errors
    /// What buildah said.
    pub fn of(store: &'a Store, image: &str) -> Result<Self, String> {
        let id = store.ask(&["from", "--pull-never", image])?;
        let mut container = Self { store, id, files: PathBuf::new() };
        container.files = store.ask(&["mount", &container.id])?.into();
        Ok(container)
    }

    /// A program in it, on its own files, as the image says, and with the network of this machine.
    pub fn run(&self, args: &[&str]) -> Command {
        self.store.buildah(&[&["run", "--isolation", "chroot", &self.id, "--"], args].concat())
    }

    /// Makes an image of it.
    ///
    /// # Errors
    /// What buildah said.
    pub fn commit(&self, image: &str) -> Result<(), String> {
        self.store.ask(&["commit", "--quiet", &self.id, image]).map(drop)
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        // One that stays is in nobody's way: the next run makes others.
        drop(self.store.ask(&["rm", &self.id]));
    }
}

/// Makes a folder that only this user can look into, or makes sure that one is such. Its name can be guessed, and in a
/// folder that everyone may write to somebody else could have been first.
fn own(folder: &Path, user: u32) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => return made,
    }
    let found = fs::symlink_metadata(folder)?;
    let open_to_others = found.mode() & 0o077 > 0;
    if found.is_dir() && found.uid() == user && !open_to_others {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::PermissionDenied, "is not a folder of this user alone; remove it"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_folder_that_others_can_look_into_is_not_used() {
        let folder = std::env::temp_dir().join(format!("folkmoot-xtask-{}-store", std::process::id()));
        drop(fs::remove_dir(&folder));
        own(&folder, 0).unwrap();
        let user = fs::metadata(&folder).unwrap().uid();
        own(&folder, user).unwrap();
        assert!(own(&folder, user + 1).is_err(), "another's");
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(own(&folder, user).is_err(), "open to others");
        fs::remove_dir(&folder).unwrap();
    }

    #[test]
    fn a_program_that_fails_is_named_with_what_it_said() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo no >&2; exit 1"]);
        assert_eq!(answer(command).unwrap_err(), "sh -c 'echo no >&2; exit 1': no");
    }
}
