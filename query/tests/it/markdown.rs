//! Markdown as it is shown: what people write, what attackers write, and what it may cost.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{BufferQueue, Tag, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use proptest::prelude::*;
use query::markdown::{ATTRIBUTES, REL, SCHEMES, TAGS, to_html};

#[test]
fn what_people_write() {
    for (text, html) in [
        ("", ""),
        ("one\ntwo\n\nthree", "<p>one<br>\ntwo</p>\n<p>three</p>"),
        ("one\r\ntwo", "<p>one<br>\ntwo</p>"),
        ("*a* **b** ~~c~~ `d`", "<p><em>a</em> <strong>b</strong> <del>c</del> <code>d</code></p>"),
        ("# a\n## b\n### c\n#### d\n###### e", "<h3>a</h3>\n<h4>b</h4>\n<h5>c</h5>\n<h6>d</h6>\n<h6>e</h6>"),
        ("> a\n> b", "<blockquote>\n<p>a<br>\nb</p>\n</blockquote>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("1986. A great year", "<ol start=\"1986\">\n<li>A great year</li>\n</ol>"),
        ("a\n\n---\n\nb", "<p>a</p>\n<hr>\n<p>b</p>"),
        (
            "|a|b|\n|-|:-:|\n|1|2|",
            "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody>\n<tr><td>1</td><td>2</td></tr>\n</tbody></table>",
        ),
        ("```rust,ignore\na < b\n```", "<pre><code class=\"language-rust\">a &lt; b\n</code></pre>"),
        ("```c++\nx\n```", "<pre><code class=\"language-c++\">x\n</code></pre>"),
        ("```\" onclick=x\nx\n```", "<pre><code>x\n</code></pre>"),
        ("if a < b && c > d", "<p>if a &lt; b &amp;&amp; c &gt; d</p>"),
        ("a <b>tag</b>", "<p>a &lt;b&gt;tag&lt;/b&gt;</p>"),
        ("<div>\n  hi\n</div>", "<p>&lt;div&gt;<br>\nhi<br>\n&lt;/div&gt;</p>"),
        ("[ ] to do [^1]", "<p>[ ] to do [^1]</p>"),
    ] {
        assert_eq!(to_html(text), html, "{text:?}");
    }
}

#[test]
fn links_lead_to_the_web_and_images_are_links() {
    let link = |to: &str, words: &str| format!("<a href=\"{to}\" rel=\"{REL}\">{words}</a>");
    let oak = link("https://oak.example/a_b_c?d=e&amp;f#g", "https://oak.example/a_b_c?d=e&amp;f#g");
    for (text, html) in [
        ("[oak](https://oak.example \"title\")", link("https://oak.example", "oak")),
        ("[oak](HTTPS://oak.example)", link("HTTPS://oak.example", "oak")),
        ("[oak][1]\n\n[1]: http://oak.example", link("http://oak.example", "oak")),
        ("[](https://oak.example)", link("https://oak.example", "https://oak.example")),
        ("<https://oak.example>", link("https://oak.example", "https://oak.example")),
        ("<ada@oak.example>", link("mailto:ada@oak.example", "ada@oak.example")),
        ("see https://oak.example/a_b_c?d=e&f#g.", format!("see {oak}.")),
        (
            "(https://oak.example/x_(y)), \u{201c}https://oak.example\u{201d}",
            format!(
                "({}), \u{201c}{}\u{201d}",
                link("https://oak.example/x_(y)", "https://oak.example/x_(y)"),
                link("https://oak.example", "https://oak.example")
            ),
        ),
        ("**http://oak.example**", format!("<strong>{}</strong>", link("http://oak.example", "http://oak.example"))),
        ("`http://oak.example`", "<code>http://oak.example</code>".to_owned()),
        ("[http://a.example](http://b.example)", link("http://b.example", "http://a.example")),
        ("ftp://oak.example xhttp://oak.example", "ftp://oak.example xhttp://oak.example".to_owned()),
        ("[home](/posts) [here](#x) [there](//oak.example)", "home here there".to_owned()),
        ("![an oak](https://oak.example/o.png)", link("https://oak.example/o.png", "an oak")),
        ("![](https://oak.example/o.png)", link("https://oak.example/o.png", "https://oak.example/o.png")),
        ("[![an oak](https://a.example/o.png)](https://b.example)", link("https://b.example", "an oak")),
        ("![a [b](https://b.example)](https://a.example/o.png)", link("https://a.example/o.png", "a b")),
    ] {
        assert_eq!(to_html(text), format!("<p>{html}</p>"), "{text:?}");
    }
}

