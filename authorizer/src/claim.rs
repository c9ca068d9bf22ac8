//! Names of claims in rules, and the one text each stands for in a token.

use alloc::string::String;

use crate::claims::Claims;
use crate::json::{Object, Value};
use crate::text::{cut, split};

const MAX_NAME: usize = 128;
/// Never texts in a Clerk token: a rule that named one could never match.
const NEVER_TEXT: [&str; 8] = ["act", "exp", "fva", "iat", "nbf", "o", "v", "aud"];

/// A claim that a rule speaks about.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ClaimName {
    Sub,
    Sid,
    OrgId,
    OrgSlug,
    OrgRole,
    /// A custom claim; dots lead into objects.
    Custom(String),
}

impl ClaimName {
    /// `None` when the name is malformed or belongs to a claim that is never a text.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let is_step = |step: &str| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            !step.is_empty() && step.bytes().all(allowed)
        };
        if name.len() > MAX_NAME || !split(name, b'.').all(is_step) || NEVER_TEXT.contains(&name) {
            return None;
        }
        Some(match name {
            "sub" => ClaimName::Sub,
            "sid" => ClaimName::Sid,
            "org_id" => ClaimName::OrgId,
            "org_slug" => ClaimName::OrgSlug,
            "org_role" => ClaimName::OrgRole,
            custom => ClaimName::Custom(custom.into()),
        })
    }

    /// The claim's text in a token, if it has one.
    pub(crate) fn value<'c>(&self, claims: &'c Claims<'_>) -> Option<&'c str> {
        match self {
            ClaimName::Sub => text(claims.object(), "sub"),
            ClaimName::Sid => text(claims.object(), "sid"),
            ClaimName::OrgId => organization(claims, "id", "org_id"),
            ClaimName::OrgSlug => organization(claims, "slg", "org_slug"),
            ClaimName::OrgRole => organization(claims, "rol", "org_role").map(bare_role),
            ClaimName::Custom(path) => custom(claims.object(), path),
        }
    }

    /// A required value in the form that [`ClaimName::value`] gives.
    pub(crate) fn normalize<'v>(&self, value: &'v str) -> &'v str {
        if *self == ClaimName::OrgRole { bare_role(value) } else { value }
    }
}

/// Version 1 of Clerk's tokens has `org:admin` where version 2 has `admin`.
fn bare_role(role: &str) -> &str {
    role.strip_prefix("org:").unwrap_or(role)
}

/// Version 2 keeps the organization in `o`, version 1 in flat claims. Only the place that belongs to
/// the token's version is read: in the other one an application may have put claims of its own.
fn organization<'c>(claims: &'c Claims<'_>, nested: &str, flat: &str) -> Option<&'c str> {
    let version = match claims.object().get("v") {
        None => 1,
        Some(Value::Number(version)) => version.whole()?,
        Some(_) => return None,
    };
    match (version, claims.object().get("o")) {
        (1, _) => text(claims.object(), flat),
        (2, Some(Value::Object(organization))) => text(organization, nested),
        _ => None,
    }
}

fn custom<'c>(claims: &'c Object<'_>, path: &str) -> Option<&'c str> {
    let Some((first, rest)) = cut(path, b'.') else { return text(claims, path) };
    match claims.get(first) {
        Some(Value::Object(inner)) => custom(inner, rest),
        _ => None,
    }
}

fn text<'c>(object: &'c Object<'_>, name: &str) -> Option<&'c str> {
    object.get(name).and_then(Value::text)
}
