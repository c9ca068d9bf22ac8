//! `token`: a session token of the local issuer.

use crate::cli::TokenArgs;
use crate::exit::Exit;
use crate::output::say;
use anyhow::{Context, Result};
use config::Config;
use local::Issuer;
use serde_json::{Map, Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) fn run(args: &TokenArgs) -> Result<Exit> {
    let config = Config::load(&args.config)?;
    let issuer = Issuer::open(&args.state)?;
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

/// The claims of a Clerk session token (version 2): `now` and `expires_in` are in seconds.
pub(crate) fn session(config: &Config, sub: &str, now: i64, expires_in: i64) -> Map<String, Value> {
    // A token that lives no longer than usual was issued a usual lifetime before its end.
    let issued = now.min(now.saturating_add(expires_in).saturating_sub(60));
    let claims = json!({
        "v": 2,
        "iss": config.clerk.issuer,
        "azp": config.clerk.authorized_parties.first(),
        "sub": sub,
        "sid": format!("sess_{}", sub.trim_start_matches("user_")),
        "sts": "active",
        "iat": issued,
        "nbf": issued.saturating_sub(10),
        "exp": now.saturating_add(expires_in),
    });
    let mut claims = claims.as_object().cloned().unwrap_or_default();
    claims.retain(|_, value| !value.is_null());
    claims
}
