//! Requests as no client of HTTP sends them: targets that are no paths, methods that are none, headers cut anywhere.
//!
//! A server answers each in HTTP or closes the connection, and nothing panics.
#![expect(clippy::expect_used, reason = "a double: where it cannot go on, the test has failed")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const METHODS: [&str; 14] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "PRI", "get", "M-SEARCH", "",
    "G\0T",
];
const TARGETS: [&str; 34] = [
    "/",
    "*",
    "",
    "e.org:443",
    "e.org",
    "http://e.org",
    "http://e.org/",
    "http://e.org?x",
    "https://e.org:443/p#f",
    "//",
    "///",
    "//e.org/p",
    "/..",
    "/../..",
    "/./",
    "/%",
    "/%zz",
    "/%00",
    "/%2f..%2f",
    "/\u{e9}",
    "/?",
    "?x",
    "#",
    "/#",
    "/a b",
    "\\",
    "urn:x",
    "mailto:a@b",
    "http://",
    "http:///p",
    ":80",
    "[::1]:80",
    "http://[::1]/",
    "1.2.3.4:0",
];
const VERSIONS: [&str; 8] = ["HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "HTTP/1.2", "HTTP/11", "http/1.1", ""];
const HEADERS: [&str; 20] = [
    "host: x\r\n",
    "host:\r\n",
    "host: x\r\nhost: y\r\n",
    "host: [::1\r\n",
    "host: \u{e9}\r\n",
    "",
    "content-length: 5\r\n",
    "content-length: -1\r\n",
    "content-length: 99999999999999999999\r\n",
    "content-length: 1\r\ncontent-length: 2\r\n",
    "transfer-encoding: chunked\r\n",
    "transfer-encoding: chunked\r\ncontent-length: 3\r\n",
    "transfer-encoding: x\r\n",
    "expect: 100-continue\r\ncontent-length: 5\r\n",
    "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: x\r\nsec-websocket-version: 13\r\n",
    "connection: upgrade\r\nupgrade: h2c\r\nhttp2-settings: !\r\n",
    "origin: null\r\naccess-control-request-method: \u{e9}\r\n",
    "x-forwarded-for: ,,\u{e9}\r\ntraceparent: 00-\r\n",
    "range: bytes=9-1\r\nif-none-match: \"\r\n",
    ": x\r\n x\r\n",
];
const BODIES: [&str; 5] = ["", "{}", "[", "5\r\nhello\r\n0\r\n\r\n", "zz\r\n"];
/// Requests under way at a time.
const AT_ONCE: usize = 16;
/// Nothing takes longer unless it hangs.
const DEADLINE: Duration = Duration::from_mins(1);

/// Numbers that are the same in each run (Knuth's MMIX generator).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % sides.max(1)
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }
}

/// Sends so many wild requests, about these paths among others; each is answered in HTTP or the connection closed, and in
/// the end nothing has panicked.
///
/// # Panics
/// If it is not so.
pub async fn survives(address: SocketAddr, paths: &[&str], count: usize) {
    let panics = count_panics();
    let mut dice = Dice(count as u64);
    let mut under_way = JoinSet::new();
    for number in 0..count {
        let request = if number < METHODS.len() * TARGETS.len() {
            let (method, target) = (METHODS[number % METHODS.len()], TARGETS[number / METHODS.len()]);
            format!("{method} {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").into_bytes()
        } else {
            wild(&mut dice, paths)
        };
        under_way.spawn(send(address, request));
        if under_way.len() >= AT_ONCE {
            under_way.join_next().await.expect("a request under way").expect("no panic");
        }
    }
    while let Some(done) = under_way.join_next().await {
        done.expect("no panic");
    }
    assert_eq!(panics.load(Ordering::SeqCst), 0, "a request made something panic");
}

/// The status that a request with this method and target is answered with.
///
/// # Panics
/// If it is not answered.
pub async fn status_of(address: SocketAddr, line: &str) -> u16 {
    let request = format!("{line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    let answer = send(address, request.into_bytes()).await;
    std::str::from_utf8(&answer[9..12]).expect("a status line").parse().expect("a status")
}

/// Counts them from now on, in the whole process.
fn count_panics() -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    let (counted, before) = (Arc::clone(&count), std::panic::take_hook());
    std::panic::set_hook(Box::new(move |panic| {
        counted.fetch_add(1, Ordering::SeqCst);
        before(panic);
    }));
    count
}

fn wild(dice: &mut Dice, paths: &[&str]) -> Vec<u8> {
    let target = if dice.roll(2) == 0 { dice.pick(paths) } else { dice.pick(&TARGETS) };
    let mut text = format!("{} {target} {}\r\n", dice.pick(&METHODS), dice.pick(&VERSIONS));
    for _ in 0..dice.roll(4) {
        text.push_str(dice.pick(&HEADERS));
    }
    text.push_str("\r\n");
    text.push_str(dice.pick(&BODIES));
    let mut bytes = text.into_bytes();
    match dice.roll(4) {
        0 => {
            let at = dice.roll(bytes.len());
            bytes[at] = u8::try_from(dice.roll(256)).unwrap_or_default();
        }
        1 => bytes.truncate(dice.roll(bytes.len())),
        _ => {}
    }
    bytes
}

async fn send(address: SocketAddr, request: Vec<u8>) -> Vec<u8> {
    let shown = String::from_utf8_lossy(&request).into_owned();
    let answer = async {
        let mut socket = TcpStream::connect(address).await.expect("a listener");
        // The server may have answered and closed before it has read all.
        drop(socket.write_all(&request).await);
        drop(socket.shutdown().await);
        let mut answer = Vec::new();
        let mut piece = [0; 1024];
        while answer.len() < 12 {
            match socket.read(&mut piece).await {
                Ok(count @ 1..) => answer.extend_from_slice(&piece[..count]),
                Ok(_) | Err(_) => break,
            }
        }
        answer
    };
    let answer = tokio::time::timeout(DEADLINE, answer).await.unwrap_or_else(|_| panic!("it hangs: {shown:?}"));
    let http2 = shown.starts_with("PRI ");
    let fine = answer.is_empty() || http2 || is_status_line(&answer);
    assert!(fine, "{shown:?}: {:?}", String::from_utf8_lossy(&answer));
    answer
}

fn is_status_line(answer: &[u8]) -> bool {
    answer.starts_with(b"HTTP/1.") && answer.get(9..12).is_some_and(|status| status.iter().all(u8::is_ascii_digit))
}
