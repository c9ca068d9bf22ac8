//! Buckets: creating, finding and removing them.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::clock::{self, Millis};
use crate::control::s3::multipart::Upload;
use crate::control::s3::{Call, XMLNS, aborted, document, malformed_xml, no_bucket};
use crate::control::{quota, reply};
use crate::fault::{Fault, Outcome};
use crate::xml::Element;

/// One bucket.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Bucket {
    pub(crate) region: String,
    pub(crate) created: Millis,
    /// Whether the name lives in the account's own namespace.
    pub(crate) account_regional: bool,
    /// Configuration as it was submitted, by the query parameter that names it.
    pub(crate) documents: BTreeMap<String, String>,
    /// The versions of every key, newest last.
    pub(crate) objects: BTreeMap<String, Vec<Version>>,
    /// Those in parts that are not finished, by their ids.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) uploads: BTreeMap<String, Upload>,
}

/// One version of an object.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Version {
    /// `null` when it was written without versioning.
    pub(crate) id: String,
    pub(crate) modified: Millis,
    /// `None` is a delete marker.
    pub(crate) content: Option<Content>,
}

/// The content of a version.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Content {
    /// The name of the file that holds the bytes.
    pub(crate) file: String,
    pub(crate) size: u64,
    /// Quoted, as HTTP writes it.
    pub(crate) etag: String,
    /// What the writer said about it: content type, user metadata, …
    pub(crate) headers: BTreeMap<String, String>,
}

/// The state a bucket's versioning is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Versioning {
    Never,
    Enabled,
    Suspended,
}

impl Bucket {
    pub(crate) fn versioning(&self) -> Versioning {
        let text = self.documents.get("versioning");
        let element = text.and_then(|it| Element::parse(it).ok());
        match element.as_ref().map_or("", |it| it.text_at("Status")) {
            "Enabled" => Versioning::Enabled,
            "Suspended" => Versioning::Suspended,
            _ => Versioning::Never,
        }
    }

    /// The current version of a key, unless it is a delete marker.
    pub(crate) fn current(&self, key: &str) -> Option<(&Version, &Content)> {
        let version = self.objects.get(key)?.last()?;
        version.content.as_ref().map(|it| (version, it))
    }

    /// Whether requests with an ACL are refused.
    pub(crate) fn enforces_ownership(&self) -> bool {
        self.documents.get("ownershipControls").is_some_and(|it| it.contains("BucketOwnerEnforced"))
    }
}

