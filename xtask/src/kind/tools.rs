//! The programs that the cluster needs, looked for before anything is done, and what differs between the engines.
//!
//! Whatever is missing is named at once: nobody installs one thing only to hear of the next. The engine is chosen here and
//! told to kind, which would otherwise look for itself and might find the one that does not answer.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

use super::{CLUSTER, CLUSTER_FILE};
use crate::step;

/// Tells kind which engine to use.
const PROVIDER: &str = "KIND_EXPERIMENTAL_PROVIDER";
const KUSTOMIZATIONS: &[&str] = &["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// That everything is there, and which engine runs the containers.
pub struct Tools {
    engine: Engine,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Engine {
    Docker,
    Podman,
}

impl Tools {
    /// Looks for the programs, and for the files of the overlay if there is one.
    ///
    /// # Errors
    /// All that is missing, one line each, with how to get it.
    pub fn find(needs_kubectl: bool, overlay: Option<&Path>) -> Result<Self, Vec<String>> {
        let mut missing = Vec::new();
        if !step::works(Command::new("kind").arg("version")) {
            missing.push("kind: https://kind.sigs.k8s.io/docs/user/quick-start/#installation".to_owned());
        }
        if needs_kubectl && !step::works(Command::new("kubectl").args(["version", "--client"])) {
            missing.push("kubectl: https://kubernetes.io/docs/tasks/#kubectl".to_owned());
        }
        let engine = Engine::that_answers();
        if engine.is_none() {
            missing.push(
                "a container engine that answers: start Docker or Podman if it is installed (`docker info` or `podman \
                 info` says why it does not answer), else install Docker (https://docs.docker.com/engine/install/) or \
                 Podman (https://podman.io/docs/installation)"
                    .to_owned(),
            );
        }
        if let Some(overlay) = overlay {
            let there = |name: &&str| overlay.join(name).is_file();
            for (name, found) in
                [(CLUSTER_FILE, there(&CLUSTER_FILE)), (KUSTOMIZATIONS[0], KUSTOMIZATIONS.iter().any(there))]
            {
                if !found {
                    missing.push(format!("{}: the overlay must have it", overlay.join(name).display()));
                }
            }
        }
        match engine {
            Some(engine) if missing.is_empty() => Ok(Self { engine }),
            _ => Err(missing),
        }
    }

    /// `kind`, on the engine that was found.
    pub fn kind(&self, args: &[&str]) -> Command {
        let mut command = Command::new("kind");
        command.args(args);
        match self.engine {
            // Whatever the person's shell says: the images are in the engine that was found.
            Engine::Docker => command.env_remove(PROVIDER),
            Engine::Podman => command.env(PROVIDER, "podman"),
        };
        command
    }

    /// Whether there is a cluster of this name.
    ///
    /// # Errors
    /// If kind cannot tell.
    pub fn has_cluster(&self, name: &str) -> anyhow::Result<bool> {
        let listed = self.kind(&["get", "clusters"]).output().context("kind could not be started")?;
        let said = String::from_utf8_lossy(&listed.stderr);
        ensure!(listed.status.success(), "kind cannot tell which clusters there are; it said: {}", said.trim());
        Ok(String::from_utf8_lossy(&listed.stdout).lines().any(|line| line.trim() == name))
    }

    /// The id of an image that the engine has, which changes with its content.
    ///
    /// # Errors
    /// If the engine does not have it.
    pub fn image_id(&self, name: &str, tag: &str) -> anyhow::Result<String> {
        let (program, prefix) = match self.engine {
            Engine::Docker => ("docker", ""),
            Engine::Podman => ("podman", "localhost/"),
        };
        let image = format!("{prefix}folkmoot/{name}:{tag}");
        let asked = Command::new(program).args(["image", "inspect", "--format", "{{.Id}}", &image]).output();
        let asked = asked.with_context(|| format!("{program} could not be started"))?;
        let said = String::from_utf8_lossy(&asked.stderr);
        ensure!(asked.status.success(), "{program} does not know the image {image}; it said: {}", said.trim());
        Ok(String::from_utf8_lossy(&asked.stdout).trim().to_owned())
    }

    /// Copies images from the engine into the cluster, as `folkmoot/<name>:<tag>`.
    ///
    /// # Errors
    /// If one is not there, or the cluster does not take them.
    pub fn load(&self, names: &[&str], tag: &str) -> anyhow::Result<()> {
        let images: Vec<_> = names.iter().map(|name| format!("folkmoot/{name}:{tag}")).collect();
        match self.engine {
            Engine::Docker => {
                let mut load = self.kind(&["load", "docker-image", "--name", CLUSTER]);
                load.args(images);
                ensure!(step::watch("load", load).success, "kind could not load the images (see above)");
                Ok(())
            }
            Engine::Podman => self.load_archive(&images),
        }
    }

    /// The way for Podman: `kind load docker-image` asks Docker even there, and Podman puts `localhost/` before the names of its
    /// own images, where Kubernetes puts `docker.io/`. So they get that name too, and go through a file.
    fn load_archive(&self, images: &[String]) -> anyhow::Result<()> {
        let full: Vec<_> = images.iter().map(|image| format!("docker.io/{image}")).collect();
        for (image, full) in images.iter().zip(&full) {
            let mut tag = Command::new("podman");
            tag.args(["tag", &format!("localhost/{image}"), full]);
            ensure!(step::watch("load", tag).success, "podman does not have the image {image} (see above)");
        }
        let archive = Archive::new();
        let mut save = Command::new("podman");
        save.args(["save", "--multi-image-archive", "--output"]).arg(&archive.0).args(&full);
        ensure!(step::watch("load", save).success, "podman could not write the images to a file (see above)");
        let mut load = self.kind(&["load", "image-archive", "--name", CLUSTER]);
        load.arg(&archive.0);
        ensure!(step::watch("load", load).success, "kind could not load the images (see above)");
        Ok(())
    }
}

impl Engine {
    /// Docker if it answers, else Podman. A `docker` that is Podman under another name is Podman.
    fn that_answers() -> Option<Self> {
        let version = || Command::new("docker").arg("--version").output().map(|said| said.stdout).unwrap_or_default();
        if step::works(Command::new("docker").arg("info"))
            && !String::from_utf8_lossy(&version()).to_lowercase().contains("podman")
        {
            return Some(Self::Docker);
        }
        step::works(Command::new("podman").arg("info")).then_some(Self::Podman)
    }
}

/// A file for the images on their way. It is removed when this is dropped, and before it is written: Podman adds to no archive.
struct Archive(PathBuf);

impl Archive {
    fn new() -> Self {
        let archive = Self(std::env::temp_dir().join(format!("folkmoot-images-{}.tar", std::process::id())));
        archive.remove();
        archive
    }

    fn remove(&self) {
        // That it is not there is as it should be; that it stays in a folder for temporary files is bearable.
        drop(fs::remove_file(&self.0));
    }
}

impl Drop for Archive {
    fn drop(&mut self) {
        self.remove();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_is_told_of_the_engine_that_has_the_images() {
        let spelled = |engine| step::spelled(&Tools { engine }.kind(&["get", "clusters"]));
        assert_eq!(spelled(Engine::Docker), "kind get clusters");
        assert_eq!(spelled(Engine::Podman), "KIND_EXPERIMENTAL_PROVIDER=podman kind get clusters");
    }
}
