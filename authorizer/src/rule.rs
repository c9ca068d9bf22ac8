//! One rule: who may do what where.

use alloc::string::String;
use alloc::vec::Vec;

use crate::claim::ClaimName;
use crate::claims::Claims;
use crate::fields;
use crate::json::{Object, Value};
use crate::method::{Method, Methods};
use crate::policy_error::Problem;
use crate::template::Template;

/// Methods, paths, and claims the token has to have.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rule {
    pub(crate) methods: Methods,
    pub(crate) path: String,
    template: Template,
    require: Vec<Requirement>,
}

/// A claim and the texts it may have.
#[derive(Clone, Debug, PartialEq)]
struct Requirement {
    claim: ClaimName,
    any_of: Vec<String>,
}

impl Rule {
    pub(crate) fn parse(object: &Object) -> Result<Self, Problem> {
        fields::only(object, &["methods", "path", "require"])?;
        let methods =
            parse_methods(&fields::required(fields::texts(object, "methods"), "methods")?)?;
        let path = fields::required(fields::text(object, "path"), "path")?;
        let require = match fields::inner(object, "require")? {
            Some(require) => require.members().map(Requirement::parse).collect::<Result<_, _>>()?,
            None => Vec::new(),
        };
        Ok(Rule { methods, path: path.into(), template: Template::parse(path)?, require })
    }

    /// Whether the owner of `claims` may do `method` on the canonical `path`.
    pub(crate) fn allows(&self, method: Method, path: &str, claims: &Claims) -> bool {
        self.methods.contains(method)
            && self.template.matches(path, claims)
            && self.require.iter().all(|requirement| requirement.met(claims))
    }

    /// Whether this rule allows all that `other` allows, so that `other` after it is dead.
    ///
    /// Sound, not complete: what is reported is always true.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        self.methods.covers(other.methods)
            && self.template.covers(&other.template)
            && self
                .require
                .iter()
                .all(|mine| other.require.iter().any(|theirs| mine.follows_from(theirs)))
    }
}

impl Requirement {
    fn parse((name, value): (&str, &Value)) -> Result<Self, Problem> {
        let claim = ClaimName::parse(name).ok_or_else(|| Problem::Claim(name.into()))?;
        let texts: Option<Vec<&str>> = match value {
            Value::Text(text) => Some(Vec::from([text.as_ref()])),
            Value::List(items) => items.iter().map(Value::text).collect(),
            _ => None,
        };
        let texts = texts.filter(|texts| !texts.is_empty() && !texts.contains(&""));
        let texts = texts.ok_or_else(|| Problem::RequiredValues(name.into()))?;
        let any_of = texts.iter().map(|text| claim.normalize(text).into()).collect();
        Ok(Requirement { claim, any_of })
    }

    fn met(&self, claims: &Claims) -> bool {
        self.claim.value(claims).is_some_and(|value| self.any_of.iter().any(|text| text == value))
    }

    fn follows_from(&self, other: &Self) -> bool {
        self.claim == other.claim && other.any_of.iter().all(|text| self.any_of.contains(text))
    }
}

fn parse_methods(names: &[&str]) -> Result<Methods, Problem> {
    if names.is_empty() {
        return Err(Problem::NoMethods);
    }
    let mut methods = Methods::default();
    for name in names {
        methods.insert(Method::parse(name).ok_or_else(|| Problem::Method((*name).into()))?);
    }
    Ok(methods)
}
