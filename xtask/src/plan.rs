//! `plan`: what a deployment would change.

use crate::cli::{Format, PlanArgs};
use crate::exit::Exit;
use crate::output::{self, say};
use crate::stack::Stack;
use anyhow::Result;
use engine::{Goal, Review};

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
