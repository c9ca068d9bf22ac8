//! What a rule asks of a token's claims.

use alloc::string::String;
use alloc::vec::Vec;

use super::claim_name::{compiled, is_claim};
use super::writer::Writer;
use crate::claim::bare_role;
use crate::fields;
use crate::json::{Object, Value};
use crate::json_text::Text;
use crate::permission;
use crate::problem::Problem;
use crate::refusal::Refusal;
use crate::requirement::{FEATURE, LIST, PERMISSION, TEXT};

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
}

impl Requirement {
    /// `"claim": "text"`, `"claim": ["text", …]` or `"claim": {"contains": …}`.
    pub(crate) fn parse<'a>((name, value): (Text<'a>, Value<'a>)) -> Result<Self, Refusal<'a>> {
        let name = fields::plain(name).ok_or_else(|| Problem::Claim(fields::shown(name)))?;
        let (subject, value) = match (name, value.object()) {
            ("org_permission", _) => (Subject::Permission, value),
            ("feature", _) => (Subject::Feature, value),
            (name, _) if !is_claim(name) => return Err(Problem::Claim(name).into()),
            (name, Some(object)) => (Subject::List(name.into()), contained(name, object)?),
            (name, None) => (Subject::Text(name.into()), value),
        };
        let texts = fields::one_or_more(value).ok_or(Problem::RequiredValues(name))?;
        if let Some(odd) = texts.iter().find(|text| !subject.can_be(text)) {
            return Err(Problem::Permission(odd).into());
        }
        let any_of = texts.iter().map(|text| subject.normalize(text)).collect();
        Ok(Requirement { subject, any_of })
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        let (subject, claim) = match &self.subject {
            Subject::Text(claim) => (TEXT, claim.as_str()),
            Subject::List(claim) => (LIST, claim.as_str()),
            Subject::Permission => (PERMISSION, ""),
            Subject::Feature => (FEATURE, ""),
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
