//! A board to look at: with `--demo` the first start brings sample posts and threads.
//!
//! They come through the front door like anybody's, so they are judged, held and counted like anybody's. Each carries
//! an `Idempotency-Key` made of its name in the file and the owner key that is kept in the data folder: whatever is said
//! again, at a second start or after one that was cut short, is found and not doubled. Whether there is anything left to
//! say is seen by the last post, which is why it stands last and nobody has commented on it.

mod door;

use chassis::access::Secret;
use chassis::config::reachable;
use chassis::serve::Lifetime;
use serde::Deserialize;

use crate::config::Config;
use crate::say;
use door::{Door, DoorError};

const POSTS: &str = include_str!("demo/posts.toml");

/// The sample board.
#[derive(Debug, Deserialize)]
struct Demo {
    posts: Vec<Post>,
}

#[derive(Debug, Deserialize)]
struct Post {
    /// What the file calls it. Another name would be another post.
    name: String,
    author: String,
    title: String,
    content: String,
    #[serde(default)]
    comments: Vec<Comment>,
}

#[derive(Debug, Deserialize)]
struct Comment {
    /// What the file calls it within its thread.
    name: String,
    author: String,
    /// The name of the comment that it answers.
    to: Option<String>,
    content: String,
}

/// Why the rest of the sample board did not come.
#[derive(Debug, thiserror::Error)]
enum DemoError {
    #[error("{0} cannot be read or written: {1}")]
    Key(String, std::io::Error),
    #[error("the sample posts cannot be read: {0}")]
    File(#[from] toml::de::Error),
    #[error(transparent)]
    Door(#[from] DoorError),
}

/// Brings the sample board in, unless it is there. What goes wrong is told and stops nothing but this.
pub async fn load(config: &Config, lifetime: &Lifetime) {
    let outcome = tokio::select! {
        outcome = bring(config) => outcome,
        () = lifetime.stop.cancelled() => return,
    };
    match outcome {
        Ok(line) => say(&format!("demo: {line}")),
        Err(error) => {
            tracing::warn!(%error, "the sample board is not complete; the next start with --demo goes on from there");
            say(&format!("demo: given up: {error}"));
        }
    }
}

async fn bring(config: &Config) -> Result<String, DemoError> {
    let demo: Demo = toml::from_str(POSTS)?;
    let path = config.data_dir.join("demo.key");
    let key = Secret::read_or_create(&path).map_err(|error| DemoError::Key(path.display().to_string(), error))?;
    let door = Door::new(format!("http://{}/api/v1", reachable(config.addr)), &key)?;
    if let Some(last) = demo.posts.last()
        && door.has_post(&last.name).await?
    {
        return Ok("the sample posts are there already".to_owned());
    }
    let (all_posts, all_comments) = (demo.posts.len(), demo.posts.iter().map(|post| post.comments.len()).sum());
    let mut progress = Progress { posts: 0, all_posts, comments: 0, all_comments };
    for post in &demo.posts {
        progress.comments += door.bring(post).await?;
        progress.posts += 1;
        tracing::info!("demo: {progress}");
    }
    Ok(progress.to_string())
}

/// How far it is.
struct Progress {
    posts: usize,
    all_posts: usize,
    comments: usize,
    all_comments: usize,
}

impl std::fmt::Display for Progress {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { posts, all_posts, comments, all_comments } = self;
        write!(out, "{posts} of {all_posts} posts, {comments} of {all_comments} comments")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_replies_stand_after_what_they_answer() {
        let demo: Demo = toml::from_str(POSTS).unwrap();
        let mut posts = HashSet::new();
        for post in &demo.posts {
            assert!(posts.insert(&post.name), "{}", post.name);
            let mut comments = HashSet::new();
            for comment in &post.comments {
                assert!(comment.to.as_ref().is_none_or(|to| comments.contains(to)), "{}/{}", post.name, comment.name);
                assert!(comments.insert(&comment.name), "{}/{}", post.name, comment.name);
            }
        }
    }

    #[test]
    fn the_last_post_has_no_comments_for_it_says_that_all_others_are_there() {
        let demo: Demo = toml::from_str(POSTS).unwrap();
        assert!(demo.posts.last().unwrap().comments.is_empty());
    }

    #[test]
    fn there_is_something_for_every_verdict() {
        let demo: Demo = toml::from_str(POSTS).unwrap();
        let comments: Vec<_> = demo.posts.iter().flat_map(|post| &post.comments).collect();
        assert_eq!(comments.iter().filter(|comment| comment.content.contains("orange")).count(), 1);
        let held = comments.iter().filter(|comment| comment.content.chars().count() > 5000);
        assert_eq!(held.count(), 1);
        assert!(comments.iter().all(|comment| comment.content.chars().count() <= 10_000));
    }
}
