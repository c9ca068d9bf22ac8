//! `status`: what is there, and whether it matches.

use crate::cli::Target;
use crate::deploy::url;
use crate::exit::Exit;
use crate::output::{BOLD, GREEN, YELLOW, say};
use crate::stack::{Place, Stack};
use anyhow::Result;
use clap::Args;
use engine::{Goal, Snapshot};

/// Show what is deployed and whether it matches the configuration
#[derive(Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) target: Target,
}

pub(crate) async fn run(args: StatusArgs) -> Result<Exit> {
    let stack = Stack::open(&args.target).await?;
    let seen = engine::observe(&stack.cloud).await?;
    let steps = engine::plan(&stack.graph, Goal::Present, &seen);
    print(&stack, &seen);
    let summary = stack.review(Goal::Present, &seen, &steps).summary();
    let style = if steps.is_empty() { GREEN } else { YELLOW };
    say!("{style}{summary}{style:#}");
    stack.close().await;
    Ok(Exit::Done)
}

fn print(stack: &Stack, seen: &Snapshot) {
    let output = |node: &str, key: &str| -> String {
        let found = seen.get(node).and_then(|it| it.outputs.get(key));
        found.cloned().unwrap_or_else(|| "-".to_owned())
    };
    let names = &stack.names;
    let served = match &stack.place {
        Place::Aws => url(seen),
        Place::Local(local) if local.is_own() => "only while `cargo xtask local` runs".to_owned(),
        Place::Local(local) => local.edge_url.clone(),
    };
    let lines = [
        ("stack", format!("{} ({}, {})", names.stack, names.account, names.region)),
        ("images", served),
        ("issuer", stack.config.clerk.issuer.clone()),
        ("bucket", output("bucket", "name")),
        (
            "distribution",
            format!("{} {}", output("distribution", "id"), output("distribution", "status")),
        ),
        ("function", format!("{} version {}", names.authorizer, output("function", "version"))),
    ];
    for (name, value) in lines {
        say!("{BOLD}{name:<13}{BOLD:#}{value}");
    }
}
