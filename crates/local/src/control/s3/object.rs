//! Reading and deleting objects: versions, ranges, conditions and delete markers.

use axum::body::{Body, Bytes};
use axum::response::Response;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use crate::clock;
use crate::control::reply;
use crate::control::s3::bucket::{Bucket, Content, Version, Versioning};
use crate::control::s3::{Call, XMLNS, malformed_xml, no_bucket, upload};
use crate::fault::{Fault, Outcome};
use crate::xml::Element;

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>
const DELETE_MAX: usize = 1000;
const READ_SIZE: usize = 64 * 1024;

/// Query parameters of signed requests that replace a header of the answer.
const OVERRIDES: [(&str, &str); 6] = [
    ("response-cache-control", "cache-control"),
    ("response-content-disposition", "content-disposition"),
    ("response-content-encoding", "content-encoding"),
    ("response-content-language", "content-language"),
    ("response-content-type", "content-type"),
    ("response-expires", "expires"),
];

/// Why the first key of a `DeleteObjects` is to stay: a disturbance.
#[derive(Clone)]
pub(crate) struct KeptKey(pub(crate) String);

impl Call<'_> {
    pub(crate) fn head_object(&self) -> Outcome<Response> {
        let (version, content) = self.find()?;
        let mut response = self.answer(&version, &content);
        let range = self.range(&content, &mut response)?;
        reply::set(&mut response, "content-length", &range.len().to_string());
        Ok(response)
    }

    pub(crate) async fn get_object(&self) -> Outcome<Response> {
        let (version, content) = self.find()?;
        let mut response = self.answer(&version, &content);
        if response.status() == 304 {
            return Ok(response);
        }
        let range = self.range(&content, &mut response)?;
        let mut file = tokio::fs::File::open(self.control.store.object(&content.file)).await?;
        file.seek(std::io::SeekFrom::Start(range.start)).await?;
        reply::set(&mut response, "content-length", &range.len().to_string());
        *response.body_mut() = stream(file, range.len());
        Ok(response)
    }

    /// The version the request names, or the current one.
    fn find(&self) -> Outcome<(Version, Content)> {
        let found = self.control.store.read(|cloud| {
            let bucket = cloud.buckets.get(&self.bucket).ok_or_else(no_bucket)?;
            Ok::<_, Fault>(select(bucket, &self.key, self.parameter("versionId")).cloned())
        })?;
        let version = found.ok_or_else(|| self.no_key())?;
        let content = version.content.clone().ok_or_else(|| self.no_key())?;
        self.conditions(&version, &content)?;
        Ok((version, content))
    }

    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-reads.html>
    fn conditions(&self, version: &Version, content: &Content) -> Outcome<()> {
        let since = |name: &str| self.header(name).and_then(clock::from_http_date);
        let modified = version.modified / 1000 * 1000;
        let stale = match self.header("if-match") {
            Some(etags) => !names(etags, &content.etag),
            None => since("if-unmodified-since").is_some_and(|it| modified > it),
        };
        if stale {
            let message = "At least one of the pre-conditions you specified did not hold";
            return Err(Fault::new(412, "PreconditionFailed", message));
        }
        Ok(())
    }

    fn is_fresh(&self, version: &Version, content: &Content) -> bool {
        if let Some(etags) = self.header("if-none-match") {
            return names(etags, &content.etag);
        }
        let since = self.header("if-modified-since").and_then(clock::from_http_date);
        since.is_some_and(|it| version.modified / 1000 * 1000 <= it)
    }

    /// The head of the answer, without a length.
    fn answer(&self, version: &Version, content: &Content) -> Response {
        let status = if self.is_fresh(version, content) { 304 } else { 200 };
        let mut response = reply::empty(status);
        for (name, value) in &content.headers {
            if let (Ok(name), Ok(value)) = (name.parse::<http::HeaderName>(), value.parse()) {
                response.headers_mut().insert(name, value);
            }
        }
        for (parameter, header) in OVERRIDES {
            if let Some(value) = self.query.get(parameter) {
                reply::set(&mut response, header, value);
            }
        }
        reply::set(&mut response, "etag", &content.etag);
        reply::set(&mut response, "last-modified", &clock::http_date(version.modified));
        reply::set(&mut response, "accept-ranges", "bytes");
        reply::set(&mut response, "x-amz-server-side-encryption", "AES256");
        if version.id != "null" {
            reply::set(&mut response, "x-amz-version-id", &version.id);
        }
        response
    }

    fn range(&self, content: &Content, response: &mut Response) -> Outcome<Range> {
        let all = Range { start: 0, end: content.size };
        if response.status() != 200 {
            return Ok(all);
        }
        // A part of an older version is of no use (RFC 9110 §13.1.5).
        let stale = self.header("if-range").is_some_and(|it| {
            let headers = response.headers();
            ["etag", "last-modified"]
                .iter()
                .all(|name| headers.get(*name).is_none_or(|have| have != it))
        });
        match self.header("range").filter(|_| !stale).map(|it| Range::parse(it, content.size)) {
            None | Some(Wanted::All) => Ok(all),
            Some(Wanted::Nothing) => {
                Err(Fault::new(416, "InvalidRange", "The requested range is not satisfiable"))
            }
            Some(Wanted::Part(range)) => {
                *response.status_mut() = http::StatusCode::PARTIAL_CONTENT;
                reply::set(response, "content-range", &range.header(content.size));
                Ok(range)
            }
        }
    }

    pub(crate) fn delete_object(&self) -> Outcome<Response> {
        let id = self.query.get("versionId").map(String::as_str);
        let deleted = self.delete_keys(&[(self.key.clone(), id.map(str::to_owned))])?;
        let mut response = reply::empty(204);
        for it in deleted {
            if it.marker {
                reply::set(&mut response, "x-amz-delete-marker", "true");
            }
            if let Some(id) = it.id {
                reply::set(&mut response, "x-amz-version-id", &id);
            }
        }
        Ok(response)
    }

    pub(crate) async fn delete_objects(&self, body: Body) -> Outcome<Response> {
        let document = Element::parse(&self.text(body).await?).map_err(|_| malformed_xml())?;
        let objects: Vec<(String, Option<String>)> = document
            .children
            .iter()
            .filter(|it| it.name == "Object")
            .map(|it| {
                (it.text_at("Key").to_owned(), it.child("VersionId").map(|it| it.text.clone()))
            })
            .collect();
        if objects.is_empty() || objects.len() > DELETE_MAX {
            return Err(malformed_xml());
        }
        let kept = self.parts.extensions.get::<KeptKey>();
        let (kept, objects) = objects.split_at(usize::from(kept.is_some()));
        let deleted = self.delete_keys(objects)?;
        let quiet = document.text_at("Quiet") == "true";
        let entries = deleted.iter().filter(|_| !quiet).map(Deleted::element);
        let errors = kept.iter().map(|(key, id)| self.error(key, id.as_deref()));
        let body = Element::new("DeleteResult").with_all(entries).with_all(errors);
        Ok(reply::xml(200, XMLNS, &body))
    }

    fn error(&self, key: &str, id: Option<&str>) -> Element {
        let code = self.parts.extensions.get::<KeptKey>().map_or("", |it| it.0.as_str());
        let mut out = Element::new("Error").with_leaf("Key", key);
        if let Some(id) = id {
            out = out.with_leaf("VersionId", id);
        }
        out.with_leaf("Code", code).with_leaf("Message", "It was kept on purpose.")
    }

    fn delete_keys(&self, objects: &[(String, Option<String>)]) -> Outcome<Vec<Deleted>> {
        let now = self.control.store.clock.now();
        let keys: Vec<&str> = objects.iter().map(|(key, _)| key.as_str()).collect();
        let (deleted, contents) =
            self.control.store.write_objects(&self.bucket, &keys, |bucket| {
                let mut contents = Vec::new();
                let deleted = objects.iter().map(|(key, id)| {
                    let (deleted, content) = delete(bucket, key, id.as_deref(), now);
                    contents.extend(content);
                    deleted
                });
                let deleted: Vec<Deleted> = deleted.collect();
                Ok((deleted, contents))
            })?;
        self.discard(contents);
        Ok(deleted)
    }
}

