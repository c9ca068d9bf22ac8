//! `rules.json`: whose tokens count, and what their owners may do.

use alloc::string::String;
use alloc::vec::Vec;

use crate::claims::Claims;
use crate::fields;
use crate::json::{self, FILE_VALUES, Value};
use crate::method::Method;
use crate::number::parse_decimal;
use crate::policy_error::{PolicyError, Problem};
use crate::request::Request;
use crate::rule::Rule;
use crate::text::cut;
use crate::upload::Uploads;

/// Rules are compared with one another and tried in turn.
const MAX_RULES: usize = 256;
/// Seconds. Clerk's own leeway is 5; more than 30 would be half a token's life.
const DEFAULT_LEEWAY: u64 = 5;
const MAX_LEEWAY: u64 = 30;
/// Seconds. Clerk's session tokens live 60.
const DEFAULT_LIFETIME: u64 = 300;
const MAX_LIFETIME: u64 = 3600;
const MAX_ADDRESS: usize = 255;

/// The whole policy of one distribution. First matching rule wins; no rule, no access.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    pub(crate) issuer: String,
    pub(crate) authorized_parties: Vec<String>,
    pub(crate) allow_missing_azp: bool,
    pub(crate) leeway: u64,
    pub(crate) max_lifetime: u64,
    pub(crate) cors_origins: Vec<String>,
    pub(crate) uploads: Option<Uploads>,
    rules: Vec<Rule>,
}

impl Policy {
    /// Reads and judges a policy; one that parses is safe to deploy.
    ///
    /// `issuer`, `authorized_parties` and `rules` have to be there. The rest defaults to the careful
    /// choice: no missing `azp`, 5 s leeway, 300 s lifetime, no CORS, no uploads, create-only.
    ///
    /// # Errors
    /// The first rule, by position and path, or field that is wrong, in one line.
    pub fn parse(rules_json: &str) -> Result<Self, PolicyError> {
        let object = json::object(rules_json, FILE_VALUES)?;
        fields::only(&object, &FIELDS)?;
        let policy = Policy {
            issuer: fields::required(fields::text(&object, "issuer"), "issuer")?.into(),
            authorized_parties: own(fields::required(
                fields::texts(&object, "authorized_parties"),
                "authorized_parties",
            )?),
            allow_missing_azp: fields::flag(&object, "allow_missing_azp")?.unwrap_or(false),
            leeway: fields::number(&object, "leeway_seconds")?.unwrap_or(DEFAULT_LEEWAY),
            max_lifetime: fields::number(&object, "max_lifetime_seconds")?
                .unwrap_or(DEFAULT_LIFETIME),
            cors_origins: own(fields::texts(&object, "cors_origins")?.unwrap_or_default()),
            uploads: fields::inner(&object, "uploads")?.map(Uploads::parse).transpose()?,
            rules: parse_rules(fields::required(fields::list(&object, "rules"), "rules")?)?,
        };
        policy.check()?;
        policy.check_rules()?;
        Ok(policy)
    }

    /// Whether uploads of new objects are the only uploads.
    pub(crate) fn create_only(&self) -> bool {
        self.uploads.as_ref().is_some_and(|uploads| uploads.create_only)
    }

    /// Judges an upload by the policy's limits; `Ok` also when no rule allows uploads at all, which
    /// the user is told only after signing in.
    pub(crate) fn check_upload(&self, request: &Request) -> Result<(), crate::Code> {
        self.uploads.as_ref().map_or(Ok(()), |uploads| uploads.check(request))
    }

    pub(crate) fn allows(&self, method: Method, path: &str, claims: &Claims) -> bool {
        self.rules.iter().any(|rule| rule.allows(method, path, claims))
    }

