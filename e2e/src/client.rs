//! A person with curl: requests in, status, headers and JSON out.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::Value;

/// A plain HTTP client: no proxy, no redirects, a generous deadline.
///
/// # Panics
/// If the system allows none.
#[expect(clippy::expect_used, reason = "a story without a client fails")]
pub fn http() -> reqwest::Client {
    builder().build().expect("an HTTP client")
}

fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).timeout(Duration::from_secs(20))
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// All headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
    /// The body as JSON; null if it is none.
    pub json: Value,
}

impl Answer {
    /// A header's text; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// The id of the event that tells of this write.
    pub fn event_id(&self) -> String {
        self.header("event-id").to_owned()
    }

    /// A member of the JSON body as text; empty if it is none.
    pub fn text_of(&self, member: &str) -> &str {
        self.json[member].as_str().unwrap_or_default()
    }

    /// This answer, if its status is as expected.
    ///
    /// # Panics
    /// If not; the message shows the whole answer.
    #[expect(clippy::return_self_not_must_use, reason = "often the check is all that is wanted")]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        self
    }
}

/// Someone who calls a server, perhaps with headers of their own.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    headers: Vec<(String, String)>,
}

impl Client {
    /// Calls the server at `base`.
    pub fn new(base: &str) -> Self {
        Self { http: http(), base: base.to_owned(), headers: Vec::new() }
    }

    /// The same, but each request opens a connection of its own.
    ///
    /// # Panics
    /// If the system allows none.
    #[expect(clippy::expect_used, reason = "a story without a client fails")]
    pub fn forgetful(base: &str) -> Self {
        let http = builder().pool_max_idle_per_host(0).build().expect("an HTTP client");
        Self { http, base: base.to_owned(), headers: Vec::new() }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.push((name.to_owned(), value.to_owned()));
        client
    }

    /// The same towards another server.
    #[must_use]
    pub fn at(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    /// Where a path is there.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// One request; an error if no answer came.
    ///
    /// # Errors
    /// If the server is away or the answer breaks off.
    pub async fn try_call(&self, method: Method, path: &str, body: Option<&Value>) -> reqwest::Result<Answer> {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await?;
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Answer { status, headers, text, json })
    }

    /// One request that must be answered.
    ///
    /// # Panics
    /// If no answer came.
    #[expect(clippy::panic, reason = "a story fails by panicking")]
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let shown = format!("{method} {}{path}", self.base);
        self.try_call(method, path, body).await.unwrap_or_else(|e| panic!("{shown}: {e:?}"))
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    /// POST with JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    /// PUT with JSON.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::PUT, path, Some(body)).await
    }

    /// PATCH with JSON.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::PATCH, path, Some(body)).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None).await
    }
}
