//! The front door of containers reads every body that a service takes: what is too large is for the service to say.

const LIMITS: &str = include_str!("../../../client/nginx/limits.conf");

#[test]
fn nginx_lets_through_what_any_service_reads() {
    let size = LIMITS.lines().find_map(|line| line.strip_prefix("client_max_body_size ")?.strip_suffix("m;")).unwrap();
    let largest = size.parse::<u64>().unwrap() << 20;
    for (service, limit) in [
        ("posts", posts::http::BODY),
        ("comments", comments::http::BODY),
        ("moderation", moderation::http::BODY),
        ("query", query::http::PREVIEW_BODY),
        ("the bus", event_bus::cloudevents::MAX_BODY),
    ] {
        assert!(limit <= largest, "{service} reads {limit} bytes, nginx {largest}");
    }
}
