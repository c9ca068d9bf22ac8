//! What can be typed; the doc comments are the help.

use clap::{Args, Parser, Subcommand, ValueEnum};
use local::Disturbance;
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
4 unfinished (run again), 5 refused (not approved, not ours, not empty)")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    Plan(PlanArgs),
    Deploy(DeployArgs),
    Teardown(TeardownArgs),
    Status(StatusArgs),
    Bundle(BundleArgs),
    Token(TokenArgs),
    Local(LocalArgs),
    Torture(TortureArgs),
    Bench(BenchArgs),
    FuzzDiff(FuzzDiffArgs),
    /// Check and test edgegate itself: formatting, lints, wasm build, all tests
    Test,
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

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// For a terminal
    Text,
    /// For a comment on a pull request
    Markdown,
    /// For programs
    Json,
}

/// Show what a deployment would change; it changes nothing itself
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask plan --format markdown > plan.md     for a comment on a pull request
  cargo xtask plan --exit-code                     3 when there are changes")]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
    /// Exit with 3 when there are changes
    #[arg(long)]
    pub(crate) exit_code: bool,
}

/// Create or update the stack
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask deploy --local               needs no AWS account
  cargo xtask deploy                       asks before it changes anything
  cargo xtask deploy --expect sha256:...   applies the reviewed plan, or nothing")]
pub(crate) struct DeployArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Apply only the plan with this digest; `plan` prints it
    #[arg(long, value_name = "DIGEST")]
    pub(crate) expect: Option<String>,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
}

/// Remove the stack; images are kept unless you say otherwise
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask teardown                         refuses a bucket with images in it
  cargo xtask teardown --delete-images --yes   removes everything, every image included")]
pub(crate) struct TeardownArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
    /// Delete every image and all its versions
    #[arg(long)]
    pub(crate) delete_images: bool,
    /// How long to wait for AWS to remove the function's edge replicas, which can take hours;
    /// then it ends with 4, and running it again goes on
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub(crate) wait: u64,
}

/// Show what is deployed and whether it matches the configuration
#[derive(Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) target: Target,
}

/// Write the function's zip; needs neither network nor credentials
#[derive(Args)]
pub(crate) struct BundleArgs {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "edgegate.toml")]
    pub(crate) config: PathBuf,
    /// Where to write it
    #[arg(long, value_name = "FILE.zip")]
    pub(crate) out: PathBuf,
}

/// Print a session token of the local issuer, for trying things out
#[derive(Args)]
#[command(after_help = "Example:
  curl -H \"Authorization: Bearer $(cargo xtask token --sub user_ada)\" \\
    http://127.0.0.1:8787/users/user_ada/cat.jpg")]
pub(crate) struct TokenArgs {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "edgegate.toml")]
    pub(crate) config: PathBuf,
    /// Where the local cloud keeps its state
    #[arg(long, value_name = "DIR", default_value = ".edgegate")]
    pub(crate) state: PathBuf,
    /// The user
    #[arg(long, default_value = "user_demo")]
    pub(crate) sub: String,
    /// Another claim; the value is JSON, or text where it is none. `null` leaves a claim out
    #[arg(long = "claim", value_name = "NAME=VALUE", value_parser = claim)]
    pub(crate) claims: Vec<(String, serde_json::Value)>,
    /// Seconds until it expires; negative for one that has
    #[arg(long, value_name = "SECONDS", default_value_t = 60, allow_negative_numbers = true)]
    pub(crate) expires_in: i64,
}

fn claim(text: &str) -> Result<(String, serde_json::Value), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    Ok((name.to_owned(), value))
}

/// Run the local cloud in the foreground, with the stack deployed in it
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask local                    then try the curl lines it prints
  cargo xtask local --check            deploy, run the story, exit
  cargo xtask local --bare --port 0    an empty cloud on any free port, for other tools
  cargo xtask local --latency 80 --fault CreateFunction=throttle:2
                                       a worse day")]
pub(crate) struct LocalArgs {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "edgegate.toml")]
    pub(crate) config: PathBuf,
    #[command(flatten)]
    pub(crate) cloud: CloudArgs,
    /// Of the AWS APIs; 0 is any free one
    #[arg(long, default_value_t = 4566)]
    pub(crate) port: u16,
    /// Of the edge; 0 is any free one
    #[arg(long, default_value_t = 8787)]
    pub(crate) edge_port: u16,
    /// Deploy, run the story and exit
    #[arg(long, conflicts_with = "bare")]
    pub(crate) check: bool,
    /// Only the cloud, with nothing deployed into it
    #[arg(long)]
    pub(crate) bare: bool,
    /// Let an AWS call fail: throttle, server-error, reset-before, reset-after, truncated,
    /// access-denied, expired-credentials or quota, so many times
    #[arg(long = "fault", value_name = "OPERATION=FAULT[:TIMES]", value_parser = fault)]
    pub(crate) faults: Vec<Disturbance>,
    /// Answer every AWS call that much later
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0)]
    pub(crate) latency: u64,
}

fn fault(text: &str) -> Result<Disturbance, String> {
    text.parse().map_err(|error| format!("{error:#}"))
}

/// Crash, disturb and race edgegate against the local cloud, and check what must always hold
#[derive(Args)]
pub(crate) struct TortureArgs {
    /// The same seed deals the same blows
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// How many blows
    #[arg(long, default_value_t = 100)]
    pub(crate) rounds: u64,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Subject {
    /// One request, as the edge runs it
    Authorizer,
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
