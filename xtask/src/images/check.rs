//! The check of the images: the whole Dockerfile runs, and what comes out is looked at and started.
//!
//! It needs no registry and no engine: buildah runs the Dockerfile in a storage of its own (`store`), on stand-ins for the
//! base images (`bases`). What is found afterwards is said of the real files: what the images hold and how they are run
//! (`inside`), and that their programs start with nothing but what is in there (`start`).

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use clap::ValueEnum;

use super::dockerfile::Dockerfile;
use super::{Image, STEP};
use crate::{debian, step};
use inside::{Described, Survey};
use store::{Container, Store};

mod bases;
mod inside;
mod settings;
mod start;
mod store;

const TAG: &str = "check";
/// What the check runs, besides cargo and Node.
const PROGRAMS: &[&str] = &["buildah", "mmdebstrap"];
/// What buildah says where the kernel would not seal its copy of itself in memory just then: no fault of the image.
const BUSY: &str = "sealing memfd copy: Device or resource busy";

/// All that is needed to build without a registry.
pub struct Bench {
    store: Store,
    host: bases::Host,
}

/// What was found in one image.
struct Found {
    image: Image,
    survey: Survey,
    findings: Vec<String>,
}

impl Bench {
    /// Gets together what is needed; on Debian as root that means installing it.
    ///
    /// # Errors
    /// What is missing and how it is got, in one line.
    pub fn prepare(root: &Path) -> Result<Self, String> {
        let have_them = have_programs() || debian::install(STEP, PROGRAMS) && have_programs();
        if !have_them {
            return Err("the images are checked with buildah on a Debian made by mmdebstrap; install both (Debian: \
                        apt-get install buildah mmdebstrap)"
                .to_owned());
        }
        let mut id = Command::new("id");
        id.arg("-u");
        if store::answer(id).as_deref() != Ok("0") {
            return Err(
                "images are built and entered as root only; run this as root, in a container for checks, say".into()
            );
        }
        let host = bases::Host::find(root)?;
        Ok(Self { store: Store::open(0)?, host })
    }

    /// Builds everything and looks at it: whether all is well, and a line on that.
    pub fn check(&self, root: &Path) -> (bool, String) {
        let place = self.store.described();
        step::header(
            STEP,
            &format!("on stand-ins of the base images, whether or not there is a registry; kept in {place}"),
        );
        let found = match self.build(root).and_then(|()| self.look()) {
            Ok(found) => found,
            Err(why) => {
                println!("{why}");
                return (false, why.lines().next().unwrap_or_default().to_owned());
            }
        };
        print_table(&found);
        let wrong: usize = found.iter().map(|image| image.findings.len()).sum();
        let largest = found.iter().map(|image| image.survey.bytes).max().unwrap_or_default();
        let note = match wrong {
            0 => format!("{} images, the largest has {}; all start", found.len(), megabytes(largest)),
            _ => format!("findings: {wrong}"),
        };
        (wrong == 0, note)
    }

    fn build(&self, root: &Path) -> Result<(), String> {
        let text = fs::read_to_string(root.join("Dockerfile")).map_err(|error| format!("Dockerfile: {error}"))?;
        let dockerfile = Dockerfile::read(&text);
        bases::prepare(&self.store, &dockerfile, &self.host)?;
        let sources = self.sources(root, &dockerfile)?;
        let flags = settings::flags(self.store.is_overlay());
        // Stages that take long are targets too: what has no name is swept away in the end, and with it what it keeps.
        let stages = dockerfile.stages();
        let stages = stages.iter().filter(|stage| stage.from != "scratch").map(|stage| &*stage.name);
        let images = Image::value_variants().iter().map(|image| image.name());
        let only_stages = stages.filter(|name| images.clone().all(|image| image != *name));
        for target in only_stages.chain(images.clone()) {
            let build = || {
                let mut build = self.store.buildah(&["build", "--layers", "--isolation", "chroot", "--pull-never"]);
                build.args(&flags).args(["--file", "Dockerfile", "--target", target, "--tag", &tagged(target), "."]);
                build.current_dir(&sources);
                step::watch_and_keep(&format!("{STEP} {target}"), build)
            };
            let mut ended = build();
            // What is built already is kept, so this costs little.
            if !ended.success && ended.output.contains(BUSY) {
                ended = build();
            }
            if !ended.success {
                return Err(format!("{target} could not be built; what is above says why"));
            }
        }
        self.store.ask(&["rmi", "--prune"]).map(drop)
    }

    /// A copy of all that the Dockerfile takes, so that every image is of the same state: the builds take minutes, and
    /// somebody may go on working meanwhile.
    fn sources(&self, root: &Path, dockerfile: &Dockerfile) -> Result<PathBuf, String> {
        let sources = self.store.folder().join("sources");
        let failed = |error: io::Error| format!("{}: {error}", sources.display());
        if sources.exists() {
            fs::remove_dir_all(&sources).map_err(failed)?;
        }
        fs::create_dir(&sources).map_err(failed)?;
        let mut copy = Command::new("cp");
        copy.current_dir(root).args(["--archive", "--parents", "Dockerfile", ".dockerignore"]);
        // `cp` makes no folder twice, and some of what is copied lies in what is copied as a whole.
        let all = || dockerfile.copies().map(|(from, _)| Path::new(from));
        let whole = all().filter(|path| !all().any(|other| *path != other && path.starts_with(other)));
        copy.args(whole).arg(&sources);
        store::answer(copy).map(|_| sources)
    }

    fn look(&self) -> Result<Vec<Found>, String> {
        Image::value_variants().iter().map(|image| self.look_at(*image)).collect()
    }

    fn look_at(&self, image: Image) -> Result<Found, String> {
        let name = tagged(image.name());
        let described = Described::of(&self.store, &name)?;
        let container = Container::of(&self.store, &name)?;
        let survey = Survey::of(&container.files).map_err(|error| format!("{name}: {error}"))?;
        let mut findings = described.findings(image);
        findings.extend(survey.findings.iter().cloned());
        findings.extend(match image {
            Image::Client => start::front_door(&described, &container),
            _ => start::speaks(&described, &container.files),
        });
        if image == Image::Folkmoot {
            findings.extend(start::board(&described, &container.files));
        }
        Ok(Found { image, survey, findings })
    }
}

fn have_programs() -> bool {
    PROGRAMS.iter().all(|program| step::works(Command::new(program).arg("--version")))
}

fn tagged(target: &str) -> String {
    format!("localhost/folkmoot/{target}:{TAG}")
}

fn print_table(found: &[Found]) {
    println!("\n  {:<12} {:>9} {:>6}", "image", "size", "files");
    for Found { image, survey, findings } in found {
        println!("  {:<12} {:>9} {:>6}", image.name(), megabytes(survey.bytes), survey.files);
        for finding in findings {
            println!("    {finding}");
        }
    }
}

/// In millions, with one digit behind the point.
fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_in_millions() {
        assert_eq!(megabytes(14_960_000), "14.9 MB");
        assert_eq!(megabytes(99_999), "0.0 MB");
    }
}
