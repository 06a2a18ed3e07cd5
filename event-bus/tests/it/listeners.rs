//! Clients of the two kinds of stream.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::bus::{sequences, soon};

/// Follows the log of the bus at this URL over a WebSocket.
pub async fn websocket(url: &str, query: &str) -> Result<Listener, Box<tungstenite::Error>> {
    let url = url.replacen("http", "ws", 1);
    let (socket, _) = connect_async(format!("{url}/events/stream{query}")).await.map_err(Box::new)?;
    Ok(Listener { socket })
}

/// Follows the log of the bus at this URL by server-sent events.
pub async fn sse(url: &str, query: &str, headers: &[(&str, &str)]) -> EventSource {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client.get(format!("{url}/events/stream{query}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200, "{:?}", response.text().await);
    EventSource { response, buffer: String::new() }
}

/// A WebSocket client.
pub struct Listener {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Listener {
    /// The next message, as JSON; a close frame as an error.
    pub async fn next(&mut self) -> Result<Value, Option<CloseFrame>> {
        soon("a message", async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(text.as_str()).unwrap()),
                    Some(Ok(Message::Close(frame))) => return Err(frame),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return Err(None),
                }
            }
        })
        .await
    }

    /// The next batch, acknowledged; what is not a batch must not come.
    pub async fn batch(&mut self) -> Vec<Value> {
        let message = self.next().await.unwrap();
        self.ack(&message["upto"]).await;
        message["events"].as_array().unwrap_or_else(|| panic!("no batch: {message}")).clone()
    }

    pub async fn ack(&mut self, upto: &Value) {
        self.say(&json!({ "ack": upto }).to_string()).await;
    }

    pub async fn say(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// Sequences as they come, each batch acknowledged, until one that is at least `last`.
    pub async fn sequences_until(&mut self, last: u64) -> Vec<u64> {
        let mut seen = Vec::new();
        while seen.last().is_none_or(|&sequence| sequence < last) {
            let message = self.next().await.unwrap();
            if let Some(events) = message["events"].as_array() {
                seen.extend(sequences(events));
                self.ack(&message["upto"]).await;
            }
        }
        seen
    }
}

/// A client of server-sent events.
pub struct EventSource {
    response: reqwest::Response,
    buffer: String,
}

/// One server-sent event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sent {
    pub id: Option<String>,
    pub event: Option<String>,
    pub data: String,
}

impl Sent {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap()
    }
}

impl EventSource {
    /// The next event; `None` at the end.
    pub async fn next(&mut self) -> Option<Sent> {
        soon("an event", async {
            loop {
                if let Some(end) = self.buffer.find("\n\n") {
                    let block: String = self.buffer.drain(..end + 2).collect();
                    match parse(&block) {
                        Some(sent) => return Some(sent),
                        None => continue,
                    }
                }
                let piece = self.response.chunk().await.ok()??;
                self.buffer.push_str(std::str::from_utf8(&piece).unwrap());
            }
        })
        .await
    }

    /// The ids of events as they come, until one that is at least `last`.
    pub async fn sequences_until(&mut self, last: u64) -> Vec<u64> {
        let mut seen = Vec::new();
        while seen.last().is_none_or(|&sequence| sequence < last) {
            let sent = self.next().await.unwrap();
            seen.extend(sent.id.map(|id| id.parse::<u64>().unwrap()));
        }
        seen
    }
}

fn parse(block: &str) -> Option<Sent> {
    let mut sent = Sent::default();
    let mut any = false;
    for line in block.lines() {
        let Some((name, value)) = line.split_once(": ") else { continue };
        any = true;
        match name {
            "id" => sent.id = Some(value.to_owned()),
            "event" => sent.event = Some(value.to_owned()),
            "data" => sent.data.push_str(value),
            _ => panic!("an unknown field: {line}"),
        }
    }
    any.then_some(sent)
}
