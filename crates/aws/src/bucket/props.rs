//! Its properties, as the plan shows them and as the SDK has them.

use crate::tree::sorted;
use anyhow::Result;
use aws_sdk_s3::operation::get_bucket_website::GetBucketWebsiteOutput;
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BlockedEncryptionTypes, BucketLifecycleConfiguration, CorsRule,
    EncryptionType, ExpirationStatus, Grant, LifecycleRule, LifecycleRuleFilter,
    NoncurrentVersionExpiration, PublicAccessBlockConfiguration, ServerSideEncryption,
    ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
};
use config::Names;
use serde::{Deserialize, Serialize};

/// An upload in parts is refused by the bucket policy; what slips in is not stored for long.
const ABORT_UPLOADS_DAYS: i32 = 1;
/// The time to notice that an image was overwritten or deleted, and to bring it back.
const KEEP_OLD_VERSIONS_DAYS: i32 = 30;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Props {
    pub(super) name: String,
    pub(super) region: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) public_access_block: Option<PublicAccessBlock>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ownership: Option<String>,
    /// What access control lists grant to others than the owner; the stack grants nothing by them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) acl: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) encryption: Option<Encryption>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) versioning: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) lifecycle: Vec<Rule>,
    /// Serving the bucket as a website, which would be past the authorizer; the stack has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) website: Option<String>,
    /// Web pages that may read the bucket itself; the stack has none, CloudFront answers for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) cors: Vec<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the four switches that S3 has")]
