//! `bench`: what edgegate costs, beside what else could stand in its place.

mod authorizer;
mod figures;
mod plan;

use crate::exit::Exit;
use anyhow::Result;
use clap::{Args, ValueEnum};
use config::Invalid;
use std::path::PathBuf;

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
    /// How often each contender is started afresh [default: 5 for the authorizer, 7 for plans]
    #[arg(long, value_name = "N")]
    pub(crate) rounds: Option<u32>,
    /// Write the figures to a file as well
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Also measure on the Node.js versions that Lambda@Edge runs
    #[arg(long)]
    pub(crate) all_nodes: bool,
    /// Measure nothing: show the figures of the authorizer in this file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["json", "all_nodes"])]
    pub(crate) from: Option<PathBuf>,
    /// Put the tables of the authorizer into the README.md of the workspace
    #[arg(long)]
    pub(crate) readme: bool,
}

/// A figure that is missed is said in the table; it is no failure, as another machine, or a busier
/// one, gives another.
pub(crate) async fn run(args: &BenchArgs) -> Result<Exit> {
    match args.subject {
        Subject::Authorizer => authorizer::run(args),
        Subject::Plan if args.all_nodes || args.from.is_some() || args.readme => {
            let hint = "`cargo xtask bench plan` alone";
            Err(Invalid::new("--all-nodes, --from and --readme are for the authorizer", hint)
                .into())
        }
        Subject::Plan => plan::run(args).await,
    }
}
