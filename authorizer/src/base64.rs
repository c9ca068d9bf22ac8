//! base64url without padding, in its one canonical spelling (RFC 4648 §5 and §3.5, RFC 7515 §2).

use alloc::vec;
use alloc::vec::Vec;

/// Bytes for `text`; `None` for padding, foreign characters, a length that is 1 modulo 4, and bits
/// left over that are not zero. Two different texts thus never mean the same bytes.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    if text.len() % 4 == 1 {
        return None;
    }
    let mut bytes = vec![0; text.len().checked_mul(3)? / 4];
    for (group, place) in text.as_bytes().chunks(4).zip(bytes.chunks_mut(3)) {
        let mut bits = 0u32;
        for byte in group {
            bits = (bits << 6) | sextet(*byte)?;
        }
        match (group, place) {
            ([_, _, _, _], [a, b, c]) => [_, *a, *b, *c] = bits.to_be_bytes(),
            ([_, _, _], [a, b]) if bits.trailing_zeros() >= 2 => {
                [_, _, *a, *b] = (bits >> 2).to_be_bytes();
            }
            ([_, _], [a]) if bits.trailing_zeros() >= 4 => [.., *a] = (bits >> 4).to_be_bytes(),
            _ => return None,
        }
    }
    Some(bytes)
}

fn sextet(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte.wrapping_sub(b'A'),
        b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26),
        b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52),
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_the_rfc_examples_without_their_padding() {
        let table: [(&str, &[u8]); 8] = [
            ("", b""),
            ("Zg", b"f"),
            ("Zm8", b"fo"),
            ("Zm9v", b"foo"),
            ("Zm9vYg", b"foob"),
            ("Zm9vYmE", b"fooba"),
            ("Zm9vYmFy", b"foobar"),
            ("-_8", b"\xfb\xff"),
        ];
        for (text, bytes) in table {
            assert_eq!(decode(text).as_deref(), Some(bytes), "{text}");
        }
    }

    #[test]
    fn refuses_every_other_spelling() {
        for text in [
            "Z", "Zg==", "Zm8=", "Zm9vY", "Zh", "Zm9", "+/8", "Zm 8", "Zm8\n", "Zm9v\0", "Zm9vé",
            "Zm?v",
        ] {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }
}
