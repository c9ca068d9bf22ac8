//! base64url without padding, in its one canonical spelling (RFC 4648 §5 and §3.5, RFC 7515 §2).

/// Not in the alphabet; as 32 bits it is larger than every sum of six bits, wherever it is shifted.
const FOREIGN: i8 = -1;

/// Six bits for each byte of ASCII: one look instead of five comparisons, on the hottest path there
/// is.
static SEXTETS: [i8; 128] = sextets();

/// Decodes `text` into the front of `room`, and gives back that front.
///
/// `None` for padding, foreign characters, a length that is 1 modulo 4, bits left over that are not
/// zero, and bytes that do not fit. Two different texts thus never mean the same bytes.
pub(crate) fn decode<'r>(text: &[u8], room: &'r mut [u8]) -> Option<&'r [u8]> {
    let length = text.len().checked_mul(3)? / 4;
    let room = room.get_mut(..length)?;
    let (groups, rest) = text.as_chunks::<4>();
    let (places, last) = room.as_chunks_mut::<3>();
    for (group, place) in groups.iter().zip(places) {
        let [a, b, c, d] = *group;
        let bits = (ascii(a) << 18) | (ascii(b) << 12) | (ascii(c) << 6) | ascii(d);
        // What is not ASCII has its highest bit set.
        if bits > 0x00ff_ffff || (a | b | c | d) > 0x7f {
            return None;
        }
        let [_, first, second, third] = bits.to_be_bytes();
        *place = [first, second, third];
    }
    if !rest.is_empty() {
        tail(rest, last)?;
    }
    Some(room)
}

/// The last two or three characters, for one or two bytes; what is left of their bits has to be zero.
fn tail(rest: &[u8], last: &mut [u8]) -> Option<()> {
    let bits = rest.iter().fold(0u32, |bits, byte| bits << 6 | sextet(*byte));
    let missing = 4usize.wrapping_sub(rest.len()).wrapping_mul(6);
    let bytes = bits.wrapping_shl(u32::try_from(missing).ok()?).to_be_bytes();
    let [_, bytes @ ..] = bytes;
    let (bytes, left) = bytes.split_at_checked(last.len())?;
    last.copy_from_slice(bytes);
    (bits <= 0x3_ffff && !bytes.is_empty() && left.iter().all(|byte| *byte == 0)).then_some(())
}

/// Of a byte of which the caller knows that it is ASCII, or looks later.
fn ascii(byte: u8) -> u32 {
    sextet(byte & 0x7f)
}

fn sextet(byte: u8) -> u32 {
    let value = SEXTETS.get(usize::from(byte)).copied().unwrap_or(FOREIGN);
    i32::from(value).cast_unsigned()
}

const fn sextets() -> [i8; 128] {
    let mut table = [FOREIGN; 128];
    let mut places: &mut [i8] = &mut table;
    let mut byte = 0u8;
    while let [place, rest @ ..] = places {
        *place = match byte {
            b'A'..=b'Z' => byte.wrapping_sub(b'A').cast_signed(),
            b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26).cast_signed(),
            b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52).cast_signed(),
            b'-' => 62,
            b'_' => 63,
            _ => FOREIGN,
        };
        places = rest;
        byte = byte.wrapping_add(1);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_the_rfc_examples_without_their_padding() {
        let table: [(&str, &[u8]); 9] = [
            ("", b""),
            ("Zg", b"f"),
            ("Zm8", b"fo"),
            ("Zm9v", b"foo"),
            ("Zm9vYg", b"foob"),
            ("Zm9vYmE", b"fooba"),
            ("Zm9vYmFy", b"foobar"),
            ("-_8", b"\xfb\xff"),
            ("____", b"\xff\xff\xff"),
        ];
        for (text, bytes) in table {
            assert_eq!(decode(text.as_bytes(), &mut [0; 8]), Some(bytes), "{text}");
        }
    }

    #[test]
    fn refuses_every_other_spelling() {
        for text in [
            "Z", "Zg==", "Zm8=", "Zm9vY", "Zh", "Zm9", "+/8", "Zm 8", "Zm8\n", "Zm9v\0", "Zm9vé",
            "Zm?v", "Z?", "?g", "Zm?", "?m8", "Z?8", "=m9v", "Z=9v", "Zm9=",
        ] {
            assert_eq!(decode(text.as_bytes(), &mut [0; 8]), None, "{text:?}");
        }
    }

    #[test]
    fn refuses_what_does_not_fit() {
        assert_eq!(decode(b"Zm9v", &mut [0; 2]), None);
        assert_eq!(decode(b"Zm9vYg", &mut [0; 3]), None);
    }
}
