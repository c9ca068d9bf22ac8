//! The images in the bucket: what a teardown must not remove without being told so.

use crate::explain::{Explain, found};
use crate::wait::Wait;
use crate::{Clients, Reporter};
use anyhow::{Context, Result, bail};
use aws_sdk_s3::operation::delete_objects::DeleteObjectsOutput;
use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;
use aws_sdk_s3::types::{Delete, MultipartUpload, ObjectIdentifier};
use config::Names;
use engine::Failed;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Requests that delete, at a time: S3 takes 3500 a second on one prefix (S3 user guide, "Best
/// practices design patterns").
const AT_ONCE: usize = 8;

/// How often something is tried again that S3 did not let go of, and for how long at most.
const ROUNDS: u32 = 6;
const DEADLINE: Duration = Duration::from_mins(1);

/// Codes of single keys that are worth another try (S3 API, "Error responses").
const PASSING: [&str; 3] = ["InternalError", "ServiceUnavailable", "SlowDown"];

/// One key that S3 did not delete, inside an answer that is a 200.
#[derive(Debug, PartialEq)]
struct Kept {
    key: String,
    code: String,
    message: String,
}

/// One pass over everything that was there.
#[derive(Default)]
struct Sweep {
    deleted: u64,
    kept: Vec<Kept>,
}

/// Where the next page begins: key and version.
type Marker = (Option<String>, Option<String>);

/// How many versions and delete markers the bucket holds, by its first page: 1000 is "at least".
/// None if there is no bucket.
///
/// # Errors
/// The bucket cannot be listed.
pub async fn count_images(clients: &Clients, names: &Names) -> Result<u64> {
    let page = list(clients, names, (None, None)).await.context("cannot count the images")?;
    Ok(u64::try_from(page.0.len())?)
}

/// Empties the bucket for good, old versions and unfinished uploads included. Nothing is remembered
/// between runs but the bucket itself: what is gone is gone.
///
/// # Errors
/// A key that cannot be deleted, when all others are; or the bucket cannot be listed.
pub async fn delete_images(clients: &Clients, names: &Names, report: &Reporter) -> Result<u64> {
    let wait = Wait::new("S3 to delete what it has kept", DEADLINE, report);
    let (mut deleted, mut round, mut pauses) = (0, 0, wait.pauses());
    loop {
        let sweep = sweep(clients, names, deleted, report).await?;
        deleted += sweep.deleted;
        if sweep.kept.is_empty() && sweep.deleted == 0 {
            break;
        }
        if sweep.kept.is_empty() {
            continue;
        }
        round += 1;
        let passing = sweep.kept.iter().all(|it| PASSING.contains(&it.code.as_str()));
        if round == ROUNDS || !passing || !pauses.next().await {
            return Err(refusal(&sweep.kept));
        }
    }
    abort_uploads(clients, names, report).await.context("cannot abort the unfinished uploads")?;
    Ok(deleted)
}

/// Deletes these versions of these keys, and no other.
///
/// # Errors
/// One of them cannot be deleted.
pub async fn delete_versions(
    clients: &Clients,
    names: &Names,
    all: &[(String, String)],
) -> Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    let one = |(key, version): &(String, String)| {
        ObjectIdentifier::builder().key(key).version_id(version).build()
    };
    let page = all.iter().map(one).collect::<Result<_, _>>()?;
    let sweep = delete(clients, names, page).await.context("cannot delete the images")?;
    if sweep.kept.is_empty() { Ok(()) } else { Err(refusal(&sweep.kept)) }
}

/// Where S3 itself serves that object to whoever may read it; `key` is not escaped.
#[must_use]
pub fn object_url(clients: &Clients, names: &Names, key: &str) -> String {
    let Names { bucket, region, .. } = names;
    match &clients.endpoint_url {
        Some(endpoint) => format!("{endpoint}/{bucket}/{key}"),
        None => format!("https://{bucket}.s3.{region}.amazonaws.com/{key}"),
    }
}

fn refusal(kept: &[Kept]) -> anyhow::Error {
    let first = kept.first().map_or_else(String::new, |Kept { key, code, message }| {
        format!(", first `{key}`: {code}: {message}")
    });
    anyhow::anyhow!("cannot delete {} of the images{first}", kept.len())
}

/// Lists page after page, and deletes several at a time while it goes on listing.
async fn sweep(clients: &Clients, names: &Names, before: u64, report: &Reporter) -> Result<Sweep> {
    let (slots, mut tasks) = (Arc::new(Semaphore::new(AT_ONCE)), JoinSet::new());
    let (mut all, mut next) = (Sweep::default(), Some((None, None)));
    while let Some(marker) = next {
        let (page, more) = list(clients, names, marker).await.context("cannot list the images")?;
        next = more;
        if !page.is_empty() {
            let slot = Arc::clone(&slots).acquire_owned().await?;
            let (clients, names) = (clients.clone(), names.clone());
            tasks.spawn(async move {
                let _slot = slot;
                delete(&clients, &names, page).await
            });
        }
        while let Some(done) = tasks.try_join_next() {
            all.add(done?.context("cannot delete the images")?, before, report);
        }
    }
    while let Some(done) = tasks.join_next().await {
        all.add(done?.context("cannot delete the images")?, before, report);
    }
    Ok(all)
}

