//! Names of claims in rules, and the one text each stands for in a token.

use alloc::string::String;

use crate::claims::{Claims, Known};
use crate::compiled::{Reader, Writer};
use crate::json::Value;
use crate::json_text::Text;
use crate::text::split;

const MAX_NAME: usize = 128;
/// Never texts in a Clerk token: a rule that named one could never match.
const NEVER_TEXT: [&str; 9] =
    ["act", "exp", "fva", "iat", "nbf", "o", "org_permissions", "v", "aud"];

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

    pub(crate) fn write(&self, out: &mut Writer) {
        match self {
            ClaimName::Sub => out.number(0),
            ClaimName::Sid => out.number(1),
            ClaimName::OrgId => out.number(2),
            ClaimName::OrgSlug => out.number(3),
            ClaimName::OrgRole => out.number(4),
            ClaimName::Custom(name) => {
                out.number(5);
                out.text(name);
            }
        }
    }

    pub(crate) fn read(from: &mut Reader) -> Option<Self> {
        Some(match from.number()? {
            0 => ClaimName::Sub,
            1 => ClaimName::Sid,
            2 => ClaimName::OrgId,
            3 => ClaimName::OrgSlug,
            4 => ClaimName::OrgRole,
            5 => ClaimName::Custom(from.text()?),
            _ => return None,
        })
    }

    /// The claim's text in a token, if it has one.
    pub(crate) fn text<'c>(&self, claims: &Claims<'c>) -> Option<Text<'c>> {
        self.value(claims)?.text()
    }

    /// The claim in a token, whatever it is.
    pub(crate) fn value<'c>(&self, claims: &Claims<'c>) -> Option<Value<'c>> {
        match self {
            ClaimName::Sub => claims.value(Known::Sub),
            ClaimName::Sid => claims.value(Known::Sid),
            ClaimName::OrgId => organization(claims, "id", Known::OrgId),
            ClaimName::OrgSlug => organization(claims, "slg", Known::OrgSlug),
            ClaimName::OrgRole => organization(claims, "rol", Known::OrgRole),
            ClaimName::Custom(path) => custom(claims, path),
        }
    }

    /// Whether a text of the claim means `wanted`, which is a [`ClaimName::normalize`]d text. Version 1
    /// of Clerk's tokens has `org:admin` where version 2 has `admin`.
    pub(crate) fn matches(&self, text: Text, wanted: &str) -> bool {
        match text.plain().filter(|_| *self == ClaimName::OrgRole) {
            Some(role) => bare_role(role) == wanted,
            None => text.is(wanted),
        }
    }

    /// A required value in its shortest spelling.
    pub(crate) fn normalize<'v>(&self, value: &'v str) -> &'v str {
        if *self == ClaimName::OrgRole { bare_role(value) } else { value }
    }
}

fn bare_role(role: &str) -> &str {
    role.strip_prefix("org:").unwrap_or(role)
}

/// Version 2 keeps the organization in `o`, version 1 in flat claims. Only the place that belongs to
/// the token's version is read: in the other one an application may have put claims of its own.
fn organization<'c>(claims: &Claims<'c>, nested: &str, flat: Known) -> Option<Value<'c>> {
    match claims.version()? {
        1 => claims.value(flat),
        2 => claims.value(Known::O)?.object()?.get(nested),
        _ => None,
    }
}

fn custom<'c>(claims: &Claims<'c>, path: &str) -> Option<Value<'c>> {
    let mut steps = split(path, b'.');
    let mut value = claims.custom(steps.next()?)?;
    for step in steps {
        value = value.object()?.get(step)?;
    }
    Some(value)
}
