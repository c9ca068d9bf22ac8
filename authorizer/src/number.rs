//! A JSON number as it was written, and the whole seconds in it.
//!
//! No floating point: a claim such as `1e300` must not become a date by rounding.

use crate::text::cut;

/// Longer numbers are refused unread.
const MAX_LENGTH: usize = 40;
/// Digits in front of the point of a number that can still be a date.
const MAX_WHOLE_DIGITS: usize = 20;

/// A JSON number (RFC 8259 §6).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Number<'a> {
    raw: &'a str,
}

/// A number split at its point and its exponent.
struct Parts<'a> {
    whole: &'a str,
    fraction: &'a str,
    exponent: i32,
}

impl<'a> Number<'a> {
    pub(crate) fn parse(raw: &'a str) -> Option<Self> {
        let number = Number { raw };
        if number.whole().is_some() || raw.len() <= MAX_LENGTH && number.parts().is_some() {
            Some(number)
        } else {
            None
        }
    }

    /// The number as it was written.
    pub(crate) fn raw(self) -> &'a str {
        self.raw
    }

    /// The value without its fraction; `None` when it is negative (also `-0`) or far too large.
    pub(crate) fn floor(self) -> Option<u64> {
        if let Some(value) = self.whole() {
            return Some(value);
        }
        let parts = self.parts().filter(|_| !self.raw.starts_with('-'))?;
        let point = i32::try_from(parts.whole.len()).ok()?.checked_add(parts.exponent)?;
        let count = usize::try_from(point).unwrap_or(0);
        if count > MAX_WHOLE_DIGITS {
            return None;
        }
        let mut digits = parts.whole.bytes().chain(parts.fraction.bytes());
        let mut value = 0u64;
        for _ in 0..count {
            let digit = digits.next().unwrap_or(b'0').wrapping_sub(b'0');
            value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
        }
        Some(value)
    }

    /// The value when it was written as a plain whole number.
    pub(crate) fn whole(self) -> Option<u64> {
        if self.raw.len() > 1 && self.raw.starts_with('0') { None } else { parse_decimal(self.raw) }
    }

    fn parts(self) -> Option<Parts<'a>> {
        let (_, text) = split_sign(self.raw, b'-');
        let (mantissa, exponent) = match cut(text, b'e').or_else(|| cut(text, b'E')) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (text, 0),
        };
        let (whole, fraction) = match cut(mantissa, b'.') {
            Some((whole, fraction)) if is_digits(fraction) => (whole, fraction),
            Some(_) => return None,
            None => (mantissa, ""),
        };
        let sound = is_digits(whole) && (whole.len() == 1 || !whole.starts_with('0'));
        sound.then_some(Parts { whole, fraction, exponent })
    }
}

/// The value of a run of ASCII digits; `None` for anything else, for nothing, and beyond 64 bits.
pub(crate) fn parse_decimal(text: &str) -> Option<u64> {
    let mut value = 0u64;
    for byte in text.bytes() {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    (!text.is_empty()).then_some(value)
}

fn parse_exponent(text: &str) -> Option<i32> {
    let (negative, text) = split_sign(text, b'-');
    let text = if negative { text } else { split_sign(text, b'+').1 };
    let value = i32::try_from(parse_decimal(text)?).ok()?;
    if negative { value.checked_neg() } else { Some(value) }
}

fn split_sign(text: &str, sign: u8) -> (bool, &str) {
    match cut(text, sign) {
        Some(("", rest)) => (true, rest),
        _ => (false, text),
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
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
