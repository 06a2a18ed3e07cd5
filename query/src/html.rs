//! A text's HTML: made once for each version of the text, and never while a part of the model is held.
//!
//! Text without Markdown, which is most of it, is escaped on the spot: that takes microseconds. What needs the parser is
//! answered with a [`Text`] where its HTML is not there yet; whoever needs it has it rendered elsewhere
//! ([`crate::desk`]), and looks again.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use crate::markdown::{self, plain};

/// Shared by a text's owner in the model and those who wait for its HTML.
type Cell = Arc<OnceLock<Box<str>>>;

/// The HTML of one version of a text; empty until it is first asked for.
#[derive(Debug, Default)]
pub struct Html(OnceLock<Cell>);

/// A text whose HTML is to be made. Clones share it.
#[derive(Debug, Clone)]
pub struct Text {
    content: Arc<str>,
    cell: Cell,
}

impl Html {
    /// The HTML of `content`, which is the text that this belongs to.
    ///
    /// # Errors
    /// What is to be rendered first.
    pub fn of(&self, content: &str) -> Result<Cow<'_, str>, Text> {
        if plain::is_plain(content) {
            return Ok(plain::paragraphs(content).into());
        }
        let cell = self.0.get_or_init(Arc::default);
        match cell.get() {
            Some(html) => Ok(Cow::Borrowed(html)),
            None => Err(Text { content: content.into(), cell: Arc::clone(cell) }),
        }
    }
}

impl Text {
    /// A text that belongs to nothing.
    pub fn new(content: &str) -> Self {
        Self { content: content.into(), cell: Arc::default() }
    }

    /// Its HTML, if that was made.
    pub fn ready(&self) -> Option<&str> {
        self.cell.get().map(AsRef::as_ref)
    }

    /// Makes its HTML, unless that was done or is being done by another: then it waits. It blocks the thread.
    ///
    /// A text on which the renderer fails is shown as it was written, so that it spoils no page.
    pub fn render(&self) -> &str {
        self.cell.get_or_init(|| {
            let made = catch_unwind(AssertUnwindSafe(|| markdown::to_html(&self.content)));
            let html = made.unwrap_or_else(|_| {
                tracing::error!(
                    bytes = self.content.len(),
                    "the renderer panicked: this text is shown as it was written"
                );
                plain::paragraphs(&self.content)
            });
            html.into()
        })
    }
}
