//! The policies every account has from AWS.
//!
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html>
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-response-headers-policies.html>

use crate::control::cloudfront::resource::{
    CACHE_POLICY, HEADERS_POLICY, REQUEST_POLICY, Resource,
};
use crate::xml::Element;

/// Id, name, and the behavior of headers, with those that it names. All forward all cookies and query
/// strings but the last.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html>
const REQUEST_POLICIES: [(&str, &str, &str, &[&str], &str); 3] = [
    ("216adef6-5c7f-47e4-b989-5492eafa07d3", "Managed-AllViewer", "allViewer", &[], "all"),
    (
        "b689b0a8-53d0-40ab-baf2-68738e2966ac",
        "Managed-AllViewerExceptHostHeader",
        "allExcept",
        &["host"],
        "all",
    ),
    (
        "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf",
        "Managed-CORS-S3Origin",
        "whitelist",
        &["origin", "access-control-request-headers", "access-control-request-method"],
        "none",
    ),
];

/// Managed policies have had the same version since they were made.
const ETAG: &str = "E23ZP02F085DFQ";

/// Id, name, minimum, default and maximum TTL, and whether compressed variants are cached.
const CACHE_POLICIES: [(&str, &str, u32, u32, u32, bool); 4] = [
    (
        "658327ea-f89d-4fab-a63d-7e88639e58f6",
        "Managed-CachingOptimized",
        1,
        86_400,
        31_536_000,
        true,
    ),
    ("4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "Managed-CachingDisabled", 0, 0, 0, false),
    (
        "b2884449-e4de-46a7-ac36-70bc7f1ddd6d",
        "Managed-CachingOptimizedForUncompressedObjects",
        1,
        86_400,
        31_536_000,
        false,
    ),
    (
        "83da9c7e-98b4-4e11-a168-04f0df8e2c65",
        "Managed-UseOriginCacheControlHeaders",
        0,
        0,
        31_536_000,
        true,
    ),
];

const SECURITY: &str = "<SecurityHeadersConfig>\
    <XSSProtection><Override>false</Override><Protection>true</Protection><ModeBlock>true</ModeBlock></XSSProtection>\
    <FrameOptions><Override>false</Override><FrameOption>SAMEORIGIN</FrameOption></FrameOptions>\
    <ReferrerPolicy><Override>false</Override><ReferrerPolicy>strict-origin-when-cross-origin</ReferrerPolicy></ReferrerPolicy>\
    <ContentTypeOptions><Override>true</Override></ContentTypeOptions>\
    <StrictTransportSecurity><Override>false</Override><IncludeSubdomains>false</IncludeSubdomains>\
    <Preload>false</Preload><AccessControlMaxAgeSec>31536000</AccessControlMaxAgeSec></StrictTransportSecurity>\
    </SecurityHeadersConfig>";

const CORS: &str = "<CorsConfig>\
    <AccessControlAllowOrigins><Quantity>1</Quantity><Items><Origin>*</Origin></Items></AccessControlAllowOrigins>\
    <AccessControlAllowHeaders><Quantity>1</Quantity><Items><Header>*</Header></Items></AccessControlAllowHeaders>\
    <AccessControlAllowMethods><Quantity>1</Quantity><Items><Method>ALL</Method></Items></AccessControlAllowMethods>\
    <AccessControlAllowCredentials>false</AccessControlAllowCredentials>\
    <AccessControlExposeHeaders><Quantity>1</Quantity><Items><Header>*</Header></Items></AccessControlExposeHeaders>\
    <OriginOverride>false</OriginOverride></CorsConfig>";

/// The managed resources of a kind.
pub(crate) fn all(path: &str) -> Vec<Resource> {
    if path == CACHE_POLICY.path {
        return CACHE_POLICIES.iter().map(cache_policy).collect();
    }
    if path == REQUEST_POLICY.path {
        return REQUEST_POLICIES.iter().map(request_policy).collect();
    }
    if path == HEADERS_POLICY.path {
        return vec![
            headers_policy(
                "67f7725c-6f97-4210-82d7-5512b31e9d03",
                "Managed-SecurityHeadersPolicy",
                SECURITY,
            ),
            headers_policy(
                "5cc3b908-e619-4b99-88e5-2cf7f45965bd",
                "Managed-CORS-With-Preflight",
                CORS,
            ),
            headers_policy(
                "eaab4381-ed33-4a86-88ca-d9558dc6cd63",
                "Managed-CORS-with-preflight-and-SecurityHeadersPolicy",
                &format!("{CORS}{SECURITY}"),
            ),
        ];
    }
    Vec::new()
}

fn cache_policy(row: &(&str, &str, u32, u32, u32, bool)) -> Resource {
    let (id, name, min, default, max, compressed) = row;
    let parameters = Element::new("ParametersInCacheKeyAndForwardedToOrigin")
        .with_leaf("EnableAcceptEncodingGzip", compressed)
        .with_leaf("EnableAcceptEncodingBrotli", compressed)
        .with(Element::new("HeadersConfig").with_leaf("HeaderBehavior", "none"))
        .with(Element::new("CookiesConfig").with_leaf("CookieBehavior", "none"))
        .with(Element::new("QueryStringsConfig").with_leaf("QueryStringBehavior", "none"));
    let config = Element::new("CachePolicyConfig")
        .with_leaf("Comment", "")
        .with_leaf("Name", name)
        .with_leaf("DefaultTTL", default)
        .with_leaf("MaxTTL", max)
        .with_leaf("MinTTL", min)
        .with(parameters);
    Resource::new((*id).to_owned(), ETAG.to_owned(), 0, config)
}

fn request_policy(row: &(&str, &str, &str, &[&str], &str)) -> Resource {
    let (id, name, behavior, headers, rest) = row;
    let mut selected = Element::new("HeadersConfig").with_leaf("HeaderBehavior", behavior);
    if !headers.is_empty() {
        let items = headers.iter().map(|it| Element::leaf("Name", it));
        let list = Element::new("Headers").with_leaf("Quantity", headers.len());
        selected = selected.with(list.with(Element::new("Items").with_all(items)));
    }
    let config = Element::new("OriginRequestPolicyConfig")
        .with_leaf("Comment", "")
        .with_leaf("Name", name)
        .with(selected)
        .with(Element::new("CookiesConfig").with_leaf("CookieBehavior", rest))
        .with(Element::new("QueryStringsConfig").with_leaf("QueryStringBehavior", rest));
    Resource::new((*id).to_owned(), ETAG.to_owned(), 0, config)
}

fn headers_policy(id: &str, name: &str, content: &str) -> Resource {
    let text = format!(
        "<ResponseHeadersPolicyConfig><Comment></Comment><Name>{name}</Name>{content}</ResponseHeadersPolicyConfig>"
    );
    // The text above is a constant of this file, and a test parses it.
    let config =
        Element::parse(&text).unwrap_or_else(|_| Element::new("ResponseHeadersPolicyConfig"));
    Resource::new(id.to_owned(), ETAG.to_owned(), 0, config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_parses() {
        let paths = [CACHE_POLICY.path, HEADERS_POLICY.path, REQUEST_POLICY.path];
        for it in paths.map(all).concat() {
            assert!(it.config.text_at("Name").starts_with("Managed-"));
            assert!(it.config.children.len() > 2);
        }
    }
}
