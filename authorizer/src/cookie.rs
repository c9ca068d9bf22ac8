//! Clerk's session cookie, where a policy lets it stand for the header.

use crate::code::Code;
use crate::policy::Policy;
use crate::request::Request;
use crate::text::{cut, has, split, trim};

/// What the cookie is called when there is one application on a host; a suffix tells several apart.
const NAME: &[u8] = b"__session";

/// Whether a policy may name this cookie.
pub(crate) fn is_session(name: &[u8]) -> bool {
    let odd = |byte: u8| !byte.is_ascii_alphanumeric() && !matches!(byte, b'-' | b'_');
    match name.strip_prefix(NAME) {
        Some([]) => true,
        Some(rest) => rest.len() > 1 && rest.starts_with(b"_") && !has(rest, odd),
        None => false,
    }
}

/// The value of the first of the policy's cookies that the request has.
///
/// Names are compared before anything is decoded, and nothing is: a token needs no escapes. Another
/// application's cookie has another name and counts for nothing.
///
/// # Errors
/// A cookie that occurs twice: nobody could say which of the two was meant (RFC 6265 §4.2.2).
#[inline(never)]
pub(crate) fn session<'a>(
    policy: &Policy,
    request: &Request<'a>,
) -> Result<Option<&'a [u8]>, Code> {
    for name in policy.cookies.iter() {
        let value = value(request, name)?;
        if value.is_some() {
            return Ok(value);
        }
    }
    Ok(None)
}

/// RFC 6265 §4.2.1: `name=value` pairs with `; ` between them. HTTP/2 may split them over headers.
fn value<'a>(request: &Request<'a>, name: &[u8]) -> Result<Option<&'a [u8]>, Code> {
    let mut found = None;
    for header in request.values("cookie") {
        for pair in split(header, b';') {
            let value = cut(trim(pair), b'=').filter(|(known, _)| *known == name);
            if let Some((_, value)) = value
                && found.replace(value).is_some()
            {
                return Err(Code::InvalidRequest);
            }
        }
    }
    Ok(found)
}
