//! `rules.json`: whose tokens count, and what their owners may do, as it is written.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use super::issuer::{Issuer, is_issuer};
use super::rule::Rule;
use super::uploads::Uploads;
use super::writer::Writer;
use crate::cookie;
use crate::fields;
use crate::json::{self, FILE_VALUES, List, Object, Value};
use crate::method::Method;
use crate::number::{Number, parse_decimal};
use crate::policy::{ALLOWS_MISSING_AZP, HAS_PUBLIC, HAS_UPLOADS, IS_FOREIGN};
use crate::problem::Problem;
use crate::refusal::{Place, Refusal};

/// Rules are compared with one another and tried in turn.
const MAX_RULES: usize = 256;
/// Seconds: the default, and what is allowed. Clerk's own leeway is 5; more than 30 would be half a
/// token's life.
const LEEWAY: (u64, RangeInclusive<u64>) = (5, 0..=30);
/// Seconds, likewise. Clerk's session tokens live 60.
const LIFETIME: (u64, RangeInclusive<u64>) = (300, 1..=3600);
/// Seconds, of another issuer: an hour is usual, and a day is the most that one may live.
const FOREIGN_LIFETIME: (u64, RangeInclusive<u64>) = (3600, 1..=86_400);
const MAX_ADDRESS: usize = 255;

/// The policy in its final form.
pub(crate) fn compile(rules_json: &str) -> Result<Vec<u8>, Refusal<'_>> {
    let object = json::object(rules_json.as_bytes(), FILE_VALUES)?;
    fields::only(object, &FIELDS)?;
    let issuer = Issuer::parse(object)?;
    let items = fields::required(fields::list(object, "rules"), "rules")?;
    let uploads = fields::inner(object, "uploads")?.map(Uploads::parse).transpose()?;
    check_handler(object)?;
    let rules = parse_rules(items, uploads.is_some())?;
    if issuer.is_foreign && rules.iter().any(Rule::is_clerks) {
        return Err(Problem::ClerkRule.into());
    }
    let flags = [
        (ALLOWS_MISSING_AZP, fields::flag(object, "allow_missing_azp")?.unwrap_or(false)),
        (IS_FOREIGN, issuer.is_foreign),
        (HAS_PUBLIC, rules.iter().any(|rule| rule.public)),
        (HAS_UPLOADS, rules.iter().any(|rule| rule.methods.contains(Method::Put))),
    ];
    let flags = flags.into_iter().filter(|(_, holds)| *holds);
    let mut out = if issuer.is_foreign { Writer::of_others() } else { Writer::of_clerk() };
    out.byte(flags.fold(0, |flags, (flag, _)| flags | flag));
    out.text(issuer.address);
    out.texts(&parties(object)?);
    out.number(seconds(object, "leeway_seconds", LEEWAY, Problem::Leeway)?);
    let (lifetime, problem) = if issuer.is_foreign {
        (FOREIGN_LIFETIME, Problem::ForeignLifetime)
    } else {
        (LIFETIME, Problem::Lifetime)
    };
    out.number(seconds(object, "max_lifetime_seconds", lifetime, problem)?);
    out.texts(&cors_origins(object)?);
    out.texts(&cookies(object)?);
    issuer.write(&mut out);
    out.list(uploads.as_slice(), |out, uploads| uploads.write(out));
    out.list(&rules, |out, rule| rule.write(out));
    Ok(out.finish())
}

const FIELDS: [&str; 15] = [
    "algorithms",
    "allow_missing_azp",
    "audiences",
    "authorized_parties",
    "cookies",
    "cors_origins",
    "issuer",
    "jwks_url",
    "leeway_seconds",
    "log_allows",
    "max_lifetime_seconds",
    "provider",
    "require",
    "rules",
    "uploads",
];

