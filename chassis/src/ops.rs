//! What operators and their tools ask of every service: is it alive, is it ready, how is it doing, what can it do.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, LOCATION};
use http::{HeaderValue, StatusCode};
use serde_json::json;
use tokio::sync::watch;
use utoipa_swagger_ui::Config;
use warp::Filter;
use warp::path::{FullPath, Tail};

use crate::problem::Problem;
use crate::route::{Response, Routes, bytes_response, empty_response, get, json_response, other_methods};
use crate::serve::Lifetime;
use crate::telemetry;

const READ_ONLY: &str = "GET, HEAD, OPTIONS";

/// What a service waits for before it takes part. Each condition is a latch that its owner sets; a service whose
/// readiness could be taken back by another service's failure would spread that failure. What is wrong and does not keep
/// it from taking part is a notice beside them.
#[derive(Clone, Debug)]
pub struct Readiness {
    conditions: Arc<watch::Sender<BTreeMap<&'static str, bool>>>,
    notices: Arc<Mutex<BTreeMap<&'static str, String>>>,
}

impl Readiness {
    /// Not ready until all of these are set. With none it is ready at once.
    pub fn new(conditions: &[&'static str]) -> Self {
        let waiting = conditions.iter().map(|name| (*name, false)).collect();
        Self { conditions: Arc::new(watch::Sender::new(waiting)), notices: Arc::default() }
    }

    /// Says that a condition is met, or (at start only) that it is not yet.
    pub fn set(&self, name: &'static str, met: bool) {
        self.conditions.send_if_modified(|conditions| conditions.insert(name, met) != Some(met));
    }

    /// Shows under this name what an operator should look at, or that there is nothing any more.
    pub fn notice(&self, name: &'static str, text: Option<String>) {
        let mut notices = self.notices.lock().unwrap_or_else(PoisonError::into_inner);
        match text {
            Some(text) => drop(notices.insert(name, text)),
            None => drop(notices.remove(name)),
        }
    }

    /// What an operator should look at.
    pub fn notices(&self) -> BTreeMap<&'static str, String> {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is still missing.
    pub fn waiting_for(&self) -> Vec<&'static str> {
        let conditions = self.conditions.borrow();
        conditions.iter().filter(|(_, met)| !**met).map(|(name, _)| *name).collect()
    }

    /// Whether nothing is missing.
    pub fn is_ready(&self) -> bool {
        self.conditions.borrow().values().all(|met| *met)
    }

    /// Waits until nothing is missing.
    pub async fn ready(&self) {
        let mut conditions = self.conditions.subscribe();
        // The sender lives as long as `self`, so this ends by being ready.
        drop(conditions.wait_for(|conditions| conditions.values().all(|met| *met)).await);
    }
}

/// `/healthz`, `/readyz` and `/metrics`.
pub fn routes(ready: &Readiness, lifetime: &Lifetime) -> Routes {
    let ready = ready.clone();
    let (stop, starting) = (lifetime.stop.clone(), lifetime.starting.clone());
    let healthz = read_only("healthz", || json_response(StatusCode::OK, &json!({ "status": "ok" })));
    let readyz = read_only("readyz", move || {
        let mut waiting: Vec<_> = ready.waiting_for().into_iter().map(Cow::Borrowed).collect();
        waiting.extend(starting.waiting_for().map(Cow::Owned));
        if stop.is_cancelled() {
            waiting.push(Cow::Borrowed("shutdown"));
        }
        let status = if waiting.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        let mut answer = json!({ "ready": waiting.is_empty(), "waitingFor": waiting });
        let notices = ready.notices();
        if !notices.is_empty() {
            answer["notices"] = json!(notices);
        }
        json_response(status, &answer)
    });
    let metrics = read_only("metrics", || {
        let text = telemetry::prometheus().render();
        bytes_response(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", text)
    });
    healthz.or(readyz).unify().or(metrics).unify().boxed()
}

/// One path that is only read, never cached.
fn read_only(path: &'static str, answer: impl Fn() -> Response + Clone + Send + Sync + 'static) -> Routes {
    let here = warp::path(path).and(warp::path::end());
    let read = here.and(get()).map(move || {
        let mut response = answer();
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    });
    read.or(here.and(other_methods(READ_ONLY))).unify().boxed()
}

/// `/openapi.json` and `/docs`: Swagger UI, from the binary. Every link in it is relative, so it works under a prefix
/// (`/api/v1/posts/docs`) as well as at the root.
pub fn docs(openapi: &str) -> Routes {
    let openapi = Bytes::from(openapi.to_owned());
    let document =
        read_only("openapi.json", move || bytes_response(StatusCode::OK, "application/json", openapi.clone()));
    let config = Arc::new(Config::from("../openapi.json"));
    let here = warp::path("docs");
    let read =
        here.and(get()).and(warp::path::full()).and(warp::path::tail()).map(move |full: FullPath, tail: Tail| {
            if tail.as_str().is_empty() && !full.as_str().ends_with('/') {
                return to_folder();
            }
            swagger_file(tail.as_str(), &config)
        });
    let others = here.and(warp::path::tail()).and(other_methods(READ_ONLY)).map(|_, response| response);
    document.or(read).unify().or(others).unify().boxed()
}

/// Relative links of the page are meant from within `docs/`.
fn to_folder() -> Response {
    let mut response = empty_response(StatusCode::PERMANENT_REDIRECT);
    response.headers_mut().insert(LOCATION, HeaderValue::from_static("docs/"));
    response
}

fn swagger_file(path: &str, config: &Arc<Config<'static>>) -> Response {
    let file = match utoipa_swagger_ui::serve(path, Arc::clone(config)) {
        Ok(Some(file)) => file,
        Ok(None) => return Problem::not_found("The documentation has no such file.").to_response(),
        Err(error) => return Problem::internal().because(error).to_response(),
    };
    let mut response = Response::new(file.bytes.into_owned().into());
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::try_from(file.content_type) {
        headers.insert(http::header::CONTENT_TYPE, value);
    }
    if file.gzpipped {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=3600"));
    response
}
