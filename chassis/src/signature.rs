//! Signatures on pushes, as Standard Webhooks describes them (<https://www.standardwebhooks.com>, symmetric scheme v1):
//! HMAC-SHA-256 over `id.timestamp.body`, so that a receiver knows who sent it, when, and that nothing was changed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use http::HeaderMap;
use sha2::Sha256;

/// How far a push's timestamp may lie from the receiver's clock, in seconds: a replay is refused after that.
pub const TOLERANCE: i64 = 300;

/// The header that names the message.
pub const ID: &str = "webhook-id";
/// The header that says when it was sent, in seconds since the epoch.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// The header with one or more signatures, separated by spaces.
pub const SIGNATURE: &str = "webhook-signature";

const PREFIX: &str = "whsec_";

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

    fn mac(&self, id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("any key length");
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
    fn a_secret_survives_its_written_form_and_hides_in_debug() {
        let secret = SigningSecret::random();
        assert_eq!(SigningSecret::parse(&secret.expose()), Ok(secret.clone()));
        assert_eq!(format!("{secret:?}"), "SigningSecret(***)");
        assert_eq!(SigningSecret::parse("whsec_dG9vIHNob3J0"), Err(SignatureError::Secret));
    }
}
