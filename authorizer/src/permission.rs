//! What an organization lets a user do, and what has been paid for.
//!
//! Version 2 of Clerk's tokens packs both: `fea` lists features with their scope (`o:photos`,
//! `u:export`), `o.per` names permissions, and the i-th number of `o.fpm` has a bit for each name,
//! lowest first, that the user holds on the i-th feature of the organization.

use crate::claims::{Claims, Known};
use crate::json::{Object, Value};
use crate::text::{cut, has, split};

/// Decimal digits of one number of `o.fpm`: more than 200 permissions.
const MAX_DIGITS: usize = 64;

/// Whether the user holds `org:<feature>:<permission>`.
pub(crate) fn holds(claims: &Claims, wanted: &str) -> bool {
    match claims.version() {
        Some(1) => match claims.value(Known::OrgPermissions) {
            Some(Value::List(list)) => list.items().any(|item| item.is(wanted)),
            _ => false,
        },
        Some(2) => unpack(claims, wanted).is_some_and(|bit| bit),
        _ => false,
    }
}

/// Whether a feature is among the token's: `photos` of anybody, `org:photos` or `user:photos`.
pub(crate) fn has_feature(claims: &Claims, wanted: &str) -> bool {
    let (scope, wanted) = match cut(wanted, b':') {
        Some(("org", feature)) => (Some(b'o'), feature),
        Some(("user", feature)) => (Some(b'u'), feature),
        _ => (None, wanted),
    };
    let Some(features) = features(claims).filter(|_| claims.version() == Some(2)) else {
        return false;
    };
    split(features, b',').filter_map(scoped).any(|(scopes, feature)| {
        feature == wanted && scope.is_none_or(|scope| has(scopes, |byte| byte == scope))
    })
}

/// Whether a permission is one that a rule may ask for: `org:<feature>:<permission>`.
pub(crate) fn is_permission(name: &str) -> bool {
    parts(name).is_some()
}

fn unpack(claims: &Claims, wanted: &str) -> Option<bool> {
    let (wanted_feature, wanted_permission) = parts(wanted)?;
    let organization = claims.value(Known::O)?.object()?;
    let is_organizations = |entry: &(&str, &str)| has(entry.0, |byte| byte == b'o');
    let mut features = split(features(claims)?, b',').filter_map(scoped).filter(is_organizations);
    let feature = features.position(|(_, feature)| feature == wanted_feature)?;
    let permission = split(plain(organization, "per")?, b',')
        .position(|it| it.trim_ascii() == wanted_permission)?;
    let number = split(plain(organization, "fpm")?, b',').nth(feature)?;
    bit(number.trim_ascii(), permission)
}

fn features<'c>(claims: &Claims<'c>) -> Option<&'c str> {
    claims.text(Known::Fea)?.plain()
}

fn plain<'c>(organization: Object<'c>, name: &str) -> Option<&'c str> {
    organization.get(name)?.text()?.plain()
}

/// `o:photos`, or `ou:photos` for both: the scopes and the feature.
fn scoped(entry: &str) -> Option<(&str, &str)> {
    cut(entry.trim_ascii(), b':')
}

fn parts(name: &str) -> Option<(&str, &str)> {
    let (feature, permission) = cut(name.strip_prefix("org:")?, b':')?;
    let odd = |part: &str| part.is_empty() || has(part, |byte| matches!(byte, b':' | b',' | b' '));
    if odd(feature) || odd(permission) { None } else { Some((feature, permission)) }
}

/// A bit of a decimal number that may be larger than any register: halved until it is the last.
fn bit(number: &str, position: usize) -> Option<bool> {
    let mut digits = [0u8; MAX_DIGITS];
    let digits = digits.get_mut(..number.len())?;
    for (digit, byte) in digits.iter_mut().zip(number.bytes()) {
        *digit = byte.checked_sub(b'0').filter(|digit| *digit <= 9)?;
    }
    for _ in 0..position.min(MAX_DIGITS.saturating_mul(4)) {
        let mut carry = 0u8;
        for digit in digits.iter_mut() {
            let value = carry.saturating_mul(10).saturating_add(*digit);
            *digit = value >> 1;
            carry = value & 1;
        }
    }
    Some(digits.last()? & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::bit;

    #[test]
    fn bits_of_numbers_of_any_length() {
        let bits = |number: &str, count| {
            (0..count).filter(|at| bit(number, *at) == Some(true)).collect::<alloc::vec::Vec<_>>()
        };
        assert_eq!(bits("0", 70), []);
        assert_eq!(bits("5", 70), [0, 2]);
        assert_eq!(bits("18446744073709551616", 70), [64]);
        assert_eq!(bits("1267650600228229401496703205377", 110), [0, 100]);
        assert_eq!(bits("007", 9), [0, 1, 2]);
        for number in ["", "-1", "1.5", "1e3", "x", " 1"] {
            assert_eq!(bit(number, 0), None, "{number}");
        }
        assert_eq!(bit(&"9".repeat(65), 0), None);
        assert_eq!(bit("1", usize::MAX), Some(false));
    }
}
