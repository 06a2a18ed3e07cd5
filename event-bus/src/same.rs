//! Whether two events say the same in `data`: compared as JSON values, for a producer that sends an event again may
//! write it differently, with other spaces, members in another order or other escapes.
//!
//! It is the one place where the bus looks into `data`, and only where an identity comes again with other bytes. Numbers
//! are compared by value, digit by digit: a float would take two that differ in the last digit for one.

use std::borrow::Cow;

/// Levels of arrays and objects that are looked into. What is taken today has fewer.
const DEEPEST: usize = 128;

/// Whether two kept contents (`"data":...`, `"data_base64":...` or nothing) say the same.
pub(crate) fn says_same(one: &[u8], other: &[u8]) -> bool {
    if one == other {
        return true;
    }
    let data = |content| std::str::from_utf8(content).ok().and_then(|text: &str| text.strip_prefix("\"data\":"));
    let (Some(one), Some(other)) = (data(one), data(other)) else { return false };
    match (value(one), value(other)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

#[derive(Debug, PartialEq)]
enum Value<'a> {
    /// `null`, `true` or `false`.
    Word(&'a str),
    Number(Number<'a>),
    Text(Cow<'a, str>),
    Array(Vec<Value<'a>>),
    /// By name; members of one name stay in their order.
    Object(Vec<(Cow<'a, str>, Value<'a>)>),
}

/// 0.digits times ten to the power of `exponent`.
#[derive(Debug, PartialEq)]
struct Number<'a> {
    negative: bool,
    digits: Cow<'a, str>,
    exponent: i64,
}

impl<'a> Number<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (decimal, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
        let all: Cow<'a, str> = if fraction.is_empty() { whole.into() } else { [whole, fraction].concat().into() };
        let leading = all.len() - all.trim_start_matches('0').len();
        let digits: Cow<'a, str> = match all {
            Cow::Borrowed(all) => all.trim_matches('0').into(),
            Cow::Owned(all) => all.trim_matches('0').to_owned().into(),
        };
        if digits.is_empty() {
            return Some(Self { negative: false, digits, exponent: 0 });
        }
        let point = i64::try_from(whole.len()).ok()? - i64::try_from(leading).ok()?;
        Some(Self { negative, digits, exponent: exponent.parse::<i64>().ok()?.checked_add(point)? })
    }
}

/// `None` where it is no JSON, too deep, or a number has an exponent beyond counting.
fn value(text: &str) -> Option<Value<'_>> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.blank();
    (reader.at == text.len()).then_some(value)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> Option<Value<'a>> {
        match self.next()? {
            b'{' if depth < DEEPEST => {
                let mut members = Vec::new();
                self.items(b'}', |reader| {
                    let name = reader.text_value()?;
                    reader.take(b':')?;
                    members.push((name, reader.value(depth + 1)?));
                    Some(())
                })?;
                members.sort_by(|(one, _), (other, _)| one.cmp(other));
                Some(Value::Object(members))
            }
            b'[' if depth < DEEPEST => {
                let mut items = Vec::new();
                self.items(b']', |reader| {
                    items.push(reader.value(depth + 1)?);
                    Some(())
                })?;
                Some(Value::Array(items))
            }
            b'"' => self.text_value().map(Value::Text),
            b'-' | b'0'..=b'9' => {
                let number = self.run(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'));
                Number::read(number).map(Value::Number)
            }
            b't' | b'f' | b'n' => Some(Value::Word(self.run(|byte| byte.is_ascii_lowercase()))),
            _ => None,
        }
    }

    /// What stands between brackets, from the opening one on.
    fn items(&mut self, end: u8, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.at += 1;
        if self.next()? != end {
            loop {
                item(self)?;
                match self.next()? {
                    b',' => self.at += 1,
                    _ => break,
                }
            }
        }
        self.take(end)
    }

    fn text_value(&mut self) -> Option<Cow<'a, str>> {
        self.take(b'"')?;
        let (bytes, begin) = (self.text.as_bytes(), self.at);
        let mut plain = true;
        loop {
            match bytes.get(self.at)? {
                b'"' => break,
                b'\\' => {
                    plain = false;
                    self.at += 2;
                }
                _ => self.at += 1,
            }
        }
        self.at += 1;
        if plain {
            return Some(self.text.get(begin..self.at - 1)?.into());
        }
        serde_json::from_str::<String>(self.text.get(begin - 1..self.at)?).ok().map(Cow::Owned)
    }

    fn run(&mut self, wanted: impl Fn(u8) -> bool) -> &'a str {
        let rest = &self.text[self.at..];
        let run = &rest[..rest.bytes().take_while(|&byte| wanted(byte)).count()];
        self.at += run.len();
        run
    }

    fn blank(&mut self) {
        self.run(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    fn next(&mut self) -> Option<u8> {
        self.blank();
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, wanted: u8) -> Option<()> {
        (self.next()? == wanted).then(|| self.at += 1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn same(one: &str, other: &str) -> bool {
        says_same(format!("\"data\":{one}").as_bytes(), format!("\"data\":{other}").as_bytes())
    }

    #[test]
    fn what_means_the_same_is_the_same() {
        for (one, other) in [
            (r#"{"a":1,"b":[1,2]}"#, "{ \"b\" : [ 1,\t2 ] , \"a\" : 1 }"),
            (r#""\u0041\/\n""#, r#""A/\u000a""#),
            (r#""\ud83d\ude00""#, "\"\u{1f600}\""),
            (r#"{"\u0061":null}"#, r#"{ "a" : null }"#),
            ("1", "1.0"),
            ("100", "1e2"),
            ("0.00120", "12E-4"),
            ("0", "0.000e7"),
            ("0", "-0.0"),
            ("123456789012345678901234567890", "1.2345678901234567890123456789e+29"),
            ("[]", "[ ]"),
            ("{}", "{ }"),
            (r#""a\u0000b""#, r#""a\u0000b" "#),
        ] {
            assert!(same(one, other), "{one} {other}");
            assert!(same(other, one), "{other} {one}");
        }
    }

    #[test]
    fn what_means_something_else_is_not() {
        for (one, other) in [
            ("[1,2]", "[2,1]"),
            (r#"{"a":1}"#, r#"{"a":1,"b":null}"#),
            (r#"{"a":1,"a":2}"#, r#"{"a":2,"a":1}"#),
            (r#"{"a":1}"#, r#"{"A":1}"#),
            ("9007199254740993", "9007199254740992"),
            ("0.1", "0.10000000000000000001"),
            ("1e400", "1e401"),
            ("1", "-1"),
            ("1", r#""1""#),
            ("null", "false"),
            ("[]", "{}"),
            ("[[]]", "[[],[]]"),
            ("1e99999999999999999999", "1e99999999999999999998"),
            (r#""a""#, r#""a ""#),
        ] {
            assert!(!same(one, other), "{one} {other}");
        }
        assert!(!says_same(b"", b"\"data\":null"));
        assert!(!says_same(b"\"data_base64\":\"AAE=\"", b"\"data\":\"AAE=\""));
        assert!(!says_same(b"\"data_base64\":\"AAE=\"", b"\"data_base64\":\"AAF=\""));
        let deep = |inner: &str| format!("{}{inner}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(!same(&deep("1"), &deep("1 ")), "too deep to look into");
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            ".{0,8}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                prop::collection::btree_map(".{0,4}", inner, 0..5)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn written_another_way_a_value_is_itself(value in json()) {
            let pretty = format!("{value:#}");
            prop_assert!(same(&pretty, &value.to_string()));
        }

        #[test]
        fn no_text_makes_it_panic(one in ".{0,40}", other in r#"[\[\]{}:,"\\0-9a-z .-]{0,40}"#) {
            same(&one, &other);
        }
    }
}