/// What deleting one key did.
struct Deleted {
    key: String,
    /// The version the request named.
    asked: Option<String>,
    /// The version that was removed, or the marker that was made.
    id: Option<String>,
    marker: bool,
}

impl Deleted {
    fn element(&self) -> Element {
        let mut out = Element::new("Deleted").with_leaf("Key", &self.key);
        if let Some(id) = &self.asked {
            out = out.with_leaf("VersionId", id);
        }
        if self.marker {
            out = out.with_leaf("DeleteMarker", true);
            out = out.with_leaf("DeleteMarkerVersionId", self.id.as_deref().unwrap_or("null"));
        }
        out
    }
}

/// A missing key is reported as deleted; a key without a version gets a delete marker.
fn delete(
    bucket: &mut Bucket,
    key: &str,
    id: Option<&str>,
    now: u64,
) -> (Deleted, Option<Content>) {
    let mut out =
        Deleted { key: key.to_owned(), asked: id.map(str::to_owned), id: None, marker: false };
    let content = if let Some(id) = id {
        let versions = bucket.objects.get_mut(key);
        let removed = versions.and_then(|it| {
            let at = it.iter().position(|it| it.id == id)?;
            Some(it.remove(at))
        });
        out.id = Some(id.to_owned());
        out.marker = removed.as_ref().is_some_and(|it| it.content.is_none());
        removed.and_then(|it| it.content)
    } else if bucket.versioning() == Versioning::Never {
        bucket.objects.remove(key).and_then(|mut it| it.pop()).and_then(|it| it.content)
    } else {
        let (id, replaced) = upload::add(bucket, key, None, now);
        out.id = id;
        out.marker = true;
        replaced
    };
    if bucket.objects.get(key).is_some_and(Vec::is_empty) {
        bucket.objects.remove(key);
    }
    (out, content)
}

