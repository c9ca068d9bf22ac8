//! The one way in which the authorizer is compiled: by `cargo xtask`, and by the build script of
//! `edgegate`, which includes this file.

use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// The command that compiles it, below `target_dir`, and where the module is then.
pub(crate) fn compile(workspace: &Path, target_dir: &Path) -> (Command, PathBuf) {
    let mut command = cargo(workspace);
    command
        .args(["build", "--quiet", "--locked", "--package", "authorizer-wasm"])
        .args(["--profile", "edge", "--target", TARGET, "--target-dir"])
        .arg(target_dir)
        .env("CARGO_ENCODED_RUSTFLAGS", flags(workspace));
    (command, target_dir.join(TARGET).join("edge/authorizer_wasm.wasm"))
}

/// A cargo that does not inherit what the cargo around us was told.
pub(crate) fn cargo(workspace: &Path) -> Command {
    let cargo = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let mut command = Command::new(cargo);
    command.current_dir(workspace);
    let told =
        ["RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_BUILD_RUSTFLAGS", "RUSTC_WORKSPACE_WRAPPER"];
    for name in told {
        command.env_remove(name);
    }
    command
}

/// A small stack: the module has no recursion to speak of. Paths of this machine stay out of it.
///
/// What branches have in common is moved behind them, and functions of a few instructions become part
/// of their callers: the module is the smaller by 2 %, and has fewer functions to be compiled when the
/// first request comes.
fn flags(workspace: &Path) -> String {
    let remap = format!("--remap-path-prefix={}=/edgegate", workspace.display());
    let code = "llvm-args=-sink-common-insts=true -inline-threshold=25";
    [remap.as_str(), "-C", "link-arg=-zstack-size=16384", "-C", code].join("\u{1f}")
}
