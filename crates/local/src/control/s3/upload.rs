//! `PutObject`: streams the body to a file, then makes it the current version.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::response::Response;
use tokio::io::AsyncWriteExt as _;

use crate::control::reply;
use crate::control::s3::body::{self, Summary};
use crate::control::s3::bucket::{Bucket, Content, Version, Versioning};
use crate::control::s3::{Call, denied, no_bucket};
use crate::fault::{Fault, Outcome};

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html>
const OBJECT_MAX: u64 = 5 * 1024 * 1024 * 1024;
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>
const KEY_MAX: usize = 1024;

/// The request headers that become the object's own.
const KEPT: [&str; 8] = [
    "content-type",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "expires",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
];

impl Call<'_> {
    pub(crate) async fn put_object(&self, body: Body) -> Outcome<Response> {
        let size = self.check_upload()?;
        self.precondition()?;
        let file = reply::request_id();
        let path = self.control.store.upload(&file);
        let received = self.receive(body, &path).await;
        let outcome = match received {
            Ok((received, _)) if received != size => Err(Fault::new(
                400,
                "IncompleteBody",
                "You did not provide the number of bytes specified by the Content-Length HTTP header",
            )),
            Ok((_, summary)) => self.commit(&file, size, &summary),
            Err(fault) => Err(fault),
        };
        // After a successful commit the file has moved, and there is nothing left to remove.
        let _ = tokio::fs::remove_file(&path).await;
        outcome
    }

    /// What can be refused before the first byte is read; gives the length of the body.
    fn check_upload(&self) -> Outcome<u64> {
        if self.key.len() > KEY_MAX {
            return Err(Fault::new(400, "KeyTooLongError", "Your key is too long"));
        }
        if self.header("x-amz-copy-source").is_some() {
            return Err(Fault::not_implemented("s3:CopyObject"));
        }
        let length = self.header("x-amz-decoded-content-length").or(self.header("content-length"));
        let size: u64 = length.and_then(|it| it.parse().ok()).ok_or_else(|| {
            Fault::new(
                411,
                "MissingContentLength",
                "You must provide the Content-Length HTTP header.",
            )
        })?;
        if size > OBJECT_MAX {
            let message = "Your proposed upload exceeds the maximum allowed size";
            return Err(Fault::new(400, "EntityTooLarge", message));
        }
        let customer_key = "x-amz-server-side-encryption-customer-algorithm";
        let (enforced, blocked) = self.control.store.read(|cloud| {
            let bucket = cloud.buckets.get(&self.bucket);
            let blocks =
                |it: &Bucket| it.documents.get("encryption").is_some_and(|it| it.contains("SSE-C"));
            (bucket.is_some_and(Bucket::enforces_ownership), bucket.is_some_and(blocks))
        });
        let acl = self.header("x-amz-acl").is_some_and(|it| it != "bucket-owner-full-control");
        let grants = self.parts.headers.keys().any(|it| it.as_str().starts_with("x-amz-grant-"));
        if enforced && (acl || grants) {
            let message = "The bucket does not allow ACLs";
            return Err(Fault::new(400, "AccessControlListNotSupported", message));
        }
        if blocked && self.header(customer_key).is_some() {
            return Err(denied());
        }
        Ok(size)
    }

    /// `If-None-Match: *` and `If-Match`, on the version that is current now.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
    fn precondition(&self) -> Outcome<()> {
        self.control.store.read(|cloud| {
            let bucket = cloud.buckets.get(&self.bucket).ok_or_else(no_bucket)?;
            self.precondition_in(bucket)
        })
    }

    pub(crate) fn precondition_in(&self, bucket: &Bucket) -> Outcome<()> {
        let current = bucket.current(&self.key).map(|(_, it)| it.etag.as_str());
        let failed = |condition: &str| {
            let message = "At least one of the pre-conditions you specified did not hold";
            Err(Fault::new(412, "PreconditionFailed", format!("{message}: {condition}")))
        };
        match self.header("if-none-match") {
            Some("*") if current.is_some() => return failed("If-None-Match"),
            Some("*") | None => {}
            Some(_) => {
                return Err(Fault::not_implemented("If-None-Match with an ETag on an upload"));
            }
        }
        match (self.header("if-match"), current) {
            (Some(_), None) => {
                Err(Fault::new(404, "NoSuchKey", "The specified key does not exist."))
            }
            (Some(wanted), Some(etag)) if wanted.trim_matches('"') != etag.trim_matches('"') => {
                failed("If-Match")
            }
            _ => Ok(()),
        }
    }

    pub(crate) async fn receive(
        &self,
        body: Body,
        path: &std::path::Path,
    ) -> Outcome<(u64, Summary)> {
        let mut plain = body::plain(self, body)?;
        let mut file = tokio::fs::File::create(path).await?;
        while let Some(bytes) = plain.next().await? {
            if plain.size > OBJECT_MAX {
                let message = "Your proposed upload exceeds the maximum allowed size";
                return Err(Fault::new(400, "EntityTooLarge", message));
            }
            file.write_all(&bytes).await?;
        }
        file.flush().await?;
        file.sync_all().await?;
        Ok((plain.size, plain.finish()?))
    }

    fn commit(&self, file: &str, size: u64, summary: &Summary) -> Outcome<Response> {
        let store = &self.control.store;
        let etag = format!("\"{}\"", summary.md5);
        let content =
            Content { file: file.to_owned(), size, etag: etag.clone(), headers: self.kept() };
        std::fs::rename(store.upload(file), store.object(file))?;
        let written = store.write_objects(&self.bucket, &[&self.key], |bucket| {
            // Of several writers at once the first wins, so the condition is checked again.
            self.precondition_in(bucket)?;
            Ok(add(bucket, &self.key, Some(content), store.clock.now()))
        });
        let (id, replaced) =
            written.inspect_err(|_| drop(std::fs::remove_file(store.object(file))))?;
        self.discard(replaced);
        let mut response = reply::empty(200);
        reply::set(&mut response, "etag", &etag);
        reply::set(&mut response, "x-amz-server-side-encryption", "AES256");
        if let Some(id) = id {
            reply::set(&mut response, "x-amz-version-id", &id);
        }
        Ok(response)
    }

    /// Removes the bytes of versions that nothing names any more.
    pub(crate) fn discard(&self, contents: impl IntoIterator<Item = Content>) {
        for content in contents {
            // A file that cannot be removed is left over, and harms nobody.
            let _ = std::fs::remove_file(self.control.store.object(&content.file));
        }
    }

    pub(crate) fn kept(&self) -> BTreeMap<String, String> {
        let mut kept =
            BTreeMap::from([("content-type".to_owned(), "binary/octet-stream".to_owned())]);
        for (name, value) in &self.parts.headers {
            let name = name.as_str();
            let Ok(value) = value.to_str() else { continue };
            if KEPT.contains(&name) || name.starts_with("x-amz-meta-") {
                kept.insert(name.to_owned(), value.to_owned());
            }
        }
        // `aws-chunked` is how the body travelled, not what it is.
        let encoding = kept.remove("content-encoding").unwrap_or_default();
        let rest: Vec<&str> = encoding
            .split(',')
            .map(str::trim)
            .filter(|it| !it.is_empty() && *it != "aws-chunked")
            .collect();
        if !rest.is_empty() {
            kept.insert("content-encoding".to_owned(), rest.join(","));
        }
        kept
    }
}

/// Adds a version or a delete marker; gives its id (when the bucket has versions) and what it replaced.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html>
pub(crate) fn add(
    bucket: &mut Bucket,
    key: &str,
    content: Option<Content>,
    now: u64,
) -> (Option<String>, Option<Content>) {
    let versioning = bucket.versioning();
    let versions = bucket.objects.entry(key.to_owned()).or_default();
    let (id, replaced) = if versioning == Versioning::Enabled {
        (reply::request_id().replace('-', ""), None)
    } else {
        let at = versions.iter().position(|it| it.id == "null");
        ("null".to_owned(), at.and_then(|at| versions.remove(at).content))
    };
    versions.push(Version { id: id.clone(), modified: now, content });
    ((versioning != Versioning::Never).then_some(id), replaced)
}
