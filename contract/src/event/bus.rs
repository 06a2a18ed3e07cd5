//! What the bus itself says, into its own log.

use crate::Sequence;
use serde::{Deserialize, Serialize};

/// Somebody decided that a subscription does without an event that it kept refusing. Said by the bus, so that what a
/// receiver never saw is on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryGivenUp {
    /// The subscription's name.
    pub subscription: String,
    /// Where the event stands in the log.
    pub sequence: Sequence,
    /// Who decided.
    pub by: String,
    /// Why the receiver refused it, or why it was given up.
    pub reason: String,
}
