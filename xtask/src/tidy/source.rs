//! A Rust file as the rules see it: each line as written, the same line without comments and the contents of
//! literals, and whether it belongs to a test.
//!
//! This is no parser. It knows just enough of Rust's surface not to take a word in a comment or a string for code.

/// Folders whose every file is test code: integration tests, and the stories across services.
const TEST_FOLDERS: &[&str] = &["tests", "e2e"];

/// One Rust file.
pub struct Source {
    /// Path from the root of the repository.
    pub path: String,
    lines: Vec<Line>,
    /// Modules that are declared for tests only: paths without `.rs`.
    test_modules: Vec<String>,
}

/// One line of it.
pub struct Line {
    /// Counted from 1.
    pub number: usize,
    /// As written.
    pub text: String,
    /// Without comments and without what stands in literals.
    pub code: String,
    /// Whether it is compiled for tests only.
    pub test: bool,
}

impl Source {
    /// Takes a file apart.
    pub fn read(path: &str, text: &str) -> Self {
        let code = without_literals(text);
        let tests = TestParts::find(&code);
        let whole = tests.whole || path.split('/').rev().skip(1).any(|folder| TEST_FOLDERS.contains(&folder));
        let mut offset = 0;
        let mut lines = Vec::new();
        for (index, (text, code)) in text.lines().zip(code.lines()).enumerate() {
            let for_tests = whole || tests.ranges.iter().any(|(from, to)| (*from..*to).contains(&offset));
            offset += code.len() + 1;
            lines.push(Line { number: index + 1, text: text.to_owned(), code: code.to_owned(), test: for_tests });
        }
        let folder = module_folder(path);
        let test_modules = tests.modules.iter().map(|name| format!("{folder}/{name}")).collect();
        Self { path: path.to_owned(), lines, test_modules }
    }

    /// Its lines.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }
}

/// Marks files as tests whose `mod` line is for tests only, in whichever file that stands.
pub fn mark_test_modules(sources: &mut [Source]) {
    let modules: Vec<String> = sources.iter().flat_map(|source| source.test_modules.clone()).collect();
    for source in sources {
        let module = source.path.trim_end_matches(".rs");
        let inside = |test: &String| module == test || module.starts_with(&format!("{test}/"));
        if modules.iter().any(inside) {
            source.lines.iter_mut().for_each(|line| line.test = true);
        }
    }
}

/// Whether a word or path (`diesel`, `env::var`) stands in a line of code, as itself and not as part of a longer name.
pub fn names(code: &str, word: &str) -> bool {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word)
        .any(|(at, _)| !code[..at].ends_with(part_of_name) && !code[at + word.len()..].starts_with(part_of_name))
}

/// The folder in which the modules of a file lie: `a/src` for `a/src/lib.rs`, `a/src/post` for `a/src/post.rs`.
fn module_folder(path: &str) -> &str {
    let stem = path.trim_end_matches(".rs");
    ["/lib", "/main", "/mod"].iter().find_map(|root| stem.strip_suffix(root)).unwrap_or(stem)
}

/// The parts of a file that are compiled for tests only.
#[derive(Default)]
struct TestParts {
    /// The whole file.
    whole: bool,
    /// Byte ranges in the code.
    ranges: Vec<(usize, usize)>,
    /// Modules in files of their own.
    modules: Vec<String>,
}

impl TestParts {
    fn find(code: &str) -> Self {
        let mut parts = Self::default();
        for (at, _) in code.match_indices("#[cfg(").chain(code.match_indices("#![cfg(")) {
            let end = at + balanced(&code[at..], '[', ']');
            let condition = &code[at..end];
            if !names(condition, "test") || condition.contains("not(test") {
                continue;
            }
            if condition.starts_with("#!") {
                parts.whole = true;
                continue;
            }
            let mut item = code[end..].trim_start();
            while item.starts_with("#[") {
                item = item[balanced(item, '[', ']')..].trim_start();
            }
            let start = code.len() - item.len();
            let stop = item.find([';', '{']).unwrap_or(item.len());
            let length = if item[stop..].starts_with('{') { stop + balanced(&item[stop..], '{', '}') } else { stop };
            let module = item[..stop].trim().trim_start_matches("pub").trim_start().strip_prefix("mod ");
            if item[stop..].starts_with(';') {
                parts.modules.extend(module.map(|name| name.trim().to_owned()));
            }
            parts.ranges.push((at, start + length));
        }
        parts
    }
}

/// Where the first bracket's partner ends; the whole length if it has none.
fn balanced(code: &str, open: char, close: char) -> usize {
    let mut depth = 0_usize;
    for (at, c) in code.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close && depth > 0 {
            depth -= 1;
            if depth == 0 {
                return at + c.len_utf8();
            }
        }
    }
    code.len()
}

