//! Ports that a test may stop and start servers on.
//!
//! A port from the system's own range may be taken by anybody's outgoing connection while its server is down. So ports
//! come from below that range, and a locked file per port keeps tests that run side by side apart.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};

const RANGE: std::ops::Range<u16> = 12_000..30_000;

/// A port that is this test's until it is dropped.
#[derive(Debug)]
pub struct Port {
    number: u16,
    _lock: File,
}

impl Port {
    /// Takes a free port.
    ///
    /// # Panics
    /// If there is none.
    #[expect(clippy::expect_used, reason = "a story without a port fails")]
    pub fn take() -> Self {
        let folder = std::env::temp_dir().join("folkmoot-test-ports");
        std::fs::create_dir_all(&folder).expect("a folder for port locks");
        let span = u32::from(RANGE.end - RANGE.start);
        let first = std::process::id().wrapping_mul(2_654_435_761) % span;
        (0..span)
            .filter_map(|step| u16::try_from((first + step) % span).ok())
            .map(|offset| RANGE.start + offset)
            .find_map(|number| {
                let lock = File::create(folder.join(format!("{number}.lock"))).ok()?;
                lock.try_lock().ok()?;
                TcpListener::bind((Ipv4Addr::LOCALHOST, number)).ok()?;
                Some(Self { number, _lock: lock })
            })
            .expect("a free port")
    }

    /// Its number.
    pub fn number(&self) -> u16 {
        self.number
    }

    /// `127.0.0.1:<port>`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.number)
    }

    /// `http://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }
}
