//! How many files and sockets this process may have open.
//!
//! Many systems begin with a soft limit of 1024, which a thousand listeners use up, and then calls to the bus fail too.
//! The soft limit is raised to the hard one, and listeners take a part of it only: the rest is for databases,
//! snapshots, and calls between services.

use std::sync::OnceLock;

/// This part of all of them; at least 16.
pub fn share(part: u64, of: u64) -> usize {
    let share = most() / of.max(1) * part;
    usize::try_from(share).unwrap_or(usize::MAX).max(16)
}

/// How many there may be, after raising the limit as far as it goes.
fn most() -> u64 {
    static MOST: OnceLock<u64> = OnceLock::new();
    *MOST.get_or_init(raise)
}

#[cfg(unix)]
fn raise() -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // Without a hard limit the soft one must still be a number on some systems.
    let wanted = limit.maximum.unwrap_or(1 << 20);
    let soft = limit.current.unwrap_or(wanted);
    if soft >= wanted {
        return soft;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum }) {
        Ok(()) => wanted,
        Err(error) => {
            tracing::warn!(%error, soft, "the limit of open files cannot be raised");
            soft
        }
    }
}

/// There is no such limit to ask for.
#[cfg(not(unix))]
fn raise() -> u64 {
    65_536
}

#[cfg(all(test, unix))]
mod tests {
    use rustix::process::{Resource, getrlimit};

    use super::*;

    #[test]
    fn the_soft_limit_is_raised_to_the_hard_one_and_shared() {
        let half = share(1, 2);
        let limit = getrlimit(Resource::Nofile);
        assert!(limit.maximum.is_none() || limit.current == limit.maximum, "{limit:?}");
        assert!((16..=usize::try_from(most()).unwrap_or(usize::MAX)).contains(&half));
        assert_eq!(share(0, 2), 16);
    }
}
