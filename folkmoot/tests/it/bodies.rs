//! The front door of containers reads every body that a service takes: what is too large is for the service to say.

const LIMITS: &str = include_str!("../../../client/nginx/limits.conf");
const API: &str = include_str!("../../../client/nginx/api.conf");

/// The size in bytes that the only such directive allows.
fn allowed(directives: &str) -> u64 {
    let size =
        directives.lines().find_map(|line| line.trim().strip_prefix("client_max_body_size ")?.strip_suffix("m;"));
    size.unwrap().parse::<u64>().unwrap() << 20
}

#[test]
fn nginx_lets_through_what_any_service_reads() {
    let (most, of_the_bus) = (allowed(LIMITS), allowed(API));
    for (service, limit, largest) in [
        ("posts", posts::http::BODY, most),
        ("comments", comments::http::BODY, most),
        ("moderation", moderation::http::BODY, most),
        ("query", query::http::PREVIEW_BODY, most),
        ("the bus", event_bus::cloudevents::MAX_BODY, of_the_bus),
    ] {
        assert!(limit <= largest, "{service} reads {limit} bytes, nginx {largest}");
    }
}
