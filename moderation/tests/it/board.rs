//! A moderation that is up, and the others' events that it hears.

pub use chassis::doubles::{Answered, data};
use chassis::doubles::{FakeBus, Outcome, Running};
use contract::{
    CommentCreated, CommentDeleted, CommentId, CommentReported, CommentUpdated, DeletedBy, Envelope, Event, EventId,
    PostCreated, PostDeleted, PostId, PostUpdated, Revision, Status, Timestamp,
};
use moderation::config::Config;
use moderation::item::Kind;
use moderation::rules::{Action, Conditions, Rule, Rules, Test};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Moderation with a bus and a folder of its own.
pub struct Board {
    pub moderation: Running,
    pub bus: FakeBus,
    pub config: Config,
    /// Removed at the end.
    pub folder: TempDir,
}

impl Board {
    /// With the built-in rules.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// With settings.
    pub async fn start_with(set: impl FnOnce(&mut Config)) -> Self {
        let (bus, folder, config) = Self::ground(set).await;
        let moderation = run(&config).await;
        Self { moderation, bus, config, folder }.restored().await
    }

    /// With the rules of a file.
    pub async fn ruled_by(rules: &str) -> Self {
        let (bus, folder, mut config) = Self::ground(|_| {}).await;
        let path = folder.path().join("rules.toml");
        std::fs::write(&path, rules).unwrap();
        config.rules = Some(path);
        let moderation = run(&config).await;
        Self { moderation, bus, config, folder }.restored().await
    }

    /// With rules that are no file's.
    pub async fn start_judging(set: impl FnOnce(&mut Config), rules: Rules) -> Self {
        let (bus, folder, config) = Self::ground(set).await;
        let moderation = Running::start(async |addr, lifetime| {
            moderation::start_with(&Config { addr, ..config.clone() }, rules, &lifetime).await
        })
        .await;
        Self { moderation, bus, config, folder }.restored().await
    }

    /// On a copy of this database file.
    pub async fn on_file(file: &str) -> Self {
        let (bus, folder, config) = Self::ground(|_| {}).await;
        std::fs::create_dir_all(&config.service.data_dir).unwrap();
        std::fs::copy(file, config.service.data_dir.join("moderation.db")).unwrap();
        let moderation = run(&config).await;
        Self { moderation, bus, config, folder }.restored().await
    }

    /// Itself, once all that was said before has been read back: it then asks for what others say only.
    pub async fn restored(self) -> Self {
        let others_only = |types: &[String]| types.iter().all(|name| !name.ends_with("Moderated"));
        self.bus.subscription_when("moderation", |found| others_only(&found.types)).await;
        self
    }

    /// The same bus, with another folder and the rules of another file: what is left when a database is lost.
    pub async fn lose_database(self, rules: &str) -> Self {
        let Self { moderation, bus, mut config, .. } = self;
        moderation.stop().await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rules.toml");
        std::fs::write(&path, rules).unwrap();
        (config.service.data_dir, config.rules) = (folder.path().join("data"), Some(path));
        let moderation = run(&config).await;
        bus.wait_for_url("moderation", &moderation.url()).await;
        Self { moderation, bus, config, folder }
    }

    async fn ground(set: impl FnOnce(&mut Config)) -> (FakeBus, TempDir, Config) {
        let folder = tempfile::tempdir().unwrap();
        let bus = FakeBus::start().await;
        let mut config = Config { service: bus.args(&folder.path().join("data")), open: true, ..Config::default() };
        set(&mut config);
        (bus, folder, config)
    }

    /// Stops the service and starts it again on the same folder.
    pub async fn restart(self) -> Self {
        self.restart_with(|_| {}).await
    }

    /// The same, and does something to the bus in between.
    pub async fn restart_with(self, between: impl FnOnce(&FakeBus)) -> Self {
        let Self { moderation, bus, config, folder } = self;
        moderation.stop().await;
        between(&bus);
        let moderation = run(&config).await;
        bus.wait_for_url("moderation", &moderation.url()).await;
        Self { moderation, bus, config, folder }
    }

    /// Hears this, and all is well.
    pub async fn hear(&self, event: impl Into<Envelope>) {
        assert_eq!(self.bus.deliver(&[event.into()]).await, [Outcome::Done]);
    }

    /// Somebody comments this on a new post.
    pub async fn comment(&self, content: &str) -> Comment {
        let comment = Comment::new();
        self.hear(comment.created(content)).await;
        comment
    }

    /// Somebody posts this.
    pub async fn post(&self, title: &str, content: Option<&str>) -> Post {
        let post = Post::new();
        self.hear(post.created(title, content)).await;
        post
    }

    /// The verdicts on an item so far.
    pub async fn verdicts(&self, id: impl ToString) -> Vec<Value> {
        // Events leave in order: once the verdict on this one is there, so are all before it.
        let marker = self.comment("marker").await;
        let events =
            self.bus.wait_until(|events| events.iter().any(|e| is_verdict_on(e, &marker.id.to_string()))).await;
        let id = id.to_string();
        events.iter().filter(|event| is_verdict_on(event, &id)).map(data).collect()
    }

    /// The only verdict on an item.
    pub async fn verdict(&self, id: impl ToString) -> Value {
        let verdicts = self.verdicts(id).await;
        assert_eq!(verdicts.len(), 1, "{verdicts:#?}");
        verdicts[0].clone()
    }

