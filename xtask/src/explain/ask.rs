//! The request that is explained: what was typed, and what goes without saying.

use super::ExplainArgs;
use crate::token;
use anyhow::{Context, Result, anyhow};
use authorizer::{Header, Keys, Request};
use config::Config;
use engine::Failed;
use local::Issuer;
use serde_json::{Map, Value};
use std::io::Read as _;

/// More than any token that the edge would look at, and its line's end.
const STDIN_MAX: u64 = 64 * 1024;
/// Seconds: as long as a session token of Clerk lives.
const LIFETIME: i64 = 60;

/// A request, and the keys and the time that it is judged by.
pub(super) struct Ask {
    pub(super) method: String,
    pub(super) path: String,
    query: String,
    headers: Vec<(String, String)>,
    /// The headers that nobody has typed.
    pub(super) assumed: Vec<(String, String)>,
    pub(super) keys: Keys,
    /// In seconds since 1970.
    pub(super) now: u64,
}

impl Ask {
    pub(super) fn new(args: &ExplainArgs, config: &Config) -> Result<Self> {
        let (path, query) = args.path.split_once('?').unwrap_or((&args.path, ""));
        let now = token::now()?;
        let (token, keys) = credentials(args, config, now)?;
        let assumed = assumed(args, config, path);
        let mut headers: Vec<_> =
            args.headers.iter().filter(|(_, value)| !value.is_empty()).cloned().collect();
        headers.extend(assumed.iter().cloned());
        headers.extend(token.map(|it| ("authorization".to_owned(), format!("Bearer {it}"))));
        Ok(Self {
            method: args.method.clone(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            assumed,
            keys: Keys::parse(&keys).map_err(|error| anyhow!("{error}"))?,
            now: u64::try_from(now)?,
        })
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
        let issuer = Issuer::ephemeral()?;
        return Ok((Some(issuer.mint(&claims(config, given, now))), issuer.jwks().to_string()));
    }
    let token = args.token.as_deref().map(read).transpose()?;
    if token.as_deref() == Some("") {
        return Err(empty(args).into());
    }
    let keys = if args.local {
        Issuer::open(&args.state)?.jwks().to_string()
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
fn assumed(args: &ExplainArgs, config: &Config, path: &str) -> Vec<(String, String)> {
    if args.method != "PUT" {
        return Vec::new();
    }
    let extension = path.rsplit_once('.').map_or("", |(_, it)| it);
    let extension = if extension == "jpg" { "jpeg" } else { extension };
    let types = &config.uploads.content_types;
    let named = types.iter().find(|it| it.strip_prefix("image/") == Some(extension));
    let content_type = named.or(types.first()).cloned().unwrap_or_default();
    let headers = [("content-type", content_type), ("content-length", "1".to_owned())];
    let missing = headers
        .into_iter()
        .filter(|(name, _)| !args.headers.iter().any(|(given, _)| given == name));
    missing.map(|(name, value)| (name.to_owned(), value)).collect()
}
