//! What `kubectl apply -k` would send to a cluster: the overlays as kubectl builds them, and the workloads in them as the
//! kubelet would start them.

pub mod image;
pub mod network;
pub mod policy;
pub mod rollout;
pub mod service_address;
pub mod workload;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A token such as `secrets.env` holds.
pub const TOKEN: &str = "5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592";

/// The overlays and what else is built on its own: its name, and the kustomization that it is built from if that is not a
/// folder of `k8s/overlays`.
const MADE: [(&str, &str); 1] = [(
    "kind with every component",
    "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [../kind]\n\
     components: [../../components/gateway, ../../components/monitoring]\n",
)];

/// Every overlay that lies in `k8s/overlays`, and one with all components.
///
/// # Panics
/// If the folder cannot be read.
#[expect(clippy::expect_used, reason = "a story without manifests fails")]
pub fn overlays() -> Vec<String> {
    let folders = fs::read_dir(folder().join("overlays")).expect("k8s/overlays");
    let mut names: Vec<_> =
        folders.map(|folder| folder.expect("a folder").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names.extend(MADE.iter().map(|(name, _)| (*name).to_owned()));
    names
}

/// The folder of manifests.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../k8s")
}

/// The objects of an overlay, as kubectl builds it, with a made-up token.
///
/// # Panics
/// If kubectl is not there, or cannot build it.
#[expect(clippy::expect_used, reason = "a story without manifests fails")]
pub fn objects(overlay: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(&text(overlay)).expect("YAML")
}

/// The same as text.
///
/// # Panics
/// If kubectl is not there, or cannot build it.
#[expect(clippy::expect_used, reason = "a story without manifests fails")]
pub fn text(overlay: &str) -> String {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let copy = temporary.path().join("k8s");
    copy_folder(&folder(), &copy);
    let built = match MADE.iter().find(|(name, _)| *name == overlay) {
        Some((_, kustomization)) => {
            let made = copy.join("overlays/made");
            fs::create_dir(&made).expect("a folder");
            fs::write(made.join("kustomization.yaml"), kustomization).expect("a file");
            made
        }
        None => copy.join("overlays").join(overlay),
    };
    fs::write(copy.join("overlays/kind/secrets.env"), format!("FOLKMOOT_BUS_TOKEN={TOKEN}\n")).expect("a file");
    build(&built)
}

/// What kubectl builds from a folder.
///
/// # Panics
/// If kubectl is not there, or cannot build it.
#[expect(clippy::expect_used, reason = "a story without manifests fails")]
pub fn build(folder: &Path) -> String {
    let output = Command::new(kubectl()).arg("kustomize").arg(folder).output().expect("kubectl runs");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {complaint}", folder.display());
    assert!(!complaint.contains("Warning"), "{}: {complaint}", folder.display());
    String::from_utf8(output.stdout).expect("text")
}

/// kubectl: as `FOLKMOOT_KUBECTL` says, else the one on the `PATH`.
#[expect(clippy::disallowed_methods, reason = "where another program is, is the machine's own setting")]
pub fn kubectl() -> PathBuf {
    std::env::var_os("FOLKMOOT_KUBECTL").map_or_else(|| "kubectl".into(), PathBuf::from)
}

#[expect(clippy::expect_used, reason = "a story without manifests fails")]
fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let into = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &into);
        } else if !entry.file_name().to_string_lossy().starts_with("secrets.env") {
            fs::copy(entry.path(), into).expect("a copy");
        }
    }
}

/// The objects of one kind.
pub fn of_kind<'a>(objects: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    objects.iter().filter(move |object| object["kind"] == kind)
}

/// The object of that kind and name.
pub fn find<'a>(objects: &'a [Value], kind: &str, name: &str) -> Option<&'a Value> {
    objects.iter().find(|object| object["kind"] == kind && object["metadata"]["name"] == name)
}

/// A text inside an object; empty if it is none.
pub fn text_at<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// A list inside an object; empty if it is none.
pub fn list_at<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
