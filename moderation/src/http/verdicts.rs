//! What goes over the wire of verdicts: what is decided and taken back, what came of it, and the log of it all.

use std::num::NonZeroU32;

use chassis::problem::Problem;
use chassis::text::Checks;
use contract::{DecidedBy, PostId, Revision, Status, Timestamp, Verdict};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::item::{Key, Kind};
use crate::store::{Act, Decided, Entry};
use crate::undo::Undo;
use crate::verdict::Decision;

/// The longest reason, in characters.
pub(super) const REASON: usize = 1000;
/// Room for the other fields of a decision, in characters.
pub(super) const AROUND: usize = 64;

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

impl TryFrom<DecisionRequest> for Act {
    type Error = Problem;

    fn try_from(request: DecisionRequest) -> Result<Self, Problem> {
        let mut checks = Checks::new();
        let reason = request.reason.as_deref().map(|reason| checks.optional("/reason", reason, REASON));
        let decision = Decision {
            key: Key { kind: request.kind, id: request.id },
            revision: request.revision,
            approve: request.status == Ruled::Approved,
            reason: reason.filter(|reason| !reason.is_empty()),
        };
        checks.finish(Self::Decide(decision)).map_err(Problem::invalid)
    }
}

/// Which verdict a moderator takes back
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({ "kind": "comment", "id": "0190d5a8-7d2f-7c54-9b05-0d6f0a2c3b11", "decision": 2 }))]
pub(super) struct UndoRequest {
    /// What it is: `post` or `comment`
    #[schema(value_type = String, example = "comment")]
    kind: Kind,
    /// Its id
    id: Uuid,
    /// The number of the verdict, as the answer to the decision said
    #[schema(value_type = u32, minimum = 1)]
    decision: NonZeroU32,
}

impl TryFrom<UndoRequest> for Act {
    type Error = Problem;

    fn try_from(request: UndoRequest) -> Result<Self, Problem> {
        let key = Key { kind: request.kind, id: request.id };
        Ok(Self::Undo(Undo { key, decision: request.decision.get() }))
    }
}

/// One decision, or an array of 1 to 100
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is read item by item; this is for the document")]
pub(super) enum Decisions {
    /// One
    One(DecisionRequest),
    /// Several
    Many(Vec<DecisionRequest>),
}

/// One verdict to take back, or an array of 1 to 100
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is read item by item; this is for the document")]
pub(super) enum Undos {
    /// One
    One(UndoRequest),
    /// Several
    Many(Vec<UndoRequest>),
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
    /// `approved` or `rejected`; `pending` where one was taken back and none stands
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
        Self::new(decided.key, decided.post_id, decided.verdict)
    }

    fn new(key: Key, post_id: PostId, verdict: Verdict) -> Self {
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

/// What came of one item of an array
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ResultBody {
    /// 201, or what the answer to it alone would have been
    #[schema(example = 201)]
    status: u16,
    /// The verdict, if it counts
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<VerdictBody>,
    /// Why it does not count, as in `application/problem+json`
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    problem: Option<serde_json::Value>,
}

impl ResultBody {
    pub(super) fn done(decided: Decided) -> Self {
        Self { status: StatusCode::CREATED.as_u16(), verdict: Some(VerdictBody::of(decided)), problem: None }
    }

    pub(super) fn refused(problem: &Problem) -> Self {
        Self { status: problem.status().as_u16(), verdict: None, problem: Some(problem.to_json()) }
    }
}

/// A verdict that was said
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogEntry {
    /// When
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The verdict
    #[serde(flatten)]
    verdict: VerdictBody,
    /// The rule that decided, or that holds it again
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    /// The verdict that it takes back, by its number
    #[serde(skip_serializing_if = "Option::is_none")]
    undoes: Option<u32>,
}

impl LogEntry {
    pub(super) fn of(entry: Entry) -> Self {
        let Entry { at, key, post_id, verdict, undoes } = entry;
        let rule = verdict.rule.clone();
        Self { at, verdict: VerdictBody::new(key, post_id, verdict), rule, undoes }
    }
}
