//! What builds images on this machine, and the command lines that it is given.
//!
//! All of them read the same Dockerfile. Docker's bake is preferred, for it builds what does not depend on each other at
//! the same time; the others are asked for one image after the other and take from their caches what these share.

use std::path::Path;
use std::process::Command;

use crate::step;

use super::Image;

/// A program that builds images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// `docker buildx bake`, by `docker-bake.hcl`
    Bake,
    /// `docker build`
    Docker,
    /// `podman build`
    Podman,
    /// `buildah build`
    Buildah,
}

/// What is said where there is none.
const NONE: &str = "nothing here builds images; install Docker (https://docs.docker.com/engine/install), Podman or Buildah \
                    (Debian: apt-get install buildah)";

impl Tool {
    /// The best that works here.
    ///
    /// # Errors
    /// If there is none: what to install or to start, in one line.
    pub fn find() -> Result<Self, String> {
        let runs = |program: &str, args: &[&str]| step::works(Command::new(program).args(args));
        // Asks the engine as well, and fails if that does not answer.
        let engine = runs("docker", &["version"]);
        if engine {
            return Ok(if runs("docker", &["buildx", "version"]) { Self::Bake } else { Self::Docker });
        }
        let others = [(Self::Podman, "podman"), (Self::Buildah, "buildah")];
        match others.into_iter().find(|(_, program)| runs(program, &["--version"])) {
            Some((tool, _)) => Ok(tool),
            None if runs("docker", &["--version"]) => {
                Err("docker is here, but its engine does not answer; start it, or see what `docker version` says"
                    .into())
            }
            None => Err(NONE.to_owned()),
        }
    }

    /// The commands that build these images, each with the name of its step.
    pub fn commands(self, root: &Path, images: &[Image], tag: &str) -> Vec<(String, Command)> {
        let program = match self {
            Self::Bake => return vec![("bake".to_owned(), bake(root, images, tag))],
            Self::Docker => "docker",
            Self::Podman => "podman",
            Self::Buildah => "buildah",
        };
        let one = |image: &Image| {
            let mut build = Command::new(program);
            build.current_dir(root).args(["build", "--file", "Dockerfile", "--target", image.name()]);
            if self != Self::Docker {
                // Docker keeps them anyway. Without them the dependencies would be built for each image again.
                build.arg("--layers");
            }
            build.args(["--tag", &image.tagged(tag), "--build-arg", &format!("VERSION={}", version()), "."]);
            (image.name().to_owned(), build)
        };
        images.iter().map(one).collect()
    }
}

fn bake(root: &Path, images: &[Image], tag: &str) -> Command {
    let mut bake = Command::new("docker");
    // `--load`: also where the builder is a container of its own, the images are wanted here.
    bake.current_dir(root).args(["buildx", "bake", "--file", "docker-bake.hcl", "--load"]);
    bake.args(images.iter().map(|image| image.name()));
    bake.env("TAG", tag).env("VERSION", version());
    // These images stay on this machine, under the name that everything here looks for; what is set for a registry is not meant.
    bake.env_remove("REGISTRY").env_remove("PLATFORMS");
    bake
}

/// The version that the labels say: the workspace's, which is this crate's too.
fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(tool: Tool, images: &[Image]) -> Vec<String> {
        let commands = tool.commands(Path::new("/repo"), images, "1.2");
        commands.iter().map(|(_, command)| step::spelled(command)).collect()
    }

    #[test]
    fn bake_is_asked_once_and_the_others_for_each_image() {
        let images = [Image::Posts, Image::EventBus];
        assert_eq!(
            spelled(Tool::Bake, &images),
            [format!("TAG=1.2 VERSION={} docker buildx bake --file docker-bake.hcl --load posts event-bus", version())]
        );
        for (tool, program) in [(Tool::Podman, "podman"), (Tool::Buildah, "buildah")] {
            let lines = spelled(tool, &images);
            assert_eq!(lines.len(), 2);
            let starts = format!(
                "{program} build --file Dockerfile --target event-bus --layers --tag 'folkmoot/event-bus:1.2' --build-arg"
            )
            .replace('\'', "");
            assert!(lines[1].starts_with(&starts), "{lines:?}");
        }
        assert!(!spelled(Tool::Docker, &images)[0].contains("--layers"), "docker does not know it");
    }
}
