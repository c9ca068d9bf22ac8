//! Canonical object paths: one spelling for each object, and everything else refused.
//!
//! CloudFront chooses the behaviour by the normalised path and forwards the raw one, so a rule that
//! accepted two spellings of one object could be walked around. Nothing is normalised here.

use crate::text::split;
use crate::utf8::next_char;

/// S3 allows keys of 1,024 bytes (Amazon S3 User Guide, "Naming Amazon S3 objects").
pub(crate) const MAX_LENGTH: usize = 1024;

/// Letters that are written as one code point and have no second spelling in Unicode (NFC).
///
/// Listed instead of computed: the tables of Unicode normalisation would be most of this module.
/// Combining marks, compatibility forms, invisible and bidirectional controls are in no range.
///
/// Scripts that write vowels or tones as combining marks (Thai, Devanagari, …) are thus refused:
/// whether their marks are in canonical order takes those tables. Name such objects by an id.
const LETTERS: [(u16, u16); 19] = [
    (0x00c0, 0x024f), // Latin
    (0x1e00, 0x1eff), // Latin, also Vietnamese
    (0x0388, 0x038a), // Greek, with accents
    (0x038e, 0x03a1), // Greek
    (0x03a3, 0x03ce), // Greek
    (0x0400, 0x0481), // Cyrillic
    (0x048a, 0x052f), // Cyrillic
    (0x0531, 0x0556), // Armenian
    (0x0561, 0x0586), // Armenian
    (0x05d0, 0x05ea), // Hebrew
    (0x0621, 0x063a), // Arabic
    (0x0641, 0x064a), // Arabic
    (0x10d0, 0x10fa), // Georgian
    (0x3041, 0x3096), // Hiragana
    (0x30a1, 0x30fa), // Katakana
    (0x30fc, 0x30fc), // the Katakana length mark
    (0x3400, 0x4dbf), // Chinese, Japanese and Korean ideographs
    (0x4e00, 0x9fff), // ideographs
    (0xac00, 0xd7a3), // Hangul syllables
];

/// Pictographs, beyond the sixteen bits of [`LETTERS`].
fn is_pictograph(char: char) -> bool {
    matches!(char, '\u{1f300}'..='\u{1f64f}' | '\u{1f900}'..='\u{1f9ff}')
}

/// Whether `path` is `/` and then canonical segments, no more than 1,024 bytes in all.
pub(crate) fn is_canonical(path: &[u8]) -> bool {
    let Some(rest) = path.strip_prefix(b"/") else { return false };
    path.len() <= MAX_LENGTH && split(rest, b'/').all(is_canonical_segment)
}

/// Whether a segment names something, and is the only way to write what it names.
///
/// RFC 3986 §3.3 minus `;` (path parameters) and `+` (S3 reads it as a space), with upper-case
/// escapes for what cannot be written plainly. `.`, `..` and a dot or a space at an end are refused.
pub(crate) fn is_canonical_segment(segment: &[u8]) -> bool {
    if segment.is_empty() || segment.ends_with(b".") {
        return false;
    }
    segment.iter().all(|byte| is_plain(*byte)) || is_canonical_escape(segment)
}

/// The same for a segment with escapes. Apart, as most have none, and what is not called is not
/// compiled at the edge.
#[inline(never)]
fn is_canonical_escape(segment: &[u8]) -> bool {
    let mut room = [0; MAX_LENGTH];
    let Some(name) = unescape(segment, &mut room) else { return false };
    !name.starts_with(b" ") && !name.ends_with(b" ") && is_name(name)
}

/// Whether a name is UTF-8 and all its characters may occur.
fn is_name(mut name: &[u8]) -> bool {
    while !name.is_empty() {
        let Some((_, rest)) = next_char(name).filter(|(char, _)| may_occur(*char)) else {
            return false;
        };
        name = rest;
    }
    true
}

/// Written as itself.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'.' | b'_' | b'~')
        || matches!(
            byte,
            b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b',' | b'=' | b':' | b'@'
        )
}

