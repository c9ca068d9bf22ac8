//! `fuzz-diff`: whatever the packaged authorizer accepts, three other libraries accept too.

use crate::cli::FuzzDiffArgs;
use crate::exit::Exit;
use crate::output;
use crate::proof::Proof;
use anyhow::{Context, Result};

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
