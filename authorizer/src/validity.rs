//! When a token counts (RFC 7519 §4.1.4 to §4.1.6). Times are seconds since 1970.

use crate::claims::{Claims, Known};
use crate::code::Code;
use crate::json::Value;
use crate::number::Number;

/// The last second of the year 9999; later dates are mistakes or attacks.
const MAX_DATE: u64 = 253_402_300_799;

/// `exp`, `iat` and `nbf`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Validity {
    expires: u64,
    issued: u64,
    /// Zero, thus always past, when the token does not say.
    not_before: u64,
}

impl Validity {
    pub(crate) const NONE: Self = Validity { expires: 0, issued: 0, not_before: 0 };

    pub(crate) fn read(claims: &Claims) -> Result<Self, Code> {
        let required = |value| date(value)?.ok_or(Code::TokenVerificationFailed);
        Ok(Validity {
            expires: required(claims.value(Known::Exp))?,
            issued: required(claims.value(Known::Iat))?,
            not_before: date(claims.value(Known::Nbf))?.unwrap_or(0),
        })
    }

    /// Judges the dates; the leeway applies at both edges.
    pub(crate) fn check(&self, leeway: u64, now: u64) -> Result<(), Code> {
        if now >= self.expires.saturating_add(leeway) {
            return Err(Code::TokenExpired);
        }
        let latest = now.saturating_add(leeway);
        if self.not_before > latest {
            return Err(Code::TokenNotActiveYet);
        }
        if self.issued > latest { Err(Code::TokenIatInTheFuture) } else { Ok(()) }
    }

    /// A session token lives a minute; one that lives for years was not meant to be one.
    pub(crate) fn check_lifetime(&self, most: u64) -> Result<(), Code> {
        match self.expires.checked_sub(self.issued) {
            None => Err(Code::TokenVerificationFailed),
            Some(lifetime) if lifetime > most => Err(Code::TokenLifetime),
            Some(_) => Ok(()),
        }
    }
}

/// A `NumericDate` (RFC 7519 §2) without its fraction, so that it never lies later than written.
fn date(value: Option<Value>) -> Result<Option<u64>, Code> {
    match value {
        None => Ok(None),
        Some(value) => match value.number().and_then(Number::floor) {
            Some(date) if date <= MAX_DATE => Ok(Some(date)),
            _ => Err(Code::TokenVerificationFailed),
        },
    }
}
