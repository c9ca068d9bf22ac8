//! The request that is explained: what was typed, and what goes without saying.

use super::ExplainArgs;
use crate::token;
use anyhow::{Context, Result, anyhow};
use authorizer::{Header, Keys, Request};
use config::Config;
use engine::Failed;
use local::{Issuer, Visit};
use serde_json::{Map, Value};
use std::io::Read as _;

/// More than any token that the edge would look at, and its line's end.
const STDIN_MAX: u64 = 64 * 1024;
/// Seconds: as long as a session token of Clerk lives.
const LIFETIME: i64 = 60;

/// A request, and the time that it is judged by.
pub(crate) struct Ask {
    pub(super) method: String,
    pub(super) path: String,
    query: String,
    headers: Vec<(String, String)>,
    /// The headers that nobody has typed.
    pub(super) assumed: Vec<(String, String)>,
    /// In seconds since 1970.
    pub(super) now: u64,
}

impl Ask {
    /// A request by its target. Headers without a value are not sent; what else every upload of a
    /// browser has is assumed.
    pub(crate) fn new(
        (method, target): (&str, &str),
        given: &[(String, String)],
        content_types: &[String],
        now: u64,
    ) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let assumed = assumed((method, path), given, content_types);
        let sent = given.iter().filter(|(_, value)| !value.is_empty());
        let headers = sent.chain(&assumed).cloned().collect();
        let (method, path, query) = (method.to_owned(), path.to_owned(), query.to_owned());
        Self { method, path, query, headers, assumed, now }
    }

    /// With a token.
    pub(crate) fn bearing(mut self, token: Option<&str>) -> Self {
        let header = token.map(|it| ("authorization".to_owned(), format!("Bearer {it}")));
        self.headers.extend(header);
        self
    }

    /// A request that came in.
    pub(crate) fn arrived(visit: &Visit, now: u64) -> Self {
        let Visit { method, path, query, headers } = visit;
        let (method, path, query) = (method.clone(), path.clone(), query.clone());
        Self { method, path, query, headers: headers.clone(), assumed: Vec::new(), now }
    }

    /// The request of a command line, and the keys that its token is checked with.
    pub(super) fn typed(args: &ExplainArgs, config: &Config) -> Result<(Self, Keys)> {
        let now = token::now()?;
        let (token, keys) = credentials(args, config, now)?;
        let keys = Keys::parse(&keys).map_err(|error| anyhow!("{error}"))?;
        let (target, types) = ((&*args.method, &*args.path), &config.uploads.content_types);
        let ask = Self::new(target, &args.headers, types, u64::try_from(now)?);
        let ask = ask.bearing(token.as_deref());
        Ok((ask, keys))
    }

    /// In the authorizer's form.
    pub(super) fn headers(&self) -> Vec<Header<'_>> {
        self.headers.iter().map(|(name, value)| Header::new(name, value)).collect()
    }

    /// The request with these [`Ask::headers`].
    pub(super) fn request<'a>(&'a self, headers: &'a [Header<'a>]) -> Request<'a> {
        let Self { method, path, query, .. } = self;
        Request::new((method, path, query), "", headers)
    }
}

/// The token, if there is one, and the keys that tokens are checked with.
fn credentials(args: &ExplainArgs, config: &Config, now: i64) -> Result<(Option<String>, String)> {
    if let Some(given) = &args.claims {
        let issuer = Issuer::ephemeral(token::algorithm(config))?;
        return Ok((Some(issuer.mint(&claims(config, given, now))), issuer.jwks().to_string()));
    }
    let token = args.token.as_deref().map(read).transpose()?;
    if token.as_deref() == Some("") {
        return Err(empty(args).into());
    }
    let keys = if args.local {
        Issuer::open_for(&args.state, token::algorithm(config))?.jwks().to_string()
    } else {
        config.read_keys()?
    };
    Ok((token, keys))
}

/// An empty token is what a broken pipe or an unset variable leaves, and hardly what was meant.
fn empty(args: &ExplainArgs) -> Failed {
    let from = if args.token.as_deref() == Some("-") { "standard input" } else { "--token" };
    Failed {
        message: format!("{from} has no token"),
        hint: "leave --token out to ask about a request without one".to_owned(),
    }
}

/// The claims of a session, with those that were given in their place.
fn claims(config: &Config, given: &Map<String, Value>, now: i64) -> Map<String, Value> {
    let subject = given.get("sub").and_then(Value::as_str).unwrap_or("user_demo");
    let mut claims = token::session(config, subject, now, LIFETIME);
    claims.extend(given.clone());
    claims.retain(|_, value| !value.is_null());
    claims
}

fn read(token: &str) -> Result<String> {
    if token != "-" {
        return Ok(token.to_owned());
    }
    let mut text = String::new();
    let read = std::io::stdin().lock().take(STDIN_MAX).read_to_string(&mut text);
    read.context("cannot read the token from standard input")?;
    Ok(text.trim().to_owned())
}

/// What every upload of a browser has.
fn assumed(
    (method, path): (&str, &str),
    given: &[(String, String)],
    types: &[String],
) -> Vec<(String, String)> {
    if method != "PUT" {
        return Vec::new();
    }
    let extension = path.rsplit_once('.').map_or("", |(_, it)| it);
    let extension = if extension == "jpg" { "jpeg" } else { extension };
    let named = types.iter().find(|it| it.strip_prefix("image/") == Some(extension));
    let content_type = named.or(types.first()).cloned().unwrap_or_default();
    let headers = [("content-type", content_type), ("content-length", "1".to_owned())];
    let missing =
        headers.into_iter().filter(|(name, _)| !given.iter().any(|(given, _)| given == name));
    missing.map(|(name, value)| (name.to_owned(), value)).collect()
}
