//! What can be wrong with an envelope, in words for whoever sent it.

use thiserror::Error;

/// Why something is no event.
#[derive(Debug, Error)]
pub enum EnvelopeError {
    /// Not JSON, or nested too deeply.
    #[error("not JSON: {0}")]
    Syntax(#[source] serde_json::Error),
    /// JSON, but no object.
    #[error("not an event: {0}")]
    Shape(#[source] serde_json::Error),
    /// An attribute is not as it must be.
    #[error("`{name}` {fault}")]
    Attribute {
        /// The attribute's name, cut off after 64 bytes.
        name: Box<str>,
        /// What is wrong with it.
        fault: Fault,
    },
    /// More extension attributes than are carried.
    #[error("an event may have at most {0} extension attributes")]
    TooManyExtensions(usize),
}

impl EnvelopeError {
    pub(super) fn of(name: &str, fault: Fault) -> Self {
        let end = name.floor_char_boundary(64);
        Self::Attribute { name: name[..end].into(), fault }
    }

    /// Where in the event the error is, as a JSON pointer (RFC 6901); empty for the whole.
    pub fn pointer(&self) -> String {
        match self {
            Self::Attribute { name, .. } => format!("/{}", name.replace('~', "~0").replace('/', "~1")),
            _ => String::new(),
        }
    }
}

/// What is wrong with an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// It is not there, and there is no doing without it.
    #[error("is missing")]
    Missing,
    /// It is there twice.
    #[error("is there more than once")]
    Repeated,
    /// It is the empty text.
    #[error("must not be empty")]
    Empty,
    /// It is longer than this many bytes.
    #[error("must be at most {0} bytes long")]
    TooLong(usize),
    /// It holds NUL, a line feed, an escape or the like.
    #[error("must not hold control characters")]
    Control,
    /// It is something else than text.
    #[error("must be a string, not {0}")]
    NotText(&'static str),
    /// An extension is neither text nor a boolean nor an integer of 32 bits.
    #[error("must be a string, a boolean or an integer of 32 bits, not {0}")]
    NotScalar(&'static str),
    /// An extension's name is not of lower-case letters and digits.
    #[error("is no name of an attribute: those are of 1 to 64 lower-case letters and digits")]
    BadName,
    /// Another version of `CloudEvents`.
    #[error("must be \"1.0\"")]
    Version,
    /// Not a time.
    #[error("must be a time as RFC 3339 writes it")]
    NotATime,
    /// Not a number.
    #[error("must be a decimal number")]
    NotASequence,
    /// Not base64.
    #[error("must be base64")]
    NotBase64,
    /// There is `data` and `data_base64`.
    #[error("must not be there together with `data`")]
    TwoData,
}