    /// What becomes of a comment of this text: its status and rule, or what holds it.
    pub async fn fate(&self, content: &str) -> String {
        let comment = self.comment(content).await;
        self.fate_of(comment.id).await
    }

    /// What became of an item.
    pub async fn fate_of(&self, id: impl ToString) -> String {
        let id = id.to_string();
        if let Some(held) = self.queue().await.into_iter().find(|item| item["id"] == id.as_str()) {
            assert_eq!(self.verdicts(id).await, [Value::Null; 0]);
            return format!("held {}", held["rule"].as_str().unwrap());
        }
        let verdict = self.verdict(id).await;
        format!("{} {}", verdict["status"].as_str().unwrap(), verdict["rule"].as_str().unwrap())
    }

    /// The whole queue.
    pub async fn queue(&self) -> Vec<Value> {
        let page = self.moderation.get("/queue?limit=100").send().await.expect(200);
        page.json().as_array().unwrap().clone()
    }

    /// A moderator decides.
    pub async fn decide(&self, kind: &str, id: impl ToString, revision: u32, status: &str) -> Answered {
        let decision = json!({ "kind": kind, "id": id.to_string(), "revision": revision, "status": status });
        self.moderation.post("/decisions", &decision).send().await
    }
}

async fn run(config: &Config) -> Running {
    Running::start_with(&config.service.http, async |addr, lifetime| {
        moderation::start(&Config { addr, ..config.clone() }, &lifetime).await
    })
    .await
}

/// A rule of another making.
pub fn rule(name: &str, action: Action, test: impl Test) -> Rule {
    Rule {
        name: name.to_owned(),
        action,
        applies_to: vec![Kind::Post, Kind::Comment],
        reason: None,
        conditions: Conditions::default(),
        test: Box::new(test),
    }
}

/// A comment, as the comments service speaks of it.
#[derive(Debug, Clone, Copy)]
pub struct Comment {
    pub id: CommentId,
    pub post_id: PostId,
}

impl Comment {
    pub fn new() -> Self {
        Self::on(PostId::new())
    }

    pub fn on(post_id: PostId) -> Self {
        Self { id: CommentId::new(), post_id }
    }

    pub fn created(self, content: &str) -> Envelope {
        self.answering(None, content)
    }

    pub fn answering(self, parent_id: Option<CommentId>, content: &str) -> Envelope {
        say(CommentCreated {
            id: self.id,
            revision: Revision::FIRST,
            post_id: self.post_id,
            parent_id,
            content: content.to_owned(),
            status: Status::Pending,
            author_id: None,
            author_name: Some("Ada".to_owned()),
            owner_key: Some("0".repeat(64)),
            created_at: Timestamp::from_millis(1_700_000_000_000),
        })
    }

    /// An edit, or with a status the echo of a verdict.
    pub fn updated(self, revision: u32, decision: u32, content: &str, status: Status) -> Envelope {
        say(CommentUpdated {
            id: self.id,
            revision: Revision::new(revision).unwrap(),
            decision,
            post_id: self.post_id,
            parent_id: None,
            content: content.to_owned(),
            status,
            reason: None,
            edited_at: (revision > 1).then(|| Timestamp::from_millis(1_700_000_000_000 + i64::from(revision))),
        })
    }

    pub fn edited(self, revision: u32, content: &str) -> Envelope {
        self.updated(revision, 0, content, Status::Pending)
    }

    pub fn deleted(self) -> Envelope {
        say(CommentDeleted { id: self.id, post_id: self.post_id, deleted_by: DeletedBy::Author })
    }

    pub fn reported(self) -> Envelope {
        let (revision, reason) = (Revision::FIRST, "rude".to_owned());
        say(CommentReported { id: self.id, revision, post_id: self.post_id, reporter_id: None, reason })
    }
}

/// A post, as the posts service speaks of it.
#[derive(Debug, Clone, Copy)]
pub struct Post {
    pub id: PostId,
}

impl Post {
    pub fn new() -> Self {
        Self { id: PostId::new() }
    }

    pub fn created(self, title: &str, content: Option<&str>) -> Envelope {
        say(PostCreated {
            id: self.id,
            revision: Revision::FIRST,
            title: title.to_owned(),
            content: content.map(str::to_owned),
            author_id: None,
            author_name: None,
            owner_key: None,
            created_at: Timestamp::from_millis(1_700_000_000_000),
        })
    }

    pub fn edited(self, revision: u32, title: &str) -> Envelope {
        say(PostUpdated {
            id: self.id,
            revision: Revision::new(revision).unwrap(),
            title: title.to_owned(),
            content: None,
            edited_at: Timestamp::from_millis(1_700_000_000_000 + i64::from(revision)),
        })
    }

    pub fn deleted(self) -> Envelope {
        say(PostDeleted { id: self.id, deleted_by: DeletedBy::Author })
    }
}

fn say(event: impl Into<Event>) -> Envelope {
    let event = event.into();
    let source = if event.type_name().starts_with("Post") { "/posts" } else { "/comments" };
    Envelope::say(source, &event, EventId::new(), None, None)
}

pub fn is_verdict_on(event: &Envelope, id: &str) -> bool {
    &*event.source == "/moderation" && data(event)["id"] == id
}
