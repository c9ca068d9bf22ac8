//! What an organization lets a user do, and what has been paid for.
//!
//! Version 2 of Clerk's tokens packs both: `fea` lists features with their scope (`o:photos`,
//! `u:export`), `o.per` names permissions, and the i-th number of `o.fpm` has a bit for each name,
//! lowest first, that the user holds on the i-th feature of the organization.

use crate::claims::{Claims, Known};
use crate::json::Value;
use crate::text::{cut, has, split, trim};

/// Decimal digits of one number of `o.fpm`: more than 200 permissions.
const MAX_DIGITS: usize = 64;

/// Whether the user holds `org:<feature>:<permission>`.
pub(crate) fn holds(claims: &Claims, wanted: &[u8]) -> bool {
    match claims.version() {
        Some(1) => claims
            .value(Known::OrgPermissions)
            .and_then(Value::list)
            .is_some_and(|list| list.contains(wanted)),
        Some(2) => unpack(claims, wanted).is_some_and(|bit| bit),
        _ => false,
    }
}

/// Whether a feature is among the token's: `photos` of anybody, `org:photos` or `user:photos`.
pub(crate) fn has_feature(claims: &Claims, wanted: &[u8]) -> bool {
    let (scope, wanted) = match cut(wanted, b':') {
        Some((b"org", feature)) => (Some(b'o'), feature),
        Some((b"user", feature)) => (Some(b'u'), feature),
        _ => (None, wanted),
    };
    claims.version() == Some(2) && position(claims, scope, wanted).is_some()
}

/// Whether a permission is one that a rule may ask for: `org:<feature>:<permission>`.
pub(crate) fn is_permission(name: &[u8]) -> bool {
    parts(name).is_some()
}

#[inline(never)]
fn unpack(claims: &Claims, wanted: &[u8]) -> Option<bool> {
    let (wanted_feature, wanted_permission) = parts(wanted)?;
    let organization = claims.value(Known::O)?;
    let feature = position(claims, Some(b'o'), wanted_feature)?;
    let permission =
        split(plain(organization, b"per")?, b',').position(|it| trim(it) == wanted_permission)?;
    let number = split(plain(organization, b"fpm")?, b',').nth(feature)?;
    bit(trim(number), permission)
}

/// The position of a feature among those of a scope, or of all.
fn position(claims: &Claims, scope: Option<u8>, wanted: &[u8]) -> Option<usize> {
    let features = claims.text(Known::Fea)?.plain()?;
    let in_scope =
        |(scopes, _): &(&[u8], &[u8])| scope.is_none_or(|scope| has(scopes, |byte| byte == scope));
    split(features, b',')
        .filter_map(scoped)
        .filter(in_scope)
        .position(|(_, feature)| feature == wanted)
}

fn plain<'c>(organization: Value<'c>, name: &[u8]) -> Option<&'c [u8]> {
    organization.member(name)?.text()?.plain()
}

/// `o:photos`, or `ou:photos` for both: the scopes and the feature.
fn scoped(entry: &[u8]) -> Option<(&[u8], &[u8])> {
    cut(trim(entry), b':')
}

fn parts(name: &[u8]) -> Option<(&[u8], &[u8])> {
    let (feature, permission) = cut(name.strip_prefix(b"org:")?, b':')?;
    let odd = |part: &[u8]| part.is_empty() || has(part, |byte| matches!(byte, b':' | b',' | b' '));
    if odd(feature) || odd(permission) { None } else { Some((feature, permission)) }
}

/// A bit of a decimal number that may be larger than any register: halved until it is the last.
fn bit(number: &[u8], position: usize) -> Option<bool> {
    let mut digits = [0u8; MAX_DIGITS];
    let digits = digits.get_mut(..number.len())?;
    for (digit, byte) in digits.iter_mut().zip(number) {
        *digit = byte.checked_sub(b'0').filter(|digit| *digit <= 9)?;
    }
    for _ in 0..position.min(MAX_DIGITS.saturating_mul(4)) {
        let mut carry = 0u8;
        for digit in digits.iter_mut() {
            let value = carry.wrapping_mul(10).wrapping_add(*digit);
            *digit = value >> 1;
            carry = value & 1;
        }
    }
    Some(digits.last()? & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::bit;
    use alloc::vec::Vec;

    #[test]
    fn bits_of_numbers_of_any_length() {
        let bits = |number: &str, count: usize| -> Vec<usize> {
            (0..count).filter(|at| bit(number.as_bytes(), *at) == Some(true)).collect()
        };
        assert_eq!(bits("0", 70), [0; 0]);
        assert_eq!(bits("5", 70), [0, 2]);
        assert_eq!(bits("18446744073709551616", 70), [64]);
        assert_eq!(bits("1267650600228229401496703205377", 110), [0, 100]);
        assert_eq!(bits("007", 9), [0, 1, 2]);
        for number in ["", "-1", "1.5", "1e3", "x", " 1"] {
            assert_eq!(bit(number.as_bytes(), 0), None, "{number}");
        }
        assert_eq!(bit(&[b'9'; 65], 0), None);
        assert_eq!(bit(b"1", usize::MAX), Some(false));
    }
}
