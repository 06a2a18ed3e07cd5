//! Posts and comments as JSON, and what of them is withheld from whom.
//!
//! This is the one place that turns what is known into what is shown: a comment's text leaves it only if that very
//! version was approved, or if the reader is its author. Everything that answers readers, live updates too, is put
//! together from what is made here.

use std::borrow::Cow;

use contract::{CommentId, CommentItem, ItemStatus, PostId, PostItem, Revision, Showing, Timestamp, UserId};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::html::{Html, Text};
use crate::post::{Listed, Post};
use crate::thread::Cut;

/// Comments that a post has with it in a list.
pub const FIRST_COMMENTS: usize = 50;

/// A comment
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CommentBody<'a> {
    /// Its id
    #[schema(value_type = String, format = Uuid)]
    id: CommentId,
    /// Its text, in Markdown; `null` while it is withheld, and once it is deleted
    content: Option<&'a str>,
    /// The same as HTML that is safe to be put into a page; there whenever `content` is
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<Cow<'a, str>>,
    /// `pending`, `approved`, `rejected` or `deleted`
    #[schema(example = "approved")]
    status: &'static str,
    /// The comment it answers
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid)]
    parent_id: Option<CommentId>,
    /// Its revision: 1 at first, one more with every edit
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>)]
    revision: Option<Revision>,
    /// The name that its author goes by
    #[serde(skip_serializing_if = "Option::is_none")]
    author_name: Option<&'a str>,
    /// The author's account
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid)]
    author_id: Option<UserId>,
    /// When it was written
    #[schema(value_type = String, format = DateTime)]
    created_at: Option<Timestamp>,
    /// When it was last edited
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    edited_at: Option<Timestamp>,
    /// It was deleted, and stands here because of what answers it
    #[serde(skip_serializing_if = "not")]
    deleted: bool,
    /// Its text is withheld from this reader
    #[serde(skip_serializing_if = "not")]
    withheld: bool,
    /// Why it was judged so; for its author only
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    /// This reader wrote it; for its author only, and not once it is deleted
    #[serde(skip_serializing_if = "not")]
    own: bool,
    /// Its branch did not fit into this part of the thread
    #[serde(skip_serializing_if = "Option::is_none")]
    more_replies: Option<MoreReplies>,
}

/// What is left of a branch, and the ways on
#[derive(Debug, Serialize, ToSchema)]
pub struct MoreReplies {
    /// How many comments of the branch are left; counted up to 1000: then there may be more
    count: usize,
    /// The `cursor` of the rest of the branch, and of nothing else
    cursor: String,
    /// The `cursor` of what stands behind the branch; not there if that is nothing
    #[serde(skip_serializing_if = "Option::is_none")]
    behind: Option<String>,
}

/// A post without its comments
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PostHead<'a> {
    /// Its id
    #[schema(value_type = String, format = Uuid)]
    id: PostId,
    /// Its title
    title: &'a str,
    /// The text below it, in Markdown
    content: Option<&'a str>,
    /// The same as HTML that is safe to be put into a page; there whenever `content` is
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<Cow<'a, str>>,
    /// `pending` or `approved`; for its author also `rejected`
    #[schema(example = "approved")]
    status: &'static str,
    /// Its revision: 1 at first, one more with every edit
    #[schema(value_type = u32)]
    revision: Revision,
    /// The name that its author goes by
    #[serde(skip_serializing_if = "Option::is_none")]
    author_name: Option<&'a str>,
    /// The author's account
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid)]
    author_id: Option<UserId>,
    /// When it was posted
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last edited
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    edited_at: Option<Timestamp>,
    /// When it was posted, or the last comment was written that everyone may see
    #[schema(value_type = String, format = DateTime)]
    last_activity_at: Timestamp,
    /// Why it was judged so; for its author only
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    /// How many comments it has that were not deleted
    comment_count: usize,
    /// This reader wrote it; for its author only
    #[serde(skip_serializing_if = "not")]
    own: bool,
}

/// What an author's comment has more than everyone's; the last fields of [`CommentBody`].
#[derive(Serialize)]
struct Added<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    own: bool,
}

