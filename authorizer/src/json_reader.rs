//! A strict, bounded JSON reader (RFC 8259) for whatever a stranger may have written.
//!
//! It walks over a document and keeps nothing of it: values are slices of the text. Stricter than
//! the RFC asks: a repeated member name is refused (RFC 7515 §4 and RFC 7519 §4 let a parser
//! choose), also when one of the two is spelled with escapes, and there are bounds on depth, members
//! and values.

use crate::json::{Form, Value};
use crate::json_text::{Text, unescape};
use crate::number::Number;
use crate::text::has;

/// Lists and objects inside one another.
const MAX_DEPTH: u32 = 16;
/// Members of all objects that are open at one place: finding repeated names compares them.
const MAX_MEMBERS: usize = 128;

/// Why a document was refused, and at which byte.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Malformed {
    pub(crate) at: usize,
    pub(crate) why: Why,
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

/// An object whose members are being read one by one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Open {
    /// Where the names of its members begin among those of all open objects.
    names: usize,
    /// A bit for each name, so that most names are known to be new without a comparison.
    seen: u64,
    first: bool,
}

/// A place in a document. Whoever reads members one by one calls [`Reader::end`] at last.
pub(crate) struct Reader<'a> {
    text: &'a [u8],
    pub(crate) at: usize,
    values: u32,
    depth: u32,
    /// Of the member that was read last.
    pub(crate) name: Text<'a>,
    /// Where the members' names begin and end, innermost object last.
    names: [(usize, usize); MAX_MEMBERS],
    open_names: usize,
}

impl<'a> Reader<'a> {
    #[inline(never)]
    pub(crate) fn new(text: &'a [u8], values: u32) -> Self {
        Reader {
            text,
            at: 0,
            values,
            depth: MAX_DEPTH,
            name: Text::new(b"", false),
            names: [(0, 0); MAX_MEMBERS],
            open_names: 0,
        }
    }

