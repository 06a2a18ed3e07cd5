//! Somebody else's server that subscribed to the bus and knows nothing of Folkmoot: it takes `POST /events`, reads
//! `type` and `data`, and answers `{}`.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use chassis::body;
use chassis::problem::Problem;
use chassis::route::{self, Head};
use chassis::serve::{self, Lifetime, ServeLimits};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use warp::Filter as _;

use crate::ports::Port;
use crate::wait;

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// All its headers.
    pub headers: HeaderMap,
    /// Its body, byte for byte.
    pub body: Bytes,
}

impl Delivery {
    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// The server. It ends when it is dropped.
#[derive(Debug)]
pub struct Receiver {
    port: Port,
    deliveries: Arc<Mutex<Vec<Delivery>>>,
    lifetime: Lifetime,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.lifetime.stop.cancel();
    }
}

impl Receiver {
    /// Starts one.
    ///
    /// # Panics
    /// If it cannot listen.
    #[expect(clippy::expect_used, reason = "a story fails by panicking")]
    pub async fn start() -> Self {
        let port = Port::take();
        let deliveries = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&deliveries);
        let take = warp::path!("events")
            .and(warp::post())
            .and(route::head())
            .and(body::raw(64 << 20))
            .map(move |head: Head, body: Result<Bytes, Problem>| {
                let delivery = Delivery { headers: head.headers, body: body.unwrap_or_default() };
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(delivery);
                route::json_response(StatusCode::OK, &json!({}))
            })
            .boxed();
        let address: SocketAddr = port.address().parse().expect("an address");
        let listener = serve::bind(address, "--receiver").await.expect("the port is free");
        let lifetime = Lifetime::new();
        let until = lifetime.clone();
        drop(lifetime.spawn(async move {
            serve::serve(listener, take, &until, ServeLimits::default()).await;
        }));
        Self { port, deliveries, lifetime }
    }

    /// Where events are to be sent.
    pub fn url(&self) -> String {
        format!("{}/events", self.port.url())
    }

    /// What has come so far.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.deliveries.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What has come so far, as JSON, one event each.
    pub fn events(&self) -> Vec<Value> {
        self.deliveries().iter().map(Delivery::json).collect()
    }

    /// Waits until at least `count` events of a type have come, and gives all of that type.
    pub async fn wait_for(&self, type_name: &str, count: usize) -> Vec<Value> {
        wait::until(&format!("{count} {type_name} at the receiver"), async || {
            let found: Vec<_> = self.events().into_iter().filter(|e| e["type"] == type_name).collect();
            (found.len() >= count).then_some(found)
        })
        .await
    }
}