/// A post with comments
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes what is assembled from pieces")]
pub struct PostBody<'a> {
    #[schema(inline)]
    #[serde(flatten)]
    head: PostHead<'a>,
    /// Comments, oldest first, each followed by those that answer it
    comments: Vec<CommentBody<'a>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn not(flag: &bool) -> bool {
    !*flag
}

/// Did the one who showed `owner` (the hash of a secret) write this post?
pub fn is_own_post(owner: Option<&str>, item: &PostItem) -> bool {
    owner.is_some() && item.origin.as_ref().and_then(|origin| origin.owner_key.as_deref()) == owner
}

/// Did the one who showed `owner` (the hash of a secret) write this comment?
pub fn is_own_comment(owner: Option<&str>, item: &CommentItem) -> bool {
    owner.is_some() && item.origin.as_ref().and_then(|origin| origin.owner_key.as_deref()) == owner
}

/// Is anything of this comment withheld from everyone but its author?
pub fn is_withheld(item: &CommentItem) -> bool {
    item.deleted.is_none() && !item.is_shown(Showing::OnceApproved)
}

/// The word for a comment's status, as everyone is told. A text that was approved is pending again once a later one is
/// known to exist.
fn comment_status(item: &CommentItem) -> &'static str {
    match item.status() {
        ItemStatus::Deleted => "deleted",
        ItemStatus::Rejected => "rejected",
        ItemStatus::Approved if item.is_shown(Showing::OnceApproved) => "approved",
        ItemStatus::Unknown | ItemStatus::Pending | ItemStatus::Approved => "pending",
    }
}

/// The word for a post's status.
pub fn post_status(item: &PostItem) -> &'static str {
    match item.status() {
        ItemStatus::Deleted => "deleted",
        ItemStatus::Rejected => "rejected",
        ItemStatus::Approved => "approved",
        ItemStatus::Unknown | ItemStatus::Pending => "pending",
    }
}

/// A comment as a JSON object; `own` for its author.
///
/// # Errors
/// Its text, if it is to be shown and is not rendered yet.
pub fn comment(id: CommentId, item: &CommentItem, html: &Html, own: bool) -> Result<String, Text> {
    let deleted = item.deleted.is_some();
    let withheld = is_withheld(item) && !own;
    // A name is text too: it has not been judged while the rest is withheld.
    let named = if deleted || withheld { None } else { item.origin.as_ref() };
    let version = item.version.as_ref();
    let content = version.filter(|_| !withheld).map(|version| &*version.content);
    Ok(json(&CommentBody {
        id,
        content,
        html: content.map(|content| html.of(content)).transpose()?,
        status: comment_status(item),
        parent_id: item.origin.as_ref().and_then(|origin| origin.parent_id),
        revision: version.map(|version| version.revision),
        author_name: named.and_then(|origin| origin.author_name.as_deref()),
        author_id: named.and_then(|origin| origin.author_id),
        created_at: item.origin.as_ref().map(|origin| origin.created_at),
        edited_at: version.and_then(|version| version.edited_at),
        deleted,
        withheld,
        reason: item.standing_verdict().filter(|_| own).and_then(|verdict| verdict.reason.as_deref()),
        own: own && !deleted,
        more_replies: None,
    }))
}

/// The ready piece that everyone sees of a comment of which nothing is withheld, as its author sees it: there is only
/// something to add.
pub fn marked_own(item: &CommentItem, everyones: &str) -> String {
    let reason = item.standing_verdict().and_then(|verdict| verdict.reason.as_deref());
    with_fields(everyones, &Added { reason, own: true })
}

/// The piece of a root whose branch goes on in other parts of the thread.
pub fn cut_off(piece: &str, cut: &Cut) -> String {
    let more = MoreReplies {
        count: cut.count,
        cursor: cut.rest.to_string(),
        behind: cut.behind.map(|behind| behind.to_string()),
    };
    with_fields(piece, &serde_json::json!({ "moreReplies": more }))
}

/// A JSON object with the fields of another one behind its own.
fn with_fields(object: &str, more: &impl Serialize) -> String {
    let more = json(more);
    let (front, back) = (object.strip_suffix('}').unwrap_or(object), more.strip_prefix('{').unwrap_or(&more));
    format!("{front},{back}")
}

