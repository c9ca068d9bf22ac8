//! Compiles the authorizer.

use anyhow::{Context, Result, ensure};
use engine::Failed;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// The folder of the workspace.
pub(crate) fn workspace() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// The compiled authorizer: the one in the file, or a fresh one.
///
/// # Errors
/// As those of [`build`], or the file cannot be read.
pub(crate) fn module(file: Option<&Path>) -> Result<Vec<u8>> {
    match file {
        Some(file) => {
            std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))
        }
        None => build(),
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
    compile("authorizer", &[])
}

/// The module that checks signatures itself; only measurements need it.
///
/// # Errors
/// As those of [`build`].
pub(crate) fn build_with_rsa() -> Result<PathBuf> {
    compile("authorizer-rsa", &["--features", "rsa"])
}

fn compile(folder: &str, features: &[&str]) -> Result<PathBuf> {
    let target_dir = workspace().join("target").join(folder);
    install_target()?;
    let output = cargo()
        .args(["build", "--quiet", "--locked", "--package", "authorizer-wasm"])
        .args(["--profile", "edge", "--target", TARGET, "--target-dir"])
        .arg(&target_dir)
        .args(features)
        .env("CARGO_ENCODED_RUSTFLAGS", flags())
        .output()
        .context("cannot run cargo to compile the authorizer")?;
    ensure!(
        output.status.success(),
        "cannot compile the authorizer\n{}",
        String::from_utf8_lossy(&output.stderr).trim_end()
    );
    Ok(target_dir.join(TARGET).join("edge/authorizer_wasm.wasm"))
}

/// A cargo that does not inherit what the cargo around us was told.
pub(crate) fn cargo() -> Command {
    let cargo = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let mut command = Command::new(cargo);
    command.current_dir(workspace());
    for name in ["RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_BUILD_RUSTFLAGS"] {
        command.env_remove(name);
    }
    command
}

/// A small stack: the module has no recursion to speak of. Paths of this machine stay out of it.
fn flags() -> String {
    let remap = format!("--remap-path-prefix={}=/edgegate", workspace().display());
    [remap.as_str(), "-C", "link-arg=-zstack-size=16384"].join("\u{1f}")
}

/// rustup brings the target by itself when it installs the toolchain, but not when the toolchain
/// was there already.
pub(crate) fn install_target() -> Result<()> {
    let failed = |message: String| Failed {
        message,
        hint: format!("install rustup (https://rustup.rs), then: rustup target add {TARGET}"),
    };
    let sysroot = Command::new("rustc")
        .args(["--print", "sysroot"])
        .current_dir(workspace())
        .output()
        .map_err(|error| failed(format!("cannot run rustc: {error}")))?;
    let sysroot = PathBuf::from(String::from_utf8_lossy(&sysroot.stdout).trim());
    if sysroot.join("lib/rustlib").join(TARGET).exists() {
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
