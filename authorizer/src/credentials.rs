//! The bearer token in the `Authorization` header (RFC 6750 §2.1, RFC 9110 §11.4), or the cookie's.

use crate::code::Code;
use crate::cookie;
use crate::method::Method;
use crate::policy::Policy;
use crate::request::Request;
use crate::text::{cut, has};
use crate::token::MAX_TOKEN;

/// The token's text; not yet known to be a token.
///
/// A cookie counts for reads only: another site can make a browser send it with an upload.
pub(crate) fn find<'a>(policy: &Policy, request: &Request<'a>) -> Result<&'a [u8], Code> {
    let header = request.value("authorization")?;
    let takes_cookies = request.method != Method::Put && !policy.cookies.is_empty();
    let cookie = if takes_cookies { cookie::session(policy, request)? } else { None };
    let token = match (header, cookie) {
        // RFC 6750 §3.1: more than one method is a malformed request.
        (Some(_), Some(_)) => return Err(Code::InvalidRequest),
        (Some(header), None) => bearer(header)?,
        (None, Some([]) | None) => return Err(Code::TokenMissing),
        (None, Some(cookie)) => cookie,
    };
    if token.len() > MAX_TOKEN { Err(Code::TokenTooLarge) } else { Ok(token) }
}

/// What a refused token's code becomes when it never was one token: two headers that something on
/// the way has joined into one have a comma or a blank inside.
pub(crate) fn explain(token: &[u8], code: Code) -> Code {
    if has(token, |byte| matches!(byte, b' ' | b'\t' | b',')) { Code::InvalidRequest } else { code }
}

/// Exactly one space. Another scheme counts as no credentials at all.
fn bearer(header: &[u8]) -> Result<&[u8], Code> {
    let (scheme, token) = cut(header, b' ').ok_or(Code::InvalidRequest)?;
    if scheme.is_empty() || has(scheme, |byte| byte == b'\t') {
        return Err(Code::InvalidRequest);
    }
    if !scheme.eq_ignore_ascii_case(b"bearer") {
        return Err(Code::TokenMissing);
    }
    if token.is_empty() { Err(Code::InvalidRequest) } else { Ok(token) }
}
