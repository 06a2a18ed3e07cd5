//! Markdown, as people write it, to HTML that may be put into a page as it is.
//!
//! Safe twice over. What the parser finds is mapped to what the board shows ([`shown`]): raw HTML becomes text, an image
//! a link to it, a link that leads nowhere we know its words; so nothing but our own tags is ever written. What was
//! written then passes an allow list that knows nothing of Markdown. Bounded too: a text that would nest or grow beyond
//! reason is shown as it was written. Text in which Markdown has nothing to do, which is most of it, takes a short way
//! ([`plain`]) to the very same HTML.

pub mod plain;
pub mod shown;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{Options, Parser, TextMergeStream, html};

use shown::Shown;

/// Every tag that is let through.
pub const TAGS: [&str; 23] = [
    "p",
    "br",
    "em",
    "strong",
    "del",
    "code",
    "pre",
    "blockquote",
    "ul",
    "ol",
    "li",
    "a",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
];

/// Every attribute that is let through, by its tag. `rel` is ours.
pub const ATTRIBUTES: [(&str, &str); 3] = [("a", "href"), ("code", "class"), ("ol", "start")];

/// What every link says of itself: where it leads is the writer's word alone, and is told nothing of the reader.
pub const REL: &str = "nofollow noopener noreferrer ugc";

/// Where links may lead.
pub const SCHEMES: [&str; 3] = ["http", "https", "mailto"];

/// HTML may be so many times as long as its text, and so many bytes more.
const GROWTH: usize = 8;
const GROUND: usize = 16 * 1024;

const OPTIONS: Options = Options::ENABLE_TABLES.union(Options::ENABLE_STRIKETHROUGH);

static ALLOWED: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut attributes: HashMap<&str, HashSet<&str>> = HashMap::new();
    for (tag, attribute) in ATTRIBUTES {
        attributes.entry(tag).or_default().insert(attribute);
    }
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(TAGS))
        .clean_content_tags(HashSet::from(["script", "style"]))
        .tag_attributes(attributes)
        .url_schemes(HashSet::from(SCHEMES))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some(REL))
        .attribute_filter(value);
    builder
});

/// Markdown to safe HTML, without a line break at its end.
///
/// It is `CommonMark` with tables, strikethrough and bare links; a single line break is a `<br>`; headings begin at `<h3>`.
pub fn to_html(text: &str) -> String {
    if plain::is_plain(text) { plain::paragraphs(text) } else { parsed(text) }
}

/// The long way: right for every text.
fn parsed(text: &str) -> String {
    // The paragraphs hold nothing but escaped text: there is nothing in them to clean.
    let Some(rendered) = rendered(text) else { return plain::paragraphs(text) };
    let mut html = ALLOWED.clean(&rendered).to_string();
    html.truncate(html.trim_end().len());
    html
}

/// `None` where it nests too deep, grows too long, or would take too long to clean.
fn rendered(text: &str) -> Option<String> {
    let mut events = Shown::new(TextMergeStream::new(Parser::new_ext(text, OPTIONS)));
    let most = text.len().saturating_mul(GROWTH).saturating_add(GROUND);
    let mut html = Bounded { html: String::with_capacity(text.len() * 2), most };
    html::write_html_fmt(&mut html, &mut events).ok()?;
    (!events.is_too_much()).then_some(html.html)
}

/// HTML of a bounded length.
struct Bounded {
    html: String,
    most: usize,
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.html.len() + text.len() > self.most {
            return Err(fmt::Error);
        }
        self.html.push_str(text);
        Ok(())
    }
}

/// What an allowed attribute may say.
fn value<'a>(_tag: &str, attribute: &str, value: &'a str) -> Option<Cow<'a, str>> {
    let right = match attribute {
        "class" => value.strip_prefix("language-").is_some_and(|language| shown::language(language) == Some(language)),
        "start" => value.bytes().all(|byte| byte.is_ascii_digit()),
        _ => true,
    };
    right.then_some(Cow::Borrowed(value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_ways_agree_on_what_people_write() {
        for text in [
            "",
            " ",
            "\n\n",
            "Hello",
            "Hello  \nthere \n\n\n  \n you",
            "It's \"so\", well-known (really) > 1 + 1 = 2 | 3; #1! ^x^ $5 @you 100% {a} a/b",
            "un\u{a0}espace\u{3000}x\u{feff}",
            "ends with a backslash: no",
        ] {
            assert_eq!(to_html(text), parsed(text), "{text:?}");
        }
        assert!(plain::is_plain("It's \"so\" > that - or: not!\nNext line. 3 of 4\n\nÄh"));
    }

    fn fragments() -> impl Strategy<Value = String> {
        let fragment = prop_oneof![
            4 => "[a-zA-Z]{1,6}",
            3 => Just(" ".to_owned()),
            2 => Just("\n".to_owned()),
            2 => "[ -~]{1,3}",
            1 => "[0-9]{1,3}[.):]? ?",
            1 => "\\PC",
            1 => "[-=+#>|:~^!.]{1,4} ?",
        ];
        proptest::collection::vec(fragment, 0..24).prop_map(|parts| parts.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// What is called plain has the same HTML by the short way and by the long one.
        #[test]
        fn the_short_way_leads_to_the_same_html(text in fragments()) {
            if plain::is_plain(&text) {
                prop_assert_eq!(plain::paragraphs(&text), parsed(&text));
            }
        }

        /// Also line by line of nothing but what begins blocks.
        #[test]
        fn the_short_way_takes_no_line_that_begins_a_block(text in "([ -~]{0,3}[a-z]?\n){0,6}") {
            if plain::is_plain(&text) {
                prop_assert_eq!(plain::paragraphs(&text), parsed(&text));
            }
        }
    }
}
