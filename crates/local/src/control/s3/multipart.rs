//! Uploads in parts: begun, filled, completed or aborted. What is unfinished takes room and shows in
//! no list of objects.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};

use axum::body::Body;
use axum::response::Response;
use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};

use crate::clock::{self, Millis};
use crate::control::reply;
use crate::control::s3::bucket::{Bucket, Content};
use crate::control::s3::{Call, XMLNS, malformed_xml, no_bucket};
use crate::fault::{Fault, Outcome};
use crate::xml::Element;

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const PARTS_MAX: u32 = 10_000;
/// Of every part but the last.
const PART_MIN: u64 = 5 * 1024 * 1024;
const PAGE_MAX: usize = 1000;

/// One that was begun.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Upload {
    pub(crate) key: String,
    begun: Millis,
    /// What the object will have: content type, user metadata, …
    headers: BTreeMap<String, String>,
    /// By their numbers.
    pub(crate) parts: BTreeMap<u32, Part>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Part {
    /// The name of the file that holds the bytes.
    pub(crate) file: String,
    size: u64,
    /// Quoted, as HTTP writes it.
    etag: String,
    received: Millis,
}

impl Call<'_> {
    pub(crate) fn create_upload(&self) -> Outcome<Response> {
        let id = reply::request_id().replace('-', "");
        let (begun, headers) = (self.control.store.clock.now(), self.kept());
        let upload = Upload { key: self.key.clone(), begun, headers, parts: BTreeMap::new() };
        self.control.store.write(|cloud| {
            let bucket = cloud.buckets.get_mut(&self.bucket).ok_or_else(no_bucket)?;
            bucket.uploads.insert(id.clone(), upload);
            Ok(())
        })?;
        let body = Element::new("InitiateMultipartUploadResult")
            .with_leaf("Bucket", &self.bucket)
            .with_leaf("Key", &self.key)
            .with_leaf("UploadId", id);
        Ok(reply::xml(200, XMLNS, &body))
    }

    pub(crate) async fn upload_part(&self, body: Body) -> Outcome<Response> {
        let number: u32 = self.parameter("partNumber").parse().unwrap_or(0);
        if !(1..=PARTS_MAX).contains(&number) {
            let message = "Part number must be an integer between 1 and 10000, inclusive";
            return Err(Fault::new(400, "InvalidArgument", message));
        }
        self.with_upload(|_| Ok(()))?;
        let file = reply::request_id();
        let path = self.control.store.upload(&file);
        let received = self.receive(body, &path).await;
        let outcome = received.and_then(|(size, summary)| {
            let (received, etag) = (self.control.store.clock.now(), format!("\"{}\"", summary.md5));
            let part = Part { file: file.clone(), size, etag: etag.clone(), received };
            std::fs::rename(&path, self.control.store.object(&file))?;
            let replaced = self.change_upload(|it| Ok(it.parts.insert(number, part)))?;
            self.forget(replaced);
            let mut response = reply::empty(200);
            reply::set(&mut response, "etag", &etag);
            Ok(response)
        });
        let _ = tokio::fs::remove_file(&path).await;
        outcome
    }

    pub(crate) async fn complete_upload(&self, body: Body) -> Outcome<Response> {
        let wanted = Element::parse(&self.text(body).await?).map_err(|_| malformed_xml())?;
        let upload = self.with_upload(|it| Ok(it.clone()))?;
        let chosen = chosen(&upload, &wanted)?;
        let file = reply::request_id();
        let content = self.join(&upload, &chosen, file)?;
        let (store, etag) = (&self.control.store, content.etag.clone());
        let written = store.write(|cloud| {
            let bucket = cloud.buckets.get_mut(&self.bucket).ok_or_else(no_bucket)?;
            self.precondition_in(bucket)?;
            let parts = bucket.uploads.remove(self.id()).map(|it| it.parts).unwrap_or_default();
            let added = super::upload::add(bucket, &self.key, Some(content), store.clock.now());
            Ok((parts, added))
        });
        let (parts, (_, replaced)) = written?;
        self.forget(parts.into_values());
        self.discard(replaced);
        let body = Element::new("CompleteMultipartUploadResult")
            .with_leaf("Bucket", &self.bucket)
            .with_leaf("Key", &self.key)
            .with_leaf("ETag", etag);
        Ok(reply::xml(200, XMLNS, &body))
    }

    pub(crate) fn abort_upload(&self) -> Outcome<Response> {
        self.with_upload(|_| Ok(()))?;
        let parts = self.control.store.write(|cloud| {
            let bucket = cloud.buckets.get_mut(&self.bucket).ok_or_else(no_bucket)?;
            Ok(bucket.uploads.remove(self.id()).map(|it| it.parts).unwrap_or_default())
        })?;
        self.forget(parts.into_values());
        Ok(reply::empty(204))
    }

    pub(crate) fn list_uploads(&self) -> Outcome<Response> {
        let after = (self.parameter("key-marker"), self.parameter("upload-id-marker"));
        let prefix = self.parameter("prefix");
        let mut all: Vec<(String, String, Millis)> = self.control.store.read(|cloud| {
            let bucket = cloud.buckets.get(&self.bucket).ok_or_else(no_bucket)?;
            let all = bucket.uploads.iter().filter(|(_, it)| it.key.starts_with(prefix));
            Ok::<_, Fault>(all.map(|(id, it)| (it.key.clone(), id.clone(), it.begun)).collect())
        })?;
        all.sort();
        all.retain(|(key, id, _)| (key.as_str(), id.as_str()) > after);
        let size = self.parameter("max-uploads").parse().unwrap_or(PAGE_MAX).min(PAGE_MAX);
        let truncated = all.len() > size;
        all.truncate(size);
        let mut body = Element::new("ListMultipartUploadsResult")
            .with_leaf("Bucket", &self.bucket)
            .with_leaf("MaxUploads", size)
            .with_leaf("IsTruncated", truncated);
        if let (true, Some((key, id, _))) = (truncated, all.last()) {
            body = body.with_leaf("NextKeyMarker", key).with_leaf("NextUploadIdMarker", id);
        }
        let upload = |(key, id, begun): &(String, String, Millis)| {
            Element::new("Upload")
                .with_leaf("Key", key)
                .with_leaf("UploadId", id)
                .with_leaf("Initiated", clock::iso8601(*begun))
                .with_leaf("StorageClass", "STANDARD")
        };
        Ok(reply::xml(200, XMLNS, &body.with_all(all.iter().map(upload))))
    }

    pub(crate) fn list_parts(&self) -> Outcome<Response> {
        let upload = self.with_upload(|it| Ok(it.clone()))?;
        let part = |(number, it): (&u32, &Part)| {
            Element::new("Part")
                .with_leaf("PartNumber", number)
                .with_leaf("LastModified", clock::iso8601(it.received))
                .with_leaf("ETag", &it.etag)
                .with_leaf("Size", it.size)
        };
        let body = Element::new("ListPartsResult")
            .with_leaf("Bucket", &self.bucket)
            .with_leaf("Key", &self.key)
            .with_leaf("UploadId", self.id())
            .with_leaf("IsTruncated", false)
            .with_all(upload.parts.iter().map(part));
        Ok(reply::xml(200, XMLNS, &body))
    }

    fn id(&self) -> &str {
        self.parameter("uploadId")
    }

    fn with_upload<T>(&self, look: impl FnOnce(&Upload) -> Outcome<T>) -> Outcome<T> {
        self.control.store.read(|cloud| {
            let bucket = cloud.buckets.get(&self.bucket).ok_or_else(no_bucket)?;
            look(find(bucket, self.id(), &self.key)?)
        })
    }

    fn change_upload<T>(&self, edit: impl FnOnce(&mut Upload) -> Outcome<T>) -> Outcome<T> {
        self.control.store.write(|cloud| {
            let bucket = cloud.buckets.get_mut(&self.bucket).ok_or_else(no_bucket)?;
            find(bucket, self.id(), &self.key)?;
            edit(bucket.uploads.get_mut(self.id()).ok_or_else(no_upload)?)
        })
    }

    /// One file of all parts. The tag of the object is no hash of its content, but one of the hashes
    /// of its parts (S3 user guide, "Checking object integrity").
    fn join(&self, upload: &Upload, parts: &[&Part], file: String) -> Outcome<Content> {
        let store = &self.control.store;
        let mut whole = std::fs::File::create(store.object(&file))?;
        let mut hashes = Md5::new();
        for part in parts {
            let mut bytes = Vec::new();
            std::fs::File::open(store.object(&part.file))?.read_to_end(&mut bytes)?;
            whole.write_all(&bytes)?;
            hashes.update(hex::decode(part.etag.trim_matches('"')).unwrap_or_default());
        }
        let etag = format!("\"{}-{}\"", hex::encode(hashes.finalize()), parts.len());
        let size = parts.iter().map(|it| it.size).sum();
        Ok(Content { file, size, etag, headers: upload.headers.clone() })
    }

    /// A file that cannot be removed is left over, and harms nobody.
    fn forget(&self, parts: impl IntoIterator<Item = Part>) {
        for part in parts {
            let _ = std::fs::remove_file(self.control.store.object(&part.file));
        }
    }
}

