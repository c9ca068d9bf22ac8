//! A JSON number as it was written, and the whole seconds in it.
//!
//! No floating point: a claim such as `1e300` must not become a date by rounding.

/// Longer numbers are refused unread.
const MAX_LENGTH: usize = 40;
/// As many digits as always fit 64 bits: thirty million times as many seconds as there ever were.
const MAX_DIGITS: usize = 19;

/// A JSON number (RFC 8259 §6).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Number<'a> {
    raw: &'a [u8],
}

impl<'a> Number<'a> {
    /// What the reader has found to be one.
    pub(crate) fn new(raw: &'a [u8]) -> Self {
        Number { raw }
    }

    /// The number as it was written.
    pub(crate) fn raw(self) -> &'a [u8] {
        self.raw
    }

    pub(crate) fn is_sound(self) -> bool {
        self.raw.len() <= MAX_LENGTH && self.point().is_some()
    }

    /// The value without its fraction; `None` when it is negative (also `-0`) or far too large.
    pub(crate) fn floor(self) -> Option<u64> {
        let count = usize::try_from(self.point()?).unwrap_or(0);
        if count > MAX_DIGITS || self.raw.first() == Some(&b'-') {
            return None;
        }
        let mantissa = self.raw.iter().take_while(|byte| !is_exponent(**byte));
        let mut digits = mantissa.filter(|byte| byte.is_ascii_digit());
        let next = |value: u64, _| push(value, *digits.next().unwrap_or(&b'0'));
        Some((0..count).fold(0, next))
    }

    /// The value when it was written as a plain whole number.
    pub(crate) fn whole(self) -> Option<u64> {
        parse_decimal(self.raw)
    }

    /// How many of its digits, or more, are in front of the point once the exponent has moved it.
    #[inline(never)]
    fn point(self) -> Option<i32> {
        let (whole, mut rest) = split_digits(self.raw.strip_prefix(b"-").unwrap_or(self.raw))?;
        if whole.len() > 1 && whole.first() == Some(&b'0') {
            return None;
        }
        if let Some(fraction) = rest.strip_prefix(b".") {
            (_, rest) = split_digits(fraction)?;
        }
        let exponent = match rest.split_first() {
            None => 0,
            Some((e, exponent)) if is_exponent(*e) => parse_exponent(exponent)?,
            _ => return None,
        };
        // Beyond all bounds it is no date, but a number.
        Some(i32::try_from(whole.len()).ok()?.saturating_add(exponent))
    }
}

fn is_exponent(byte: u8) -> bool {
    byte | 0x20 == b'e'
}

/// The value of a run of up to nineteen ASCII digits; `None` for anything else, and for nothing.
pub(crate) fn parse_decimal(text: &[u8]) -> Option<u64> {
    let (digits, rest) = split_digits(text)?;
    let sound = rest.is_empty() && digits.len() <= MAX_DIGITS;
    sound.then(|| digits.iter().fold(0, |value, digit| push(value, *digit)))
}

fn parse_exponent(text: &[u8]) -> Option<i32> {
    let digits = match text {
        [b'+' | b'-', digits @ ..] | digits => digits,
    };
    // Not negative, so that its negative is a number as well.
    let exponent = i32::try_from(parse_decimal(digits)?).ok()?;
    Some(if text.starts_with(b"-") { exponent.wrapping_neg() } else { exponent })
}

/// The digits in front, at least one, and what follows them.
fn split_digits(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).filter(|_| end > 0)
}

/// One digit more. No more than [`MAX_DIGITS`] are ever pushed.
fn push(value: u64, digit: u8) -> u64 {
    value.wrapping_mul(10).wrapping_add(u64::from(digit & 0xf))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_the_fraction() {
        let table = [
            ("0", Some(0)),
            ("1666648310", Some(1_666_648_310)),
            ("1666648310.999", Some(1_666_648_310)),
            ("1.66664831e9", Some(1_666_648_310)),
            ("16666483109E-1", Some(1_666_648_310)),
            ("1e+3", Some(1000)),
            ("0.9", Some(0)),
            ("5e-9", Some(0)),
            ("9999999999999999999", Some(9_999_999_999_999_999_999)),
            ("10000000000000000000", None),
            ("1e18", Some(1_000_000_000_000_000_000)),
            ("1e19", None),
            ("-1", None),
            ("-0", None),
            ("1e300", None),
            ("1e400", None),
            ("1e2147483647", None),
        ];
        for (text, expected) in table {
            assert_eq!(Number::new(text.as_bytes()).floor(), expected, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_json_number() {
        for text in [
            "",
            "-",
            "00",
            "01",
            ".5",
            "1.",
            "1.e1",
            "1e",
            "1e+-1",
            "1e99999999999",
            "1.5.5",
            "1e1e1",
        ] {
            assert!(!Number::new(text.as_bytes()).is_sound(), "{text}");
        }
    }
}
