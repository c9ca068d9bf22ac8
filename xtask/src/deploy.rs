//! `deploy`: plan, approve, apply, and look again.

use crate::cli::{AdoptArgs, Target};
use crate::exit::Exit;
use crate::output;
use crate::plan::{is_approved, tell_differences};
use crate::plans::{self, Given};
use crate::stack::{Place, Stack};
use crate::{rollback, story};
use anyhow::{Context, Result};
use aws::Reporter;
use clap::Args;
use engine::{Failed, Goal, Refused, Review, Snapshot, Step};
use std::path::PathBuf;
use std::sync::Mutex;

/// Create or update the stack
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask deploy --local               needs no AWS account
  cargo xtask deploy                       asks before it changes anything
  cargo xtask deploy --expect sha256:...   applies the reviewed plan, or nothing
  cargo xtask deploy --plan plan.json      the same, for the plan in a file

Where the plan is another one by now, it shows what differs: with --expect, if `plan` has shown the
approved one on this machine, or a folder plans/ beside edgegate.toml has it.")]
pub(crate) struct DeployArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Apply only the plan with this digest; `plan` prints it
    #[arg(long, value_name = "DIGEST", value_parser = plans::digest)]
    pub(crate) expect: Option<String>,
    /// Put the version that was in front before the current one back there, and change nothing else;
    /// once more, and it goes further back
    #[arg(long, conflicts_with = "adopt")]
    pub(crate) rollback: bool,
    #[command(flatten)]
    pub(crate) adopt: AdoptArgs,
    /// Apply only the plan in this file, which `plan --out` wrote
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: Option<PathBuf>,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
}

pub(crate) async fn run(args: DeployArgs) -> Result<Exit> {
    let adoption = args.adopt.adoption();
    let approved = plans::given(args.plan.as_deref())?;
    let mut stack = Stack::open_adopting(&args.target, adoption).await?;
    let exit = deploy(&mut stack, approved.as_ref(), &args).await?;
    stack.close().await;
    Ok(exit)
}

async fn deploy(stack: &mut Stack, approved: Option<&Given>, args: &DeployArgs) -> Result<Exit> {
    let mut seen = stack.observe().await?;
    if args.rollback {
        stack.graph = rollback::graph(stack, &seen).await?;
    }
    let stack = &*stack;
    let steps = engine::plan(&stack.graph, Goal::Present, &seen);
    let review = stack.review(Goal::Present, &seen, &steps);
    output::review(&review);
    plans::remember(&args.target.cloud.state, &review);
    approve(args, approved, &review).await?;
    converge(stack, &steps, &mut seen).await?;
    match &stack.place {
        Place::Local(local) => {
            let passed = story::run(&stack.config, &stack.names, local).await?;
            if local.is_own() {
                output::note("`cargo xtask local` keeps it running, to try it yourself");
            }
            Ok(if passed { Exit::Done } else { Exit::Failed })
        }
        Place::Aws => {
            output::note(&format!("images are served at {}", url(&seen)));
            for alias in &stack.config.delivery.aliases {
                output::note(&format!("and at https://{alias}, once its DNS points there"));
            }
            output::note(
                "`cargo xtask verify --live` asks the edge whether it does all that it should",
            );
            Ok(Exit::Done)
        }
    }
}

/// Where the distribution answers.
pub(crate) fn url(seen: &Snapshot) -> String {
    let domain = seen.get("distribution").and_then(|it| it.outputs.get("domain"));
    domain.map_or_else(|| "no distribution yet".to_owned(), |it| format!("https://{it}"))
}

/// By its digest, by `--yes`, by an answer; the local cloud is there to be changed.
async fn approve(args: &DeployArgs, given: Option<&Given>, review: &Review<'_>) -> Result<()> {
    if let Some(it) = given {
        is_approved(it, review, "review the plan above: the configuration or the cloud changed")?;
    }
    if let Some(expected) = &args.expect {
        return is_expected(args, expected, review);
    }
    if args.yes || args.plan.is_some() || args.target.local || review.is_empty() {
        return Ok(());
    }
    output::confirm("Apply this plan?", "--yes, or --expect DIGEST,").await
}

