//! What AWS is known to answer, in its own words, and what has to become of it.

/// Which command, which call, the answer (status, code, message), how often, and what becomes of it.
pub(super) type Row = (Command, &'static str, Answer, u32, Outcome);
pub(super) type Answer = (u16, &'static str, &'static str);

#[derive(Clone, Copy)]
pub(super) enum Command {
    Deploy,
    Update,
    Teardown,
}

#[derive(Clone, Copy)]
pub(super) enum Outcome {
    /// It is tried again until it is taken.
    Passes,
    /// It is said, with this in it, and the command ends with that code.
    Ends(i32, &'static str),
}

use Command::{Deploy, Teardown, Update};
use Outcome::{Ends, Passes};

pub(super) const ROWS: [Row; 48] = [
    // IAM: eventual consistency, and others at work.
    (
        Deploy,
        "CreateRole",
        (409, "EntityAlreadyExists", "Role with name photos-authorizer already exists."),
        1,
        Ends(1, "it was made since the plan"),
    ),
    (
        Deploy,
        "CreateRole",
        (400, "MalformedPolicyDocument", "Invalid principal in policy"),
        1,
        Ends(1, "MalformedPolicyDocument"),
    ),
    (
        Deploy,
        "CreateRole",
        (409, "LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1000"),
        1,
        Ends(1, "RolesPerAccount"),
    ),
    (
        Deploy,
        "CreateRole",
        (
            409,
            "ConcurrentModification",
            "The request was rejected because multiple requests to change this object were submitted simultaneously.",
        ),
        2,
        Passes,
    ),
    (
        Deploy,
        "PutRolePolicy",
        (404, "NoSuchEntity", "The role with name photos-authorizer cannot be found."),
        3,
        Passes,
    ),
    (
        Deploy,
        "PutRolePolicy",
        (409, "ConcurrentModification", "Wait a few minutes and submit your request again."),
        2,
        Passes,
    ),
    (
        Deploy,
        "TagRole",
        (409, "ConcurrentModification", "Wait a few minutes and submit your request again."),
        2,
        Passes,
    ),
    (
        Teardown,
        "DeleteRolePolicy",
        (409, "ConcurrentModification", "Wait a few minutes and submit your request again."),
        2,
        Passes,
    ),
    (
        Teardown,
        "DeleteRole",
        (409, "DeleteConflict", "Cannot delete entity, must delete policies first."),
        2,
        Passes,
    ),
    // Lambda: the role that is not there yet, and a function that is busy.
    (
        Deploy,
        "CreateFunction",
        (
            400,
            "InvalidParameterValueException",
            "The role defined for the function cannot be assumed by Lambda.",
        ),
        3,
        Passes,
    ),
    (
        Deploy,
        "CreateFunction",
        (409, "ResourceConflictException", "Function already exist: photos-authorizer"),
        1,
        Ends(1, "it was made since the plan"),
    ),
    (
        Deploy,
        "CreateFunction",
        (
            400,
            "InvalidParameterValueException",
            "The runtime parameter of nodejs24.x is no longer supported for creating or updating AWS Lambda functions.",
        ),
        1,
        Ends(1, "no longer supported"),
    ),
    (Deploy, "CreateFunction", (429, "TooManyRequestsException", "Rate exceeded"), 3, Passes),
    (
        Deploy,
        "CreateFunction",
        (400, "CodeStorageExceededException", "Code storage limit exceeded."),
        1,
        Ends(1, "CodeStorageExceededException"),
    ),
    (Update, "UpdateFunctionConfiguration", BUSY, 2, Passes),
    (Update, "UpdateFunctionCode", BUSY, 2, Passes),
    (Update, "PublishVersion", BUSY, 2, Passes),
    (
        Update,
        "UpdateFunctionConfiguration",
        STALE_REVISION,
        1,
        Ends(1, "it changed since the plan"),
    ),
    (Update, "UpdateFunctionCode", STALE_REVISION, 1, Ends(1, "it changed since the plan")),
    (Update, "PublishVersion", STALE_REVISION, 1, Ends(1, "it changed since the plan")),
    (
        Teardown,
        "DeleteFunction",
        (
            400,
            "InvalidParameterValueException",
            "Lambda was unable to delete arn:aws:lambda:us-east-1:000000000000:function:photos-authorizer:1 because it is a replicated function. Please see our documentation for Deleting Lambda@Edge Functions and Replicas.",
        ),
        3,
        Passes,
    ),
    // S3: one change of a bucket at a time, and a new one is not known everywhere at once.
    (Deploy, "CreateBucket", ABORTED, 3, Passes),
    (
        Deploy,
        "CreateBucket",
        (409, "BucketAlreadyExists", "The requested bucket name is not available."),
        1,
        Ends(1, "BucketAlreadyExists"),
    ),
    (
        Deploy,
        "CreateBucket",
        (
            409,
            "BucketAlreadyOwnedByYou",
            "Your previous request to create the named bucket succeeded and you already own it.",
        ),
        1,
        Ends(1, "it was made since the plan"),
    ),
    (
        Deploy,
        "CreateBucket",
        (400, "TooManyBuckets", "You have attempted to create more buckets than allowed"),
        1,
        Ends(1, "TooManyBuckets"),
    ),
    (
        Deploy,
        "PutPublicAccessBlock",
        (404, "NoSuchBucket", "The specified bucket does not exist"),
        3,
        Passes,
    ),
    (Deploy, "PutBucketVersioning", ABORTED, 3, Passes),
    (Deploy, "PutBucketPolicy", ABORTED, 3, Passes),
    (
        Deploy,
        "PutBucketPolicy",
        (400, "MalformedPolicy", "Invalid principal in policy"),
        1,
        Ends(1, "MalformedPolicy"),
    ),
    (Teardown, "DeleteBucket", ABORTED, 3, Passes),
    (
        Teardown,
        "DeleteBucket",
        (409, "BucketNotEmpty", "The bucket you tried to delete is not empty"),
        1,
        Ends(5, "still holds images"),
    ),
    // CloudFront: it hears of roles and versions late, and lets go late.
    (
        Deploy,
        "CreateOriginAccessControl",
        (
            409,
            "OriginAccessControlAlreadyExists",
            "An origin access control with the same name already exists.",
        ),
        1,
        Ends(1, "it was made since the plan"),
    ),
    (
        Deploy,
        "CreateOriginAccessControl",
        (400, "TooManyOriginAccessControls", "You have reached the limit."),
        1,
        Ends(1, "TooManyOriginAccessControls"),
    ),
    (
        Deploy,
        "CreateCachePolicy",
        (409, "CachePolicyAlreadyExists", "A cache policy with this name already exists."),
        1,
        Ends(1, "it was made since the plan"),
    ),
    (
        Deploy,
        "CreateResponseHeadersPolicy",
        (400, "InvalidArgument", "The parameter Headers contains something invalid."),
        1,
        Ends(1, "InvalidArgument"),
    ),
    (
        Deploy,
        CREATE,
        (
            400,
            "InvalidLambdaFunctionAssociation",
            "The function execution role must be assumable with edgelambda.amazonaws.com as well as lambda.amazonaws.com principals. Update the IAM role and try again.",
        ),
        3,
        Passes,
    ),
    (
        Deploy,
        CREATE,
        (
            400,
            "InvalidLambdaFunctionAssociation",
            "The function must be in an Active state. The current state for function photos-authorizer:1 is Pending",
        ),
        3,
        Passes,
    ),
    (
        Deploy,
        CREATE,
        (
            400,
            "InvalidLambdaFunctionAssociation",
            "The function code size is larger than the maximum allowed size for functions that are triggered by a CloudFront event: 1423536 Max allowed: 1048576",
        ),
        1,
        Ends(1, "Max allowed: 1048576"),
    ),
    (
        Deploy,
        CREATE,
        (
            400,
            "InvalidLambdaFunctionAssociation",
            "The function has a runtime that is not supported by Lambda@Edge: nodejs24.x Supported runtimes: [nodejs22.x]",
        ),
        1,
        Ends(1, "not supported by Lambda@Edge"),
    ),
    (
        Deploy,
        CREATE,
        (
            409,
            "CNAMEAlreadyExists",
            "One or more of the CNAMEs you provided are already associated with a different resource.",
        ),
        1,
        Ends(1, "CNAMEAlreadyExists"),
    ),
    (
        Deploy,
        CREATE,
        (
            403,
            "AccessDenied",
            "Your account must be verified before you can add new CloudFront resources.",
        ),
        1,
        Ends(1, "must be verified"),
    ),
    (
        Deploy,
        CREATE,
        (404, "NoSuchCachePolicy", "The cache policy does not exist."),
        1,
        Ends(1, "NoSuchCachePolicy"),
    ),
    (
        Update,
        "UpdateDistribution",
        (
            412,
            "PreconditionFailed",
            "The request failed because it didn't meet the preconditions in one or more request-header fields.",
        ),
        1,
        Ends(1, "it changed since the plan"),
    ),
    (
        Update,
        "UpdateDistribution",
        (
            400,
            "InvalidIfMatchVersion",
            "The If-Match version is missing or not valid for the resource.",
        ),
        1,
        Ends(1, "it changed since the plan"),
    ),
    (
        Update,
        "UpdateDistribution",
        (400, "IllegalUpdate", "The update contains modifications that are not allowed."),
        1,
        Ends(1, "IllegalUpdate"),
    ),
    (
        Teardown,
        "DeleteDistribution",
        (
            409,
            "DistributionNotDisabled",
            "The distribution you are trying to delete has not been disabled.",
        ),
        1,
        Ends(1, "DistributionNotDisabled"),
    ),
    (
        Teardown,
        "DeleteOriginAccessControl",
        (
            409,
            "OriginAccessControlInUse",
            "Cannot delete the origin access control because it is in use.",
        ),
        3,
        Passes,
    ),
    (
        Teardown,
        "DeleteCachePolicy",
        (
            409,
            "CachePolicyInUse",
            "Cannot delete the cache policy because it is attached to one or more cache behaviors.",
        ),
        3,
        Passes,
    ),
];

const CREATE: &str = "CreateDistributionWithTags";
const BUSY: Answer = (
    409,
    "ResourceConflictException",
    "The operation cannot be performed at this time. An update is in progress for resource: \
     arn:aws:lambda:us-east-1:000000000000:function:photos-authorizer",
);
const STALE_REVISION: Answer = (
    412,
    "PreconditionFailedException",
    "The RevisionId provided does not match the latest RevisionId. Call the GetFunction or the \
     GetAlias API to retrieve the latest RevisionId",
);
const ABORTED: Answer = (
    409,
    "OperationAborted",
    "A conflicting conditional operation is currently in progress against this resource. Try again.",
);