/// A post without its comments as a JSON object; `own` for its author. Whether the reader may see it at all has been
/// decided before. `None` if nothing is there to show.
///
/// # Errors
/// Its text, if that is not rendered yet.
pub fn head(id: PostId, post: &Post, own: bool) -> Result<Option<String>, Text> {
    let (Some(origin), Some(version)) = (post.item.origin.as_ref(), post.item.version.as_ref()) else {
        return Ok(None);
    };
    Ok(Some(json(&PostHead {
        id,
        title: &version.content.title,
        content: version.content.content.as_deref(),
        html: post.html().transpose()?,
        status: post_status(&post.item),
        revision: version.revision,
        author_name: origin.author_name.as_deref(),
        author_id: origin.author_id,
        created_at: origin.created_at,
        edited_at: version.edited_at,
        last_activity_at: post.last_activity(origin.created_at),
        reason: post.item.standing_verdict().filter(|_| own).and_then(|verdict| verdict.reason.as_deref()),
        comment_count: post.thread.count(),
        own,
    })))
}

/// A post with comments as a JSON object, from its ready pieces.
pub fn with_comments<T: AsRef<[u8]>>(head: &str, comments: impl Iterator<Item = T>) -> Vec<u8> {
    let mut json = Vec::with_capacity(head.len() + 1024);
    json.extend_from_slice(head.strip_suffix('}').unwrap_or(head).as_bytes());
    json.extend_from_slice(b",\"comments\":");
    array(&mut json, comments);
    json.push(b'}');
    json
}

/// A JSON array of ready pieces.
pub fn array<T: AsRef<[u8]>>(json: &mut Vec<u8>, pieces: impl Iterator<Item = T>) {
    json.push(b'[');
    for (index, piece) in pieces.enumerate() {
        if index > 0 {
            json.push(b',');
        }
        json.extend_from_slice(piece.as_ref());
    }
    json.push(b']');
}

/// What live listeners get of a post: the post without comments, or, where it is hidden or gone, only so much.
/// `None` if there has been no such post.
///
/// # Errors
/// Its text, if it is to be shown and is not rendered yet.
pub fn live_post(id: PostId, post: &Post) -> Result<Option<String>, Text> {
    if post.is_shown() {
        return head(id, post, false);
    }
    let status = post_status(&post.item);
    Ok(match post.item.status() {
        ItemStatus::Unknown => None,
        ItemStatus::Deleted => Some(json(&serde_json::json!({ "id": id, "status": status, "deleted": true }))),
        _ => Some(json(&serde_json::json!({ "id": id, "status": status, "withheld": true }))),
    })
}

/// A post with its first comments, as everyone may see it.
///
/// # Errors
/// The texts that are to be rendered first.
pub fn listed(id: PostId, post: &Post) -> Result<Listed, Vec<Text>> {
    let mut missing = Vec::new();
    let head = ready(head(id, post, false), &mut missing).flatten().unwrap_or_else(|| "{}".to_owned());
    let (comments, complete) = post.thread.first(FIRST_COMMENTS);
    let pieces: Vec<&str> =
        comments.iter().filter_map(|(id, comment)| ready(comment.piece(*id), &mut missing)).collect();
    if !missing.is_empty() {
        return Err(missing);
    }
    let json = with_comments(&head, pieces.into_iter());
    Ok(Listed { tag: tag(&json), json: json.into(), complete })
}

/// What is ready; a text that is not is added to those that are missing.
pub fn ready<T>(made: Result<T, Text>, missing: &mut Vec<Text>) -> Option<T> {
    made.map_err(|text| missing.push(text)).ok()
}

/// A short name for these bytes that no others have.
pub fn tag(bytes: &[u8]) -> [u8; 16] {
    let mut tag = [0; 16];
    tag.copy_from_slice(&Sha256::digest(bytes)[..16]);
    tag
}

fn json(body: &impl Serialize) -> String {
    #[expect(clippy::expect_used, reason = "plain structs with text keys: serde_json can write them all")]
    serde_json::to_string(body).expect("a body is JSON")
}
