//! A JSON string as it stands in the document, and what it means.
//!
//! Nothing is copied: a string without escapes is its own meaning, and one with escapes is read
//! character by character whenever it is compared.

/// What is between the quotes of a string that the reader has accepted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'a> {
    raw: &'a str,
    escaped: bool,
}

impl<'a> Text<'a> {
    pub(crate) fn new(raw: &'a str, escaped: bool) -> Self {
        Text { raw, escaped }
    }

    /// The text between the quotes, escapes and all.
    pub(crate) fn raw(self) -> &'a str {
        self.raw
    }

    /// The meaning, if no escape is needed to write it.
    pub(crate) fn plain(self) -> Option<&'a str> {
        (!self.escaped).then_some(self.raw)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.raw.is_empty()
    }

    pub(crate) fn is(self, other: &str) -> bool {
        match self.plain() {
            Some(plain) => plain == other,
            None => self.chars().eq(other.chars()),
        }
    }

    pub(crate) fn same(self, other: Self) -> bool {
        match other.plain() {
            Some(plain) => self.is(plain),
            None => self.chars().eq(other.chars()),
        }
    }

    pub(crate) fn starts_with(self, prefix: &str) -> bool {
        let mut chars = self.chars();
        prefix.chars().all(|char| chars.next() == Some(char))
    }

    /// The meaning: escapes are resolved.
    pub(crate) fn chars(self) -> Chars<'a> {
        Chars { rest: self.raw }
    }
}

/// The characters of a [`Text`].
#[derive(Clone, Debug)]
pub(crate) struct Chars<'a> {
    rest: &'a str,
}

impl Iterator for Chars<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        let (char, length) = match self.rest.strip_prefix('\\') {
            Some(escape) => {
                let (char, length) = unescape(escape.as_bytes())?;
                (char, length.saturating_add(1))
            }
            None => self.rest.chars().next().map(|char| (char, char.len_utf8()))?,
        };
        self.rest = self.rest.get(length..).unwrap_or_default();
        Some(char)
    }
}

/// The character that follows a backslash, and how many bytes name it (RFC 8259 §7).
pub(crate) fn unescape(rest: &[u8]) -> Option<(char, usize)> {
    let char = match rest.first()? {
        byte @ (b'"' | b'\\' | b'/') => char::from(*byte),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return code_point(rest),
        _ => return None,
    };
    Some((char, 1))
}

/// One or two `uXXXX` of UTF-16; half a pair is refused, as nobody agrees on what it means.
fn code_point(rest: &[u8]) -> Option<(char, usize)> {
    let first = utf16_unit(rest.get(1..5)?)?;
    if let Some(char) = char::from_u32(u32::from(first)) {
        return Some((char, 5));
    }
    let [b'\\', b'u', digits @ ..] = rest.get(5..11)? else { return None };
    let pair = [first, utf16_unit(digits)?];
    Some((char::decode_utf16(pair).next()?.ok()?, 11))
}

fn utf16_unit(digits: &[u8]) -> Option<u16> {
    digits.iter().try_fold(0u16, |unit, digit| {
        let value = char::from(*digit).to_digit(16).and_then(|value| u16::try_from(value).ok())?;
        Some(unit.wrapping_shl(4) | value)
    })
}
