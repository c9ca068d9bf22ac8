//! Changes by hand of the bucket and its policy.

use super::Row;
use crate::hand::{CORS, ENCRYPTION, EVERYBODY, Hand, SUSPENDED, WEBSITE};

pub(super) const ROWS: [Row; 20] = [
    (
        "versioning suspended",
        &[Hand::S3("PUT", "?versioning", SUSPENDED)],
        &["bucket/versioning"],
        &["s3:PutBucketVersioning"],
    ),
    (
        "a website",
        &[Hand::S3("PUT", "?website", WEBSITE)],
        &["bucket/website"],
        &["s3:DeleteBucketWebsite"],
    ),
    (
        "CORS for everybody",
        &[Hand::S3("PUT", "?cors", CORS)],
        &["bucket/cors"],
        &["s3:DeleteBucketCors"],
    ),
    (
        "a key of KMS",
        &[Hand::S3("PUT", "?encryption", ENCRYPTION)],
        &["bucket/encryption/algorithm", "bucket/encryption/blocked"],
        &["s3:PutBucketEncryption"],
    ),
    ("encryption removed", &[Hand::S3("DELETE", "?encryption", "")], &[], &[]),
    (
        "no lifecycle",
        &[Hand::S3("DELETE", "?lifecycle", "")],
        &["bucket/lifecycle"],
        &["s3:PutBucketLifecycleConfiguration"],
    ),
    (
        "images expire",
        &[Hand::S3("PUT", "?lifecycle", EXPIRY)],
        &["bucket/lifecycle"],
        &["s3:PutBucketLifecycleConfiguration"],
    ),
    (
        "one flag off",
        &[Hand::S3("PUT", "?publicAccessBlock", ONE_OFF)],
        &["bucket/public_access_block/block_public_policy"],
        &["s3:PutPublicAccessBlock"],
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
        &["s3:PutPublicAccessBlock"],
    ),
    (
        "ACLs are back",
        &[Hand::S3("PUT", "?ownershipControls", PREFERRED)],
        &["bucket/ownership"],
        &["s3:PutBucketOwnershipControls"],
    ),
    (
        "no ownership controls",
        &[Hand::S3("DELETE", "?ownershipControls", "")],
        &["bucket/ownership"],
        &["s3:PutBucketOwnershipControls"],
    ),
    (
        "a public statement",
        &[Hand::S3("PUT", "?publicAccessBlock", ONE_OFF), Hand::Policy("\"Statement\":[", PUBLIC)],
        &["bucket/public_access_block/block_public_policy", "bucket_policy/policy/Statement"],
        // Cut to the own distribution at once, and gone when the rest has gone before.
        &["s3:PutBucketPolicy", "s3:PutBucketPolicy", "s3:PutPublicAccessBlock"],
    ),
    (
        "another action",
        &[Hand::Policy("\"s3:GetObject\"", "[\"s3:GetObject\",\"s3:DeleteObject\"]")],
        &["bucket_policy/policy/Statement/1/Action"],
        &["s3:PutBucketPolicy"],
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
        &["s3:PutBucketPolicy"],
    ),
    (
        "an ACL for everybody",
        &[
            Hand::S3("DELETE", "?publicAccessBlock", ""),
            Hand::S3("PUT", "?ownershipControls", PREFERRED),
            Hand::S3("PUT", "?acl", EVERYBODY),
        ],
        &["bucket/public_access_block", "bucket/ownership", "bucket/acl"],
        &["s3:PutBucketAcl", "s3:PutBucketOwnershipControls", "s3:PutPublicAccessBlock"],
    ),
    (
        "a rule switched off",
        &[Hand::S3("PUT", "?lifecycle", PAUSED)],
        &["bucket/lifecycle"],
        &["s3:PutBucketLifecycleConfiguration"],
    ),
    (
        "SSE-C allowed",
        &[Hand::S3("PUT", "?encryption", ANY_KEY)],
        &["bucket/encryption/blocked"],
        &["s3:PutBucketEncryption"],
    ),
    (
        "no policy",
        &[Hand::S3("DELETE", "?policy", "")],
        &["bucket_policy"],
        &["s3:PutBucketPolicy"],
    ),
    (
        "a second statement",
        &[Hand::Policy("\"Statement\":[", ANOTHER)],
        &["bucket_policy/policy/Statement"],
        &["s3:PutBucketPolicy"],
    ),
    (
        "uploads below every path",
        &[Hand::Policy("-an/users/*\"", "-an/*\"")],
        &["bucket_policy/policy/Statement/2/Resource"],
        &["s3:PutBucketPolicy"],
    ),
];

const EXPIRY: &str = "<LifecycleConfiguration><Rule><ID>all</ID><Filter><Prefix></Prefix></Filter>\
     <Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>";
const PAUSED: &str = "<LifecycleConfiguration><Rule><ID>old-versions</ID><Filter><Prefix></Prefix>\
     </Filter><Status>Disabled</Status><NoncurrentVersionExpiration><NoncurrentDays>30\
     </NoncurrentDays></NoncurrentVersionExpiration></Rule></LifecycleConfiguration>";
const ANY_KEY: &str = "<ServerSideEncryptionConfiguration><Rule>\
     <ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>\
     </ApplyServerSideEncryptionByDefault><BlockedEncryptionTypes><EncryptionType>NONE\
     </EncryptionType></BlockedEncryptionTypes></Rule></ServerSideEncryptionConfiguration>";
const ONE_OFF: &str = "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>\
     <IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>false</BlockPublicPolicy>\
     <RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>";
const PREFERRED: &str = "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerPreferred\
     </ObjectOwnership></Rule></OwnershipControls>";
const PUBLIC: &str = "\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\
     \"Action\":\"s3:GetObject\",\
     \"Resource\":\"arn:aws:s3:::photos-images-000000000000-us-east-1-an/*\"},";
const ANOTHER: &str = "\"Statement\":[{\"Effect\":\"Allow\",\
     \"Principal\":{\"Service\":\"cloudfront.amazonaws.com\"},\"Action\":\"s3:GetObject\",\
     \"Resource\":\"arn:aws:s3:::photos-images-000000000000-us-east-1-an/*\",\"Condition\":\
     {\"StringEquals\":{\"aws:SourceArn\":\"arn:aws:cloudfront::000000000000:distribution/E2\"}}},";