fn select<'a>(bucket: &'a Bucket, key: &str, id: &str) -> Option<&'a Version> {
    let versions = bucket.objects.get(key)?;
    if id.is_empty() { versions.last() } else { versions.iter().find(|it| it.id == id) }
}

/// Whether a list of entity tags has this one, or is `*`.
pub(crate) fn names(etags: &str, etag: &str) -> bool {
    let plain = |it: &str| it.trim().trim_start_matches("W/").trim_matches('"').to_owned();
    etags.trim() == "*" || etags.split(',').any(|it| plain(it) == plain(etag))
}

/// Bytes `start` to before `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

/// What a `Range` header asks of something of a known size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Part(Range),
    /// The header is not one range of bytes and is ignored (RFC 9110 §14.2).
    All,
    Nothing,
}

impl Range {
    pub(crate) fn parse(header: &str, size: u64) -> Wanted {
        let bounds = header.trim().strip_prefix("bytes=").and_then(|it| it.split_once('-'));
        let Some((first, last)) = bounds else { return Wanted::All };
        let (start, end) = match (first.parse::<u64>(), last.parse::<u64>()) {
            (Ok(first), Ok(last)) if first > last => return Wanted::All,
            (Ok(first), Ok(last)) => (first, last.saturating_add(1).min(size)),
            (Ok(first), Err(_)) if last.is_empty() => (first, size),
            (Err(_), Ok(last)) if first.is_empty() => (size.saturating_sub(last), size),
            _ => return Wanted::All,
        };
        if start < end { Wanted::Part(Self { start, end }) } else { Wanted::Nothing }
    }

    pub(crate) fn len(self) -> u64 {
        self.end - self.start
    }

    pub(crate) fn header(self, size: u64) -> String {
        format!("bytes {}-{}/{size}", self.start, self.end - 1)
    }
}

/// The next `length` bytes of a file.
pub(crate) fn stream(file: tokio::fs::File, length: u64) -> Body {
    let reader = Box::pin(file.take(length));
    Body::from_stream(futures_util::stream::try_unfold(reader, |mut reader| async move {
        let mut buffer = vec![0; READ_SIZE];
        let count = reader.read(&mut buffer).await?;
        buffer.truncate(count);
        Ok::<_, std::io::Error>((count > 0).then(|| (Bytes::from(buffer), reader)))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let part = |start, end| Wanted::Part(Range { start, end });
        for (header, wanted) in [
            ("bytes=0-3", part(0, 4)),
            ("bytes=4-", part(4, 10)),
            ("bytes=-3", part(7, 10)),
            ("bytes=8-99", part(8, 10)),
            ("bytes=-99", part(0, 10)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=3-2", Wanted::All),
            ("bytes=0-1,3-4", Wanted::All),
            ("lines=1-2", Wanted::All),
        ] {
            assert_eq!(Range::parse(header, 10), wanted, "{header}");
        }
    }
}
