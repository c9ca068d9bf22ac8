//! The user whose token is sent, and where the rules let them upload.

use crate::story::{Claims, scene};
use crate::token;
use anyhow::{Context, Result};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use config::{Config, Rule};
use engine::Failed;
use local::Issuer;
use serde_json::Value;
use std::io::Read as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Of the token: two dozen requests have to be answered before it ends.
const SECONDS_MIN: i64 = 15;
/// A file's name as it is written in a URL, and the name that is meant.
pub(super) const ESCAPED: (&str, &str) = ("caf%C3%A9%20noir", "caf\u{e9} noir");
/// The name of the environment variable.
const VARIABLE: &str = "EDGEGATE_TOKEN";

pub(super) struct Viewer {
    token: String,
    /// A path with a place for the file's name at its end.
    folder: Folder,
}

struct Folder {
    before: String,
    run: String,
}

impl Viewer {
    /// A user of the local issuer.
    pub(super) fn of(config: &Config, issuer: &Issuer) -> Result<Self> {
        let mut claims = scene::claims(config, rule(config)?, "user_verify")?;
        claims.insert("exp".into(), (token::now()? + 60).into());
        Ok(Self { token: issuer.mint(&claims), folder: folder(config, &claims)? })
    }

    /// The owner of a token that somebody signed in for.
    pub(super) fn read(config: &Config, file: Option<&Path>, now: i64) -> Result<Self> {
        let token = read(file)?;
        let claims = claims(&token).ok_or_else(|| Failed {
            message: "that is no session token".to_owned(),
            hint: "copy what `await Clerk.session.getToken()` says in your app's console"
                .to_owned(),
        })?;
        let left = claims.get("exp").and_then(Value::as_i64).unwrap_or(0) - now;
        if left < SECONDS_MIN {
            return Err(Failed {
                message: format!("the token ends in {left} s, and {SECONDS_MIN} are needed"),
                hint: "copy a fresh one, and start within half a minute".to_owned(),
            }
            .into());
        }
        Ok(Self { folder: folder(config, &claims)?, token })
    }

    pub(super) fn token(&self) -> &str {
        &self.token
    }

    /// A path that nothing was uploaded to before.
    pub(super) fn path(&self, file: &str) -> String {
        format!("{}edgegate-verify-{}-{file}", self.folder.before, self.folder.run)
    }

    /// The claims under no signature at all (RFC 7519 §6).
    pub(super) fn unsigned(&self) -> String {
        let header = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        format!("{header}.{}.", self.token.split('.').nth(1).unwrap_or_default())
    }
}

fn read(file: Option<&Path>) -> Result<String> {
    let text = match file {
        Some(file) if file == Path::new("-") => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
            text
        }
        Some(file) => std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?,
        None => std::env::var(VARIABLE).map_err(|_| Failed {
            message: "a session token of your Clerk instance is needed".to_owned(),
            hint: format!("--token-file FILE, --token-file - or ${VARIABLE}"),
        })?,
    };
    Ok(text.trim().to_owned())
}

/// What the token says; whether it is true the edge knows.
fn claims(token: &str) -> Option<Claims> {
    let parts: Vec<_> = token.split('.').collect();
    let [_, claims, _] = parts.as_slice() else { return None };
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
}

fn rule(config: &Config) -> Result<&Rule> {
    let found = scene::upload_rule(config);
    Ok(found.ok_or_else(|| Failed {
        message: "no rule lets a user upload more than one image".to_owned(),
        hint: "the points are asked by uploading; add a rule with PUT and /** at its end"
            .to_owned(),
    })?)
}

fn folder(config: &Config, claims: &Claims) -> Result<Folder> {
    let rule = rule(config)?;
    let filled = scene::filled(rule, |claim| value(claims, claim), "");
    let before = filled.ok_or_else(|| Failed {
        message: format!("the token lacks a claim of the rule PUT {}", rule.path),
        hint: "use the token of a user who may upload there".to_owned(),
    })?;
    let run = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?;
    Ok(Folder { before, run: run.as_millis().to_string() })
}

/// Where Clerk's session tokens (version 2, and 1) have it.
fn value(claims: &Claims, claim: &str) -> Option<String> {
    let organization = |name: &str| claims.get("o").and_then(|it| it.get(name));
    let found = match claim {
        "org_id" => organization("id"),
        "org_slug" => organization("slg"),
        "org_role" => organization("rol"),
        _ => None,
    };
    let dotted = || {
        let mut parts = claim.split('.');
        let first = claims.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.get(part))
    };
    found.or_else(dotted)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn claims_are_found_where_clerk_puts_them() {
        let claims =
            json!({"sub": "user_1", "o": {"id": "org_1", "slg": "acme"}, "meta": {"team": "a"}});
        let claims = claims.as_object().unwrap();
        let of = |claim: &str| value(claims, claim);
        assert_eq!(of("sub").as_deref(), Some("user_1"));
        assert_eq!(of("org_id").as_deref(), Some("org_1"));
        assert_eq!(of("meta.team").as_deref(), Some("a"));
        assert_eq!(of("org_role"), None);
        let first = json!({"org_id": "org_2"});
        assert_eq!(value(first.as_object().unwrap(), "org_id").as_deref(), Some("org_2"));
    }

    #[test]
    fn what_is_no_token_has_no_claims() {
        assert!(claims("a.b").is_none() && claims("a.!.c").is_none() && claims("").is_none());
        assert_eq!(claims("e30.eyJzdWIiOiJhIn0.c").unwrap()["sub"], "a");
    }
}
