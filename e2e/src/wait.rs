//! Waiting for a condition with a deadline.

use std::time::{Duration, Instant};

/// How long anything that must come may take on a busy machine.
pub const DEADLINE: Duration = Duration::from_mins(1);

const LOOK: Duration = Duration::from_millis(15);

/// Looks again and again until `look` gives something.
///
/// # Panics
/// If nothing came before the deadline; the message says what was waited for.
pub async fn until<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    until_within(DEADLINE, what, look).await
}

/// The same with a deadline of one's own.
///
/// # Panics
/// If nothing came before the deadline.
pub async fn until_within<T>(deadline: Duration, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + deadline;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "waited {deadline:?} in vain for {what}");
        tokio::time::sleep(LOOK).await; // why: the pause between two looks at a condition
    }
}
