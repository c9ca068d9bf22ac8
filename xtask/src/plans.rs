//! Plans in files: one that was approved, and those that were shown here, by their digests, so that
//! `deploy --expect` can say how what would be done now differs from what was approved.
//!
//! Nothing is decided by the latter. Whoever removes the folder loses that explanation, and nothing else.

use anyhow::Result;
use config::Invalid;
use engine::{Approved, Refused, Review};
use std::fs;
use std::path::{Path, PathBuf};

/// How many stay.
const KEPT: usize = 32;

/// Below the state folder.
const FOLDER: &str = "plans";

/// A plan in a file that somebody named.
pub(crate) struct Given {
    pub(crate) file: PathBuf,
    pub(crate) plan: Approved,
}

/// The plan in that file, before anybody else is asked for anything.
///
/// # Errors
/// [`Invalid`]: it cannot be read. [`Refused`]: it is no plan.
pub(crate) fn given(file: Option<&Path>) -> Result<Option<Given>> {
    let Some(file) = file else { return Ok(None) };
    let name = file.display();
    let text = fs::read_to_string(file).map_err(|error| Invalid {
        message: format!("cannot read {name}: {error}"),
        hint: "write it with `cargo xtask plan --out FILE`".to_owned(),
    })?;
    let plan = Approved::parse(&text).map_err(|error| Refused {
        message: format!("{name} is no plan to go by: {error:#}"),
        hint: "write it with `cargo xtask plan --out FILE`, and change nothing in it".to_owned(),
    })?;
    Ok(Some(Given { file: file.to_owned(), plan }))
}

/// Whether a digest is one, with the name of the hash or without.
pub(crate) fn digest(text: &str) -> Result<String, String> {
    let plain = text.strip_prefix("sha256:").unwrap_or(text);
    let is_digest = plain.len() == 64 && plain.bytes().all(|it| it.is_ascii_hexdigit());
    let text = is_digest.then(|| text.to_ascii_lowercase());
    text.ok_or_else(|| "expected sha256: and 64 hexadecimal digits, as `plan` prints it".to_owned())
}

/// Keeps it, if that is possible at all: not in a folder that cannot be written to.
pub(crate) fn remember(state: &Path, review: &Review) {
    let folder = state.join(FOLDER);
    if let Some(digest) = &review.digest
        && fs::create_dir_all(&folder).is_ok()
    {
        let file = folder.join(format!("{}.json", plain(digest)));
        // Whole or not at all: another command may read it.
        let beside = folder.join(format!("{}.{}.partial", plain(digest), std::process::id()));
        let written = fs::write(&beside, format!("{:#}\n", review.to_json()));
        let _ = written.and_then(|()| fs::rename(&beside, file));
        forget(&folder);
    }
}

/// The oldest ones.
fn forget(folder: &Path) {
    let mut all: Vec<_> = plans(folder)
        .filter_map(|file| Some((fs::metadata(&file).ok()?.modified().ok()?, file)))
        .collect();
    all.sort();
    for (_, file) in all.iter().take(all.len().saturating_sub(KEPT)) {
        let _ = fs::remove_file(file);
    }
}

/// The plan with that digest, and where it is: among those that were shown here, or in a folder
/// `plans` beside the configuration, where teams commit theirs.
pub(crate) fn find(digest: &str, state: &Path, config: &Path) -> Option<(PathBuf, Approved)> {
    let committed = config.parent().unwrap_or(Path::new("")).join(FOLDER);
    let shown = state.join(FOLDER).join(format!("{}.json", plain(digest)));
    let mut files = [shown].into_iter().chain(plans(&committed));
    let read = |file: PathBuf| {
        let plan = Approved::parse(&fs::read_to_string(&file).ok()?).ok()?;
        (plain(plan.digest()) == plain(digest)).then_some((file, plan))
    };
    files.find_map(read)
}

fn plans(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.map(|it| it.path());
    files.filter(|it| it.extension().is_some_and(|it| it == "json"))
}

/// Without the name of the hash, and without what could lead out of the folder.
fn plain(digest: &str) -> String {
    let digest = digest.strip_prefix("sha256:").unwrap_or(digest);
    digest.chars().filter(char::is_ascii_alphanumeric).collect()
}
