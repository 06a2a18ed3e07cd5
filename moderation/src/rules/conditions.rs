//! What the rules of a file look for: whole words, a pattern, a length.
//!
//! Title, content and author's name are looked at one by one, in every way in which each may be read
//! ([`super::readings`]), and one match is enough. A word is matched in any case and only as a whole: what stands beside it
//! is no letter, digit or mark of any script. Words of scripts that put no space between words are matched anywhere. An
//! underscore is not part of a word here, since it is how Markdown writes emphasis. All expressions run in linear time (the `regex` crate has no backtracking) and are bounded in size.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use super::readings::{plain, visible};
use super::{Seen, Test, TestError};

/// The largest compiled pattern, and the largest list of words, in bytes.
const PATTERN_SIZE: usize = 1 << 20;
const WORDS_SIZE: usize = 16 << 20;

/// What to look for; any one of them is enough.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conditions {
    /// Whole words or phrases, in any case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// A regular expression, in the syntax of the `regex` crate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// More characters than this: of the content, or of the title where there is no content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longer_than: Option<usize>,
    /// Fewer characters than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shorter_than: Option<usize>,
}

/// What is wrong with conditions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConditionsError {
    /// There is none.
    #[error("it looks for nothing: give it words, pattern, longer_than or shorter_than")]
    None,
    /// A word is empty.
    #[error("a word is empty: take it out")]
    EmptyWord,
    /// The words are too many.
    #[error("words has too many or too long words ({0}): make two rules of it")]
    Words(String),
    /// The pattern is none.
    #[error("pattern is no regular expression: {0}")]
    Pattern(String),
}

/// Conditions, compiled.
#[derive(Debug)]
pub struct Matcher {
    words: Option<Regex>,
    pattern: Option<Regex>,
    longer_than: Option<usize>,
    shorter_than: Option<usize>,
}

impl Matcher {
    /// Compiles conditions.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn new(conditions: &Conditions) -> Result<Self, ConditionsError> {
        let Conditions { words, pattern, longer_than, shorter_than } = conditions;
        if words.is_empty() && pattern.is_none() && longer_than.is_none() && shorter_than.is_none() {
            return Err(ConditionsError::None);
        }
        let words = if words.is_empty() { None } else { Some(words_regex(words)?) };
        let pattern = pattern.as_deref().map(pattern_regex).transpose()?;
        Ok(Self { words, pattern, longer_than: *longer_than, shorter_than: *shorter_than })
    }

    fn is_in(&self, reading: &str) -> bool {
        [&self.words, &self.pattern].into_iter().flatten().any(|expression| expression.is_match(reading))
    }
}

impl Test for Matcher {
    fn matches(&self, seen: &Seen) -> Result<bool, TestError> {
        let looks = self.words.is_some() || self.pattern.is_some();
        if looks && seen.readings().iter().any(|reading| self.is_in(reading)) {
            return Ok(true);
        }
        if self.longer_than.is_none() && self.shorter_than.is_none() {
            return Ok(false);
        }
        let measured = seen.content.as_deref().or(seen.title.as_deref());
        let length = measured.map_or(0, |part| part.chars().count());
        Ok(self.longer_than.is_some_and(|most| length > most) || self.shorter_than.is_some_and(|least| length < least))
    }
}

/// A letter of a script in which words stand side by side without a space.
static UNSPACED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]").ok()
});

fn words_regex(words: &[String]) -> Result<Regex, ConditionsError> {
    let (mut whole, mut anywhere) = (Vec::new(), Vec::new());
    for word in words {
        let plain = plain(word);
        let word = if plain.trim().is_empty() { visible(word) } else { plain };
        let parts: Vec<String> = word.split_whitespace().map(regex::escape).collect();
        if parts.is_empty() {
            return Err(ConditionsError::EmptyWord);
        }
        let unspaced = UNSPACED.as_ref().is_some_and(|unspaced| unspaced.is_match(&word));
        if unspaced { &mut anywhere } else { &mut whole }.push(parts.join(r"\s+"));
    }
    let bounded = (!whole.is_empty()).then(|| format!(r"(?:^|[\W_])(?:{})(?:[\W_]|$)", whole.join("|")));
    let expression = bounded.into_iter().chain(anywhere).collect::<Vec<_>>().join("|");
    let compiled = RegexBuilder::new(&expression).case_insensitive(true).size_limit(WORDS_SIZE).build();
    compiled.map_err(|error| ConditionsError::Words(one_line(&error)))
}

