//! What the board shows of what a Markdown parser finds.
//!
//! Raw HTML is text, for people write `<tag>` and mean it. An image is a link to it: showing it would tell its server who
//! reads. A link that leads elsewhere than the web or to an address is its words. Headings keep the page's own outline
//! whole. A line break is one, as people who write to each other expect.

use std::collections::VecDeque;

use linkify::{LinkFinder, LinkKind};
use pulldown_cmark::{CodeBlockKind, CowStr, Event, HeadingLevel, LinkType, Tag, TagEnd};

use super::SCHEMES;

/// Tags within tags, at most: no person nests so deep, and an HTML parser takes time for each level.
const DEEPEST: usize = 64;
/// What may be spent on escaping, in bytes looked at. The serializer of the allow list, at each `&` and each first byte of
/// U+0080 to U+00BF, looks through the rest of that text for a `<` or `>`: a long text of nothing else is quadratic.
const TOIL: usize = 10_000_000;
/// The longest name of a programming language.
const LONGEST_LANGUAGE: usize = 32;

/// What follows a bare link and belongs to the sentence, beyond what the finder of links knows.
const CLOSING: [char; 14] = ['”', '’', '“', '‘', '»', '«', '…', '。', '、', '，', '）', '」', '』', '！'];

/// Events as the board shows them.
pub struct Shown<'a, I> {
    events: I,
    ready: VecDeque<Event<'a>>,
    links: Vec<Opened<'a>>,
    finder: LinkFinder,
    in_code: bool,
    /// In a block of raw HTML, behind its first line.
    in_html: bool,
    depth: usize,
    toil: usize,
    too_much: bool,
}

/// A link or an image that the parser is in.
enum Opened<'a> {
    /// Shown as a link; with its words, as soon as there are any.
    Link { to: CowStr<'a>, has_words: bool },
    /// Only its words are shown.
    Words,
}

impl<'a, I: Iterator<Item = Event<'a>>> Shown<'a, I> {
    /// Of these events, in which neighbouring texts are merged.
    pub fn new(events: I) -> Self {
        let mut finder = LinkFinder::new();
        finder.kinds(&[LinkKind::Url]).url_must_have_scheme(true);
        Self {
            events,
            ready: VecDeque::new(),
            links: Vec::new(),
            finder,
            in_code: false,
            in_html: false,
            depth: 0,
            toil: 0,
            too_much: false,
        }
    }

    /// It ended early, for it nests too deep, or takes too long to escape.
    pub const fn is_too_much(&self) -> bool {
        self.too_much
    }

    fn take(&mut self, event: Event<'a>) {
        match event {
            Event::Start(Tag::Link { link_type, dest_url, .. } | Tag::Image { link_type, dest_url, .. }) => {
                self.open_link(link_type, dest_url);
            }
            Event::End(TagEnd::Link | TagEnd::Image) => self.close_link(),
            Event::Start(Tag::Heading { level, .. }) => {
                let level = below_the_pages(level);
                self.ready.push_back(Event::Start(Tag::Heading { level, id: None, classes: vec![], attrs: vec![] }));
            }
            Event::End(TagEnd::Heading(level)) => {
                self.ready.push_back(Event::End(TagEnd::Heading(below_the_pages(level))));
            }
            Event::Start(Tag::CodeBlock(kind)) => {
                self.in_code = true;
                self.ready.push_back(Event::Start(Tag::CodeBlock(named(kind))));
            }
            Event::End(TagEnd::CodeBlock) => {
                self.in_code = false;
                self.ready.push_back(Event::End(TagEnd::CodeBlock));
            }
            Event::Start(Tag::HtmlBlock) => self.ready.push_back(Event::Start(Tag::Paragraph)),
            Event::End(TagEnd::HtmlBlock) => {
                self.in_html = false;
                self.ready.push_back(Event::End(TagEnd::Paragraph));
            }
            Event::Html(lines) => self.lines(&lines),
            Event::SoftBreak => self.ready.push_back(Event::HardBreak),
            Event::Text(text) | Event::InlineHtml(text) => self.text(text),
            Event::Code(_) => {
                self.has_words();
                self.ready.push_back(event);
            }
            other => self.ready.push_back(other),
        }
    }

    fn lines(&mut self, lines: &str) {
        for line in lines.lines() {
            if self.in_html {
                self.ready.push_back(Event::HardBreak);
            }
            self.in_html = true;
            self.text(CowStr::from(line.trim().to_owned()));
        }
    }

    fn text(&mut self, text: CowStr<'a>) {
        if self.in_code || self.in_link() || !text.contains("://") {
            self.has_words();
            self.ready.push_back(Event::Text(text));
            return;
        }
        for span in self.finder.spans(&text) {
            let (url, rest) = match span.kind() {
                Some(LinkKind::Url) if is_linkable(span.as_str()) => {
                    let url = span.as_str().trim_end_matches(CLOSING);
                    (url, &span.as_str()[url.len()..])
                }
                _ => ("", span.as_str()),
            };
            if !url.is_empty() {
                let to = CowStr::from(url.to_owned());
                self.ready.push_back(link(LinkType::Autolink, to.clone()));
                self.ready.push_back(Event::Text(to));
                self.ready.push_back(Event::End(TagEnd::Link));
            }
            if !rest.is_empty() {
                self.ready.push_back(Event::Text(CowStr::from(rest.to_owned())));
            }
        }
    }

    fn open_link(&mut self, kind: LinkType, to: CowStr<'a>) {
        // There are no links in links.
        if self.in_link() || !(kind == LinkType::Email || is_linkable(&to)) {
            self.links.push(Opened::Words);
            return;
        }
        self.links.push(Opened::Link { to: to.clone(), has_words: false });
        self.ready.push_back(link(kind, to));
    }

    fn close_link(&mut self) {
        if let Some(Opened::Link { to, has_words }) = self.links.pop() {
            if !has_words {
                self.ready.push_back(Event::Text(to));
            }
            self.ready.push_back(Event::End(TagEnd::Link));
        }
    }

    fn in_link(&self) -> bool {
        self.links.iter().any(|opened| matches!(opened, Opened::Link { .. }))
    }

    fn has_words(&mut self) {
        for opened in &mut self.links {
            if let Opened::Link { has_words, .. } = opened {
                *has_words = true;
            }
        }
    }
}

