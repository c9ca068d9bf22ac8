//! The elements `CloudFront` adds to what a client leaves out, in the order it writes them.
//!
//! Clients rely on all of them: one that reads `OriginGroups` without looking fails when it is absent.

use anyhow::Result;

use crate::xml::Element;

const DISTRIBUTION: &str = "<C><CallerReference/><Aliases><Quantity>0</Quantity></Aliases>\
    <DefaultRootObject/><Origins/><OriginGroups><Quantity>0</Quantity></OriginGroups>\
    <DefaultCacheBehavior/><CacheBehaviors><Quantity>0</Quantity></CacheBehaviors>\
    <CustomErrorResponses><Quantity>0</Quantity></CustomErrorResponses><Comment/>\
    <Logging><Enabled>false</Enabled><IncludeCookies>false</IncludeCookies><Bucket/><Prefix/></Logging>\
    <PriceClass>PriceClass_All</PriceClass><Enabled/>\
    <ViewerCertificate><CloudFrontDefaultCertificate>true</CloudFrontDefaultCertificate>\
    <SSLSupportMethod>vip</SSLSupportMethod><MinimumProtocolVersion>TLSv1</MinimumProtocolVersion>\
    <CertificateSource>cloudfront</CertificateSource></ViewerCertificate>\
    <Restrictions><GeoRestriction><RestrictionType>none</RestrictionType><Quantity>0</Quantity></GeoRestriction></Restrictions>\
    <WebACLId/><HttpVersion>http2</HttpVersion><IsIPV6Enabled>true</IsIPV6Enabled>\
    <ContinuousDeploymentPolicyId/><Staging>false</Staging></C>";

const BEHAVIOR: &str = "<C><PathPattern/><TargetOriginId/>\
    <TrustedSigners><Enabled>false</Enabled><Quantity>0</Quantity></TrustedSigners>\
    <TrustedKeyGroups><Enabled>false</Enabled><Quantity>0</Quantity></TrustedKeyGroups>\
    <ViewerProtocolPolicy/><AllowedMethods><Quantity>2</Quantity><Items><Method>HEAD</Method><Method>GET</Method></Items>\
    <CachedMethods><Quantity>2</Quantity><Items><Method>HEAD</Method><Method>GET</Method></Items></CachedMethods></AllowedMethods>\
    <SmoothStreaming>false</SmoothStreaming><Compress>false</Compress>\
    <LambdaFunctionAssociations><Quantity>0</Quantity></LambdaFunctionAssociations>\
    <FunctionAssociations><Quantity>0</Quantity></FunctionAssociations>\
    <FieldLevelEncryptionId/><RealtimeLogConfigArn/><CachePolicyId/><OriginRequestPolicyId/>\
    <ResponseHeadersPolicyId/><GrpcConfig><Enabled>false</Enabled></GrpcConfig></C>";

const ORIGIN: &str = "<C><Id/><DomainName/><OriginPath/><CustomHeaders><Quantity>0</Quantity></CustomHeaders>\
    <S3OriginConfig/><CustomOriginConfig/><ConnectionAttempts>3</ConnectionAttempts>\
    <ConnectionTimeout>10</ConnectionTimeout><OriginShield><Enabled>false</Enabled></OriginShield>\
    <OriginAccessControlId/></C>";

pub(crate) const CACHE_POLICY: &str = "<C><Comment/><Name/><DefaultTTL>86400</DefaultTTL>\
    <MaxTTL>31536000</MaxTTL><MinTTL>0</MinTTL></C>";

pub(crate) const HEADERS_POLICY: &str = "<C><Comment/><Name/></C>";
pub(crate) const REQUEST_POLICY: &str = "<C><Comment/><Name/></C>";

/// Elements that stay absent when nobody gave them.
const OPTIONAL: [&str; 9] = [
    "PathPattern",
    "RealtimeLogConfigArn",
    "CachePolicyId",
    "OriginRequestPolicyId",
    "ResponseHeadersPolicyId",
    "S3OriginConfig",
    "CustomOriginConfig",
    "Origins",
    "DefaultCacheBehavior",
];

/// Adds what is missing, and puts all of it into the order of the template.
pub(crate) fn complete(element: &mut Element, template: &str) -> Result<()> {
    fill(element, &Element::parse(template)?);
    Ok(())
}

/// Completes a whole `DistributionConfig`.
pub(crate) fn complete_distribution(config: &mut Element) -> Result<()> {
    complete(config, DISTRIBUTION)?;
    if let Some(behavior) = config.child_mut("DefaultCacheBehavior") {
        complete(behavior, BEHAVIOR)?;
    }
    for (list, template) in [("Origins", ORIGIN), ("CacheBehaviors", BEHAVIOR)] {
        let items = config.child_mut(list).and_then(|it| it.child_mut("Items"));
        for item in items.into_iter().flat_map(|it| &mut it.children) {
            complete(item, template)?;
        }
    }
    Ok(())
}

fn fill(element: &mut Element, template: &Element) {
    for default in &template.children {
        match element.child_mut(&default.name) {
            // A list that was given is whole; the structures around it may miss members.
            Some(given) if default.child("Items").is_some() => fill_methods(given, default),
            Some(given) => fill(given, default),
            None if OPTIONAL.contains(&default.name.as_str()) => {}
            None => element.children.push(default.clone()),
        }
    }
    let place = |it: &Element| template.children.iter().position(|default| default.name == it.name);
    element.children.sort_by_key(|it| place(it).unwrap_or(usize::MAX));
}

/// `AllowedMethods` is a list that has a second list inside.
fn fill_methods(given: &mut Element, default: &Element) {
    if let (None, Some(cached)) = (given.child("CachedMethods"), default.child("CachedMethods")) {
        given.children.push(cached.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_configuration_becomes_a_whole_one() {
        let mut config = Element::parse(
            "<DistributionConfig><CallerReference>a</CallerReference><Comment>c</Comment><Enabled>true</Enabled>\
             <Logging><Enabled>true</Enabled></Logging>\
             <Origins><Quantity>1</Quantity><Items><Origin><Id>o</Id><DomainName>d</DomainName></Origin></Items></Origins>\
             <DefaultCacheBehavior><TargetOriginId>o</TargetOriginId><AllowedMethods><Quantity>2</Quantity>\
             <Items><Method>GET</Method><Method>HEAD</Method></Items></AllowedMethods></DefaultCacheBehavior></DistributionConfig>",
        )
        .unwrap();
        complete_distribution(&mut config).unwrap();
        assert_eq!(config.text_at("OriginGroups/Quantity"), "0");
        assert_eq!(config.text_at("Logging/Enabled"), "true");
        assert_eq!(config.text_at("Logging/IncludeCookies"), "false");
        assert_eq!(config.items("Origins")[0].text_at("ConnectionAttempts"), "3");
        assert_eq!(config.items("DefaultCacheBehavior/AllowedMethods").len(), 2);
        assert_eq!(config.items("DefaultCacheBehavior/AllowedMethods/CachedMethods").len(), 2);
        assert!(config.at("DefaultCacheBehavior/PathPattern").is_none());
        let again = config.clone();
        complete_distribution(&mut config).unwrap();
        assert_eq!(config, again);
    }
}