    pub(crate) fn document(&mut self) -> Result<Value<'a>, Why> {
        let value = self.value()?;
        self.end()?;
        Ok(value)
    }

    pub(crate) fn value(&mut self) -> Result<Value<'a>, Why> {
        self.values = self.values.checked_sub(1).ok_or(Why::Large)?;
        self.skip_blank();
        let start = self.at;
        let form = match self.peek() {
            b'"' => {
                let text = self.string()?;
                let form = if text.plain().is_some() { Form::Plain } else { Form::Escaped };
                return Ok(Value { raw: text.raw(), form });
            }
            b'{' => {
                let mut open = self.open()?;
                while self.member(&mut open)?.is_some() {}
                Form::Object
            }
            b'[' => {
                self.expect(b'[')?;
                let mut first = true;
                while self.item(&mut first)?.is_some() {}
                Form::List
            }
            b't' => self.word(b"true", Form::True)?,
            b'f' => self.word(b"false", Form::False)?,
            b'n' => self.word(b"null", Form::Null)?,
            b'-' | b'0'..=b'9' => {
                self.skip(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
                if !Number::new(self.since(start)).is_sound() {
                    return Err(Why::Number);
                }
                Form::Number
            }
            _ => return Err(Why::Unexpected),
        };
        Ok(Value { raw: self.since(start), form })
    }

    /// Goes to the first member of an object; [`Reader::member`] gives them.
    pub(crate) fn open(&mut self) -> Result<Open, Why> {
        self.skip_blank();
        self.expect(b'{')?;
        Ok(Open { names: self.open_names, seen: 0, first: true })
    }

    /// The value of the next member, or `None` behind the `}`.
    pub(crate) fn member(&mut self, open: &mut Open) -> Result<Option<Value<'a>>, Why> {
        if !self.goes_on(b'}', &mut open.first)? {
            self.open_names = open.names;
            return Ok(None);
        }
        self.skip_blank();
        let name = self.string()?;
        self.enter(open, name)?;
        self.skip_blank();
        self.expect(b':')?;
        let value = self.value()?;
        self.name = name;
        Ok(Some(value))
    }

    pub(crate) fn item(&mut self, first: &mut bool) -> Result<Option<Value<'a>>, Why> {
        if self.goes_on(b']', first)? { self.value().map(Some) } else { Ok(None) }
    }

    pub(crate) fn end(&mut self) -> Result<(), Why> {
        self.skip_blank();
        if self.at == self.text.len() { Ok(()) } else { Err(Why::Trailing) }
    }

    /// Whether something follows in the list or object that ends with `last`.
    fn goes_on(&mut self, last: u8, first: &mut bool) -> Result<bool, Why> {
        self.skip_blank();
        if core::mem::replace(first, false) {
            self.depth = self.depth.checked_sub(1).ok_or(Why::Deep)?;
        } else if self.peek() != last {
            return self.expect(b',').map(|()| true);
        }
        if self.peek() != last {
            return Ok(true);
        }
        self.advance(1);
        self.depth = self.depth.wrapping_add(1);
        Ok(false)
    }

    /// Refuses a name that the object has already.
    fn enter(&mut self, open: &mut Open, name: Text<'a>) -> Result<(), Why> {
        let bit = bit(name);
        if open.seen & bit != 0 && self.is_known(open, name) {
            return Err(Why::Repeated);
        }
        open.seen |= bit;
        let end = self.at.wrapping_sub(1);
        let place = self.names.get_mut(self.open_names).ok_or(Why::Large)?;
        *place = (end.wrapping_sub(name.raw().len()), end);
        self.open_names = self.open_names.wrapping_add(1);
        Ok(())
    }

    fn is_known(&self, open: &Open, name: Text) -> bool {
        let names = self.names.get(open.names..self.open_names).unwrap_or_default();
        names.iter().any(|&(start, end)| {
            let known = self.text.get(start..end).unwrap_or_default();
            name.same(Text::new(known, has(known, |byte| byte == b'\\')))
        })
    }

    fn string(&mut self) -> Result<Text<'a>, Why> {
        self.expect(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            self.skip(is_plain);
            match self.peek() {
                b'"' => break,
                b'\\' => escaped = true,
                _ => return Err(Why::Unexpected),
            }
            self.advance(1);
            let escape = self.text.get(self.at..).unwrap_or_default();
            let (_, length) = unescape(escape).ok_or(Why::Escape)?;
            self.advance(length);
        }
        let text = Text::new(self.since(start), escaped);
        self.advance(1);
        Ok(text)
    }

    fn word(&mut self, word: &[u8], form: Form) -> Result<Form, Why> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if !rest.starts_with(word) {
            return Err(Why::Unexpected);
        }
        self.advance(word.len());
        Ok(form)
    }

    fn skip_blank(&mut self) {
        self.skip(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    /// Goes on to the first byte that does not belong.
    fn skip(&mut self, belongs: impl Fn(u8) -> bool) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        self.advance(rest.iter().position(|byte| !belongs(*byte)).unwrap_or(rest.len()));
    }

    pub(crate) fn expect(&mut self, byte: u8) -> Result<(), Why> {
        if self.peek() != byte {
            return Err(Why::Unexpected);
        }
        self.advance(1);
        Ok(())
    }

    /// The byte here. At the end it is a zero, which is nowhere allowed.
    fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    /// Never beyond the end, as only what was seen is passed.
    fn advance(&mut self, count: usize) {
        self.at = self.at.wrapping_add(count);
    }

    fn since(&self, start: usize) -> &'a [u8] {
        self.text.get(start..self.at).unwrap_or_default()
    }
}

/// Needs no escape and does not end the string; control characters have to be escaped.
fn is_plain(byte: u8) -> bool {
    byte >= b' ' && byte != b'"' && byte != b'\\'
}

