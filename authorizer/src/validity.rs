//! When a token counts (RFC 7519 §4.1.4 to §4.1.6). Times are seconds since 1970.

use crate::code::Code;
use crate::json::{Object, Value};
use crate::policy::Policy;

/// The last second of the year 9999; later dates are mistakes or attacks.
const MAX_DATE: u64 = 253_402_300_799;

/// Judges `exp`, `nbf` and `iat`; the policy's leeway applies at both edges.
pub(crate) fn check(claims: &Object, policy: &Policy, now: u64) -> Result<(), Code> {
    let expires = required(claims, "exp")?;
    let issued = required(claims, "iat")?;
    if now >= expires.saturating_add(policy.leeway) {
        return Err(Code::TokenExpired);
    }
    let latest = now.saturating_add(policy.leeway);
    if date(claims, "nbf")?.is_some_and(|not_before| not_before > latest) {
        return Err(Code::TokenNotActiveYet);
    }
    if issued > latest {
        return Err(Code::TokenIatInTheFuture);
    }
    lifetime(issued, expires, policy)
}

/// A session token lives a minute; one that lives for years was not meant to be one.
fn lifetime(issued: u64, expires: u64, policy: &Policy) -> Result<(), Code> {
    match expires.checked_sub(issued) {
        None => Err(Code::TokenVerificationFailed),
        Some(lifetime) if lifetime > policy.max_lifetime => Err(Code::TokenLifetime),
        Some(_) => Ok(()),
    }
}

fn required(claims: &Object, name: &str) -> Result<u64, Code> {
    date(claims, name)?.ok_or(Code::TokenVerificationFailed)
}

/// A `NumericDate` (RFC 7519 §2) without its fraction, so that it never lies later than written.
fn date(claims: &Object, name: &str) -> Result<Option<u64>, Code> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::Number(number)) => match number.floor().filter(|date| *date <= MAX_DATE) {
            Some(date) => Ok(Some(date)),
            None => Err(Code::TokenVerificationFailed),
        },
        Some(_) => Err(Code::TokenVerificationFailed),
    }
}
