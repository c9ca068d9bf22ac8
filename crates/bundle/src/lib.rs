//! The zip that Lambda@Edge runs, byte for byte the same for the same inputs.
//!
//! Lambda compares code by the SHA-256 of the zip. Fixed order, fixed times and fixed permissions
//! make that hash a function of the inputs, so a plan over unchanged inputs is empty.

mod contents;
mod keys;

use anyhow::{Context, Result, anyhow, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

pub use contents::Contents;
pub use keys::{PublicKey, public_keys};

/// CloudFront quotas, "Lambda@Edge": a compressed function, for every event type.
const ZIP_MAX: usize = 50 * 1024 * 1024;
/// What CloudFront enforced for viewer events until 2024 and some of its pages still say.
const ZIP_CAUTIOUS: usize = 1024 * 1024;

/// Half of the buffer through which the authorizer is told anything (`CAPACITY` in its `state.rs`);
/// the keys come with the rules.
const RULES_MAX: usize = 64 * 1024;

const AUTHORIZER: &str = "authorizer.wasm";
const HANDLER: &str = "index.mjs";
const KEYS: &str = "keys.json";
const RULES: &str = "rules.json";
/// The rules as the authorizer reads them; `rules.json` is what people and the handler read.
const COMPILED: &str = "rules.bin";
/// All that the edge can answer under these rules, by number.
const ANSWERS: &str = "answers.json";

/// The Node.js handler at the zip's root.
const HANDLER_CODE: &str = include_str!("../../../authorizer/lambda/index.mjs");

/// What goes into the zip beside the handler.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// The authorizer, compiled for `wasm32-unknown-unknown`.
    pub wasm: &'a [u8],
    /// `rules.json`, which the authorizer gets compiled.
    pub rules: &'a str,
    /// A JWKS.
    pub keys: &'a str,
}

/// The code of the function.
#[derive(Clone, Debug, Default)]
pub struct Bundle {
    pub zip: Vec<u8>,
    /// SHA-256 of the zip in base64, as Lambda's `CodeSha256`.
    pub code_sha256: String,
    /// One line that names what is inside by its fingerprints, at most 256 characters: the
    /// function's description, so that a plan can say which part of the code changes.
    pub description: String,
    /// What is inside, for a plan to show: the rules as the authorizer reads them, …
    pub rules: Value,
    /// … and whose signatures count, in the order of the file.
    pub keys: Vec<PublicKey>,
    /// All that is inside, in the form in which it can be compared with what is deployed.
    pub contents: Contents,
}

impl Bundle {
    /// Packs the function.
    ///
    /// # Errors
    /// The rules are no policy, the keys no JWK set, or the zip is larger than Lambda@Edge takes.
    pub fn new(parts: Parts) -> Result<Self> {
        let [(_, answers), (_, compiled)] = compile(parts.rules)?;
        ensure!(
            compiled.len() <= RULES_MAX,
            "the rules have {} bytes when compiled, and the authorizer takes {RULES_MAX} at most",
            compiled.len()
        );
        let files = [
            (ANSWERS, answers.as_slice()),
            (AUTHORIZER, parts.wasm),
            (HANDLER, HANDLER_CODE.as_bytes()),
            (KEYS, parts.keys.as_bytes()),
            (COMPILED, compiled.as_slice()),
            (RULES, parts.rules.as_bytes()),
        ];
        let zip = pack(&files).context("cannot pack the function")?;
        ensure!(
            zip.len() <= ZIP_MAX,
            "the function's zip has {} bytes, and Lambda@Edge takes {ZIP_MAX} at most",
            zip.len()
        );
        // What is compiled follows from the rest.
        let sources = files.iter().filter(|(name, _)| ![ANSWERS, COMPILED].contains(name));
        let fingerprints: Vec<_> =
            sources.map(|(name, bytes)| format!("{name} {}", fingerprint(bytes))).collect();
        Ok(Self {
            code_sha256: BASE64_STANDARD.encode(Sha256::digest(&zip)),
            description: format!("edgegate authorizer: {}", fingerprints.join(", ")),
            rules: serde_json::from_str(parts.rules).context("the rules are no JSON")?,
            keys: public_keys(parts.keys)?,
            contents: Contents::of(files.into_iter()),
            zip,
        })
    }

    /// What works today but deserves a second look.
    pub fn warning(&self) -> Option<String> {
        let size = self.zip.len();
        let text =
            || format!("the function's zip has {size} bytes; some edges may refuse over 1 MiB");
        (size > ZIP_CAUTIOUS).then(text)
    }
}

/// What follows from `rules.json`, by the names of the files: what the edge reads instead of it.
///
/// # Errors
/// The rules are no policy.
pub fn compile(rules: &str) -> Result<[(&'static str, Vec<u8>); 2]> {
    let compiled = authorizer::compile(rules).map_err(|error| anyhow!("{RULES}: {error}"))?;
    let policy = authorizer::Policy::load(&compiled).context("the rules cannot be read again")?;
    let answers = authorizer::answers(&policy).into_bytes();
    Ok([(ANSWERS, answers), (COMPILED, compiled)])
}

fn pack(files: &[(&str, &[u8])]) -> Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, options)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// The first half of a SHA-256 is enough to tell two versions of a file apart.
fn fingerprint(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(8).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(path: &str) -> Bundle {
        let rules = format!(
            r#"{{"issuer":"https://clerk.example.com","authorized_parties":[],
                "rules":[{{"methods":["GET"],"path":"{path}"}}]}}"#
        );
        Bundle::new(Parts { wasm: b"\0asm", rules: &rules, keys: r#"{"keys":[]}"# }).unwrap()
    }

    #[test]
    fn the_same_inputs_give_the_same_bytes() {
        assert_eq!(bundle("/1").zip, bundle("/1").zip);
        assert_ne!(bundle("/1").code_sha256, bundle("/2").code_sha256);
    }

    #[test]
    fn the_description_fits_and_tells_which_part_changed() {
        let (a, b) = (bundle("/1").description, bundle("/2").description);
        assert!(a.len() <= 256, "{a}");
        let differ: Vec<_> = a.split(", ").zip(b.split(", ")).filter(|(a, b)| a != b).collect();
        assert_eq!(differ.len(), 1, "{differ:?}");
        assert!(differ[0].0.starts_with("rules.json "));
    }

    #[test]
    fn the_files_stand_at_the_root() {
        let mut zip = zip::ZipArchive::new(Cursor::new(bundle("/1").zip)).unwrap();
        let count = zip.len();
        let name = |at| zip.by_index(at).unwrap().name().unwrap().into_owned();
        let names: Vec<String> = (0..count).map(name).collect();
        insta::assert_snapshot!(names.join(" "), @"answers.json authorizer.wasm index.mjs keys.json rules.bin rules.json");
    }
}
