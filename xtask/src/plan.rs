//! `plan`: what a deployment would change.

use crate::cli::{AdoptArgs, Target};
use crate::exit::Exit;
use crate::output::{self, say};
use crate::plans::{self, Given};
use crate::program::said;
use crate::stack::{self, Stack};
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use config::Names;
use engine::{Approved, Goal, Refused, Review, Risk, Scope, Snapshot};
use std::path::{Path, PathBuf};

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// For a terminal
    Text,
    /// For a comment on a pull request
    Markdown,
    /// For programs; docs/plan.schema.json describes it
    Json,
}

/// Show what a deployment would change; it changes nothing itself
#[derive(Args)]
#[command(after_help = concat!("Examples:
  cargo xtask plan --format markdown > plan.md     for a comment on a pull request
  cargo xtask plan --out plan.json                 to be reviewed, and applied as it is
  cargo xtask plan --max-risk medium               5 when something graver is in it
  cargo xtask plan --offline                       everything as new, without credentials

What somebody changed by hand looks like this:

", include_str!("plan.sample.txt")))]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
    /// Exit with 3 when there are changes
    #[arg(long)]
    pub(crate) exit_code: bool,
    /// Exit with 5 when a change has a higher risk: low, medium, high or critical
    #[arg(long, value_name = "LEVEL", value_parser = risk)]
    pub(crate) max_risk: Option<Risk>,
    /// Exit with 5 when there is a warning, of what should be or of what is there
    #[arg(long)]
    pub(crate) deny_warnings: bool,
    /// Also write the plan to a file, as JSON: `deploy --plan` applies exactly that
    #[arg(long, value_name = "FILE", conflicts_with = "offline")]
    pub(crate) out: Option<PathBuf>,
    /// Exit with 5, and show the difference, when FILE is not what would be planned now
    #[arg(long, value_name = "FILE", conflicts_with = "offline")]
    pub(crate) check: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) adopt: AdoptArgs,
    /// Ask nobody: plan everything as new, without credentials and network
    #[arg(long, conflicts_with_all = ["local", "adopt"])]
    pub(crate) offline: bool,
    /// Where all of the plan can be read, for a comment that is too long for GitHub; this command
    /// if nothing is said
    #[arg(long, value_name = "TEXT")]
    pub(crate) artifact: Option<String>,
}

fn risk(text: &str) -> Result<Risk, String> {
    let found = Risk::ALL.into_iter().find(|it| it.name() == text);
    found.ok_or_else(|| "expected low, medium, high or critical".to_owned())
}

pub(crate) async fn run(args: PlanArgs) -> Result<Exit> {
    if args.offline {
        return offline(&args);
    }
    let approved = plans::given(args.check.as_deref())?;
    let stack = Stack::open_adopting(&args.target, args.adopt.adoption()).await?;
    let seen = stack.observe().await?;
    let steps = engine::plan(&stack.graph, Goal::Present, &seen);
    let review = stack.review(Goal::Present, &seen, &steps);
    plans::remember(&args.target.cloud.state, &review);
    let result = finish(&review, approved.as_ref(), &args);
    stack.close().await;
    result
}

/// Of whom nobody is asked, the account is not known.
const UNKNOWN_ACCOUNT: &str = "<account>";

fn offline(args: &PlanArgs) -> Result<Exit> {
    let config = stack::load(&args.target.config)?;
    let bundle = stack::build(&config, None, args.target.authorizer.as_deref())?;
    let names = Names::new(&config, UNKNOWN_ACCOUNT);
    let graph = aws::graph(&config, &names, &bundle)?;
    let nothing = Snapshot::new();
    let steps = engine::plan(&graph, Goal::Present, &nothing);
    let Names { stack, account, region, .. } = &names;
    let review =
        Review::new(Scope { stack, account, region }, &graph, Goal::Present, &nothing, &steps);
    let lints = stack::lints(&config, &graph, &nothing);
    finish(&review.unseen().with_lints(lints), None, args)
}

fn finish(review: &Review, approved: Option<&Given>, args: &PlanArgs) -> Result<Exit> {
    print(review, args);
    if let Some(path) = &args.out {
        write(path, review)?;
    }
    if let Some(it) = approved {
        is_approved(it, review, "review the plan above, and write it with `plan --out` again")?;
    }
    if let (Some(most), Some(risk)) = (args.max_risk, review.risk())
        && risk > most
    {
        return Err(Refused {
            message: format!(
                "the plan has a {} risk, and at most {} is allowed",
                risk.name(),
                most.name()
            ),
            hint: "have it reviewed, and plan with a higher --max-risk".to_owned(),
        }
        .into());
    }
    if args.deny_warnings && review.warnings() > 0 {
        return Err(Refused {
            message: format!("the plan has warnings, and none is allowed: {}", review.warnings()),
            hint: "put right what they name, or plan without --deny-warnings".to_owned(),
        }
        .into());
    }
    let changes = args.exit_code && !review.steps.is_empty();
    Ok(if changes { Exit::Changes } else { Exit::Done })
}

fn print(review: &Review, args: &PlanArgs) {
    let command = said("cargo xtask plan");
    let whole = args.artifact.as_deref().unwrap_or(&command);
    match args.format {
        Format::Text => output::review(review),
        Format::Markdown => say!("{}", review.to_markdown(whole).trim_end()),
        Format::Json => say!("{:#}", review.to_json()),
    }
}

fn write(path: &Path, review: &Review) -> Result<()> {
    let text = format!("{:#}\n", review.to_json());
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// Holds what would be done against a plan in a file, and prints how they differ.
///
/// # Errors
/// [`Refused`]: they do.
pub(crate) fn is_approved(given: &Given, review: &Review, hint: &str) -> Result<()> {
    if !tell_differences(&given.plan, review) {
        return Ok(());
    }
    let name = given.file.display();
    let message = format!("nothing was changed: {name} is not what would be done now");
    Err(Refused { message, hint: hint.to_owned() }.into())
}

/// Says how an approved plan and what would be done now differ, and whether they do.
pub(crate) fn tell_differences(approved: &Approved, review: &Review) -> bool {
    let differences = approved.differences(review);
    for line in &differences {
        output::note(&format!("  {line}"));
    }
    !differences.is_empty()
}