fn pattern_regex(pattern: &str) -> Result<Regex, ConditionsError> {
    let compiled = RegexBuilder::new(pattern).size_limit(PATTERN_SIZE).build();
    compiled.map_err(|error| ConditionsError::Pattern(one_line(&error)))
}

/// The last line of what is said about an expression says what is wrong; those above draw a picture.
fn one_line(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default().trim();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    fn words(words: &[&str]) -> Conditions {
        Conditions { words: words.iter().map(|&word| word.to_owned()).collect(), ..Conditions::default() }
    }

    fn matches(conditions: &Conditions, content: &str) -> bool {
        let seen = Seen { content: Some(content.to_owned()), ..Seen::default() };
        Matcher::new(conditions).unwrap().matches(&seen).unwrap()
    }

    #[test]
    fn what_readers_see_as_a_word_is_one() {
        let orange = words(&["orange"]);
        let pattern = Conditions { pattern: Some("(?i)orange".to_owned()), ..Conditions::default() };
        for text in [
            "&#111;range",
            "o**r**ange",
            "o&shy;range",
            "o&ZeroWidthSpace;range",
            "[or](https://e.org)ange",
            "o*r*a~~n~~ge",
            "`or`**ange**",
            "ｏｒａｎｇｅ",
            "𝗼𝗿𝗮𝗻𝗴𝗲",
            "o\u{336}r\u{336}a\u{336}n\u{336}g\u{336}e\u{336}",
            "or\u{200d}a\u{2060}nge",
            "\u{202e}egnaro\u{202c}",
            "&#x202e;egnaro",
            "# o**r**ange\n\ntext",
            "> - [**or**][1]ange\n\n[1]: https://e.org",
        ] {
            assert!(matches(&orange, text), "{text:?}");
            assert!(matches(&pattern, text), "{text:?} by a pattern");
        }
        for text in ["or\n\nange", "or **ange**", "`&#111;range`", "orange\u{301}", "- or\n- ange"] {
            assert!(!matches(&orange, text), "{text:?}");
        }
        let link = Conditions { pattern: Some(r"evil\.example".to_owned()), ..Conditions::default() };
        assert!(matches(&link, "[here](https://evil&#46;example)"));
    }

    #[test]
    fn a_title_and_a_name_are_judged_like_the_text() {
        let orange = Matcher::new(&words(&["orange"])).unwrap();
        for name in ["orange", "ＯＲＡＮＧＥ", "Mr. O\u{ad}range"] {
            let named = Seen { author_name: Some(name.to_owned()), content: Some("hi".to_owned()), ..Seen::default() };
            assert!(orange.matches(&named).unwrap(), "{name}");
            let titled = Seen { title: Some(name.to_owned()), ..Seen::default() };
            assert!(orange.matches(&titled).unwrap(), "{name}");
        }
        let title = Seen { title: Some("o**r**ange".to_owned()), ..Seen::default() };
        assert!(!orange.matches(&title).unwrap(), "a title is shown as it is");
        let short = Matcher::new(&Conditions { shorter_than: Some(3), ..Conditions::default() }).unwrap();
        let named = Seen { author_name: Some("A".to_owned()), content: Some("long".to_owned()), ..Seen::default() };
        assert!(!short.matches(&named).unwrap(), "a length is that of the text");
    }

    #[test]
    fn words_of_scripts_without_spaces_match_within_a_text() {
        for (word, text) in [
            ("賭博", "網上賭博好玩"),
            ("カジノ", "オンラインカジノで遊ぶ"),
            ("カジノ", "ｶｼﾞﾉだ"),
            ("도박", "온라인도박을"),
            ("คาสิโน", "เล่นคาสิโนออนไลน์"),
            ("ຄາສິໂນ", "ຫຼິ້ນຄາສິໂນອອນລາຍ"),
            ("កាស៊ីណូ", "លេងកាស៊ីណូអនឡាញ"),
            ("ကာစီနို", "အွန်လိုင်းကာစီနိုကစား"),
        ] {
            let conditions = words(&["orange", word]);
            assert!(matches(&conditions, text), "{word} in {text}");
            assert!(matches(&conditions, word));
            assert!(!matches(&conditions, "storage"), "the others stay whole words");
        }
    }

    #[test]
    fn a_word_matches_as_a_whole_and_in_any_case() {
        let orange = words(&["orange"]);
        for text in [
            "orange",
            "ORANGE",
            "oRaNgE",
            "an-orange!",
            "(orange)",
            "orange's",
            "x orange",
            "orange.",
            "_orange_",
            "**orange**",
            "a\norange\nb",
            "or\u{200b}ange",
            "or\u{ad}ange",
            "🍊orange🍊",
            "日 orange 本",
            "\u{feff}orange",
        ] {
            assert!(matches(&orange, text), "{text:?}");
        }
        for text in ["oranges", "storage", "orangerie", "orange2", "2orange", "orangeé", "or ange", "", "橙orange橙"]
        {
            assert!(!matches(&orange, text), "{text:?}");
        }
    }

    #[test]
    fn any_script_has_words_and_case() {
        assert!(matches(&words(&["ÄPFEL"]), "zwei äpfel."));
        assert!(!matches(&words(&["äpfel"]), "bratäpfel"));
        assert!(matches(&words(&["ОРАНЖ"]), "какой оранж!"));
    }

    #[test]
    fn words_may_have_signs_and_be_phrases() {
        let several = words(&["c++", "free  money", "a.b"]);
        assert!(matches(&several, "I like C++, do you?"));
        assert!(matches(&several, "FREE\n money!"));
        assert!(matches(&several, "a.b"));
        assert!(!matches(&several, "axb"));
        assert!(!matches(&several, "freemoney"));
    }

    #[test]
    fn a_length_is_that_of_the_content_or_else_of_the_title() {
        let long = Conditions { longer_than: Some(3), ..Conditions::default() };
        assert!(!matches(&long, "äöü"));
        assert!(matches(&long, "äöüß"));
        let short = Matcher::new(&Conditions { shorter_than: Some(3), ..Conditions::default() }).unwrap();
        let of = |title: Option<&str>, content: Option<&str>| {
            let (title, content) = (title.map(Into::into), content.map(Into::into));
            short.matches(&Seen { title, content, ..Seen::default() }).unwrap()
        };
        assert!(of(Some("long title"), Some("ab")));
        assert!(!of(Some("ab"), Some("long content")));
        assert!(!of(Some("long title"), None));
        assert!(of(Some("ab"), None));
    }

    #[test]
    fn what_cannot_be_looked_for_is_refused() {
        let pattern = |text: &str| Conditions { pattern: Some(text.to_owned()), ..Conditions::default() };
        assert_eq!(Matcher::new(&Conditions::default()).unwrap_err(), ConditionsError::None);
        assert_eq!(Matcher::new(&words(&["a", " \u{200b}"])).unwrap_err(), ConditionsError::EmptyWord);
        let ConditionsError::Pattern(why) = Matcher::new(&pattern("(")).unwrap_err() else { panic!() };
        assert_eq!(why, "unclosed group");
        assert!(matches!(Matcher::new(&pattern("(?:a{1000}){1000}")), Err(ConditionsError::Pattern(_))));
        assert!(matches!(Matcher::new(&pattern(r"(a)\1")), Err(ConditionsError::Pattern(_))));
    }

    /// Made once: an expression takes longer to be made than to be used.
    static ORANGE: LazyLock<Matcher> = LazyLock::new(|| Matcher::new(&words(&["orange"])).unwrap());

    fn is_orange(parts: [&str; 3]) -> bool {
        ORANGE.matches(&Seen { content: Some(parts.concat()), ..Seen::default() }).unwrap()
    }

    proptest! {
        #[test]
        fn a_word_among_others_is_found_whatever_surrounds_it(
            before in "[ .,!?(){}_*-]{0,5}",
            after in "[ .,!?(){}_*-]{0,5}",
        ) {
            prop_assert!(is_orange([&before, "OrAnGe", &after]));
        }

        #[test]
        fn a_word_with_a_letter_beside_it_is_another(letter in r"\p{L}") {
            // Some letters are two in their plain form, or stand for a sign.
            prop_assume!(plain(&letter).chars().all(char::is_alphanumeric) && !plain(&letter).is_empty());
            prop_assert!(!is_orange(["", &letter, "orange"]));
            prop_assert!(!is_orange(["orange", &letter, ""]));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn any_word_finds_itself(word in "[^\\s]{1,20}") {
            let conditions = words(&[&word]);
            match Matcher::new(&conditions) {
                Ok(_) => prop_assert!(matches(&conditions, &word)),
                Err(error) => prop_assert_eq!(error, ConditionsError::EmptyWord),
            }
        }
    }
}
