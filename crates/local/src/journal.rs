//! What has happened to objects since the account was last written as a whole, a line for each key:
//! an upload costs what it changes, however many objects there are.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

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

/// The first line: the hash of the account that the rest happened to.
#[derive(Serialize, Deserialize)]
struct Head {
    account: String,
}

/// A journal that is being written.
pub(crate) struct Journal {
    file: File,
    length: u64,
}

/// An empty one that has not taken the place of its forerunner yet.
pub(crate) struct Draft {
    path: PathBuf,
    journal: Journal,
}

impl Draft {
    pub(crate) fn begin(self) -> Result<Journal> {
        std::fs::rename(draft(&self.path), &self.path)
            .with_context(|| format!("cannot write {}", self.path.display()))?;
        Ok(self.journal)
    }
}

fn draft(path: &Path) -> PathBuf {
    path.with_extension("new")
}

impl Journal {
    /// Makes an empty one for the account with that hash.
    pub(crate) fn draft(path: &Path, account: &str) -> Result<Draft> {
        let head = serde_json::to_string(&Head { account: account.to_owned() })? + "\n";
        let create = || {
            let mut file = File::create(draft(path))?;
            file.write_all(head.as_bytes())?;
            Ok::<_, std::io::Error>(file)
        };
        let file = create().with_context(|| format!("cannot write {}", path.display()))?;
        let journal = Self { file, length: head.len() as u64 };
        Ok(Draft { path: path.to_owned(), journal })
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

/// Carries out what a journal says about the account with that hash; true when it says anything. A
/// last line without its end was being written in a crash, and nobody was told that it happened.
pub(crate) fn replay(path: &Path, account: &str, cloud: &mut Cloud) -> Result<bool> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let mut lines = text.split_inclusive('\n').filter(|it| it.ends_with('\n'));
    let head = lines.next().and_then(|it| serde_json::from_str::<Head>(it).ok());
    if head.is_none_or(|it| it.account != account) {
        return Ok(false);
    }
    let mut any = false;
    for line in lines {
        let line: Line = serde_json::from_str(line)
            .with_context(|| format!("cannot read {}", path.display()))?;
        // Its bucket can only be missing in a file that somebody has edited.
        let Some(bucket) = cloud.buckets.get_mut(&line.bucket) else { continue };
        if line.versions.is_empty() {
            bucket.objects.remove(&line.key);
        } else {
            bucket.objects.insert(line.key, line.versions);
        }
        any = true;
    }
    Ok(any)
}
