//! Which headers a function may see and change, and which ones reach the bucket.

/// A viewer-request function that touches one of these makes the request fail.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html>
const READ_ONLY: [&str; 5] = ["cdn-loop", "content-length", "host", "transfer-encoding", "via"];

const DISALLOWED: [&str; 14] = [
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "trailer",
    "upgrade",
    "x-accel-buffering",
    "x-accel-charset",
    "x-accel-limit-rate",
    "x-accel-redirect",
    "x-cache",
    "x-forwarded-proto",
];
const DISALLOWED_TOO: [&str; 10] = [
    "x-real-ip",
    "x-amzn-auth",
    "x-amzn-cf-billing",
    "x-amzn-cf-id",
    "x-amzn-cf-xff",
    "x-amzn-errortype",
    "x-amzn-fle-profile",
    "x-amzn-header-count",
    "x-amzn-header-order",
    "x-amzn-requestid",
];
const DISALLOWED_PREFIXES: [&str; 3] = ["x-amz-cf-", "x-edge-", "x-amzn-lambda-integration-tag"];

/// Headers that a cache policy without an origin request policy lets through to the origin. The last
/// two are the edge's own (see [`crate::edge::origin::introduce`]).
///
/// AWS's table is of the legacy settings, which forward `x-amz-*` as well. Open until somebody asks
/// AWS: whether `Content-Type` and `If-None-Match` of an upload pass a cache policy, too, and whether
/// `x-amz-*` stays out.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html#request-custom-headers-behavior>
const FORWARDED: [&str; 20] = [
    "cache-control",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "from",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "max-forwards",
    "origin",
    "pragma",
    "range",
    "request-range",
    "transfer-encoding",
    "warning",
    "x-amz-cf-id",
    "x-forwarded-for",
];

/// Headers of the bucket's answer that do not leave the edge.
const HIDDEN: [&str; 6] = [
    "x-amz-id-2",
    "x-amz-request-id",
    "connection",
    "keep-alive",
    "transfer-encoding",
    "x-amz-bucket-region",
];

pub(crate) fn is_read_only(name: &str) -> bool {
    READ_ONLY.contains(&name)
}

pub(crate) fn is_disallowed(name: &str) -> bool {
    DISALLOWED.contains(&name)
        || DISALLOWED_TOO.contains(&name)
        || DISALLOWED_PREFIXES.iter().any(|it| name.starts_with(it))
}

/// Whether a viewer's header reaches the bucket without being named by any policy.
///
/// Requests whose answers can be cached are stripped of their `Authorization`; the others keep it.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html#RequestCustomClientAuth>
pub(crate) fn is_forwarded(name: &str, cacheable: Cacheable) -> bool {
    FORWARDED.contains(&name) || (name == "authorization" && cacheable == Cacheable::No)
}

/// Whether answers to a request's method can be cached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cacheable {
    Yes,
    No,
}

pub(crate) fn is_hidden(name: &str) -> bool {
    HIDDEN.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amazon_headers_and_tokens_of_reads_stay_outside() {
        for name in [
            "x-amz-copy-source",
            "x-amz-acl",
            "cookie",
            "accept",
            "referer",
            "x-http-method-override",
        ] {
            assert!(!is_forwarded(name, Cacheable::No), "{name}");
        }
        assert!(is_forwarded("content-type", Cacheable::No));
        assert!(is_forwarded("authorization", Cacheable::No));
        assert!(!is_forwarded("authorization", Cacheable::Yes));
    }

    #[test]
    fn functions_cannot_touch_the_connection() {
        assert!(
            is_disallowed("connection")
                && is_disallowed("x-amz-cf-id")
                && is_disallowed("x-edge-a")
        );
        assert!(!is_disallowed("authorization") && !is_disallowed("x-amz-acl"));
        assert!(is_read_only("host") && !is_read_only("cookie"));
    }
}