/// One of 64 bits for a name; all of them for one that can be spelled in another way.
fn bit(name: Text) -> u64 {
    let Some(plain) = name.plain() else { return u64::MAX };
    let hash =
        plain.iter().fold(0u32, |hash, byte| hash.wrapping_mul(5).wrapping_add(u32::from(*byte)));
    1u64.wrapping_shl(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Object, object};
    use alloc::format;
    use alloc::string::String;
    use alloc::vec::Vec;

    fn why(text: &str) -> Option<Why> {
        Reader::new(text.as_bytes(), 100).document().err()
    }

    fn texts(object: Object) -> Vec<String> {
        object.members().map(|(name, _)| name.chars().collect()).collect()
    }

    #[test]
    fn reads_every_kind_of_value() {
        let text = r#" { "a" : [ 1 , -0.5e+3 , true , false , null ] , "b\u0041\ud83d\ude00" : "\n\/" , "c" : { "d" : { } } } "#;
        let value = object(text.as_bytes(), 100).unwrap();
        assert_eq!(texts(value), ["a", "bA😀", "c"]);
        assert!(value.get("bA😀".as_bytes()).unwrap().is(b"\n/"));
        let list = value.get(b"a").unwrap().list().unwrap();
        let forms: Vec<_> = list.items().map(|item| item.form).collect();
        assert_eq!(forms, [Form::Number, Form::Number, Form::True, Form::False, Form::Null]);
        assert!(value.get(b"c").unwrap().object().unwrap().get(b"d").is_some());
        assert!(value.get(b"d").is_none());
        assert_eq!((why("[]"), why("{}"), why(" 0 ")), (None, None, None));
    }

    #[test]
    fn refuses_what_parsers_disagree_about() {
        let table = [
            (r#"{"a":1,"a":2}"#, Why::Repeated),
            (r#"{"exp":1,"\u0065xp":2}"#, Why::Repeated),
            (r#"{"\u0065xp":1,"exp":2}"#, Why::Repeated),
            (r#"{"\u0065xp":1,"b":3,"e\u0078p":2}"#, Why::Repeated),
            (r#"{"o":{"id":1,"i\u0064":2}}"#, Why::Repeated),
            (r#"{"o":{"id":1},"p":{"id":1},"o":0}"#, Why::Repeated),
            (r#"{"":0,"":0}"#, Why::Repeated),
            ("{} x", Why::Trailing),
            ("{}\0", Why::Trailing),
            ("\u{feff}{}", Why::Unexpected),
            ("", Why::Unexpected),
            ("{a:1}", Why::Unexpected),
            ("{\"a\":1,}", Why::Unexpected),
            ("{,}", Why::Unexpected),
            ("{\"a\"}", Why::Unexpected),
            ("{\"a\":1 \"b\":1}", Why::Unexpected),
            ("{\"a\":1]", Why::Unexpected),
            ("{", Why::Unexpected),
            ("[", Why::Unexpected),
            ("[1,]", Why::Unexpected),
            ("[,1]", Why::Unexpected),
            ("[1 2]", Why::Unexpected),
            ("[1}", Why::Unexpected),
            ("'a'", Why::Unexpected),
            ("NaN", Why::Unexpected),
            ("nul", Why::Unexpected),
            ("TRUE", Why::Unexpected),
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
            ("\"\\", Why::Escape),
            ("\"a\nb\"", Why::Unexpected),
            ("\"open", Why::Unexpected),
        ];
        for (text, expected) in table {
            assert_eq!(why(text), Some(expected), "{text:?}");
        }
    }

    #[test]
    fn the_same_name_in_different_objects_is_fine() {
        assert_eq!(why(r#"{"a":{"a":{"a":1},"b":[{"a":1},{"a":1}]},"b":{"a":2}}"#), None);
    }

    #[test]
    fn is_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(why(&nested(16)), None);
        assert_eq!(why(&nested(17)), Some(Why::Deep));
        assert_eq!(why(&nested(20_000)), Some(Why::Deep));
        assert_eq!(why(&format!("[{}0]", "[[]],".repeat(20))), None, "depth is given back");
        assert_eq!(why(&format!("[{}0]", "0,".repeat(98))), None);
        assert_eq!(why(&format!("[{}0]", "0,".repeat(99))), Some(Why::Large));
        assert_eq!(why(&"1".repeat(41)), Some(Why::Number));
        let members = |count: u32| {
            let all: Vec<String> = (0..count).map(|name| format!("\"{name}\":0")).collect();
            format!("{{{}}}", all.join(","))
        };
        let read = |count| Reader::new(members(count).as_bytes(), 1000).document().err();
        assert_eq!((read(128), read(129)), (None, Some(Why::Large)));
        let many = format!("[{}]", [members(100), members(100)].join(","));
        assert!(Reader::new(many.as_bytes(), 1000).document().is_ok(), "names are given back");
    }
}
