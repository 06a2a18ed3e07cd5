//! Stand-ins for the base images, under their exact names, so that the whole Dockerfile runs where no registry is.
//!
//! They are made of what the real ones are made of: a minimal Debian of the same release from Debian's own packages; the
//! same with a C compiler and the pinned Rust toolchain, taken from this machine; the same with this machine's Node. They
//! are used even where the real ones could be fetched: the check then says the same with and without a network.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::settings::{CARGO_HOME, CERTIFICATES};
use super::store::{Container, Store, answer};
use crate::images::STEP;
use crate::images::dockerfile::Dockerfile;
use crate::step;

/// What is in a stand-in besides versions: another number makes all of them anew.
const RECIPE: &str = "1";
/// The label that says what a stand-in was made from.
const MADE_FROM: &str = "folkmoot.made-from";
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Where the Rust image keeps its toolchain.
const TOOLCHAIN: &str = "/usr/local/rustup/toolchains/pinned";

/// What of this machine goes into the stand-ins.
pub struct Host {
    toolchain: PathBuf,
    rust: String,
    node: PathBuf,
    npm: PathBuf,
    node_version: String,
}

impl Host {
    /// Looks for it.
    ///
    /// # Errors
    /// What is missing and how it is got, in one line.
    pub fn find(root: &Path) -> Result<Self, String> {
        let ask = |program: &str, args: &[&str]| {
            let mut command = Command::new(program);
            command.current_dir(root).args(args);
            answer(command).ok().filter(|said| !said.is_empty())
        };
        let no_rust =
            "the check takes the Rust toolchain from rustup, and there is none; install it (https://rustup.rs)";
        let toolchain = PathBuf::from(ask("rustc", &["--print", "sysroot"]).ok_or(no_rust)?);
        let rust = ask("rustc", &["--version", "--verbose"]).ok_or(no_rust)?;
        // A distribution's own lies among everything else, and cannot be told from it.
        if toolchain == Path::new("/usr") || !toolchain.join("bin/cargo").is_file() {
            return Err(no_rust.to_owned());
        }
        let no_node = "there is no Node with npm; install Node 20.19 or later (https://nodejs.org)";
        let node = ask("node", &["--print", "process.execPath"]).ok_or(no_node)?;
        let node_version = ask("node", &["--version"]).ok_or(no_node)?;
        let npm = npm().ok_or("there is Node, but npm is not beside it; install Node from https://nodejs.org")?;
        Ok(Self { toolchain, rust, node: node.into(), npm, node_version })
    }
}

/// npm's own folder: what stands on the `PATH` is a link to `bin/npm-cli.js` in it.
#[expect(clippy::disallowed_methods, reason = "where programs are is the machine's own setting")]
fn npm() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut programs = std::env::split_paths(&path).map(|folder| folder.join("npm"));
    let program = programs.find_map(|file| fs::canonicalize(file).ok())?;
    let folder = program.parent()?.parent()?;
    // Debian's own has its libraries elsewhere.
    folder.join("node_modules").is_dir().then(|| folder.to_owned())
}

/// Makes the stand-ins that are not there.
///
/// # Errors
/// What could not be done.
pub fn prepare(store: &Store, dockerfile: &Dockerfile, host: &Host) -> Result<(), String> {
    let named = |name: &str| dockerfile.setting(name).ok_or_else(|| format!("the Dockerfile has no {name}"));
    let (debian, rust, node) = (named("DEBIAN_IMAGE")?, named("RUST_IMAGE")?, named("NODE_IMAGE")?);
    let release = debian.rsplit(':').next().and_then(|tag| tag.split('-').next()).unwrap_or_default();

    let of_debian = format!("{RECIPE} {release}");
    make(store, debian, &of_debian, |_| minimal_debian(store, release, debian, &of_debian))?;

    let of_rust = format!("{of_debian} {}", host.rust.replace('\n', " "));
    make(store, rust, &of_rust, |step| {
        let container = Container::of(store, debian)?;
        let packages = "gcc libc6-dev ca-certificates";
        let install = format!("apt-get update -qq && apt-get install -qq -y --no-install-recommends {packages}");
        run(step, container.run(&["env", "DEBIAN_FRONTEND=noninteractive", "sh", "-c", &install]))?;
        copy_toolchain(step, &host.toolchain, &container.files.join(&TOOLCHAIN[1..]))?;
        fs::create_dir_all(container.files.join(&CARGO_HOME[1..])).map_err(|error| error.to_string())?;
        let path = format!("PATH={CARGO_HOME}/bin:{TOOLCHAIN}/bin:{PATH}");
        let home = format!("CARGO_HOME={CARGO_HOME}");
        finish(store, &container, rust, &of_rust, &[&path, &home, &format!("SSL_CERT_FILE={CERTIFICATES}")])
    })?;

    let of_node = format!("{of_debian} {} {}", host.node_version, host.npm.display());
    make(store, node, &of_node, |step| {
        let container = Container::of(store, debian)?;
        let local = container.files.join("usr/local");
        fs::create_dir_all(local.join("lib/node_modules")).map_err(|error| error.to_string())?;
        copy(step, &[&host.node], &local.join("bin/node"))?;
        copy(step, &[&host.npm], &local.join("lib/node_modules/npm"))?;
        std::os::unix::fs::symlink("../lib/node_modules/npm/bin/npm-cli.js", local.join("bin/npm"))
            .map_err(|error| error.to_string())?;
        run(step, container.run(&["npm", "--version"]))?;
        finish(store, &container, node, &of_node, &[&format!("NODE_EXTRA_CA_CERTS={CERTIFICATES}")])
    })
}

