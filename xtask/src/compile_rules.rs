//! `compile-rules`: from `rules.json` to what the edge reads of it, for the tests of the handler.

use crate::exit::Exit;
use crate::output::say;
use anyhow::{Context, Result};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};
use std::io::{Read as _, stdin};

/// From standard input to an object with the files, in base64, by their names.
pub(crate) fn run() -> Result<Exit> {
    let mut rules = String::new();
    stdin().read_to_string(&mut rules).context("cannot read the rules")?;
    let files = bundle::compile(&rules)?
        .map(|(name, bytes)| (name.to_owned(), Value::from(BASE64_STANDARD.encode(bytes))));
    say!("{}", Value::Object(Map::from_iter(files)));
    Ok(Exit::Done)
}
