//! `doctor`: whether everything is there that a deployment will need. It changes nothing.

mod account;
mod check;
mod issuer;
mod machine;
mod network;

use crate::cli::{Format, Target};
use crate::exit::Exit;
use crate::output::{self, BOLD, DIM, GREEN, RED, YELLOW, say};
use crate::stack::Place;
use anyhow::Result;
use check::{Check, State};
use clap::Args;
use config::Config;
use serde_json::json;
use std::time::{Duration, SystemTime};

/// The version of the JSON form; it rises when a field changes its meaning.
const SCHEMA: &str = "edgegate.doctor/1";

/// Check what a deployment needs: configuration, keys, Clerk, tools, network, credentials, quotas
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask doctor              before the first plan, or when something is odd
  cargo xtask doctor --local      what the local cloud needs: no account, no network

Each check is ok, warn, fail, or skip where an earlier one has failed. It only reads, and what it
reads policies/planner.json grants.

Exit codes: 0 nothing failed, 1 something did")]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    target: Target,
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// How long each check waits for an answer
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    patience: u64,
}

pub(crate) async fn run(args: DoctorArgs) -> Result<Exit> {
    let checks: Vec<_> =
        examine(&args).await.into_iter().map(Check::in_words_of_this_program).collect();
    let count = |state| checks.iter().filter(|it| it.state == state).count();
    let (failed, warned) = (count(State::Fail), count(State::Warn));
    match args.format {
        Format::Text => print(&checks, failed, warned),
        Format::Json => {
            let report = json!({
                "schema": SCHEMA, "checks": checks, "failed": failed, "warned": warned,
            });
            say!("{report:#}");
        }
    }
    Ok(if failed > 0 { Exit::Failed } else { Exit::Done })
}

/// All checks, in the order in which one builds on another; those that wait do so at the same time.
async fn examine(args: &DoctorArgs) -> Vec<Check> {
    let (target, patience) = (&args.target, Duration::from_secs(args.patience));
    let mut checks = Vec::new();
    let node = machine::node(target.local, patience).await;
    let config = configuration(target, &mut checks);
    let place = match Place::open(target).await {
        Ok(place) => place,
        Err(error) => {
            checks.extend([node, Check::failed("local cloud", &error)]);
            return checks;
        }
    };
    checks.extend([machine::authorizer(target.authorizer.as_deref()), node]);
    let now = SystemTime::now();
    let region = config.as_ref().map_or("us-east-1", |it| it.stack.region.as_str());
    let endpoint = place.endpoint();
    let (issuer, network, account) = tokio::join!(
        issuer::examine(config.as_ref(), place.issuer(), patience),
        network::examine(endpoint.as_ref(), region, now, patience),
        account::examine(config.as_ref(), endpoint.as_ref(), now, patience),
    );
    checks.extend(issuer.into_iter().chain(network).chain(account));
    place.close().await;
    checks
}

/// The file, and what in it deserves a second look.
fn configuration(target: &Target, checks: &mut Vec<Check>) -> Option<Config> {
    let name = "configuration";
    let config = match Config::load(&target.config) {
        Ok(config) => config,
        Err(error) => {
            checks.push(Check::failed(name, &error.into()));
            return None;
        }
    };
    let (file, stack) = (target.config.display(), &config.stack);
    checks.push(Check::ok(name, format!("{file}: stack {} in {}", stack.name, stack.region)));
    let doubts = config.warnings().into_iter();
    checks.extend(doubts.map(|it| Check::warn(name, it, "README.md, Configuration")));
    Some(config)
}

fn print(checks: &[Check], failed: usize, warned: usize) {
    for it in checks {
        let (style, word) = match it.state {
            State::Ok => (GREEN, "ok  "),
            State::Warn => (YELLOW, "warn"),
            State::Fail => (RED, "fail"),
            State::Skip => (DIM, "skip"),
        };
        say!("  {style}{word}{style:#}  {BOLD}{:<14}{BOLD:#} {}", it.name, it.text);
        if let Some(hint) = &it.hint {
            say!("        {DIM}hint:{DIM:#}          {hint}");
        }
    }
    output::note(&format!("{failed} failed, {warned} to look at, of {}", checks.len()));
}
