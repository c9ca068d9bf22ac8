//! Which S3 operation a request is, and which permission that takes.

use std::collections::BTreeMap;

use http::Method;

type Query = BTreeMap<String, String>;

/// The name of the operation, as the SDKs have it.
pub(crate) fn name(method: &Method, bucket: &str, key: &str, query: &Query) -> &'static str {
    let method = method.as_str();
    if bucket.is_empty() {
        return if method == "GET" { "ListBuckets" } else { "an operation on no bucket" };
    }
    let table: &[(&str, &str, &'static str)] =
        if key.is_empty() { &BUCKET_SUBRESOURCES } else { &OBJECT_SUBRESOURCES };
    let subresource =
        table.iter().find(|(verb, parameter, _)| *verb == method && query.contains_key(*parameter));
    if let Some((_, _, name)) = subresource {
        return name;
    }
    // Without this a subresource that is not known would be taken for the bucket or object itself.
    let known = if key.is_empty() { &BUCKET_PARAMETERS[..] } else { &OBJECT_PARAMETERS[..] };
    if query.keys().any(|it| known.contains(&it.as_str())) {
        return "an operation on a subresource";
    }
    match (method, key.is_empty()) {
        ("GET", true) => "ListObjects",
        ("HEAD", true) => "HeadBucket",
        ("PUT", true) => "CreateBucket",
        ("DELETE", true) => "DeleteBucket",
        ("GET", false) => "GetObject",
        ("HEAD", false) => "HeadObject",
        ("PUT", false) => "PutObject",
        ("DELETE", false) => "DeleteObject",
        ("POST", _) => "PostObject",
        _ => "an unknown method",
    }
}

const BUCKET_SUBRESOURCES: [(&str, &str, &str); 44] = [
    ("GET", "location", "GetBucketLocation"),
    ("GET", "list-type", "ListObjectsV2"),
    ("GET", "versions", "ListObjectVersions"),
    ("GET", "uploads", "ListMultipartUploads"),
    ("POST", "delete", "DeleteObjects"),
    ("GET", "policy", "GetBucketPolicy"),
    ("PUT", "policy", "PutBucketPolicy"),
    ("DELETE", "policy", "DeleteBucketPolicy"),
    ("GET", "policyStatus", "GetBucketPolicyStatus"),
    ("GET", "publicAccessBlock", "GetPublicAccessBlock"),
    ("PUT", "publicAccessBlock", "PutPublicAccessBlock"),
    ("DELETE", "publicAccessBlock", "DeletePublicAccessBlock"),
    ("GET", "ownershipControls", "GetBucketOwnershipControls"),
    ("PUT", "ownershipControls", "PutBucketOwnershipControls"),
    ("DELETE", "ownershipControls", "DeleteBucketOwnershipControls"),
    ("GET", "encryption", "GetBucketEncryption"),
    ("PUT", "encryption", "PutBucketEncryption"),
    ("DELETE", "encryption", "DeleteBucketEncryption"),
    ("GET", "versioning", "GetBucketVersioning"),
    ("PUT", "versioning", "PutBucketVersioning"),
    ("GET", "lifecycle", "GetBucketLifecycleConfiguration"),
    ("PUT", "lifecycle", "PutBucketLifecycleConfiguration"),
    ("DELETE", "lifecycle", "DeleteBucketLifecycle"),
    ("GET", "tagging", "GetBucketTagging"),
    ("PUT", "tagging", "PutBucketTagging"),
    ("DELETE", "tagging", "DeleteBucketTagging"),
    ("GET", "cors", "GetBucketCors"),
    ("PUT", "cors", "PutBucketCors"),
    ("DELETE", "cors", "DeleteBucketCors"),
    ("GET", "acl", "GetBucketAcl"),
    ("PUT", "acl", "PutBucketAcl"),
    ("GET", "logging", "GetBucketLogging"),
    ("PUT", "logging", "PutBucketLogging"),
    ("GET", "accelerate", "GetBucketAccelerateConfiguration"),
    ("GET", "requestPayment", "GetBucketRequestPayment"),
    ("GET", "replication", "GetBucketReplication"),
    ("PUT", "replication", "PutBucketReplication"),
    ("DELETE", "replication", "DeleteBucketReplication"),
    ("GET", "website", "GetBucketWebsite"),
    ("PUT", "website", "PutBucketWebsite"),
    ("DELETE", "website", "DeleteBucketWebsite"),
    ("GET", "object-lock", "GetObjectLockConfiguration"),
    ("GET", "notification", "GetBucketNotificationConfiguration"),
    ("PUT", "notification", "PutBucketNotificationConfiguration"),
];

const OBJECT_SUBRESOURCES: [(&str, &str, &str); 15] = [
    ("POST", "uploads", "CreateMultipartUpload"),
    ("PUT", "uploadId", "UploadPart"),
    ("POST", "uploadId", "CompleteMultipartUpload"),
    ("DELETE", "uploadId", "AbortMultipartUpload"),
    ("GET", "uploadId", "ListParts"),
    ("GET", "acl", "GetObjectAcl"),
    ("PUT", "acl", "PutObjectAcl"),
    ("GET", "tagging", "GetObjectTagging"),
    ("PUT", "tagging", "PutObjectTagging"),
    ("DELETE", "tagging", "DeleteObjectTagging"),
    ("GET", "attributes", "GetObjectAttributes"),
    ("GET", "torrent", "GetObjectTorrent"),
    ("POST", "restore", "RestoreObject"),
    ("POST", "select", "SelectObjectContent"),
    ("PUT", "renameObject", "RenameObject"),
];

/// Parameters that make a request another operation, and one that is not in the table.
const BUCKET_PARAMETERS: [&str; 30] = [
    "abac",
    "accelerate",
    "acl",
    "analytics",
    "cors",
    "delete",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "lifecycle",
    "list-type",
    "location",
    "logging",
    "metadataConfiguration",
    "metadataTable",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "replication",
    "requestPayment",
    "session",
    "tagging",
    "uploads",
    "versioning",
    "versions",
    "website",
];
/// The same for objects, where S3 ignores any other parameter.
const OBJECT_PARAMETERS: [&str; 14] = [
    "acl",
    "attributes",
    "encryption",
    "legal-hold",
    "partNumber",
    "renameObject",
    "restore",
    "retention",
    "select",
    "select-type",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
];

/// The IAM action an operation needs, where it is not simply named like it.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>
pub(crate) fn action(operation: &str, query: &Query) -> &'static str {
    let versioned = query.contains_key("versionId");
    match operation {
        "HeadBucket" | "ListObjects" | "ListObjectsV2" => "s3:ListBucket",
        "ListObjectVersions" => "s3:ListBucketVersions",
        "ListMultipartUploads" => "s3:ListBucketMultipartUploads",
        "DeleteBucket" => "s3:DeleteBucket",
        "GetBucketLocation" => "s3:GetBucketLocation",
        "GetBucketPolicy" => "s3:GetBucketPolicy",
        "PutBucketPolicy" => "s3:PutBucketPolicy",
        "DeleteBucketPolicy" => "s3:DeleteBucketPolicy",
        "GetBucketPolicyStatus" => "s3:GetBucketPolicyStatus",
        "GetPublicAccessBlock" => "s3:GetBucketPublicAccessBlock",
        "PutPublicAccessBlock" | "DeletePublicAccessBlock" => "s3:PutBucketPublicAccessBlock",
        "GetBucketOwnershipControls" => "s3:GetBucketOwnershipControls",
        "PutBucketOwnershipControls" | "DeleteBucketOwnershipControls" => {
            "s3:PutBucketOwnershipControls"
        }
        "GetBucketEncryption" => "s3:GetEncryptionConfiguration",
        "PutBucketEncryption" | "DeleteBucketEncryption" => "s3:PutEncryptionConfiguration",
        "GetBucketVersioning" => "s3:GetBucketVersioning",
        "PutBucketVersioning" => "s3:PutBucketVersioning",
        "GetBucketLifecycleConfiguration" => "s3:GetLifecycleConfiguration",
        "PutBucketLifecycleConfiguration" | "DeleteBucketLifecycle" => {
            "s3:PutLifecycleConfiguration"
        }
        "GetBucketTagging" => "s3:GetBucketTagging",
        "PutBucketTagging" | "DeleteBucketTagging" => "s3:PutBucketTagging",
        "GetBucketCors" => "s3:GetBucketCORS",
        "PutBucketCors" | "DeleteBucketCors" => "s3:PutBucketCORS",
        "GetBucketWebsite" => "s3:GetBucketWebsite",
        "PutBucketWebsite" => "s3:PutBucketWebsite",
        "DeleteBucketWebsite" => "s3:DeleteBucketWebsite",
        "GetBucketAcl" => "s3:GetBucketAcl",
        "PutBucketAcl" => "s3:PutBucketAcl",
        "GetBucketLogging" => "s3:GetBucketLogging",
        "PutBucketLogging" => "s3:PutBucketLogging",
        "GetBucketReplication" => "s3:GetReplicationConfiguration",
        "PutBucketReplication" | "DeleteBucketReplication" => "s3:PutReplicationConfiguration",
        "GetBucketNotificationConfiguration" => "s3:GetBucketNotification",
        "PutBucketNotificationConfiguration" => "s3:PutBucketNotification",
        "CreateBucket" => "s3:CreateBucket",
        "AbortMultipartUpload" => "s3:AbortMultipartUpload",
        "GetObject" | "HeadObject" if versioned => "s3:GetObjectVersion",
        "GetObject" | "HeadObject" => "s3:GetObject",
        "DeleteObject" if versioned => "s3:DeleteObjectVersion",
        // Each key of DeleteObjects is one DeleteObject; the account alone can call it here.
        "DeleteObject" | "DeleteObjects" => "s3:DeleteObject",
        // A multipart upload takes no permission but PutObject's.
        "PutObject"
        | "PostObject"
        | "CreateMultipartUpload"
        | "UploadPart"
        | "CompleteMultipartUpload" => "s3:PutObject",
        "ListParts" => "s3:ListMultipartUploadParts",
        "GetObjectAcl" => "s3:GetObjectAcl",
        "PutObjectAcl" => "s3:PutObjectAcl",
        "GetObjectTagging" => "s3:GetObjectTagging",
        "PutObjectTagging" | "DeleteObjectTagging" => "s3:PutObjectTagging",
        _ => "s3:Other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subresource_is_never_taken_for_the_thing_itself() {
        let name = |method: &str, key: &str, parameter: &str| {
            let query = Query::from([(parameter.to_owned(), String::new())]);
            super::name(&method.parse().unwrap(), "b", key, &query)
        };
        assert_eq!(name("PUT", "", "policy"), "PutBucketPolicy");
        assert_eq!(name("PUT", "k", "uploadId"), "UploadPart");
        assert_eq!(name("GET", "k", "w"), "GetObject");
        assert_eq!(name("DELETE", "", "x-id"), "DeleteBucket");
        for (method, key, parameter) in
            [("PUT", "", "inventory"), ("DELETE", "", "metrics"), ("PUT", "k", "retention")]
        {
            assert_eq!(name(method, key, parameter), "an operation on a subresource");
        }
    }
}