/// Ways to smuggle something in. None of them may leave a tag, an attribute or a link that is not ours.
const ATTACKS: &[&str] = &[
    "<script>alert(1)</script>",
    "<SCRIPT SRC=http://evil.example/x.js></SCRIPT>",
    "a <scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script\u{0}>alert(1)</script>",
    "<<script>alert(1);//<</script>",
    "<img src=x onerror=alert(1)>",
    "a <img src=\"x\" onerror=\"alert(1)\"> b",
    "<img src=x onerror\n=\nalert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<style>@import 'http://evil.example'</style>",
    "<p style=\"background:url(javascript:alert(1))\">x</p>",
    "<iframe src=\"javascript:alert(1)\"></iframe>",
    "<iframe srcdoc=\"<script>alert(1)</script>\">",
    "<object data=\"data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==\"></object>",
    "<embed src=javascript:alert(1)>",
    "<base href=\"javascript:alert(1)//\">",
    "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
    "<link rel=stylesheet href=http://evil.example/x.css>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
    "<textarea><img title=\"</textarea><img src=x onerror=alert(1)>\"></textarea>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<a href=\"https://oak.example\" onclick=\"alert(1)\" style=\"position:fixed\">x</a>",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<!-->-<script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "a <![CDATA[ ]]><img src=x onerror=alert(1)>",
    "<?xml version=\"1.0\"?><script>alert(1)</script>",
    "<!DOCTYPE html><script>alert(1)</script>",
    "</p><script>alert(1)</script>",
    "</div></div><script>alert(1)</script>",
    "<img src=\"x` `<script>alert(1)</script>\"` `>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x]( javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](<java\tscript:alert(1)>)",
    "[x](java&Tab;script:alert(1))",
    "[x](java&NewLine;script:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;&#x61;vascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](javascript&#58;alert(1))",
    "[x](&#1;javascript:alert(1))",
    "[x](\u{1}javascript:alert(1))",
    "[x](\\javascript:alert(1))",
    "[x](java\\script:alert(1))",
    "[x](javascript://oak.example/%0aalert(1))",
    "[x](javascript:https://oak.example)",
    "[x](vbscript:msgbox(1))",
    "[x](VBSCRIPT:msgbox(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](file:///etc/passwd)",
    "[x](blob:https://oak.example/1)",
    "[x](feed:javascript:alert(1))",
    "[x](view-source:javascript:alert(1))",
    "[x](\u{ff4a}avascript:alert(1))",
    "[x](java\u{200b}script:alert(1))",
    "[x](java\u{ad}script:alert(1))",
    "[x](\u{feff}javascript:alert(1))",
    "[x](\u{2028}javascript:alert(1))",
    "[x](javascript\u{ff1a}alert(1))",
    "[x](\u{202e}javascript:alert(1))",
    "[x](http://oak.example\"onmouseover=\"alert(1))",
    "[x](<http://oak.example\" onmouseover=\"alert(1)>)",
    "[x](http://oak.example '\"><script>alert(1)</script>')",
    "[x](http://oak.example \"' onmouseover='alert(1)\")",
    "[x](http://oak.example/&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;)",
    "[<script>alert(1)</script>](http://oak.example)",
    "[a](http://oak.example/<script>alert(1)</script>)",
    "[x][1]\n\n[1]: javascript:alert(1)",
    "[x][1]\n\n[1]: <javascript:alert(1)> \"title\"",
    "[x][1]\n\n[1]: data:text/html,x",
    "[x]\n\n[x]: vbscript:x '\"><script>alert(1)</script>'",
    "<javascript:alert(1)>",
    "<JavaScript:alert(1)>",
    "<data:text/html,x>",
    "<vbscript:x>",
    "<javascript:alert(1)//http://oak.example>",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml,<svg onload=alert(1)>)",
    "![x\" onerror=\"alert(1)](http://oak.example/x.png)",
    "![x](http://oak.example/x.png\"onerror=\"alert(1))",
    "![<img src=x onerror=alert(1)>](http://oak.example/x.png)",
    "[![x](javascript:alert(1))](javascript:alert(2))",
    "http://oak.example/\"onmouseover=\"alert(1)",
    "http://oak.example/'><script>alert(1)</script>",
    "http://oak.example/<script>alert(1)</script>",
    "javascript:alert(1)//http://oak.example",
    "javascript://oak.example/%0aalert(1)",
    "<ada@oak.example?body=\"onclick=alert(1)>",
    "```html\" onclick=\"alert(1)\nx\n```",
    "```x\"><script>alert(1)</script>\nx\n```",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "~~~ language-x onclick=alert(1)\nx\n~~~",
    "`</code><script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "|<script>|\n|-|\n|<img src=x onerror=alert(1)>|",
    "# <script>alert(1)</script> {#id .class onclick=alert(1)}",
    "> <script>\n> alert(1)\n> </script>",
    "- <script>\n\n  alert(1)\n  </script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\\<script>alert(1)\\</script>",
    "\u{ff1c}script\u{ff1e}alert(1)\u{ff1c}/script\u{ff1e}",
    "**<b onmouseover=alert(1)>**x</b>",
    "$<script>alert(1)</script>$",
    "[^1]\n\n[^1]: <script>alert(1)</script>",
    "---\ntitle: <script>\n---\n",
    "<a\u{c}href=javascript:alert(1)>x",
    "<a/href=javascript:alert(1)>x",
    "<x onclick=alert(1)>x</x>",
    "<custom-element is=x onclick=alert(1)>",
    "\u{0}<script>alert(1)</script>",
];

