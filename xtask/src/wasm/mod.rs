//! Compiles the authorizer.

use crate::program;
use anyhow::{Context, Result, ensure};
use engine::Failed;
use std::path::{Path, PathBuf};
use std::process::Command;

mod compile;

pub(crate) use compile::TARGET;

/// The folder of the workspace.
pub(crate) fn workspace() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// The compiled authorizer: the one in the file, the one that is carried, or a fresh one.
///
/// # Errors
/// As those of [`build`], or the file cannot be read.
pub(crate) fn module(file: Option<&Path>) -> Result<Vec<u8>> {
    match file {
        Some(file) => {
            std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))
        }
        None => program::get().authorizer.map_or_else(build, |it| Ok(it.to_vec())),
    }
}

/// Builds the module with the workspace's own compiler and flags, so that the same sources give
/// the same bytes on every machine.
///
/// # Errors
/// The wasm target cannot be installed, or the compiler's own message.
pub(crate) fn build() -> Result<Vec<u8>> {
    let file = build_file()?;
    std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))
}

/// Builds it and says where it is.
///
/// # Errors
/// As those of [`build`].
pub(crate) fn build_file() -> Result<PathBuf> {
    compiled("authorizer", &[])
}

/// The module that checks signatures itself; only measurements need it.
///
/// # Errors
/// As those of [`build`].
pub(crate) fn build_with_rsa() -> Result<PathBuf> {
    compiled("authorizer-rsa", &["--features", "rsa"])
}

fn compiled(folder: &str, features: &[&str]) -> Result<PathBuf> {
    let target_dir = workspace().join("target").join(folder);
    install_target()?;
    let (mut command, module) = compile::compile(workspace(), &target_dir);
    let output =
        command.args(features).output().context("cannot run cargo to compile the authorizer")?;
    ensure!(
        output.status.success(),
        "cannot compile the authorizer\n{}",
        String::from_utf8_lossy(&output.stderr).trim_end()
    );
    Ok(module)
}

/// A cargo that does not inherit what the cargo around us was told.
pub(crate) fn cargo() -> Command {
    compile::cargo(workspace())
}

/// Whether the toolchain can compile for it.
///
/// # Errors
/// There is no toolchain.
pub(crate) fn has_target() -> Result<bool> {
    let sysroot = Command::new("rustc")
        .args(["--print", "sysroot"])
        .current_dir(workspace())
        .output()
        .map_err(|error| failed(format!("cannot run rustc: {error}")))?;
    let sysroot = PathBuf::from(String::from_utf8_lossy(&sysroot.stdout).trim());
    Ok(sysroot.join("lib/rustlib").join(TARGET).exists())
}

fn failed(message: String) -> Failed {
    let hint = format!("install rustup (https://rustup.rs), then: rustup target add {TARGET}");
    Failed { message, hint }
}

/// rustup brings the target by itself when it installs the toolchain, but not when the toolchain
/// was there already.
pub(crate) fn install_target() -> Result<()> {
    if has_target()? {
        return Ok(());
    }
    let added = Command::new("rustup")
        .args(["target", "add", TARGET])
        .current_dir(workspace())
        .output()
        .map_err(|error| failed(format!("cannot run rustup to add {TARGET}: {error}")))?;
    let message = String::from_utf8_lossy(&added.stderr).trim_end().to_owned();
    ensure!(added.status.success(), failed(format!("cannot add {TARGET}: {message}")));
    Ok(())
}
