//! A front door on a port of its own, with services behind it that answer their name.

use std::net::SocketAddr;

use chassis::config::Origin;
use chassis::doubles::Caller;
use chassis::ops::Readiness;
use chassis::route::{Routes, bytes_response};
use chassis::serve::{self, Lifetime, Server};
use chassis::service::Service;
use folkmoot::client::{Client, File};
use folkmoot::front::{self, Services};
use http::StatusCode;
use warp::Filter;

/// A small client: a page, a script in three encodings, another only as it is, and what lies beside the page.
pub const FILES: &[File] = &[
    File { path: "index.html", plain: b"<title>moot</title>", brotli: Some(b"page in br"), gzip: Some(b"page in gz") },
    File { path: "assets/app-1a2b.js", plain: b"let a=1", brotli: Some(b"js in br"), gzip: Some(b"js in gz") },
    File { path: "assets/app-3c4d.css", plain: b"a{}", brotli: None, gzip: Some(b"css in gz") },
    File { path: "assets/face-5e6f.woff2", plain: b"wOF2", brotli: None, gzip: None },
    File { path: "favicon.svg", plain: b"<svg/>", brotli: None, gzip: None },
    File { path: "icon.png", plain: b"png", brotli: None, gzip: None },
    File { path: "app.webmanifest", plain: b"{}", brotli: None, gzip: None },
    File { path: "version.json", plain: b"{}", brotli: None, gzip: None },
    File { path: "robots.txt", plain: b"User-agent: *", brotli: None, gzip: None },
];

/// A door that is open. It closes when this is dropped.
pub struct Door {
    caller: Caller,
    address: SocketAddr,
    lifetime: Lifetime,
}

impl Door {
    /// With these files for a client.
    pub async fn with(files: &[File]) -> Self {
        Self::with_connect(files, &[]).await
    }

    /// The same, and the client may connect to these origins.
    pub async fn with_connect(files: &[File], connect: &[Origin]) -> Self {
        let lifetime = Lifetime::new();
        let service = |name: &'static str, routes: Routes| Service {
            name,
            routes,
            ready: Readiness::new(&[]),
            openapi: "{}".to_owned(),
            lifetime: lifetime.clone(),
        };
        // `posts` and what is below it is known, as in the services.
        let answer = |name: &'static str| {
            warp::path("posts").map(move || bytes_response(StatusCode::OK, "text/plain", name)).boxed()
        };
        let services = Services {
            bus: service("event-bus", answer("event-bus")),
            posts: service("posts", answer("posts")),
            comments: service("comments", answer("comments")),
            query: service("query", answer("query")),
            moderation: service("moderation", answer("moderation")),
            ready: Readiness::new(&[]),
            lifetime: lifetime.clone(),
        };
        let listener = serve::bind("127.0.0.1:0".parse().unwrap(), "--addr").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = front::routes(&services, Client::new(files, connect).as_ref());
        let until = lifetime.clone();
        lifetime.spawn(async move {
            Server { loopback_rule: false, ..Server::new("front") }.run(listener, routes, &until).await;
        });
        Self { caller: Caller::new(format!("http://{address}")), address, lifetime }
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.lifetime.stop.cancel();
    }
}

impl std::ops::Deref for Door {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}