/// What may stand in a name. Not `/`, `\`, `%`, `;`, `?`, `#` or a control character: decoded once
/// more by somebody, they would mean something else.
fn may_occur(char: char) -> bool {
    match u8::try_from(char).ok().filter(u8::is_ascii) {
        Some(b' ' | b'"' | b'+' | b'<' | b'>' | b'[' | b']' | b'^' | b'`' | b'{' | b'|' | b'}') => {
            true
        }
        Some(byte) => is_plain(byte),
        None => match u16::try_from(u32::from(char)) {
            Ok(unit) => LETTERS.iter().any(|(first, last)| (*first..=*last).contains(&unit)),
            Err(_) => is_pictograph(char),
        },
    }
}

/// What a segment names, if it is escaped where it has to be, only there, and in upper case.
#[inline(never)]
pub(crate) fn unescape<'r>(segment: &[u8], room: &'r mut [u8]) -> Option<&'r [u8]> {
    let mut length = 0usize;
    let mut rest = segment.iter().copied();
    while let Some(byte) = rest.next() {
        let byte = match byte {
            b'%' => {
                Some(hex(rest.next()?)? << 4 | hex(rest.next()?)?).filter(|it| !is_plain(*it))?
            }
            plain if is_plain(plain) => plain,
            _ => return None,
        };
        *room.get_mut(length)? = byte;
        length = length.wrapping_add(1);
    }
    room.get(..length)
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit.wrapping_sub(b'0')),
        b'A'..=b'F' => Some(digit.wrapping_sub(b'A').wrapping_add(10)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn accepts_the_one_spelling() {
        let paths = [
            "/a",
            "/a/b.png",
            "/users/user_2abc/x-1_2~3.jpg",
            "/.hidden",
            "/a..b/c",
            "/!$&'()*,=:@",
            "/a%20b",
            "/%C3%A9t%C3%A9",
            "/%E1%BA%A3nh.png",
            "/%E5%86%99%E7%9C%9F.png",
            "/%F0%9F%98%80",
            "/a%2Bb",
            "/%7Bx%7D",
        ];
        for path in paths {
            assert!(is_canonical(path.as_bytes()), "{path}");
        }
    }

    #[test]
    fn refuses_every_other_spelling() {
        let paths = [
            "",
            "a",
            "/",
            "//",
            "/a/",
            "//a",
            "/a//b",
            "/.",
            "/..",
            "/./a",
            "/../a",
            "/a/..",
            "/a/../b",
            "/%2e%2e/a",
            "/%2E%2E/a",
            "/%2e/a",
            "/.%2e/a",
            "/a%2fb",
            "/a%2Fb",
            "/a%5cb",
            "/a%5Cb",
            "/a\\b",
            "/a%00",
            "/a%0A",
            "/a%7F",
            "/a%25",
            "/%252e",
            "/%25%32%65",
            "/a;b",
            "/..;/a",
            "/a%3B",
            "/a%3Bb",
            "/a+b",
            "/a b",
            "/a\tb",
            "/a\0b",
            "/a?b",
            "/a#b",
            "/a%3Fb",
            "/a%23b",
            "/a%",
            "/a%2",
            "/a%zz",
            "/a%41",
            "/%7E",
            "/a%2c",
            "/%c3%a9",
            "/%C3%a9",
            "/é",
            "/\u{ff0f}",
            "/%EF%BC%8F",
            "/%C0%AE",
            "/%C0%AE%C0%AE/a",
            "/%E0%80%AE",
            "/%ED%A0%80",
            "/%FF",
            "/e%CC%81",
            "/%E2%80%8B",
            "/%E2%80%AE",
            "/%EF%BB%BF",
            "/a.",
            "/a./b",
            "/a%20",
            "/%20a",
            "/%20",
            "/a\"b",
            "/a<b",
            "/{a}",
            "/a|b",
            "/a^b",
            "/%C2%80",
            "/%C2%A0",
            "/%C2%AD",
            "/%E2%84%AA",
            "/%E0%B8%A0%E0%B8%B2%E0%B8%9E",
            "/%EF%AC%81",
            "/%CD%BE",
        ];
        for path in paths {
            assert!(!is_canonical(path.as_bytes()), "{path:?}");
        }
    }

    #[test]
    fn is_bounded() {
        assert!(is_canonical(format!("/{}", "a".repeat(1023)).as_bytes()));
        assert!(!is_canonical(format!("/{}", "a".repeat(1024)).as_bytes()));
    }
}