/// The code with comments and the contents of literals blanked out; lines stay where they are.
fn without_literals(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let in_name = code.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let (kept, literal) = literal_length(rest, in_name).unwrap_or((next.len_utf8(), 0));
        code.push_str(&rest[..kept]);
        code.extend(rest[kept..kept + literal].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = &rest[kept + literal..];
    }
    code
}

/// If a comment or literal starts here: how much of its start to keep, and how much after that to blank out.
fn literal_length(rest: &str, in_name: bool) -> Option<(usize, usize)> {
    if rest.starts_with("//") {
        return Some((0, rest.find('\n').unwrap_or(rest.len())));
    }
    if rest.starts_with("/*") {
        return Some((0, block_comment(rest)));
    }
    if let Some(string) = rest.strip_prefix('"') {
        return Some((1, until_quote(string, '"')));
    }
    if let Some(quoted) = rest.strip_prefix('\'') {
        let mut chars = quoted.chars();
        let (first, second) = (chars.next()?, chars.next()?);
        // Otherwise it is a lifetime.
        return (first == '\\' || second == '\'').then(|| (1, until_quote(quoted, '\'')));
    }
    if in_name {
        return None;
    }
    let hashes = ["r", "br", "cr"].iter().find_map(|prefix| {
        let after = rest.strip_prefix(prefix)?;
        let hashes = after.len() - after.trim_start_matches('#').len();
        after[hashes..].starts_with('"').then_some((prefix.len() + hashes + 1, hashes))
    });
    let (start, hashes) = hashes?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some((start, rest[start..].find(&end).map_or(rest.len() - start, |length| length + end.len())))
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of a literal's contents with its closing quote.
fn until_quote(contents: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in contents.char_indices() {
        if c == quote && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    contents.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tests_of(source: &Source) -> Vec<usize> {
        source.lines().iter().filter(|line| line.test).map(|line| line.number).collect()
    }

    #[test]
    fn comments_and_literals_are_no_code() {
        let cases = [
            ("let a = 1; // diesel", "let a = 1; "),
            ("/* diesel /* diesel */ diesel */ b", " b"),
            ("\"diesel \\\" diesel\" c", "\" c"),
            ("r#\"diesel \" diesel\"# d", "r#\" d"),
            ("br\"diesel\" e", "br\" e"),
            ("'\"' f", "' f"),
            ("'\\'' g", "' g"),
            ("fn h<'a>(x: &'a str) {}", "fn h<'a>(x: &'a str) {}"),
            ("for\"x\" i", "for\" i"),
            ("r#type = 1", "r#type = 1"),
        ];
        for (text, expected) in cases {
            let squeeze = |code: &str| code.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(squeeze(&without_literals(text)), squeeze(expected), "{text}");
        }
    }

    #[test]
    fn lines_stay_where_they_are() {
        let source = Source::read("a/src/b.rs", "//! x\nlet s = \"one\ntwo\";\ndiesel");
        let lines: Vec<_> = source.lines().iter().map(|line| line.code.trim()).collect();
        assert_eq!(lines, ["", "let s = \"", ";", "diesel"]);
    }

    #[test]
    fn a_name_is_not_found_within_a_longer_one() {
        assert!(names("use diesel::prelude::*;", "diesel"));
        assert!(names("std::env::var(x)", "env::var"));
        assert!(!names("use diesel_migrations::x;", "diesel"));
        assert!(!names("env::var_os(x)", "env::var"));
    }

    #[test]
    fn test_modules_are_known_as_such() {
        let text =
            "//! x\nfn a() {}\n#[cfg(test)]\n#[allow(dead_code)]\nmod tests {\n  fn b() { if x {} }\n}\nfn c() {}\n";
        assert_eq!(tests_of(&Source::read("a/src/b.rs", text)), [3, 4, 5, 6, 7]);
        assert_eq!(tests_of(&Source::read("a/src/b.rs", "#[cfg(not(test))]\nmod x {\n}\n")), [0; 0]);
        assert_eq!(tests_of(&Source::read("a/src/b.rs", "#![cfg(test)]\nfn x() {}\n")), [1, 2]);
        assert_eq!(tests_of(&Source::read("a/tests/it/main.rs", "fn x() {}\n")), [1]);
    }

    #[test]
    fn a_test_module_may_be_a_file_of_its_own() {
        let mut sources = [
            Source::read("a/src/post.rs", "#[cfg(test)]\nmod tests;\nfn x() {}\n"),
            Source::read("a/src/post/tests.rs", "fn y() {}\n"),
            Source::read("a/src/post/other.rs", "fn z() {}\n"),
        ];
        mark_test_modules(&mut sources);
        assert_eq!(sources.each_ref().map(tests_of), [vec![1, 2], vec![1], vec![]]);
    }
}
