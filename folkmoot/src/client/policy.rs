//! What a browser may do with the client's page: load what comes from here, connect to where the API is, no more.

use chassis::config::Origin;
use http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_FRAME_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue};

const COOP: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");

/// The headers of a page.
#[derive(Debug)]
pub struct Policy {
    content: HeaderValue,
}

impl Policy {
    /// For a client that may connect to `connect` besides the address that it came from.
    pub fn new(connect: &[Origin]) -> Self {
        let connect: Vec<_> = std::iter::once("'self'").chain(connect.iter().map(Origin::as_str)).collect();
        let connect = connect.join(" ");
        let text = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
             connect-src {connect}; manifest-src 'self'; base-uri 'none'; form-action 'self'; \
             frame-ancestors 'none'"
        );
        // An origin is ASCII; were it not, nothing at all would be allowed.
        Self { content: HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("default-src 'none'")) }
    }

    /// Sets them.
    pub fn apply(&self, headers: &mut HeaderMap) {
        headers.insert(CONTENT_SECURITY_POLICY, self.content.clone());
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        headers.insert(COOP, HeaderValue::from_static("same-origin"));
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        let none = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";
        headers.insert(PERMISSIONS, HeaderValue::from_static(none));
    }
}
