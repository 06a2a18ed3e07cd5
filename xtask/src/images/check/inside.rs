//! What an image is: how it says that it is run, and what lies in it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::store::Store;
use crate::images::Image;

/// Whom every image runs as: somebody without a name and without rights.
pub const USER: u32 = 65532;
/// The most bytes that the files of an image have together.
const LARGEST: u64 = 30_000_000;
/// What nobody who gets into a container should find there.
const FOREIGN: &[&str] = &["sh", "bash", "dash", "busybox", "env", "apt", "apt-get", "dpkg", "apk", "curl", "wget"];
/// Where programs may write; a volume may lie over these.
const WRITABLE: &[&str] = &["data", "srv/front/run"];
const LABELS: &[&str] = &["title", "description", "licenses", "version", "source"];

/// What buildah is asked for, one thing a line.
const FORMAT: &str = "{{with .OCIv1.Config}}user {{.User}}\nstop {{.StopSignal}}\nfolder {{.WorkingDir}}\n\
                      {{range .Entrypoint}}entry {{.}}\n{{end}}{{range .Env}}env {{.}}\n{{end}}\
                      {{range $name, $value := .ExposedPorts}}port {{$name}}\n{{end}}\
                      {{range $name, $value := .Labels}}label {{$name}} {{$value}}\n{{end}}{{end}}";

/// How an image says that it is run.
#[derive(Debug, Default)]
pub struct Described {
    /// The program and its arguments.
    pub entry: Vec<String>,
    /// `NAME=value`.
    pub env: Vec<String>,
    user: String,
    stop: String,
    folder: String,
    ports: Vec<String>,
    labels: BTreeMap<String, String>,
}

impl Described {
    /// Asks for it.
    ///
    /// # Errors
    /// What buildah said.
    pub fn of(store: &Store, image: &str) -> Result<Self, String> {
        store.ask(&["inspect", "--type", "image", "--format", FORMAT, image]).map(|text| Self::read(&text))
    }

    fn read(text: &str) -> Self {
        let mut found = Self::default();
        for (what, value) in text.lines().map(|line| line.split_once(' ').unwrap_or((line, ""))) {
            let value = value.to_owned();
            match what {
                "user" => found.user = value,
                "stop" => found.stop = value,
                "folder" => found.folder = value,
                "entry" => found.entry.push(value),
                "env" => found.env.push(value),
                "port" => found.ports.push(value),
                "label" => {
                    let (name, value) = value.split_once(' ').unwrap_or((&value, ""));
                    found.labels.insert(name.to_owned(), value.to_owned());
                }
                _ => {}
            }
        }
        found
    }

    /// What is not as it should be.
    pub fn findings(&self, image: Image) -> Vec<String> {
        let (program, stop) = match image {
            Image::Client => ("await-names", "SIGQUIT"),
            other => (other.name(), "SIGTERM"),
        };
        let expected = [
            ("the user", &*self.user, "65532:65532"),
            ("the signal that ends it", &self.stop, stop),
            ("the folder", &self.folder, "/"),
        ];
        let wrong = expected.into_iter().filter(|(_, found, right)| found != right);
        let mut findings: Vec<_> =
            wrong.map(|(what, found, right)| format!("{what} is {found:?}, not {right:?}")).collect();
        let entry = self.entry.first().map_or("", |entry| entry);
        if !entry.starts_with('/') || !entry.ends_with(&format!("/{program}")) {
            findings.push(format!("what it starts is {entry:?}, not {program}"));
        }
        if self.ports.len() != 1 {
            findings.push(format!("it names the ports {:?}, not one", self.ports));
        }
        let label = |name: &&&str| !self.labels.contains_key(&format!("org.opencontainers.image.{name}"));
        findings.extend(LABELS.iter().filter(label).map(|name| format!("it has no label for its {name}")));
        findings
    }
}

/// What lies in an image.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// All files together.
    pub bytes: u64,
    /// How many there are.
    pub files: u64,
    /// What should not be there, or not so.
    pub findings: Vec<String>,
}

