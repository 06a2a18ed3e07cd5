//! The settings of moderation: a flag, else an environment variable, else the default.

use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chassis::access::Secret;
use chassis::config::{LogArgs, ServiceArgs, Settings, duration, push_url};

use crate::rules::file::LARGEST;
use crate::rules::{Rules, RulesError, file};

/// Folkmoot's moderation: judges what people write by rules, and keeps a queue for moderators.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "moderation", version)]
#[command(mut_arg("bus_token", |arg| arg.help("The token that the bus asks for, and that moderators send here")))]
#[command(mut_arg("outbox_limit", |arg| arg.display_order(100)))]
pub struct Config {
    /// The address to listen on
    #[arg(
        long = "moderation-addr",
        env = "FOLKMOOT_MODERATION_ADDR",
        default_value = "127.0.0.1:4003",
        value_name = "ADDRESS"
    )]
    pub addr: SocketAddr,

    /// Where the bus reaches this service [default: http:// and the address it listens on]
    #[arg(long = "moderation-url", env = "FOLKMOOT_MODERATION_URL", value_name = "URL")]
    pub url: Option<String>,

    /// What it keeps, whom it speaks to, how it is served.
    #[command(flatten)]
    pub service: ServiceArgs,

    /// The token that moderators send: `bus_token`, unless it is set by whoever starts several services
    #[arg(skip)]
    pub token: Option<Secret>,

    /// Whether calls may pass without a token, by the rule for loopback: only where every listener of the process is
    /// on loopback
    #[arg(skip)]
    pub open: bool,

    /// The file of rules, in TOML [default: built-in rules]
    #[arg(long, env = "FOLKMOOT_RULES", value_name = "FILE")]
    pub rules: Option<PathBuf>,

    /// Time for judging one text; beyond, it is held for a moderator
    #[arg(long, env = "FOLKMOOT_JUDGE_TIMEOUT", default_value = "200ms", value_parser = duration, value_name = "TIME")]
    pub judge_timeout: Duration,

    /// Reports that put an approved comment into the queue
    #[arg(
        long,
        env = "FOLKMOOT_REPORT_THRESHOLD",
        default_value_t = 3,
        value_parser = clap::value_parser!(u32).range(1..),
        value_name = "COUNT"
    )]
    pub report_threshold: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 4003)),
            url: None,
            service: ServiceArgs::default(),
            token: None,
            open: false,
            rules: None,
            judge_timeout: Duration::from_millis(200),
            report_threshold: 3,
        }
    }
}

/// Why there are no rules to judge by.
#[derive(Debug, thiserror::Error)]
pub enum RulesFileError {
    /// The file cannot be read.
    #[error(
        "cannot read the rules in {path} ({reason}): set --rules / FOLKMOOT_RULES to a file that can be read, or leave it out for the built-in rules"
    )]
    Unreadable {
        /// The file.
        path: String,
        /// What the operating system said.
        reason: String,
    },
    /// What it says is not right.
    #[error("cannot use the rules in {path}: {error}")]
    Wrong {
        /// The file.
        path: String,
        /// What is wrong with it.
        error: RulesError,
    },
}

impl Config {
    /// The URL that the bus pushes to.
    pub fn push_url(&self) -> String {
        push_url(self.url.as_deref(), self.addr)
    }

    /// The rules: those of the file, or the built-in ones.
    ///
    /// # Errors
    /// If the file cannot be read, or says what cannot be followed.
    pub fn read_rules(&self) -> Result<Rules, RulesFileError> {
        let Some(path) = &self.rules else {
            let wrong = |error| RulesFileError::Wrong { path: "this program".to_owned(), error };
            return Rules::built_in().map_err(wrong);
        };
        let shown = path.display().to_string();
        let text = read(path)
            .map_err(|error| RulesFileError::Unreadable { path: shown.clone(), reason: error.to_string() })?;
        file::parse(&text).map_err(|error| RulesFileError::Wrong { path: shown, error })
    }
}

/// Reads a text file of a bounded size.
fn read(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?.take(LARGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST {
        let why = format!("it has more than {LARGEST} bytes");
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, why));
    }
    Ok(text)
}

impl Settings for Config {
    fn logs(&self) -> &LogArgs {
        &self.service.logs
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use clap::Parser;

    use super::*;

    #[test]
    fn what_is_not_set_is_as_the_default_says() {
        let parsed = Config::try_parse_from(["moderation"]).unwrap();
        let default = Config::default();
        assert_eq!(parsed.addr, default.addr);
        assert_eq!(format!("{:?}", parsed.service), format!("{:?}", default.service));
        assert_eq!(parsed.judge_timeout, default.judge_timeout);
        assert_eq!(parsed.report_threshold, default.report_threshold);
        assert!(!parsed.open);
    }

    #[test]
    fn nobody_reported_is_no_reason_to_queue() {
        assert!(Config::try_parse_from(["moderation", "--report-threshold", "0"]).is_err());
    }

    #[test]
    fn a_file_that_cannot_be_read_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rules.toml");
        let read = || Config { rules: Some(path.clone()), ..Config::default() }.read_rules();
        let said = read().unwrap_err().to_string();
        assert!(said.contains("rules.toml") && said.contains("--rules"), "{said}");
        std::fs::write(&path, "x".repeat(2 << 20)).unwrap();
        assert!(read().unwrap_err().to_string().contains("more than"));
        std::fs::write(&path, "[[rules]]\nname = \"a\"\naction = \"hold\"").unwrap();
        let said = read().unwrap_err().to_string();
        assert!(said.contains("line 1, rule `a`"), "{said}");
        std::fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(matches!(read().unwrap_err(), RulesFileError::Unreadable { .. }));
    }
}
