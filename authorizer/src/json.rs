//! A strict, bounded JSON reader (RFC 8259) for whatever a stranger may have written.
//!
//! Stricter than the RFC asks: a repeated member name is refused (RFC 7515 §4 and RFC 7519 §4 let a
//! parser choose), also when one of the two is spelled with escapes, and every document has a bound
//! on depth, members and values.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::number::Number;

/// Lists and objects inside one another.
const MAX_DEPTH: u32 = 16;
/// Members of one object: finding repeated names compares them pairwise.
const MAX_MEMBERS: usize = 128;
/// Values in a token's header or claims: far above what Clerk issues, far below what would hurt.
pub(crate) const TOKEN_VALUES: u32 = 1024;
/// Values in a file that was reviewed before it was deployed.
pub(crate) const FILE_VALUES: u32 = 65_536;

/// A JSON value; text without escapes is borrowed from the document.
#[derive(Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Number(Number<'a>),
    Text(Cow<'a, str>),
    List(Vec<Value<'a>>),
    Object(Object<'a>),
}

impl Value<'_> {
    pub(crate) fn text(&self) -> Option<&str> {
        if let Value::Text(text) = self { Some(text) } else { None }
    }
}

/// The members of an object in the order of the document; no name occurs twice.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Object<'a> {
    members: Vec<(Cow<'a, str>, Value<'a>)>,
}

impl<'a> Object<'a> {
    pub(crate) fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.members.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, &Value<'a>)> {
        self.members.iter().map(|(name, value)| (name.as_ref(), value))
    }
}

/// Why a document was refused, and at which byte.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Malformed {
    at: usize,
    why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Why {
    Unexpected,
    Trailing,
    Repeated,
    Deep,
    Large,
    Number,
    Escape,
}

impl fmt::Display for Malformed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.why {
            Why::Unexpected => "this is not JSON",
            Why::Trailing => "there is something after the end of the value",
            Why::Repeated => "a member name is repeated",
            Why::Deep => "lists and objects are nested too deeply",
            Why::Large => "there are too many values",
            Why::Number => "a number is malformed or too long",
            Why::Escape => "an escape in a string is malformed or names no character",
        };
        write!(out, "{why} (at byte {})", self.at)
    }
}

/// Reads one whole document of at most `values` values.
pub(crate) fn parse(text: &str, values: u32) -> Result<Value<'_>, Malformed> {
    let mut reader = Reader { rest: text, values };
    let value = reader.value(MAX_DEPTH).and_then(|value| reader.end().map(|()| value));
    value.map_err(|why| Malformed { at: text.len().saturating_sub(reader.rest.len()), why })
}

/// Reads one whole document that has to be an object.
pub(crate) fn object(text: &str, values: u32) -> Result<Object<'_>, Malformed> {
    match parse(text, values)? {
        Value::Object(object) => Ok(object),
        _ => Err(Malformed { at: 0, why: Why::Unexpected }),
    }
}

