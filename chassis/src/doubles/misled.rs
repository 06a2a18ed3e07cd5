//! What stands where a server would and, for its first connections, is another server: it answers them wrongly, for ever,
//! and keeps them open. Later connections reach the right one.
#![expect(clippy::expect_used, reason = "a double: where it cannot go on, the test has failed")]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::BytesMut;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// How a wrong server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// 404, as a web server that has no such path.
    NotFound,
    /// 200 with a page.
    Page,
    /// 503, as a proxy with nothing behind it.
    Unavailable,
    /// What is not HTTP.
    Garbage,
}

impl Wrong {
    /// Every way.
    pub const ALL: [Self; 4] = [Self::NotFound, Self::Page, Self::Unavailable, Self::Garbage];

    fn answer(self) -> String {
        let (status, kind, body) = match self {
            Self::NotFound => ("404 Not Found", "text/plain", "no such page"),
            Self::Page => ("200 OK", "text/html", "<html><h1>Welcome</h1></html>"),
            Self::Unavailable => ("503 Service Unavailable", "text/plain", "no upstream"),
            Self::Garbage => return "\u{1}what is not HTTP\r\n\r\n".to_owned(),
        };
        let length = body.len();
        format!(
            "HTTP/1.1 {status}\r\nserver: stranger/1.0\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n{body}"
        )
    }
}

/// An address whose first connections end up at a wrong server. It is there for as long as this is kept.
#[derive(Debug)]
pub struct Misled {
    addr: SocketAddr,
    answered: Arc<AtomicUsize>,
    accepting: JoinHandle<()>,
}

impl Misled {
    /// In front of the server at `right` (as `127.0.0.1:4005`); the first `wrongly` connections get the wrong one.
    pub async fn start(right: &str, wrong: Wrong, wrongly: usize) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let addr = listener.local_addr().expect("a bound address");
        let (answered, right) = (Arc::new(AtomicUsize::new(0)), right.to_owned());
        let count = Arc::clone(&answered);
        let accepting = tokio::spawn(async move {
            let mut connections = 0;
            while let Ok((socket, _)) = listener.accept().await {
                connections += 1;
                if connections <= wrongly {
                    tokio::spawn(answer(socket, wrong, Arc::clone(&count)));
                } else {
                    tokio::spawn(forward(socket, right.clone()));
                }
            }
        });
        Self { addr, answered, accepting }
    }

    /// Where it is.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where it is, as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// How many requests were answered wrongly.
    pub fn answered_wrongly(&self) -> usize {
        self.answered.load(Ordering::SeqCst)
    }
}

impl Drop for Misled {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// One wrong answer to each request, for as long as the other side keeps the connection.
async fn answer(mut socket: TcpStream, wrong: Wrong, answered: Arc<AtomicUsize>) {
    let mut input = BytesMut::new();
    loop {
        while let Some(length) = request_length(&input).filter(|length| *length <= input.len()) {
            drop(input.split_to(length));
            answered.fetch_add(1, Ordering::SeqCst);
            if socket.write_all(wrong.answer().as_bytes()).await.is_err() {
                return;
            }
        }
        if !matches!(socket.read_buf(&mut input).await, Ok(1..)) {
            return;
        }
    }
}

/// The length of the first request, body included, once its head is there.
fn request_length(input: &[u8]) -> Option<usize> {
    let head = input.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&input[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    Some(head + length.unwrap_or(0))
}

/// A server that does not listen yet refuses, so the connection is closed.
async fn forward(mut socket: TcpStream, right: String) {
    if let Ok(mut to) = TcpStream::connect(right).await {
        drop(copy_bidirectional(&mut socket, &mut to).await);
    }
}
