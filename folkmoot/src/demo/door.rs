//! The way in for the sample board: the public API over HTTP, one thing after the other, again where it has to be.

use std::collections::HashMap;
use std::time::Duration;

use chassis::access::Secret;
use chassis::creation::Creation;
use chassis::headers::{IdempotencyKey, OwnerKey};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

use super::Post;

/// Tries of one thing before all is given up.
const TRIES: u32 = 10;
/// The wait before the second try where the answer names none; each further one waits twice as long, up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The longest that one request may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is said through the API: a post has a title, a comment may have a parent.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Said<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<&'a str>,
    content: &'a str,
    author_name: &'a str,
}

/// The part of an answer that is needed.
#[derive(Debug, Deserialize)]
struct Made {
    id: String,
}

/// Why something could not be said.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// The owner key is no text for a header.
    #[error("the owner key in the data folder cannot be sent")]
    Key,
    /// No HTTP client can be made.
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    /// It will not be taken however often it is said.
    #[error("`{0}` was answered {1}: {2}")]
    Refused(String, StatusCode, String),
    /// It was not taken for too long.
    #[error("`{0}` was not taken after {TRIES} tries; the last one said: {1}")]
    Tired(String, String),
}

/// The front door, and who knocks.
pub struct Door {
    http: reqwest::Client,
    api: String,
    owner: HeaderValue,
}

impl Door {
    /// The API at this address, for the owner with this key.
    ///
    /// # Errors
    /// If the key cannot be sent, or no HTTP client can be made.
    pub fn new(api: String, key: &Secret) -> Result<Self, DoorError> {
        let mut owner = HeaderValue::from_str(key.expose()).map_err(|_| DoorError::Key)?;
        owner.set_sensitive(true);
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            // No connection is kept: after a wrong answer the next try must not reach the same wrong server.
            .pool_max_idle_per_host(0)
            .timeout(PATIENCE)
            .build()?;
        Ok(Self { http, api, owner })
    }

    /// Whether the post of this name was made before. Its id follows from its name, so it can be asked for.
    ///
    /// # Errors
    /// If the key cannot be sent.
    pub async fn has_post(&self, name: &str) -> Result<bool, DoorError> {
        let mut headers = HeaderMap::new();
        headers.insert("owner-key", self.owner.clone());
        headers.insert("idempotency-key", HeaderValue::from_str(&idempotency(name)).map_err(|_| DoorError::Key)?);
        let owner = OwnerKey::from(&headers).map_err(|_| DoorError::Key)?;
        let key = IdempotencyKey::from(&headers).map_err(|_| DoorError::Key)?;
        let id = Creation::of("/posts", owner.as_ref(), key.as_ref(), &[]).id;
        let asked = self.http.get(format!("{}/posts/{id}", self.api)).header("owner-key", self.owner.clone());
        Ok(asked.send().await.is_ok_and(|answer| answer.status() == StatusCode::OK))
    }

    /// Makes a post and its thread, each comment after the one that it answers; how many comments it has now. An answer to
    /// something that was deleted since stays away, and what answers that: said without its parent, it would stand in the
    /// wrong place for ever.
    ///
    /// # Errors
    /// If one of them is not taken; those before it were.
    pub async fn bring(&self, post: &Post) -> Result<usize, DoorError> {
        let Post { name, author, title, content, comments } = post;
        let said = Said { title: Some(title), parent_id: None, content, author_name: author };
        let Some(id) = self.say("posts", name, &said).await? else {
            return Ok(0);
        };
        let path = format!("posts/{id}/comments");
        let mut made = HashMap::new();
        for comment in comments {
            let parent = comment.to.as_ref().and_then(|to| made.get(to)).map(String::as_str);
            if comment.to.is_some() && parent.is_none() {
                continue;
            }
            let said = Said { title: None, parent_id: parent, content: &comment.content, author_name: &comment.author };
            if let Some(id) = self.say(&path, &format!("{name}/{}", comment.name), &said).await? {
                made.insert(&comment.name, id);
            }
        }
        Ok(made.len())
    }

    /// Says one thing, again if it has to be; its id, or `None` if it was made and deleted before.
    async fn say(&self, path: &str, name: &str, said: &Said<'_>) -> Result<Option<String>, DoorError> {
        let body = serde_json::to_vec(said).unwrap_or_default();
        let mut wait = FIRST_WAIT;
        let mut last = String::new();
        for attempt in 0..TRIES {
            if attempt > 0 {
                tokio::time::sleep(wait.min(LONGEST_WAIT)).await;
                wait *= 2;
            }
            let request = self
                .http
                .post(format!("{}/{path}", self.api))
                .header("content-type", "application/json")
                .header("owner-key", self.owner.clone())
                .header("idempotency-key", idempotency(name))
                .body(body.clone());
            let answer = match request.send().await {
                Ok(answer) => answer,
                Err(error) => {
                    last = error.to_string();
                    continue;
                }
            };
            let (status, asked_for) = (answer.status(), retry_after(answer.headers()));
            let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
            let ours = kind.starts_with("application/") && kind.contains("json");
            let text = answer.text().await.unwrap_or_default();
            match serde_json::from_str::<Made>(&text) {
                Ok(made) if status == StatusCode::CREATED => return Ok(Some(made.id)),
                _ if status == StatusCode::GONE => return Ok(None),
                // What is not JSON is no answer of the API: another server stands there.
                _ if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() || !ours => {
                    last = format!("{status}: {text}");
                    wait = asked_for.unwrap_or(wait);
                }
                _ => return Err(DoorError::Refused(name.to_owned(), status, text)),
            }
        }
        Err(DoorError::Tired(name.to_owned(), last))
    }
}

