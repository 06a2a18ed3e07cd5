//! Answers that go on until the server stops.

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;
use warp::ws::WebSocket;

use crate::{DEADLINE, Running, within};

/// Says what it hears, and goodbye.
pub async fn echo_until_stopped(mut socket: WebSocket, stop: CancellationToken) {
    while let Some(Some(Ok(message))) = stop.run_until_cancelled(socket.next()).await {
        if message.is_close() || socket.send(message).await.is_err() {
            return;
        }
    }
    drop(socket.close().await);
}

#[tokio::test]
async fn lines_come_as_they_are_made_and_end_with_the_server() {
    let running = Running::start().await;
    let mut response = running.get("/lines").await;
    assert_eq!(response.headers()["content-type"], "application/x-ndjson");
    let mut text = String::new();
    while text.lines().count() < 2 {
        text += std::str::from_utf8(&within(response.chunk()).await.unwrap().unwrap()).unwrap();
    }
    assert_eq!(text, "{\"n\":1}\n{\"n\":2}\n");
    running.lifetime.stop.cancel();
    assert_eq!(within(response.chunk()).await.unwrap(), None, "a clean end, not a broken one");
    assert_eq!(running.stop().await.cut, 0);
}

#[tokio::test]
async fn a_finite_stream_ends_by_itself() {
    let running = Running::start().await;
    let text = within(running.get("/finite").await.text()).await.unwrap();
    assert_eq!(text, "{\"n\":1}\n{\"n\":2}\n");
}

#[tokio::test]
async fn events_end_with_the_server() {
    let running = Running::start().await;
    let mut response = running.get("/events").await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-cache");
    assert_eq!(within(response.chunk()).await.unwrap().unwrap(), "id: 1\ndata: {}\n\n");
    running.lifetime.stop.cancel();
    assert_eq!(within(response.chunk()).await.unwrap(), None);
    assert_eq!(running.stop().await.cut, 0);
}

#[tokio::test]
async fn a_websocket_is_waited_for_and_says_goodbye() {
    let running = Running::start().await;
    let url = running.url("/socket").replace("http", "ws");
    let (mut socket, _) = within(tokio_tungstenite::connect_async(url)).await.unwrap();
    socket.send(Message::text("hello")).await.unwrap();
    assert_eq!(within(socket.next()).await.unwrap().unwrap(), Message::text("hello"));
    assert_eq!(running.lifetime.tasks.len(), 1, "shutdown would wait for it");
    running.lifetime.stop.cancel();
    let goodbye = within(socket.next()).await;
    assert!(matches!(goodbye, Some(Ok(Message::Close(_)))), "{goodbye:?}");
    drop(socket);
    assert!(running.lifetime.end(DEADLINE).await, "the task has ended");
    assert_eq!(running.stop().await.cut, 0);
}

#[tokio::test]
async fn what_is_no_websocket_is_told_so() {
    let running = Running::start().await;
    assert_eq!(running.get("/socket").await.status(), 404);
}
