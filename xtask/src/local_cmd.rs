//! `local`: the local cloud in the foreground.

use crate::cli::CloudArgs;
use crate::desk::LocalDesk;
use crate::exit::Exit;
use crate::interruptible;
use crate::output::{self, BOLD, DIM, GREEN, RED, YELLOW, say};
use crate::stack::{Local, Place, Stack};
use crate::story::{self, scene};
use crate::{deploy, example, stack, token};
use anyhow::Result;
use clap::Args;
use config::Config;
use engine::{Failed, Goal};
use local::{Algorithm, ClerkOptions, Disturbance, LocalClerk, Options, PageOptions, Served};
use serde_json::Map;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Run the local cloud in the foreground, with the stack deployed in it
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask local                    then try the curl lines it prints
  cargo xtask local --check            deploy, run the story, exit
  cargo xtask local --bare --port 0    an empty cloud on any free port, for other tools
  cargo xtask local --latency 80ms --fault CreateFunction=throttle:2
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
    /// Of the local Clerk; 0 is any free one
    #[arg(long, default_value_t = 8788)]
    pub(crate) clerk_port: u16,
    /// Let the edge speak HTTPS, with a certificate of its own
    #[arg(long)]
    pub(crate) tls: bool,
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
    /// Answer every AWS call that much later: 80ms, 1.5s
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) latency: Option<Duration>,
}

/// With its unit, so that nobody takes seconds for milliseconds.
fn duration(text: &str) -> Result<Duration, String> {
    let wanted = || "expected a number and its unit, as in 80ms or 1.5s".to_owned();
    let (number, scale) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(number), _) => (number, 0.001),
        (None, Some(number)) => (number, 1.0),
        (None, None) => return Err(wanted()),
    };
    let number: f64 = number.parse().map_err(|_| wanted())?;
    Duration::try_from_secs_f64(number * scale).map_err(|_| wanted())
}

fn fault(text: &str) -> Result<Disturbance, String> {
    text.parse().map_err(|error| format!("{error:#}"))
}

pub(crate) async fn run(args: LocalArgs) -> Result<Exit> {
    refuse_second(&args.cloud.state)?;
    let clerk = if args.check { None } else { Some(open_clerk(&args).await?) };
    let desk = Arc::new(LocalDesk::new((!args.bare).then(|| args.config.clone())));
    let local = start(&args, clerk.as_ref(), Arc::clone(&desk)).await?;
    desk.attach(&local, &args.cloud.state);
    local.announce(clerk.as_ref())?;
    say!("{BOLD}AWS APIs{BOLD:#}  {}", local.control_url);
    say!("{BOLD}edge{BOLD:#}      {}", local.edge_url);
    if let Some(clerk) = &clerk {
        introduce(clerk);
        say!(
            "{BOLD}page{BOLD:#}      {}/_local/  {DIM}sign in, upload, watch, try rules{DIM:#}",
            local.edge_url
        );
    }
    if args.bare {
        until_stopped().await?;
        local.close().await;
        return Ok(Exit::Done);
    }
    match interruptible(deploy_into(&args, local)).await? {
        Some(stack) if args.check => {
            Ok(interruptible(check(stack)).await?.unwrap_or(Exit::Unfinished))
        }
        Some(stack) => stay(stack, &args.cloud.state).await,
        None => Ok(Exit::Unfinished),
    }
}

/// The local Clerk, which answers until it is dropped.
async fn open_clerk(args: &LocalArgs) -> Result<LocalClerk> {
    let (issuer, algorithm, claims) = match Config::load(&args.config) {
        Ok(config) => {
            let (algorithm, claims) = (token::algorithm(&config), token::shape(&config));
            (config.issuer.url, algorithm, claims)
        }
        // An empty cloud needs no configuration.
        Err(_) if args.bare => (stack::DEMO_ISSUER.to_owned(), Algorithm::default(), Map::new()),
        Err(error) => return Err(error.into()),
    };
    let (state, port, modules) = (args.cloud.state.clone(), args.clerk_port, example::modules());
    LocalClerk::start(ClerkOptions { state, port, issuer, algorithm, claims, modules }).await
}

fn introduce(clerk: &LocalClerk) {
    let url = clerk.url();
    say!("{BOLD}Clerk{BOLD:#}     {url}  {DIM}as proxyUrl, with the publishable key{DIM:#}");
    say!("          {}", clerk.publishable_key());
}

/// One process serves a state folder.
fn refuse_second(state: &Path) -> Result<()> {
    if let Some(running) = local::running(state) {
        let (pid, url) = (running.pid, running.edge_url);
        let message =
            format!("a local cloud runs on {} already: process {pid}, {url}", state.display());
        let hint = "use it with --local, stop it, or choose another --state DIR".to_owned();
        return Err(Failed { message, hint }.into());
    }
    Ok(())
}

