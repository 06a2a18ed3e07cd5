//! What the rules of a file look for: whole words, a pattern, a length.
//!
//! Title and content are looked at one by one, and either is enough. A word is matched in any case and only as a whole:
//! what stands beside it is no letter, digit or mark of any script. An underscore is not part of a word here, since
//! it is how Markdown writes emphasis; and characters that nobody sees, put into a word to slip it through, are not seen
//! here either. All expressions run in linear time (the `regex` crate has no backtracking) and are bounded in size.

use std::borrow::Cow;

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use super::{Test, TestError};
use crate::item::Text;

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

    fn has_word(&self, text: &str) -> bool {
        self.words.as_ref().is_some_and(|words| words.is_match(&visible(text)))
    }

    fn has_pattern(&self, text: &str) -> bool {
        self.pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
    }
}

impl Test for Matcher {
    fn matches(&self, text: &Text) -> Result<bool, TestError> {
        let parts = || [text.title.as_deref(), text.content.as_deref()].into_iter().flatten();
        if parts().any(|part| self.has_word(part) || self.has_pattern(part)) {
            return Ok(true);
        }
        if self.longer_than.is_none() && self.shorter_than.is_none() {
            return Ok(false);
        }
        let length = parts().next_back().map_or(0, |part| part.chars().count());
        Ok(self.longer_than.is_some_and(|most| length > most) || self.shorter_than.is_some_and(|least| length < least))
    }
}

fn words_regex(words: &[String]) -> Result<Regex, ConditionsError> {
    let mut alternatives = Vec::with_capacity(words.len());
    for word in words {
        let parts: Vec<String> = visible(word).split_whitespace().map(regex::escape).collect();
        if parts.is_empty() {
            return Err(ConditionsError::EmptyWord);
        }
        alternatives.push(parts.join(r"\s+"));
    }
    let expression = format!(r"(?:^|[\W_])(?:{})(?:[\W_]|$)", alternatives.join("|"));
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

/// The text without characters that take no room: joiners, direction marks, soft hyphens, variation selectors.
fn visible(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.contains(is_invisible) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|c| !is_invisible(*c)).collect())
}

/// Default-ignorable code points (Unicode, `DerivedCoreProperties.txt`), as far as they occur in text.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
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
        let text = Text { title: None, content: Some(content.to_owned()) };
        Matcher::new(conditions).unwrap().matches(&text).unwrap()
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
            short.matches(&Text { title: title.map(Into::into), content: content.map(Into::into) }).unwrap()
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
        ORANGE.matches(&Text { title: None, content: Some(parts.concat()) }).unwrap()
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
            prop_assume!(!is_invisible(letter.chars().next().unwrap()));
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
