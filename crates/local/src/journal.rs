//! What has happened to objects since the account was last written as a whole, a line for each key:
//! an upload costs what it changes, however many objects there are.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::control::s3::bucket::{Bucket, Version};
use crate::store::Cloud;

/// The versions that a key has now.
#[derive(Serialize, Deserialize)]
struct Line {
    bucket: String,
    key: String,
    versions: Vec<Version>,
}

/// A journal that is being written.
pub(crate) struct Journal {
    file: File,
    length: u64,
}

impl Journal {
    /// Starts an empty one.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let file = File::create(path);
        let file = file.with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Self { file, length: 0 })
    }

    /// Adds what some keys of a bucket are now: all of it or, when the disk is full, nothing. It
    /// survives a crash of this process; one of the machine would lose the bodies as well.
    pub(crate) fn append(&mut self, name: &str, bucket: &Bucket, keys: &[&str]) -> Result<()> {
        let mut lines = Vec::new();
        for key in keys {
            let versions = bucket.objects.get(*key).cloned().unwrap_or_default();
            let line = Line { bucket: name.to_owned(), key: (*key).to_owned(), versions };
            serde_json::to_writer(&mut lines, &line)?;
            lines.push(b'\n');
        }
        if let Err(error) = self.file.write_all(&lines) {
            let back = self.file.set_len(self.length);
            let back = back.and_then(|()| self.file.seek(SeekFrom::Start(self.length)));
            back.context("cannot take back what was half written")?;
            return Err(error).context("cannot write to the journal");
        }
        self.length += lines.len() as u64;
        Ok(())
    }
}

/// Carries out what a journal says; true when it says anything. A last line without its end was
/// being written in a crash, and nobody was told that it happened.
pub(crate) fn replay(path: &Path, cloud: &mut Cloud) -> Result<bool> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    for line in text.split_inclusive('\n').filter(|it| it.ends_with('\n')) {
        let line: Line = serde_json::from_str(line)
            .with_context(|| format!("cannot read {}", path.display()))?;
        // Its bucket can only be missing in a file that somebody has edited.
        let Some(bucket) = cloud.buckets.get_mut(&line.bucket) else { continue };
        if line.versions.is_empty() {
            bucket.objects.remove(&line.key);
        } else {
            bucket.objects.insert(line.key, line.versions);
        }
    }
    Ok(!text.is_empty())
}