/// What only the handler uses, but nobody should deploy when it is wrong.
fn check_handler(object: Object<'_>) -> Result<(), Refusal<'_>> {
    if fields::text(object, "jwks_url")?.is_some_and(|url| !is_jwks_url(url)) {
        return Err(Problem::JwksUrl.into());
    }
    let share = object.get(b"log_allows");
    match share.map(|value| value.number().and_then(Number::floor)) {
        None | Some(Some(0)) => Ok(()),
        Some(Some(1)) if share.is_some_and(is_one) => Ok(()),
        _ => Err(Problem::LogAllows.into()),
    }
}

fn is_one(value: Value) -> bool {
    value.number().is_some_and(|number| matches!(number.raw(), b"1" | b"1.0"))
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

fn parties(object: Object<'_>) -> Result<Vec<&str>, Refusal<'_>> {
    let name = "authorized_parties";
    let parties = fields::required(fields::texts(object, name), name)?;
    match parties.iter().find(|party| !is_address(party)) {
        Some(party) => Err(Problem::AuthorizedParty(party).into()),
        None => Ok(parties),
    }
}

fn cors_origins(object: Object<'_>) -> Result<Vec<&str>, Refusal<'_>> {
    let origins = fields::texts(object, "cors_origins")?.unwrap_or_default();
    match origins.iter().find(|origin| !is_cors_origin(origin)) {
        Some(origin) => Err(Problem::CorsOrigin(origin).into()),
        None => Ok(origins),
    }
}

/// A browser sends a cookie to whoever a page talks to, so what page it was has to be checked.
fn cookies(object: Object<'_>) -> Result<Vec<&str>, Refusal<'_>> {
    let cookies = fields::texts(object, "cookies")?.unwrap_or_default();
    if let Some(odd) = cookies.iter().find(|name| !cookie::is_session(name.as_bytes())) {
        return Err(Problem::Cookie(odd).into());
    }
    let no_parties = fields::texts(object, "authorized_parties")?.is_none_or(|it| it.is_empty());
    if no_parties && !cookies.is_empty() {
        return Err(Problem::CookieParties.into());
    }
    Ok(cookies)
}

/// The rules together: something to upload by, and none that an earlier one always decides before.
fn parse_rules<'a>(items: List<'a>, may_upload: bool) -> Result<Vec<Rule>, Refusal<'a>> {
    let mut rules: Vec<Rule> = Vec::new();
    for (index, item) in items.items().enumerate() {
        let position = index.saturating_add(1);
        let path = path_of(item);
        let at = |refusal: Refusal<'a>| refusal.at(|| Place::Rule(position, path));
        if rules.len() >= MAX_RULES {
            return Err(Problem::TooManyRules.into());
        }
        let object = item.object().ok_or_else(|| at(Problem::NotARule.into()))?;
        let rule = Rule::parse(object).map_err(at)?;
        if rule.methods.contains(Method::Put) && !may_upload {
            return Err(at(Problem::NoUploads.into()));
        }
        if let Some(by) = rules.iter().position(|earlier| earlier.covers(&rule)) {
            let covering = items.items().nth(by).map_or("", path_of);
            return Err(at(Problem::Shadowed(by.saturating_add(1), covering).into()));
        }
        rules.push(rule);
    }
    if rules.is_empty() { Err(Problem::NoRules.into()) } else { Ok(rules) }
}

fn path_of(rule: Value<'_>) -> &str {
    rule.object().and_then(|rule| rule.get(b"path")?.text()).map_or("", fields::shown)
}

/// Where keys may be fetched: nobody on the way can change them.
fn is_jwks_url(text: &str) -> bool {
    let local = text.strip_prefix("http://127.0.0.1:").and_then(|rest| rest.split_once('/'));
    is_issuer(text) || local.is_some_and(|(port, _)| is_port(port)) && is_address(text)
}

/// What is before and after `://`.
fn cut_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    Some((scheme, rest.strip_prefix("//")?))
}

/// A scheme and something behind it: printable, unquoted, without query, fragment and final slash.
pub(super) fn is_address(text: &str) -> bool {
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
    !text.starts_with('0') && parse_decimal(text.as_bytes()).is_some_and(|port| port <= 65_535)
}

/// The origins a browser can send (RFC 6454 §6.2) and that nobody on the network can take over.
fn is_cors_origin(text: &str) -> bool {
    let allowed = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.')
    };
    let Some((scheme, authority)) = cut_scheme(text) else { return false };
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, is_port(port)),
        None => (authority, true),
    };
    let local = host == "localhost" || host.ends_with(".localhost") || host == "127.0.0.1";
    let known = scheme == "https" || (scheme == "http" && local);
    known && port && !host.is_empty() && host.bytes().all(allowed) && text.len() <= MAX_ADDRESS
}
