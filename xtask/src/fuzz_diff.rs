//! `fuzz-diff`: whatever the packaged authorizer accepts, three other libraries accept too.

use crate::exit::Exit;
use crate::output;
use crate::proof::Proof;
use anyhow::{Context, Result};
use clap::Args;

/// Mutate tokens: whatever the packaged authorizer accepts, three other libraries accept too
#[derive(Args)]
pub(crate) struct FuzzDiffArgs {
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub(crate) cases: u64,
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Only this case, to look at it
    #[arg(long, value_name = "N")]
    pub(crate) case: Option<u64>,
}

pub(crate) fn run(args: &FuzzDiffArgs) -> Result<Exit> {
    let mut node = Proof::prepare()?.node("fuzz-diff.mjs");
    node.args(["--cases", &args.cases.to_string(), "--seed", &args.seed.to_string()]);
    if let Some(case) = args.case {
        node.args(["--case", &case.to_string()]);
    }
    output::note("100,000 cases take about a minute");
    let status = node.status().context("cannot run node")?;
    Ok(if status.success() { Exit::Done } else { Exit::Failed })
}
