//! `compose.yaml` as an implementation of Compose reads it: parsed, its variables filled in, profiles chosen.
//!
//! The implementation is podman-compose, a Python package, for it needs no engine only to read. It gets a copy of the file and
//! an `.env` of the test's own, so that nothing of this machine plays a part.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::cluster::text_at;

/// What chooses the services apart.
pub const PROFILE: &str = "services";

/// One service of the file.
#[derive(Debug, Clone)]
pub struct Container {
    /// Its name, which is its host name too.
    pub name: String,
    /// Its image, with the tag.
    pub image: String,
    /// The variables that it gets from the file.
    pub environment: BTreeMap<String, String>,
    /// All that is said of it.
    pub definition: Value,
}

impl Container {
    /// The image without what stands before and behind it: `posts`.
    pub fn short_image(&self) -> &str {
        let image = self.image.rsplit_once(':').map_or(&*self.image, |(name, _)| name);
        image.strip_prefix("folkmoot/").unwrap_or(image)
    }

    /// The port that it answers at: that of its address, or for the front door's nginx the one that is published.
    pub fn port(&self) -> Option<u16> {
        let address = self.environment.iter().find(|(name, _)| name.ends_with("_ADDR"));
        let published = self.definition["ports"][0].as_str();
        let text = address.map(|(_, address)| address.as_str()).or(published)?;
        text.rsplit_once(':')?.1.parse().ok()
    }

    /// Where others reach it.
    ///
    /// # Panics
    /// If it has no port.
    #[expect(clippy::expect_used, reason = "a story names what it has")]
    pub fn url(&self) -> String {
        format!("http://{}:{}", self.name, self.port().expect("a port"))
    }

    /// The address that it always has.
    pub fn address(&self) -> &str {
        text_at(&self.definition, "/networks/board/ipv4_address")
    }
}

/// The file as it lies in the repository.
///
/// # Panics
/// If it is not there.
#[expect(clippy::expect_used, reason = "a story without its file fails")]
pub fn text() -> String {
    fs::read_to_string(repository().join("compose.yaml")).expect("compose.yaml")
}

/// The example of an `.env`.
///
/// # Panics
/// If it is not there.
#[expect(clippy::expect_used, reason = "a story without its file fails")]
pub fn env_example() -> String {
    fs::read_to_string(repository().join(".env.example")).expect(".env.example")
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The whole file with this `.env` (none, if it is empty), for this profile or for none.
///
/// # Panics
/// If the implementation is not there or does not understand the file.
#[expect(clippy::expect_used, reason = "a story fails by panicking")]
pub fn config(env: &str, profile: Option<&str>) -> Value {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("compose.yaml"), text()).expect("a file");
    if !env.is_empty() {
        fs::write(folder.path().join(".env"), env).expect("a file");
    }
    // Without --dry-run it wants to know which podman is there.
    let mut command = Command::new(python());
    command.args(["-m", "podman_compose", "--dry-run", "-f", "compose.yaml"]);
    command.args(profile.into_iter().flat_map(|profile| ["--profile", profile])).arg("config");
    let output = command.current_dir(folder.path()).env_clear().output().expect("podman-compose runs");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaint.is_empty(), "podman-compose: {complaint}");
    let told = String::from_utf8(output.stdout).expect("text");
    let told = told.replace(&folder.path().display().to_string(), ".");
    serde_saphyr::from_str(&told).expect("YAML")
}

#[expect(clippy::disallowed_methods, reason = "`cargo xtask test` says which Python has the packages")]
fn python() -> PathBuf {
    std::env::var_os("FOLKMOOT_INTEROP_PYTHON")
        .map_or_else(|| repository().join("target/interop-venv/bin/python"), PathBuf::from)
}

/// The services that were chosen. A variable without a value is handed on from `env`, and is otherwise not there.
///
/// # Panics
/// If there are none.
#[expect(clippy::expect_used, reason = "a story fails by panicking")]
pub fn containers(config: &Value, env: &str) -> Vec<Container> {
    let services = config["services"].as_object().expect("services");
    let container = |(name, definition): (&String, &Value)| Container {
        name: name.clone(),
        image: text_at(definition, "/image").to_owned(),
        environment: environment(&definition["environment"], &assignments(env)),
        definition: definition.clone(),
    };
    services.iter().map(container).collect()
}

#[expect(clippy::panic, reason = "a story fails by panicking")]
fn environment(told: &Value, env: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let entries = told.as_object().into_iter().flatten();
    let value = |(name, value): (&String, &Value)| match value {
        Value::String(value) => Some((name.clone(), value.clone())),
        Value::Null => Some((name.clone(), env.get(name)?.clone())),
        other => panic!("{name} is no text: {other}"),
    };
    entries.filter_map(value).collect()
}

/// The assignments of an `.env`.
pub fn assignments(env: &str) -> BTreeMap<String, String> {
    let lines = env.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
