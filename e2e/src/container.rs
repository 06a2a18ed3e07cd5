//! A container as a process of this host: the command of its image, in exactly the environment that the image and its
//! definition (a manifest, or a service of `compose.yaml`) make together.
//!
//! Its addresses, folders and names are those of the definition, so it belongs into a [`sandbox`](crate::sandbox).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::binaries;
use crate::cluster::image;
use crate::process::Process;

/// The container `name` of an image (without `folkmoot/`), with what its definition adds; not started yet.
///
/// # Panics
/// If there is no such image, or it is ended by another signal than its program ends in order by.
pub fn process(
    name: &str,
    image: &str,
    arguments: &[String],
    environment: &BTreeMap<String, String>,
    url: String,
    logs: &Path,
) -> Process {
    let mut brought = image::read(image);
    brought.environment.extend(environment.clone());
    let program = PathBuf::from(brought.entrypoint.remove(0));
    let (program, signal) = match (image, program.file_name().and_then(|name| name.to_str())) {
        (_, None) => (program, "TERM"),
        ("client", Some(binary)) => (binaries::path(binary), "QUIT"),
        (_, Some(binary)) => (binaries::path(binary), "TERM"),
    };
    assert_eq!(brought.stop_signal, signal, "{image}");
    let arguments = brought.entrypoint.into_iter().chain(arguments.iter().cloned()).collect();
    Process::new(name, arguments, url, logs).of(program, signal).within(brought.environment)
}
