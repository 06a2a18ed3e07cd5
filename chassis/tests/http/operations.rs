//! What operators ask.

use reqwest::redirect::Policy;
use serde_json::json;
use uuid::Uuid;

use crate::{JsonValue, Running, within};

#[tokio::test]
async fn readiness_says_what_is_missing() {
    let running = Running::start().await;
    assert_eq!(running.get("/healthz").await.json_value().await, json!({ "status": "ok" }));
    let early = running.get("/readyz").await;
    assert_eq!(early.status(), 503);
    assert_eq!(early.json_value().await, json!({ "ready": false, "waitingFor": ["bus", "store"] }));
    running.ready.set("store", true);
    assert_eq!(running.get("/readyz").await.json_value().await["waitingFor"], json!(["bus"]));
    let waiting = tokio::spawn({
        let ready = running.ready.clone();
        async move { ready.ready().await }
    });
    running.ready.set("bus", true);
    within(waiting).await.unwrap();
    let ready = running.get("/readyz").await;
    assert_eq!(ready.status(), 200);
    assert_eq!(ready.json_value().await, json!({ "ready": true, "waitingFor": [] }));
}

#[tokio::test]
async fn requests_are_counted_by_route_and_never_by_id() {
    let running = Running::start().await;
    for id in 1..=5 {
        running.get(&format!("/things/{}", Uuid::from_u128(id))).await;
        running.get(&format!("/random/{}", Uuid::now_v7())).await;
    }
    for word in ["apple", "pear", "swagger-ui"] {
        running.get(&format!("/docs/{word}")).await;
        running.get(&format!("/docs/fruit/{word}")).await;
    }
    let metrics = running.get("/metrics").await;
    assert!(metrics.headers()["content-type"].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
    let text = within(metrics.text()).await.unwrap();
    let counted = |labels: &str| {
        let line = format!("http_requests_total{{{labels}}} ");
        text.lines().find_map(|found| found.strip_prefix(&line)?.parse::<u64>().ok())
    };
    // Other tests of this process may count too.
    let things = counted(r#"service="things",method="GET",route="/things/{id}",status="200""#);
    assert!(things >= Some(5), "{text}");
    let none = counted(r#"service="things",method="GET",route="(none)",status="404""#);
    assert!(none >= Some(5), "{text}");
    assert!(counted(r#"service="things",method="GET",route="/docs/{id}",status="404""#) >= Some(3), "{text}");
    for word in ["random", "apple", "pear", "swagger-ui", "fruit"] {
        assert!(!text.contains(word), "{word}: {text}");
    }
    assert!(text.contains("http_request_duration_seconds_bucket{"), "{text}");
}

#[tokio::test]
async fn the_documentation_is_in_the_binary_and_works_under_any_prefix() {
    let running = Running::start().await;
    let document = running.get("/openapi.json").await;
    assert_eq!(document.headers()["content-type"], "application/json");
    assert_eq!(document.json_value().await["info"]["title"], "things");

    let client = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
    let moved = client.get(running.url("/docs")).send().await.unwrap();
    assert_eq!(moved.status(), 308);
    assert_eq!(moved.headers()["location"], "docs/", "relative: right behind a prefix too");

    let page = running.get("/docs").await;
    assert!(page.url().path().ends_with("/docs/"));
    let page = page.text().await.unwrap();
    for link in page.split(['"', '\'']).filter(|text| [".css", ".js"].iter().any(|end| text.ends_with(end))) {
        assert!(!link.starts_with('/') && !link.contains("://"), "{link}");
        let file = running.get(&format!("/docs/{link}")).await;
        assert_eq!(file.status(), 200, "{link}");
    }
    let initializer = running.get("/docs/swagger-initializer.js").await.text().await.unwrap();
    assert!(initializer.contains("\"../openapi.json\""), "{initializer}");
    assert_eq!(running.get("/docs/nothing.js").await.status(), 404);
    assert_eq!(running.get("/docs/../healthz").await.status(), 200);
}
