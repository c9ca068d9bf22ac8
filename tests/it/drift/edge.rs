//! Changes by hand of what is at the edge.

use super::Row;
use crate::hand::Hand;

pub(super) const ROWS: [Row; 44] = [
    (
        "unsigned",
        &[edge("origin-access-control", "always", "never")],
        &["origin_access_control/signing_behavior"],
        &["cloudfront:UpdateOriginAccessControl"],
    ),
    (
        "the token in the key",
        &[edge("cache-policy", NO_HEADERS, AUTHORIZATION)],
        &["cache_policy/headers/behavior", "cache_policy/headers/names"],
        &["cloudfront:UpdateCachePolicy"],
    ),
    (
        "queries in the key",
        &[edge("cache-policy", "<QueryStringBehavior>none", "<QueryStringBehavior>all")],
        &["cache_policy/query_strings/behavior"],
        &["cloudfront:UpdateCachePolicy"],
    ),
    (
        "cookies in the key",
        &[edge("cache-policy", "<CookieBehavior>none", "<CookieBehavior>all")],
        &["cache_policy/cookies/behavior"],
        &["cloudfront:UpdateCachePolicy"],
    ),
    (
        "a least time",
        &[edge("cache-policy", "<MinTTL>0<", "<MinTTL>1<")],
        &["cache_policy/min_ttl"],
        &["cloudfront:UpdateCachePolicy"],
    ),
    (
        "another time",
        &[edge("cache-policy", "<DefaultTTL>86400<", "<DefaultTTL>1<")],
        &["cache_policy/default_ttl"],
        &["cloudfront:UpdateCachePolicy"],
    ),
    (
        "gzip",
        &[edge("cache-policy", "Gzip>false", "Gzip>true")],
        &["cache_policy/gzip"],
        &["cloudfront:UpdateCachePolicy"],
    ),
    (
        "embedded anywhere",
        &[edge("response-headers-policy", "same-site", "cross-origin")],
        &["response_headers_policy/headers/Cross-Origin-Resource-Policy/value"],
        &["cloudfront:UpdateResponseHeadersPolicy"],
    ),
    (
        "any origin",
        &[edge("response-headers-policy", "https://app.photos.example", "*")],
        &["response_headers_policy/cors/origins/0"],
        &["cloudfront:UpdateResponseHeadersPolicy"],
    ),
    (
        "no authorizer",
        &[edge("distribution", FUNCTION_ON, FUNCTION_OFF)],
        &["distribution/behavior/functions"],
        &["cloudfront:UpdateDistribution"],
    ),
    (
        "after the cache",
        &[edge("distribution", "viewer-request", "origin-request")],
        &["distribution/behavior/functions/0/event"],
        &["cloudfront:UpdateDistribution"],
    ),
    (
        "another door",
        &[edge("distribution", "<CacheBehaviors><Quantity>0</Quantity></CacheBehaviors>", DOOR)],
        &["distribution/path_behaviors"],
        &["cloudfront:UpdateDistribution"],
    ),
    (
        "http, too",
        &[edge("distribution", "https-only", "allow-all")],
        &["distribution/behavior/viewer_protocol"],
        &["cloudfront:UpdateDistribution"],
    ),
    (
        "no access control",
        &[edge("distribution", "<OriginAccessControlId>*", "<OriginAccessControlId>")],
        &["distribution/origins/0/access_control"],
        &["cloudfront:UpdateDistribution"],
    ),
    (
        "viewers' headers to S3",
        &[edge(
            "distribution",
            "<ResponseHeadersPolicyId>",
            "<OriginRequestPolicyId>88a5eaf4-2fd4-4709-b370-b4c650ea3fcf</OriginRequestPolicyId><ResponseHeadersPolicyId>",
        )],
        &["distribution/behavior/forwarded", "distribution/behavior/origin_request_policy"],
        &["cloudfront:UpdateDistribution"],
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
        &["cloudfront:UpdateDistribution"],
    ),
    (
        "disabled",
        &[edge("distribution", "</PriceClass><Enabled>true", "</PriceClass><Enabled>false")],
        &["distribution/enabled"],
        &["cloudfront:UpdateDistribution"],
    ),
    (
        "another price",
        &[edge("distribution", "PriceClass_100", "PriceClass_All")],
        &["distribution/price_class"],
        &["cloudfront:UpdateDistribution"],
    ),
    (
        "HTTP 2 only",
        &[edge("distribution", "http2and3", "http2")],
        &["distribution/http_version"],
        &["cloudfront:UpdateDistribution"],
    ),
    (
        "no IPv6",
        &[edge("distribution", "<IsIPV6Enabled>true", "<IsIPV6Enabled>false")],
        &["distribution/ipv6"],
        &["cloudfront:UpdateDistribution"],
    ),
    (
        "compressed",
        &[edge("distribution", "<Compress>false", "<Compress>true")],
        &["distribution/behavior/compress"],
        &["cloudfront:UpdateDistribution"],
    ),
    (
        "errors are kept",
        &[edge("distribution", "MinTTL>0", "MinTTL>60")],
        &["distribution/errors/0/cached_seconds"],
        &["cloudfront:UpdateDistribution"],
    ),
    (
        "a root object",
        &[edge("distribution", "<DefaultRootObject></", "<DefaultRootObject>index.html</")],
        &["distribution/also"],
        &["cloudfront:UpdateDistribution"],
    ),
    (
        "a firewall",
        &[edge(
            "distribution",
            "<WebACLId></",
            "<WebACLId>arn:aws:wafv2:us-east-1:1:global/webacl/a/1</",
        )],
        &["distribution/web_acl"],
        &["cloudfront:UpdateDistribution"],
    ),
    (
        "another greatest time",
        &[edge("cache-policy", "<MaxTTL>31536000<", "<MaxTTL>86400<")],
        &["cache_policy/max_ttl"],
        &["cloudfront:UpdateCachePolicy"],
    ),
    (
        "brotli",
        &[edge("cache-policy", "Brotli>false", "Brotli>true")],
        &["cache_policy/brotli"],
        &["cloudfront:UpdateCachePolicy"],
    ),
    (
        "scripts may run",
        &[edge("response-headers-policy", "; sandbox", "")],
        &["response_headers_policy/headers/Content-Security-Policy/value"],
        &["cloudfront:UpdateResponseHeadersPolicy"],
    ),
    (
        "types are guessed",
        &[edge(
            "response-headers-policy",
            "<ContentTypeOptions><Override>true</Override></ContentTypeOptions>",
            "",
        )],
        &["response_headers_policy/headers/X-Content-Type-Options"],
        &["cloudfront:UpdateResponseHeadersPolicy"],
    ),
    (
        "kept longer",
        &[edge("response-headers-policy", "max-age=300", "max-age=900")],
        &["response_headers_policy/headers/Cache-Control/value"],
        &["cloudfront:UpdateResponseHeadersPolicy"],
    ),
    (
        "no strict transport",
        &[edge(
            "response-headers-policy",
            "<AccessControlMaxAgeSec>31536000",
            "<AccessControlMaxAgeSec>0",
        )],
        &["response_headers_policy/strict_transport_security/max_age_seconds"],
        &["cloudfront:UpdateResponseHeadersPolicy"],
    ),
    (
        "with credentials",
        &[edge("response-headers-policy", "AllowCredentials>false", "AllowCredentials>true")],
        &["response_headers_policy/cors/credentials"],
        &["cloudfront:UpdateResponseHeadersPolicy"],
    ),
    (
        "another header",
        &[edge("response-headers-policy", "<Header>authorization<", "<Header>x-token<")],
        &["response_headers_policy/cors/headers"],
        &["cloudfront:UpdateResponseHeadersPolicy"],
    ),
    (
        "another method",
        &[edge("response-headers-policy", "<Method>PUT<", "<Method>POST<")],
        &["response_headers_policy/cors/methods"],
        &["cloudfront:UpdateResponseHeadersPolicy"],
    ),
    (
        "another one exposed",
        &[edge("response-headers-policy", "<Header>ETag<", "<Header>Date<")],
        &["response_headers_policy/cors/expose/0"],
        &["cloudfront:UpdateResponseHeadersPolicy"],
    ),
    (
        "the bucket decides",
        &[edge("response-headers-policy", "<OriginOverride>true", "<OriginOverride>false")],
        &["response_headers_policy/cors/overrides_origin"],
        &["cloudfront:UpdateResponseHeadersPolicy"],
    ),
    (
        "another comment",
        &[edge("distribution", "edgegate:photos", "our photos")],
        &["distribution/comment"],
        &["cloudfront:UpdateDistribution"],
    ),
    (
        "another folder",
        &[edge("distribution", "<OriginPath></", "<OriginPath>/old</")],
        &["distribution/origins/0/path"],
        &["cloudfront:UpdateDistribution"],
    ),
    (
        "a header to the bucket",
        &[edge("distribution", "<CustomHeaders><Quantity>0</Quantity></CustomHeaders>", HEADER)],
        &["distribution/origins/0/also"],
        &["cloudfront:UpdateDistribution"],
    ),
    (
        "bodies are shown",
        &[edge("distribution", "<IncludeBody>false", "<IncludeBody>true")],
        &["distribution/behavior/functions/0/include_body"],
        &["cloudfront:UpdateDistribution"],
    ),
    (
        "preflights are cached",
        &[edge(
            "distribution",
            "<CachedMethods><Quantity>2</Quantity><Items>",
            "<CachedMethods><Quantity>3</Quantity><Items><Method>OPTIONS</Method>",
        )],
        &["distribution/behavior/cached_methods"],
        &["cloudfront:UpdateDistribution"],
    ),
    (
        "a cache policy of AWS",
        &[edge(
            "distribution",
            "<CachePolicyId>*",
            "<CachePolicyId>658327ea-f89d-4fab-a63d-7e88639e58f6",
        )],
        &["distribution/behavior/cache_policy"],
        &["cloudfront:UpdateDistribution"],
    ),
    (
        "no headers of ours",
        &[edge("distribution", "<ResponseHeadersPolicyId>*", "<ResponseHeadersPolicyId>")],
        &["distribution/behavior/response_headers_policy"],
        &["cloudfront:UpdateDistribution"],
    ),
    (
        "not in every country",
        &[edge(
            "distribution",
            "<RestrictionType>none</RestrictionType><Quantity>0</Quantity>",
            "<RestrictionType>blacklist</RestrictionType><Quantity>1</Quantity><Items><Location>CH</Location></Items>",
        )],
        &["distribution/also"],
        &["cloudfront:UpdateDistribution"],
    ),
    (
        "a name of its own",
        &[
            edge("distribution", OWN_CERTIFICATE, CERTIFICATE),
            edge("distribution", "<Aliases><Quantity>0</Quantity></Aliases>", ALIAS),
        ],
        &["distribution/aliases", "distribution/certificate"],
        &["cloudfront:UpdateDistribution"],
    ),
];

const fn edge(kind: &'static str, from: &'static str, to: &'static str) -> Hand {
    Hand::Edge(kind, from, to)
}

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
const HEADER: &str = "<CustomHeaders><Quantity>1</Quantity><Items><OriginCustomHeader>\
     <HeaderName>x-from</HeaderName><HeaderValue>edge</HeaderValue></OriginCustomHeader></Items>\
     </CustomHeaders>";
const OWN_CERTIFICATE: &str = "<CloudFrontDefaultCertificate>true</CloudFrontDefaultCertificate>\
     <SSLSupportMethod>vip</SSLSupportMethod><MinimumProtocolVersion>TLSv1</MinimumProtocolVersion>\
     <CertificateSource>cloudfront</CertificateSource>";
const CERTIFICATE: &str = "<ACMCertificateArn>arn:aws:acm:us-east-1:000000000000:certificate/1\
     </ACMCertificateArn><SSLSupportMethod>sni-only</SSLSupportMethod>\
     <MinimumProtocolVersion>TLSv1.2_2021</MinimumProtocolVersion>";
const ALIAS: &str = "<Aliases><Quantity>1</Quantity><Items><CNAME>images.photos.example</CNAME>\
     </Items></Aliases>";
