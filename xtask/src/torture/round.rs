//! One round: something bad happens to a command, and the account must still be sound.

use super::invariants::broken;
use crate::prng::Prng;
use crate::world::{Ended, World, ended};
use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Blow {
    Killed,
    Fault,
    Drift,
    TwoAtOnce,
}

const BLOWS: [Blow; 4] = [Blow::Killed, Blow::Fault, Blow::Drift, Blow::TwoAtOnce];

/// A deployment more often than not: most of what can break is in it.
const LINES: [&str; 6] = [
    "deploy --yes --config one.toml",
    "deploy --yes --config other.toml",
    "deploy --yes --config one.toml",
    "deploy --yes --config other.toml",
    "teardown --yes --config one.toml",
    "plan --config other.toml",
];

const FAULTS: [&str; 8] = [
    "throttle",
    "server-error",
    "reset-before",
    "reset-after",
    "truncated",
    "access-denied",
    "expired-credentials",
    "quota",
];

/// More calls than any command makes need no blow.
const CALLS: u64 = 90;

/// Deals the blow and returns what does not hold after it.
pub(crate) async fn strike(world: &World, prng: &mut Prng) -> Result<(Blow, Vec<String>)> {
    let (blow, line) = (prng.pick(&BLOWS), prng.pick(&LINES));
    let ends = match blow {
        Blow::Killed => killed(world, prng, line).await?,
        Blow::Fault => {
            let fault = json!([{"skip": prng.below(CALLS), "fault": prng.pick(&FAULTS)}]);
            world.page(Method::POST, "faults", &fault).await?;
            vec![world.run(line).await?]
        }
        Blow::Drift => {
            let account = drifted(world.account().await?, prng);
            world.page(Method::PUT, "account", &account).await?;
            vec![world.run(line).await?]
        }
        Blow::TwoAtOnce => {
            let (one, other) = (world.spawn(line)?, world.spawn(prng.pick(&LINES))?);
            let (one, other) = tokio::try_join!(ended(one), ended(other))?;
            vec![one, other]
        }
    };
    world.page(Method::DELETE, "faults", &Value::Null).await?;
    let mut found = broken(&world.account().await?);
    found.extend(
        ends.iter()
            .filter(|it| !is_proper(it))
            .map(|it| format!("{line} ended with {:?}: {}", it.code, it.stderr.trim_end())),
    );
    Ok((blow, found))
}

/// Done, failed with a message, or unfinished; nothing here is anybody else's or holds images.
fn is_proper(it: &Ended) -> bool {
    matches!(it.code, None | Some(0 | 1 | 4)) && !it.stderr.contains("panicked")
}

async fn killed(world: &World, prng: &mut Prng, line: &str) -> Result<Vec<Ended>> {
    let side = prng.pick(&["stop-before", "stop-after"]);
    let fault = json!([{"skip": prng.below(CALLS), "fault": side}]);
    world.page(Method::POST, "faults", &fault).await?;
    let mut child = world.spawn(line)?;
    tokio::select! {
        held = world.page(Method::GET, "held", &Value::Null) => {
            held?;
            child.kill().await?;
            Ok(Vec::new())
        }
        status = child.wait() => {
            Ok(vec![Ended { code: status?.code(), stderr: String::new() }])
        }
    }
}

/// The account after somebody's change in the console: one that leaves the images closed.
fn drifted(account: Value, prng: &mut Prng) -> Value {
    let suspended = json!("<VersioningConfiguration/>");
    let more = json!(["arn:aws:iam::aws:policy/ReadOnlyAccess"]);
    match prng.below(6) {
        0 => set(account, "buckets", "/documents/versioning", &suspended),
        1 => set(account, "roles", "/attached", &more),
        2 => set(account, "functions", "/latest/config/timeout", &json!(4)),
        3 => set(account, "functions", "/url", &json!("NONE")),
        4 => replaced(account, "PriceClass_100", "PriceClass_200"),
        _ => replaced(account, "<MinTTL>0<", "<MinTTL>1<"),
    }
}

/// Sets a value in all that there is of a kind, which is one or none.
fn set(mut account: Value, kind: &str, place: &str, value: &Value) -> Value {
    for it in account[kind].as_object_mut().into_iter().flatten() {
        if let Some(old) = it.1.pointer_mut(place) {
            old.clone_from(value);
        }
    }
    account
}

fn replaced(account: Value, from: &str, to: &str) -> Value {
    serde_json::from_str(&account.to_string().replace(from, to)).unwrap_or(account)
}

/// Left alone, the next deployment puts everything right.
pub(crate) async fn recover(world: &World) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for line in ["deploy --yes --config one.toml", "plan --exit-code --config one.toml"] {
        let it = world.run(line).await?;
        if it.code != Some(0) {
            found.push(format!("{line} ended with {:?}: {}", it.code, it.stderr.trim_end()));
        }
    }
    found.extend(broken(&world.account().await?));
    Ok(found)
}
