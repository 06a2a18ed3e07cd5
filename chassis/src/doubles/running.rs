//! A service that is up, on a port of its own.
#![expect(clippy::expect_used, reason = "a double: where it cannot go on, the test has failed")]

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::task::JoinHandle;

use super::{Caller, PATIENCE};
use crate::config::HttpArgs;
use crate::serve::{Drained, Lifetime, bind};
use crate::service::Service;

/// A service that is being served. It is stopped when this is dropped; [`Running::stop`] also waits for it.
#[derive(Debug)]
pub struct Running {
    addr: SocketAddr,
    lifetime: Lifetime,
    serving: JoinHandle<Drained>,
    caller: Caller,
}

impl Running {
    /// Starts a service by its constructor, which is told the address that it will have.
    pub async fn start<F, E>(start: impl FnOnce(SocketAddr, Lifetime) -> F) -> Self
    where
        F: Future<Output = Result<Service, E>>,
        E: std::fmt::Display,
    {
        Self::start_with(&HttpArgs::default(), start).await
    }

    /// The same with settings of HTTP.
    pub async fn start_with<F, E>(http: &HttpArgs, start: impl FnOnce(SocketAddr, Lifetime) -> F) -> Self
    where
        F: Future<Output = Result<Service, E>>,
        E: std::fmt::Display,
    {
        Self::start_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), http.clone(), start).await
    }

    /// The same at a given address.
    pub async fn start_at<F, E>(addr: SocketAddr, http: HttpArgs, start: impl FnOnce(SocketAddr, Lifetime) -> F) -> Self
    where
        F: Future<Output = Result<Service, E>>,
        E: std::fmt::Display,
    {
        // What goes wrong is shown with the test that fails. Only the first in a process can set it.
        drop(tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_test_writer().try_init());
        let listener = bind(addr, "--addr").await.expect("a free port");
        let addr = listener.local_addr().expect("a bound address");
        let lifetime = Lifetime::new();
        let service = start(addr, lifetime.clone()).await.unwrap_or_else(|error| panic!("it does not start: {error}"));
        let serving = tokio::spawn(async move { service.serve(listener, &http).await });
        Self { addr, lifetime, serving, caller: Caller::new(format!("http://{addr}")) }
    }

    /// Where it is.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where it is, as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Someone to call it.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Stops it and waits until all that it ran has ended.
    pub async fn stop(mut self) {
        assert!(self.lifetime.end(PATIENCE).await, "some of its tasks did not end");
        tokio::time::timeout(PATIENCE, &mut self.serving).await.expect("an end in time").expect("no panic");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.lifetime.stop.cancel();
    }
}

/// So that tests may call it as if it were its caller.
impl std::ops::Deref for Running {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}