fn idempotency(name: &str) -> String {
    format!("demo/{name}")
}

/// The wait that an answer asks for, in seconds (RFC 9110, 10.2.3); no service of ours names a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};

    use chassis::body;
    use chassis::doubles::{Misled, Wrong};
    use chassis::problem::Problem;
    use chassis::route::{Routes, bytes_response};
    use chassis::serve::{Lifetime, ServeLimits, bind, serve};
    use serde_json::{Value, json};
    use warp::Filter;

    use super::super::Comment;
    use super::*;

    const SAID: Said<'_> = Said { title: Some("t"), parent_id: None, content: "c", author_name: "a" };

    /// What comes of something that is done at the door of this API.
    async fn at_the_door_of<T>(api: Routes, done: impl AsyncFnOnce(&Door) -> T) -> T {
        let listener = bind("127.0.0.1:0".parse().unwrap(), "--addr").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let lifetime = Lifetime::new();
        let until = lifetime.clone();
        lifetime.spawn(async move { serve(listener, api, &until, ServeLimits::default()).await });
        let door = Door::new(url, &Secret::random()).unwrap();
        let outcome = done(&door).await;
        drop(door);
        assert!(lifetime.end(PATIENCE).await);
        outcome
    }

    /// Says one thing to an API that answers with the first of these, and with each next one when it is asked again;
    /// the outcome, and how often it was asked.
    async fn say_to(answers: &'static [u16]) -> (Result<Option<String>, DoorError>, usize) {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let routes = warp::any().map(move || {
            let status = answers[count.fetch_add(1, Ordering::Relaxed).min(answers.len() - 1)];
            let status = StatusCode::from_u16(status).unwrap();
            let mut response = bytes_response(status, "application/json", "{\"id\":\"made\"}");
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("0"));
            response
        });
        let outcome = at_the_door_of(routes.boxed(), async |door| door.say("posts", "welcome", &SAID).await).await;
        (outcome, asked.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn what_is_not_taken_yet_is_said_again() {
        let (outcome, asked) = say_to(&[503, 429, 500, 201]).await;
        assert_eq!((outcome.unwrap().as_deref(), asked), (Some("made"), 4));
    }

    #[tokio::test]
    async fn what_another_server_answers_is_no_refusal() {
        for wrong in Wrong::ALL {
            let routes =
                warp::any().map(|| bytes_response(StatusCode::CREATED, "application/json", "{\"id\":\"made\"}"));
            let outcome = at_the_door_of(routes.boxed(), async |door| {
                let right = door.api.strip_prefix("http://").unwrap();
                let misled = Misled::start(right, wrong, 2).await;
                let door = Door::new(misled.url(), &Secret::random()).unwrap();
                door.say("posts", "welcome", &SAID).await
            });
            assert_eq!(outcome.await.unwrap().as_deref(), Some("made"), "{wrong:?}");
        }
    }

    #[tokio::test]
    async fn what_was_deleted_since_is_left_alone() {
        let (outcome, asked) = say_to(&[410]).await;
        assert_eq!((outcome.unwrap(), asked), (None, 1));
    }

    #[tokio::test]
    async fn what_answers_something_that_was_deleted_since_is_left_out_with_its_answers() {
        let comment = |name: &str, to: Option<&str>| Comment {
            name: name.to_owned(),
            author: "a".to_owned(),
            to: to.map(str::to_owned),
            content: "c".to_owned(),
        };
        let comments = vec![
            comment("gone", None),
            comment("reply", Some("gone")),
            comment("deeper", Some("reply")),
            comment("there", None),
            comment("answer", Some("there")),
        ];
        let [name, author, title, content] = ["p", "a", "t", "c"].map(str::to_owned);
        let post = Post { name, author, title, content, comments };

        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        let named = warp::header::<String>("idempotency-key").and(body::json::<Value>(1024));
        let api = named.map(move |key: String, body: Result<Value, Problem>| {
            let status = if key == "demo/p/gone" { StatusCode::GONE } else { StatusCode::CREATED };
            let made = json!({ "id": format!("id of {key}") }).to_string();
            heard.lock().unwrap().push((key, body.unwrap()["parentId"].clone()));
            bytes_response(status, "application/json", made)
        });
        let made = at_the_door_of(api.boxed(), async |door| door.bring(&post).await).await;
        assert_eq!(made.unwrap(), 2);
        let heard = said.lock().unwrap();
        let heard: Vec<_> = heard.iter().map(|(key, parent)| (key.as_str(), parent.as_str())).collect();
        let answer = ("demo/p/answer", Some("id of demo/p/there"));
        assert_eq!(heard, [("demo/p", None), ("demo/p/gone", None), ("demo/p/there", None), answer]);
    }

    #[tokio::test]
    async fn it_is_given_up_in_words() {
        let (outcome, asked) = say_to(&[422]).await;
        assert_eq!(asked, 1);
        assert!(outcome.unwrap_err().to_string().starts_with("`welcome` was answered 422"));
        let (outcome, asked) = say_to(&[503]).await;
        assert_eq!(asked, 10);
        assert!(outcome.unwrap_err().to_string().contains("not taken after 10 tries; the last one said: 503"));
    }
}