struct Reader<'a> {
    rest: &'a str,
    values: u32,
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: u32) -> Result<Value<'a>, Why> {
        self.values = self.values.checked_sub(1).ok_or(Why::Large)?;
        self.skip_blank();
        match self.rest.bytes().next() {
            Some(b'{') => self.object(depth.checked_sub(1).ok_or(Why::Deep)?),
            Some(b'[') => self.list(depth.checked_sub(1).ok_or(Why::Deep)?),
            Some(b'"') => self.text().map(Value::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ if self.eat("true") => Ok(Value::Bool(true)),
            _ if self.eat("false") => Ok(Value::Bool(false)),
            _ if self.eat("null") => Ok(Value::Null),
            _ => Err(Why::Unexpected),
        }
    }

    fn object(&mut self, depth: u32) -> Result<Value<'a>, Why> {
        let mut members: Vec<(Cow<'a, str>, Value<'a>)> = Vec::new();
        self.expect("{")?;
        if self.eat_after_blank("}") {
            return Ok(Value::Object(Object { members }));
        }
        loop {
            self.skip_blank();
            let name = self.text()?;
            if members.iter().any(|(known, _)| *known == name) {
                return Err(Why::Repeated);
            }
            if members.len() >= MAX_MEMBERS {
                return Err(Why::Large);
            }
            self.skip_blank();
            self.expect(":")?;
            let value = self.value(depth)?;
            members.push((name, value));
            if self.eat_after_blank("}") {
                return Ok(Value::Object(Object { members }));
            }
            self.expect(",")?;
        }
    }

    fn list(&mut self, depth: u32) -> Result<Value<'a>, Why> {
        let mut items = Vec::new();
        self.expect("[")?;
        if self.eat_after_blank("]") {
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value(depth)?);
            if self.eat_after_blank("]") {
                return Ok(Value::List(items));
            }
            self.expect(",")?;
        }
    }

    fn text(&mut self) -> Result<Cow<'a, str>, Why> {
        self.expect("\"")?;
        let plain = self.take_while(is_plain)?;
        if self.eat("\"") {
            return Ok(Cow::Borrowed(plain));
        }
        let mut text = String::from(plain);
        while !self.eat("\"") {
            self.expect("\\")?;
            text.push(self.escape()?);
            text.push_str(self.take_while(is_plain)?);
        }
        Ok(Cow::Owned(text))
    }

    /// What follows a backslash (RFC 8259 §7).
    fn escape(&mut self) -> Result<char, Why> {
        let kind = self.rest.bytes().next().filter(u8::is_ascii).ok_or(Why::Escape)?;
        self.take(1)?;
        match kind {
            b'"' | b'\\' | b'/' => Ok(char::from(kind)),
            b'b' => Ok('\u{8}'),
            b'f' => Ok('\u{c}'),
            b'n' => Ok('\n'),
            b'r' => Ok('\r'),
            b't' => Ok('\t'),
            b'u' => self.code_point(),
            _ => Err(Why::Escape),
        }
    }

    /// One or two `XXXX` of UTF-16; half a pair is refused, as nobody agrees on what it means.
    fn code_point(&mut self) -> Result<char, Why> {
        let first = self.utf16_unit()?;
        if let Some(char) = char::from_u32(u32::from(first)) {
            return Ok(char);
        }
        if !self.eat("\\u") {
            return Err(Why::Escape);
        }
        let pair = [first, self.utf16_unit()?];
        match char::decode_utf16(pair).next() {
            Some(Ok(char)) => Ok(char),
            _ => Err(Why::Escape),
        }
    }

    fn utf16_unit(&mut self) -> Result<u16, Why> {
        let digits = self.take(4).map_err(|_| Why::Escape)?;
        digits.bytes().try_fold(0, |unit: u16, digit| {
            let value = char::from(digit).to_digit(16).and_then(|value| u16::try_from(value).ok());
            Ok(unit.wrapping_shl(4) | value.ok_or(Why::Escape)?)
        })
    }

    fn number(&mut self) -> Result<Value<'a>, Why> {
        let text =
            self.take_while(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))?;
        Number::parse(text).map(Value::Number).ok_or(Why::Number)
    }

    fn end(&mut self) -> Result<(), Why> {
        self.skip_blank();
        if self.rest.is_empty() { Ok(()) } else { Err(Why::Trailing) }
    }

    fn skip_blank(&mut self) {
        let blank =
            self.rest.bytes().position(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
        self.rest = self.rest.get(blank.unwrap_or(self.rest.len())..).unwrap_or_default();
    }

    fn eat_after_blank(&mut self, word: &str) -> bool {
        self.skip_blank();
        self.eat(word)
    }

    fn eat(&mut self, word: &str) -> bool {
        let rest = self.rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, word: &str) -> Result<(), Why> {
        if self.eat(word) { Ok(()) } else { Err(Why::Unexpected) }
    }

    fn take_while(&mut self, belongs: impl Fn(u8) -> bool) -> Result<&'a str, Why> {
        let end = self.rest.bytes().position(|byte| !belongs(byte));
        self.take(end.unwrap_or(self.rest.len()))
    }

    fn take(&mut self, bytes: usize) -> Result<&'a str, Why> {
        let (taken, rest) = self.rest.split_at_checked(bytes).ok_or(Why::Unexpected)?;
        self.rest = rest;
        Ok(taken)
    }
}

