//! `plan`: what a deployment would change.

use crate::cli::Target;
use crate::exit::Exit;
use crate::output::{self, say};
use crate::stack::Stack;
use anyhow::Result;
use clap::{Args, ValueEnum};
use engine::{Goal, Review};

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

pub(crate) async fn run(args: PlanArgs) -> Result<Exit> {
    let stack = Stack::open(&args.target).await?;
    let seen = engine::observe(&stack.cloud).await?;
    let steps = engine::plan(&stack.graph, Goal::Present, &seen);
    print(&stack.review(Goal::Present, &seen, &steps), args.format);
    let exit = if args.exit_code && !steps.is_empty() { Exit::Changes } else { Exit::Done };
    stack.close().await;
    Ok(exit)
}

fn print(review: &Review, format: Format) {
    match format {
        Format::Text => output::diff(&review.to_text()),
        Format::Markdown => say!("{}", review.to_markdown().trim_end()),
        Format::Json => say!("{:#}", review.to_json()),
    }
}
