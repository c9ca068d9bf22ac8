//! `teardown`: the same plan, with everything absent.

use crate::cli::Target;
use crate::exit::Exit;
use crate::logs;
use crate::output;
use crate::stack::{Place, Stack};
use anyhow::Result;
use aws::Reporter;
use clap::Args;
use engine::{Action, Goal, Graph, Pending, Refused, Snapshot, Step, WaitsFor};
use std::time::Duration;

/// Remove the stack; images are kept unless you say otherwise
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask teardown                   refuses a bucket with images in it
  cargo xtask teardown --delete-images   asks for the bucket's name, and removes everything
  cargo xtask teardown --delete-images BUCKET --yes
                                         the same, without being asked
  cargo xtask teardown --keep-bucket     removes all but the bucket, with the images in it

A bucket that was kept has its settings and its mark still: a later deploy takes it on again. Without
the tag edgegate:stack it is nobody's, and edgegate does not touch it any more.")]
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
    /// Leave the bucket there, with every image and version: only the stack's own grants go out of its
    /// policy
    #[arg(long, conflicts_with = "delete_images")]
    pub(crate) keep_bucket: bool,
    /// How long to wait for AWS to remove the function's edge replicas, which can take hours;
    /// then it ends with 4, and running it again goes on
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub(crate) wait: u64,
}

/// While one of these cannot be deleted, some distribution still uses it.
const IN_FRONT_OF_THE_BUCKET: [&str; 4] =
    ["distribution", "origin_access_control", "cache_policy", "response_headers_policy"];

/// What becomes of it and of the images, those included that arrive while the teardown runs.
#[derive(Clone, Copy, PartialEq)]
enum Bucket {
    Stays,
    GoesIfEmpty,
    IsEmptied,
}

impl Bucket {
    fn of(args: &TeardownArgs) -> Self {
        match args {
            TeardownArgs { keep_bucket: true, .. } => Self::Stays,
            TeardownArgs { delete_images: Some(_), .. } => Self::IsEmptied,
            _ => Self::GoesIfEmpty,
        }
    }
}

/// All that will be done, in its order.
struct Removal {
    /// The policy of a bucket that stays, as it is to be.
    kept: Option<Graph>,
    steps: Vec<Step>,
}

impl Removal {
    fn plan(stack: &Stack, bucket: Bucket, seen: &Snapshot) -> Result<Self> {
        let mut removed = engine::plan(&stack.graph, Goal::Absent, seen);
        if bucket != Bucket::Stays {
            return Ok(Self { kept: None, steps: removed });
        }
        let kept = aws::kept(&stack.graph, seen)?;
        let narrowed = kept.iter().flat_map(|it| engine::plan(it, Goal::Present, seen));
        let mut steps: Vec<_> = narrowed.map(Step::removed).collect();
        removed.retain(|it| {
            it.resource != "bucket" && (it.resource != "bucket_policy" || kept.is_none())
        });
        steps.extend(removed);
        Ok(Self { kept, steps })
    }
}

pub(crate) async fn run(args: TeardownArgs) -> Result<Exit> {
    let stack = Stack::open_for_removal(&args.target, Duration::from_secs(args.wait)).await?;
    let exit = teardown(&stack, &args).await?;
    stack.close().await;
    Ok(exit)
}

async fn teardown(stack: &Stack, args: &TeardownArgs) -> Result<Exit> {
    let (mut seen, bucket) = (engine::observe(&stack.cloud).await?, Bucket::of(args));
    let removal = Removal::plan(stack, bucket, &seen)?;
    output::review(&stack.review(Goal::Absent, &seen, &removal.steps));
    if removal.steps.is_empty() {
        return Ok(Exit::Done);
    }
    let images = if seen.contains_key("bucket") && bucket != Bucket::Stays {
        aws::count_images(&stack.clients, &stack.names).await?
    } else {
        0
    };
    if images > 0 && bucket == Bucket::GoesIfEmpty {
        return Err(keeps(images, &stack.names.bucket).into());
    }
    confirm(args, images, &stack.names.bucket).await?;
    let pending = remove(stack, &removal, &mut seen, bucket).await?;
    if seen.contains_key("bucket") && bucket == Bucket::Stays {
        output::note(&format!(
            "the bucket {} stays, with all that is in it, and is still marked as this stack's",
            stack.names.bucket
        ));
    }
    conclude(stack, &pending)
}

/// Whoever deletes images names the bucket, on the command line or when asked.
async fn confirm(args: &TeardownArgs, images: u64, bucket: &str) -> Result<()> {
    let question = match Bucket::of(args) {
        Bucket::Stays => format!("Remove the stack, and keep {bucket} with all images in it?"),
        _ => format!("Remove the stack and {} in {bucket}?", counted(images)),
    };
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
            "add --keep-bucket to leave them there, or --delete-images {bucket} to delete them for ever"
        ),
    }
}

/// The grants and the distribution go first, so nothing is uploaded while the bucket is emptied.
async fn remove(
    stack: &Stack,
    Removal { kept, steps }: &Removal,
    seen: &mut Snapshot,
    images: Bucket,
) -> Result<Vec<Pending>> {
    let console = output::console();
    let steps = match (kept, steps.as_slice()) {
        (Some(kept), [first, rest @ ..]) if first.action == Action::Update => {
            engine::apply(kept, std::slice::from_ref(first), &stack.cloud, seen, console).await?;
            rest
        }
        (_, all) => all,
    };
    let (bucket, others): (Vec<Step>, Vec<Step>) =
        steps.iter().cloned().partition(|step| step.resource == "bucket");
    let mut pending = engine::apply(&stack.graph, &others, &stack.cloud, seen, console).await?;
    if bucket.is_empty() {
        return Ok(pending);
    }
    if let Some(it) = still_served(stack, &pending).await? {
        pending.push(it);
        return Ok(pending);
    }
    if images == Bucket::IsEmptied {
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