fn find<'a>(bucket: &'a Bucket, id: &str, key: &str) -> Outcome<&'a Upload> {
    bucket.uploads.get(id).filter(|it| it.key == key).ok_or_else(no_upload)
}

/// The parts that the client names, in its order.
fn chosen<'a>(upload: &'a Upload, wanted: &Element) -> Outcome<Vec<&'a Part>> {
    let named = wanted.children.iter().filter(|it| it.name == "Part");
    let mut parts: Vec<(u32, &Part)> = Vec::new();
    for it in named {
        let number: u32 = it.text_at("PartNumber").parse().map_err(|_| malformed_xml())?;
        let plain = |etag: &str| etag.trim_matches('"').to_owned();
        let part = upload.parts.get(&number);
        let part = part.filter(|part| plain(&part.etag) == plain(it.text_at("ETag")));
        let part = part.ok_or_else(|| {
            let message = "One or more of the specified parts could not be found.";
            Fault::new(400, "InvalidPart", message)
        })?;
        if parts.last().is_some_and(|(last, _)| *last >= number) {
            let message = "The list of parts was not in ascending order.";
            return Err(Fault::new(400, "InvalidPartOrder", message));
        }
        parts.push((number, part));
    }
    let (_, firsts) = parts.split_last().ok_or_else(malformed_xml)?;
    if firsts.iter().any(|(_, it)| it.size < PART_MIN) {
        let message = "Your proposed upload is smaller than the minimum allowed size";
        return Err(Fault::new(400, "EntityTooSmall", message));
    }
    Ok(parts.into_iter().map(|(_, part)| part).collect())
}

fn no_upload() -> Fault {
    let message = "The specified upload does not exist. The upload ID may be invalid, or the upload \
                   may have been aborted or completed.";
    Fault::new(404, "NoSuchUpload", message)
}
