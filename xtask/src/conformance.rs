//! `conformance`: clients and clouds that nobody here wrote judge the local cloud.

use crate::exit::Exit;
use crate::{output, wasm};
use anyhow::{Context, Result, ensure};
use clap::Args;
use engine::Failed;
use local::{LocalCloud, Options};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Let boto3, the aws CLI and the deployer itself judge the local cloud, and compare it with others
#[derive(Args)]
#[command(
    after_help = "It installs what it needs below target/conformance: boto3, awscli, ministack \
and moto, in the versions that tests/conformance pins.

What another cloud answers otherwise is in tests/conformance/differences.tsv, with the page that says \
who is right; a difference that is not there is a failure."
)]
pub(crate) struct ConformanceArgs {
    /// Only the clients, without the other clouds; `cargo xtask test` does this
    #[arg(long)]
    pub(crate) clients_only: bool,
    /// Write the differences that there are to the table; then look at each
    #[arg(long, conflicts_with = "clients_only")]
    pub(crate) write: bool,
}

pub(crate) async fn run(args: ConformanceArgs) -> Result<Exit> {
    let folder = home();
    let clients = clients()?;
    let state = folder.join("state");
    if state.exists() {
        fs::remove_dir_all(&state).with_context(|| format!("cannot empty {}", state.display()))?;
    }
    let (ours, instant) = (start(&state, "ours", 1.0).await?, start(&state, "instant", 0.0).await?);
    let mut python = Command::new(clients.join("python"));
    python
        .arg(scripts().join("run.py"))
        .args(["--ours", &ours.control_url(), "--instant", &instant.control_url()])
        .arg("--xtask")
        .arg(std::env::current_exe().context("cannot find this program")?)
        .arg("--workspace")
        .arg(wasm::workspace());
    if !args.clients_only {
        python.arg("--peers").arg(installed(&folder, "peers")?);
    }
    if args.write {
        python.arg("--write");
    }
    let status = tokio::task::spawn_blocking(move || python.status()).await?;
    let status = status.context("cannot run Python")?;
    ours.shutdown().await;
    instant.shutdown().await;
    Ok(if status.success() { Exit::Done } else { Exit::Failed })
}

async fn start(state: &Path, name: &str, time_scale: f64) -> Result<LocalCloud> {
    local::start(Options {
        state: state.join(name),
        control_port: 0,
        edge_port: 0,
        time_scale,
        faults: Vec::new(),
        tls: false,
        on_request: None,
        page: None,
    })
    .await
}

/// The programs of the pinned clients, python among them.
///
/// # Errors
/// They cannot be installed.
pub(crate) fn clients() -> Result<PathBuf> {
    installed(&home(), "clients")
}

fn home() -> PathBuf {
    wasm::workspace().join("target/conformance")
}

fn scripts() -> PathBuf {
    wasm::workspace().join("tests/conformance")
}

/// The programs of a virtual environment with what `NAME.txt` pins, unless the very same list was
/// installed before.
fn installed(folder: &Path, name: &str) -> Result<PathBuf> {
    let list = scripts().join(format!("{name}.txt"));
    let wanted = fs::read(&list).with_context(|| format!("cannot read {}", list.display()))?;
    let home = folder.join(name);
    let (programs, mark) = (home.join("bin"), home.join("installed.txt"));
    if fs::read(&mark).is_ok_and(|it| it == wanted) {
        return Ok(programs);
    }
    output::note(&format!("installing the packages of {}", list.display()));
    let mut python = Command::new("python3");
    python.args(["-m", "venv", "--clear"]).arg(&home);
    succeed(python, "install Python 3.11 or later with its venv module")?;
    let mut pip = Command::new(programs.join("python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r"]);
    pip.arg(&list);
    succeed(pip, "check the network; packages come from PyPI")?;
    fs::write(&mark, wanted).with_context(|| format!("cannot write {}", mark.display()))?;
    Ok(programs)
}

fn succeed(mut command: Command, hint: &str) -> Result<()> {
    let failed = |message: String| Failed { message, hint: hint.to_owned() };
    let name = command.get_program().display().to_string();
    let done = command.output().map_err(|error| failed(format!("cannot run {name}: {error}")))?;
    let said = String::from_utf8_lossy(&done.stderr).trim_end().to_owned();
    ensure!(done.status.success(), failed(format!("{name}: {said}")));
    Ok(())
}