pub(super) struct PublicAccessBlock {
    block_public_acls: bool,
    ignore_public_acls: bool,
    block_public_policy: bool,
    restrict_public_buckets: bool,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Encryption {
    algorithm: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kms_key: Option<String>,
    blocked: Vec<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Rule {
    id: String,
    status: String,
    prefix: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    abort_uploads_after_days: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delete_old_versions_after_days: Option<i32>,
    /// What else the rule does; an update takes it out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    also: Vec<String>,
}

impl Props {
    /// What a new bucket is sure to have: what `CreateBucket` was told.
    pub(super) fn bare(&self) -> Self {
        Self {
            name: self.name.clone(),
            region: self.region.clone(),
            public_access_block: None,
            ownership: self.ownership.clone(),
            acl: Vec::new(),
            encryption: None,
            versioning: None,
            lifecycle: Vec::new(),
            website: None,
            cors: Vec::new(),
        }
    }

    pub(super) fn desired(names: &Names) -> Self {
        let rule = |id: &str| Rule {
            id: id.to_owned(),
            status: "Enabled".to_owned(),
            prefix: String::new(),
            abort_uploads_after_days: None,
            delete_old_versions_after_days: None,
            also: Vec::new(),
        };
        let aborted = Rule {
            abort_uploads_after_days: Some(ABORT_UPLOADS_DAYS),
            ..rule("unfinished-uploads")
        };
        let expired = Rule {
            delete_old_versions_after_days: Some(KEEP_OLD_VERSIONS_DAYS),
            ..rule("old-versions")
        };
        Self {
            name: names.bucket.clone(),
            region: names.region.clone(),
            public_access_block: Some(PublicAccessBlock {
                block_public_acls: true,
                ignore_public_acls: true,
                block_public_policy: true,
                restrict_public_buckets: true,
            }),
            // No ACLs at all (CloudFront developer guide, "Restrict access to an Amazon S3 origin").
            ownership: Some("BucketOwnerEnforced".to_owned()),
            acl: Vec::new(),
            // A key of the uploader's own would make an image unreadable for everybody else.
            encryption: Some(Encryption {
                algorithm: "AES256".to_owned(),
                kms_key: None,
                blocked: vec!["SSE-C".to_owned()],
            }),
            versioning: Some("Enabled".to_owned()),
            lifecycle: vec![expired, aborted],
            website: None,
            cors: Vec::new(),
        }
    }
}

pub(super) fn website_from_sdk(it: &GetBucketWebsiteOutput) -> String {
    let index = it.index_document.as_ref().map(|it| format!("index {}", it.suffix));
    let error = it.error_document.as_ref().map(|it| format!("errors {}", it.key));
    let all = it.redirect_all_requests_to.as_ref();
    let all = all.map(|it| format!("redirects to {}", it.host_name));
    let rules = it.routing_rules().len();
    let rules = (rules > 0).then(|| format!("{rules} routing rules"));
    let parts: Vec<_> = [index, error, all, rules].into_iter().flatten().collect();
    parts.join(", ")
}

pub(super) fn cors_from_sdk(rules: &[CorsRule]) -> Vec<String> {
    let rule = |it: &CorsRule| {
        format!("{} from {}", it.allowed_methods.join(" "), it.allowed_origins.join(" "))
    };
    rules.iter().map(rule).collect()
}

pub(super) fn acl_from_sdk(grants: Vec<Grant>, owner: Option<&str>) -> Vec<String> {
    let others = grants.into_iter().filter_map(|it| {
        let grantee = it.grantee?;
        let is_owner = grantee.id.is_some() && grantee.id.as_deref() == owner;
        let name = grantee.uri.or(grantee.id).or(grantee.email_address).unwrap_or_default();
        let permission = it.permission.map(|it| it.to_string()).unwrap_or_default();
        (!is_owner).then(|| format!("{permission} to {name}"))
    });
    sorted(others)
}

pub(super) fn access_to_sdk(block: &PublicAccessBlock) -> PublicAccessBlockConfiguration {
    PublicAccessBlockConfiguration::builder()
        .block_public_acls(block.block_public_acls)
        .ignore_public_acls(block.ignore_public_acls)
        .block_public_policy(block.block_public_policy)
        .restrict_public_buckets(block.restrict_public_buckets)
        .build()
}

pub(super) fn access_from_sdk(block: &PublicAccessBlockConfiguration) -> PublicAccessBlock {
    PublicAccessBlock {
        block_public_acls: block.block_public_acls.unwrap_or(false),
        ignore_public_acls: block.ignore_public_acls.unwrap_or(false),
        block_public_policy: block.block_public_policy.unwrap_or(false),
        restrict_public_buckets: block.restrict_public_buckets.unwrap_or(false),
    }
}

pub(super) fn encryption_to_sdk(it: &Encryption) -> Result<ServerSideEncryptionConfiguration> {
    let default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(ServerSideEncryption::from(it.algorithm.as_str()))
        .set_kms_master_key_id(it.kms_key.clone());
    let blocked = it.blocked.iter().map(|it| EncryptionType::from(it.as_str())).collect();
    let blocked = BlockedEncryptionTypes::builder().set_encryption_type(Some(blocked)).build();
    let rule = ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(default.build()?)
        .blocked_encryption_types(blocked);
    Ok(ServerSideEncryptionConfiguration::builder().rules(rule.build()).build()?)
}

/// A bucket has one rule at most. Its bucket key means nothing without KMS.
pub(super) fn encryption_from_sdk(it: ServerSideEncryptionConfiguration) -> Option<Encryption> {
    let rule = it.rules.into_iter().next()?;
    let default = rule.apply_server_side_encryption_by_default?;
    let blocked = rule.blocked_encryption_types.and_then(|it| it.encryption_type);
    let blocked = blocked.unwrap_or_default();
    // `NONE` is how S3 says that nothing is blocked.
    let blocked = blocked.iter().filter(|it| **it != EncryptionType::None);
    Some(Encryption {
        algorithm: default.sse_algorithm.to_string(),
        kms_key: default.kms_master_key_id,
        blocked: sorted(blocked.map(EncryptionType::to_string)),
    })
}

pub(super) fn lifecycle_to_sdk(rules: &[Rule]) -> Result<BucketLifecycleConfiguration> {
    let rules = rules.iter().map(|it| {
        let abort = it.abort_uploads_after_days.map(|days| {
            AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build()
        });
        let old = it.delete_old_versions_after_days;
        let old =
            old.map(|days| NoncurrentVersionExpiration::builder().noncurrent_days(days).build());
        LifecycleRule::builder()
            .id(&it.id)
            .status(ExpirationStatus::from(it.status.as_str()))
            .filter(LifecycleRuleFilter::builder().prefix(&it.prefix).build())
            .set_abort_incomplete_multipart_upload(abort)
            .set_noncurrent_version_expiration(old)
            .build()
    });
    let rules: Result<Vec<_>, _> = rules.collect();
    Ok(BucketLifecycleConfiguration::builder().set_rules(Some(rules?)).build()?)
}

/// By id: S3 gives no order to rules.
pub(super) fn lifecycle_from_sdk(rules: Option<Vec<LifecycleRule>>) -> Vec<Rule> {
    let mut rules: Vec<_> = rules.unwrap_or_default().into_iter().map(rule_from_sdk).collect();
    rules.sort_by(|one, other| one.id.cmp(&other.id));
    rules
}

fn rule_from_sdk(rule: LifecycleRule) -> Rule {
    let also = others(&rule);
    let filter = rule.filter.and_then(|it| it.prefix);
    let abort = rule.abort_incomplete_multipart_upload.and_then(|it| it.days_after_initiation);
    Rule {
        id: rule.id.unwrap_or_default(),
        status: rule.status.to_string(),
        prefix: filter.unwrap_or_default(),
        abort_uploads_after_days: abort,
        delete_old_versions_after_days: rule
            .noncurrent_version_expiration
            .and_then(|it| it.noncurrent_days),
        also,
    }
}

fn others(rule: &LifecycleRule) -> Vec<String> {
    let filter = rule.filter.as_ref();
    let old = rule.noncurrent_version_expiration.as_ref();
    let narrowed = filter.is_some_and(|it| {
        it.tag.is_some()
            || it.and.is_some()
            || it.object_size_greater_than.is_some()
            || it.object_size_less_than.is_some()
    });
    let moved = !rule.transitions().is_empty() || !rule.noncurrent_version_transitions().is_empty();
    let named = [
        rule.expiration.as_ref().map(|it| match it.days {
            Some(days) => format!("deletes images after {days} days"),
            None => "deletes images".to_owned(),
        }),
        moved.then(|| "moves images to another storage class".to_owned()),
        narrowed.then(|| "applies to some images only".to_owned()),
        old.and_then(|it| it.newer_noncurrent_versions)
            .map(|count| format!("keeps the newest {count} old versions")),
    ];
    named.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bucket::node;
    use crate::testing;
    use crate::tree::parse;

    #[test]
    fn what_is_written_is_what_is_read() {
        let desired = node(&testing::names()).unwrap().desired;
        let mut props: Props = parse(&desired).unwrap();
        let access = props.public_access_block.as_ref().map(access_to_sdk);
        props.public_access_block = access.as_ref().map(access_from_sdk);
        let encryption = encryption_to_sdk(props.encryption.as_ref().unwrap()).unwrap();
        props.encryption = encryption_from_sdk(encryption);
        let lifecycle = lifecycle_to_sdk(&props.lifecycle).unwrap();
        props.lifecycle = lifecycle_from_sdk(Some(lifecycle.rules));
        assert_eq!(serde_json::to_value(props).unwrap(), desired);
    }

    #[test]
    fn desired() {
        let desired = node(&testing::names()).unwrap().desired;
        insta::assert_snapshot!(testing::pretty(&desired), @r#"
        {
          "encryption": {
            "algorithm": "AES256",
            "blocked": [
              "SSE-C"
            ]
          },
          "lifecycle": [
            {
              "delete_old_versions_after_days": 30,
              "id": "old-versions",
              "prefix": "",
              "status": "Enabled"
            },
            {
              "abort_uploads_after_days": 1,
              "id": "unfinished-uploads",
              "prefix": "",
              "status": "Enabled"
            }
          ],
          "name": "photos-images-111122223333-eu-central-1-an",
          "ownership": "BucketOwnerEnforced",
          "public_access_block": {
            "block_public_acls": true,
            "block_public_policy": true,
            "ignore_public_acls": true,
            "restrict_public_buckets": true
          },
          "region": "eu-central-1",
          "versioning": "Enabled"
        }
        "#);
    }
}
