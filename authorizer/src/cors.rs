//! Cross-origin requests (Fetch standard, §3.2): the preflight, and who may read a refusal.

use crate::method::Method;
use crate::policy::Policy;
use crate::request::Request;

/// Whether `request` is a preflight.
///
/// Browsers send it without a token, so it is answered before one is looked for. It grants nothing:
/// the request that follows is judged like any other.
pub(crate) fn is_preflight(request: &Request) -> bool {
    request.method == Method::Options
        && request.has("origin")
        && request.has("access-control-request-method")
}

/// The policy's own text of the request's one origin, so that the request is never echoed.
#[inline(never)]
pub fn allowed_origin<'p>(policy: &Policy<'p>, request: &Request) -> Option<&'p [u8]> {
    let origin = request.value("origin").ok().flatten()?;
    policy.cors_origins.find(origin)
}
