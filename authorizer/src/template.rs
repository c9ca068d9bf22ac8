//! Path templates: `/users/{sub}/*/original` or `/shared/**`.

use crate::claim::Claim;
use crate::claims::Claims;
use crate::compiled::List;
use crate::path;
use crate::text::split;

/// A segment of a template, as its first byte tells.
pub(crate) const LITERAL: u8 = b'=';
/// `{claim}`: the segment that equals the claim.
pub(crate) const CLAIM: u8 = b'{';
/// `*`: exactly one segment.
pub(crate) const ONE: u8 = b'*';
/// `**`: all the segments that are left, at least one.
pub(crate) const REST: u8 = b'+';

/// Whether a canonical `path` fits, for the owner of `claims`; without them no claim does.
pub(crate) fn matches(template: List, path: &[u8], claims: Option<&Claims>) -> bool {
    misfit(template, path, claims).is_none()
}

/// The first segment, from zero, that keeps [`matches`] from being true.
#[inline(never)]
pub(crate) fn misfit(template: List, path: &[u8], claims: Option<&Claims>) -> Option<usize> {
    let mut segments = split(path.strip_prefix(b"/").unwrap_or_default(), b'/');
    let mut position = 0usize;
    for part in template.iter() {
        let segment = segments.next();
        if segment.is_some() && part == [REST] {
            return None;
        }
        if !segment.is_some_and(|segment| fits(part, segment, claims)) {
            return Some(position);
        }
        position = position.wrapping_add(1);
    }
    segments.next().map(|_| position)
}

/// A claim is compared with what the segment names: Auth0's `auth0|1` is written `auth0%7C1`.
fn fits(part: &[u8], segment: &[u8], claims: Option<&Claims>) -> bool {
    match (part, claims) {
        ([LITERAL, text @ ..], _) => text == segment,
        ([CLAIM, claim @ ..], Some(claims)) => {
            let mut room = [0; path::MAX_LENGTH];
            let name = path::unescape(segment, &mut room);
            name.is_some_and(|name| Claim::read(claim).is(name, claims))
        }
        ([ONE], _) => true,
        _ => false,
    }
}
