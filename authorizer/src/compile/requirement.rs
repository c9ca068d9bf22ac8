//! What a rule asks of a token's claims.

use alloc::string::String;
use alloc::vec::Vec;

use super::claim_name::{is_claim, is_name};
use super::writer::Writer;
use crate::claim::PLACED;
use crate::fields;
use crate::json::{Form, Object, Value};
use crate::json_text::Text;
use crate::permission;
use crate::problem::Problem;
use crate::refusal::Refusal;
use crate::requirement::{
    AUDIENCE, CLIENT, FEATURE, FLAG, LIST, NOT, PERMISSION, PRESENT, SUSPECT, TEXT,
};

/// Something that has to be one of a few texts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Requirement {
    /// Whether it must not be so.
    not: bool,
    subject: Subject,
    any_of: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum Subject {
    /// A claim that is a text: it is one of them.
    Text(String),
    /// A claim that is a list: one of them is in it.
    List(String),
    /// A claim that is one of them or has one of them in it, or is what nobody can tell.
    Suspect(String),
    /// `org_permission`: the user holds one of them in the active organization.
    Permission,
    /// `feature`: one of them has been paid for.
    Feature,
    /// A claim that is `true` or `false`: it is that.
    Flag(String),
    /// `aud` names one of them.
    Audience,
    /// The claim is there.
    Present(String),
    /// The subject is the client that this claim names.
    Client(String),
}

const OF_ORGANIZATION: [&str; 3] = ["org_id", "org_slug", "org_role"];

impl Requirement {
    /// `"claim": "text"`, `"claim": ["text", …]`, `"claim": true`, `"claim": {"contains": …}`,
    /// `"claim": {"not": …}`, or `"claim": null` where there must be none.
    pub(crate) fn parse<'a>((name, value): (Text<'a>, Value<'a>)) -> Result<Self, Refusal<'a>> {
        let name = fields::plain(name).ok_or_else(|| Problem::Claim(fields::shown(name)))?;
        let is_clerks = matches!(name, "org_permission" | "feature");
        match value.form {
            Form::Plain | Form::Escaped | Form::List => {}
            _ if is_clerks => return Err(Problem::RequiredValues(name).into()),
            Form::Null if is_name(name) => return Ok(Self::absent(name)),
            Form::True | Form::False if is_claim(name) && !PLACED.contains(&name) => {
                let any_of = [String::from_utf8_lossy(value.raw).into()].into();
                return Ok(Requirement { not: false, subject: Subject::Flag(name.into()), any_of });
            }
            _ => {}
        }
        let (not, subject, value) = match (name, value.object()) {
            ("org_permission", _) => (false, Subject::Permission, value),
            ("feature", _) => (false, Subject::Feature, value),
            (name, _) if !is_claim(name) => return Err(Problem::Claim(name).into()),
            (name, Some(object)) => match object.get(b"not") {
                // Of a version of Clerk's tokens that nobody here knows, nothing can be said.
                Some(_) if OF_ORGANIZATION.contains(&name) => {
                    return Err(Problem::NotOfOrganization.into());
                }
                Some(unwanted) => {
                    fields::only(object, &["not"])?;
                    (true, Subject::Suspect(name.into()), unwanted)
                }
                None => (false, Subject::List(name.into()), contained(name, object)?),
            },
            (name, None) => (false, Subject::Text(name.into()), value),
        };
        let texts = fields::one_or_more(value).ok_or(Problem::RequiredValues(name))?;
        if let Some(odd) = texts.iter().find(|text| !subject.can_be(text)) {
            return Err(Problem::Permission(odd).into());
        }
        let any_of = texts.into_iter().map(String::from).collect();
        Ok(Requirement { not, subject, any_of })
    }

    /// The token is for one of these (RFC 7519 §4.1.3).
    pub(crate) fn audience(any_of: &[&str]) -> Self {
        let any_of = any_of.iter().map(|it| (*it).into()).collect();
        Requirement { not: false, subject: Subject::Audience, any_of }
    }

    /// The token has no such claim.
    pub(crate) fn absent(claim: &str) -> Self {
        let (subject, any_of) = (Subject::Present(claim.into()), [claim.into()].into());
        Requirement { not: true, subject, any_of }
    }

    /// The subject is not the client that a claim names, with none of these behind it.
    pub(crate) fn no_client(claim: &str, suffixes: &[&str]) -> Self {
        let any_of = suffixes.iter().map(|it| (*it).into()).collect();
        Requirement { not: true, subject: Subject::Client(claim.into()), any_of }
    }

    /// A claim is not this text.
    pub(crate) fn is_not(claim: &str, text: &str) -> Self {
        let (subject, any_of) = (Subject::Suspect(claim.into()), [text.into()].into());
        Requirement { not: true, subject, any_of }
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
            Subject::Suspect(claim) => (SUSPECT, claim.as_str()),
            Subject::Permission => (PERMISSION, ""),
            Subject::Feature => (FEATURE, ""),
            Subject::Flag(claim) => (FLAG, claim.as_str()),
            Subject::Audience => (AUDIENCE, ""),
            Subject::Present(claim) => (PRESENT, claim.as_str()),
            Subject::Client(claim) => (CLIENT, claim.as_str()),
        };
        let is_role = self.subject == Subject::Text("org_role".into());
        let texts: Vec<_> = if is_role {
            self.any_of.iter().map(|text| out.role(text)).collect()
        } else {
            self.any_of.iter().map(String::as_bytes).collect()
        };
        out.byte(if self.not { subject | NOT } else { subject });
        out.text(out.claim(claim));
        out.texts(&texts);
    }
}

impl Subject {
    fn can_be(&self, text: &str) -> bool {
        *self != Subject::Permission || permission::is_permission(text.as_bytes())
    }
}

fn contained<'a>(name: &'a str, object: Object<'a>) -> Result<Value<'a>, Refusal<'a>> {
    fields::only(object, &["contains"])?;
    object.get(b"contains").ok_or_else(|| Problem::RequiredValues(name).into())
}
