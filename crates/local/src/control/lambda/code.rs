//! The code of a function: its zip, unpacked once for every content.

use std::io::Cursor;
use std::path::Path;

use anyhow::Context as _;
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use zip::ZipArchive;

use crate::control::lambda::invalid;
use crate::control::reply;
use crate::fault::{Fault, Outcome};

/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const ZIP_MAX: usize = 50 * 1024 * 1024;
const UNZIPPED_MAX: u64 = 262_144_000;

/// One zip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Code {
    /// Base64, as the API has it.
    pub(crate) sha256: String,
    /// The same in hexadecimal: the name of the folder it is unpacked in.
    pub(crate) folder: String,
    pub(crate) size: usize,
}

impl Code {
    /// Unpacks a base64 zip below `root`, beside a copy of the zip itself.
    pub(crate) fn unpack(zip: &str, root: &Path) -> Outcome<Self> {
        let bytes = STANDARD.decode(zip).map_err(|_| unreadable())?;
        if bytes.len() > ZIP_MAX {
            let message = format!("Zipped size must be smaller than {ZIP_MAX} bytes");
            return Err(Fault::new(413, "RequestEntityTooLargeException", message));
        }
        let hash = digest::digest(&digest::SHA256, &bytes);
        let folder = hex::encode(hash);
        let target = root.join(&folder);
        if !target.exists() {
            // Unpacked aside and renamed, so that a folder that exists is complete.
            let draft = root.join(format!("{folder}.{}", reply::request_id()));
            let unpacked = extract(&bytes, &draft).and_then(|()| {
                std::fs::write(root.join(format!("{folder}.zip")), &bytes)?;
                std::fs::rename(&draft, &target)
                    .with_context(|| format!("cannot unpack to {}", target.display()))?;
                Ok(())
            });
            let _ = std::fs::remove_dir_all(&draft);
            if !target.exists() {
                unpacked?;
            }
        }
        Ok(Self { sha256: STANDARD.encode(hash), folder, size: bytes.len() })
    }
}

fn extract(bytes: &[u8], target: &Path) -> Outcome<()> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| unreadable())?;
    let mut size = 0;
    for index in 0..archive.len() {
        size += archive.by_index(index).map_err(|_| unreadable())?.size();
    }
    if size > UNZIPPED_MAX {
        return Err(invalid(format!("Unzipped size must be smaller than {UNZIPPED_MAX} bytes")));
    }
    if archive.is_empty() {
        return Err(invalid("Uploaded file must be a non-empty zip"));
    }
    std::fs::create_dir_all(target)?;
    archive.extract(target).map_err(|_| unreadable())
}

fn unreadable() -> Fault {
    invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
}
