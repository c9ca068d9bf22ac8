//! `rules.json`: whose tokens count, and what their owners may do.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use crate::claims::Claims;
use crate::compiled::{Reader, Writer};
use crate::cookie;
use crate::fields;
use crate::json::{self, FILE_VALUES, List, Object, Value};
use crate::json_text::Text;
use crate::kind::Kind;
use crate::method::Method;
use crate::number::{Number, parse_decimal};
use crate::policy_error::PolicyError;
use crate::problem::Problem;
use crate::refusal::{Place, Refusal};
use crate::request::Request;
use crate::rule::Rule;
use crate::text::cut;
use crate::upload::Uploads;
use crate::validity::Validity;

/// Rules are compared with one another and tried in turn.
const MAX_RULES: usize = 256;
/// Seconds: the default, and what is allowed. Clerk's own leeway is 5; more than 30 would be half a
/// token's life.
const LEEWAY: (u64, RangeInclusive<u64>) = (5, 0..=30);
/// Seconds, likewise. Clerk's session tokens live 60.
const LIFETIME: (u64, RangeInclusive<u64>) = (300, 1..=3600);
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
    /// Names of session cookies, the one that counts first; empty: cookies are no credentials.
    pub(crate) cookies: Vec<String>,
    pub(crate) uploads: Option<Uploads>,
    pub(crate) rules: Vec<Rule>,
}

impl Policy {
    /// Reads and judges a policy; one that parses is safe to deploy.
    ///
    /// `issuer`, `authorized_parties` and `rules` have to be there. The rest defaults to the careful
    /// choice: no missing `azp`, 5 s leeway, 300 s lifetime, no CORS, no cookies, no uploads,
    /// create-only.
    ///
    /// # Errors
    /// The first rule, by position and path, or field that is wrong, in one line.
    pub fn parse(rules_json: &str) -> Result<Self, PolicyError> {
        Self::read(rules_json).map_err(PolicyError::from)
    }

    fn read(rules_json: &str) -> Result<Self, Refusal<'_>> {
        let object = json::object(rules_json, FILE_VALUES)?;
        fields::only(object, &FIELDS)?;
        let issuer = fields::required(fields::text(object, "issuer"), "issuer")?;
        if !is_issuer(issuer) {
            return Err(Problem::Issuer.into());
        }
        let rules = fields::required(fields::list(object, "rules"), "rules")?;
        let uploads = fields::inner(object, "uploads")?.map(Uploads::parse).transpose()?;
        check_handler(object)?;
        Ok(Policy {
            issuer: issuer.into(),
            authorized_parties: parties(object)?,
            allow_missing_azp: fields::flag(object, "allow_missing_azp")?.unwrap_or(false),
            leeway: seconds(object, "leeway_seconds", LEEWAY, Problem::Leeway)?,
            max_lifetime: seconds(object, "max_lifetime_seconds", LIFETIME, Problem::Lifetime)?,
            cors_origins: cors_origins(object)?,
            cookies: cookies(object)?,
            rules: parse_rules(rules, uploads.is_some())?,
            uploads,
        })
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.text(&self.issuer);
        out.texts(&self.authorized_parties);
        out.flag(self.allow_missing_azp);
        out.number(self.leeway);
        out.number(self.max_lifetime);
        out.texts(&self.cors_origins);
        out.texts(&self.cookies);
        out.list(self.uploads.as_slice(), |out, uploads| uploads.write(out));
        out.list(&self.rules, |out, rule| rule.write(out));
    }

    pub(crate) fn read_compiled(from: &mut Reader) -> Option<Self> {
        Some(Policy {
            issuer: from.text()?,
            authorized_parties: from.texts()?,
            allow_missing_azp: from.flag()?,
            leeway: from.number()?,
            max_lifetime: from.number()?,
            cors_origins: from.texts()?,
            cookies: from.texts()?,
            uploads: from.list(Uploads::read)?.pop(),
            rules: from.list(Rule::read)?,
        })
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

    /// The first rule that lets anybody do this.
    pub(crate) fn public_rule(&self, method: Method, path: &str) -> Option<usize> {
        self.rules.iter().position(|rule| rule.public && rule.concerns(method, path, None))
    }

    /// The first rule that lets the token's owner do this; else the first that speaks about it.
    pub(crate) fn rule(
        &self,
        (method, path): (Method, &str),
        (kind, validity): (Kind, &Validity),
        claims: &Claims,
    ) -> Result<usize, Option<usize>> {
        let mut concerned = None;
        for (position, rule) in self.rules.iter().enumerate() {
            if rule.concerns(method, path, Some(claims)) {
                if rule.grants(kind, validity, claims) {
                    return Ok(position);
                }
                concerned = concerned.or(Some(position));
            }
        }
        Err(concerned)
    }

    /// Whether some rule accepts tokens of this kind.
    pub(crate) fn accepts(&self, kind: Kind) -> bool {
        self.rules.iter().any(|rule| rule.accepts(kind))
    }

    /// What a page may be told it can use.
    pub(crate) fn method_list(&self) -> &'static str {
        let writes = self.rules.iter().any(|rule| rule.methods.contains(Method::Put));
        if writes { "GET, HEAD, PUT" } else { "GET, HEAD" }
    }
}