#[test]
fn nothing_active_is_left_of_an_attack() {
    for attack in ATTACKS {
        // Also where it is one thing among others.
        for text in [(*attack).to_owned(), format!("a {attack} b"), format!("> - **a**\n>   {attack}\n\nb")] {
            harmless(&text).unwrap();
        }
    }
}

/// The HTML of a text has nothing in it but what is allowed, all of it closed.
fn harmless(text: &str) -> Result<(), String> {
    let html = to_html(text);
    let fail = |why: String| Err(format!("{why}\n  text: {text:?}\n  html: {html:?}"));
    let mut open: Vec<String> = Vec::new();
    for token in tokens(&html) {
        match token {
            Token::TagToken(tag) if tag.kind == html5ever::tokenizer::TagKind::StartTag => {
                if let Some(why) = forbidden(&tag) {
                    return fail(why);
                }
                if !["br", "hr"].contains(&&*tag.name) {
                    open.push(tag.name.to_string());
                }
            }
            Token::TagToken(tag) => {
                if open.pop().as_deref() != Some(&*tag.name) {
                    return fail(format!("</{}> closes nothing", tag.name));
                }
            }
            Token::CharacterTokens(_) | Token::EOFToken => {}
            other => return fail(format!("{other:?}")),
        }
    }
    if open.is_empty() { Ok(()) } else { fail(format!("{open:?} stay open")) }
}

