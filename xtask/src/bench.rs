//! `bench`: what the authorizer costs, beside what else could stand in its place.

use crate::cli::{BenchArgs, Subject};
use crate::exit::Exit;
use crate::output;
use crate::proof::Proof;
use anyhow::{Context, Result};
use std::path::absolute;

/// A figure that is missed is said in the table; it is no failure, as another machine, or a busier
/// one, gives another.
pub(crate) fn run(args: &BenchArgs) -> Result<Exit> {
    match args.subject {
        Subject::Authorizer => authorizer(args),
    }
}

fn authorizer(args: &BenchArgs) -> Result<Exit> {
    let proof = Proof::prepare()?;
    let mut node = proof.node("bench.mjs");
    node.args(["--rounds", &args.rounds.to_string()]);
    if let Some(file) = &args.json {
        let file = absolute(file).with_context(|| format!("cannot find {}", file.display()))?;
        node.arg("--json").arg(file);
    }
    if args.all_nodes {
        for other in proof.nodes()? {
            node.arg("--node").arg(other);
        }
    }
    let status = node.status().context("cannot run node")?;
    if !status.success() {
        output::warning("the measurement ended early; what it said is above");
    }
    Ok(Exit::Done)
}
