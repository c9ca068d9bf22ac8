//! What a rule asks of a token's claims.

use alloc::string::String;
use alloc::vec::Vec;

use crate::claim::ClaimName;
use crate::claims::Claims;
use crate::compiled::{Reader, Writer};
use crate::fields;
use crate::json::{Object, Value};
use crate::json_text::Text;
use crate::permission;
use crate::problem::Problem;
use crate::refusal::Refusal;

/// Something that has to be one of a few texts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Requirement {
    subject: Subject,
    any_of: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum Subject {
    /// A claim that is a text: it is one of them.
    Text(ClaimName),
    /// A claim that is a list: one of them is in it.
    List(ClaimName),
    /// `org_permission`: the user holds one of them in the active organization.
    Permission,
    /// `feature`: one of them has been paid for.
    Feature,
}

impl Requirement {
    /// `"claim": "text"`, `"claim": ["text", …]` or `"claim": {"contains": …}`.
    pub(crate) fn parse<'a>((name, value): (Text<'a>, Value<'a>)) -> Result<Self, Refusal<'a>> {
        let name = name.plain().ok_or_else(|| Problem::Claim(name.raw()))?;
        let (subject, value) = match (name, value) {
            ("org_permission", value) => (Subject::Permission, value),
            ("feature", value) => (Subject::Feature, value),
            (name, Value::Object(object)) => {
                let claim = ClaimName::parse(name).ok_or(Problem::Claim(name))?;
                (Subject::List(claim), contained(name, object)?)
            }
            (name, value) => {
                (Subject::Text(ClaimName::parse(name).ok_or(Problem::Claim(name))?), value)
            }
        };
        let texts = fields::one_or_more(value).ok_or(Problem::RequiredValues(name))?;
        if let Some(odd) = texts.iter().find(|text| !subject.can_be(text)) {
            return Err(Problem::Permission(odd).into());
        }
        let mut any_of = Vec::new();
        for text in texts {
            any_of.push(subject.normalize(text).into());
        }
        Ok(Requirement { subject, any_of })
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        match &self.subject {
            Subject::Text(claim) => {
                out.number(0);
                claim.write(out);
            }
            Subject::List(claim) => {
                out.number(1);
                claim.write(out);
            }
            Subject::Permission => out.number(2),
            Subject::Feature => out.number(3),
        }
        out.texts(&self.any_of);
    }

    pub(crate) fn read(from: &mut Reader) -> Option<Self> {
        let subject = match from.number()? {
            0 => Subject::Text(ClaimName::read(from)?),
            1 => Subject::List(ClaimName::read(from)?),
            2 => Subject::Permission,
            3 => Subject::Feature,
            _ => return None,
        };
        Some(Requirement { subject, any_of: from.texts()? })
    }

    pub(crate) fn met(&self, claims: &Claims) -> bool {
        self.subject.met(claims, &self.any_of)
    }

    /// Whether whoever meets `other` meets this one too.
    pub(crate) fn follows_from(&self, other: &Self) -> bool {
        self.subject == other.subject && other.any_of.iter().all(|text| self.any_of.contains(text))
    }
}

impl Subject {
    fn can_be(&self, text: &str) -> bool {
        *self != Subject::Permission || permission::is_permission(text)
    }

    fn normalize<'v>(&self, text: &'v str) -> &'v str {
        if let Subject::Text(claim) = self { claim.normalize(text) } else { text }
    }

    fn met(&self, claims: &Claims, any_of: &[String]) -> bool {
        match self {
            Subject::Text(claim) => claim
                .text(claims)
                .is_some_and(|text| any_of.iter().any(|wanted| claim.matches(text, wanted))),
            Subject::List(claim) => match claim.value(claims) {
                Some(Value::List(list)) => {
                    list.items().any(|item| any_of.iter().any(|wanted| item.is(wanted)))
                }
                _ => false,
            },
            Subject::Permission => any_of.iter().any(|wanted| permission::holds(claims, wanted)),
            Subject::Feature => any_of.iter().any(|wanted| permission::has_feature(claims, wanted)),
        }
    }
}

fn contained<'a>(name: &'a str, object: Object<'a>) -> Result<Value<'a>, Refusal<'a>> {
    fields::only(object, &["contains"])?;
    object.get("contains").ok_or_else(|| Problem::RequiredValues(name).into())
}
