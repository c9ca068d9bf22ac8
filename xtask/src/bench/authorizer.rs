//! `bench authorizer`: what a request costs at the edge, beside what else could judge it.

use super::BenchArgs;
use super::figures::Figures;
use crate::exit::Exit;
use crate::output::{self, say};
use crate::proof::Proof;
use crate::wasm;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::Path;

/// On three versions of Node.js they take less than ten minutes.
const ROUNDS: u32 = 5;
const BEGIN: &str = "<!-- figures -->";
const END: &str = "<!-- end of figures -->";

pub(super) fn run(args: &BenchArgs) -> Result<Exit> {
    let figures = match &args.from {
        Some(file) => read(file)?,
        None => measure(args)?,
    };
    say!("{}", figures.tables());
    output::note(&figures.note());
    if args.readme {
        put_into(&wasm::workspace().join("README.md"), &figures.tables())?;
    }
    Ok(Exit::Done)
}

/// A figure that is missed is said in the table; it is no failure, as another machine, or a busier
/// one, gives another.
fn measure(args: &BenchArgs) -> Result<Figures> {
    let proof = Proof::prepare()?;
    proof.add_own_rsa()?;
    let measured = proof.path("figures.json");
    let mut node = proof.node("bench.mjs");
    node.args(["--rounds", &args.rounds.unwrap_or(ROUNDS).to_string(), "--json"]).arg(&measured);
    if args.all_nodes {
        for other in proof.nodes()? {
            node.arg("--node").arg(other);
        }
    }
    let status = node.status().context("cannot run node")?;
    ensure!(status.success(), "the measurement ended early; what it said is above");
    if let Some(file) = &args.json {
        fs::copy(&measured, file).with_context(|| format!("cannot write {}", file.display()))?;
    }
    read(&measured)
}

fn read(file: &Path) -> Result<Figures> {
    let text = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_slice(&text)
        .with_context(|| format!("{} has no figures of the authorizer", file.display()))
}

/// Between two comments, which Markdown does not show.
fn put_into(file: &Path, tables: &str) -> Result<()> {
    let text = fs::read_to_string(file).with_context(|| format!("no {}", file.display()))?;
    let parts = text.split_once(BEGIN).zip(text.split_once(END));
    let ((before, _), (_, after)) = parts.context("README.md has no place for figures")?;
    fs::write(file, format!("{before}{BEGIN}\n{tables}\n{END}{after}"))
        .with_context(|| format!("cannot write {}", file.display()))
}
