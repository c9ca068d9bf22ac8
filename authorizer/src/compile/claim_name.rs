//! Names of claims that a rule may speak about.

use alloc::vec::Vec;

use crate::claim::{PLACED, STEP};
use crate::text::split;

const MAX_NAME: usize = 128;
/// Never texts in a Clerk token: a rule that named one could never match.
const NEVER_TEXT: [&str; 9] =
    ["act", "exp", "fva", "iat", "nbf", "o", "org_permissions", "v", "aud"];

/// Whether a name is well-formed and belongs to a claim that can be a text.
pub(crate) fn is_claim(name: &str) -> bool {
    is_name(name) && !NEVER_TEXT.contains(&name)
}

/// Whether a name is well-formed. Dots lead into objects, but for names that are URLs, as Auth0 wants
/// them (`https://example.com/plan`).
pub(crate) fn is_name(name: &str) -> bool {
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
    name.len() <= MAX_NAME && is_formed
}

fn is_url(name: &str) -> bool {
    name.contains("://")
}

/// What [`Claim::read`](crate::claim::Claim::read) reads, of a token of Clerk's: its own claims have
/// places of their own.
pub(crate) fn of_clerk(name: &str) -> Vec<u8> {
    match (0u8..).zip(PLACED).find(|(_, placed)| *placed == name) {
        Some((number, _)) => [number].into(),
        None => by_name(name),
    }
}

/// The same of another issuer's, whose claims are where their names say; the subject alone is everybody's.
pub(crate) fn of_others(name: &str) -> Vec<u8> {
    if name == "sub" { of_clerk(name) } else { by_name(name) }
}

fn by_name(name: &str) -> Vec<u8> {
    if is_url(name) {
        name.into()
    } else {
        split(name.as_bytes(), b'.').collect::<Vec<_>>().join(&STEP)
    }
}
