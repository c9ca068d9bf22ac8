//! What tests in a browser need: npm's packages below `target/browser`, and Chromium.
//!
//! Two packages of the workspace have such tests, so this file is part of both.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs one of the scripts beside this file; `CHROMIUM` names another browser than Debian's.
///
/// # Panics
/// It fails, or npm or apt-get cannot install what it needs.
#[track_caller]
pub(crate) fn run_script(workspace: &Path, script: &str, variables: &[(&str, &str)]) {
    let folder = folder(workspace, script);
    if std::env::var_os("CHROMIUM").is_none() && !Path::new("/usr/bin/chromium").exists() {
        run(Command::new("apt-get").args(["install", "--yes", "--quiet", "chromium"]));
    }
    let variables = variables.iter().copied();
    run(Command::new("node").arg(folder.join(script)).envs(variables));
}

fn folder(workspace: &Path, script: &str) -> PathBuf {
    let folder = workspace.join("target/browser");
    std::fs::create_dir_all(&folder).unwrap();
    let sources = workspace.join("tests/browser");
    let lock = "package-lock.json";
    let installed = folder.join("node_modules/.package-lock.json").exists()
        && std::fs::read(folder.join(lock)).ok() == std::fs::read(sources.join(lock)).ok();
    for name in ["package.json", lock, script] {
        std::fs::copy(sources.join(name), folder.join(name)).unwrap();
    }
    if !installed {
        let npm = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
        run(Command::new("npm").args(npm).current_dir(&folder));
    }
    folder
}

#[track_caller]
fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{command:?}\n{}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
}
