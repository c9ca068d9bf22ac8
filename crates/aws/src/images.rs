//! The images in the bucket: what a teardown must not remove without being told so.

use crate::explain::{Explain, found};
use crate::{Clients, Reporter};
use anyhow::{Context, Result, bail};
use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use config::Names;

/// How many versions and delete markers the bucket holds, by its first page: 1000 is "at least".
/// None if there is no bucket.
///
/// # Errors
/// The bucket cannot be listed.
pub async fn count_images(clients: &Clients, names: &Names) -> Result<u64> {
    let page = list(clients, names).await.context("cannot count the images")?;
    Ok(u64::try_from(page.len())?)
}

/// Empties the bucket for good, old versions and unfinished uploads included.
///
/// # Errors
/// A key that cannot be deleted, or the bucket cannot be listed.
pub async fn delete_images(clients: &Clients, names: &Names, report: &Reporter) -> Result<u64> {
    let mut deleted = 0;
    // Always the first page: what it held is gone when the next one is asked for.
    loop {
        let page = list(clients, names).await.context("cannot list the images")?;
        if page.is_empty() {
            break;
        }
        deleted += u64::try_from(page.len())?;
        delete(clients, names, page).await.context("cannot delete the images")?;
        report(&format!("{deleted} images and old versions deleted"));
    }
    abort_uploads(clients, names).await.context("cannot abort the unfinished uploads")?;
    Ok(deleted)
}

/// The first page: S3 lists and deletes up to 1000 at a time (S3 API, `DeleteObjects`).
async fn list(clients: &Clients, names: &Names) -> Result<Vec<ObjectIdentifier>> {
    let list = clients.s3.list_object_versions().bucket(&names.bucket);
    let page = list.expected_bucket_owner(&names.account).send().await.explain();
    let Some(page) = found(page, &["NoSuchBucket"])? else { return Ok(Vec::new()) };
    let ListObjectVersionsOutput { versions, delete_markers, .. } = page;
    let versions = versions.into_iter().flatten().map(|it| (it.key, it.version_id));
    let markers = delete_markers.into_iter().flatten().map(|it| (it.key, it.version_id));
    let objects = versions.chain(markers).map(|(key, version)| {
        let key = key.context("S3 listed an object without a key")?;
        Ok(ObjectIdentifier::builder().key(key).set_version_id(version).build()?)
    });
    objects.collect()
}

async fn delete(clients: &Clients, names: &Names, page: Vec<ObjectIdentifier>) -> Result<()> {
    let delete = Delete::builder().set_objects(Some(page)).quiet(true).build()?;
    let call = clients.s3.delete_objects().bucket(&names.bucket).delete(delete);
    let answer = call.expected_bucket_owner(&names.account).send().await.explain()?;
    // S3 reports what it could not delete inside a 200.
    let errors = answer.errors.unwrap_or_default();
    if let Some(first) = errors.first() {
        let (key, code) = (first.key.as_deref(), first.code.as_deref());
        let message = first.message.as_deref().unwrap_or_default();
        let key = key.unwrap_or_default();
        bail!("{} of them, first `{key}`: {}: {message}", errors.len(), code.unwrap_or_default());
    }
    Ok(())
}

async fn abort_uploads(clients: &Clients, names: &Names) -> Result<()> {
    loop {
        let list = clients.s3.list_multipart_uploads().bucket(&names.bucket);
        let page = list.expected_bucket_owner(&names.account).send().await.explain();
        let uploads = found(page, &["NoSuchBucket"])?.and_then(|it| it.uploads).unwrap_or_default();
        if uploads.is_empty() {
            return Ok(());
        }
        for upload in uploads {
            let abort = clients.s3.abort_multipart_upload().bucket(&names.bucket);
            let abort = abort.set_key(upload.key).set_upload_id(upload.upload_id);
            let answer = abort.expected_bucket_owner(&names.account).send().await.explain();
            found(answer, &["NoSuchUpload"])?;
        }
    }
}