/// Holds the plan against the digest of the one that was approved, and says how they differ if that
/// one is known here: a digest does not tell what it was made of.
fn is_expected(args: &DeployArgs, expected: &str, review: &Review) -> Result<()> {
    let strip = |text: &str| text.trim_start_matches("sha256:").to_owned();
    if review.digest.as_deref().map(strip) == Some(strip(expected)) {
        return Ok(());
    }
    let Target { cloud, config, .. } = &args.target;
    let hint = if let Some((file, approved)) = plans::find(expected, &cloud.state, config) {
        output::note(&format!("how it differs from what was approved ({}):", file.display()));
        tell_differences(&approved, review);
        "the configuration or the cloud has changed since; review the plan above".to_owned()
    } else {
        format!(
            "review the plan above: the configuration, the code or the cloud has changed since; \
             which of them the digest alone does not tell, and neither {} nor plans/ has that plan \
             (deploy --plan FILE always shows what differs)",
            cloud.state.join("plans").display()
        )
    };
    let message = "nothing was changed: this is not the plan that was approved".to_owned();
    Err(Refused { message, hint }.into())
}

/// What is left to do. AWS may show late what was written; anything else that differs is told at
/// once.
async fn look_again(stack: &Stack, steps: &[Step], seen: &mut Snapshot) -> Result<Vec<Step>> {
    let (last, before) = (Mutex::new(None), &*seen);
    let written = |it: &Step| steps.iter().any(|step| step.resource == it.resource);
    let report = Reporter::new("stack", &output::watch());
    aws::settled(&report, || async {
        let now = engine::observe_again(&stack.cloud, steps, before).await?;
        let left = engine::plan(&stack.graph, Goal::Present, &now);
        let done = left.is_empty() || !left.iter().all(written);
        if let Ok(mut last) = last.lock() {
            *last = Some((now, left));
        }
        Ok(done.then_some(()))
    })
    .await?;
    let last = last.into_inner().ok().flatten().context("nothing was looked at")?;
    *seen = last.0;
    Ok(last.1)
}

/// Notes which version is in front, if another is to take its place, applies the steps, waits until the
/// edge has them, expects to find nothing left to do, notes what was deployed, for later plans to say
/// why something differs, and then deletes the versions of the
/// function that nothing needs any more.
pub(crate) async fn converge(stack: &Stack, steps: &[Step], seen: &mut Snapshot) -> Result<()> {
    let superseded = aws::superseded(&stack.graph, seen, steps);
    let report = Reporter::new("role", &output::watch());
    let before = aws::in_front_before(&stack.graph, seen, steps);
    aws::note(&stack.clients, &stack.names, before, &report).await?;
    settle(stack, steps, seen).await?;
    let notes = stack.graph.notes(seen);
    aws::note(&stack.clients, &stack.names, notes, &report).await?;
    aws::prune(&stack.clients, &stack.names, seen, &superseded, &output::watch()).await
}

async fn settle(stack: &Stack, steps: &[Step], seen: &mut Snapshot) -> Result<()> {
    engine::apply(&stack.graph, steps, &stack.cloud, seen, output::console()).await?;
    // Who grants has waited for that already.
    let granted = steps.iter().any(|it| it.resource == "bucket_policy");
    let distribution = seen.get("distribution").and_then(|it| it.outputs.get("id"));
    if let Some(id) = distribution.filter(|_| !granted) {
        aws::wait_deployed(&stack.clients, id, &Reporter::new("distribution", &output::watch()))
            .await?;
    }
    if steps.is_empty() {
        return Ok(());
    }
    let left = look_again(stack, steps, seen).await?;
    if left.is_empty() {
        return Ok(());
    }
    output::review(&stack.review(Goal::Present, seen, &left));
    let message = "the cloud still differs from the configuration after the deployment".to_owned();
    let hint = "cargo xtask plan, in a minute: AWS shows some changes late".to_owned();
    Err(Failed { message, hint }.into())
}
