//! Names of claims that a rule may speak about.

use alloc::vec::Vec;

use crate::claim::{PLACED, STEP};
use crate::text::split;

const MAX_NAME: usize = 128;
/// Never texts in a Clerk token: a rule that named one could never match.
const NEVER_TEXT: [&str; 9] =
    ["act", "exp", "fva", "iat", "nbf", "o", "org_permissions", "v", "aud"];

/// Whether a name is well-formed and belongs to a claim that can be a text. Dots lead into objects,
/// but for names that are URLs, as Auth0 wants them (`https://example.com/plan`).
pub(crate) fn is_claim(name: &str) -> bool {
    let is_step = |step: &[u8]| {
        let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_:".contains(byte);
        !step.is_empty() && step.iter().all(allowed)
    };
    let in_url = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:./".contains(&byte);
    let is_formed = if is_url(name) {
        name.bytes().all(in_url)
    } else {
        split(name.as_bytes(), b'.').all(is_step)
    };
    name.len() <= MAX_NAME && is_formed && !NEVER_TEXT.contains(&name)
}

fn is_url(name: &str) -> bool {
    name.contains("://")
}

/// What [`Claim::read`](crate::claim::Claim::read) reads.
pub(crate) fn compiled(name: &str) -> Vec<u8> {
    match (0u8..).zip(PLACED).find(|(_, placed)| *placed == name) {
        Some((number, _)) => [number].into(),
        None if is_url(name) => name.into(),
        None => split(name.as_bytes(), b'.').collect::<Vec<_>>().join(&STEP),
    }
}
