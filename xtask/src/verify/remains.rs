//! What a run leaves behind: its own uploads, unless it was told to delete them.

use super::edge::Upload;
use crate::output;
use crate::stack::Stack;
use anyhow::Result;

/// Deletes them if that was asked for, by the very versions that the edge answered with: what
/// somebody else has put there is another version. The keys of those that stay.
pub(super) async fn settle(
    stack: &Stack,
    uploads: Vec<Upload>,
    remains: Remains,
) -> Result<Vec<String>> {
    let all = uploads.into_iter().map(|Upload { key, version }| (key, version));
    let (known, mut left): (Vec<_>, Vec<_>) = all.partition(|(_, version)| version.is_some());
    match remains {
        Remains::Stay => left.extend(known),
        Remains::Go => {
            let doomed: Vec<_> =
                known.into_iter().filter_map(|(key, version)| Some((key, version?))).collect();
            aws::delete_versions(&stack.clients, &stack.names, &doomed).await?;
            for (key, version) in doomed {
                output::note(&format!("deleted {key}, version {version}"));
            }
        }
    }
    Ok(left.into_iter().map(|(key, _)| key).collect())
}

/// What becomes of the uploads.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Remains {
    Stay,
    Go,
}

/// The edge may serve copies for as long as any image's.
pub(super) fn tell(stack: &Stack, left: &[String]) {
    if left.is_empty() {
        return;
    }
    output::note(&format!("{} objects stay in {}:", left.len(), stack.names.bucket));
    for key in left {
        output::note(&format!("  {key}"));
    }
}
