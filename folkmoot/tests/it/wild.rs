//! Requests as no client sends them, at the front door and at every service of the board.

use chassis::doubles::wild_requests;
use chassis::serve::Lifetime;
use clap::Parser;
use folkmoot::config::Config;

use crate::door::{Door, FILES};

const PATHS: [&str; 24] = [
    "/",
    "/new",
    "/p/1",
    "/assets/app-1a2b.js",
    "/api/v1/posts",
    "/api/v1/posts?limit=1&cursor=%",
    "/api/v1/posts/1",
    "/api/v1/posts/1/comments",
    "/api/v1/post/1/comments",
    "/api/v1/comments/1/reports",
    "/api/v1/live",
    "/api/v1/digest",
    "/api/v1/preview",
    "/api/v1/bus/events?after=x",
    "/api/v1/bus/events/stream?after=0",
    "/api/v1/bus/subscriptions/a%20b/parked",
    "/api/v1/moderation/decisions",
    "/api/v1/moderation/queue?limit=0",
    "/posts/create",
    "/decisions/undo",
    "/events",
    "/events/stream?tail",
    "/subscriptions/x/seek",
    "/docs/..%2f",
];

#[tokio::test]
async fn the_front_door_stands_any_request() {
    let door = Door::with(FILES).await;
    wild_requests::survives(door.address(), &PATHS, 3000).await;
    door.get("/").send().await.expect(200);
    for (line, status) in [("CONNECT e.org:443", 405), ("OPTIONS *", 400), ("GET e.org:443", 400)] {
        assert_eq!(wild_requests::status_of(door.address(), line).await, status, "{line}");
    }
}

#[tokio::test]
async fn so_does_every_service() {
    let data = tempfile::tempdir().unwrap();
    let names = ["addr", "posts-addr", "comments-addr", "query-addr", "moderation-addr", "bus-addr"];
    // why: ports must be known, so they are taken and let go again; nothing else of this test listens meanwhile
    let held: Vec<_> = names.iter().map(|_| std::net::TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let addresses: Vec<_> = held.iter().map(|listener| listener.local_addr().unwrap()).collect();
    drop(held);
    let mut arguments = vec!["folkmoot".to_owned(), format!("--data-dir={}", data.path().display())];
    arguments.extend(names.iter().zip(&addresses).map(|(name, address)| format!("--{name}={address}")));
    let lifetime = Lifetime::new();
    let board = tokio::spawn(folkmoot::run(Config::parse_from(arguments), lifetime.clone()));
    for address in &addresses {
        let ready = async {
            while tokio::net::TcpStream::connect(address).await.is_err() {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await; // why: a pause between two looks
            }
        };
        tokio::time::timeout(std::time::Duration::from_mins(1), ready).await.unwrap();
        wild_requests::survives(*address, &PATHS, 1000).await;
    }
    lifetime.stop.cancel();
    board.await.unwrap().unwrap();
}
