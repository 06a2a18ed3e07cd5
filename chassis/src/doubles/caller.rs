//! Whoever calls a service: an HTTP client that takes and gives what tests speak of.
#![expect(clippy::expect_used, reason = "a double: where it cannot go on, the test has failed")]

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::Value;

/// Secrets of two authors, for [`Call::owner`].
pub const ADA: &str = "ada-made-this-secret-herself";
/// The other one.
pub const BOB: &str = "bob-made-this-one-for-himself";

/// A client of one service.
#[derive(Debug, Clone)]
pub struct Caller {
    http: reqwest::Client,
    url: String,
}

impl Caller {
    /// A client of what is at `url`, which paths are appended to.
    pub fn new(url: impl Into<String>) -> Self {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(super::PATIENCE)
            .build()
            .expect("an HTTP client");
        Self { http, url: url.into() }
    }

    /// A GET of this path.
    pub fn get(&self, path: &str) -> Call {
        self.request(Method::GET, path)
    }

    /// A POST of this JSON to this path.
    pub fn post(&self, path: &str, body: &Value) -> Call {
        self.request(Method::POST, path).json(body)
    }

    /// A PUT of this JSON to this path.
    pub fn put(&self, path: &str, body: &Value) -> Call {
        self.request(Method::PUT, path).json(body)
    }

    /// A PATCH of this path with this JSON.
    pub fn patch(&self, path: &str, body: &Value) -> Call {
        self.request(Method::PATCH, path).json(body)
    }

    /// A DELETE of this path.
    pub fn delete(&self, path: &str) -> Call {
        self.request(Method::DELETE, path)
    }

    /// Any request, without a body yet.
    pub fn request(&self, method: Method, path: &str) -> Call {
        Call(self.http.request(method, format!("{}{path}", self.url)))
    }
}

/// A request that is being put together.
#[derive(Debug)]
#[must_use = "nothing is sent before `send`"]
pub struct Call(reqwest::RequestBuilder);

impl Call {
    /// Adds a header.
    pub fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    /// Adds an `Owner-Key`.
    pub fn owner(self, key: &str) -> Self {
        self.header("owner-key", key)
    }

    /// Sets a JSON body.
    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// Sets a body as it is.
    pub fn body(self, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self(self.0.header("content-type", content_type).body(body.into()))
    }

    /// Sends it, and reads the answer to its end.
    pub async fn send(self) -> Answered {
        let response = self.0.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.expect("the whole answer");
        Answered { status, headers, body }
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answered {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Answered {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in the body of a {}: {}", self.status, self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Itself, if it has this status.
    #[expect(clippy::return_self_not_must_use, reason = "often the status is all that is asked")]
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "the answer was {}", self.text());
        self
    }

    /// The `errors` of a problem: the pointers, in order.
    pub fn pointers(&self) -> Vec<String> {
        let errors = self.json()["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().filter_map(|error| error["pointer"].as_str().map(str::to_owned)).collect()
    }
}

/// The `id` in an answer's body.
#[track_caller]
pub fn id_of(answer: &Answered) -> String {
    answer.json()["id"].as_str().unwrap_or_else(|| panic!("no id in {}", answer.text())).to_owned()
}
