//! `example`: an app of `examples/` beside a running local cloud.

use crate::clients;
use crate::exit::Exit;
use crate::output::{self, BOLD, tell};
use crate::wasm;
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use engine::Failed;
use local::Running;
use std::path::PathBuf;
use std::process::Command;

pub(crate) const ALL: [Example; 3] = [Example::Web, Example::React, Example::Expo];

/// Start an example app beside `cargo xtask local`, with everything it needs
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask example web      http://localhost:3000, plain HTML with the service worker
  cargo xtask example react    http://localhost:5173
  cargo xtask example expo     http://localhost:8081; w opens the browser, i and a simulators

It runs npm ci and builds clients/edgegate where that has not been done yet.")]
pub(crate) struct ExampleArgs {
    /// Which one
    name: Example,
    /// Of the local cloud
    #[arg(long, value_name = "DIR", default_value = ".edgegate")]
    state: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Example {
    /// Plain HTML and `<img>` elements, which a service worker gives tokens
    Web,
    /// Vite and React
    React,
    /// Expo, for phones and the web
    Expo,
}

impl Example {
    pub(crate) fn folder(self) -> PathBuf {
        wasm::workspace().join("examples").join(self.name())
    }

    fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::React => "react",
            Self::Expo => "expo",
        }
    }

    pub(crate) fn command(self) -> String {
        format!("cargo xtask example {}", self.name())
    }

    /// Its own, so that no service worker of one serves the pages of another.
    pub(crate) fn origin(self) -> &'static str {
        match self {
            Self::Web => "http://localhost:3000",
            Self::React => "http://localhost:5173",
            Self::Expo => "http://localhost:8081",
        }
    }

    pub(crate) fn about(self) -> &'static str {
        match self {
            Self::Web => "plain <img>, service worker",
            Self::React => "Vite, React",
            Self::Expo => "Expo: 700 MB of modules",
        }
    }
}

/// Where the local Clerk finds the `clerk-js` that the examples install.
pub(crate) fn modules() -> Vec<PathBuf> {
    ALL.iter().map(|it| it.folder().join("node_modules")).collect()
}

pub(crate) fn run(args: &ExampleArgs) -> Result<Exit> {
    let settings = settings(args)?;
    clients::build()?;
    clients::prepare(args.name)?;
    tell!("{BOLD}{}{BOLD:#}", args.name.origin());
    let mut npm = Command::new("npm");
    npm.args(["run", "--silent", "start"]).current_dir(args.name.folder());
    for (name, value) in settings {
        // Vite and Expo show an app only variables with their own prefixes.
        for prefix in ["", "VITE_", "EXPO_PUBLIC_"] {
            npm.env(format!("{prefix}{name}"), &value);
        }
    }
    let status = npm.status().context("cannot run npm")?;
    Ok(if status.success() { Exit::Done } else { Exit::Failed })
}

/// Where images and Clerk are.
fn settings(args: &ExampleArgs) -> Result<[(&'static str, String); 3]> {
    let state = &args.state;
    let failed = || Failed {
        message: format!("no local cloud with a local Clerk runs on {}", state.display()),
        hint: "cargo xtask local, in another terminal".to_owned(),
    };
    let Running { edge_url, clerk, .. } = local::running(state).ok_or_else(failed)?;
    let clerk = clerk.ok_or_else(failed)?;
    // Pages are on `localhost`, and images are sent with `Cross-Origin-Resource-Policy: same-site`.
    let near = |url: &str| url.replace("127.0.0.1", "localhost");
    output::note(&format!("images from {}, people from {}", near(&edge_url), near(&clerk.url)));
    Ok([
        ("EDGEGATE_URL", near(&edge_url)),
        ("CLERK_PROXY_URL", near(&clerk.url)),
        ("CLERK_PUBLISHABLE_KEY", clerk.publishable_key),
    ])
}
