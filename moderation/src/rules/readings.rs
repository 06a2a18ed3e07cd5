//! The ways in which a text may be read, so that a rule finds what readers see and not only what was typed.
//!
//! A title and a name are shown as they are; a content as what its Markdown makes of it, where `o**r**ange`,
//! `&#111;range` and `[or](https://e.org)ange` are one word. Each is looked at as it is, without what is invisible in it, in
//! its plain form (NFKC: full-width and mathematical letters are letters) without marks that only decorate a letter,
//! and, where a control turns it, as it is shown. A text without any of that, which is most of them, has one reading.

use std::borrow::Cow;

use chassis::visible::is_ignorable;
use icu_normalizer::ComposingNormalizer;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// What query's pages show, too.
const OPTIONS: Options = Options::ENABLE_TABLES.union(Options::ENABLE_STRIKETHROUGH);

/// Every reading of a title, a content and a name.
pub fn of(title: Option<&str>, content: Option<&str>, author_name: Option<&str>) -> Vec<Box<str>> {
    let mut readings = Vec::new();
    for part in [title, content, author_name].into_iter().flatten() {
        add(&mut readings, part);
    }
    if let Some(content) = content.filter(|content| may_be_markdown(content)) {
        add(&mut readings, &shown(content));
    }
    readings
}

fn add(readings: &mut Vec<Box<str>>, text: &str) {
    let mut push = |text: &str| {
        if !readings.iter().any(|known| **known == *text) {
            readings.push(text.into());
        }
    };
    push(text);
    if text.is_ascii() {
        return;
    }
    push(&visible(text));
    push(&plain(text));
    if text.contains(is_override) {
        push(&plain(&turned(text)));
    }
}

/// The text without invisible characters.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.contains(is_ignorable) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|c| !is_ignorable(*c)).collect())
}

/// The same in its plain form. A mark that belongs to a letter has become one with it; what is left of those that go with
/// any letter (strokes, rings, dots over words) is decoration.
pub fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let visible = visible(text);
    let normal = ComposingNormalizer::new_nfkc().normalize(&visible);
    Cow::Owned(normal.chars().filter(|c| !is_decoration(*c)).collect())
}

fn is_decoration(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}')
}

const fn is_override(c: char) -> bool {
    matches!(c, '\u{202d}' | '\u{202e}')
}

/// The text as it is shown where a right-to-left override turns it, up to the end of its line or the control that ends it.
fn turned(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut run: Option<Vec<char>> = None;
    for c in text.chars() {
        match (c, &mut run) {
            ('\u{202e}', None) => run = Some(Vec::new()),
            ('\u{202c}' | '\n', Some(letters)) => {
                shown.extend(letters.drain(..).rev().chain([c]));
                run = None;
            }
            (_, Some(letters)) => letters.push(c),
            (_, None) => shown.push(c),
        }
    }
    shown.extend(run.unwrap_or_default().into_iter().rev());
    shown
}

/// Whether Markdown may make something else of it. Wrong in one direction only: a text may be read for nothing.
fn may_be_markdown(text: &str) -> bool {
    text.bytes().any(|byte| matches!(byte, b'\\' | b'`' | b'*' | b'_' | b'~' | b'[' | b'<' | b'&' | b'\t'))
        || text.lines().any(|line| {
            line.as_bytes().first().is_some_and(|first| {
                matches!(first, b' ' | b'0'..=b'9' | b'#' | b'>' | b'-' | b'+' | b'=' | b'|' | b':')
            })
        })
}

/// The words that readers see: a line per block, and where links lead on lines of their own.
fn shown(content: &str) -> String {
    let mut text = String::with_capacity(content.len());
    let mut places = String::new();
    for event in Parser::new_ext(content, OPTIONS) {
        match event {
            Event::Text(words) | Event::Code(words) | Event::Html(words) | Event::InlineHtml(words) => {
                text.push_str(&words);
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                places.push('\n');
                places.push_str(&dest_url);
            }
            Event::Start(Tag::Emphasis | Tag::Strong | Tag::Strikethrough)
            | Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image) => {}
            _ => text.push('\n'),
        }
    }
    text.push_str(&places);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_nothing_special_has_one_reading() {
        assert_eq!(of(None, Some("It's well-known: 1 + 1 = 2.\nYes!"), None).len(), 1);
        assert_eq!(of(Some("Zwei Äpfel"), Some("grün"), Some("Jürgen")).len(), 3);
    }

    #[test]
    fn what_is_shown_of_markdown() {
        for (content, seen) in [
            ("o**r**a*n*ge", "orange"),
            ("&#111;r&#x61;nge", "orange"),
            ("[or](https://e.org)ange", "orange"),
            ("![or](https://e.org/i.png)ange", "orange"),
            ("o~~r~~ange", "orange"),
            ("`or`ange", "orange"),
            ("or\\_ange", "or_ange"),
            ("o<b>r</b>ange", "o<b>r</b>ange"),
        ] {
            assert_eq!(shown(content).trim().lines().next(), Some(seen), "{content}");
        }
        assert!(shown("[x](https://evil&#46;example)").contains("https://evil.example"));
        assert!(
            shown("> free\n> money\n\n| a | b |\n|---|---|\n| c | d |")
                .split_whitespace()
                .eq(["free", "money", "a", "b", "c", "d"])
        );
    }

    #[test]
    fn what_is_invisible_and_what_decorates_is_left_out() {
        for text in [
            "o\u{200b}ra\u{ad}nge",
            "ｏｒａｎｇｅ",
            "𝐨𝓻𝖆𝗻𝚐𝕖",
            "o\u{336}r\u{336}a\u{336}n\u{336}g\u{336}e\u{336}",
            "o\u{e0020}range\u{fe0f}",
        ] {
            assert_eq!(plain(text), "orange", "{text:?}");
        }
        assert_eq!(plain("A\u{308}pfel"), "Äpfel", "a mark that makes another letter stays");
        assert_eq!(turned("an \u{202e}egnaro\u{202c} x"), "an orange\u{202c} x");
        assert_eq!(turned("\u{202e}egnaro"), "orange");
    }
}
