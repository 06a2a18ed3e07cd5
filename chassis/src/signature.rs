//! Signatures on pushes, as Standard Webhooks describes them (<https://www.standardwebhooks.com>, symmetric scheme v1):
//! HMAC-SHA-256 over `id.timestamp.body`, so that a receiver knows who sent it, when, and that nothing was changed.
//!
//! That covers none of the headers that say where a push stands in the log, and a receiver of ours believes them. So
//! there is a second signature, [`PLACE`], over those headers and the first signature; foreign receivers ignore it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use http::HeaderMap;
use sha2::Sha256;

use crate::bus;

/// How far a push's timestamp may lie from the receiver's clock, in seconds: a replay is refused after that.
pub const TOLERANCE: i64 = 300;

/// The header that names the message.
pub const ID: &str = "webhook-id";
/// The header that says when it was sent, in seconds since the epoch.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// The header with one or more signatures, separated by spaces.
pub const SIGNATURE: &str = "webhook-signature";

/// The header with the signature of the headers that say where a push stands in the log.
pub const PLACE: &str = "folkmoot-signature";

const PREFIX: &str = "whsec_";

/// Where a push stands in the log: the values of the headers, as they are sent.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The log's id.
    pub log: &'a str,
    /// The log's last sequence.
    pub head: &'a str,
    /// Where the cursor stands if all of the push is done.
    pub upto: &'a str,
    /// The subscription's name.
    pub subscription: &'a str,
}

/// A signing secret: 24 to 64 bytes, written `whsec_<base64>`. Its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret(Vec<u8>);

impl std::fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningSecret(***)")
    }
}

/// Why a signature does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// A secret that is not `whsec_` and 24 to 64 bytes of base64.
    #[error("a signing secret is `whsec_` followed by 24 to 64 bytes in base64")]
    Secret,
    /// One of the three headers is missing or unreadable.
    #[error("the headers webhook-id, webhook-timestamp and webhook-signature are needed")]
    Headers,
    /// Too old, or from the future.
    #[error("webhook-timestamp lies more than {TOLERANCE} seconds from now")]
    Time,
    /// None of the signatures fits.
    #[error("no signature in webhook-signature fits")]
    Mismatch,
    /// The signature of the headers is missing, or not of these.
    #[error("folkmoot-signature is needed, and must fit the headers folkmoot-log, -head, -upto and -subscription")]
    Place,
}

impl SigningSecret {
    /// A new random secret of 32 bytes.
    pub fn random() -> Self {
        Self(rand::random::<[u8; 32]>().to_vec())
    }

