//! Comments through its own HTTP face, with a bus that does as it is told. One module per way of using it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod arrival;
mod bad_input;
mod create;
mod delete;
mod edit;
mod operations;
mod outbox;
mod races;
mod read;
mod reports;
mod restore;
mod threads;
mod verdicts;

use chassis::doubles::{ADA, BOB, Call, FakeBus, Outcome, Running, data, id_of};
use comments::config::Config;
use contract::{
    CommentModerated, DecidedBy, DeletedBy, Envelope, Event, EventId, PostCreated, PostDeleted, PostId, Revision,
    Status, Timestamp,
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Comments that is up, with a bus and a folder of its own.
struct Board {
    comments: Running,
    bus: FakeBus,
    config: Config,
    /// Removed at the end.
    folder: TempDir,
}

impl Board {
    async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    async fn start_with(set: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bus = FakeBus::start().await;
        let mut config = Config { service: bus.args(folder.path()), ..Config::default() };
        set(&mut config);
        let comments = run(&config).await;
        Self { comments, bus, config, folder }
    }

    /// Stops the service and starts it again on the same folder.
    async fn restart(self) -> Self {
        let Self { comments, bus, config, folder } = self;
        comments.stop().await;
        let comments = run(&config).await;
        Self { comments, bus, config, folder }
    }

    /// Pushes events to the service as it runs now, all of which it must take.
    async fn tell(&self, events: &[Envelope]) {
        self.bus.wait_for_url("comments", &self.comments.url()).await;
        let outcomes = self.bus.deliver_to("comments", events).await;
        assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Done), "{outcomes:?}");
    }

    /// A post that the service has heard of.
    async fn post(&self) -> PostId {
        let id = PostId::new();
        self.tell(&[post_created(id)]).await;
        id
    }

    /// A comment on this post, to be sent.
    fn comment_on(&self, post: PostId, content: &str) -> Call {
        self.comments.post(&format!("/posts/{post}/comments"), &json!({ "content": content }))
    }

    /// Ada's comment on this post: its id.
    async fn comment(&self, post: PostId, content: &str) -> String {
        id_of(&self.comment_on(post, content).owner(ADA).send().await.expect(201))
    }

    /// Ada's answer to a comment: its id.
    async fn reply(&self, post: PostId, parent: &str, content: &str) -> String {
        let body = json!({ "content": content, "parentId": parent });
        id_of(&self.comments.post(&format!("/posts/{post}/comments"), &body).owner(ADA).send().await.expect(201))
    }

    /// The thread as everyone sees it.
    async fn thread(&self, post: PostId) -> Value {
        self.comments.get(&format!("/posts/{post}/comments?limit=200")).send().await.expect(200).json()
    }

    /// What the bus has of this type, once it is so many.
    async fn said(&self, type_name: &str, count: usize) -> Vec<Value> {
        let of_type = |events: &[Envelope]| -> Vec<Value> {
            events.iter().filter(|event| &*event.type_name == type_name).map(data).collect()
        };
        of_type(&self.bus.wait_until(|events| of_type(events).len() >= count).await)
    }

    /// Waits until everything that was said before is on the bus, by saying one thing more.
    async fn flush(&self) {
        let post = self.post().await;
        let last = self.comment_on(post, "the last word").send().await.expect(201);
        let id = last.header("event-id").unwrap().to_owned();
        self.bus.wait_until(|events| events.iter().any(|event| event.id.as_str() == id)).await;
    }
}

async fn run(config: &Config) -> Running {
    Running::start_with(&config.service.http, async |addr, lifetime| {
        comments::start(&Config { addr, ..config.clone() }, &lifetime).await
    })
    .await
}

fn say(source: &str, event: &Event) -> Envelope {
    Envelope::say(source, event, EventId::new(), None, None)
}

fn post_created(id: PostId) -> Envelope {
    let created = PostCreated {
        id,
        revision: Revision::FIRST,
        title: "A post".to_owned(),
        content: None,
        author_id: None,
        author_name: None,
        owner_key: None,
        created_at: Timestamp::now(),
    };
    say("/posts", &created.into())
}

fn post_deleted(id: PostId) -> Envelope {
    say("/posts", &PostDeleted { id, deleted_by: DeletedBy::Author }.into())
}

/// A verdict on one revision of a comment.
fn verdict(post: PostId, id: &str, revision: u32, decision: u32, status: Status) -> Envelope {
    let moderated = CommentModerated {
        id: id.parse().unwrap(),
        revision: Revision::new(revision).unwrap(),
        decision,
        post_id: post,
        status,
        reason: (status == Status::Rejected).then(|| "it is orange".to_owned()),
        rule: None,
        decided_by: DecidedBy::Rules,
    };
    say("/moderation", &moderated.into())
}
