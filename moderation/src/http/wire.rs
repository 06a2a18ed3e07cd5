//! What goes over the wire: the bodies of requests and answers, and the document that describes them.

use contract::{DecidedBy, ItemStatus, PostId, Revision, Status, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi, ToSchema};
use uuid::Uuid;

use crate::item::Kind;
use crate::rules::{Action, Conditions, DEFAULT, Rules};
use crate::store::Decided;
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
    /// The rule that held it, or `reports`
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
        let (created_at, author_name) = match record.item.origin {
            Some(origin) => (Some(origin.created_at), origin.author_name),
            None => (None, None),
        };
        Some(Self {
            kind: record.key.kind,
            id: record.key.id,
            post_id: record.post_id,
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

/// What a moderator may decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) enum Ruled {
    Approved,
    Rejected,
}

impl TryFrom<String> for Ruled {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        match word.as_str() {
            "approved" => Ok(Self::Approved),
            "rejected" => Ok(Self::Rejected),
            other => Err(format!("`{other}` cannot be decided: write approved or rejected")),
        }
    }
}

/// What a moderator decides
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "kind": "comment", "id": "0190d5a8-7d2f-7c54-9b05-0d6f0a2c3b11", "revision": 1, "status": "approved", "reason": "it is about fruit"
}))]
pub(super) struct DecisionRequest {
    /// What it is: `post` or `comment`
    #[schema(value_type = String, example = "comment")]
    pub kind: Kind,
    /// Its id
    pub id: Uuid,
    /// The version that was seen
    #[schema(value_type = u32, minimum = 1)]
    pub revision: Revision,
    /// `approved` or `rejected`
    #[schema(value_type = String, example = "approved")]
    pub status: Ruled,
    /// Why, for the author and for other moderators
    #[schema(max_length = 1000)]
    pub reason: Option<String>,
}

/// A verdict
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct VerdictBody {
    /// What was judged: `post` or `comment`
    #[schema(value_type = String, example = "comment")]
    kind: Kind,
    /// Its id
    id: Uuid,
    /// The post that it stands under; a post's own id
    #[schema(value_type = String, format = Uuid)]
    post_id: PostId,
    /// The version that was judged
    #[schema(value_type = u32)]
    revision: Revision,
    /// How many verdicts it has had, this one included
    decision: u32,
    /// `approved` or `rejected`
    #[schema(value_type = String, example = "approved")]
    status: Status,
    /// Why
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Who decided
    #[schema(value_type = String, example = "moderator")]
    decided_by: DecidedBy,
}

impl VerdictBody {
    pub(super) fn of(decided: Decided) -> Self {
        let Decided { key, post_id, verdict, .. } = decided;
        Self {
            kind: key.kind,
            id: key.id,
            post_id,
            revision: verdict.revision,
            decision: verdict.decision,
            status: verdict.status,
            reason: verdict.reason,
            decided_by: verdict.decided_by.unwrap_or(DecidedBy::Moderator),
        }
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
    paths(super::queue, super::decide, super::rules),
    components(schemas(QueueItem, DecisionRequest, VerdictBody, RuleBody)),
    modifiers(&Token)
)]
pub(super) struct Document;
