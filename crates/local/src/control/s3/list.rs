//! Listing: objects and versions.

use std::collections::BTreeSet;

use axum::response::Response;

use crate::clock;
use crate::control::reply;
use crate::control::s3::bucket::{Bucket, Version};
use crate::control::s3::{Call, XMLNS, no_bucket};
use crate::fault::Outcome;
use crate::sigv4::percent_encode;
use crate::xml::Element;

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
const PAGE_MAX: usize = 1000;

impl Call<'_> {
    pub(crate) fn list_objects(&self) -> Outcome<Response> {
        // The first version of the operation has one parameter where the second has two.
        let markers = ["continuation-token", "start-after", "marker"];
        let after = markers.map(|it| self.parameter(it)).into_iter().find(|it| !it.is_empty());
        let after = after.unwrap_or_default();
        let page = self.with_bucket(|bucket| {
            let keys = bucket.objects.keys().filter_map(|key| {
                let (version, content) = bucket.current(key)?;
                let entry = Element::new("Contents")
                    .with_leaf("Key", self.encoded(key))
                    .with_leaf("LastModified", clock::iso8601(version.modified))
                    .with_leaf("ETag", &content.etag)
                    .with_leaf("Size", content.size)
                    .with_leaf("StorageClass", "STANDARD");
                Some((key.clone(), entry))
            });
            self.page(keys, after)
        })?;
        let mut body = self.head("ListBucketResult", &page).with_leaf("KeyCount", page.count());
        if let Some(next) = &page.next {
            body = body.with_leaf("NextContinuationToken", next).with_leaf("NextMarker", next);
        }
        Ok(reply::xml(200, XMLNS, &body.with_all(page.into_entries())))
    }

    pub(crate) fn list_versions(&self) -> Outcome<Response> {
        let (key_marker, id_marker) =
            (self.parameter("key-marker"), self.parameter("version-id-marker"));
        let (mut rows, truncated) = self.with_bucket(|bucket| {
            let mut rows: Vec<(&String, &Version, bool)> = Vec::new();
            for (key, versions) in &bucket.objects {
                if !key.starts_with(self.parameter("prefix")) || key.as_str() < key_marker {
                    continue;
                }
                let mut newest_first = versions.iter().rev().enumerate();
                if key == key_marker {
                    // Without a version the marker means the whole key was listed.
                    newest_first.find(|(_, it)| it.id == id_marker);
                }
                rows.extend(newest_first.map(|(index, it)| (key, it, index == 0)));
            }
            let truncated = rows.len() > self.page_size();
            rows.truncate(self.page_size());
            let rows: Vec<_> = rows
                .into_iter()
                .map(|(key, it, latest)| (key.clone(), it.clone(), latest))
                .collect();
            (rows, truncated)
        })?;
        let mut body = Element::new("ListVersionsResult")
            .with_leaf("Name", &self.bucket)
            .with_leaf("Prefix", self.encoded(self.parameter("prefix")))
            .with_leaf("KeyMarker", self.encoded(key_marker))
            .with_leaf("VersionIdMarker", id_marker)
            .with_leaf("MaxKeys", self.page_size())
            .with_leaf("IsTruncated", truncated);
        if self.query.contains_key("encoding-type") {
            body = body.with_leaf("EncodingType", "url");
        }
        if let (true, Some((key, version, _))) = (truncated, rows.last()) {
            body = body
                .with_leaf("NextKeyMarker", self.encoded(key))
                .with_leaf("NextVersionIdMarker", &version.id);
        }
        let rows =
            rows.drain(..).map(|(key, version, latest)| self.version(&key, &version, latest));
        Ok(reply::xml(200, XMLNS, &body.with_all(rows)))
    }

    fn version(&self, key: &str, version: &Version, latest: bool) -> Element {
        let kind = if version.content.is_some() { "Version" } else { "DeleteMarker" };
        let mut entry = Element::new(kind)
            .with_leaf("Key", self.encoded(key))
            .with_leaf("VersionId", &version.id)
            .with_leaf("IsLatest", latest)
            .with_leaf("LastModified", clock::iso8601(version.modified));
        if let Some(content) = &version.content {
            entry = entry
                .with_leaf("ETag", &content.etag)
                .with_leaf("Size", content.size)
                .with_leaf("StorageClass", "STANDARD");
        }
        entry.with(Element::new("Owner").with_leaf("ID", crate::ACCOUNT))
    }

    fn with_bucket<T>(&self, look: impl FnOnce(&Bucket) -> T) -> Outcome<T> {
        self.control
            .store
            .read(|cloud| cloud.buckets.get(&self.bucket).map(look).ok_or_else(no_bucket))
    }

    fn page_size(&self) -> usize {
        self.parameter("max-keys").parse().unwrap_or(PAGE_MAX).min(PAGE_MAX)
    }

    /// Keys may hold characters XML cannot; clients ask for them percent-encoded.
    fn encoded(&self, text: &str) -> String {
        match self.parameter("encoding-type") {
            "url" => percent_encode(text, "/"),
            _ => text.to_owned(),
        }
    }

    fn page(&self, entries: impl Iterator<Item = (String, Element)>, after: &str) -> Page {
        let (prefix, delimiter) = (self.parameter("prefix"), self.parameter("delimiter"));
        let mut page = Page { next: None, entries: Vec::new(), prefixes: BTreeSet::new() };
        let mut last = String::new();
        for (key, entry) in entries {
            let Some(rest) = key.strip_prefix(prefix).filter(|_| key.as_str() > after) else {
                continue;
            };
            let cut = rest.find(delimiter).filter(|_| !delimiter.is_empty());
            let common = cut.map(|at| format!("{prefix}{}", &rest[..at + delimiter.len()]));
            if common
                .as_ref()
                .is_some_and(|it| page.prefixes.contains(it) || after.starts_with(it.as_str()))
            {
                last = key;
                continue;
            }
            if page.count() == self.page_size() {
                page.next = Some(last);
                break;
            }
            last = key;
            match common {
                Some(common) => drop(page.prefixes.insert(common)),
                None => page.entries.push(entry),
            }
        }
        page
    }

    fn head(&self, root: &str, page: &Page) -> Element {
        let mut body = Element::new(root)
            .with_leaf("Name", &self.bucket)
            .with_leaf("Prefix", self.encoded(self.parameter("prefix")))
            .with_leaf("MaxKeys", self.page_size())
            .with_leaf("IsTruncated", page.next.is_some());
        if self.query.contains_key("delimiter") {
            body = body.with_leaf("Delimiter", self.encoded(self.parameter("delimiter")));
        }
        if self.query.contains_key("encoding-type") {
            body = body.with_leaf("EncodingType", "url");
        }
        let prefix =
            |it: &String| Element::new("CommonPrefixes").with_leaf("Prefix", self.encoded(it));
        body.with_all(page.prefixes.iter().map(prefix))
    }
}

/// One page of a listing.
struct Page {
    next: Option<String>,
    entries: Vec<Element>,
    prefixes: BTreeSet<String>,
}

impl Page {
    fn count(&self) -> usize {
        self.entries.len() + self.prefixes.len()
    }

    fn into_entries(self) -> Vec<Element> {
        self.entries
    }
}
