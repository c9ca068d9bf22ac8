//! UTF-8 (RFC 3629) at a sixth of the standard library's size.

/// Whether these bytes are UTF-8.
pub(crate) fn is_utf8(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    loop {
        // Nearly everything is ASCII.
        let Some(position) = rest.iter().position(|byte| !byte.is_ascii()) else { return true };
        let Some((_, behind)) = rest.get(position..).and_then(next_char) else { return false };
        rest = behind;
    }
}

/// The first character, and what follows it; `None` where there is none.
///
/// RFC 3629 §3 and §10: what could have been written in fewer bytes is no character, nor is half a
/// pair of UTF-16.
pub(crate) fn next_char(bytes: &[u8]) -> Option<(char, &[u8])> {
    let (first, mut rest) = bytes.split_first()?;
    let (count, least) = match first {
        0..=0x7f => return Some((char::from(*first), rest)),
        0xc0..=0xdf => (1, 0x80),
        0xe0..=0xef => (2, 0x800),
        0xf0..=0xf7 => (3, 0x1_0000),
        _ => return None,
    };
    let mut number = u32::from(first & (0x3f >> count));
    for _ in 0..count {
        let (byte, behind) = rest.split_first().filter(|(byte, _)| **byte & 0xc0 == 0x80)?;
        number = number << 6 | u32::from(byte & 0x3f);
        rest = behind;
    }
    Some((char::from_u32(number).filter(|_| number >= least)?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_character_is_read_as_it_is_written() {
        for char in '\0'..=char::MAX {
            let mut room = [b'x'; 5];
            let length = char.encode_utf8(&mut room).len();
            let rest = room.get(length..).unwrap();
            assert_eq!(next_char(&room), Some((char, rest)));
        }
    }

    #[test]
    fn two_and_three_bytes_are_judged_as_by_the_standard_library() {
        for first in 0x7f..=0xff {
            for second in 0..=0xff {
                let two = [first, second];
                assert_eq!(is_utf8(&two), core::str::from_utf8(&two).is_ok(), "{two:x?}");
                for third in [0x00, 0x41, 0x7f, 0x80, 0x9f, 0xa0, 0xbf, 0xc0, 0xff] {
                    let bytes = [first, second, third];
                    assert_eq!(is_utf8(&bytes), core::str::from_utf8(&bytes).is_ok(), "{bytes:x?}");
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

        #[test]
        fn any_bytes_are_judged_as_by_the_standard_library(bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0xe0..=0xf5u8, 0x80..=0xbfu8], 0..12)) {
            prop_assert_eq!(is_utf8(&bytes), core::str::from_utf8(&bytes).is_ok());
        }
    }
}
