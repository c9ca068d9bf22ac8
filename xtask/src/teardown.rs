//! `teardown`: the same plan, with everything absent.

use crate::cli::Target;
use crate::exit::Exit;
use crate::logs;
use crate::output;
use crate::stack::{Place, Stack};
use anyhow::Result;
use aws::Reporter;
use clap::Args;
use engine::{Action, Goal, Pending, Refused, Snapshot, Step, WaitsFor};
use std::time::Duration;

/// Remove the stack; images are kept unless you say otherwise
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask teardown                   refuses a bucket with images in it
  cargo xtask teardown --delete-images   asks for the bucket's name, and removes everything
  cargo xtask teardown --delete-images BUCKET --yes
                                         the same, without being asked")]
pub(crate) struct TeardownArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
    /// Delete every image and all its versions: of this bucket, whose name is asked for when it is
    /// left out
    #[arg(long, value_name = "BUCKET", num_args = 0..=1, default_missing_value = "")]
    pub(crate) delete_images: Option<String>,
    /// How long to wait for AWS to remove the function's edge replicas, which can take hours;
    /// then it ends with 4, and running it again goes on
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub(crate) wait: u64,
}

/// While one of these cannot be deleted, some distribution still uses it.
const IN_FRONT_OF_THE_BUCKET: [&str; 4] =
    ["distribution", "origin_access_control", "cache_policy", "response_headers_policy"];

/// What becomes of the images, those included that arrive while the teardown runs.
enum Images {
    Keep,
    Delete,
}

pub(crate) async fn run(args: TeardownArgs) -> Result<Exit> {
    let stack = Stack::open_for_removal(&args.target, Duration::from_secs(args.wait)).await?;
    let exit = teardown(&stack, &args).await?;
    stack.close().await;
    Ok(exit)
}

async fn teardown(stack: &Stack, args: &TeardownArgs) -> Result<Exit> {
    let mut seen = engine::observe(&stack.cloud).await?;
    let steps = engine::plan(&stack.graph, Goal::Absent, &seen);
    output::review(&stack.review(Goal::Absent, &seen, &steps));
    if steps.is_empty() {
        return Ok(Exit::Done);
    }
    let images = if seen.contains_key("bucket") {
        aws::count_images(&stack.clients, &stack.names).await?
    } else {
        0
    };
    if images > 0 && args.delete_images.is_none() {
        return Err(keeps(images, &stack.names.bucket).into());
    }
    confirm(args, images, &stack.names.bucket).await?;
    let images = if args.delete_images.is_some() { Images::Delete } else { Images::Keep };
    let pending = remove(stack, &steps, &mut seen, images).await?;
    conclude(stack, &pending)
}

/// Whoever deletes images names the bucket, on the command line or when asked.
async fn confirm(args: &TeardownArgs, images: u64, bucket: &str) -> Result<()> {
    let question = format!("Remove the stack and {} in {bucket}?", counted(images));
    match args.delete_images.as_deref() {
        Some("") => {
            let flag = format!("--delete-images {bucket} --yes");
            output::confirm_with(&question, bucket, &flag).await
        }
        Some(named) if named != bucket => Err(Refused {
            message: format!("nothing was removed: this stack's bucket is {bucket}, not {named}"),
            hint: format!("--delete-images {bucket}, if that is the one to be emptied"),
        }
        .into()),
        _ if args.yes => Ok(()),
        _ => output::confirm(&question, "--yes").await,
    }
}

/// One page is counted.
fn counted(images: u64) -> String {
    if images < 1000 { format!("{images} images") } else { "at least 1000 images".to_owned() }
}

fn keeps(images: u64, bucket: &str) -> Refused {
    Refused {
        message: format!(
            "nothing was removed: {bucket} holds {} (old versions count)",
            counted(images)
        ),
        hint: format!(
            "copy them elsewhere, or add --delete-images {bucket} to delete them for ever"
        ),
    }
}

/// The grants and the distribution go first, so nothing is uploaded while the bucket is emptied.
async fn remove(
    stack: &Stack,
    steps: &[Step],
    seen: &mut Snapshot,
    images: Images,
) -> Result<Vec<Pending>> {
    let (bucket, others): (Vec<Step>, Vec<Step>) =
        steps.iter().cloned().partition(|step| step.resource == "bucket");
    let console = output::console();
    let mut pending = engine::apply(&stack.graph, &others, &stack.cloud, seen, console).await?;
    if let Some(it) = still_served(stack, &pending).await? {
        pending.push(it);
        return Ok(pending);
    }
    if matches!(images, Images::Delete) && !bucket.is_empty() {
        console.begins("images", Action::Delete);
        let report = Reporter::new("images", &output::watch());
        aws::delete_images(&stack.clients, &stack.names, &report).await?;
        console.ends("images", Action::Delete);
    }
    pending.extend(engine::apply(&stack.graph, &bucket, &stack.cloud, seen, console).await?);
    Ok(pending)
}

/// Why the bucket has to stay, if something in front of it does.
async fn still_served(stack: &Stack, pending: &[Pending]) -> Result<Option<Pending>> {
    let in_front = |it: &&Pending| IN_FRONT_OF_THE_BUCKET.contains(&it.resource);
    let left: Vec<_> = pending.iter().filter(in_front).map(|it| it.waits_for).collect();
    if left.is_empty() {
        return Ok(None);
    }
    if left.contains(&WaitsFor::Time) {
        let reason = "a distribution may still serve from it".to_owned();
        return Ok(Some(Pending { resource: "bucket", reason, waits_for: WaitsFor::Time }));
    }
    let others = aws::in_front(&stack.clients, &stack.names).await?;
    let reason = format!("it is behind distribution {}", others.join(", "));
    let waits_for = WaitsFor::Others;
    Ok((!others.is_empty()).then_some(Pending { resource: "bucket", reason, waits_for }))
}

/// Says what is left, and whose turn it is.
fn conclude(stack: &Stack, pending: &[Pending]) -> Result<Exit> {
    for Pending { resource, reason, .. } in pending {
        output::note(&format!("  {resource} remains: {reason}"));
    }
    if matches!(stack.place, Place::Aws) {
        // Lambda@Edge writes its logs in the region nearest to each viewer, and nobody knows which.
        let group = logs::group(&stack.names);
        output::note(&format!("log groups stay, in every region that had viewers: {group}"));
    }
    if pending.is_empty() {
        return Ok(Exit::Done);
    }
    if pending.iter().any(|it| it.waits_for == WaitsFor::Time) {
        output::note(
            "unfinished: run the same command again in an hour or so; it goes on from here",
        );
        return Ok(Exit::Unfinished);
    }
    let left = pending.iter().map(|it| format!("{} ({})", it.resource, it.reason));
    let left = left.collect::<Vec<_>>().join(", ");
    Err(Refused {
        message: format!("all else is removed, but others use what is left: {left}"),
        hint:
            "have those distributions use something else, or delete them, and run the same command \
               again; or leave it to them: edgegate has no more to do with it"
                .to_owned(),
    }
    .into())
}
