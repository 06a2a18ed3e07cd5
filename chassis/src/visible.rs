//! What of a text can be seen, and how far it reaches: characters that show nothing, and controls of direction that would
//! turn what stands beside the field that they are in.

/// Characters that take no room and show nothing: joiners, soft hyphens, marks of direction, variation selectors, tags,
/// fillers (Unicode 17, `Default_Ignorable_Code_Point`).
pub fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether anything in the text can be seen. The empty pattern of Braille is a blank by its looks.
pub fn shows_something(text: &str) -> bool {
    text.chars().any(|c| !c.is_whitespace() && !c.is_control() && !is_ignorable(c) && c != '\u{2800}')
}

/// What a control of direction opens (Unicode Standard Annex 9, section 2).
#[derive(PartialEq)]
enum Opened {
    Embedding,
    Override,
    Isolate,
}

/// The text with only those controls of direction that end where they should: in their line, opened before they are
/// closed. Overrides go altogether: they show letters in another order than they are written, which no language needs.
pub fn contained(text: &str) -> String {
    let is_control = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if !text.contains(is_control) {
        return text.to_owned();
    }
    let mut open: Vec<(Opened, usize)> = Vec::new();
    let mut stray: Vec<usize> = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '\u{202a}' | '\u{202b}' => open.push((Opened::Embedding, at)),
            '\u{202d}' | '\u{202e}' => {
                stray.push(at);
                open.push((Opened::Override, at));
            }
            '\u{2066}'..='\u{2068}' => open.push((Opened::Isolate, at)),
            '\u{202c}' => match open.pop_if(|(opened, _)| *opened != Opened::Isolate) {
                Some((Opened::Embedding, _)) => {}
                _ => stray.push(at),
            },
            '\u{2069}' => match open.iter().rposition(|(opened, _)| *opened == Opened::Isolate) {
                Some(isolate) => stray.extend(open.drain(isolate..).skip(1).map(|(_, at)| at)),
                None => stray.push(at),
            },
            '\n' | '\r' | '\u{85}' | '\u{2029}' => stray.extend(open.drain(..).map(|(_, at)| at)),
            _ => {}
        }
    }
    stray.extend(open.into_iter().map(|(_, at)| at));
    stray.sort_unstable();
    text.char_indices().filter(|(at, _)| stray.binary_search(at).is_err()).map(|(_, c)| c).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_nothing_is_known() {
        for text in [
            "",
            " \t\n",
            "\u{200b}",
            "\u{2800}",
            "\u{3164}",
            "\u{ad}",
            "\u{202e}",
            "\u{e0041}\u{e007f}",
            "\u{fe0f}\u{e0100}",
            "\u{a0}\u{3000}\u{feff}\u{2066}\u{180e}\u{115f}\u{ffa0}",
        ] {
            assert!(!shows_something(text), "{text:?}");
        }
        for text in ["a", " .", "\u{200b}x", "❤\u{fe0f}", "\u{1f468}\u{200d}\u{1f469}", "한", "שלום\u{200f}"] {
            assert!(shows_something(text), "{text:?}");
        }
    }

    #[test]
    fn controls_of_direction_end_in_their_line() {
        for (text, left) in [
            ("plain", "plain"),
            ("\u{202e}egnaro", "egnaro"),
            ("\u{202e}a\u{202c}b", "ab"),
            ("a \u{2067}שלום\u{2069} b", "a \u{2067}שלום\u{2069} b"),
            ("a \u{202b}שלום\u{202c} b", "a \u{202b}שלום\u{202c} b"),
            ("a\u{2069}b\u{202c}c", "abc"),
            ("\u{2067}a\nb\u{2069}", "a\nb"),
            ("\u{2066}\u{202b}a\u{2069}b\u{202c}", "\u{2066}a\u{2069}b"),
            ("\u{2066}a\u{202c}b\u{2069}", "\u{2066}ab\u{2069}"),
            ("\u{202b}\u{202e}a\u{202c}b\u{202c}", "\u{202b}ab\u{202c}"),
            ("\u{2066}\u{2066}a\u{2069}", "\u{2066}a\u{2069}"),
            ("mark\u{200f} stays", "mark\u{200f} stays"),
        ] {
            assert_eq!(contained(text), left, "{text:?}");
            assert_eq!(contained(left), left);
        }
    }
}
