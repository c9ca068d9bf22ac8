//! Names of claims in rules, and the one text each stands for in a token.

use crate::claims::{Claims, Known};
use crate::json::Value;
use crate::text::split;

/// A claim that a rule speaks about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Claim<'a> {
    Sub,
    Sid,
    OrgId,
    OrgSlug,
    OrgRole,
    /// A custom claim; a zero byte leads into an object.
    Custom(&'a [u8]),
}

/// Those that have a place of their own, in the order of their numbers in compiled rules. A number is
/// no letter that a name could begin with.
pub(crate) const PLACED: [&str; 5] = ["sub", "sid", "org_id", "org_slug", "org_role"];

/// What is between the names on the way into an object. Dots cannot be: some issuers' claims are URLs.
pub(crate) const STEP: u8 = 0;

impl<'a> Claim<'a> {
    /// A number among [`PLACED`], or a name.
    pub(crate) fn read(name: &'a [u8]) -> Self {
        match name {
            [0] => Claim::Sub,
            [1] => Claim::Sid,
            [2] => Claim::OrgId,
            [3] => Claim::OrgSlug,
            [4] => Claim::OrgRole,
            custom => Claim::Custom(custom),
        }
    }

    /// The claim in a token, whatever it is.
    #[inline(never)]
    pub(crate) fn value<'c>(self, claims: &Claims<'c>) -> Option<Value<'c>> {
        match self {
            Claim::Sub => claims.value(Known::Sub),
            Claim::Sid => claims.value(Known::Sid),
            Claim::OrgId => organization(claims, b"id", Known::OrgId),
            Claim::OrgSlug => organization(claims, b"slg", Known::OrgSlug),
            Claim::OrgRole => organization(claims, b"rol", Known::OrgRole),
            Claim::Custom(path) => custom(claims, path),
        }
    }

    /// Whether the claim is a text that means `wanted`.
    pub(crate) fn is(self, wanted: &[u8], claims: &Claims) -> bool {
        self.value(claims).is_some_and(|value| self.means(value, wanted))
    }

    /// Whether a value of it is a text that means `wanted`, which of a role is the shortest spelling.
    /// Version 1 of Clerk's tokens has `org:admin` where version 2 has `admin`.
    pub(crate) fn means(self, value: Value, wanted: &[u8]) -> bool {
        let Some(text) = value.text() else { return false };
        match text.plain() {
            Some(role) if matches!(self, Claim::OrgRole) => bare_role(role) == wanted,
            _ => text.is(wanted),
        }
    }
}

pub(crate) fn bare_role(role: &[u8]) -> &[u8] {
    role.strip_prefix(b"org:").unwrap_or(role)
}

/// Version 2 keeps the organization in `o`, version 1 in flat claims. Only the place that belongs to
/// the token's version is read: in the other one an application may have put claims of its own.
fn organization<'c>(claims: &Claims<'c>, nested: &[u8], flat: Known) -> Option<Value<'c>> {
    match claims.version()? {
        1 => claims.value(flat),
        2 => claims.value(Known::O)?.member(nested),
        _ => None,
    }
}

fn custom<'c>(claims: &Claims<'c>, path: &[u8]) -> Option<Value<'c>> {
    let mut steps = split(path, STEP);
    let mut value = claims.custom(steps.next()?)?;
    for step in steps {
        value = value.member(step)?;
    }
    Some(value)
}
