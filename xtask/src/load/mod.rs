//! `load`: many viewers at the local edge, and every byte of what they get compared.

mod gallery;
mod large;
mod memory;
mod tally;
mod viewer;

use crate::deploy;
use crate::exit::Exit;
use crate::output::say;
use crate::prng::Prng;
use crate::stack::{Local, Place, Stack};
use anyhow::{Context, Result, ensure};
use clap::Args;
use config::Config;
use engine::Goal;
use gallery::Gallery;
use local::{Issuer, LocalCloud, Options};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};
use tally::{Report, Tally};
use tokio::task::JoinSet;
use viewer::{Run, Viewer};

/// Drive the local edge like a gallery, and compare every byte
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask load                                   ten seconds
  cargo xtask load --seconds 600 --kill-workers      ten minutes, while functions die at random
  cargo xtask load --large 1024                      a gigabyte up and down in bounded memory")]
pub(crate) struct LoadArgs {
    /// How long
    #[arg(long, default_value_t = 10)]
    pub(crate) seconds: u64,
    /// How many requests at most
    #[arg(long, default_value_t = 5_000_000)]
    pub(crate) requests: u64,
    /// How many at a time
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub(crate) viewers: u64,
    /// How many users share the gallery
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) users: u64,
    /// How many images they look at
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub(crate) images: u64,
    /// Kill Node processes of the edge at random
    #[arg(long)]
    pub(crate) kill_workers: bool,
    /// Send one object of that size up and down first; 0 for none
    #[arg(long, value_name = "MIB", default_value_t = 64, value_parser = clap::value_parser!(u64).range(0..=5000))]
    pub(crate) large: u64,
    /// The same seed makes the same images and the same choices
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// A process is killed, and memory is looked at, at most so many milliseconds after the last time.
const KILL: u64 = 1000;
const STACK: &str = "load";

pub(crate) async fn run(args: LoadArgs) -> Result<Exit> {
    let folder = std::env::temp_dir().join(format!("edgegate-load-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let outcome = on(&folder, &args).await;
    std::fs::remove_dir_all(&folder)
        .with_context(|| format!("cannot remove {}", folder.display()))?;
    let report = outcome?;
    if args.json {
        say!("{:#}", report.json());
    } else {
        report.print();
    }
    Ok(if report.is_good() { Exit::Done } else { Exit::Failed })
}

async fn on(folder: &Path, args: &LoadArgs) -> Result<Report> {
    let stack = deployed(folder).await?;
    let Place::Local(local) = &stack.place else { anyhow::bail!("this is no place for load") };
    let cloud = local.cloud().context("the cloud is another process")?;
    let mut run = prepare(&stack.config, local, folder, args)?;
    let large = large::up_and_down(&run, args.large).await?;
    hang(&mut run, args).await?;
    let report = Drive { cloud, args, run: Arc::new(run), killed: 0, workers: None };
    let report = report.report(large).await;
    stack.close().await;
    report
}

/// Puts up the images that everybody looks at.
async fn hang(run: &mut Run, args: &LoadArgs) -> Result<()> {
    let mut viewer = Viewer::new(run, args.seed)?;
    for _ in 0..args.images {
        viewer.upload().await?;
    }
    ensure!(
        viewer.tally.is_good(),
        "cannot put up the gallery: {}",
        viewer.tally.mistakes.join(", ")
    );
    run.gallery.open();
    run.until = Instant::now() + Duration::from_secs(args.seconds);
    Ok(())
}

/// A run under way.
struct Drive<'a> {
    cloud: &'a LocalCloud,
    args: &'a LoadArgs,
    run: Arc<Run>,
    killed: u64,
    workers: Option<u64>,
}

impl Drive<'_> {
    async fn report(mut self, large: Option<(u64, Option<u64>)>) -> Result<Report> {
        memory::forget_peak();
        let start = Instant::now();
        let (mut tally, mut errors) = (Tally::default(), Vec::new());
        for outcome in self.viewers().await? {
            match outcome {
                Ok(it) => tally.add(it),
                Err(error) => errors.push(format!("{error:#}")),
            }
        }
        let seconds = start.elapsed().as_secs_f64();
        let images = self.run.gallery.images();
        let mut viewer = Viewer::new(&self.run, self.args.seed)?;
        viewer.look_at_all(&images).await?;
        let lost = viewer.tally.wrong();
        tally.found(viewer.tally);
        Ok(Report {
            tally,
            seconds,
            uploaded: images.len() as u64,
            lost,
            errors,
            killed: self.killed,
            peak: memory::peak(),
            workers: self.workers,
            large,
        })
    }

    /// Lets all viewers work at the same time, while processes die.
    async fn viewers(&mut self) -> Result<Vec<Result<Tally>>> {
        let mut viewers = JoinSet::new();
        for viewer in 0..self.args.viewers {
            let run = Arc::clone(&self.run);
            // Far enough apart that no two viewers ever see the same numbers.
            let seed = self.args.seed.wrapping_add((viewer + 1) << 40);
            viewers.spawn(async move { Viewer::new(&run, seed)?.work().await });
        }
        let mut prng = Prng(self.args.seed);
        let mut outcomes = Vec::new();
        loop {
            let pause = Duration::from_millis(prng.below(KILL) + 1);
            tokio::select! {
                outcome = viewers.join_next() => match outcome {
                    Some(outcome) => outcomes.push(outcome?),
                    None => return Ok(outcomes),
                },
                () = tokio::time::sleep(pause) => self.strike(&mut prng),
            }
        }
    }

    fn strike(&mut self, prng: &mut Prng) {
        self.workers = self.workers.max(memory::of(&self.cloud.workers()));
        let which = usize::try_from(prng.below(64)).unwrap_or_default();
        if self.args.kill_workers && self.cloud.kill_worker(which) {
            self.killed += 1;
        }
    }
}

