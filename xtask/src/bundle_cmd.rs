//! `bundle`: the function's zip as a file.

use crate::cli::BundleArgs;
use crate::exit::Exit;
use crate::output;
use crate::stack;
use anyhow::{Context, Result};
use std::path::Path;

pub(crate) fn run(args: &BundleArgs) -> Result<Exit> {
    let config = stack::load(&args.config)?;
    let bundle = stack::build(&config, None, None)?;
    write(&args.out, &bundle.zip)?;
    let (size, hash) = (bundle.zip.len(), &bundle.code_sha256);
    output::note(&format!("{}: {size} bytes, CodeSha256 {hash}", args.out.display()));
    Ok(Exit::Done)
}

/// Whole or not at all: a reader never finds half a file.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let shown = path.display();
    let mut beside = path.as_os_str().to_owned();
    beside.push(".partial");
    std::fs::write(&beside, bytes).with_context(|| format!("cannot write {shown}"))?;
    std::fs::rename(&beside, path).with_context(|| format!("cannot write {shown}"))
}
