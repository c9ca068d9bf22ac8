//! Whatever somebody changes by hand is found, shown for what it is, and mended; nothing else is.

use crate::cloud::{Cloud, on_every_core};
use crate::hand::{
    ATTACHED, CORS, ENCRYPTION, Hand, INLINE, OTHER_CODE, PERMISSION, SUSPENDED, TRUST, WEBSITE,
    planned,
};

/// What is done by hand, and what a plan then shows: each change by its resource and place.
type Row = (&'static str, &'static [Hand], &'static [&'static str]);

const BUCKET: [Row; 14] = [
    ("versioning suspended", &[Hand::S3("PUT", "?versioning", SUSPENDED)], &["bucket/versioning"]),
    ("a website", &[Hand::S3("PUT", "?website", WEBSITE)], &["bucket/website"]),
    ("CORS for everybody", &[Hand::S3("PUT", "?cors", CORS)], &["bucket/cors"]),
    (
        "a key of KMS",
        &[Hand::S3("PUT", "?encryption", ENCRYPTION)],
        &["bucket/encryption/algorithm", "bucket/encryption/blocked"],
    ),
    ("encryption removed", &[Hand::S3("DELETE", "?encryption", "")], &[]),
    ("no lifecycle", &[Hand::S3("DELETE", "?lifecycle", "")], &["bucket/lifecycle"]),
    ("images expire", &[Hand::S3("PUT", "?lifecycle", EXPIRY)], &["bucket/lifecycle"]),
    (
        "one flag off",
        &[Hand::S3("PUT", "?publicAccessBlock", ONE_OFF)],
        &["bucket/public_access_block/block_public_policy"],
    ),
    (
        "no public access block",
        &[Hand::S3("DELETE", "?publicAccessBlock", "")],
        &[
            "bucket/public_access_block/block_public_acls",
            "bucket/public_access_block/block_public_policy",
            "bucket/public_access_block/ignore_public_acls",
            "bucket/public_access_block/restrict_public_buckets",
        ],
    ),
    ("ACLs are back", &[Hand::S3("PUT", "?ownershipControls", PREFERRED)], &["bucket/ownership"]),
    (
        "no ownership controls",
        &[Hand::S3("DELETE", "?ownershipControls", "")],
        &["bucket/ownership"],
    ),
    (
        "a public statement",
        &[Hand::S3("PUT", "?publicAccessBlock", ONE_OFF), Hand::Policy("\"Statement\":[", PUBLIC)],
        &["bucket/public_access_block/block_public_policy", "bucket_policy/policy/Statement"],
    ),
    (
        "another action",
        &[Hand::Policy("\"s3:GetObject\"", "[\"s3:GetObject\",\"s3:DeleteObject\"]")],
        &["bucket_policy/policy/Statement/1/Action"],
    ),
    (
        "any distribution",
        &[Hand::Policy("\"aws:SourceArn\"", "\"aws:PrincipalArn\"")],
        &[
            "bucket_policy/policy/Statement/1/Condition/StringEquals/aws:PrincipalArn",
            "bucket_policy/policy/Statement/1/Condition/StringEquals/aws:SourceArn",
            "bucket_policy/policy/Statement/2/Condition/StringEquals/aws:PrincipalArn",
            "bucket_policy/policy/Statement/2/Condition/StringEquals/aws:SourceArn",
        ],
    ),
];