/// Needs no escape and does not end the string; control characters have to be escaped.
fn is_plain(byte: u8) -> bool {
    byte >= b' ' && byte != b'"' && byte != b'\\'
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn why(text: &str) -> Option<Why> {
        parse(text, 100).err().map(|malformed| malformed.why)
    }

    #[test]
    fn reads_every_kind_of_value() {
        let text =
            r#" { "a" : [ 1 , -0.5e+3 , true , false , null ] , "b\u0041\ud83d\ude00" : "\n\/" } "#;
        let value = object(text, 100).unwrap();
        assert_eq!(value.get("bA😀"), Some(&Value::Text("\n/".into())));
        assert!(matches!(value.get("a"), Some(Value::List(items)) if items.len() == 5));
        assert_eq!(parse("[]", 1), Ok(Value::List(Vec::new())));
        assert_eq!(parse("{}", 1), Ok(Value::Object(Object::default())));
    }

    #[test]
    fn refuses_what_parsers_disagree_about() {
        let table = [
            (r#"{"a":1,"a":2}"#, Why::Repeated),
            (r#"{"exp":1,"\u0065xp":2}"#, Why::Repeated),
            (r#"{"o":{"id":1,"i\u0064":2}}"#, Why::Repeated),
            ("{} x", Why::Trailing),
            ("{}\0", Why::Trailing),
            ("\u{feff}{}", Why::Unexpected),
            ("", Why::Unexpected),
            ("{a:1}", Why::Unexpected),
            ("{\"a\":1,}", Why::Unexpected),
            ("[1,]", Why::Unexpected),
            ("[1 2]", Why::Unexpected),
            ("'a'", Why::Unexpected),
            ("NaN", Why::Unexpected),
            ("+1", Why::Unexpected),
            ("01", Why::Number),
            ("1.", Why::Number),
            ("-", Why::Number),
            ("1e", Why::Number),
            ("--1", Why::Number),
            (r#""\ud800""#, Why::Escape),
            (r#""\ud800\u0041""#, Why::Escape),
            (r#""\udc00\ud800""#, Why::Escape),
            (r#""\u+123""#, Why::Escape),
            (r#""\u12""#, Why::Escape),
            (r#""\x41""#, Why::Escape),
            ("\"\\é\"", Why::Escape),
            ("\"a\nb\"", Why::Unexpected),
            ("\"open", Why::Unexpected),
        ];
        for (text, expected) in table {
            assert_eq!(why(text), Some(expected), "{text:?}");
        }
    }

    #[test]
    fn is_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(why(&nested(16)), None);
        assert_eq!(why(&nested(17)), Some(Why::Deep));
        assert_eq!(why(&nested(20_000)), Some(Why::Deep));
        assert_eq!(why(&format!("[{}0]", "0,".repeat(98))), None);
        assert_eq!(why(&format!("[{}0]", "0,".repeat(99))), Some(Why::Large));
        assert_eq!(why(&"1".repeat(41)), Some(Why::Number));
        let members = |count: u32| {
            let all: Vec<String> = (0..count).map(|name| format!("\"{name}\":0")).collect();
            format!("{{{}}}", all.join(","))
        };
        assert!(parse(&members(128), 1000).is_ok());
        assert!(parse(&members(129), 1000).is_err());
    }
}
