//! Text in which Markdown finds nothing but paragraphs and line breaks: told by one look at its bytes.
//!
//! It may be wrong in one direction only: a text that is not called plain loses some time and nothing else.

/// Is there nothing in it for Markdown, and no link?
pub fn is_plain(text: &str) -> bool {
    text.split('\n').all(|line| {
        let line = line.trim_end_matches(' ');
        line.as_bytes().first().is_none_or(|first| !begins_something(*first))
            && line.bytes().all(|byte| !means_something(byte))
            && !line.contains("://")
    })
}

/// A line that begins so may be more than a line of text.
const fn begins_something(first: u8) -> bool {
    matches!(first, b' ' | b'0'..=b'9' | b'#' | b'>' | b'-' | b'+' | b'=' | b'|' | b':')
}

/// Wherever it stands, it may be more than a character. (`*`, `_` and `~` begin blocks as well.)
const fn means_something(byte: u8) -> bool {
    byte.is_ascii_control() || matches!(byte, b'\\' | b'`' | b'*' | b'_' | b'~' | b'[' | b'<' | b'&')
}

/// Any text as it was written: its paragraphs, its line breaks, and no Markdown.
pub fn paragraphs(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + text.len() / 8 + 8);
    let mut within = false;
    for line in text.lines() {
        let line = line.trim_end_matches(' ');
        if line.is_empty() {
            if within {
                html.push_str("</p>\n");
            }
            within = false;
            continue;
        }
        html.push_str(if within { "<br>\n" } else { "<p>" });
        within = true;
        escape(line, &mut html);
    }
    if within {
        html.push_str("</p>");
    }
    html.truncate(html.trim_end().len());
    html
}

/// Escapes as the serialization of HTML does (WHATWG HTML, 13.3).
fn escape(text: &str, html: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '\u{a0}', '\0']) {
        let (before, from) = rest.split_at(at);
        html.push_str(before);
        let (escaped, length) = match from.as_bytes()[0] {
            b'&' => ("&amp;", 1),
            b'<' => ("&lt;", 1),
            b'>' => ("&gt;", 1),
            // Not allowed in HTML; Markdown shows it so.
            0 => ("\u{fffd}", 1),
            _ => ("&nbsp;", '\u{a0}'.len_utf8()),
        };
        html.push_str(escaped);
        rest = &from[length..];
    }
    html.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_can_be_shown_as_it_was_written() {
        assert_eq!(
            paragraphs("a <b> & c\r\nd\n\n\n  e\u{a0}f\n"),
            "<p>a &lt;b&gt; &amp; c<br>\nd</p>\n<p>  e&nbsp;f</p>"
        );
        assert_eq!(paragraphs(" \n\0"), "<p>\u{fffd}</p>");
        assert_eq!(paragraphs(" \n"), "");
    }

    #[test]
    fn what_markdown_may_care_for_is_not_plain() {
        for text in [
            "# a",
            "- a",
            "+ a",
            "1. a",
            "> a",
            "a\n==",
            "a\n--",
            "| a",
            ":-",
            " a",
            "\ta",
            "a\r\nb",
            "a*",
            "a_",
            "~a",
            "`",
            "[",
            "\\",
            "<",
            "&",
            "a http://b",
            "\0",
        ] {
            assert!(!is_plain(text), "{text:?}");
        }
    }
}