/// Makes one unless it is there and made from the same.
fn make(
    store: &Store,
    image: &str,
    made_from: &str,
    how: impl FnOnce(&str) -> Result<(), String>,
) -> Result<(), String> {
    let label = format!("{{{{index .OCIv1.Config.Labels {MADE_FROM:?}}}}}");
    if store.ask(&["inspect", "--type", "image", "--format", &label, image]).is_ok_and(|found| found == made_from) {
        println!("  {image}: a stand-in is there");
        return Ok(());
    }
    println!("  {image}: a stand-in is made");
    how(&format!("{STEP} base"))
}

fn minimal_debian(store: &Store, release: &str, image: &str, made_from: &str) -> Result<(), String> {
    let step = format!("{STEP} base");
    let archive = store.folder().join("debian.tar");
    let mut debian = Command::new("mmdebstrap");
    debian.args(["--quiet", "--mode=root", "--variant=minbase", release]).arg(&archive);
    run(&step, debian)?;
    let container = Container::of(store, "scratch")?;
    let mut unpack = Command::new("tar");
    unpack.args(["--extract", "--numeric-owner", "--file"]).arg(&archive).arg("--directory").arg(&container.files);
    run(&step, unpack)?;
    fs::remove_file(&archive).map_err(|error| error.to_string())?;
    finish(store, &container, image, made_from, &[&format!("PATH={PATH}")])
}

/// The compiler, cargo and the standard library, without the documentation, which is the larger part.
fn copy_toolchain(step: &str, from: &Path, to: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", from.display());
    for folder in ["bin", "lib/rustlib"] {
        fs::create_dir_all(to.join(folder)).map_err(failed)?;
    }
    copy(step, &[&from.join("bin/cargo"), &from.join("bin/rustc")], &to.join("bin"))?;
    let inside = |folder: &str| -> Result<Vec<PathBuf>, String> {
        let entries = fs::read_dir(from.join(folder)).map_err(failed)?;
        Ok(entries.flatten().map(|entry| entry.path()).collect())
    };
    let libraries: Vec<_> = inside("lib")?.into_iter().filter(|path| path.is_file()).collect();
    copy(step, &libraries.iter().collect::<Vec<_>>(), &to.join("lib"))?;
    let targets: Vec<_> = inside("lib/rustlib")?.into_iter().filter(|path| path.join("lib").is_dir()).collect();
    copy(step, &targets.iter().collect::<Vec<_>>(), &to.join("lib/rustlib"))
}

fn copy(step: &str, from: &[&PathBuf], to: &Path) -> Result<(), String> {
    let mut copy = Command::new("cp");
    copy.args(["--archive", "--dereference"]).args(from).arg(to);
    run(step, copy)
}

fn finish(store: &Store, container: &Container, image: &str, made_from: &str, set: &[&str]) -> Result<(), String> {
    let label = format!("{MADE_FROM}={made_from}");
    let mut config = vec!["config", "--label", &label, "--workingdir", "/"];
    config.extend(set.iter().flat_map(|variable| ["--env", variable]));
    config.push(&container.id);
    store.ask(&config)?;
    container.commit(image)
}

fn run(step: &str, command: Command) -> Result<(), String> {
    let spelled = step::spelled(&command);
    if step::watch(step, command).success { Ok(()) } else { Err(format!("this failed: {spelled}")) }
}
