//! `verify`: whether AWS does what edgegate was built on, asked of a stack that is deployed.
//!
//! Some of it AWS's documentation does not say, or says in two ways. Each such point is a row: what
//! was done, what was expected, what was seen. The local cloud is asked the same.

mod deployed;
mod edge;
mod points;
mod remains;
mod row;
mod viewer;

use crate::cli::{Format, Target};
use crate::exit::Exit;
use crate::output::{BOLD, DIM, GREEN, RED, YELLOW, say};
use crate::stack::{Place, Stack};
use crate::{deploy, story, token};
use anyhow::{Context, Result};
use clap::Args;
use config::Invalid;
use edge::Edge;
use engine::{Failed, Snapshot};
use remains::Remains;
use row::{Row, Verdict};
use serde_json::json;
use std::path::PathBuf;
use viewer::Viewer;

/// The version of the JSON form; it rises when a field changes its meaning.
const SCHEMA: &str = "edgegate.verify/1";

/// Ask a deployed stack whether AWS does what edgegate relies on
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask verify --local                        the same questions to the local cloud
  cargo xtask verify --live --token-file token      a session token of your Clerk instance:
                                                    `await Clerk.session.getToken()` in a browser
  pbpaste | cargo xtask verify --live --token-file - --remove

It uploads five small images below a name of its own, `edgegate-verify-…`, where the rules let the
token's user upload, and says which. They stay, unless --remove is given: then exactly the versions
that it has uploaded are deleted, which takes s3:DeleteObject and s3:DeleteObjectVersion beside what
policies/planner.json grants. The token is sent to the edge and nowhere else, and never printed.

Exit codes: 0 all that could be asked is as expected, 1 something differs")]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    target: Target,
    /// Ask the stack that is deployed on AWS, which uploads to it
    #[arg(long, conflicts_with = "local")]
    live: bool,
    /// Where the images are served, if not at the distribution's own address
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// A file with a session token in it; `-` is standard input. Else what `EDGEGATE_TOKEN` holds is taken
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Delete the versions that were uploaded
    #[arg(long)]
    remove: bool,
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(crate) async fn run(args: VerifyArgs) -> Result<Exit> {
    if !args.live && !args.target.local {
        let hint = "--live asks the stack on AWS and uploads to it, --local the local cloud";
        return Err(Invalid::new("verify has to be told where", hint).into());
    }
    let stack = Stack::open(&args.target).await?;
    let exit = verify(&stack, &args).await;
    stack.close().await;
    exit
}

async fn verify(stack: &Stack, args: &VerifyArgs) -> Result<Exit> {
    let seen = stack.observe().await?;
    check_deployed(&seen)?;
    let now = token::now()?;
    let viewer = match &stack.place {
        Place::Local(local) => Viewer::of(&stack.config, &local.issuer)?,
        Place::Aws => Viewer::read(&stack.config, args.token_file.as_deref(), now)?,
    };
    let mut edge = open(stack, args, &seen, viewer)?;
    let mut rows = points::ask(&mut edge, stack).await;
    rows.extend(deployed::look(stack, &seen, &rows));
    rows.extend(row::UNASKED.map(|(point, done, why)| Row::open(point, done, why)));
    let remains = if args.remove { Remains::Go } else { Remains::Stay };
    let left = remains::settle(stack, edge.uploads, remains).await?;
    match args.format {
        Format::Text => print(&edge.base, &rows),
        Format::Json => {
            let differs = rows.iter().filter(|it| it.verdict == Verdict::Differs).count();
            let report = json!({
                "schema": SCHEMA, "url": edge.base, "rows": rows, "differs": differs,
                "bucket": stack.names.bucket, "left": left,
            });
            say!("{report:#}");
        }
    }
    remains::tell(stack, &left);
    let differs = rows.iter().any(|it| it.verdict == Verdict::Differs);
    Ok(if differs { Exit::Failed } else { Exit::Done })
}

/// Half of the edges may still have an older configuration.
fn check_deployed(seen: &Snapshot) -> Result<()> {
    let distribution = seen.get("distribution").ok_or_else(|| Failed {
        message: "nothing is deployed that could be asked".to_owned(),
        hint: "cargo xtask deploy, or cargo xtask deploy --local".to_owned(),
    })?;
    let status = distribution.outputs.get("status").map(String::as_str);
    if status == Some("Deployed") {
        return Ok(());
    }
    Err(Failed {
        message: "the edges still switch to a new configuration".to_owned(),
        hint: "run it again when `cargo xtask status` says Deployed".to_owned(),
    }
    .into())
}

fn open(stack: &Stack, args: &VerifyArgs, seen: &Snapshot, viewer: Viewer) -> Result<Edge> {
    let (client, found) = match &stack.place {
        Place::Local(local) => (story::client(local)?, local.edge_url.clone()),
        Place::Aws => (edge::client()?, deploy::url(seen)),
    };
    let base = args.url.clone().unwrap_or(found).trim_end_matches('/').to_owned();
    let image = story::scene::upload_file(&stack.config);
    let image = image.context("uploads.content_types has none of JPEG, PNG and WebP")?;
    Ok(Edge { client, base, viewer, image, uploads: Vec::new() })
}

fn print(base: &str, rows: &[Row]) {
    say!("{BOLD}What the edge does{BOLD:#}  {DIM}{base}{DIM:#}");
    for it in rows {
        let (style, word) = match it.verdict {
            Verdict::Holds => (GREEN, "ok  "),
            Verdict::Differs => (RED, "FAIL"),
            Verdict::Open => (YELLOW, "open"),
        };
        let (point, done, seen) = (it.point, &it.done, &it.seen);
        say!("  {style}{word}{style:#}  {point:<16} {done}: {seen}");
        if it.verdict == Verdict::Differs {
            say!("        {:<16} expected: {}", "", it.expected);
        }
    }
    let count = |verdict| rows.iter().filter(|it| it.verdict == verdict).count();
    let (holds, differs, open) =
        (count(Verdict::Holds), count(Verdict::Differs), count(Verdict::Open));
    say!("  {holds} as expected, {differs} not, {open} not checked");
}
