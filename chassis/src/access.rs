//! Who may call what is guarded by a token.
//!
//! A bearer token, compared in constant time. Where every listener of the process is on loopback, a call to a service's
//! own port may pass without one, so that curl works on a laptop. The front door never goes by that rule: a proxy
//! before it makes every caller and every `Host` look local. A call that a proxy says it forwarded does not pass on a
//! service's own port either. A browser on that laptop visits foreign pages, so `Host` must be a loopback name (a
//! foreign name that resolves to 127.0.0.1 is DNS rebinding) and `Origin`, where there is one, a loopback or an allowed
//! one.

use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::net::IpAddr;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use http::HeaderName;
use http::header::{AUTHORIZATION, FORWARDED, HOST, ORIGIN, VIA};
use rand::RngCore;
use subtle::ConstantTimeEq;

use crate::config::Origin;
use crate::problem::Problem;
use crate::route::Head;

/// What proxies add to a request that they pass on.
const FORWARDING: [HeaderName; 6] = [
    FORWARDED,
    VIA,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-real-ip"),
];

/// A string that is never shown: not by `Debug`, and it has no `Display`.
#[derive(Clone)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Fewer characters than this are no secret.
    pub const MIN: usize = 16;

    /// Takes a secret that someone chose.
    ///
    /// # Errors
    /// If it is shorter than 16 characters or has any that cannot stand in a header.
    pub fn new(text: &str) -> Result<Self, WeakSecret> {
        if text.len() < Self::MIN || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(WeakSecret);
        }
        Ok(Self(text.into()))
    }

    /// 256 random bits in hex.
    pub fn random() -> Self {
        let mut bytes = [0_u8; 32];
        rand::rng().fill_bytes(&mut bytes);
        Self(hex::encode(bytes).into())
    }

    /// The secret kept in a file that only its owner may read; made at the first call.
    ///
    /// # Errors
    /// If the file cannot be read or made, or holds no secret.
    pub fn read_or_create(path: &Path) -> io::Result<Self> {
        match fs::read_to_string(path) {
            Ok(text) => Self::new(text.trim())
                .map_err(|weak| io::Error::new(io::ErrorKind::InvalidData, format!("{}: {weak}", path.display()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let secret = Self::random();
                secret.write_new(path)?;
                Ok(secret)
            }
            Err(error) => Err(error),
        }
    }

    /// Written aside, synced and renamed, so that a crash leaves either no file or a whole one.
    fn write_new(&self, path: &Path) -> io::Result<()> {
        let aside = path.with_extension(format!("{}.new", std::process::id()));
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&aside)?;
        file.write_all(self.0.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&aside, path)?;
        // Until the folder is on the disk, a power cut may take the name back, and with it the token that others know.
        crate::store::sync_folder_of(path)
    }

    /// The secret itself, for a header or a key. Never for a log.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether this is what someone presented, in constant time for a given length.
    pub fn is(&self, presented: &str) -> bool {
        self.0.as_bytes().ct_eq(presented.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl FromStr for Secret {
    type Err = WeakSecret;

    fn from_str(text: &str) -> Result<Self, WeakSecret> {
        Self::new(text)
    }
}

/// A string that will not do as a secret.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a secret must have at least 16 visible ASCII characters without spaces")]
pub struct WeakSecret;

/// The rule for one listener.
#[derive(Clone, Debug)]
pub struct Access {
    token: Option<Secret>,
    open: bool,
    allowed_origins: Arc<[Origin]>,
}

impl Access {
    /// A token is needed, always.
    pub fn token(token: Secret) -> Self {
        Self { token: Some(token), open: false, allowed_origins: Arc::new([]) }
    }

    /// Without a token too, by the rule for loopback. To be used only where EVERY listener of the process is bound
    /// to loopback.
    pub fn open(token: Option<Secret>, allowed_origins: impl Into<Arc<[Origin]>>) -> Self {
        Self { token, open: true, allowed_origins: allowed_origins.into() }
    }

    /// Whether a call may pass.
    ///
    /// # Errors
    /// 401 without the right token where one is needed; 403 where the loopback rule refuses.
    pub fn check(&self, head: &Head) -> Result<(), Problem> {
        if let Some(authorization) = head.headers.get(AUTHORIZATION) {
            let presented = authorization.to_str().ok().and_then(bearer);
            let right = match (&self.token, presented) {
                (Some(token), Some(presented)) => token.is(presented),
                _ => false,
            };
            return if right {
                Ok(())
            } else {
                Err(Problem::unauthorized("The token in Authorization is not the right one."))
            };
        }
        let forwarded = || FORWARDING.iter().any(|name| head.headers.contains_key(name));
        if !self.open || !head.loopback_rule || forwarded() {
            return Err(Problem::unauthorized("Send Authorization: Bearer <token>."));
        }
        self.check_local(head)
    }

    fn check_local(&self, head: &Head) -> Result<(), Problem> {
        let host = head.headers.get(HOST).and_then(|value| value.to_str().ok());
        if !host.is_some_and(is_loopback_authority) {
            return Err(Problem::forbidden("Without a token, Host must be localhost or a loopback address."));
        }
        for origin in head.headers.get_all(ORIGIN) {
            let origin = origin.to_str().ok().and_then(|text| text.parse::<Origin>().ok());
            let fine = origin.is_some_and(|origin| {
                is_loopback_authority(origin.authority()) || self.allowed_origins.contains(&origin)
            });
            if !fine {
                return Err(Problem::forbidden("Without a token, pages from other origins are refused."));
            }
        }
        Ok(())
    }
}

/// RFC 6750, 2.1; the scheme's case does not matter.
fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// `localhost`, a name under it, or a loopback address; with or without a port.
fn is_loopback_authority(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, port)) if port.is_empty() || is_port(port) => host,
            _ => return false,
        },
        None => match authority.split_once(':') {
            Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => host,
            Some(_) => return false,
            None => authority,
        },
    };
    if let Ok(address) = host.parse::<IpAddr>() {
        return address.to_canonical().is_loopback();
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    name.eq_ignore_ascii_case("localhost")
        || name
            .len()
            .checked_sub(10)
            .and_then(|at| name.get(at..))
            .is_some_and(|end| end.eq_ignore_ascii_case(".localhost"))
}

