//! The pages below `/_local/`: what this cloud tells of itself, and is told about itself.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::response::Response;
use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::control::{BODY_MAX, Control, reply, snapshot};
use crate::fault::{Fault, Outcome};
use crate::rule::Rule;
use crate::store::Cloud;

/// Answers one request for a page.
pub(crate) async fn answer(control: &Control, method: &Method, page: &str, body: Body) -> Response {
    match respond(control, method, page, body).await {
        Ok(response) => response,
        Err(fault) => reply::json(fault.status, &json!({"error": fault.message})),
    }
}

async fn respond(control: &Control, method: &Method, page: &str, body: Body) -> Outcome<Response> {
    let answer = match (method.as_str(), page) {
        ("GET", "health") => json!({"status": "ok", "pid": std::process::id()}),
        ("GET", "calls") => json!(snapshot(&control.calls)),
        ("GET", "actions") => json!(snapshot(&control.actions)),
        ("GET", "origin-requests") => json!(snapshot(&control.origin_requests)),
        ("GET", "held") => json!(control.disturbances.held().await),
        ("POST", "faults") => {
            control.disturbances.add(parse(body).await?);
            json!({})
        }
        ("DELETE", "faults") => {
            control.disturbances.clear();
            json!({})
        }
        ("GET", "account") => control.store.read(|cloud| json!(cloud)),
        ("PUT", "account") => {
            let mut account: Cloud = parse(body).await?;
            control.store.write(|cloud| {
                account.suspended = std::mem::take(&mut cloud.suspended);
                *cloud = account;
                Ok(json!({}))
            })?
        }
        ("PUT", "rules") => {
            let Rules { suspended } = parse(body).await?;
            control.store.write(|cloud| {
                cloud.suspended = suspended;
                Ok(json!({}))
            })?
        }
        ("DELETE", "calls") => control.forget_calls(),
        ("POST", "clock") => {
            let Advance { seconds } = parse(body).await?;
            control.store.clock.advance(std::time::Duration::from_secs(seconds));
            json!({})
        }
        ("GET", page) if page.starts_with("code/") => {
            return Ok(code(control, page.trim_start_matches("code/")).await);
        }
        _ => return Err(Fault::new(404, "", "no such page")),
    };
    Ok(reply::json(200, &answer))
}

/// `{"seconds": 200}`: what takes AWS less than that is done.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: u64,
}

/// `{"suspended": ["ttl-order"]}`: those do not hold, all others do.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    suspended: BTreeSet<Rule>,
}

async fn parse<T: DeserializeOwned>(body: Body) -> Outcome<T> {
    let refuse = |it: String| Fault::new(400, "", it);
    let body = axum::body::to_bytes(body, BODY_MAX).await.map_err(|it| refuse(it.to_string()))?;
    serde_json::from_slice(&body).map_err(|it| refuse(it.to_string()))
}

/// The zip of a function, where `GetFunction` says it is.
async fn code(control: &Control, sha256: &str) -> Response {
    let named = sha256.len() == 64 && sha256.bytes().all(|it| it.is_ascii_hexdigit());
    let path = control.store.code(&format!("{sha256}.zip"));
    match tokio::fs::read(path).await {
        Ok(zip) if named => reply::with(200, "application/zip", zip),
        _ => reply::json(404, &json!({"error": "no such code"})),
    }
}

impl Control {
    fn forget_calls(&self) -> Value {
        super::clear(&self.calls);
        super::clear(&self.actions);
        json!({})
    }
}
