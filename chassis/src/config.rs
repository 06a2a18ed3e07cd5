//! Settings that every service has, and how any setting is read: a flag, else an environment variable, else a default.
//!
//! `--help` shows all three. A file `.env` in the working directory adds to the environment (it never overrides it),
//! which is handy in development; a container has none. This is where the environment is read, and nowhere else.

mod args;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use clap::error::{ContextKind, ContextValue};

pub use args::{HttpArgs, LockArgs, LogArgs, LogFormat, ServiceArgs, StoreArgs};

/// A type of settings that [`crate::service::main_with`] can start from.
pub trait Settings: clap::Parser {
    /// The part that says how to log.
    fn logs(&self) -> &LogArgs;
}

/// Reads `.env` (if there is one) and then the settings.
///
/// # Errors
/// What is wrong and how it is put right, ready to print; `--help` and `--version` come this way too.
pub fn read<S: Settings>() -> Result<S, clap::Error> {
    match dotenvy::from_path(".env") {
        Ok(()) => {}
        Err(dotenvy::Error::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => {
            let text = format!("the file .env cannot be read: {error}\n\nWrite NAME=value lines, or remove it.\n");
            return Err(clap::Error::raw(clap::error::ErrorKind::ValueValidation, text));
        }
    }
    S::try_parse().map_err(name_the_variable::<S>)
}

/// clap's message names the flag only; whoever set the variable would look for it in vain.
#[expect(clippy::disallowed_methods, reason = "only whether it is set, of a variable that clap has just read")]
fn name_the_variable<S: Settings>(mut error: clap::Error) -> clap::Error {
    let command = S::command();
    let variable = error.get(ContextKind::InvalidArg).and_then(|invalid| {
        let flag = invalid.to_string();
        let flag = flag.split(' ').next()?.strip_prefix("--")?;
        command.get_arguments().find(|argument| argument.get_long() == Some(flag))?.get_env()
    });
    if let Some(variable) = variable.filter(|variable| std::env::var_os(variable).is_some()) {
        let tip = format!("the variable {} is set", variable.display());
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

/// Reads an address to listen on.
///
/// # Errors
/// A sentence that shows how it is written.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("`{text}` is not an address; write 127.0.0.1:4000, 0.0.0.0:4000 or [::1]:4000"))
}

/// Reads a span of time: `250ms`, `10s`, `5m`, `2h`; a bare number is seconds.
///
/// # Errors
/// A sentence that shows how it is written.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is not a time; write 250ms, 10s, 5m or 2h");
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (count, unit) = text.split_at(digits);
    let count: u64 = count.parse().map_err(|_| wrong())?;
    let seconds = |factor: u64| count.checked_mul(factor).map(Duration::from_secs).ok_or_else(wrong);
    match unit {
        "ms" => Ok(Duration::from_millis(count)),
        "" | "s" => seconds(1),
        "m" => seconds(60),
        "h" => seconds(3600),
        _ => Err(wrong()),
    }
}

/// Whether all of these addresses are loopback: only then may calls pass without a token.
pub fn all_loopback<'a>(addresses: impl IntoIterator<Item = &'a SocketAddr>) -> bool {
    addresses.into_iter().all(|address| address.ip().to_canonical().is_loopback())
}

/// Where this machine reaches a listener: one on every address is reached on loopback.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// The URL that the bus pushes to: that of a service which is reached at `url`, or else where it listens.
pub fn push_url(url: Option<&str>, address: SocketAddr) -> String {
    let base = url.map_or_else(|| format!("http://{}", reachable(address)), str::to_owned);
    format!("{}/events", base.trim_end_matches('/'))
}

/// A web origin: scheme, host and port as a browser sends them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin(Box<str>);

impl Origin {
    /// As it stands in `Origin` and `Access-Control-Allow-Origin`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part behind `://`.
    pub fn authority(&self) -> &str {
        self.0.split_once("://").map_or("", |(_, authority)| authority)
    }
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let fine = text.split_once("://").is_some_and(|(scheme, authority)| {
            matches!(scheme, "http" | "https")
                && !authority.is_empty()
                && authority.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
        });
        if fine {
            return Ok(Self(text.to_ascii_lowercase().into()));
        }
        Err(format!("`{text}` is not an origin; write https://moot.example or http://localhost:3000, without a path"))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A range of addresses in CIDR notation; one address alone is a network of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// Whether an address is in it. IPv4-mapped IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                (u32::from(network) ^ u32::from(address)) & mask == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                (u128::from(network) ^ u128::from(address)) & mask == 0
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a network; write 10.0.0.0/8, fd00::/8 or one address");
        let (address, prefix) = match text.trim().split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let widest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.parse().map_err(|_| wrong())?,
            None => widest,
        };
        if prefix > widest {
            return Err(wrong());
        }
        Ok(Self { address, prefix })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[derive(clap::Parser)]
    struct Everything {
        #[command(flatten)]
        service: ServiceArgs,
    }

    #[test]
    fn the_defaults_of_flags_and_of_code_are_the_same() {
        let parsed = <Everything as clap::Parser>::parse_from(["test"]);
        assert_eq!(format!("{:?}", parsed.service), format!("{:?}", ServiceArgs::default()));
    }

    #[test]
    fn the_bus_pushes_to_the_address_unless_told_another() {
        let on = |address: &str| push_url(None, address.parse().unwrap());
        assert_eq!(on("127.0.0.1:4000"), "http://127.0.0.1:4000/events");
        assert_eq!(on("0.0.0.0:4000"), "http://127.0.0.1:4000/events");
        assert_eq!(on("[::]:4000"), "http://[::1]:4000/events");
        let elsewhere = push_url(Some("http://posts:4000/"), "0.0.0.0:4000".parse().unwrap());
        assert_eq!(elsewhere, "http://posts:4000/events");
    }

    #[test]
    fn times_are_written_with_a_unit() {
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("10"), Ok(Duration::from_secs(10)));
        assert_eq!(duration("2h"), Ok(Duration::from_hours(2)));
        for bad in ["", "s", "-1s", "1.5s", "10 s", "99999999999999999h", "é"] {
            assert!(duration(bad).unwrap_err().contains("250ms"), "{bad}");
        }
    }

    #[test]
    fn a_network_holds_its_addresses_and_no_others() {
        let holds =
            |network: &str, address: &str| network.parse::<Network>().unwrap().contains(address.parse().unwrap());
        assert!(holds("10.0.0.0/8", "10.255.0.1"));
        assert!(!holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
        assert!(holds("0.0.0.0/0", "1.2.3.4"));
        assert!(!holds("0.0.0.0/0", "::1"));
        assert!(holds("::1", "::1"));
        assert!(holds("fd00::/8", "fdff::1"));
        for bad in ["", "10.0.0.0/33", "10.0.0/8", "x", "::/129", "1.2.3.4/"] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_origin_has_no_path() {
        assert!("HTTP://localhost".parse::<Origin>().is_err());
        assert_eq!("http://LOCALHOST:3000".parse::<Origin>().unwrap().as_str(), "http://localhost:3000");
        for bad in ["", "null", "*", "localhost:3000", "https://a.example/", "ftp://a.example"] {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
    }
}
