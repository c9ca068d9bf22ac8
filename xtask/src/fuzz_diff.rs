//! `fuzz-diff`: whatever the packaged authorizer accepts, other libraries accept too.

use crate::exit::Exit;
use crate::output;
use crate::proof::Proof;
use crate::wasm;
use anyhow::{Context, Result};
use clap::Args;
use std::process::{Command, Stdio};

/// Mutate tokens: whatever the packaged authorizer accepts, other libraries accept too
#[derive(Args)]
pub(crate) struct FuzzDiffArgs {
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub(crate) cases: u64,
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Only this case, to look at it
    #[arg(long, value_name = "N", conflicts_with = "rsa")]
    pub(crate) case: Option<u64>,
    /// No tokens, but the arithmetic of `authorizer/rsa`, beside OpenSSL's
    #[arg(long)]
    pub(crate) rsa: bool,
}

pub(crate) fn run(args: &FuzzDiffArgs) -> Result<Exit> {
    let agree = if args.rsa { powers(args)? } else { tokens(args)? };
    Ok(if agree { Exit::Done } else { Exit::Failed })
}

fn tokens(args: &FuzzDiffArgs) -> Result<bool> {
    let proof = Proof::prepare()?;
    proof.add_curve()?;
    let mut node = proof.node("fuzz-diff.mjs");
    node.args(["--cases", &args.cases.to_string(), "--seed", &args.seed.to_string()]);
    if let Some(case) = args.case {
        node.args(["--case", &case.to_string()]);
    }
    output::note("100,000 cases take about half a minute");
    Ok(node.status().context("cannot run node")?.success())
}

/// One process computes, with overflow checks, and another one checks.
fn powers(args: &FuzzDiffArgs) -> Result<bool> {
    let mut compute = wasm::cargo();
    compute.args(["run", "--quiet", "--locked", "--package", "authorizer-rsa"]);
    compute.args(["--example", "powers", "--", &args.cases.to_string(), &args.seed.to_string()]);
    output::note("100,000 cases take about half a minute");
    let mut computing = compute.stdout(Stdio::piped()).spawn().context("cannot run cargo")?;
    let numbers = computing.stdout.take().context("no output to check")?;
    let script = wasm::workspace().join("authorizer/proof/rsa-powers.mjs");
    let checked = Command::new("node").arg(script).stdin(numbers).status();
    let checked = checked.context("cannot run node")?;
    Ok(computing.wait().context("cannot wait for cargo")?.success() && checked.success())
}
