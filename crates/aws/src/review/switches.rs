//! Single properties that are either closed or open.

use super::{narrows, neutral, widens};
use engine::{Finding, Risk};
use serde_json::Value;

struct Switch {
    resource: &'static str,
    path: &'static str,
    closed: Closed,
    /// Of its being open.
    risk: Risk,
    /// What is possible while it is open.
    open_means: &'static str,
    closed_means: &'static str,
}

#[derive(Clone, Copy)]
enum Closed {
    /// It has this value.
    Is(&'static str),
    /// It has another one, or none.
    Not(&'static str),
    Present,
    Absent,
}

use Closed::{Absent, Is, Not, Present};
use Risk::{Critical, High, Medium};

const fn switch(
    (resource, path): (&'static str, &'static str),
    closed: Closed,
    risk: Risk,
    open_means: &'static str,
    closed_means: &'static str,
) -> Switch {
    Switch { resource, path, closed, risk, open_means, closed_means }
}

/// In the order in which a reviewer should read them.
#[rustfmt::skip]
const SWITCHES: [Switch; 21] = [
    // S3 user guide, "Blocking public access to your Amazon S3 storage".
    switch(("bucket", "/public_access_block/block_public_policy"), Is("true"), Critical,
        "S3 accepts a bucket policy that makes the images public",
        "S3 refuses a bucket policy that makes the images public"),
    switch(("bucket", "/public_access_block/restrict_public_buckets"), Is("true"), Critical,
        "a public bucket policy works for everybody",
        "even a public bucket policy works for this account only"),
    switch(("bucket", "/public_access_block/block_public_acls"), Is("true"), Critical,
        "S3 accepts ACLs that make images public",
        "S3 refuses ACLs that make images public"),
    switch(("bucket", "/public_access_block/ignore_public_acls"), Is("true"), Critical,
        "ACLs that make images public work",
        "ACLs that make images public have no effect"),
    // S3 user guide, "Controlling ownership of objects and disabling ACLs".
    switch(("bucket", "/ownership"), Is("BucketOwnerEnforced"), High,
        "ACLs count, so an image can be shared past the bucket policy",
        "ACLs do not count: the bucket policy alone decides"),
    switch(("bucket", "/acl"), Absent, Critical,
        "an access control list grants something to others than the owner",
        "access control lists grant nothing to anybody else"),
    switch(("bucket", "/encryption"), Present, Medium,
        "the bucket has no encryption of its own choice",
        "the bucket chooses how images are encrypted"),
    switch(("bucket", "/encryption/blocked/0"), Is("SSE-C"), Medium,
        "an image can be uploaded under a key that makes it unreadable for everybody else",
        "no image can be uploaded under a key of the uploader's own"),
    switch(("bucket", "/versioning"), Is("Enabled"), Medium,
        "an image that is overwritten or deleted is lost",
        "an image that is overwritten or deleted can be brought back"),
    // CloudFront developer guide, "Restrict access to an Amazon S3 origin".
    switch(("origin_access_control", "/signing_behavior"), Is("always"), Critical,
        "CloudFront does not sign every request: a viewer's own Authorization reaches the bucket",
        "CloudFront signs every request to the bucket itself"),
    switch(("origin_access_control", "/signing_protocol"), Is("sigv4"), High,
        "requests to the bucket are signed in another way than S3 checks",
        "requests to the bucket are signed as S3 checks them"),
    // CloudFront developer guide, "Control the cache key".
    switch(("cache_policy", "/headers/behavior"), Is("none"), High,
        "headers of the viewer, tokens among them, belong to the cache key and reach the bucket",
        "no header of the viewer belongs to the cache key or reaches the bucket"),
    switch(("cache_policy", "/cookies/behavior"), Is("none"), High,
        "cookies of the viewer, sessions among them, belong to the cache key and reach the bucket",
        "no cookie belongs to the cache key or reaches the bucket"),
    switch(("cache_policy", "/query_strings/behavior"), Is("none"), High,
        "query parameters of the viewer reach S3 with CloudFront's signature, which obeys them",
        "no query parameter reaches S3"),
    switch(("cache_policy", "/min_ttl"), Is("0"), Medium,
        "the edge keeps what S3 says must not be kept",
        "the edge keeps nothing that S3 says must not be kept"),
    switch(("distribution", "/behavior/viewer_protocol"), Is("https-only"), High,
        "tokens may travel in the clear",
        "tokens travel encrypted only"),
    switch(("distribution", "/behavior/origin_request_policy"), Absent, High,
        "headers or parameters of the viewer's choice reach S3 with CloudFront's signature",
        "nothing of the viewer's choice reaches S3 but path and body"),
    switch(("distribution", "/behavior/response_headers_policy"), Present, Medium,
        "images are served without nosniff, CSP and the limit on browsers' caches",
        "images are served with nosniff, CSP and the limit on browsers' caches"),
    switch(("distribution", "/behavior/cache_policy"), Present, High,
        "what the cache key consists of is left to the older settings of the behaviour",
        "the cache policy says what the cache key consists of"),
    switch(("distribution", "/origins/0/access_control"), Present, High,
        "CloudFront asks the bucket without a signature",
        "CloudFront signs its requests to the bucket"),
    // Clerk keeps the session in the cookie `__session`.
    switch(("distribution", "/logging/include_cookies"), Not("true"), High,
        "sessions are written to the access logs",
        "no cookie is written to the access logs"),
];

/// What opens or closes between two trees. What is made for the first time and closed is no news.
pub(super) fn judge(resource: &str, before: Option<&Value>, after: Option<&Value>) -> Vec<Finding> {
    let Some(after) = after else { return Vec::new() };
    let relevant = SWITCHES.iter().filter(|it| it.resource == resource);
    relevant.filter_map(|it| it.judge(before, after)).collect()
}

impl Switch {
    fn judge(&self, before: Option<&Value>, after: &Value) -> Option<Finding> {
        let was_closed = before.is_none_or(|it| self.is_closed(it));
        let changed = before.and_then(|it| it.pointer(self.path)) != after.pointer(self.path);
        match (was_closed, self.is_closed(after)) {
            (true, true) => None,
            (false, true) => Some(narrows(self.path, self.closed_means)),
            (true, false) => Some(widens(self.path, self.risk, self.open_means)),
            (false, false) => changed.then(|| neutral(self.path, self.risk, self.open_means)),
        }
    }

    fn is_closed(&self, tree: &Value) -> bool {
        let value = tree.pointer(self.path).filter(|it| !it.is_null());
        match self.closed {
            Present => value.is_some(),
            Absent => value.is_none(),
            Is(wanted) => value.is_some_and(|it| text(it) == wanted),
            Not(wanted) => value.is_none_or(|it| text(it) != wanted),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
