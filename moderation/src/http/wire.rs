//! What goes over the wire of the queue and the rules, and the document that describes all of it.

use contract::{CommentId, ItemStatus, PostId, Revision, Status, Timestamp};
use serde::Serialize;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi, ToSchema};
use uuid::Uuid;

use super::verdicts::{DecisionRequest, Decisions, LogEntry, ResultBody, UndoRequest, Undos, VerdictBody};
use crate::item::Kind;
use crate::rules::{Action, Conditions, DEFAULT, Rules};
use crate::verdict::Record;

/// A post or comment that waits for a moderator
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct QueueItem {
    /// What it is: `post` or `comment`
    #[schema(value_type = String, example = "comment")]
    kind: Kind,
    /// Its id
    id: Uuid,
    /// The post that it stands under; a post's own id
    #[schema(value_type = String, format = Uuid)]
    post_id: PostId,
    /// The comment that a comment answers
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid)]
    parent_id: Option<CommentId>,
    /// The version to be decided on
    #[schema(value_type = u32)]
    revision: Revision,
    /// `pending`, or `approved` if it waits because of reports
    #[schema(value_type = String, example = "pending")]
    status: Status,
    /// A post's title
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// The text
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    /// The name that the author goes by
    #[serde(skip_serializing_if = "Option::is_none")]
    author_name: Option<String>,
    /// When it was written
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    created_at: Option<Timestamp>,
    /// The rule that held it, or `reports`; `undone` if it was not held, and a verdict on it was taken back
    rule: String,
    /// Why
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Since when it waits
    #[schema(value_type = String, format = DateTime)]
    held_at: Timestamp,
    /// How often it was reported since a moderator last decided on it
    reports: u32,
}

impl QueueItem {
    /// What there is to show; `None` if it does not wait.
    pub(super) fn of(record: Record) -> Option<Self> {
        let (queued, version) = (record.queued?, record.item.version.clone()?);
        let status = match record.item.status() {
            ItemStatus::Approved => Status::Approved,
            ItemStatus::Rejected => Status::Rejected,
            ItemStatus::Unknown | ItemStatus::Pending | ItemStatus::Deleted => Status::Pending,
        };
        let (created_at, author_name, parent_id) = match record.item.origin {
            Some(origin) => (Some(origin.created_at), origin.author_name, origin.parent_id),
            None => (None, None, None),
        };
        Some(Self {
            kind: record.key.kind,
            id: record.key.id,
            post_id: record.post_id,
            parent_id,
            revision: version.revision,
            status,
            title: version.content.title,
            content: version.content.content,
            author_name,
            created_at,
            rule: queued.rule,
            reason: queued.reason,
            held_at: queued.since,
            reports: record.reports,
        })
    }
}

/// A rule
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RuleBody {
    /// Its name
    name: String,
    /// `reject`, `hold` or `approve`
    #[schema(value_type = String, example = "reject")]
    action: Action,
    /// What it applies to
    #[schema(value_type = Vec<String>, example = json!(["post", "comment"]))]
    applies_to: Vec<Kind>,
    /// Whole words or phrases, in any case
    #[serde(skip_serializing_if = "Vec::is_empty")]
    words: Vec<String>,
    /// A regular expression
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<String>,
    /// More characters than this
    #[serde(skip_serializing_if = "Option::is_none")]
    longer_than: Option<usize>,
    /// Fewer characters than this
    #[serde(skip_serializing_if = "Option::is_none")]
    shorter_than: Option<usize>,
    /// What authors and moderators are told
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl RuleBody {
    /// All rules, and what decides where none matches.
    pub(super) fn all(rules: &Rules) -> Vec<Self> {
        let written = rules.all().iter().map(|rule| {
            let conditions = rule.conditions.clone();
            Self::new(&rule.name, rule.action, rule.applies_to.clone(), conditions, rule.reason.clone())
        });
        let last = Self::new(DEFAULT, Action::Approve, vec![Kind::Post, Kind::Comment], Conditions::default(), None);
        written.chain([last]).collect()
    }

    fn new(name: &str, action: Action, applies_to: Vec<Kind>, conditions: Conditions, reason: Option<String>) -> Self {
        let Conditions { words, pattern, longer_than, shorter_than } = conditions;
        Self { name: name.to_owned(), action, applies_to, words, pattern, longer_than, shorter_than, reason }
    }
}

/// The token, as OpenAPI knows it.
struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        document.components.get_or_insert_default().add_security_scheme("token", token);
    }
}

/// Moderation: rules, verdicts, and the queue for people
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Folkmoot moderation",
        description = "Judges what people write, by rules first and by people where rules do not suffice."
    ),
    // Relative to the document: right on the own port and under the front door.
    servers((url = ".")),
    paths(super::queue, super::decide, super::undo, super::log, super::rules),
    components(schemas(
        QueueItem,
        DecisionRequest,
        Decisions,
        UndoRequest,
        Undos,
        VerdictBody,
        ResultBody,
        LogEntry,
        RuleBody
    )),
    modifiers(&Token)
)]
pub(super) struct Document;