fn is_port(text: &str) -> bool {
    text.strip_prefix(':').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use http::HeaderValue;

    use super::*;

    fn head(headers: &[(HeaderName, &'static str)]) -> Head {
        let mut head = Head { loopback_rule: true, ..Head::default() };
        for (name, value) in headers {
            head.headers.append(name, HeaderValue::from_static(value));
        }
        head
    }

    fn status(access: &Access, headers: &[(HeaderName, &'static str)]) -> u16 {
        access.check(&head(headers)).map_or_else(|problem| problem.status().as_u16(), |()| 200)
    }

    #[test]
    fn a_token_must_be_the_right_one() {
        let access = Access::token(Secret::new("0123456789abcdef").unwrap());
        assert_eq!(status(&access, &[]), 401);
        assert_eq!(status(&access, &[(HOST, "localhost")]), 401);
        assert_eq!(status(&access, &[(AUTHORIZATION, "Bearer 0123456789abcdef")]), 200);
        assert_eq!(status(&access, &[(AUTHORIZATION, "bearer 0123456789abcdef")]), 200);
        assert_eq!(status(&access, &[(AUTHORIZATION, "Bearer 0123456789abcdeF")]), 401);
        assert_eq!(status(&access, &[(AUTHORIZATION, "Basic 0123456789abcdef")]), 401);
    }

    #[test]
    fn an_open_bus_still_refuses_foreign_pages() {
        let allowed: Origin = "https://moot.example".parse().unwrap();
        let access = Access::open(Some(Secret::random()), [allowed]);
        assert_eq!(status(&access, &[(HOST, "localhost:4005")]), 200);
        assert_eq!(status(&access, &[(HOST, "127.0.0.1:4005")]), 200);
        assert_eq!(status(&access, &[(HOST, "[::1]:4005")]), 200);
        assert_eq!(status(&access, &[(HOST, "bus.localhost")]), 200);
        assert_eq!(status(&access, &[(HOST, "evil.example:4005")]), 403);
        assert_eq!(status(&access, &[(HOST, "localhost.evil.example")]), 403);
        assert_eq!(status(&access, &[(HOST, "localhost:evil")]), 403);
        assert_eq!(status(&access, &[(HOST, "192.168.0.4:4005")]), 403);
        assert_eq!(status(&access, &[]), 403);
        let from = |origin| status(&access, &[(HOST, "localhost:4005"), (ORIGIN, origin)]);
        assert_eq!(from("http://localhost:3000"), 200);
        assert_eq!(from("https://moot.example"), 200);
        assert_eq!(from("https://evil.example"), 403);
        assert_eq!(from("null"), 403);
        let wrong = [(HOST, "localhost:4005"), (AUTHORIZATION, "Bearer guessed-wrongly-again")];
        assert_eq!(status(&access, &wrong), 401);
    }

    #[test]
    fn what_a_proxy_passed_on_needs_the_token() {
        let access = Access::open(Some(Secret::new("0123456789abcdef").unwrap()), []);
        for name in FORWARDING {
            let from = [(HOST, "localhost:4005"), (name.clone(), "127.0.0.1")];
            assert_eq!(status(&access, &from), 401, "{name}");
            let with_token = [(name.clone(), "127.0.0.1"), (AUTHORIZATION, "Bearer 0123456789abcdef")];
            assert_eq!(status(&access, &with_token), 200, "{name}");
        }
    }

    #[test]
    fn the_loopback_rule_holds_only_on_listeners_that_have_it() {
        let access = Access::open(None, []);
        let mut at_the_front = head(&[(HOST, "localhost:8080")]);
        assert!(access.check(&at_the_front).is_ok());
        at_the_front.loopback_rule = false;
        assert_eq!(access.check(&at_the_front).unwrap_err().status().as_u16(), 401);
    }

    #[test]
    fn a_secret_is_made_once_and_kept_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bus-token");
        let made = Secret::read_or_create(&path).unwrap();
        let read = Secret::read_or_create(&path).unwrap();
        assert!(made.is(read.expose()));
        assert_eq!(format!("{made:?}"), "***");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::write(&path, "short").unwrap();
        assert!(Secret::read_or_create(&path).is_err());
    }
}