fn forbidden(tag: &Tag) -> Option<String> {
    if !TAGS.contains(&&*tag.name) {
        return Some(format!("<{}>", tag.name));
    }
    for attribute in &tag.attrs {
        let (name, value) = (&*attribute.name.local, &*attribute.value);
        let allowed = ATTRIBUTES.contains(&(&*tag.name, name)) || (&*tag.name, name) == ("a", "rel");
        let right = match name {
            "rel" => value == REL,
            "href" => value.split_once(':').is_some_and(|(scheme, _)| SCHEMES.contains(&&*scheme.to_ascii_lowercase())),
            "class" => value.starts_with("language-") && !value.contains(char::is_whitespace),
            "start" => value.parse::<u64>().is_ok(),
            _ => false,
        };
        if !allowed || !right {
            return Some(format!("<{} {name}={value:?}>", tag.name));
        }
    }
    let says_rel = tag.attrs.iter().any(|attribute| &*attribute.name.local == "rel");
    (&*tag.name == "a" && !says_rel).then(|| "a link without rel".to_owned())
}

/// What a browser's tokenizer makes of it.
fn tokens(html: &str) -> Vec<Token> {
    struct Sink(RefCell<Vec<Token>>);
    impl TokenSink for Sink {
        type Handle = ();
        fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
            self.0.borrow_mut().push(token);
            TokenSinkResult::Continue
        }
    }
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    let tokenizer = Tokenizer::new(Sink(RefCell::default()), TokenizerOpts { discard_bom: false, ..<_>::default() });
    drop(tokenizer.feed(&input));
    assert!(input.is_empty());
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

