//! Cross-origin requests (Fetch standard, §3.2): the preflight, and who may read a refusal.

use alloc::string::String;
use alloc::vec::Vec;

use crate::answer::Answer;
use crate::policy::Policy;
use crate::request::Request;

/// Two hours: what Chromium caps the value at.
const MAX_AGE: &str = "7200";

/// The answer when `request` is a preflight.
///
/// Browsers send it without a token, so it is answered before one is looked for. It grants nothing:
/// the request that follows is judged like any other.
pub(crate) fn preflight<'a>(policy: &'a Policy, request: &Request<'a>) -> Option<Answer<'a>> {
    let asks = |name| request.values(name).next().is_some();
    if request.method != "OPTIONS" || !asks("origin") || !asks("access-control-request-method") {
        return None;
    }
    let mut headers = Vec::with_capacity(6);
    headers.push(("cache-control", "no-store"));
    headers.push(("vary", "Origin"));
    if let Some(origin) = allowed_origin(policy, request) {
        headers.push(("access-control-allow-origin", origin));
        headers.push(("access-control-allow-methods", policy.method_list()));
        headers.push(("access-control-allow-headers", "authorization, content-type"));
        headers.push(("access-control-max-age", MAX_AGE));
    }
    Some(Answer { status: 204, code: None, headers, body: String::new() })
}

/// The headers that let a page of an allowed origin read why it was refused.
pub(crate) fn exposed<'a>(
    policy: &'a Policy,
    request: &Request<'a>,
) -> impl Iterator<Item = (&'static str, &'a str)> {
    let allowed = allowed_origin(policy, request).into_iter().flat_map(|origin| {
        [
            ("access-control-allow-origin", origin),
            ("access-control-expose-headers", "www-authenticate"),
        ]
    });
    core::iter::once(("vary", "Origin")).chain(allowed)
}

/// The policy's own text of the request's one origin, so that the request is never echoed.
fn allowed_origin<'a>(policy: &'a Policy, request: &Request<'a>) -> Option<&'a str> {
    let origin = request.value("origin").ok().flatten()?;
    policy.cors_origins.iter().find(|known| *known == origin).map(String::as_str)
}
