//! The tests of `clients/` and `examples/`, with the tools of their ecosystem.

use crate::browsers::Browsers;
use crate::example::Example;
use crate::output::{BOLD, tell};
use crate::proof::{self, install};
use crate::test_cmd::succeed;
use crate::wasm;
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The package as apps import it, from its sources as they are.
pub(crate) fn build() -> Result<()> {
    let folder = wasm::workspace().join("clients/edgegate");
    install(&folder)?;
    npm(&folder, "build")
}

/// Types, unit tests and sizes of the package.
pub(crate) fn package() -> Result<()> {
    let folder = wasm::workspace().join("clients/edgegate");
    install(&folder)?;
    for script in ["check", "test", "build"] {
        npm(&folder, script)?;
    }
    Ok(())
}

/// The package, an app that installs it, the examples, and browsers.
pub(crate) fn everything(browsers: Browsers) -> Result<()> {
    package()?;
    consumer()?;
    prepare(Example::Web)?;
    prepare(Example::React)?;
    npm(&Example::React.folder(), "check")?;
    browse("test:browser", Browsers::Chromium)?;
    if browsers == Browsers::All {
        install(&wasm::workspace().join("clients/edgegate/test/engines"))?;
        browse("test:engines", browsers)?;
    }
    Ok(())
}

/// The Expo example: 700 MB of modules, so only when it is asked for.
pub(crate) fn expo() -> Result<()> {
    package()?;
    prepare(Example::Expo)?;
    npm(&Example::Expo.folder(), "check")?;
    // The transport for SDK 54 and 55, against the types of their own modules.
    let older = wasm::workspace().join("clients/edgegate/test/expo");
    install(&older)?;
    npm(&older, "check")?;
    browse("test:expo", Browsers::Chromium)
}

/// Installs an example, with the package as it was just built.
pub(crate) fn prepare(example: Example) -> Result<()> {
    let folder = example.folder();
    install(&folder)?;
    let (package, copy) =
        (wasm::workspace().join("clients/edgegate"), folder.join("node_modules/edgegate"));
    // `npm ci` copies what the folder of the package holds at that time, and never again.
    if copy.exists() {
        proof::copy(&package.join("dist"), &copy.join("dist"))?;
    }
    Ok(())
}

/// Tests that need browsers and a local cloud, which they start with this very program.
fn browse(script: &str, browsers: Browsers) -> Result<()> {
    let mut tests = Command::new("npm");
    tests.args(["run", "--silent", script]);
    tests.current_dir(wasm::workspace().join("clients/edgegate"));
    tests.envs(browsers.find()?).env("EDGEGATE", std::env::current_exe()?);
    tell!("{BOLD}browser tests{BOLD:#}");
    succeed(tests, "browser tests")
}

/// What `npm pack` makes, installed into an empty Vite app and type-checked as strictly as can be.
fn consumer() -> Result<()> {
    let package = wasm::workspace().join("clients/edgegate");
    let folder = wasm::workspace().join("target/clients/consumer");
    fs::create_dir_all(folder.join("src"))
        .with_context(|| format!("cannot make {}", folder.display()))?;
    for file in ["package.json", "tsconfig.json", "index.html", "src/main.tsx"] {
        let (from, to) = (package.join("test/consumer").join(file), folder.join(file));
        fs::copy(&from, &to).with_context(|| format!("cannot copy {}", from.display()))?;
    }
    let mut pack = Command::new("npm");
    pack.args(["pack", "--silent", "--pack-destination"]).arg(&folder).current_dir(&package);
    succeed(pack, "npm pack")?;
    let mut add = Command::new("npm");
    add.args(["install", "--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts"]);
    add.current_dir(&folder);
    succeed(add, "npm install of the packed package")?;
    npm(&folder, "build")
}

fn npm(folder: &Path, script: &str) -> Result<()> {
    let title = format!("{} of {}", script, folder.file_name().unwrap_or_default().display());
    tell!("{BOLD}{title}{BOLD:#}");
    let mut command = Command::new("npm");
    command.args(["run", "--silent", script]).current_dir(folder);
    succeed(command, &title)
}