fn hostile() -> impl Strategy<Value = String> {
    let fragment = prop_oneof![
        3 => "\\PC{0,4}",
        3 => "[ -~]{1,4}",
        2 => "[\n\r\t ]{1,3}",
        1 => any::<char>().prop_map(String::from),
        3 => prop::sample::select(vec![
            "<", ">", "</", "/>", "\"", "'", "=", "`", "&", "&#", "&lt;", "&colon;", "[", "](", ")", "![", "]: ", "](<", "\\", "*",
            "**", "_", "~~", "|", "\n|-|-|\n", "\n> ", "\n- ", "\n1. ", "\n# ", "\n```", "<!--", "-->", "<![CDATA[", "]]>", "<?",
            "javascript:", "JAVASCRIPT:", "data:text/html,", "vbscript:", "http://", "https://oak.example/", "mailto:", "<script>",
            "</script>", "<svg onload=x>", "<img src=x onerror=x>", "<style>", "<a href=", " onclick=x ", "alert(1)", "\u{a0}",
            "\u{2028}", "\u{feff}", "</p>", "<p>", "<table>", "<math>",
        ])
        .prop_map(str::to_owned),
    ];
    proptest::collection::vec(fragment, 0..30).prop_map(|fragments| fragments.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn whatever_is_written_is_harmless(text in hostile()) {
        prop_assert_eq!(harmless(&text), Ok(()));
    }
}

/// Texts made to cost much: nested, repeated, unclosed, or short and long in HTML. `n` times.
fn costly(n: usize) -> Vec<(&'static str, String)> {
    let times = |text: &str| text.repeat(n);
    vec![
        ("quotes", times(">")),
        ("quotes with text", times("> ") + "a"),
        ("brackets", times("[")),
        ("closed brackets", times("[") + "a" + &times("]")),
        ("stars", times("*")),
        ("closed stars", times("*") + "a" + &times("*")),
        ("single stars", times("*a ") + &times("b* ")),
        ("underscores", times("_a ") + &times("_ b")),
        ("tildes", times("~a ") + &times("~~b")),
        ("lists", times("- ")),
        ("numbers", times("1. ")),
        ("list in lines", (0..n.min(250)).map(|depth| "  ".repeat(depth) + "- a\n").collect()),
        ("quote in lines", (0..n.min(250)).map(|depth| ">".repeat(depth) + "a\n").collect()),
        ("links", times("[a](")),
        ("links in brackets", times("[a](<b")),
        ("links with parens", times("[ (](")),
        ("images", times("![")),
        ("images closed", times("![") + &times("](http://a.bc)")),
        ("footnotes", times("[^a\n")),
        ("references", "[a]: http://a.bc/".to_owned() + &times("c") + "\n\n" + &times("[a] ")),
        ("definitions", times("[a]: b\n")),
        ("titles", times("[a](b \"")),
        ("backticks", (0..n.min(280)).map(|length| "a".to_owned() + &"`".repeat(length)).collect()),
        ("code fences", times("```\n")),
        ("entities", times("&")),
        ("ampersands", times("&amp")),
        ("less", times("<")),
        ("tags", times("<a ")),
        ("tag with attributes", "<a ".to_owned() + &times("b=\"")),
        ("comments", times("a <!--")),
        ("cdata", times("a <![CDATA[")),
        ("instructions", times("a <?")),
        ("declarations", times("a <!A")),
        ("html blocks", times("<p>\n\n")),
        ("wide table", format!("{}\n{}\n{}", "|a".repeat(n / 4), "|-".repeat(n / 4), "a\n".repeat(n / 2))),
        ("pipes", times("|")),
        ("table rows", "a|b\n-|-\n".to_owned() + &times("|\n")),
        ("headings", times("#\n")),
        ("setext", times("a\n=\n")),
        ("schemes", times("http:")),
        ("urls", times("http://a.bc ")),
        ("urls unspaced", times("http://a.bc/")),
        ("hosts", times("http://a")),
        ("schemes long", times("a") + &times("://")),
        ("dotted", "http://".to_owned() + &times("a.")),
        ("parens", "http://a.bc/".to_owned() + &times("(")),
        ("userinfo", times("http://a@")),
        ("backslashes", times("\\")),
        ("tabs", times("\t>")),
        ("breaks", times("  \n")),
        ("nuls", times("\0")),
        ("cells", "|a".repeat(n / 4) + "\n" + &"|-".repeat(n / 4) + "\n" + &times("|\n")),
        ("nested emphasis", times("*a **b ")),
        ("latin", times("\u{b0}*")),
    ]
}

/// What is printed says how long each takes (and how long half of it); the bound only tells what is slow from what would
/// not end: most take some hundredths of it, unoptimized.
#[test]
fn no_text_costs_out_of_proportion() {
    to_html("*warm*");
    let shortened = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    for ((name, text), (_, half)) in costly(10_000).into_iter().zip(costly(5_000)) {
        let (text, half) = (shortened(&text, 40_000), shortened(&half, 20_000));
        let begun = Instant::now();
        to_html(&half);
        let half = begun.elapsed();
        let begun = Instant::now();
        let html = to_html(&text);
        let took = begun.elapsed();
        println!("{name:20} {:6} -> {:7} bytes in {took:?} ({half:?})", text.len(), html.len());
        assert!(html.len() <= 20 * text.len() + 64 * 1024, "{name}: {} bytes", html.len());
        assert!(took < Duration::from_secs(15), "{name}: {took:?}");
    }
}

#[test]
fn what_costs_too_much_is_shown_as_it_was_written() {
    let deep = "> ".repeat(200) + "*a*";
    assert_eq!(to_html(&deep), format!("<p>{}*a*</p>", "&gt; ".repeat(200)));
    assert!(to_html(&("> ".repeat(20) + "*a*")).contains("<em>a</em>"));
    // Also where it is not nested, but a quadratic task for those who escape it.
    assert!(to_html(&("&".repeat(20_000) + "*a*")).ends_with("&amp;*a*</p>"));
    assert!(to_html(&("a & b, ".repeat(1000) + "*a*")).ends_with("<em>a</em></p>"));
    // Where it is, nothing is left unescaped.
    for attack in ATTACKS {
        harmless(&format!("{deep}\n\n{attack}")).unwrap();
    }
}
