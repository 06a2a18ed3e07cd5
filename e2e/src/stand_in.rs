//! What stands where a service would: it tells who was asked what, or goes away in the middle of a request. For what a
//! front door does, whatever is behind it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::ports::Port;

/// What it does with a request that it has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Answers 200 with what it was asked.
    Tells,
    /// Hangs up without an answer.
    HangsUp,
}

/// The server. Its port stays its own when it is not there.
#[derive(Debug)]
pub struct StandIn {
    name: &'static str,
    port: Port,
    manner: Arc<Mutex<Manner>>,
    requests: Arc<AtomicUsize>,
    server: Option<JoinHandle<()>>,
}

impl StandIn {
    /// One that calls itself so, and does not listen yet.
    pub fn new(name: &'static str) -> Self {
        let manner = Arc::new(Mutex::new(Manner::Tells));
        Self { name, port: Port::take(), manner, requests: Arc::default(), server: None }
    }

    /// Its `address:port`.
    pub fn address(&self) -> String {
        self.port.address()
    }

    /// How many requests it has read.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// Begins to listen.
    ///
    /// # Panics
    /// If it cannot.
    #[expect(clippy::expect_used, reason = "a story fails by panicking")]
    pub async fn listen(&mut self, manner: Manner) {
        *self.manner.lock().unwrap_or_else(PoisonError::into_inner) = manner;
        if self.server.is_some() {
            return;
        }
        let listener = TcpListener::bind(self.address()).await.expect("its port");
        let (name, manner, requests) = (self.name, Arc::clone(&self.manner), Arc::clone(&self.requests));
        self.server = Some(tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (manner, requests) = (Arc::clone(&manner), Arc::clone(&requests));
                tokio::spawn(async move { drop(serve(socket, name, &manner, &requests).await) });
            }
        }));
    }

    /// Stops to listen: who comes is refused.
    pub async fn leave(&mut self) {
        if let Some(server) = self.server.take() {
            server.abort();
            drop(server.await);
        }
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        if let Some(server) = &self.server {
            server.abort();
        }
    }
}

/// Requests of one connection, one after the other.
async fn serve(socket: TcpStream, name: &str, manner: &Mutex<Manner>, requests: &AtomicUsize) -> std::io::Result<()> {
    let mut socket = BufReader::new(socket);
    loop {
        let mut line = String::new();
        if socket.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let mut words = line.split_whitespace();
        let (method, path) = (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or_default().to_owned());
        let headers = read_headers(&mut socket).await?;
        let length = headers.get("content-length").and_then(Value::as_str).and_then(|text| text.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        socket.read_exact(&mut body).await?;
        requests.fetch_add(1, Ordering::SeqCst);
        if *manner.lock().unwrap_or_else(PoisonError::into_inner) == Manner::HangsUp {
            return Ok(());
        }
        let body = String::from_utf8_lossy(&body);
        let told = json!({ "service": name, "method": method, "path": path, "headers": headers, "body": body });
        let told = if method == "HEAD" { String::new() } else { told.to_string() };
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-service: {name}\r\ncontent-length: {}\r\n\r\n{told}",
            told.len()
        );
        socket.get_mut().write_all(answer.as_bytes()).await?;
    }
}

async fn read_headers(socket: &mut BufReader<TcpStream>) -> std::io::Result<Map<String, Value>> {
    let mut headers = Map::new();
    loop {
        let mut line = String::new();
        socket.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            return Ok(headers);
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().into());
    }
}
