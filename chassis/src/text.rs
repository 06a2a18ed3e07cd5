//! What people write, checked before it is kept: trimmed, of a bounded length in characters, free of control characters
//! and of those that would turn the text around them, and not of invisible ones alone.
//! All flaws of a request are collected, so that a form can show every one of them at once.

use crate::problem::FieldError;
use crate::visible;

/// Collects what is wrong with a request's fields.
#[derive(Debug, Default)]
pub struct Checks {
    flaws: Vec<FieldError>,
}

impl Checks {
    /// Nothing found yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A text that must be there: trimmed, not empty, at most `most` characters.
    pub fn required(&mut self, pointer: &str, text: &str, most: usize) -> String {
        let text = self.optional(pointer, text, most);
        if text.is_empty() && self.flaws.iter().all(|f| f.pointer != pointer) {
            self.flaw(pointer, "must not be empty");
        }
        text
    }

    /// A text that may be empty: trimmed, at most `most` characters.
    pub fn optional(&mut self, pointer: &str, text: &str, most: usize) -> String {
        let text = visible::contained(text.trim());
        if !text.is_empty() && !visible::shows_something(&text) {
            self.flaw(pointer, "must not be empty: it holds only characters that cannot be seen");
        }
        let length = text.chars().count();
        if length > most {
            self.flaw(pointer, format!("has {length} characters; at most {most} are allowed"));
        }
        if let Some(control) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.flaw(pointer, format!("holds the control character U+{:04X}", u32::from(control)));
        }
        text
    }

    /// A name on one line: as [`Checks::optional`], without line breaks.
    pub fn line(&mut self, pointer: &str, text: &str, most: usize) -> String {
        let text = self.optional(pointer, text, most);
        if text.contains(['\n', '\r']) {
            self.flaw(pointer, "must be on one line");
        }
        text
    }

    /// Notes a flaw that was found elsewhere.
    pub fn flaw(&mut self, pointer: &str, detail: impl Into<String>) {
        self.flaws.push(FieldError::new(pointer, detail));
    }

    /// The value, if nothing was wrong.
    ///
    /// # Errors
    /// All flaws that were found.
    pub fn finish<T>(self, value: T) -> Result<T, Vec<FieldError>> {
        if self.flaws.is_empty() { Ok(value) } else { Err(self.flaws) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_trimmed_bounded_and_free_of_control_characters() {
        let flaws = |text: &str| {
            let mut checks = Checks::new();
            checks.required("/title", text, 5);
            checks.finish(()).err().unwrap_or_default().len()
        };
        for (text, expected) in [
            ("ok", 0),
            ("  ok  ", 0),
            ("äöüßé", 0),
            ("abcdef", 1),
            ("", 1),
            (" \n ", 1),
            ("a\0b", 1),
            ("\u{200b}", 1),
            ("\u{202e}", 1),
        ] {
            assert_eq!(flaws(text), expected, "{text:?}");
        }
        let mut checks = Checks::new();
        checks.line("/authorName", "", 10);
        checks.line("/authorName", "\u{3164}", 10);
        checks.optional("/content", "\u{2800}", 10);
        assert_eq!(checks.finish(()).err().map(|f| f.len()), Some(2));
        let mut checks = Checks::new();
        assert_eq!(checks.line("/title", "\u{202e}a\u{2066}b", 10), "ab");
        assert_eq!(checks.line("/authorName", "a\nb", 10), "a\nb");
        assert_eq!(checks.optional("/content", "a\nb\tc", 10), "a\nb\tc");
        assert_eq!(checks.finish(()).err().map(|f| f.len()), Some(1));
    }
}
