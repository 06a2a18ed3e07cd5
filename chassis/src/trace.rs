//! One trace across every hop: W3C Trace Context (<https://www.w3.org/TR/trace-context/>).
//!
//! The request layer takes `traceparent` from the caller, or begins a trace, and keeps it in a task-local for as long
//! as the request is handled. Whatever is said meanwhile (an event put into the outbox, a call to the bus) reads it
//! from there, so no function has to carry it.

use std::fmt;
use std::future::Future;

tokio::task_local! {
    static CURRENT: TraceContext;
}

/// Where in a trace we are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    /// The whole trace; never all zero.
    pub trace_id: [u8; 16],
    /// The span that calls made from here name as their parent; never all zero.
    pub parent_id: [u8; 8],
    /// Bit 0: the caller may have recorded this trace.
    pub flags: u8,
}

impl TraceContext {
    /// Begins a trace.
    pub fn start() -> Self {
        Self { trace_id: nonzero(), parent_id: nonzero(), flags: 0 }
    }

    /// Reads a `traceparent` header. `None` for anything that the specification calls invalid: then a new trace
    /// begins, as it asks.
    pub fn parse(traceparent: &str) -> Option<Self> {
        let bytes = traceparent.as_bytes();
        let version = hex_bytes::<1>(bytes.get(..2)?)?[0];
        let wrong_end = match version {
            0xff => true,
            0 => bytes.len() != 55,
            _ => bytes.len() > 55 && bytes[55] != b'-',
        };
        if wrong_end || bytes.len() < 55 || [bytes[2], bytes[35], bytes[52]] != [b'-'; 3] {
            return None;
        }
        let found = Self {
            trace_id: hex_bytes(&bytes[3..35])?,
            parent_id: hex_bytes(&bytes[36..52])?,
            flags: hex_bytes::<1>(&bytes[53..55])?[0],
        };
        (found.trace_id != [0; 16] && found.parent_id != [0; 8]).then_some(found)
    }

    /// The same trace, one span further.
    #[must_use]
    pub fn child(self) -> Self {
        Self { parent_id: nonzero(), ..self }
    }

    /// The trace's id in hex, as logs name it.
    pub fn id(&self) -> String {
        hex::encode(self.trace_id)
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = *b"00-00000000000000000000000000000000-0000000000000000-00";
        put_hex(&mut text[3..35], &self.trace_id);
        put_hex(&mut text[36..52], &self.parent_id);
        put_hex(&mut text[53..55], &[self.flags]);
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Runs a future within a trace.
pub async fn within<F: Future>(context: TraceContext, future: F) -> F::Output {
    CURRENT.scope(context, future).await
}

/// The trace that this task works for, if any.
pub fn current() -> Option<TraceContext> {
    CURRENT.try_with(|context| *context).ok()
}

/// The same as a `traceparent` header.
pub fn current_traceparent() -> Option<String> {
    current().map(|context| context.to_string())
}

/// A `traceparent` header one span further; `None` if it is none.
pub fn child_of(traceparent: &str) -> Option<String> {
    TraceContext::parse(traceparent).map(|context| context.child().to_string())
}

/// Random, and not all zero, which the specification reserves for "invalid".
fn nonzero<const N: usize>() -> [u8; N] {
    loop {
        let mut bytes = [0; N];
        rand::RngCore::fill_bytes(&mut rand::rng(), &mut bytes);
        if bytes != [0; N] {
            return bytes;
        }
    }
}

/// Lower-case hex only, as the specification demands.
fn hex_bytes<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    if text.len() != 2 * N || text.iter().any(u8::is_ascii_uppercase) {
        return None;
    }
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

fn put_hex(into: &mut [u8], bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (pair, byte) in into.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_context_reads_and_writes_the_same() {
        let context = TraceContext::parse(GOOD);
        assert_eq!(context.map(|c| c.to_string()).as_deref(), Some(GOOD));
    }

    #[test]
    fn a_child_stays_in_its_trace() {
        let parent = TraceContext::start();
        let child = parent.child();
        assert_eq!(parent.trace_id, child.trace_id);
        assert_ne!(parent.parent_id, child.parent_id);
    }

    #[test]
    fn what_the_specification_calls_invalid_is_not_read() {
        for bad in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00x4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-ébf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        ] {
            assert_eq!(TraceContext::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_later_version_may_say_more() {
        let later = "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more";
        assert!(TraceContext::parse(later).is_some());
        assert!(TraceContext::parse(&later.replace("01-more", "01more")).is_none());
    }

    #[tokio::test]
    async fn work_done_within_a_trace_can_name_it() {
        let context = TraceContext::start();
        assert_eq!(current_traceparent(), None);
        let said = within(context, async { current_traceparent() }).await;
        assert_eq!(said, Some(context.to_string()));
    }
}
