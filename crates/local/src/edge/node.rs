//! Runs functions in Node child processes: warm, one for each version, restarted when they die.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Mutex;

use crate::control::reply;
use crate::failed::Failed;
use crate::store::Store;

const RUNNER: &str = include_str!("runner.mjs");
/// The oldest Node whose JavaScript matches what the handlers are written for.
const NODE_MIN: u32 = 20;
/// Lambda gives the code outside the handler ten seconds.
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>
const START_MAX: Duration = Duration::from_secs(10);
/// Older versions that a distribution still names stay warm; the rest is stopped.
const WARM_MAX: usize = 8;

/// One function version, as the edge runs it.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) handler: String,
    pub(crate) timeout: Duration,
    /// The unpacked zip.
    pub(crate) folder: PathBuf,
}

type Slot = Arc<Mutex<Option<Process>>>;

/// The processes of all functions.
pub(crate) struct Functions {
    runner: PathBuf,
    slots: StdMutex<HashMap<String, Slot>>,
}

struct Process {
    /// Kept because dropping it kills the process.
    _child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    mark: String,
}

/// Checks that there is a Node, and that it is new enough.
pub(crate) async fn check() -> Result<()> {
    let failed = |message: String| {
        Failed::new(message, format!("install Node.js {NODE_MIN} or newer: https://nodejs.org"))
    };
    let asked = Command::new("node").arg("--version").kill_on_drop(true).output();
    let Ok(output) = tokio::time::timeout(START_MAX, asked).await else {
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
        Ok(Self { runner, slots: StdMutex::default() })
    }

    /// Runs a function on an event. A process that failed in any way is not used again.
    pub(crate) async fn invoke(&self, function: &Function, event: &Value) -> Result<Value> {
        let slot = self.slot(function);
        let mut slot = slot.lock().await;
        let mut process = match slot.take() {
            Some(process) => process,
            None => self.launch(function).await?,
        };
        let id = reply::request_id();
        let answered =
            tokio::time::timeout(function.timeout, process.call(&id, function, event)).await;
        let answer = match answered {
            Err(_) => bail!("Task timed out after {:.2} seconds", function.timeout.as_secs_f64()),
            Ok(Err(error)) if error.is::<Stale>() => {
                // The process had ended before it was asked, so the event was seen by nobody.
                process = self.launch(function).await?;
                tokio::time::timeout(function.timeout, process.call(&id, function, event))
                    .await
                    .context("Task timed out")??
            }
            Ok(answer) => answer?,
        };
        *slot = Some(process);
        if let Some(error) = answer.get("error") {
            let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
            bail!("{}: {}", text("type"), text("message"));
        }
        Ok(answer.get("result").cloned().unwrap_or_default())
    }

    fn slot(&self, function: &Function) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let key = format!("{}:{}:{}", function.name, function.version, function.folder.display());
        if slots.len() >= WARM_MAX && !slots.contains_key(&key) {
            slots.clear();
        }
        Arc::clone(slots.entry(key).or_default())
    }

    /// Stops every process; requests in flight fail.
    pub(crate) fn stop(&self) {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    async fn launch(&self, function: &Function) -> Result<Process> {
        let mark = reply::request_id();
        let folder = function.folder.canonicalize().context("the function's code is gone")?;
        let log = log_file(&function.folder)?;
        let mut child = Command::new("node")
            .arg(&self.runner)
            .args([folder.as_os_str(), function.handler.as_ref(), mark.as_ref()])
            // As in Lambda: nothing depends on where this computer is, and a function has no
            // business with what is in our environment, such as credentials.
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("TZ", "UTC")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .context("cannot run `node`")?;
        let stdin = child.stdin.take().context("no stdin")?;
        let stdout = child.stdout.take().context("no stdout")?;
        let lines = BufReader::new(stdout).lines();
        let mut process = Process { _child: child, stdin, lines, mark };
        let ready =
            tokio::time::timeout(START_MAX, process.read()).await.context("Init timed out")??;
        if ready.get("ready") == Some(&Value::Bool(true)) {
            return Ok(process);
        }
        bail!(
            "the function does not load: {}",
            ready["error"]["message"].as_str().unwrap_or_default()
        )
    }
}

/// The function's own log, beside its code.
fn log_file(folder: &Path) -> Result<std::fs::File> {
    let path = folder.with_extension("log");
    let file = std::fs::File::options().create(true).append(true).open(&path);
    file.with_context(|| format!("cannot open {}", path.display()))
}

/// The process was gone before it got the event.
#[derive(Debug)]
struct Stale;

impl std::fmt::Display for Stale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the process has ended")
    }
}

impl std::error::Error for Stale {}

impl Process {
    async fn call(&mut self, id: &str, function: &Function, event: &Value) -> Result<Value> {
        let request = json!({
            "id": id,
            "name": function.name,
            "version": function.version,
            "timeout": function.timeout.as_millis(),
            "event": event,
        });
        let line = format!("{request}\n");
        self.stdin.write_all(line.as_bytes()).await.map_err(|_| Stale)?;
        self.stdin.flush().await.map_err(|_| Stale)?;
        loop {
            let answer = self.read().await?;
            // An answer to a request that its viewer gave up is not ours.
            if answer.get("id").and_then(Value::as_str) == Some(id) {
                return Ok(answer);
            }
        }
    }

    /// The next line that carries our mark; anything else was printed by the function.
    async fn read(&mut self) -> Result<Value> {
        loop {
            let line = self.lines.next_line().await.context("cannot read from the function")?;
            let line = line.context("Runtime exited without providing a reason")?;
            if let Some(text) = line.strip_prefix(&self.mark) {
                return serde_json::from_str(text).context("the function's answer is not JSON");
            }
        }
    }
}
