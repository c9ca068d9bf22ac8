//! How many of a kind an account may have, unless it asks AWS for more.

use crate::fault::{Fault, Outcome};

/// One quota, and what is said when it is reached.
pub(crate) struct Quota {
    pub(crate) most: usize,
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    /// Where AWS's sentence is not known to us, it is one of ours.
    pub(crate) message: &'static str,
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/BucketRestrictions.html>
pub(crate) const BUCKETS: Quota = Quota {
    most: 10_000,
    status: 400,
    code: "TooManyBuckets",
    message: "You have attempted to create more buckets than allowed",
};

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
pub(crate) const ROLES: Quota = Quota {
    most: 1_000,
    status: 409,
    code: "LimitExceeded",
    message: "Cannot exceed quota for RolesPerAccount: 1000",
};

/// Functions and their versions, in bytes; only a fault reaches it.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub(crate) const CODE_STORAGE: Quota = Quota {
    most: 75 * 1024 * 1024 * 1024,
    status: 400,
    code: "CodeStorageExceededException",
    message: "Code storage limit exceeded.",
};

// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html>
pub(crate) const DISTRIBUTIONS: Quota = cloudfront(
    500,
    "TooManyDistributions",
    "Processing your request would cause you to exceed the maximum number of distributions allowed.",
);
pub(crate) const ACCESS_CONTROLS: Quota = cloudfront(
    100,
    "TooManyOriginAccessControls",
    "The number of origin access controls in your AWS account exceeds the maximum allowed.",
);
pub(crate) const CACHE_POLICIES: Quota = cloudfront(
    20,
    "TooManyCachePolicies",
    "You have reached the maximum number of cache policies for this AWS account.",
);
pub(crate) const HEADERS_POLICIES: Quota = cloudfront(
    20,
    "TooManyResponseHeadersPolicies",
    "You have reached the maximum number of response headers policies for this AWS account.",
);
pub(crate) const REQUEST_POLICIES: Quota = cloudfront(
    20,
    "TooManyOriginRequestPolicies",
    "You have reached the maximum number of origin request policies for this AWS account.",
);

const fn cloudfront(most: usize, code: &'static str, message: &'static str) -> Quota {
    Quota { most, status: 400, code, message }
}

impl Quota {
    /// Whether there may be one more beside those that there are.
    pub(crate) fn check(&self, there: usize) -> Outcome<()> {
        if there < self.most {
            return Ok(());
        }
        Err(Fault::new(self.status, self.code, self.message))
    }
}
