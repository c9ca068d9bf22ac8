//! `token`: a session token of the local issuer.

use crate::claims;
use crate::exit::Exit;
use crate::output::say;
use anyhow::{Context, Result};
use clap::Args;
use config::{Config, Provider};
use local::{Algorithm, Issuer};
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// Print a session token of the local issuer, for trying things out
#[derive(Args)]
#[command(after_help = "Example:
  curl -H \"Authorization: Bearer $(cargo xtask token --sub user_ada)\" \\
    http://127.0.0.1:8787/users/user_ada/cat.jpg")]
pub(crate) struct TokenArgs {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "edgegate.toml")]
    pub(crate) config: PathBuf,
    /// Where the local cloud keeps its state
    #[arg(long, value_name = "DIR", default_value = ".edgegate")]
    pub(crate) state: PathBuf,
    /// The user
    #[arg(long, default_value = "user_demo")]
    pub(crate) sub: String,
    /// Another claim; the value is JSON, or text where it is none. `null` leaves a claim out
    #[arg(long = "claim", value_name = "NAME=VALUE", value_parser = claim)]
    pub(crate) claims: Vec<(String, serde_json::Value)>,
    /// Seconds until it expires; negative for one that has
    #[arg(long, value_name = "SECONDS", default_value_t = 60, allow_negative_numbers = true)]
    pub(crate) expires_in: i64,
}

fn claim(text: &str) -> Result<(String, serde_json::Value), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    Ok((name.to_owned(), value))
}

pub(crate) fn run(args: &TokenArgs) -> Result<Exit> {
    let config = Config::load(&args.config)?;
    let issuer = Issuer::open_for(&args.state, algorithm(&config))?;
    let mut claims = session(&config, &args.sub, now()?, args.expires_in);
    for (name, value) in &args.claims {
        claims.insert(name.clone(), value.clone());
    }
    claims.retain(|_, value| !value.is_null());
    say!("{}", issuer.mint(&claims));
    Ok(Exit::Done)
}

/// In seconds since 1970 (RFC 7519 §2, `NumericDate`).
pub(crate) fn now() -> Result<i64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?;
    Ok(i64::try_from(now.as_secs())?)
}

/// What the local issuer signs with: what the configuration names first.
pub(crate) fn algorithm(config: &Config) -> Algorithm {
    let named = config.issuer.algorithms.first().and_then(|name| Algorithm::named(name));
    named.unwrap_or_default()
}

/// In what tokens of this configuration's issuer differ from Clerk's: whom they are for, and what
/// else every one of them says; `null` is what they do not.
pub(crate) fn shape(config: &Config) -> Map<String, Value> {
    let issuer = &config.issuer;
    if issuer.provider == Provider::Clerk {
        return Map::new();
    }
    let of_clerk = ["azp", "fva", "sid", "sts", "v"].map(|name| (name.to_owned(), Value::Null));
    let mut shape: Map<_, _> = of_clerk.into_iter().collect();
    shape.extend(issuer.audiences.first().map(|it| ("aud".to_owned(), json!(it))));
    for (claim, requirement) in &issuer.require {
        claims::meet(issuer.provider, &mut shape, claim, requirement);
    }
    shape
}

/// The claims of a session token: Clerk's (version 2), or in the shape of another issuer's. `now` and
/// `expires_in` are in seconds.
pub(crate) fn session(config: &Config, sub: &str, now: i64, expires_in: i64) -> Map<String, Value> {
    // A token that lives no longer than usual was issued a usual lifetime before its end.
    let issued = now.min(now.saturating_add(expires_in).saturating_sub(60));
    let claims = json!({
        "v": 2,
        "iss": config.issuer.url,
        "azp": config.issuer.authorized_parties.first(),
        "sub": sub,
        "sid": format!("sess_{}", sub.trim_start_matches("user_")),
        "sts": "active",
        "iat": issued,
        "nbf": issued.saturating_sub(10),
        "exp": now.saturating_add(expires_in),
    });
    let mut claims = claims.as_object().cloned().unwrap_or_default();
    claims.extend(shape(config));
    claims.retain(|_, value| !value.is_null());
    claims
}
