//! One rule as it is written, and which of them covers which.

use alloc::string::String;
use alloc::vec::Vec;

use super::requirement::Requirement;
use super::template::Template;
use super::writer::Writer;
use crate::fields;
use crate::json::Object;
use crate::kind::Kind;
use crate::method::{Method, Methods};
use crate::problem::Problem;
use crate::refusal::Refusal;

/// Seconds. A token that is not a session's cannot be revoked: a day is the most one may live.
const MAX_LIFETIME: u64 = 86_400;

/// Methods, paths, and what the token has to be and to say.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rule {
    pub(crate) methods: Methods,
    /// Whether no token is asked for at all.
    pub(crate) public: bool,
    pub(crate) template: Template,
    pub(crate) require: Vec<Requirement>,
    tokens: Option<Tokens>,
}

/// Tokens that are no session's. Whoever makes them has to have meant them for this.
#[derive(Clone, Debug, PartialEq)]
struct Tokens {
    kind: Kind,
    audience: String,
    max_lifetime: u64,
}

impl Rule {
    pub(crate) fn parse(object: Object<'_>) -> Result<Self, Refusal<'_>> {
        fields::only(object, &FIELDS)?;
        let methods = fields::required(fields::texts(object, "methods"), "methods")?;
        let path = fields::required(fields::text(object, "path"), "path")?;
        let rule = Rule {
            methods: parse_methods(&methods)?,
            public: fields::flag(object, "public")?.unwrap_or(false),
            template: Template::parse(path)?,
            require: Requirement::parse_all(object)?,
            tokens: Tokens::parse(object)?,
        };
        rule.check_public()?;
        Ok(rule)
    }

    /// Whether it speaks about what Clerk alone issues.
    pub(crate) fn is_clerks(&self) -> bool {
        self.tokens.is_some() || self.require.iter().any(Requirement::is_clerks)
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        let tokens = self.tokens.as_ref();
        out.byte(self.methods.to_bits());
        out.flag(self.public);
        out.byte(tokens.map_or(Kind::Session, |tokens| tokens.kind).to_byte());
        self.template.write(out);
        out.list(&self.require, |out, requirement| requirement.write(out));
        out.text(tokens.map_or("", |tokens| &tokens.audience));
        out.number(tokens.map_or(0, |tokens| tokens.max_lifetime));
    }

    /// Whether this rule decides wherever `other` would, so that `other` after it is dead.
    ///
    /// What is reported is true, but not all that is true is reported. A public rule after one for
    /// sessions would count for machines alone, which nobody means by it.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        self.methods.covers(other.methods)
            && self.template.covers(&other.template)
            && (self.public || self.is_about_tokens_of(other))
    }

    fn is_about_tokens_of(&self, other: &Self) -> bool {
        match (&self.tokens, &other.tokens) {
            (None, None) => true,
            (Some(mine), Some(theirs)) => {
                mine.kind == theirs.kind && mine.audience == theirs.audience
            }
            _ => false,
        }
    }

    /// Nobody signs in for a public rule, so nothing can depend on who it is, and nobody writes.
    fn check_public(&self) -> Result<(), Refusal<'static>> {
        if !self.public {
            return Ok(());
        }
        if self.methods.contains(Method::Put) {
            return Err(Problem::PublicUpload.into());
        }
        if !self.require.is_empty() || self.tokens.is_some() || self.template.has_claims() {
            return Err(Problem::PublicClaims.into());
        }
        Ok(())
    }
}

const FIELDS: [&str; 7] =
    ["aud", "max_lifetime_seconds", "methods", "path", "public", "require", "tokens"];

impl Tokens {
    fn parse(object: Object<'_>) -> Result<Option<Self>, Refusal<'_>> {
        let audience = fields::text(object, "aud")?;
        let max_lifetime = fields::number(object, "max_lifetime_seconds")?;
        let kind = match fields::text(object, "tokens")? {
            None => Kind::Session,
            Some(name) => Kind::parse(name).ok_or(Problem::Tokens(name))?,
        };
        match (kind, audience, max_lifetime) {
            (Kind::Session, None, None) => Ok(None),
            (Kind::Session, _, _) => Err(Problem::SessionAudience.into()),
            (_, Some(audience), Some(max_lifetime))
                if !audience.is_empty() && (1..=MAX_LIFETIME).contains(&max_lifetime) =>
            {
                Ok(Some(Tokens { kind, audience: audience.into(), max_lifetime }))
            }
            _ => Err(Problem::TokensAudience.into()),
        }
    }
}

fn parse_methods<'a>(names: &[&'a str]) -> Result<Methods, Refusal<'a>> {
    if names.is_empty() {
        return Err(Problem::NoMethods.into());
    }
    let mut methods = Methods::default();
    for name in names {
        methods.insert(
            Some(Method::parse(name)).filter(|it| it.is_granted()).ok_or(Problem::Method(name))?,
        );
    }
    Ok(methods)
}
