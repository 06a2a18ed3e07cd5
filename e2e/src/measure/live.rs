//! A reader of query's live updates, who notes when each comment was shown as approved.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::Context;
use contract::CommentId;
use futures_util::StreamExt;
use tokio::task::JoinHandle;

/// When each comment was first told as approved.
#[derive(Debug, Default)]
pub struct Seen {
    /// By comment.
    pub approved: HashMap<CommentId, Instant>,
    /// How often the server said that this reader fell behind.
    pub resets: u32,
}

/// A reader that listens until it is dropped.
#[derive(Debug)]
pub struct Listener {
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Begins to listen; whatever is told from now on is noted.
    ///
    /// # Errors
    /// If query does not take listeners.
    pub async fn open(query: &str) -> anyhow::Result<Self> {
        // Without a deadline: it goes on for as long as it is wanted.
        let http = reqwest::Client::builder().no_proxy().build()?;
        let response = http.get(format!("{query}/live")).send().await?.error_for_status()?;
        let mut pieces = response.bytes_stream();
        let mut rest = pieces.next().await.context("no greeting")??.to_vec();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let noted = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            while let Some(Ok(piece)) = pieces.next().await {
                let now = Instant::now();
                rest.extend_from_slice(&piece);
                let whole = rest.windows(2).rposition(|end| end == b"\n\n").map_or(0, |at| at + 2);
                let mut seen = noted.lock().unwrap_or_else(PoisonError::into_inner);
                for event in String::from_utf8_lossy(&rest[..whole]).split("\n\n") {
                    seen.note(event, now);
                }
                drop(seen);
                rest.drain(..whole);
            }
        });
        Ok(Self { seen, task })
    }

    /// How many comments were told as approved.
    pub fn count(&self) -> usize {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).approved.len()
    }

    /// Ends listening.
    pub fn close(self) -> Seen {
        std::mem::take(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Seen {
    fn note(&mut self, event: &str, now: Instant) {
        if event.contains("event: reset") {
            self.resets += 1;
        }
        let approved = event.contains("event: comment") && event.contains(r#""status":"approved""#);
        if let Some(id) = id(event).filter(|_| approved) {
            self.approved.entry(id).or_insert(now);
        }
    }
}

/// The member `id` of a JSON object that was written without spaces.
pub fn id(json: &str) -> Option<CommentId> {
    let (_, rest) = json.split_once(r#""id":""#)?;
    rest.get(..36)?.parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn only_approved_comments_count() {
        let (mut seen, comment) = (Seen::default(), CommentId::new());
        let told = |kind: &str, status: &str| {
            format!("id: 7\nevent: {kind}\ndata: {{\"postId\":\"p\",\"id\":\"{comment}\",\"status\":\"{status}\"}}")
        };
        seen.note(&told("comment", "pending"), Instant::now());
        seen.note(&told("post", "approved"), Instant::now());
        seen.note("id: 3\n\n", Instant::now());
        assert!(seen.approved.is_empty());
        seen.note(&told("comment", "approved"), Instant::now());
        assert_eq!(seen.approved.keys().copied().collect::<Vec<_>>(), [comment]);
        seen.note("id: 9\nevent: reset\ndata: {}", Instant::now());
        assert_eq!(seen.resets, 1);
    }
}
