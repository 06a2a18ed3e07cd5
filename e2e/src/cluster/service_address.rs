//! The address of a Service, as a cluster has it: a new connection goes to one of the pods that are ready, one that is open
//! stays where it is, and while no pod is ready who comes is refused.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;

use crate::ports::Port;

/// The address. It is given up when this is dropped.
#[derive(Debug)]
pub struct ServiceAddress {
    port: Port,
    endpoints: Arc<Mutex<Vec<String>>>,
    server: Option<JoinHandle<()>>,
}

impl ServiceAddress {
    /// One that no pod stands behind yet.
    pub fn new() -> Self {
        Self { port: Port::take(), endpoints: Arc::default(), server: None }
    }

    /// Where it is.
    pub fn port(&self) -> &Port {
        &self.port
    }

    /// From now on these pods (`address:port`) are ready.
    ///
    /// # Panics
    /// If its port is taken by somebody else.
    pub fn lead_to(&mut self, endpoints: &[String]) {
        let mut known = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        known.clear();
        known.extend_from_slice(endpoints);
        drop(known);
        if endpoints.is_empty() {
            if let Some(server) = self.server.take() {
                server.abort();
            }
        } else if self.server.is_none() {
            self.server = Some(tokio::spawn(serve(listen(&self.port.address()), Arc::clone(&self.endpoints))));
        }
    }
}

impl Default for ServiceAddress {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for ServiceAddress {
    fn drop(&mut self) {
        if let Some(server) = &self.server {
            server.abort();
        }
    }
}

#[expect(clippy::expect_used, reason = "a story fails by panicking")]
fn listen(address: &str) -> TcpListener {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_reuseaddr(true).expect("an option");
    socket.bind(address.parse().expect("an address")).expect("its port is free");
    socket.listen(1024).expect("it listens")
}

async fn serve(listener: TcpListener, endpoints: Arc<Mutex<Vec<String>>>) {
    let mut turn = 0_usize;
    while let Ok((mut from, _)) = listener.accept().await {
        turn = turn.wrapping_add(1);
        let chosen = {
            let known = endpoints.lock().unwrap_or_else(PoisonError::into_inner);
            known.get(turn % known.len().max(1)).cloned()
        };
        let Some(endpoint) = chosen else { continue };
        tokio::spawn(async move {
            if let Ok(mut to) = TcpStream::connect(endpoint).await {
                // Either end may go at any time; the other one then notices.
                drop(tokio::io::copy_bidirectional(&mut from, &mut to).await);
            }
        });
    }
}
