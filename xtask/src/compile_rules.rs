//! `compile-rules`: from `rules.json` to what the authorizer reads, for the tests of the handler.

use crate::exit::Exit;
use anyhow::{Context, Result, anyhow};
use std::io::{Read as _, Write as _, stdin, stdout};

/// From standard input to standard output.
pub(crate) fn run() -> Result<Exit> {
    let mut rules = String::new();
    stdin().read_to_string(&mut rules).context("cannot read the rules")?;
    let compiled = authorizer::compile(&rules).map_err(|error| anyhow!("{error}"))?;
    stdout().write_all(&compiled).context("cannot write the rules")?;
    Ok(Exit::Done)
}
