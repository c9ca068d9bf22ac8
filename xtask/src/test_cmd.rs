//! `test`: everything that must hold before a commit lands.

use crate::browsers::Browsers;
use crate::clients;
use crate::exit::Exit;
use crate::output::{self, BOLD, tell};
use crate::wasm;
use anyhow::{Context, Result};
use clap::Args;
use engine::Failed;
use std::process::Command;

/// The wasm module is checked for the target it is made for.
const CHECKS: [(&str, &[&str]); 9] = [
    ("formatting", &["fmt", "--all", "--check"]),
    (
        "lints",
        &["clippy", "--workspace", "--exclude", "authorizer-wasm", "--all-targets", "--locked"],
    ),
    (
        "lints of the wasm module",
        &["clippy", "--package", "authorizer-wasm", "--target", wasm::TARGET, "--locked"],
    ),
    (
        "lints of the wasm module with RSA of its own",
        &[
            "clippy",
            "--package",
            "authorizer-wasm",
            "--features",
            "rsa",
            "--target",
            wasm::TARGET,
            "--locked",
        ],
    ),
    ("tests of the wasm module's calls", &["test", "--package", "authorizer-wasm", "--locked"]),
    ("agreement with other libraries", &["xtask", "fuzz-diff", "--cases", "100000"]),
    ("agreement with OpenSSL", &["xtask", "fuzz-diff", "--rsa", "--cases", "20000"]),
    ("clients that nobody here wrote", &["xtask", "conformance", "--clients-only"]),
    ("tests", &["test", "--workspace", "--exclude", "authorizer-wasm", "--locked"]),
];

/// Check and test edgegate itself: formatting, lints, wasm build, all tests
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask test              what CI runs
  cargo xtask test --clients    only the package for apps: types, tests, sizes, headless Chromium
  cargo xtask test --clients --browsers all
                                in Firefox and WebKitGTK, too
  cargo xtask test --expo       only the Expo example, with some 700 MB of modules")]
pub(crate) struct TestArgs {
    /// Only the package for apps, with an empty app that installs it and with a browser
    #[arg(long)]
    pub(crate) clients: bool,
    /// In which browsers
    #[arg(long, value_enum, default_value_t, requires = "clients")]
    pub(crate) browsers: Browsers,
    /// Only the Expo example: its types, the package's against Expo's, its bundles for phones, and its
    /// web export in Chromium
    #[arg(long)]
    pub(crate) expo: bool,
}

pub(crate) fn run(args: &TestArgs) -> Result<Exit> {
    if args.clients || args.expo {
        if args.clients {
            clients::everything(args.browsers)?;
        }
        if args.expo {
            clients::expo()?;
        }
        return Ok(Exit::Done);
    }
    wasm::install_target()?;
    let size = wasm::build()?.len();
    output::note(&format!("the authorizer compiles to {size} bytes"));
    for (title, args) in CHECKS {
        tell!("{BOLD}{title}{BOLD:#}");
        let mut command = wasm::cargo();
        command.args(args);
        if args[0] == "clippy" {
            command.args(["--quiet", "--", "--deny", "warnings"]);
        }
        succeed(command, title)?;
    }
    clients::package()?;
    Ok(Exit::Done)
}

pub(crate) fn succeed(mut command: Command, title: &str) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot run {command:?}"))?;
    if status.success() {
        return Ok(());
    }
    let message = format!("{title}: failed ({status})");
    let hint = "cargo fmt mends the formatting; the rest is said above".to_owned();
    Err(Failed { message, hint }.into())
}
