//! What people send, checked: texts of a bounded length, trimmed, free of control characters.

use chassis::problem::FieldError;
use chassis::text::Checks;
use contract::CommentId;

/// The longest text, in characters.
pub const CONTENT: usize = 10_000;
/// The longest name that somebody without an account may choose, in characters.
pub const AUTHOR_NAME: usize = 60;
/// The longest reason of a report, in characters.
pub const REASON: usize = 1_000;

/// What somebody wants to say, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The text.
    pub content: String,
    /// The comment that it answers, if it answers one.
    pub parent_id: Option<CommentId>,
    /// The name that its author chose.
    pub author_name: Option<String>,
}

impl Draft {
    /// Checks what was sent.
    ///
    /// # Errors
    /// Every flaw that was found.
    pub fn check(
        content: &str,
        parent_id: Option<CommentId>,
        author_name: Option<&str>,
    ) -> Result<Self, Vec<FieldError>> {
        let mut checks = Checks::new();
        let content = checks.required("/content", content, CONTENT);
        let author_name = author_name.map(|name| checks.line("/authorName", name, AUTHOR_NAME));
        let author_name = author_name.filter(|name| !name.is_empty());
        checks.finish(Self { content, parent_id, author_name })
    }
}

/// The new text of an edit, checked.
///
/// # Errors
/// Every flaw that was found.
pub fn check_content(content: &str) -> Result<String, Vec<FieldError>> {
    let mut checks = Checks::new();
    let content = checks.required("/content", content, CONTENT);
    checks.finish(content)
}

/// The reason of a report, checked.
///
/// # Errors
/// Every flaw that was found.
pub fn check_reason(reason: &str) -> Result<String, Vec<FieldError>> {
    let mut checks = Checks::new();
    let reason = checks.required("/reason", reason, REASON);
    checks.finish(reason)
}