impl Survey {
    /// Looks through the files of an image.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn of(files: &Path) -> io::Result<Self> {
        let mut survey = Self::default();
        survey.folder(files, "")?;
        if survey.bytes > LARGEST {
            survey.findings.push(format!("its files have {} bytes, more than {LARGEST}", survey.bytes));
        }
        Ok(survey)
    }

    fn folder(&mut self, folder: &Path, prefix: &str) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}{name}");
            let found = entry.metadata()?;
            if FOREIGN.contains(&&*name) && !found.is_dir() {
                self.findings.push(format!("/{path} is in it"));
            }
            // A link has no permissions of its own.
            let by_anyone = found.mode() & 0o002 != 0 && !found.is_symlink();
            if (found.uid() == USER || found.gid() == USER || by_anyone) && !WRITABLE.contains(&&*path) {
                self.findings.push(format!("/{path} can be changed by the program"));
            }
            if found.mode() & 0o6000 != 0 {
                self.findings.push(format!("/{path} runs with another's rights"));
            }
            if found.is_dir() {
                self.folder(&entry.path(), &format!("{path}/"))?;
            } else {
                self.files += 1;
                self.bytes += found.len();
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const GOOD: &str = "user 65532:65532\nstop SIGTERM\nfolder /\nentry /usr/local/bin/posts\n\
                        env FOLKMOOT_DATA_DIR=/data\nport 4000/tcp\n\
                        label org.opencontainers.image.title Folkmoot posts\n\
                        label org.opencontainers.image.description Keeps\n\
                        label org.opencontainers.image.licenses Apache-2.0\n\
                        label org.opencontainers.image.source \n\
                        label org.opencontainers.image.version dev";

    #[test]
    fn an_image_that_is_run_as_it_should_be_is_fine() {
        let found = Described::read(GOOD);
        assert_eq!(found.findings(Image::Posts), [""; 0]);
        assert_eq!(
            (&*found.entry, &*found.env),
            (&["/usr/local/bin/posts".to_owned()][..], &["FOLKMOOT_DATA_DIR=/data".to_owned()][..])
        );
        assert_eq!(found.labels["org.opencontainers.image.title"], "Folkmoot posts");
    }

    #[test]
    fn what_is_not_as_it_should_be_is_named() {
        for (right, wrong, says) in [
            ("user 65532:65532", "user ", "the user is \"\""),
            ("stop SIGTERM", "stop SIGKILL", "the signal that ends it is \"SIGKILL\""),
            ("/posts", "/comments", "what it starts is \"/usr/local/bin/comments\", not posts"),
            ("entry /usr", "entry usr", "what it starts is \"usr"),
            ("port 4000/tcp", "", "it names the ports [], not one"),
            ("image.licenses", "image.licences", "it has no label for its licenses"),
        ] {
            let findings = Described::read(&GOOD.replace(right, wrong)).findings(Image::Posts);
            assert_eq!(findings.len(), 1, "{wrong}: {findings:?}");
            assert!(findings[0].starts_with(says), "{findings:?}");
        }
        assert_eq!(Described::read(GOOD).findings(Image::Client).len(), 2, "what nginx waits with, and its way to end");
    }

    #[test]
    fn what_lies_in_it_is_counted_and_a_shell_is_found() {
        let folder = std::env::temp_dir().join(format!("folkmoot-xtask-{}-survey", std::process::id()));
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(folder.join("usr/bin")).unwrap();
        fs::write(folder.join("usr/bin/posts"), "12345").unwrap();
        let survey = Survey::of(&folder).unwrap();
        assert_eq!(survey, Survey { bytes: 5, files: 1, findings: Vec::new() });

        fs::write(folder.join("usr/bin/sh"), "").unwrap();
        fs::set_permissions(folder.join("usr/bin/posts"), fs::Permissions::from_mode(0o4757)).unwrap();
        let mut findings = Survey::of(&folder).unwrap().findings;
        findings.sort();
        assert_eq!(
            findings,
            [
                "/usr/bin/posts can be changed by the program",
                "/usr/bin/posts runs with another's rights",
                "/usr/bin/sh is in it"
            ]
        );
        fs::remove_dir_all(&folder).unwrap();
    }
}