async fn start(
    args: &LocalArgs,
    clerk: Option<&LocalClerk>,
    desk: Arc<LocalDesk>,
) -> Result<Local> {
    let mut faults = args.faults.clone();
    faults.extend(args.latency.map(Disturbance::latency));
    Local::start(Options {
        faults,
        state: args.cloud.state.clone(),
        control_port: args.port,
        edge_port: args.edge_port,
        time_scale: args.cloud.time_scale,
        tls: args.tls,
        on_request: (!args.check).then(|| Arc::new(line) as _),
        page: clerk.map(|it| PageOptions::new(it, desk)),
    })
    .await
}

async fn deploy_into(args: &LocalArgs, local: Local) -> Result<Stack> {
    let config = stack::load(&args.config)?;
    if !args.check {
        for text in shadowed(&config) {
            output::warning(&text);
        }
    }
    let stack = Stack::open_in(config, local).await?;
    let mut seen = engine::observe(&stack.cloud).await?;
    let steps = engine::plan(&stack.graph, Goal::Present, &seen);
    say!("{}", stack.review(Goal::Present, &seen, &steps).summary());
    deploy::converge(&stack, &steps, &mut seen).await?;
    Ok(stack)
}

/// Which rules are about the page's own paths: only on AWS do such requests reach the stack.
fn shadowed(config: &Config) -> Vec<String> {
    let named = config.rules.iter().zip(1..);
    let named = named.filter(|(rule, _)| rule.path.split('/').nth(1) == Some("_local"));
    let text = |(rule, position): (&config::Rule, i32)| {
        format!(
            "rule {position} ({}): on the local edge, /_local/ is the page and not the bucket",
            rule.path
        )
    };
    named.map(text).collect()
}

async fn check(stack: Stack) -> Result<Exit> {
    let mut exit = Exit::Done;
    if let Place::Local(local) = &stack.place
        && !story::run(&stack.config, &stack.names, local).await?
    {
        exit = Exit::Failed;
    }
    stack.close().await;
    Ok(exit)
}

async fn stay(stack: Stack, state: &Path) -> Result<Exit> {
    if let Place::Local(local) = &stack.place {
        invite(&stack.config, local, state)?;
    }
    until_stopped().await?;
    stack.close().await;
    Ok(Exit::Done)
}

/// By ctrl-C. Every change is on disk already.
async fn until_stopped() -> Result<()> {
    output::note("ctrl-C stops it; the state stays");
    Ok(tokio::signal::ctrl_c().await?)
}

/// Three lines that work as they are, for five minutes.
fn invite(config: &Config, local: &Local, state: &Path) -> Result<()> {
    let Some(rule) = scene::upload_rule(config) else { return Ok(()) };
    let mut claims = scene::claims(config, rule, "user_demo")?;
    let seconds = config.issuer.max_lifetime_seconds.min(300);
    claims.insert("exp".into(), (token::now()? + i64::from(seconds)).into());
    let token = local.issuer.mint(&claims);
    let url = format!("{}{}", local.edge_url, scene::place(rule, "user_demo", "dusk.jpg"));
    let file = scene::image_file(state)?;
    let trust = |it: &PathBuf| format!("curl --cacert {}", it.display());
    let curl = local.certificate.as_ref().map_or_else(|| "curl".to_owned(), trust);
    let bearer = "-H \"Authorization: Bearer $TOKEN\"";
    say!("\n{BOLD}Try it{BOLD:#}, as user_demo, for the next {seconds} seconds:\n");
    say!("  TOKEN={token}\n");
    say!("  {curl} -i -T {} -H 'Content-Type: image/jpeg' {bearer} {url}", file.display());
    say!("  {curl} -o /dev/null -D - {bearer} {url}");
    say!("  {curl} -i {url}\n");
    say!("{BOLD}Examples{BOLD:#}, each in another terminal; they install what they need:\n");
    for example in example::ALL {
        let (command, origin, about) = (example.command(), example.origin(), example.about());
        say!("  {command:<27} {origin}  {DIM}{about}{DIM:#}");
    }
    say!("");
    Ok(())
}

/// One request, as it was served.
fn line(served: &Served) {
    let style = match served.status {
        200..=399 => GREEN,
        400..=499 => YELLOW,
        _ => RED,
    };
    let reason = served.reason.as_deref().unwrap_or_default();
    let Served { method, path, status, decision, cache, millis, .. } = served;
    say!(
        "{style}{status}{style:#} {method:<7} {path}  {decision} {reason} {DIM}{cache} {millis:.1} ms{DIM:#}"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_about_the_paths_of_the_page_is_named() {
        let file = |path: &str| {
            let text = format!(
                "[stack]\nname = \"photos\"\nregion = \"us-east-1\"\n\
                 [clerk]\nissuer = \"https://clerk.photos.example\"\n\
                 [[rules]]\nmethods = [\"GET\"]\npath = \"{path}\"\n"
            );
            Config::parse(&text).unwrap()
        };
        assert_eq!(shadowed(&file("/_local/**")).len(), 1);
        assert_eq!(shadowed(&file("/_locals/**")), Vec::<String>::new());
        assert_eq!(shadowed(&file("/**")), Vec::<String>::new());
    }
}