const FIELDS: [&str; 11] = [
    "allow_missing_azp",
    "authorized_parties",
    "cookies",
    "cors_origins",
    "issuer",
    "jwks_url",
    "leeway_seconds",
    "log_allows",
    "max_lifetime_seconds",
    "rules",
    "uploads",
];

/// What only the handler uses, but nobody should deploy when it is wrong.
fn check_handler(object: Object<'_>) -> Result<(), Refusal<'_>> {
    if fields::text(object, "jwks_url")?.is_some_and(|url| !is_jwks_url(url)) {
        return Err(Problem::JwksUrl.into());
    }
    match object.get("log_allows").map(|value| fields::as_number(value).and_then(Number::floor)) {
        None | Some(Some(0)) => Ok(()),
        Some(Some(1)) if object.get("log_allows").is_some_and(is_one) => Ok(()),
        _ => Err(Problem::LogAllows.into()),
    }
}

fn is_one(value: Value) -> bool {
    fields::as_number(value).is_some_and(|number| matches!(number.raw(), "1" | "1.0"))
}

fn seconds<'a>(
    object: Object<'a>,
    name: &'static str,
    (default, range): (u64, RangeInclusive<u64>),
    problem: Problem<'static>,
) -> Result<u64, Refusal<'a>> {
    let seconds = fields::number(object, name)?.unwrap_or(default);
    if range.contains(&seconds) { Ok(seconds) } else { Err(problem.into()) }
}

fn parties(object: Object<'_>) -> Result<Vec<String>, Refusal<'_>> {
    let name = "authorized_parties";
    let parties = fields::required(fields::texts(object, name), name)?;
    match parties.iter().find(|party| !is_address(party)) {
        Some(party) => Err(Problem::AuthorizedParty(party).into()),
        None => Ok(fields::own(&parties)),
    }
}

fn cors_origins(object: Object<'_>) -> Result<Vec<String>, Refusal<'_>> {
    let origins = fields::texts(object, "cors_origins")?.unwrap_or_default();
    match origins.iter().find(|origin| !is_cors_origin(origin)) {
        Some(origin) => Err(Problem::CorsOrigin(origin).into()),
        None => Ok(fields::own(&origins)),
    }
}

/// A browser sends a cookie to whoever a page talks to, so what page it was has to be checked.
fn cookies(object: Object<'_>) -> Result<Vec<String>, Refusal<'_>> {
    let cookies = fields::texts(object, "cookies")?.unwrap_or_default();
    if let Some(odd) = cookies.iter().find(|name| !cookie::is_session(name)) {
        return Err(Problem::Cookie(odd).into());
    }
    let no_parties = fields::texts(object, "authorized_parties")?.is_none_or(|it| it.is_empty());
    if no_parties && !cookies.is_empty() {
        return Err(Problem::CookieParties.into());
    }
    Ok(fields::own(&cookies))
}

/// The rules together: something to upload by, and none that an earlier one makes useless.
fn parse_rules<'a>(items: List<'a>, may_upload: bool) -> Result<Vec<Rule>, Refusal<'a>> {
    let mut rules: Vec<Rule> = Vec::new();
    for (index, item) in items.items().enumerate() {
        let position = index.saturating_add(1);
        let path = item.object().and_then(|rule| rule.get("path")?.text()).map_or("", Text::raw);
        let at = |refusal: Refusal<'a>| refusal.at(Place::Rule(position, path));
        if rules.len() >= MAX_RULES {
            return Err(Problem::TooManyRules.into());
        }
        let object = item.object().ok_or_else(|| at(Problem::NotARule.into()))?;
        let rule = Rule::parse(object).map_err(at)?;
        if rule.methods.contains(Method::Put) && !may_upload {
            return Err(at(Problem::NoUploads.into()));
        }
        if let Some(by) = rules.iter().position(|earlier| earlier.covers(&rule)) {
            let covering = items.items().nth(by).and_then(|it| it.object()?.get("path")?.text());
            let covering = covering.map_or("", Text::raw);
            return Err(at(Problem::Shadowed(by.saturating_add(1), covering).into()));
        }
        rules.push(rule);
    }
    if rules.is_empty() { Err(Problem::NoRules.into()) } else { Ok(rules) }
}

/// Compared byte by byte with `iss`, so it has to be spelled as Clerk spells it.
fn is_issuer(text: &str) -> bool {
    let host = text.strip_prefix("https://").filter(|rest| !rest.starts_with('/'));
    host.is_some() && is_address(text)
}

/// Where keys may be fetched: nobody on the way can change them.
fn is_jwks_url(text: &str) -> bool {
    let local = text.strip_prefix("http://127.0.0.1:").and_then(|rest| cut(rest, b'/'));
    is_issuer(text) || local.is_some_and(|(port, _)| is_port(port)) && is_address(text)
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