impl Sweep {
    fn add(&mut self, page: Self, before: u64, report: &Reporter) {
        self.deleted += page.deleted;
        self.kept.extend(page.kept);
        report.came_to(&format!("{} images and old versions deleted", before + self.deleted));
    }
}

/// A page of up to 1000 (S3 API, `ListObjectVersions`), and where the next one begins.
async fn list(
    clients: &Clients,
    names: &Names,
    (key, version): Marker,
) -> Result<(Vec<ObjectIdentifier>, Option<Marker>)> {
    let list = clients.s3.list_object_versions().bucket(&names.bucket);
    let list = list.set_key_marker(key).set_version_id_marker(version);
    let page = list.expected_bucket_owner(&names.account).send().await.explain();
    let Some(page) = found(page, &["NoSuchBucket"])? else { return Ok((Vec::new(), None)) };
    let ListObjectVersionsOutput { versions, delete_markers, is_truncated, .. } = page;
    let next = is_truncated.unwrap_or(false);
    let next = next.then_some((page.next_key_marker, page.next_version_id_marker));
    let versions = versions.into_iter().flatten().map(|it| (it.key, it.version_id));
    let markers = delete_markers.into_iter().flatten().map(|it| (it.key, it.version_id));
    let objects = versions.chain(markers).map(|(key, version)| {
        let key = key.context("S3 listed an object without a key")?;
        Ok(ObjectIdentifier::builder().key(key).set_version_id(version).build()?)
    });
    Ok((objects.collect::<Result<_>>()?, next))
}

async fn delete(clients: &Clients, names: &Names, page: Vec<ObjectIdentifier>) -> Result<Sweep> {
    let count = u64::try_from(page.len())?;
    let delete = Delete::builder().set_objects(Some(page)).quiet(true).build()?;
    let call = clients.s3.delete_objects().bucket(&names.bucket).delete(delete);
    let answer = call.expected_bucket_owner(&names.account).send().await.explain()?;
    let kept = kept(&answer);
    Ok(Sweep { deleted: count.saturating_sub(u64::try_from(kept.len())?), kept })
}

/// S3 reports what it could not delete inside a 200 (S3 API, `DeleteObjects`).
fn kept(answer: &DeleteObjectsOutput) -> Vec<Kept> {
    let text = |it: &Option<String>| it.clone().unwrap_or_default();
    let errors = answer.errors().iter();
    let kept = errors.map(|it| Kept {
        key: text(&it.key),
        code: text(&it.code),
        message: text(&it.message),
    });
    kept.collect()
}

/// Page after page, until none is listed. One that is listed again was written to meanwhile (S3 API,
/// `AbortMultipartUpload`): it is aborted again, but not for ever.
async fn abort_uploads(clients: &Clients, names: &Names, report: &Reporter) -> Result<()> {
    let wait = Wait::new("S3 to forget the unfinished uploads", DEADLINE, report);
    let (mut aborted, mut round, mut pauses) = (BTreeSet::new(), 0, wait.pauses());
    loop {
        let list = clients.s3.list_multipart_uploads().bucket(&names.bucket);
        let page = list.expected_bucket_owner(&names.account).send().await.explain();
        let uploads = found(page, &["NoSuchBucket"])?.and_then(|it| it.uploads).unwrap_or_default();
        if uploads.is_empty() {
            return Ok(());
        }
        let new = uploads.iter().filter(|it| aborted.insert(it.upload_id.clone())).count();
        if new == 0 {
            round += 1;
            if round == ROUNDS || !pauses.next().await {
                return Err(still_written(&uploads).into());
            }
        }
        abort_all(clients, names, uploads).await?;
    }
}

fn still_written(uploads: &[MultipartUpload]) -> Failed {
    let first = uploads.first().and_then(|it| it.key.as_deref()).unwrap_or_default();
    let count = uploads.len();
    Failed {
        message: format!("S3 still lists {count} that were aborted, first one of `{first}`"),
        hint: "somebody may still be uploading their parts: stop that, then run the same command \
               again"
            .to_owned(),
    }
}

async fn abort_all(clients: &Clients, names: &Names, uploads: Vec<MultipartUpload>) -> Result<()> {
    let mut tasks = JoinSet::new();
    for upload in uploads {
        tasks.spawn(abort(clients.clone(), names.clone(), upload));
        if tasks.len() == AT_ONCE
            && let Some(done) = tasks.join_next().await
        {
            done??;
        }
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(())
}

async fn abort(clients: Clients, names: Names, upload: MultipartUpload) -> Result<()> {
    let Some(id) = upload.upload_id else { bail!("S3 listed an upload without an id") };
    let abort = clients.s3.abort_multipart_upload().bucket(&names.bucket).upload_id(id);
    let abort = abort.set_key(upload.key).expected_bucket_owner(&names.account);
    found(abort.send().await.explain(), &["NoSuchUpload"])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_s3::types::Error;

    #[test]
    fn what_a_200_kept_is_seen_and_said() {
        let error = Error::builder().key("a.png").code("AccessDenied").message("no").build();
        let kept = kept(&DeleteObjectsOutput::builder().errors(error).build());
        assert_eq!(
            refusal(&kept).to_string(),
            "cannot delete 1 of the images, first `a.png`: AccessDenied: no"
        );
    }
}
