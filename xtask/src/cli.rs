//! What can be typed; the doc comments are the help. What a command takes stands in its own file.

use crate::output::LogFormat;
use crate::{
    bench, bundle_cmd, conformance, deploy, doctor, example, explain, fuzz_diff, keys, load,
    local_cmd, logs, plan, policies, shell, status, teardown, test_cmd, token, torture, verify,
};
use aws::Adoption;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Private images at CDN speed for apps that sign in with Clerk: plans, deploys and removes the
/// bucket, the edge authorizer and the distribution that they need.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, arg_required_else_help = true)]
#[command(after_help = "Examples:
  cargo xtask deploy --local             the whole stack on this machine, proven with real images
  cargo xtask plan                       what a deployment would change on AWS
  cargo xtask deploy --expect DIGEST     apply exactly the plan that was reviewed

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 changes (plan --exit-code),
4 unfinished (run again), 5 refused (not approved, not ours, used by others, not empty; by the rules:
explain)")]
pub(crate) struct Cli {
    /// How progress, warnings and errors are written to stderr
    #[arg(long, global = true, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) log_format: LogFormat,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The form of what a command has found.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// For a terminal
    Text,
    /// For programs
    Json,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    Plan(plan::PlanArgs),
    Deploy(deploy::DeployArgs),
    Teardown(teardown::TeardownArgs),
    Status(status::StatusArgs),
    Doctor(doctor::DoctorArgs),
    Verify(verify::VerifyArgs),
    Logs(logs::LogsArgs),
    Policies(policies::PoliciesArgs),
    Bundle(bundle_cmd::BundleArgs),
    Keys(keys::KeysArgs),
    Token(token::TokenArgs),
    Explain(explain::ExplainArgs),
    Local(local_cmd::LocalArgs),
    Example(example::ExampleArgs),
    Torture(torture::TortureArgs),
    Load(load::LoadArgs),
    Bench(bench::BenchArgs),
    FuzzDiff(fuzz_diff::FuzzDiffArgs),
    Conformance(conformance::ConformanceArgs),
    Test(test_cmd::TestArgs),
    #[command(hide = true)]
    CompileRules,
    Completions(shell::CompletionsArgs),
    Man(shell::ManArgs),
}

/// Which stack, and where.
#[derive(Args)]
pub(crate) struct Target {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "edgegate.toml")]
    pub(crate) config: PathBuf,
    /// Use the local cloud instead of AWS: the one that runs on this state, or one for the
    /// duration of the command
    #[arg(long)]
    pub(crate) local: bool,
    #[command(flatten)]
    pub(crate) cloud: CloudArgs,
    /// Use this compiled authorizer instead of compiling it
    #[arg(long, value_name = "FILE.wasm", hide = true)]
    pub(crate) authorizer: Option<PathBuf>,
}

/// Whether something is taken over.
#[derive(Args)]
pub(crate) struct AdoptArgs {
    /// Take over what `[adopt]` in edgegate.toml names and was made by hand: it becomes the stack's,
    /// and like the configuration; images are not touched
    #[arg(long)]
    adopt: bool,
}

impl AdoptArgs {
    pub(crate) fn adoption(&self) -> Adoption {
        if self.adopt { Adoption::Accepted } else { Adoption::Refused }
    }
}

/// How the local cloud behaves.
#[derive(Args)]
pub(crate) struct CloudArgs {
    /// Where the local cloud keeps its state; removing it starts afresh
    #[arg(long, value_name = "DIR", default_value = ".edgegate")]
    pub(crate) state: PathBuf,
    /// How fast AWS's own delays pass in the local cloud: 1 is real time, 0 at once
    #[arg(long, value_name = "FACTOR", default_value_t = 0.001, value_parser = time_scale)]
    pub(crate) time_scale: f64,
}

fn time_scale(text: &str) -> Result<f64, String> {
    let factor: f64 = text.parse().map_err(|_| "expected a number".to_owned())?;
    let is_factor = factor.is_finite() && (0.0..=1000.0).contains(&factor);
    is_factor.then_some(factor).ok_or_else(|| "expected 0 to 1000".to_owned())
}