/// A stack with the default rules in a cloud of its own.
async fn deployed(folder: &Path) -> Result<Stack> {
    let state = state(folder);
    std::fs::create_dir_all(&state)?;
    let keys = Issuer::open(&state)?.jwks().to_string();
    std::fs::write(folder.join("keys.json"), keys)?;
    let text = format!(
        "[stack]\nname = \"{STACK}\"\nregion = \"us-east-1\"\n\
         [clerk]\nissuer = \"https://clerk.photos.example\"\n\
         authorized_parties = [\"https://app.photos.example\"]\n\
         [uploads]\nmax_size = \"5000 MB\"\n"
    );
    std::fs::write(folder.join("edgegate.toml"), text)?;
    let config = Config::load(&folder.join("edgegate.toml"))?;
    let options = Options {
        state,
        control_port: 0,
        edge_port: 0,
        time_scale: 0.0,
        faults: Vec::new(),
        tls: false,
        on_request: None,
        page: None,
    };
    let stack = Stack::open_in(config, Local::start(options).await?).await?;
    let mut seen = engine::observe(&stack.cloud).await?;
    let steps = engine::plan(&stack.graph, Goal::Present, &seen);
    deploy::converge(&stack, &steps, &mut seen).await?;
    Ok(stack)
}

fn state(folder: &Path) -> PathBuf {
    folder.join("cloud")
}

fn prepare(config: &Config, local: &Local, folder: &Path, args: &LoadArgs) -> Result<Run> {
    let mut prng = Prng(args.seed);
    Ok(Run {
        config: config.clone(),
        issuer: Issuer::open(&state(folder))?,
        edge: local.edge_url.clone(),
        http: reqwest::Client::new(),
        gallery: Gallery::new(&mut prng),
        users: args.users,
        left: AtomicU64::new(args.requests),
        until: Instant::now(),
        numbers: AtomicU64::new(0),
    })
}