const AUTHORIZER: [Row; 14] = [
    ("a second principal", &[Hand::Iam(TRUST)], &["role/trust/Statement/0/Principal/AWS"]),
    ("an inline policy", &[Hand::Iam(INLINE)], &["role/inline_policies/more"]),
    ("a managed policy", &[Hand::Iam(ATTACHED)], &["role/managed_policies"]),
    (
        "no logs",
        &[Hand::Iam("Action=DeleteRolePolicy&PolicyName=logs")],
        &["role/inline_policies/logs"],
    ),
    ("a description", &[lambda(r#"{"Description": "by hand"}"#)], &["function/description"]),
    ("another runtime", &[lambda(r#"{"Runtime": "nodejs22.x"}"#)], &["function/runtime"]),
    ("another handler", &[lambda(r#"{"Handler": "other.handler"}"#)], &["function/handler"]),
    ("more memory", &[lambda(r#"{"MemorySize": 256}"#)], &["function/memory_mb"]),
    ("more time", &[lambda(r#"{"Timeout": 30}"#)], &["function/timeout_seconds"]),
    (
        "an environment",
        &[lambda(r#"{"Environment": {"Variables": {"A": "1"}}}"#)],
        &["function/environment"],
    ),
    (
        "a layer",
        &[lambda(r#"{"Layers": ["arn:aws:lambda:us-east-1:1:layer:a:1"]}"#)],
        &["function/layers"],
    ),
    (
        "$LATEST replaced",
        &[Hand::Lambda("PUT", "/code", OTHER_CODE)],
        &["function/code_sha256", "function/contents"],
    ),
    (
        "anybody may invoke",
        &[Hand::Lambda("POST", "/policy", PERMISSION)],
        &["function/permissions/anyone"],
    ),
    (
        "an address of its own",
        &[Hand::Lambda("POST", "/url", r#"{"AuthType": "NONE"}"#)],
        &["function/url"],
    ),
];

const EDGE: [Row; 24] = [
    (
        "unsigned",
        &[edge("origin-access-control", "always", "never")],
        &["origin_access_control/signing_behavior"],
    ),
    (
        "the token in the key",
        &[edge("cache-policy", NO_HEADERS, AUTHORIZATION)],
        &["cache_policy/headers/behavior", "cache_policy/headers/names"],
    ),
    (
        "queries in the key",
        &[edge("cache-policy", "<QueryStringBehavior>none", "<QueryStringBehavior>all")],
        &["cache_policy/query_strings/behavior"],
    ),
    (
        "cookies in the key",
        &[edge("cache-policy", "<CookieBehavior>none", "<CookieBehavior>all")],
        &["cache_policy/cookies/behavior"],
    ),
    (
        "a least time",
        &[edge("cache-policy", "<MinTTL>0<", "<MinTTL>1<")],
        &["cache_policy/min_ttl"],
    ),
    (
        "another time",
        &[edge("cache-policy", "<DefaultTTL>86400<", "<DefaultTTL>1<")],
        &["cache_policy/default_ttl"],
    ),
    ("gzip", &[edge("cache-policy", "Gzip>false", "Gzip>true")], &["cache_policy/gzip"]),
    (
        "embedded anywhere",
        &[edge("response-headers-policy", "same-site", "cross-origin")],
        &["response_headers_policy/headers/Cross-Origin-Resource-Policy/value"],
    ),
    (
        "any origin",
        &[edge("response-headers-policy", "https://app.photos.example", "*")],
        &["response_headers_policy/cors/origins/0"],
    ),
    (
        "no authorizer",
        &[edge("distribution", FUNCTION_ON, FUNCTION_OFF)],
        &["distribution/behavior/functions"],
    ),
    (
        "after the cache",
        &[edge("distribution", "viewer-request", "origin-request")],
        &["distribution/behavior/functions/0/event"],
    ),
    (
        "another door",
        &[edge("distribution", "<CacheBehaviors><Quantity>0</Quantity></CacheBehaviors>", DOOR)],
        &["distribution/path_behaviors"],
    ),
    (
        "http, too",
        &[edge("distribution", "https-only", "allow-all")],
        &["distribution/behavior/viewer_protocol"],
    ),
    (
        "no access control",
        &[edge("distribution", "<OriginAccessControlId>*", "<OriginAccessControlId>")],
        &["distribution/origins/0/access_control"],
    ),
    (
        "viewers' headers to S3",
        &[edge(
            "distribution",
            "<ResponseHeadersPolicyId>",
            "<OriginRequestPolicyId>88a5eaf4-2fd4-4709-b370-b4c650ea3fcf</OriginRequestPolicyId><ResponseHeadersPolicyId>",
        )],
        &["distribution/behavior/origin_request_policy"],
    ),
    (
        "somebody's logs",
        &[edge(
            "distribution",
            "<Logging><Enabled>false</Enabled><IncludeCookies>false</IncludeCookies><Bucket></Bucket>",
            "<Logging><Enabled>true</Enabled><IncludeCookies>true</IncludeCookies><Bucket>other.s3.amazonaws.com</Bucket>",
        )],
        &[
            "distribution/logging/bucket",
            "distribution/logging/enabled",
            "distribution/logging/include_cookies",
            "distribution/logging/prefix",
        ],
    ),
    (
        "disabled",
        &[edge("distribution", "</PriceClass><Enabled>true", "</PriceClass><Enabled>false")],
        &["distribution/enabled"],
    ),
    (
        "another price",
        &[edge("distribution", "PriceClass_100", "PriceClass_All")],
        &["distribution/price_class"],
    ),
    ("HTTP 2 only", &[edge("distribution", "http2and3", "http2")], &["distribution/http_version"]),
    (
        "no IPv6",
        &[edge("distribution", "<IsIPV6Enabled>true", "<IsIPV6Enabled>false")],
        &["distribution/ipv6"],
    ),
    (
        "compressed",
        &[edge("distribution", "<Compress>false", "<Compress>true")],
        &["distribution/behavior/compress"],
    ),
    (
        "errors are kept",
        &[edge("distribution", "MinTTL>0", "MinTTL>60")],
        &["distribution/errors/0/cached_seconds"],
    ),
    (
        "a root object",
        &[edge("distribution", "<DefaultRootObject></", "<DefaultRootObject>index.html</")],
        &["distribution/also"],
    ),
    (
        "a firewall",
        &[edge(
            "distribution",
            "<WebACLId></",
            "<WebACLId>arn:aws:wafv2:us-east-1:1:global/webacl/a/1</",
        )],
        &["distribution/also"],
    ),
];

const fn lambda(body: &'static str) -> Hand {
    Hand::Lambda("PUT", "/configuration", body)
}

const fn edge(kind: &'static str, from: &'static str, to: &'static str) -> Hand {
    Hand::Edge(kind, from, to)
}

const EXPIRY: &str = "<LifecycleConfiguration><Rule><ID>all</ID><Filter><Prefix></Prefix></Filter>\
     <Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>";
const ONE_OFF: &str = "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>\
     <IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>false</BlockPublicPolicy>\
     <RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>";
const PREFERRED: &str = "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerPreferred\
     </ObjectOwnership></Rule></OwnershipControls>";
const PUBLIC: &str = "\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\
     \"Action\":\"s3:GetObject\",\
     \"Resource\":\"arn:aws:s3:::photos-images-000000000000-us-east-1-an/*\"},";
const NO_HEADERS: &str = "<HeaderBehavior>none</HeaderBehavior>";
const AUTHORIZATION: &str = "<HeaderBehavior>whitelist</HeaderBehavior><Headers><Quantity>1\
     </Quantity><Items><Name>Authorization</Name></Items></Headers>";
const FUNCTION_ON: &str = "<LambdaFunctionAssociations><Quantity>1</Quantity><Items>\
     <LambdaFunctionAssociation><LambdaFunctionARN>\
     arn:aws:lambda:us-east-1:000000000000:function:photos-authorizer:1</LambdaFunctionARN>\
     <EventType>viewer-request</EventType><IncludeBody>false</IncludeBody>\
     </LambdaFunctionAssociation></Items>";
const FUNCTION_OFF: &str = "<LambdaFunctionAssociations><Quantity>0</Quantity>";
const DOOR: &str = "<CacheBehaviors><Quantity>1</Quantity><Items><CacheBehavior>\
     <PathPattern>/open/*</PathPattern><TargetOriginId>images</TargetOriginId>\
     <ViewerProtocolPolicy>allow-all</ViewerProtocolPolicy>\
     <CachePolicyId>658327ea-f89d-4fab-a63d-7e88639e58f6</CachePolicyId>\
     </CacheBehavior></Items></CacheBehaviors>";

#[test]
fn every_change_by_hand_is_shown_and_mended() {
    let rows: Vec<Row> = BUCKET.into_iter().chain(AUTHORIZER).chain(EDGE).collect();
    on_every_core(&rows, |cloud, (name, hands, expected)| {
        cloud.restore(&serde_json::json!({"format": 1}));
        cloud.run("deploy --yes").expect(0);
        for hand in *hands {
            cloud.by_hand(hand);
        }
        let found: Vec<String> = planned(cloud)
            .into_iter()
            .flat_map(|(resource, changes)| {
                let place = move |it: serde_json::Value| {
                    format!("{resource}{}", it["path"].as_str().unwrap().replace("~1", "/"))
                };
                changes.into_iter().map(place)
            })
            .filter(|it| !FOLLOWS.contains(&it.as_str()))
            .collect();
        let below = |place: &str, it: &str| {
            it.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let strangers: Vec<_> =
            found.iter().filter(|it| !expected.iter().any(|place| below(place, it))).collect();
        assert!(strangers.is_empty(), "{name}: more than expected: {strangers:?}");
        let missed: Vec<_> =
            expected.iter().filter(|place| !found.iter().any(|it| below(place, it))).collect();
        assert!(missed.is_empty(), "{name}: not shown: {missed:?}, but {found:?}");
        cloud.run("deploy --yes").expect(0);
        assert_eq!(planned(cloud), [], "{name}");
    });
    println!("{} changes by hand", rows.len());
}

/// Another `$LATEST` is not published any more, and the distribution follows the version.
const FOLLOWS: [&str; 2] = ["function/published", "distribution/behavior/functions/0/version_arn"];

#[test]
fn the_order_in_a_policy_means_nothing() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    cloud.by_hand(&Hand::Policy("\"s3:PutObject\"", "[\"s3:PutObject\"]"));
    cloud.by_hand(&Hand::Iam(
        "Action=UpdateAssumeRolePolicy&PolicyDocument={\"Version\":\"2012-10-17\",\"Statement\":\
         {\"Effect\":\"Allow\",\"Action\":[\"sts:AssumeRole\"],\"Principal\":{\"Service\":\
         [\"lambda.amazonaws.com\",\"edgelambda.amazonaws.com\"]}}}",
    ));
    assert_eq!(planned(&cloud), []);
}

#[test]
fn a_plan_that_finds_nothing_reads_this_much() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    let (_, mut calls) = cloud.calls_of("plan");
    calls.sort();
    insta::assert_snapshot!(calls.join("\n"), @r"
    cloudfront:GetCachePolicy
    cloudfront:GetDistribution
    cloudfront:GetResponseHeadersPolicy
    cloudfront:ListCachePolicies
    cloudfront:ListDistributions
    cloudfront:ListOriginAccessControls
    cloudfront:ListResponseHeadersPolicies
    cloudfront:ListTagsForResource
    iam:GetRole
    iam:GetRolePolicy
    iam:ListAttachedRolePolicies
    iam:ListRolePolicies
    lambda:GetFunction
    lambda:GetFunctionUrlConfig
    lambda:GetPolicy
    lambda:ListVersionsByFunction
    s3:GetBucketCors
    s3:GetBucketEncryption
    s3:GetBucketLifecycleConfiguration
    s3:GetBucketOwnershipControls
    s3:GetBucketPolicy
    s3:GetBucketTagging
    s3:GetBucketVersioning
    s3:GetBucketWebsite
    s3:GetPublicAccessBlock
    sts:GetCallerIdentity
    ");
}

#[test]
fn a_first_deployment_calls_this_much() {
    let cloud = Cloud::new();
    let (finished, calls) = cloud.calls_of("deploy --yes");
    finished.expect(0);
    assert!(calls.len() <= 45, "{} calls", calls.len());
    let mut counted: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for call in &calls {
        *counted.entry(call).or_default() += 1;
    }
    let lines = counted.iter().map(|(call, times)| format!("{times} {call}"));
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @"
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
    3 lambda:GetFunction
    1 lambda:GetFunctionUrlConfig
    1 lambda:GetPolicy
    1 lambda:ListVersionsByFunction
    1 s3:CreateBucket
    1 s3:GetBucketCors
    1 s3:GetBucketEncryption
    1 s3:GetBucketLifecycleConfiguration
    1 s3:GetBucketOwnershipControls
    3 s3:GetBucketPolicy
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
