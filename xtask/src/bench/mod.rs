//! `bench`: what edgegate costs, beside what else could stand in its place.

mod plan;

use crate::exit::Exit;
use crate::output;
use crate::proof::Proof;
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use config::Invalid;
use std::path::{PathBuf, absolute};

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Subject {
    /// One request, as the edge runs it
    Authorizer,
    /// Plan, deploy and teardown: time, memory and calls, with and without latency
    Plan,
}

/// Measure edgegate beside its peers, in the same run
#[derive(Args)]
pub(crate) struct BenchArgs {
    #[arg(value_enum)]
    pub(crate) subject: Subject,
    /// How often each contender is started afresh
    #[arg(long, value_name = "N", default_value_t = 7)]
    pub(crate) rounds: u32,
    /// Write the figures to a file as well
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Also measure on the Node.js versions that Lambda@Edge runs
    #[arg(long)]
    pub(crate) all_nodes: bool,
}

/// A figure that is missed is said in the table; it is no failure, as another machine, or a busier
/// one, gives another.
pub(crate) async fn run(args: &BenchArgs) -> Result<Exit> {
    match args.subject {
        Subject::Authorizer => authorizer(args),
        Subject::Plan if args.all_nodes => {
            let hint = "`cargo xtask bench plan` alone";
            Err(Invalid::new("--all-nodes is for the authorizer", hint).into())
        }
        Subject::Plan => plan::run(args).await,
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
