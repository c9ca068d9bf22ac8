//! Runs functions in Node processes: several for each version, kept warm, replaced when they die.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::process::Command;
use tokio::sync::Semaphore;

use crate::edge::worker::{self, Ended, Handle, Worker};
use crate::failed::Failed;
use crate::store::Store;

const RUNNER: &str = include_str!("runner.mjs");
/// The oldest Node whose JavaScript matches what the handlers are written for.
const NODE_MIN: u32 = 20;
/// An answer to `node --version` that takes longer never comes.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many events of one version are worked on at a time; AWS starts an environment for each, here
/// the others wait their turn.
const WORKERS: usize = 4;
/// Older versions that a distribution still names stay warm; the rest is stopped.
const WARM_MAX: usize = 8;

/// One function version, as the edge runs it.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) handler: String,
    pub(crate) timeout: Duration,
    /// In MB.
    pub(crate) memory: u64,
    /// The unpacked zip.
    pub(crate) folder: PathBuf,
}

/// The processes of all functions.
pub(crate) struct Functions {
    runner: PathBuf,
    pools: Mutex<HashMap<String, Arc<Pool>>>,
}

/// The processes of one version.
struct Pool {
    turns: Semaphore,
    /// Those that wait for an event; the one that worked last is asked first.
    idle: Mutex<Vec<Worker>>,
    /// Every process that was started and has not been forgotten.
    started: Mutex<Vec<Handle>>,
}

/// Checks that there is a Node, and that it is new enough.
pub(crate) async fn check() -> Result<()> {
    let failed = |message: String| {
        Failed::new(message, format!("install Node.js {NODE_MIN} or newer: https://nodejs.org"))
    };
    let asked = Command::new("node").arg("--version").kill_on_drop(true).output();
    let Ok(output) = tokio::time::timeout(PATIENCE, asked).await else {
        bail!(failed("`node --version` does not answer".to_owned()));
    };
    let output = output.with_context(|| failed("cannot run `node` (Node.js)".to_owned()))?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let major =
        version.trim_start_matches('v').split('.').next().and_then(|it| it.parse::<u32>().ok());
    if major.is_none_or(|it| it < NODE_MIN) {
        bail!(failed(format!("`node` is too old: {version:?}")));
    }
    Ok(())
}

impl Functions {
    /// Writes the runner to the state folder.
    pub(crate) fn new(store: &Store) -> Result<Self> {
        let runner = store.code("runner.mjs");
        std::fs::write(&runner, RUNNER)
            .with_context(|| format!("cannot write {}", runner.display()))?;
        // Node runs in another folder, so the path must not depend on ours.
        let runner = runner.canonicalize().context("cannot find the runner")?;
        Ok(Self { runner, pools: Mutex::default() })
    }

    /// Runs a function on an event, to its end even when the viewer has gone.
    ///
    /// # Errors
    /// The function threw, took too long or too much memory, or its process died.
    pub(crate) async fn invoke(&self, function: &Function, event: Value) -> Result<Value> {
        let (pool, runner, function) = (self.pool(function), self.runner.clone(), function.clone());
        let work = async move { pool.work(&runner, &function, &event).await };
        let answer = tokio::spawn(work).await.context("the function was stopped")??;
        if let Some(error) = answer.get("error") {
            let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
            bail!("{}: {}", text("type"), text("message"));
        }
        Ok(answer.get("result").cloned().unwrap_or_default())
    }

    fn pool(&self, function: &Function) -> Arc<Pool> {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        let key = format!("{}:{}:{}", function.name, function.version, function.folder.display());
        if pools.len() >= WARM_MAX && !pools.contains_key(&key) {
            pools.clear();
        }
        Arc::clone(pools.entry(key).or_default())
    }

    /// Stops every process; requests in flight fail.
    pub(crate) fn stop(&self) {
        for worker in self.started() {
            worker::kill(&worker);
        }
        self.pools.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The processes that run now.
    pub(crate) fn pids(&self) -> Vec<u32> {
        self.started().iter().filter_map(worker::pid).collect()
    }

    /// Kills one of the processes, in the middle of whatever it does; false when none runs.
    pub(crate) fn kill(&self, which: usize) -> bool {
        let alive: Vec<Handle> =
            self.started().into_iter().filter(|it| worker::pid(it).is_some()).collect();
        !alive.is_empty() && worker::kill(&alive[which % alive.len()])
    }

    fn started(&self) -> Vec<Handle> {
        let pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        let started =
            |it: &Arc<Pool>| it.started.lock().unwrap_or_else(PoisonError::into_inner).clone();
        pools.values().flat_map(started).collect()
    }
}

impl Default for Pool {
    fn default() -> Self {
        let (idle, started) = (Mutex::default(), Mutex::default());
        Self { turns: Semaphore::new(WORKERS), idle, started }
    }
}

impl Pool {
    /// Gives an event to a process that waits, or to a new one. Only an event that nobody has seen
    /// is given to another: what a process did before it died is not known.
    async fn work(&self, runner: &Path, function: &Function, event: &Value) -> Result<Value> {
        let _turn = self.turns.acquire().await.context("the function was stopped")?;
        let mut fresh = false;
        loop {
            let mut worker = if let Some(worker) = self.waiting() {
                worker
            } else {
                fresh = true;
                self.launch(runner, function).await?
            };
            match worker.call(function, event).await {
                Ok(answer) => {
                    self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
                    return Ok(answer);
                }
                Err(Ended::Unasked) if !fresh => {}
                Err(Ended::Unasked) => bail!("Runtime exited without providing a reason"),
                Err(Ended::Failed(error)) => return Err(error),
            }
        }
    }

    fn waiting(&self) -> Option<Worker> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| idle.pop()).find(Worker::is_alive)
    }

    async fn launch(&self, runner: &Path, function: &Function) -> Result<Worker> {
        let worker = Worker::launch(runner, function).await?;
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        started.retain(|it| it.strong_count() > 0);
        started.push(worker.handle());
        Ok(worker)
    }
}
