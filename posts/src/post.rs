//! What may become of a post: who may change it, and what is then said of it. Nothing here keeps or sends anything.
//!
//! What a post has come to is the contract's [`PostItem`]; every decision takes one and gives the event that tells of
//! the change, or why there is none. An author without an account is known by a secret, of which only the hash is kept.

#[cfg(test)]
mod tests;

use chassis::author::{self, Caller, Denied};
use chassis::creation::NotRepeated;
use chassis::problem::FieldError;
use chassis::text::Checks;
use contract::{DeletedBy, PostCreated, PostDeleted, PostId, PostItem, PostUpdated, Revision, Showing, Timestamp};

/// The longest title, in characters.
pub const TITLE: usize = 300;
/// The longest content, in characters.
pub const CONTENT: usize = 40_000;
/// The longest name of an author, in characters.
pub const AUTHOR_NAME: usize = 60;

/// A post shows from the start, until it is rejected.
const SHOWING: Showing = Showing::UntilRejected;

/// What somebody wants to post, found good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The title.
    pub title: String,
    /// The text below it, if there is one.
    pub content: Option<String>,
    /// The name that the author chose.
    pub author_name: Option<String>,
}

impl Draft {
    /// Checks what came.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn check(title: &str, content: Option<&str>, author_name: Option<&str>) -> Result<Self, Vec<FieldError>> {
        let mut checks = Checks::new();
        let title = title_of(&mut checks, title);
        let content = content_of(&mut checks, content);
        let author_name = author_name.map(|name| checks.line("/authorName", name, AUTHOR_NAME));
        checks.finish(Self { title, content, author_name: author_name.filter(|name| !name.is_empty()) })
    }
}

/// What an author wants changed, found good. What is absent stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The new title.
    pub title: Option<String>,
    /// The new content; an inner `None` takes it away.
    pub content: Option<Option<String>>,
}

impl Edit {
    /// Checks what came.
    ///
    /// # Errors
    /// Everything that is wrong with it, which includes that it changes nothing.
    pub fn check(title: Option<&str>, content: Option<Option<&str>>) -> Result<Self, Vec<FieldError>> {
        let mut checks = Checks::new();
        if title.is_none() && content.is_none() {
            checks.flaw("", "must have a title or a content to change");
        }
        let title = title.map(|title| title_of(&mut checks, title));
        let content = content.map(|content| content_of(&mut checks, content));
        checks.finish(Self { title, content })
    }
}

fn title_of(checks: &mut Checks, title: &str) -> String {
    let title = checks.line("/title", title, TITLE);
    if title.is_empty() {
        checks.flaw("/title", "must not be empty");
    }
    title
}

fn content_of(checks: &mut Checks, content: Option<&str>) -> Option<String> {
    content.map(|content| checks.optional("/content", content, CONTENT)).filter(|content| !content.is_empty())
}

/// Why a change is not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such post, or no more.
    #[error("there is no such post")]
    Unknown,
    /// What was said of it before is still being read back from the bus.
    #[error("what was posted before is still being read back")]
    NotYet,
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// It is not what the request made before.
    #[error(transparent)]
    NotRepeated(#[from] NotRepeated),
}

/// Somebody posts.
pub fn create(id: PostId, draft: Draft, owner: Option<String>, now: Timestamp) -> PostCreated {
    PostCreated {
        id,
        revision: Revision::FIRST,
        title: draft.title,
        content: draft.content,
        author_id: None,
        author_name: draft.author_name,
        owner_key: owner,
        created_at: now,
    }
}

/// The author edits. `None` if that leaves the text as it is.
///
/// # Errors
/// Why it may not be.
pub fn edit(
    id: PostId,
    item: &PostItem,
    edit: Edit,
    caller: &Caller,
    now: Timestamp,
) -> Result<Option<PostUpdated>, Refusal> {
    let Some(version) = &item.version else { return Err(Refusal::Unknown) };
    may_change(item, caller)?;
    let text = &version.content;
    let title = edit.title.unwrap_or_else(|| text.title.clone());
    let content = edit.content.unwrap_or_else(|| text.content.clone());
    if title == text.title && content == text.content {
        return Ok(None);
    }
    // Two edits within a millisecond, or a clock that was set back, must not look out of order.
    let edited_at = now.max(version.edited_at.unwrap_or(now));
    Ok(Some(PostUpdated { id, revision: version.revision.next(), title, content, edited_at }))
}

/// The author deletes. `None` if that was done before.
///
/// # Errors
/// Why it may not be.
pub fn delete(id: PostId, item: &PostItem, caller: &Caller) -> Result<Option<PostDeleted>, Refusal> {
    if item.deleted.is_some() {
        return if is_owner(item, caller.owner.as_deref()) { Ok(None) } else { Err(Refusal::Unknown) };
    }
    may_change(item, caller)?;
    Ok(Some(PostDeleted { id, deleted_by: DeletedBy::Author }))
}

fn may_change(item: &PostItem, caller: &Caller) -> Result<(), Refusal> {
    let (Some(_), Some(version)) = (&item.origin, &item.version) else { return Err(Refusal::Unknown) };
    Ok(caller.may_change(author_of(item), version.revision)?)
}

/// Whether the post was made with the secret that has this hash.
pub fn is_owner(item: &PostItem, owner: Option<&str>) -> bool {
    author::is_same(author_of(item), owner)
}

fn author_of(item: &PostItem) -> Option<&str> {
    item.origin.as_ref()?.owner_key.as_deref()
}

/// Whether everyone may see it.
pub fn is_shown(item: &PostItem) -> bool {
    item.is_shown(SHOWING)
}

/// Whether this caller may see it: its author sees it for as long as it is not deleted.
pub fn is_seen_by(item: &PostItem, owner: Option<&str>) -> bool {
    is_shown(item) || (item.deleted.is_none() && is_owner(item, owner))
}
