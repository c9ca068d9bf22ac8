//! Names of claims that a rule may speak about.

use alloc::vec::Vec;

use crate::claim::PLACED;
use crate::text::split;

const MAX_NAME: usize = 128;
/// Never texts in a Clerk token: a rule that named one could never match.
const NEVER_TEXT: [&str; 9] =
    ["act", "exp", "fva", "iat", "nbf", "o", "org_permissions", "v", "aud"];

/// Whether a name is well-formed and belongs to a claim that can be a text; dots lead into objects.
pub(crate) fn is_claim(name: &str) -> bool {
    let is_step = |step: &[u8]| {
        let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        !step.is_empty() && step.iter().all(allowed)
    };
    name.len() <= MAX_NAME
        && split(name.as_bytes(), b'.').all(is_step)
        && !NEVER_TEXT.contains(&name)
}

/// What [`Claim::read`](crate::claim::Claim::read) reads.
pub(crate) fn compiled(name: &str) -> Vec<u8> {
    match (0u8..).zip(PLACED).find(|(_, placed)| *placed == name) {
        Some((number, _)) => [number].into(),
        None => name.as_bytes().into(),
    }
}
