//! The bearer token in the `Authorization` header (RFC 6750 §2.1, RFC 9110 §11.4).

use crate::code::Code;
use crate::request::Request;
use crate::text::{cut, has};

/// Clerk's session tokens stay below 4 KB; the bound is judged before anything is decoded.
const MAX_TOKEN: usize = 8192;

/// The text after `Bearer `; not yet known to be a token.
///
/// Exactly one header, exactly one space. Another scheme counts as no credentials at all.
pub(crate) fn bearer<'a>(request: &Request<'a>) -> Result<&'a str, Code> {
    let value = request.value("authorization")?.ok_or(Code::TokenMissing)?;
    let (scheme, token) = cut(value, b' ').ok_or(Code::InvalidRequest)?;
    if scheme.is_empty() || has(scheme, |byte| byte == b'\t') {
        return Err(Code::InvalidRequest);
    }
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Code::TokenMissing);
    }
    // Two headers that something on the way has joined into one look like this.
    if token.is_empty() || has(token, |byte| matches!(byte, b' ' | b'\t' | b',')) {
        return Err(Code::InvalidRequest);
    }
    if token.len() > MAX_TOKEN { Err(Code::TokenTooLarge) } else { Ok(token) }
}
