//! One Node process that runs one function version, one event at a time, as a Lambda environment does.

use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::control::reply;
use crate::edge::node::Function;

/// Lambda gives the code outside the handler ten seconds.
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>
const START_MAX: Duration = Duration::from_secs(10);
/// How often the memory of a process that is still working is looked at.
const WATCH: Duration = Duration::from_millis(20);
const MIB: u64 = 1024 * 1024;

/// A process that waits for an event. Dropping it ends it.
pub(crate) struct Worker {
    process: Arc<Mutex<Child>>,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    mark: String,
}

/// A process to be killed from outside, whatever it does.
pub(crate) type Handle = Weak<Mutex<Child>>;

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The process was gone before it got the event, which nobody has seen.
    Unasked,
    /// The function failed, or its process did.
    Failed(anyhow::Error),
}

impl From<anyhow::Error> for Ended {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

impl Worker {
    /// Starts a process and waits until the function is loaded.
    pub(crate) async fn launch(runner: &Path, function: &Function) -> Result<Self> {
        let mark = reply::request_id();
        let folder = function.folder.canonicalize().context("the function's code is gone")?;
        // Lambda's own runtime gives the heap nine tenths of the function's memory.
        let heap = format!("--max-old-space-size={}", function.memory * 9 / 10);
        let mut child = Command::new("node")
            .args([heap.as_ref(), runner.as_os_str(), folder.as_os_str()])
            .args([&function.handler, &mark, &function.memory.to_string()])
            // As in Lambda: nothing depends on where this computer is, and a function has no
            // business with what is in our environment, such as credentials.
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("TZ", "UTC")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log_file(&function.folder)?)
            .kill_on_drop(true)
            .spawn()
            .context("cannot run `node`")?;
        let stdin = child.stdin.take().context("no stdin")?;
        let stdout = child.stdout.take().context("no stdout")?;
        let lines = BufReader::new(stdout).lines();
        let mut worker = Self { process: Arc::new(Mutex::new(child)), stdin, lines, mark };
        let ready = tokio::time::timeout(START_MAX, worker.read()).await;
        let ready = ready.context("Init timed out")??;
        if ready.get("ready") == Some(&Value::Bool(true)) {
            return Ok(worker);
        }
        let reason = ready["error"]["message"].as_str().unwrap_or_default();
        bail!("the function does not load: {reason}")
    }

    pub(crate) fn handle(&self) -> Handle {
        Arc::downgrade(&self.process)
    }

    pub(crate) fn is_alive(&self) -> bool {
        let mut child = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(child.try_wait(), Ok(None))
    }

    /// Runs the function on one event, within its limits of time and memory. A worker that failed
    /// is of no further use.
    pub(crate) async fn call(
        &mut self,
        function: &Function,
        event: &Value,
    ) -> Result<Value, Ended> {
        let pid = self.process.lock().unwrap_or_else(PoisonError::into_inner).id();
        let limit = function.memory * MIB;
        let answer = tokio::select! {
            answer = tokio::time::timeout(function.timeout, self.ask(function, event)) => answer,
            () = outgrown(pid, limit) => return Err(out_of_memory(function).into()),
        };
        let answer = answer.map_err(|_| {
            let seconds = function.timeout.as_secs_f64();
            anyhow::anyhow!("Task timed out after {seconds:.2} seconds")
        })??;
        // Where nobody watches from outside, the process says itself what it has taken.
        if answer.get("rss").and_then(Value::as_u64).is_some_and(|it| it > limit) {
            return Err(out_of_memory(function).into());
        }
        Ok(answer)
    }

    async fn ask(&mut self, function: &Function, event: &Value) -> Result<Value, Ended> {
        let id = reply::request_id();
        let request = json!({
            "id": id,
            "name": function.name,
            "version": function.version,
            "timeout": function.timeout.as_millis(),
            "event": event,
        });
        let line = format!("{request}\n");
        self.stdin.write_all(line.as_bytes()).await.map_err(|_| Ended::Unasked)?;
        self.stdin.flush().await.map_err(|_| Ended::Unasked)?;
        let answer = self.read().await?;
        if answer.get("id").and_then(Value::as_str) != Some(&id) {
            return Err(anyhow::anyhow!("the function answered another event").into());
        }
        Ok(answer)
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

/// Ends a process, in the middle of whatever it does; false when it has ended already.
pub(crate) fn kill(handle: &Handle) -> bool {
    handle.upgrade().is_some_and(|it| {
        let mut child = it.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(child.try_wait(), Ok(None)) && child.start_kill().is_ok()
    })
}

/// The process id, while the process runs.
pub(crate) fn pid(handle: &Handle) -> Option<u32> {
    let worker = handle.upgrade()?;
    let mut child = worker.lock().unwrap_or_else(PoisonError::into_inner);
    // It has none any more when it has ended.
    child.try_wait().ok()?;
    child.id()
}

fn out_of_memory(function: &Function) -> anyhow::Error {
    anyhow::anyhow!("Runtime exited with error: signal: killed: more than {} MB", function.memory)
}

/// Ends when a process takes more than that many bytes.
async fn outgrown(pid: Option<u32>, limit: u64) {
    let mut watch = tokio::time::interval(WATCH);
    watch.tick().await;
    loop {
        watch.tick().await;
        if pid.and_then(resident).is_some_and(|it| it > limit) {
            return;
        }
    }
}

/// What a process has in memory, in bytes, where the system tells (`proc_pid_status(5)`).
fn resident(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

/// The function's own log, beside its code.
fn log_file(folder: &Path) -> Result<std::fs::File> {
    let path = folder.with_extension("log");
    let file = std::fs::File::options().create(true).append(true).open(&path);
    file.with_context(|| format!("cannot open {}", path.display()))
}
