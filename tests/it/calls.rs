//! What each command asks of AWS: every call, by its operation.

use crate::cloud::Cloud;
use crate::hand::BUCKET;
use std::collections::BTreeMap;

/// How often each call was made, one a line.
fn counted(calls: &[String]) -> String {
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    for call in calls {
        *counted.entry(call).or_default() += 1;
    }
    let lines = counted.iter().map(|(call, times)| format!("{times} {call}"));
    lines.collect::<Vec<_>>().join("\n")
}

fn calls(cloud: &Cloud, line: &str) -> Vec<String> {
    let (finished, calls) = cloud.calls_of(line);
    finished.expect(0);
    calls
}

fn deployed() -> Cloud {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    cloud
}

#[test]
fn a_first_deployment() {
    let calls = calls(&Cloud::new(), "deploy --yes");
    assert!(calls.len() <= 45, "{} calls", calls.len());
    insta::assert_snapshot!(counted(&calls), @"
    1 cloudfront:CreateCachePolicy
    1 cloudfront:CreateDistributionWithTags
    1 cloudfront:CreateOriginAccessControl
    1 cloudfront:CreateResponseHeadersPolicy
    1 cloudfront:GetDistribution
    1 cloudfront:ListCachePolicies
    1 cloudfront:ListDistributions
    1 cloudfront:ListOriginAccessControls
    1 cloudfront:ListResponseHeadersPolicies
    1 iam:CreateRole
    2 iam:GetRole
    1 iam:GetRolePolicy
    1 iam:ListAttachedRolePolicies
    1 iam:ListRolePolicies
    1 iam:PutRolePolicy
    1 iam:TagRole
    1 lambda:CreateFunction
    2 lambda:GetFunction
    1 s3:CreateBucket
    1 s3:GetBucketCors
    1 s3:GetBucketEncryption
    1 s3:GetBucketLifecycleConfiguration
    1 s3:GetBucketLogging
    1 s3:GetBucketNotificationConfiguration
    1 s3:GetBucketOwnershipControls
    3 s3:GetBucketPolicy
    1 s3:GetBucketReplication
    2 s3:GetBucketTagging
    1 s3:GetBucketVersioning
    1 s3:GetBucketWebsite
    1 s3:GetPublicAccessBlock
    1 s3:PutBucketEncryption
    1 s3:PutBucketLifecycleConfiguration
    1 s3:PutBucketPolicy
    1 s3:PutBucketVersioning
    1 s3:PutPublicAccessBlock
    1 sts:GetCallerIdentity
    ");
}

#[test]
fn a_plan_and_a_deployment_that_find_nothing() {
    let cloud = deployed();
    let plan = calls(&cloud, "plan");
    assert!(plan.len() <= 28, "{} calls", plan.len());
    insta::assert_snapshot!(counted(&plan), @"
    1 cloudfront:GetDistribution
    1 cloudfront:ListCachePolicies
    1 cloudfront:ListDistributions
    1 cloudfront:ListOriginAccessControls
    1 cloudfront:ListResponseHeadersPolicies
    1 cloudfront:ListTagsForResource
    1 iam:GetRole
    1 iam:GetRolePolicy
    1 iam:ListAttachedRolePolicies
    1 iam:ListRolePolicies
    1 lambda:GetFunction
    1 lambda:GetFunctionUrlConfig
    1 lambda:GetPolicy
    1 lambda:ListVersionsByFunction
    1 s3:GetBucketCors
    1 s3:GetBucketEncryption
    1 s3:GetBucketLifecycleConfiguration
    1 s3:GetBucketLogging
    1 s3:GetBucketNotificationConfiguration
    1 s3:GetBucketOwnershipControls
    1 s3:GetBucketPolicy
    1 s3:GetBucketReplication
    1 s3:GetBucketTagging
    1 s3:GetBucketVersioning
    1 s3:GetBucketWebsite
    1 s3:GetPublicAccessBlock
    1 sts:GetCallerIdentity
    ");
    let mut more = plan.clone();
    // Whether every edge has it.
    more.push("cloudfront:GetDistribution".to_owned());
    more.sort();
    assert_eq!(counted(&calls(&cloud, "deploy --yes")), counted(&more), "nothing is written");
}

#[test]
fn another_rule_or_another_key() {
    let cloud = deployed();
    cloud.add_rule();
    let rule = counted(&calls(&cloud, "deploy --yes"));
    let cloud = deployed();
    cloud.rotate_key();
    assert_eq!(counted(&calls(&cloud, "deploy --yes")), rule);
    insta::assert_snapshot!(rule, @"
    3 cloudfront:GetDistribution
    2 cloudfront:ListCachePolicies
    2 cloudfront:ListDistributions
    2 cloudfront:ListOriginAccessControls
    2 cloudfront:ListResponseHeadersPolicies
    2 cloudfront:ListTagsForResource
    1 cloudfront:UpdateDistribution
    2 iam:GetRole
    2 iam:GetRolePolicy
    2 iam:ListAttachedRolePolicies
    2 iam:ListRolePolicies
    2 iam:TagRole
    5 lambda:GetFunction
    2 lambda:GetFunctionUrlConfig
    2 lambda:GetPolicy
    2 lambda:ListVersionsByFunction
    1 lambda:PublishVersion
    1 lambda:UpdateFunctionCode
    1 lambda:UpdateFunctionConfiguration
    2 s3:GetBucketCors
    2 s3:GetBucketEncryption
    2 s3:GetBucketLifecycleConfiguration
    2 s3:GetBucketLogging
    2 s3:GetBucketNotificationConfiguration
    2 s3:GetBucketOwnershipControls
    2 s3:GetBucketPolicy
    2 s3:GetBucketReplication
    2 s3:GetBucketTagging
    2 s3:GetBucketVersioning
    2 s3:GetBucketWebsite
    2 s3:GetPublicAccessBlock
    1 sts:GetCallerIdentity
    ");
}

#[test]
fn another_setting_of_the_delivery() {
    let cloud = deployed();
    cloud.set("[delivery]\nprice_class = \"PriceClass_All\"\n");
    insta::assert_snapshot!(counted(&calls(&cloud, "deploy --yes")), @"
    3 cloudfront:GetDistribution
    2 cloudfront:ListCachePolicies
    2 cloudfront:ListDistributions
    2 cloudfront:ListOriginAccessControls
    2 cloudfront:ListResponseHeadersPolicies
    2 cloudfront:ListTagsForResource
    1 cloudfront:UpdateDistribution
    2 iam:GetRole
    2 iam:GetRolePolicy
    2 iam:ListAttachedRolePolicies
    2 iam:ListRolePolicies
    1 iam:TagRole
    2 lambda:GetFunction
    2 lambda:GetFunctionUrlConfig
    2 lambda:GetPolicy
    2 lambda:ListVersionsByFunction
    2 s3:GetBucketCors
    2 s3:GetBucketEncryption
    2 s3:GetBucketLifecycleConfiguration
    2 s3:GetBucketLogging
    2 s3:GetBucketNotificationConfiguration
    2 s3:GetBucketOwnershipControls
    2 s3:GetBucketPolicy
    2 s3:GetBucketReplication
    2 s3:GetBucketTagging
    2 s3:GetBucketVersioning
    2 s3:GetBucketWebsite
    2 s3:GetPublicAccessBlock
    1 sts:GetCallerIdentity
    ");
}

#[test]
fn another_policy_of_the_bucket() {
    let cloud = deployed();
    cloud.set("[uploads]\ncreate_only = false\n");
    insta::assert_snapshot!(counted(&calls(&cloud, "deploy --yes")), @"
    3 cloudfront:GetDistribution
    2 cloudfront:ListCachePolicies
    2 cloudfront:ListDistributions
    2 cloudfront:ListOriginAccessControls
    2 cloudfront:ListResponseHeadersPolicies
    2 cloudfront:ListTagsForResource
    1 cloudfront:UpdateDistribution
    2 iam:GetRole
    2 iam:GetRolePolicy
    2 iam:ListAttachedRolePolicies
    2 iam:ListRolePolicies
    2 iam:TagRole
    5 lambda:GetFunction
    2 lambda:GetFunctionUrlConfig
    2 lambda:GetPolicy
    2 lambda:ListVersionsByFunction
    1 lambda:PublishVersion
    1 lambda:UpdateFunctionCode
    1 lambda:UpdateFunctionConfiguration
    2 s3:GetBucketCors
    2 s3:GetBucketEncryption
    2 s3:GetBucketLifecycleConfiguration
    2 s3:GetBucketLogging
    2 s3:GetBucketNotificationConfiguration
    2 s3:GetBucketOwnershipControls
    3 s3:GetBucketPolicy
    2 s3:GetBucketReplication
    2 s3:GetBucketTagging
    2 s3:GetBucketVersioning
    2 s3:GetBucketWebsite
    2 s3:GetPublicAccessBlock
    1 s3:PutBucketPolicy
    1 sts:GetCallerIdentity
    ");
}

#[test]
fn a_rollback() {
    let cloud = deployed();
    cloud.add_rule();
    cloud.run("deploy --yes").expect(0);
    insta::assert_snapshot!(counted(&calls(&cloud, "deploy --rollback --yes")), @"
    3 cloudfront:GetDistribution
    2 cloudfront:ListCachePolicies
    2 cloudfront:ListDistributions
    2 cloudfront:ListOriginAccessControls
    2 cloudfront:ListResponseHeadersPolicies
    2 cloudfront:ListTagsForResource
    1 cloudfront:UpdateDistribution
    2 iam:GetRole
    2 iam:GetRolePolicy
    2 iam:ListAttachedRolePolicies
    2 iam:ListRolePolicies
    1 iam:TagRole
    2 lambda:GetFunction
    2 lambda:GetFunctionUrlConfig
    2 lambda:GetPolicy
    3 lambda:ListVersionsByFunction
    2 s3:GetBucketCors
    2 s3:GetBucketEncryption
    2 s3:GetBucketLifecycleConfiguration
    2 s3:GetBucketLogging
    2 s3:GetBucketNotificationConfiguration
    2 s3:GetBucketOwnershipControls
    2 s3:GetBucketPolicy
    2 s3:GetBucketReplication
    2 s3:GetBucketTagging
    2 s3:GetBucketVersioning
    2 s3:GetBucketWebsite
    2 s3:GetPublicAccessBlock
    1 sts:GetCallerIdentity
    ");
}

#[test]
fn a_teardown_of_an_empty_bucket() {
    insta::assert_snapshot!(counted(&calls(&deployed(), "teardown --yes")), @"
    1 cloudfront:DeleteCachePolicy
    1 cloudfront:DeleteDistribution
    1 cloudfront:DeleteOriginAccessControl
    1 cloudfront:DeleteResponseHeadersPolicy
    1 cloudfront:GetCachePolicy
    4 cloudfront:GetDistribution
    1 cloudfront:GetOriginAccessControl
    1 cloudfront:GetResponseHeadersPolicy
    1 cloudfront:ListCachePolicies
    1 cloudfront:ListDistributions
    1 cloudfront:ListOriginAccessControls
    1 cloudfront:ListResponseHeadersPolicies
    1 cloudfront:ListTagsForResource
    1 cloudfront:UpdateDistribution
    1 iam:DeleteRole
    1 iam:DeleteRolePolicy
    1 iam:GetRole
    2 iam:GetRolePolicy
    2 iam:ListAttachedRolePolicies
    2 iam:ListRolePolicies
    1 lambda:DeleteFunction
    2 lambda:GetFunction
    1 lambda:GetFunctionUrlConfig
    1 lambda:GetPolicy
    1 lambda:ListVersionsByFunction
    1 s3:DeleteBucket
    1 s3:DeleteBucketPolicy
    1 s3:GetBucketCors
    1 s3:GetBucketEncryption
    1 s3:GetBucketLifecycleConfiguration
    1 s3:GetBucketLogging
    1 s3:GetBucketNotificationConfiguration
    1 s3:GetBucketOwnershipControls
    1 s3:GetBucketPolicy
    1 s3:GetBucketReplication
    1 s3:GetBucketTagging
    1 s3:GetBucketVersioning
    1 s3:GetBucketWebsite
    1 s3:GetPublicAccessBlock
    1 s3:ListObjectVersions
    1 sts:GetCallerIdentity
    ");
}

#[test]
fn a_teardown_with_images() {
    let cloud = deployed();
    cloud.upload("users/user_1/a.png");
    let line = format!("teardown --yes --delete-images {BUCKET}");
    insta::assert_snapshot!(counted(&calls(&cloud, &line)), @"
    1 cloudfront:DeleteCachePolicy
    1 cloudfront:DeleteDistribution
    1 cloudfront:DeleteOriginAccessControl
    1 cloudfront:DeleteResponseHeadersPolicy
    1 cloudfront:GetCachePolicy
    4 cloudfront:GetDistribution
    1 cloudfront:GetOriginAccessControl
    1 cloudfront:GetResponseHeadersPolicy
    1 cloudfront:ListCachePolicies
    1 cloudfront:ListDistributions
    1 cloudfront:ListOriginAccessControls
    1 cloudfront:ListResponseHeadersPolicies
    1 cloudfront:ListTagsForResource
    1 cloudfront:UpdateDistribution
    1 iam:DeleteRole
    1 iam:DeleteRolePolicy
    1 iam:GetRole
    2 iam:GetRolePolicy
    2 iam:ListAttachedRolePolicies
    2 iam:ListRolePolicies
    1 lambda:DeleteFunction
    2 lambda:GetFunction
    1 lambda:GetFunctionUrlConfig
    1 lambda:GetPolicy
    1 lambda:ListVersionsByFunction
    1 s3:DeleteBucket
    1 s3:DeleteBucketPolicy
    1 s3:DeleteObjects
    1 s3:GetBucketCors
    1 s3:GetBucketEncryption
    1 s3:GetBucketLifecycleConfiguration
    1 s3:GetBucketLogging
    1 s3:GetBucketNotificationConfiguration
    1 s3:GetBucketOwnershipControls
    1 s3:GetBucketPolicy
    1 s3:GetBucketReplication
    1 s3:GetBucketTagging
    1 s3:GetBucketVersioning
    1 s3:GetBucketWebsite
    1 s3:GetPublicAccessBlock
    1 s3:ListMultipartUploads
    3 s3:ListObjectVersions
    1 sts:GetCallerIdentity
    ");
}