    /// Reads the `whsec_` form; the prefix may be left out, as in other implementations.
    ///
    /// # Errors
    /// If it is not base64 of 24 to 64 bytes.
    pub fn parse(text: &str) -> Result<Self, SignatureError> {
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX).unwrap_or(text)).map_err(|_| SignatureError::Secret)?;
        if (24..=64).contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(SignatureError::Secret) }
    }

    /// The `whsec_` form, to be stored or sent to the one who signs.
    pub fn expose(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// The value of `webhook-signature` for one message.
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        format!("v1,{}", STANDARD.encode(self.mac(id, &timestamp.to_string(), body).finalize().into_bytes()))
    }

    /// Checks a received message against the clock `now` (seconds since the epoch).
    ///
    /// # Errors
    /// If headers are missing, the time is off, or no signature fits.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8], now: i64) -> Result<(), SignatureError> {
        let text = |name| headers.get(name).and_then(|v| v.to_str().ok()).ok_or(SignatureError::Headers);
        let (id, timestamp, signatures) = (text(ID)?, text(TIMESTAMP)?, text(SIGNATURE)?);
        let sent: i64 = timestamp.parse().map_err(|_| SignatureError::Headers)?;
        if now.saturating_sub(sent).saturating_abs() > TOLERANCE {
            return Err(SignatureError::Time);
        }
        let fits = signatures
            .split_ascii_whitespace()
            .filter_map(|s| s.strip_prefix("v1,"))
            .filter_map(|s| STANDARD.decode(s).ok())
            .any(|s| self.mac(id, timestamp, body).verify_slice(&s).is_ok());
        if fits { Ok(()) } else { Err(SignatureError::Mismatch) }
    }

    /// The value of `folkmoot-signature` for a push with this `webhook-signature`, which covers everything else in it.
    pub fn sign_place(&self, place: &Place<'_>, signature: &str) -> String {
        format!("v1,{}", STANDARD.encode(self.place_mac(place, signature).finalize().into_bytes()))
    }

    /// Checks a received push with the headers that say where it stands in the log.
    ///
    /// # Errors
    /// As [`SigningSecret::verify`], or if those headers are not the ones that were signed.
    pub fn verify_push(&self, headers: &HeaderMap, body: &[u8], now: i64) -> Result<(), SignatureError> {
        self.verify(headers, body, now)?;
        let text = |name| headers.get(name).and_then(|v| v.to_str().ok()).ok_or(SignatureError::Place);
        let place = Place {
            log: text(bus::LOG)?,
            head: text(bus::HEAD)?,
            upto: text(bus::UPTO)?,
            subscription: text(bus::SUBSCRIPTION)?,
        };
        let given = text(PLACE)?.strip_prefix("v1,").and_then(|s| STANDARD.decode(s).ok());
        let given = given.ok_or(SignatureError::Place)?;
        let fits = self.place_mac(&place, text(SIGNATURE)?).verify_slice(&given);
        fits.map_err(|_| SignatureError::Place)
    }

    /// A header's value holds no line feed, so the parts cannot run into each other, nor look like the other scheme's.
    fn place_mac(&self, place: &Place<'_>, signature: &str) -> Hmac<Sha256> {
        let mut mac = self.keyed();
        for part in ["folkmoot-place", place.log, place.head, place.upto, place.subscription, signature] {
            mac.update(part.as_bytes());
            mac.update(b"\n");
        }
        mac
    }

    fn keyed(&self) -> Hmac<Sha256> {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        Hmac::<Sha256>::new_from_slice(&self.0).expect("any key length")
    }

    fn mac(&self, id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.keyed();
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            mac.update(part);
        }
        mac
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn headers(id: &str, timestamp: &str, signature: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ID, id.parse().unwrap());
        headers.insert(TIMESTAMP, timestamp.parse().unwrap());
        headers.insert(SIGNATURE, signature.parse().unwrap());
        headers
    }

    #[test]
    fn what_is_signed_verifies_and_nothing_else_does() {
        let secret = SigningSecret::random();
        let good = secret.sign("m1", 1000, b"body");
        let verify = |id, timestamp, signature: &str, body: &[u8], now| {
            secret.verify(&headers(id, timestamp, signature), body, now)
        };
        assert_eq!(verify("m1", "1000", &good, b"body", 1000), Ok(()));
        assert_eq!(verify("m1", "1000", &good, b"body", 1000 + TOLERANCE), Ok(()));
        assert_eq!(verify("m1", "1000", &format!("v1,AAAA {good}"), b"body", 1000), Ok(()));
        assert_eq!(verify("m1", "1000", &good, b"body", 1001 + TOLERANCE), Err(SignatureError::Time));
        assert_eq!(verify("m2", "1000", &good, b"body", 1000), Err(SignatureError::Mismatch));
        assert_eq!(verify("m1", "1001", &good, b"body", 1000), Err(SignatureError::Mismatch));
        assert_eq!(verify("m1", "1000", &good, b"body2", 1000), Err(SignatureError::Mismatch));
        assert_eq!(verify("m1", "soon", &good, b"body", 1000), Err(SignatureError::Headers));
        assert_eq!(secret.verify(&HeaderMap::new(), b"body", 1000), Err(SignatureError::Headers));
        let other = SigningSecret::random().sign("m1", 1000, b"body");
        assert_eq!(verify("m1", "1000", &other, b"body", 1000), Err(SignatureError::Mismatch));
    }

    #[test]
    fn a_push_is_signed_with_its_place_in_the_log() {
        let secret = SigningSecret::random();
        let place = Place { log: "l1", head: "9", upto: "7", subscription: "posts" };
        let signature = secret.sign("m1", 1000, b"body");
        let mut good = headers("m1", "1000", &signature);
        for (name, value) in [(bus::LOG, "l1"), (bus::HEAD, "9"), (bus::UPTO, "7"), (bus::SUBSCRIPTION, "posts")] {
            good.insert(name, value.parse().unwrap());
        }
        good.insert(PLACE, secret.sign_place(&place, &signature).parse().unwrap());
        let verify = |headers: &HeaderMap| secret.verify_push(headers, b"body", 1000);
        assert_eq!(verify(&good), Ok(()));
        for name in [bus::LOG, bus::HEAD, bus::UPTO, bus::SUBSCRIPTION, PLACE] {
            let mut without = good.clone();
            without.remove(name);
            assert_eq!(verify(&without), Err(SignatureError::Place), "{name}");
            let mut other = good.clone();
            other.insert(name, "8".parse().unwrap());
            assert_eq!(verify(&other), Err(SignatureError::Place), "{name}");
        }
        // Neither the parts of another push, nor another signature beside the right one.
        let later = secret.sign("m2", 1001, b"body");
        for signature in [later.clone(), format!("{signature} {later}")] {
            let mut mixed = good.clone();
            mixed.insert(PLACE, secret.sign_place(&place, &signature).parse().unwrap());
            assert_eq!(verify(&mixed), Err(SignatureError::Place));
        }
        let run_together = Place { log: "l1\n9", head: "7", upto: "posts", subscription: "" };
        assert_ne!(secret.sign_place(&run_together, &signature), secret.sign_place(&place, &signature));
        good.remove(SIGNATURE);
        assert_eq!(verify(&good), Err(SignatureError::Headers));
    }

    #[test]
    fn a_secret_survives_its_written_form_and_hides_in_debug() {
        let secret = SigningSecret::random();
        assert_eq!(SigningSecret::parse(&secret.expose()), Ok(secret.clone()));
        assert_eq!(format!("{secret:?}"), "SigningSecret(***)");
        assert_eq!(SigningSecret::parse("whsec_dG9vIHNob3J0"), Err(SignatureError::Secret));
    }
}
