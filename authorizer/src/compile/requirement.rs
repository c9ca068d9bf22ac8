//! What a rule asks of a token's claims.

use alloc::string::String;
use alloc::vec::Vec;

use super::claim_name::{compiled, is_claim};
use super::writer::Writer;
use crate::claim::{PLACED, bare_role};
use crate::fields;
use crate::json::{Form, Object, Value};
use crate::json_text::Text;
use crate::permission;
use crate::problem::Problem;
use crate::refusal::Refusal;
use crate::requirement::{ABSENT, AUDIENCE, FEATURE, FLAG, LIST, PERMISSION, TEXT};

/// Something that has to be one of a few texts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Requirement {
    subject: Subject,
    any_of: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum Subject {
    /// A claim that is a text: it is one of them.
    Text(String),
    /// A claim that is a list: one of them is in it.
    List(String),
    /// `org_permission`: the user holds one of them in the active organization.
    Permission,
    /// `feature`: one of them has been paid for.
    Feature,
    /// A claim that is `true` or `false`: it is that.
    Flag(String),
    /// `aud` names one of them.
    Audience,
    /// There is no such claim.
    Absent(String),
}

impl Requirement {
    /// `"claim": "text"`, `"claim": ["text", …]`, `"claim": true` or `"claim": {"contains": …}`.
    pub(crate) fn parse<'a>((name, value): (Text<'a>, Value<'a>)) -> Result<Self, Refusal<'a>> {
        let name = fields::plain(name).ok_or_else(|| Problem::Claim(fields::shown(name)))?;
        let (subject, value) = match (name, value.object()) {
            ("org_permission", _) => (Subject::Permission, value),
            ("feature", _) => (Subject::Feature, value),
            (name, _) if !is_claim(name) => return Err(Problem::Claim(name).into()),
            (name, Some(object)) => (Subject::List(name.into()), contained(name, object)?),
            (name, None)
                if matches!(value.form, Form::True | Form::False) && !PLACED.contains(&name) =>
            {
                let any_of = [String::from_utf8_lossy(value.raw).into()].into();
                return Ok(Requirement { subject: Subject::Flag(name.into()), any_of });
            }
            (name, None) => (Subject::Text(name.into()), value),
        };
        let texts = fields::one_or_more(value).ok_or(Problem::RequiredValues(name))?;
        if let Some(odd) = texts.iter().find(|text| !subject.can_be(text)) {
            return Err(Problem::Permission(odd).into());
        }
        let any_of = texts.iter().map(|text| subject.normalize(text)).collect();
        Ok(Requirement { subject, any_of })
    }

    /// The token is for one of these (RFC 7519 §4.1.3).
    pub(crate) fn audience(any_of: &[&str]) -> Self {
        let any_of = any_of.iter().map(|it| (*it).into()).collect();
        Requirement { subject: Subject::Audience, any_of }
    }

    /// The token has no such claim.
    pub(crate) fn absent(claim: &str) -> Self {
        Requirement { subject: Subject::Absent(claim.into()), any_of: [claim.into()].into() }
    }

    /// `"require": {…}` of a rule or of all tokens.
    pub(crate) fn parse_all(object: Object<'_>) -> Result<Vec<Self>, Refusal<'_>> {
        let members = fields::inner(object, "require")?;
        members.into_iter().flat_map(Object::members).map(Self::parse).collect()
    }

    /// Whether it speaks about what Clerk alone puts into tokens.
    pub(crate) fn is_clerks(&self) -> bool {
        matches!(self.subject, Subject::Permission | Subject::Feature)
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        let (subject, claim) = match &self.subject {
            Subject::Text(claim) => (TEXT, claim.as_str()),
            Subject::List(claim) => (LIST, claim.as_str()),
            Subject::Permission => (PERMISSION, ""),
            Subject::Feature => (FEATURE, ""),
            Subject::Flag(claim) => (FLAG, claim.as_str()),
            Subject::Audience => (AUDIENCE, ""),
            Subject::Absent(claim) => (ABSENT, claim.as_str()),
        };
        out.byte(subject);
        out.text(compiled(claim));
        out.texts(&self.any_of);
    }
}

impl Subject {
    fn can_be(&self, text: &str) -> bool {
        *self != Subject::Permission || permission::is_permission(text.as_bytes())
    }

    /// In its shortest spelling.
    fn normalize(&self, text: &str) -> String {
        let is_role = *self == Subject::Text("org_role".into());
        let bare = if is_role { bare_role(text.as_bytes()) } else { text.as_bytes() };
        String::from_utf8_lossy(bare).into()
    }
}

fn contained<'a>(name: &'a str, object: Object<'a>) -> Result<Value<'a>, Refusal<'a>> {
    fields::only(object, &["contains"])?;
    object.get(b"contains").ok_or_else(|| Problem::RequiredValues(name).into())
}