    /// What a page may be told it can use.
    pub(crate) fn method_list(&self) -> &'static str {
        let writes = self.rules.iter().any(|rule| rule.methods.contains(Method::Put));
        if writes { "GET, HEAD, PUT" } else { "GET, HEAD" }
    }

    fn check(&self) -> Result<(), Problem> {
        if !is_issuer(&self.issuer) {
            return Err(Problem::Issuer);
        }
        if let Some(party) = self.authorized_parties.iter().find(|party| !is_address(party)) {
            return Err(Problem::AuthorizedParty(party.clone()));
        }
        if let Some(origin) = self.cors_origins.iter().find(|origin| !is_cors_origin(origin)) {
            return Err(Problem::CorsOrigin(origin.clone()));
        }
        if self.leeway > MAX_LEEWAY {
            return Err(Problem::Leeway);
        }
        if !(1..=MAX_LIFETIME).contains(&self.max_lifetime) {
            return Err(Problem::Lifetime);
        }
        Ok(())
    }

    /// The rules together: something to upload by, and none that an earlier one makes useless.
    fn check_rules(&self) -> Result<(), PolicyError> {
        for (index, rule) in self.rules.iter().enumerate() {
            let at = |problem| PolicyError::in_rule(position(index), &rule.path, problem);
            if rule.methods.contains(Method::Put) && self.uploads.is_none() {
                return Err(at(Problem::NoUploads));
            }
            let mut earlier = self.rules.iter().enumerate().take(index);
            if let Some((by, covering)) = earlier.find(|(_, earlier)| earlier.covers(rule)) {
                return Err(at(Problem::Shadowed(position(by), covering.path.clone())));
            }
        }
        Ok(())
    }
}

const FIELDS: [&str; 8] = [
    "allow_missing_azp",
    "authorized_parties",
    "cors_origins",
    "issuer",
    "leeway_seconds",
    "max_lifetime_seconds",
    "rules",
    "uploads",
];

fn parse_rules(items: &[Value]) -> Result<Vec<Rule>, PolicyError> {
    if items.is_empty() {
        return Err(Problem::NoRules.into());
    }
    if items.len() > MAX_RULES {
        return Err(Problem::TooManyRules.into());
    }
    items.iter().enumerate().map(|(index, item)| parse_rule(position(index), item)).collect()
}

fn parse_rule(position: usize, item: &Value) -> Result<Rule, PolicyError> {
    let Value::Object(object) = item else {
        return Err(PolicyError::in_rule(position, "", Problem::NotARule));
    };
    Rule::parse(object).map_err(|problem| {
        let path = object.get("path").and_then(Value::text).unwrap_or_default();
        PolicyError::in_rule(position, path, problem)
    })
}

/// People count from one.
fn position(index: usize) -> usize {
    index.saturating_add(1)
}

fn own(texts: Vec<&str>) -> Vec<String> {
    texts.into_iter().map(String::from).collect()
}

/// Compared byte by byte with `iss`, so it has to be spelled as Clerk spells it.
fn is_issuer(text: &str) -> bool {
    let host = text.strip_prefix("https://").filter(|rest| !rest.starts_with('/'));
    host.is_some() && is_address(text)
}

/// What is before and after `://`.
fn cut_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = cut(text, b':')?;
    Some((scheme, rest.strip_prefix("//")?))
}

/// A scheme and something behind it: printable, unquoted, without query, fragment and final slash.
fn is_address(text: &str) -> bool {
    let odd = |byte: u8| {
        !byte.is_ascii_graphic() || matches!(byte, b'"' | b'\\' | b'<' | b'>' | b'?' | b'#' | b'*')
    };
    let behind = cut_scheme(text).filter(|(scheme, _)| !scheme.is_empty()).map(|(_, rest)| rest);
    behind.is_some_and(|rest| !rest.is_empty() && !rest.ends_with('/'))
        && text.len() <= MAX_ADDRESS
        && !text.bytes().any(odd)
}

/// RFC 3986 §3.2.3, as browsers write it: without leading zeros.
fn is_port(text: &str) -> bool {
    !text.starts_with('0') && parse_decimal(text).is_some_and(|port| port <= 65_535)
}

/// The origins a browser can send (RFC 6454 §6.2) and that nobody on the network can take over.
fn is_cors_origin(text: &str) -> bool {
    let allowed = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.')
    };
    let Some((scheme, authority)) = cut_scheme(text) else { return false };
    let (host, port) = match cut(authority, b':') {
        Some((host, port)) => (host, is_port(port)),
        None => (authority, true),
    };
    let local = host == "localhost" || host.ends_with(".localhost") || host == "127.0.0.1";
    let known = scheme == "https" || (scheme == "http" && local);
    known && port && !host.is_empty() && host.bytes().all(allowed) && text.len() <= MAX_ADDRESS
}
