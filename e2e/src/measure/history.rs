//! A made-up past: the events that a board's life leaves in its log, as the services would have said them.
//!
//! Each post is created, then a few comments on it are created, moderated and updated, one in ten of them rejected. Ids
//! follow from causes as they do in the services, so the log's index and the read model get what they would really get.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use contract::{
    Cause, CommentCreated, CommentId, CommentModerated, CommentUpdated, DecidedBy, Envelope, Event, EventId,
    PostCreated, PostId, Revision, Status, Timestamp,
};

use super::http::{Connection, post};
use super::load::{Called, Caller};

/// Comments on each post.
const COMMENTS: usize = 3;
/// Events that one post leaves, with its comments.
pub const EVENTS_PER_POST: u64 = 1 + 3 * COMMENTS as u64;
/// Posts told in one request.
const POSTS_PER_REQUEST: u64 = 40;

/// One connection that tells the past of so many posts as there are left in the common count.
#[derive(Debug)]
pub struct Teller {
    connection: Connection,
    host: String,
    left: Arc<AtomicU64>,
}

impl Teller {
    /// One for each connection; together they tell of `posts` posts.
    pub fn all(connections: Vec<Connection>, host: &str, posts: u64) -> Vec<Self> {
        let left = Arc::new(AtomicU64::new(posts));
        let teller = |connection| Self { connection, host: host.to_owned(), left: Arc::clone(&left) };
        connections.into_iter().map(teller).collect()
    }

    /// Takes the next posts out of the common count.
    fn next(&self) -> u64 {
        let take = |left: u64| Some(left.saturating_sub(POSTS_PER_REQUEST));
        let left = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).unwrap_or(0);
        left.min(POSTS_PER_REQUEST)
    }
}

impl Caller for Teller {
    async fn call(&mut self) -> anyhow::Result<Called> {
        let posts = self.next();
        if posts == 0 {
            return Ok(Called::Done);
        }
        let mut body = vec![b'['];
        for _ in 0..posts {
            life(&mut body);
        }
        body.pop();
        body.push(b']');
        let request = post(&self.host, "/events", "application/cloudevents-batch+json", std::str::from_utf8(&body)?);
        let reply = self.connection.call(&request).await?;
        if reply.status == 201 {
            Ok(Called::Taken(posts * EVENTS_PER_POST))
        } else {
            Ok(Called::Refused(reply.shown()))
        }
    }
}

/// Appends the events of one post and its comments, each with a comma behind it.
fn life(body: &mut Vec<u8>) {
    let id = PostId::new();
    let created = PostCreated {
        id,
        revision: Revision::FIRST,
        title: "What should we read next month?".to_owned(),
        content: Some(
            "I liked the last one a lot, though the end came too soon. Shall we take something shorter?".to_owned(),
        ),
        author_id: None,
        author_name: Some("Ada".to_owned()),
        owner_key: None,
        created_at: Timestamp::now(),
    };
    write(&said("/posts", &created.into(), None), body);
    for _ in 0..COMMENTS {
        comment(id, body);
    }
}

fn comment(post_id: PostId, body: &mut Vec<u8>) {
    let id = CommentId::new();
    let content = "Something shorter, yes, and do bring cake. I still have the one about the lighthouse.".to_owned();
    // The last bits of an id are random.
    let rejected = id.uuid().as_u128().is_multiple_of(10);
    let status = if rejected { Status::Rejected } else { Status::Approved };
    let reason = rejected.then(|| "It says a word that is not said here.".to_owned());
    let created = CommentCreated {
        id,
        revision: Revision::FIRST,
        post_id,
        parent_id: None,
        content: content.clone(),
        status: Status::Pending,
        author_id: None,
        author_name: Some("Grace".to_owned()),
        owner_key: None,
        created_at: Timestamp::now(),
    };
    let moderated = CommentModerated {
        id,
        revision: Revision::FIRST,
        decision: 1,
        post_id,
        status,
        reason: reason.clone(),
        rule: rejected.then(|| "banned-words".to_owned()),
        decided_by: DecidedBy::Rules,
    };
    let updated = CommentUpdated {
        id,
        revision: Revision::FIRST,
        decision: 1,
        post_id,
        parent_id: None,
        content,
        status,
        reason,
        edited_at: None,
    };
    let created = said("/comments", &created.into(), None);
    let moderated = said("/moderation", &moderated.into(), Some((&created, id)));
    let updated = said("/comments", &updated.into(), Some((&moderated, id)));
    for event in [&created, &moderated, &updated] {
        write(event, body);
    }
}

fn said(source: &str, event: &Event, cause: Option<(&Envelope, CommentId)>) -> Envelope {
    let cause = cause.map(|(cause, affected)| (Cause::of(cause), affected.to_string()));
    let id = cause.as_ref().map_or_else(EventId::new, |(cause, id)| cause.derive(source, event.type_name(), id));
    Envelope::say(source, event, id, cause.as_ref().map(|(cause, _)| cause), None)
}

fn write(event: &Envelope, body: &mut Vec<u8>) {
    event.write_json(body);
    body.push(b',');
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn a_life_is_told_in_order_by_events_that_are_known() {
        let mut body = Vec::new();
        life(&mut body);
        let text = format!("[{}]", std::str::from_utf8(&body).unwrap().trim_end_matches(','));
        let events: Vec<Box<serde_json::value::RawValue>> = serde_json::from_str(&text).unwrap();
        let events: Vec<Envelope> = events.iter().map(|e| Envelope::parse(e.get().as_bytes()).unwrap()).collect();
        let types: Vec<&str> = events.iter().map(|event| &*event.type_name).collect();
        assert_eq!(types[..4], ["PostCreated", "CommentCreated", "CommentModerated", "CommentUpdated"]);
        assert_eq!(u64::try_from(events.len()).unwrap(), EVENTS_PER_POST);
        assert!(events.iter().all(|event| matches!(event.event(), Ok(contract::Parsed::Known(_)))));
        assert_eq!(events[3].causationid, Some(events[2].id.clone()));
    }
}
