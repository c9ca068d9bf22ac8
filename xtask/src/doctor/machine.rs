//! What has to be installed here.

use super::check::{Check, within};
use crate::program;
use crate::wasm;
use anyhow::{Context as _, Result};
use std::path::Path;
use std::time::Duration;
use tokio::process::Command;

/// Of what the examples' and the clients' tools ask for (CONTRIBUTING.md).
const NODE_MIN: (u32, u32) = (20, 19);
const NODE_HINT: &str = "install Node.js 20.19 or later: https://nodejs.org";

/// Only `--local` and the tests run the function here.
pub(super) async fn node(is_local: bool, patience: Duration) -> Check {
    let name = "node";
    let found = within(patience, node_version()).await;
    let good = found.as_ref().is_ok_and(|it| parts(it).is_some_and(|it| it >= NODE_MIN));
    let text = match found {
        Ok(version) if good => return Check::ok(name, version),
        Ok(version) => format!("Node.js {version:?} is too old"),
        Err(error) => format!("there is no Node.js: {error:#}"),
    };
    if is_local {
        return Check::fail(name, text, NODE_HINT);
    }
    Check::warn(name, format!("{text}; only --local needs it"), NODE_HINT)
}

async fn node_version() -> Result<String> {
    let asked = Command::new("node").arg("--version").kill_on_drop(true).output().await;
    let output = asked.context("cannot run `node`")?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Of `v20.19.1`: 20 and 19.
fn parts(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim_start_matches('v').split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

/// Carried along, given by name, or to be compiled.
pub(super) fn authorizer(file: Option<&Path>) -> Check {
    let name = "authorizer";
    if let Some(file) = file {
        let hint = "leave --authorizer out to use the usual one";
        return match std::fs::metadata(file) {
            Ok(it) => Check::ok(name, format!("{}, {} bytes", file.display(), it.len())),
            Err(error) => Check::fail(name, format!("{}: {error}", file.display()), hint),
        };
    }
    if let Some(carried) = program::get().authorizer {
        return Check::ok(name, format!("compiled, {} bytes, in this program", carried.len()));
    }
    let target = wasm::TARGET;
    match wasm::has_target() {
        Ok(true) => Check::ok(name, format!("compiled here, for {target}")),
        Ok(false) => Check::warn(
            name,
            format!("the target {target} is not installed yet; the first plan installs it"),
            format!("rustup target add {target}"),
        ),
        Err(error) => Check::failed(name, &error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_their_numbers() {
        assert!(parts("v20.19.0").unwrap() >= NODE_MIN && parts("v24.0.1").unwrap() >= NODE_MIN);
        assert!(parts("v20.9.0").unwrap() < NODE_MIN);
        assert_eq!(parts("no node"), None);
    }
}