impl Call<'_> {
    pub(crate) fn list_buckets(&self) -> Response {
        let buckets = self.control.store.read(|cloud| {
            let bucket = |(name, it): (&String, &Bucket)| {
                Element::new("Bucket")
                    .with_leaf("Name", name)
                    .with_leaf("CreationDate", clock::iso8601(it.created))
                    .with_leaf("BucketRegion", &it.region)
            };
            cloud.buckets.iter().map(bucket).collect::<Vec<_>>()
        });
        let body = Element::new("ListAllMyBucketsResult")
            .with(Element::new("Owner").with_leaf("ID", crate::ACCOUNT))
            .with(Element::new("Buckets").with_all(buckets));
        reply::xml(200, XMLNS, &body)
    }

    pub(crate) async fn create_bucket(&self, body: Body) -> Outcome<Response> {
        let text = self.text(body).await?;
        let config = match text.trim() {
            "" => Element::new("CreateBucketConfiguration"),
            text => Element::parse(text).map_err(|_| malformed_xml())?,
        };
        let region = self.wanted_region(&config)?;
        let account_regional = self.namespace(&region)?;
        let mut documents = document::of_new_bucket();
        if let Some(tags) = config.child("Tags") {
            self.control.demand("s3:TagResource");
            let tags = Element::new("Tagging").with(tags.renamed("TagSet"));
            documents.insert("tagging".to_owned(), tags.document(XMLNS));
        }
        let created = self.control.store.clock.now();
        let (objects, uploads) = (BTreeMap::new(), BTreeMap::new());
        let bucket = Bucket { region, created, account_regional, documents, objects, uploads };
        self.control.store.write(|cloud| match cloud.buckets.get(&self.bucket) {
            // In us-east-1 creating one's own bucket again succeeds, for the sake of old clients.
            Some(old) if old.region == "us-east-1" && !old.account_regional && !account_regional => Ok(()),
            Some(_) => Err(Fault::new(
                409,
                "BucketAlreadyOwnedByYou",
                "Your previous request to create the named bucket succeeded and you already own it.",
            )),
            None if cloud.freed.get(&self.bucket).is_some_and(|at| *at > created) => Err(aborted()),
            None => {
                quota::BUCKETS.check(cloud.buckets.len())?;
                cloud.buckets.insert(self.bucket.clone(), bucket);
                Ok(())
            }
        })?;
        let mut response = reply::empty(200);
        reply::set(&mut response, "location", &format!("/{}", self.bucket));
        Ok(response)
    }

    /// The location constraint has to be the client's region, and us-east-1 has none.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>
    fn wanted_region(&self, config: &Element) -> Outcome<String> {
        let client = self.caller.region.as_deref().unwrap_or("us-east-1");
        match config.text_at("LocationConstraint") {
            "us-east-1" => Err(Fault::new(
                400,
                "InvalidLocationConstraint",
                "The specified location-constraint is not valid",
            )),
            "" if client == "us-east-1" => Ok(client.to_owned()),
            wanted if wanted == client => Ok(client.to_owned()),
            wanted => Err(Fault::new(
                400,
                "IllegalLocationConstraintException",
                format!(
                    "The {} location constraint is incompatible for the region specific endpoint this request was sent to.",
                    if wanted.is_empty() { "unspecified" } else { wanted }
                ),
            )),
        }
    }

    /// Checks the name, and says whether it is one of the account's own namespace.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html>
    fn namespace(&self, region: &str) -> Outcome<bool> {
        let invalid = || Fault::new(400, "InvalidBucketName", "The specified bucket is not valid.");
        if !valid_name(&self.bucket) {
            return Err(invalid());
        }
        let ours = format!("-{}-{region}-an", crate::ACCOUNT);
        match self.header("x-amz-bucket-namespace") {
            Some("account-regional") if self.bucket.ends_with(&ours) => Ok(true),
            None | Some("global") if !self.bucket.ends_with("-an") => Ok(false),
            _ => Err(invalid()),
        }
    }

    /// The answer has no body, whatever it is.
    pub(crate) fn head_bucket(&self) -> Outcome<Response> {
        let region = self
            .control
            .store
            .read(|cloud| cloud.buckets.get(&self.bucket).map(|it| it.region.clone()));
        let region = region.ok_or_else(no_bucket)?;
        let here = self.caller.region.as_ref().is_none_or(|it| *it == region);
        let mut response = reply::empty(if here { 200 } else { 301 });
        reply::set(&mut response, "x-amz-bucket-region", &region);
        reply::set(&mut response, "x-amz-access-point-alias", "false");
        Ok(response)
    }

    pub(crate) fn delete_bucket(&self) -> Outcome<Response> {
        let clock = &self.control.store.clock;
        let now = clock.now();
        self.control.store.write(|cloud| {
            let bucket = cloud.buckets.get(&self.bucket).ok_or_else(no_bucket)?;
            if !bucket.objects.is_empty() {
                let message = if bucket.versioning() == Versioning::Never {
                    "The bucket you tried to delete is not empty"
                } else {
                    "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
                };
                return Err(Fault::new(409, "BucketNotEmpty", message));
            }
            cloud.buckets.remove(&self.bucket);
            cloud.freed.retain(|_, at| *at > now);
            cloud.freed.insert(self.bucket.clone(), clock.after(clock::BUCKET_NAME_FREE));
            Ok(())
        })?;
        Ok(reply::empty(204))
    }

    pub(crate) fn location(&self) -> Outcome<Response> {
        let region = self
            .control
            .store
            .read(|cloud| cloud.buckets.get(&self.bucket).map(|it| it.region.clone()));
        let region = region.ok_or_else(no_bucket)?;
        let text = if region == "us-east-1" { String::new() } else { region };
        Ok(reply::xml(200, XMLNS, &Element::leaf("LocationConstraint", text)))
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
fn valid_name(name: &str) -> bool {
    let plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit();
    let ends = [name.bytes().next(), name.bytes().last()];
    (3..=63).contains(&name.len())
        && name.bytes().all(|it| plain(it) || b".-".contains(&it))
        && ends.iter().all(|it| it.is_some_and(plain))
        && !["..", ".-", "-."].iter().any(|it| name.contains(it))
        && name.parse::<std::net::Ipv4Addr>().is_err()
        && !["xn--", "sthree-", "amzn-s3-demo-"].iter().any(|it| name.starts_with(it))
        && !["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"]
            .iter()
            .any(|it| name.ends_with(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rules() {
        for good in ["abc", "a.b-c", "images-000000000000-us-east-1-an"] {
            assert!(valid_name(good), "{good}");
        }
        for bad in ["ab", "Abc", "-abc", "a..b", "a-.b", "10.0.0.1", "xn--a", "a--ol-s3", "a_b"] {
            assert!(!valid_name(bad), "{bad}");
        }
    }
}
