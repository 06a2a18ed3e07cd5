//! HTTP/1.1 as cheap as it can be: a prepared request goes out in one write, and of the answer only its status, its
//! length and its body are looked at. One request at a time per connection, kept alive.

use std::io;

use contract::EventId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Room for the answers of most calls; it grows if one needs more.
const ROOM: usize = 4096;
/// The largest answer that is read, in bytes.
const LARGEST: usize = 16 << 20;
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// One keep-alive connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer.
#[derive(Debug, Clone, Copy)]
pub struct Reply<'a> {
    /// The status.
    pub status: u16,
    /// The whole body.
    pub body: &'a [u8],
}

impl Reply<'_> {
    /// Whether it is a 2xx.
    pub fn is_success(self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Its beginning, for a person.
    pub fn shown(self) -> String {
        let beginning = &self.body[..self.body.len().min(300)];
        format!("{} {}", self.status, String::from_utf8_lossy(beginning))
    }
}

impl Connection {
    /// Connects to `127.0.0.1:<port>`.
    ///
    /// # Errors
    /// If nobody listens there.
    pub async fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; ROOM] })
    }

    /// Sends a whole request and reads the whole answer.
    ///
    /// # Errors
    /// If the connection breaks, or what comes is no answer with a length.
    pub async fn call(&mut self, request: &[u8]) -> io::Result<Reply<'_>> {
        self.stream.write_all(request).await?;
        let mut filled = 0;
        let (status, body) = loop {
            let read = self.stream.read(&mut self.buffer[filled..]).await?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            filled += read;
            let needed = match head(&self.buffer[..filled])? {
                Some(head) if filled == head.body + head.length => break (head.status, head.body..filled),
                Some(head) if filled > head.body + head.length => return Err(strange("more than one answer")),
                Some(head) => head.body + head.length,
                None => filled + 1,
            };
            if needed > LARGEST {
                return Err(strange("an answer that is too large"));
            }
            if needed > self.buffer.len() {
                self.buffer.resize(needed.max(2 * self.buffer.len()), 0);
            }
        };
        Ok(Reply { status, body: &self.buffer[body] })
    }
}

struct Head {
    status: u16,
    /// Where the body begins.
    body: usize,
    length: usize,
}

/// The head of an answer, once it is there whole.
fn head(bytes: &[u8]) -> io::Result<Option<Head>> {
    let Some(end) = bytes.windows(END_OF_HEAD.len()).position(|window| window == END_OF_HEAD) else {
        return Ok(None);
    };
    let mut lines = bytes[..end].split(|byte| *byte == b'\n');
    let status = lines.next().and_then(|line| number(line.get(9..12)?)).ok_or_else(|| strange("no status"))?;
    let named = |line: &[u8]| {
        let (name, value) = line.split_at_checked(b"content-length:".len())?;
        name.eq_ignore_ascii_case(b"content-length:").then(|| number(value))?
    };
    let length = if status == 204 { 0 } else { lines.find_map(named).ok_or_else(|| strange("no length"))? };
    let status = u16::try_from(status).map_err(|_| strange("no status"))?;
    Ok(Some(Head { status, body: end + END_OF_HEAD.len(), length }))
}

fn number(text: &[u8]) -> Option<usize> {
    std::str::from_utf8(text).ok()?.trim().parse().ok()
}

fn strange(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// A GET, ready to be sent.
pub fn get(host: &str, path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").into_bytes()
}

/// A POST, ready to be sent.
pub fn post(host: &str, path: &str, content_type: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head =
        format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {content_type}\r\nContent-Length: {length}");
    format!("{head}\r\n\r\n{body}").into_bytes()
}

/// What stands for an id in a [`Template`]: as long as one.
pub const SLOT: &str = "************************************";

/// A request with places for ids, which get new ones each time.
#[derive(Debug, Clone)]
pub struct Template {
    bytes: Vec<u8>,
    slots: Vec<usize>,
}

impl Template {
    /// From a request in which [`SLOT`] stands wherever a new id is to be.
    pub fn new(bytes: Vec<u8>) -> Self {
        let found = bytes.windows(SLOT.len()).enumerate().filter(|(_, window)| *window == SLOT.as_bytes());
        let slots = found.map(|(at, _)| at).collect();
        Self { bytes, slots }
    }

    /// The request with new, time-ordered ids.
    pub fn renewed(&mut self) -> &[u8] {
        for &at in &self.slots {
            self.bytes[at..at + SLOT.len()].copy_from_slice(EventId::new().as_str().as_bytes());
        }
        &self.bytes
    }

    /// How many ids it has.
    pub fn ids(&self) -> usize {
        self.slots.len()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn an_answer_is_whole_when_its_length_is_there() {
        let answer = b"HTTP/1.1 201 Created\r\nx: y\r\nCONTENT-Length: 2\r\n\r\n{}";
        let found = head(answer).unwrap().unwrap();
        assert_eq!((found.status, found.length, &answer[found.body..]), (201, 2, &b"{}"[..]));
        assert!(head(&answer[..20]).unwrap().is_none());
        assert!(head(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
        assert!(head(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap().is_some());
    }

    #[test]
    fn each_id_of_a_template_is_new() {
        let mut template = Template::new(post("h", "/events", "application/json", &format!("[\"{SLOT}\",\"{SLOT}\"]")));
        assert_eq!(template.ids(), 2);
        let first = template.renewed().to_vec();
        assert_ne!(first, template.renewed());
        assert!(!first.contains(&b'*'));
    }
}
