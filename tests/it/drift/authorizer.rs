//! Changes by hand of the role and the function.

use super::Row;
use crate::hand::{ATTACHED, Hand, INLINE, OTHER_CODE, PERMISSION, TRUST};

pub(super) const ROWS: [Row; 19] = [
    (
        "a second principal",
        &[Hand::Iam(TRUST)],
        &["role/trust/Statement/0/Principal/AWS"],
        &["iam:UpdateAssumeRolePolicy"],
    ),
    (
        "an inline policy",
        &[Hand::Iam(INLINE)],
        &["role/inline_policies/more"],
        &["iam:DeleteRolePolicy"],
    ),
    (
        "a managed policy",
        &[Hand::Iam(ATTACHED)],
        &["role/managed_policies"],
        &["iam:DetachRolePolicy"],
    ),
    (
        "no logs",
        &[Hand::Iam("Action=DeleteRolePolicy&PolicyName=logs")],
        &["role/inline_policies/logs"],
        &["iam:PutRolePolicy"],
    ),
    (
        "a description",
        &[lambda(r#"{"Description": "by hand"}"#)],
        &["function/description"],
        &[
            "cloudfront:UpdateDistribution",
            "lambda:PublishVersion",
            "lambda:UpdateFunctionConfiguration",
        ],
    ),
    (
        "another runtime",
        &[lambda(r#"{"Runtime": "nodejs22.x"}"#)],
        &["function/runtime"],
        &[
            "cloudfront:UpdateDistribution",
            "lambda:PublishVersion",
            "lambda:UpdateFunctionConfiguration",
        ],
    ),
    (
        "another handler",
        &[lambda(r#"{"Handler": "other.handler"}"#)],
        &["function/handler"],
        &[
            "cloudfront:UpdateDistribution",
            "lambda:PublishVersion",
            "lambda:UpdateFunctionConfiguration",
        ],
    ),
    (
        "more memory",
        &[lambda(r#"{"MemorySize": 256}"#)],
        &["function/memory_mb"],
        &[
            "cloudfront:UpdateDistribution",
            "lambda:PublishVersion",
            "lambda:UpdateFunctionConfiguration",
        ],
    ),
    (
        "more time",
        &[lambda(r#"{"Timeout": 30}"#)],
        &["function/timeout_seconds"],
        &[
            "cloudfront:UpdateDistribution",
            "lambda:PublishVersion",
            "lambda:UpdateFunctionConfiguration",
        ],
    ),
    (
        "an environment",
        &[lambda(r#"{"Environment": {"Variables": {"A": "1"}}}"#)],
        &["function/environment"],
        &[
            "cloudfront:UpdateDistribution",
            "lambda:PublishVersion",
            "lambda:UpdateFunctionConfiguration",
        ],
    ),
    (
        "a layer",
        &[lambda(r#"{"Layers": ["arn:aws:lambda:us-east-1:1:layer:a:1"]}"#)],
        &["function/layers"],
        &[
            "cloudfront:UpdateDistribution",
            "lambda:PublishVersion",
            "lambda:UpdateFunctionConfiguration",
        ],
    ),
    (
        "$LATEST replaced",
        &[Hand::Lambda("PUT", "/code", OTHER_CODE)],
        &["function/code_sha256", "function/contents"],
        &["cloudfront:UpdateDistribution", "lambda:PublishVersion", "lambda:UpdateFunctionCode"],
    ),
    (
        "anybody may invoke",
        &[Hand::Lambda("POST", "/policy", PERMISSION)],
        &["function/permissions/anyone"],
        &["lambda:RemovePermission"],
    ),
    (
        "an address of its own",
        &[Hand::Lambda("POST", "/url", r#"{"AuthType": "NONE"}"#)],
        &["function/url"],
        &["lambda:DeleteFunctionUrlConfig"],
    ),
    (
        "more in the policy for logs",
        &[Hand::Iam(MORE_LOGS)],
        &["role/inline_policies/logs"],
        &["iam:PutRolePolicy"],
    ),
    (
        "another role",
        &[
            Hand::Call("iam", "POST", "/", OTHER_ROLE),
            lambda(r#"{"Role": "arn:aws:iam::000000000000:role/other"}"#),
        ],
        &["function/role"],
        &[
            "cloudfront:UpdateDistribution",
            "lambda:PublishVersion",
            "lambda:UpdateFunctionConfiguration",
        ],
    ),
    (
        "in a network",
        &[lambda(r#"{"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}}"#)],
        &["function/subnets"],
        &[
            "cloudfront:UpdateDistribution",
            "lambda:PublishVersion",
            "lambda:UpdateFunctionConfiguration",
        ],
    ),
    (
        "what else Lambda@Edge does not support",
        &[lambda(UNFIT)],
        &[
            "function/dead_letters",
            "function/environment_key",
            "function/file_systems",
            "function/snap_start",
            "function/storage_mb",
            "function/tracing",
        ],
        &[
            "cloudfront:UpdateDistribution",
            "lambda:PublishVersion",
            "lambda:UpdateFunctionConfiguration",
        ],
    ),
    (
        "no executions",
        &[Hand::Lambda("PUT", "/concurrency", r#"{"ReservedConcurrentExecutions": 0}"#)],
        &["function/reserved_concurrency"],
        &["lambda:DeleteFunctionConcurrency"],
    ),
];

const fn lambda(body: &'static str) -> Hand {
    Hand::Lambda("PUT", "/configuration", body)
}

const UNFIT: &str = r#"{"DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:1:failed"},
    "KMSKeyArn": "arn:aws:kms:us-east-1:1:key/a", "TracingConfig": {"Mode": "Active"},
    "EphemeralStorage": {"Size": 1024}, "SnapStart": {"ApplyOn": "PublishedVersions"},
    "FileSystemConfigs": [{"Arn": "arn:aws:elasticfilesystem:us-east-1:1:access-point/a",
        "LocalMountPath": "/mnt/a"}]}"#;
const MORE_LOGS: &str = "Action=PutRolePolicy&PolicyName=logs&PolicyDocument=\
     {\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"logs:*\",\
     \"Resource\":\"*\"}]}";
const OTHER_ROLE: &str = "Action=CreateRole&RoleName=other&AssumeRolePolicyDocument=\
     {\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\
     \"Action\":\"sts:AssumeRole\",\"Principal\":{\"Service\":[\"lambda.amazonaws.com\",\
     \"edgelambda.amazonaws.com\"]}}]}";
