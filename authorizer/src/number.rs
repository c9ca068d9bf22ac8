//! A JSON number as it was written, and the whole seconds in it.
//!
//! No floating point: a claim such as `1e300` must not become a date by rounding.

use crate::text::cut;

/// Longer numbers are refused unread.
const MAX_LENGTH: usize = 40;
/// Digits in front of the point of a number that can still be a date.
const MAX_WHOLE_DIGITS: usize = 20;

/// A number split at its point and its exponent (RFC 8259 §6).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Number<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    exponent: i32,
}

impl<'a> Number<'a> {
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        if text.len() > MAX_LENGTH {
            return None;
        }
        let (negative, text) = split_sign(text, "-");
        let (mantissa, exponent) = match cut(text, b'e').or_else(|| cut(text, b'E')) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (text, 0),
        };
        let (whole, fraction) = match cut(mantissa, b'.') {
            Some((whole, fraction)) => (whole, digits(fraction)?),
            None => (mantissa, ""),
        };
        let whole = digits(whole).filter(|whole| whole.len() == 1 || !whole.starts_with('0'))?;
        Some(Number { negative, whole, fraction, exponent })
    }

    /// The value without its fraction; `None` when it is negative (also `-0`) or far too large.
    pub(crate) fn floor(&self) -> Option<u64> {
        if self.negative {
            return None;
        }
        let point = i32::try_from(self.whole.len()).ok()?.checked_add(self.exponent)?;
        let count = usize::try_from(point).unwrap_or(0);
        if count > MAX_WHOLE_DIGITS {
            return None;
        }
        let zeros = core::iter::repeat(b'0');
        decimal(self.whole.bytes().chain(self.fraction.bytes()).chain(zeros).take(count))
    }

    /// The value when it was written as a plain whole number.
    pub(crate) fn whole(&self) -> Option<u64> {
        if self.fraction.is_empty() && self.exponent == 0 { self.floor() } else { None }
    }
}

/// The value of a run of ASCII digits; `None` for anything else, for nothing, and beyond 64 bits.
pub(crate) fn parse_decimal(text: &str) -> Option<u64> {
    decimal(digits(text)?.bytes())
}

fn decimal(mut digits: impl Iterator<Item = u8>) -> Option<u64> {
    digits.try_fold(0u64, |value, digit| {
        value.checked_mul(10)?.checked_add(u64::from(digit.wrapping_sub(b'0')))
    })
}

fn parse_exponent(text: &str) -> Option<i32> {
    let (negative, text) = split_sign(text, "-");
    let text = if negative { text } else { split_sign(text, "+").1 };
    let value = i32::try_from(parse_decimal(text)?).ok()?;
    if negative { value.checked_neg() } else { Some(value) }
}

fn split_sign<'a>(text: &'a str, sign: &str) -> (bool, &'a str) {
    match text.strip_prefix(sign) {
        Some(rest) => (true, rest),
        None => (false, text),
    }
}

fn digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
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
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("-1", None),
            ("-0", None),
            ("1e300", None),
            ("1e400", None),
            ("1e2147483647", None),
        ];
        for (text, expected) in table {
            assert_eq!(Number::parse(text).unwrap().floor(), expected, "{text}");
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
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }
}
