//! `bundle`: the function's zip as a file.

use crate::exit::Exit;
use crate::output;
use crate::stack;
use anyhow::{Context, Result};
use clap::Args;
use engine::Refused;
use std::path::{Path, PathBuf};

/// Write the function's zip; needs neither network nor credentials
#[derive(Args)]
pub(crate) struct BundleArgs {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "edgegate.toml")]
    pub(crate) config: PathBuf,
    /// Where to write it
    #[arg(long, value_name = "FILE.zip")]
    pub(crate) out: PathBuf,
}

pub(crate) fn run(args: &BundleArgs) -> Result<Exit> {
    let config = stack::load(&args.config)?;
    let bundle = stack::build(&config, None, None)?;
    write(&args.out, &bundle.zip)?;
    let (size, hash) = (bundle.zip.len(), &bundle.code_sha256);
    output::note(&format!("{}: {size} bytes, CodeSha256 {hash}", args.out.display()));
    Ok(Exit::Done)
}

/// Whole or not at all: a reader never finds half a file. What is there and is no zip stays.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let shown = path.display();
    if std::fs::read(path).is_ok_and(|old| !old.is_empty() && !old.starts_with(b"PK")) {
        return Err(Refused {
            message: format!("{shown} exists and is no zip"),
            hint: "name another file with --out FILE.zip".to_owned(),
        }
        .into());
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".partial");
    let written = std::fs::write(&beside, bytes).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        // What could not be written may not be there to be removed either.
        let _ = std::fs::remove_file(&beside);
    }
    written.with_context(|| format!("cannot write {shown}"))
}