impl<'a, I: Iterator<Item = Event<'a>>> Iterator for Shown<'a, I> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        let event = loop {
            if let Some(event) = self.ready.pop_front() {
                break event;
            }
            let event = self.events.next()?;
            self.take(event);
        };
        match &event {
            Event::Start(_) => self.depth += 1,
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            Event::Text(text) | Event::Code(text) => {
                let looks = text.bytes().filter(|byte| matches!(byte, b'&' | 0xc2)).count();
                self.toil = self.toil.saturating_add(looks * text.len());
            }
            _ => {}
        }
        self.too_much |= self.depth > DEEPEST || self.toil > TOIL;
        (!self.too_much).then_some(event)
    }
}

fn link(link_type: LinkType, dest_url: CowStr<'_>) -> Event<'_> {
    Event::Start(Tag::Link { link_type, dest_url, title: CowStr::Borrowed(""), id: CowStr::Borrowed("") })
}

fn is_linkable(url: &str) -> bool {
    url.split_once(':').is_some_and(|(scheme, _)| SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(scheme)))
}

/// The page has `<h1>`, and the post's title is an `<h2>`.
const fn below_the_pages(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H3,
        HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

fn named(kind: CodeBlockKind<'_>) -> CodeBlockKind<'_> {
    match kind {
        CodeBlockKind::Fenced(info) => match language(&info) {
            Some(language) => CodeBlockKind::Fenced(CowStr::from(language.to_owned())),
            None => CodeBlockKind::Indented,
        },
        CodeBlockKind::Indented => CodeBlockKind::Indented,
    }
}

/// The language that stands behind the fence of a block of code, if it is a name.
pub fn language(info: &str) -> Option<&str> {
    let name = info.split(|c: char| c.is_whitespace() || c == ',').next()?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'#' | b'-' | b'.' | b'_');
    (!name.is_empty() && name.len() <= LONGEST_LANGUAGE && name.bytes().all(is_name)).then_some(name)
}
