//! A JSON string as it stands in the document, and what it means.
//!
//! Nothing is copied: a string without escapes is its own meaning, and one with escapes is read
//! character by character whenever it is compared. The document is UTF-8, and so is every meaning.

use crate::utf8::next_char;

/// What is between the quotes of a string that the reader has accepted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'a> {
    raw: &'a [u8],
    escaped: bool,
}

impl<'a> Text<'a> {
    pub(crate) fn new(raw: &'a [u8], escaped: bool) -> Self {
        Text { raw, escaped }
    }

    /// The text between the quotes, escapes and all.
    pub(crate) fn raw(self) -> &'a [u8] {
        self.raw
    }

    /// The meaning, if no escape is needed to write it.
    pub(crate) fn plain(self) -> Option<&'a [u8]> {
        (!self.escaped).then_some(self.raw)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.raw.is_empty()
    }

    #[inline(never)]
    pub(crate) fn is(self, other: &[u8]) -> bool {
        self.same(Text::new(other, false))
    }

    pub(crate) fn same(self, other: Text) -> bool {
        if self.escaped || other.escaped {
            self.chars().eq(other.chars())
        } else {
            self.raw == other.raw
        }
    }

    /// Whether the meaning begins with these letters of ASCII.
    pub(crate) fn starts_with(self, start: &[u8]) -> bool {
        let mut chars = self.chars();
        start.iter().all(|byte| chars.next() == Some(char::from(*byte)))
    }

    /// The meaning: escapes are resolved.
    #[inline(never)]
    pub(crate) fn chars(self) -> Chars<'a> {
        Chars { rest: self.raw, escaped: self.escaped }
    }
}

/// The characters of a [`Text`]'s meaning.
#[derive(Clone, Debug)]
pub(crate) struct Chars<'a> {
    rest: &'a [u8],
    escaped: bool,
}

impl Iterator for Chars<'_> {
    type Item = char;

    #[inline(never)]
    fn next(&mut self) -> Option<char> {
        let (char, rest) = match self.rest {
            [b'\\', rest @ ..] if self.escaped => {
                let (char, length) = unescape(rest)?;
                (char, rest.get(length..)?)
            }
            rest => next_char(rest)?,
        };
        self.rest = rest;
        Some(char)
    }
}

/// The character that follows a backslash, and how many bytes name it (RFC 8259 §7).
pub(crate) fn unescape(rest: &[u8]) -> Option<(char, usize)> {
    let name = rest.first()?;
    if *name == b'u' {
        return code_point(rest);
    }
    let position = ESCAPES.iter().position(|escape| escape == name)?;
    Some((char::from(*MEANINGS.get(position)?), 1))
}

/// What stands behind a backslash, and what it means there.
const ESCAPES: &[u8; 8] = b"\"\\/bfnrt";
const MEANINGS: &[u8; 8] = b"\"\\/\x08\x0c\n\r\t";

/// One or two `uXXXX` of UTF-16; half a pair is refused, as nobody agrees on what it means.
fn code_point(rest: &[u8]) -> Option<(char, usize)> {
    let first = utf16_unit(rest.get(1..5)?)?;
    if let Some(char) = char::from_u32(first) {
        return Some((char, 5));
    }
    let [b'\\', b'u', digits @ ..] = rest.get(5..11)? else { return None };
    // RFC 2781 §2.2. Where the halves are not those of a pair, a difference is below zero.
    let high = first.checked_sub(0xd800).filter(|high| *high < 0x400)?;
    let low = utf16_unit(digits)?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
    Some((char::from_u32((high << 10 | low).wrapping_add(0x1_0000))?, 11))
}

fn utf16_unit(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))
}
