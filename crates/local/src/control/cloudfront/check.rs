//! What `CloudFront` refuses before it stores anything.

use crate::control::cloudfront::association;
use crate::control::cloudfront::invalid_argument;
use crate::control::cloudfront::resource::{
    ACCESS_CONTROL, CACHE_POLICY, HEADERS_POLICY, Kind, REQUEST_POLICY,
};
use crate::fault::{Fault, Outcome};
use crate::rule::Rule;
use crate::store::Cloud;
use crate::xml::Element;

const COMMENT_MAX: usize = 128;
const ACCESS_CONTROL_NAME_MAX: usize = 64;
const CSP_MAX: usize = 1783;

/// The only sets of methods a behavior can allow.
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_AllowedMethods.html>
const METHOD_SETS: [&[&str]; 3] = [
    &["GET", "HEAD"],
    &["GET", "HEAD", "OPTIONS"],
    &["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"],
];

/// Every list says how long it is.
pub(crate) fn quantities(element: &Element) -> Outcome<()> {
    if let Some(quantity) = element.child("Quantity") {
        let items = element.child("Items").map_or(0, |it| it.children.len());
        if quantity.text.trim().parse() != Ok(items) {
            let message = format!(
                "The value of Quantity and the size of Items don't match: {}",
                element.name
            );
            return Err(Fault::new(400, "InconsistentQuantities", message));
        }
    }
    element.children.iter().try_for_each(quantities)
}

pub(crate) fn access_control(_: &Cloud, config: &Element) -> Outcome<()> {
    required(
        config,
        &["Name", "SigningProtocol", "SigningBehavior", "OriginAccessControlOriginType"],
    )?;
    one_of(config, "SigningProtocol", &["sigv4"])?;
    one_of(config, "SigningBehavior", &["always", "never", "no-override"])?;
    one_of(
        config,
        "OriginAccessControlOriginType",
        &["s3", "mediastore", "mediapackagev2", "lambda"],
    )?;
    longest(config, "Name", ACCESS_CONTROL_NAME_MAX)
}

pub(crate) fn cache_policy(cloud: &Cloud, config: &Element) -> Outcome<()> {
    required(config, &["Name", "MinTTL"])?;
    longest(config, "Comment", COMMENT_MAX)?;
    let min = ttl(config, "MinTTL", 0)?;
    let default = ttl(config, "DefaultTTL", min.max(86_400))?;
    let max = ttl(config, "MaxTTL", default.max(31_536_000))?;
    if (min > default || default > max) && cloud.holds(Rule::TtlOrder) {
        return Err(invalid_argument(
            "The parameter MinTTL, DefaultTTL or MaxTTL is out of order: minimum <= default <= maximum.",
        ));
    }
    let key = "ParametersInCacheKeyAndForwardedToOrigin";
    if let Some(key) = config.child(key) {
        for name in
            ["EnableAcceptEncodingGzip", "HeadersConfig", "CookiesConfig", "QueryStringsConfig"]
        {
            required(key, &[name])?;
        }
        let headers = key.text_at("HeadersConfig/HeaderBehavior");
        // With caching off there is no key that a header could be part of.
        if max == 0 && headers != "none" {
            return Err(invalid_argument(
                "The parameter HeaderBehavior is invalid for policy with caching disabled.",
            ));
        }
        if max == 0
            && (key.text_at("EnableAcceptEncodingGzip") == "true"
                || key.text_at("EnableAcceptEncodingBrotli") == "true")
        {
            return Err(invalid_argument(
                "The parameter EnableAcceptEncodingGzip is invalid for policy with caching disabled.",
            ));
        }
    }
    Ok(())
}

pub(crate) fn headers_policy(_: &Cloud, config: &Element) -> Outcome<()> {
    required(config, &["Name"])?;
    longest(config, "Comment", COMMENT_MAX)?;
    let csp = config.text_at("SecurityHeadersConfig/ContentSecurityPolicy/ContentSecurityPolicy");
    if csp.len() > CSP_MAX {
        let message = format!("The Content-Security-Policy is longer than {CSP_MAX} characters.");
        return Err(Fault::new(400, "TooLongCSPInResponseHeadersPolicy", message));
    }
    Ok(())
}

pub(crate) fn request_policy(_: &Cloud, config: &Element) -> Outcome<()> {
    required(config, &["Name", "HeadersConfig", "CookiesConfig", "QueryStringsConfig"])?;
    longest(config, "Comment", COMMENT_MAX)?;
    let mut headers = config.items("HeadersConfig/Headers").iter();
    // CloudFront developer guide, "Configure CloudFront to forward the Authorization header".
    if headers.any(|it| it.text.eq_ignore_ascii_case("authorization")) {
        return Err(invalid_argument(
            "The parameter Headers contains Authorization that is not allowed.",
        ));
    }
    Ok(())
}

/// Checks a whole `DistributionConfig` against what exists.
pub(crate) fn distribution(cloud: &Cloud, config: &Element, now: u64) -> Outcome<()> {
    quantities(config)?;
    required(
        config,
        &["CallerReference", "Origins", "DefaultCacheBehavior", "Comment", "Enabled"],
    )?;
    longest(config, "Comment", COMMENT_MAX)?;
    one_of(config, "Enabled", &["true", "false"])?;
    let origins = config.items("Origins");
    if origins.is_empty() {
        return Err(invalid_argument("The parameter Origins is required."));
    }
    for origin in origins {
        check_origin(cloud, origin)?;
    }
    let own = ["ACMCertificateArn", "IAMCertificateId"];
    let certified =
        own.iter().any(|it| !config.text_at(&format!("ViewerCertificate/{it}")).is_empty());
    if !config.items("Aliases").is_empty() && !certified {
        let message = "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate that validates your authorization to use the domain name.";
        return Err(Fault::new(400, "InvalidViewerCertificate", message));
    }
    let default = config.child("DefaultCacheBehavior").into_iter();
    for behavior in default.chain(config.items("CacheBehaviors")) {
        check_behavior(cloud, config, behavior, now)?;
    }
    Ok(())
}

fn check_origin(cloud: &Cloud, origin: &Element) -> Outcome<()> {
    required(origin, &["Id", "DomainName"])?;
    let (domain, control) = (origin.text_at("DomainName"), origin.text_at("OriginAccessControlId"));
    if origin.child("S3OriginConfig").is_none() && origin.child("CustomOriginConfig").is_none() {
        return Err(invalid_argument(
            "The parameter Origin must have S3OriginConfig, CustomOriginConfig or VpcOriginConfig.",
        ));
    }
    if control.is_empty() {
        return Ok(());
    }
    if ACCESS_CONTROL.find(cloud, control).is_none() && cloud.holds(Rule::AccessControlExists) {
        let message = "The origin access control is associated with an origin whose access control does not exist.";
        return Err(Fault::new(400, "InvalidOriginAccessControl", message));
    }
    if !origin.text_at("S3OriginConfig/OriginAccessIdentity").is_empty() {
        let message =
            "An origin cannot have both an origin access control and an origin access identity.";
        return Err(Fault::new(400, "IllegalOriginAccessConfiguration", message));
    }
    let in_s3 = domain.ends_with(".amazonaws.com") && domain.contains(".s3.");
    if !in_s3 || domain.contains("s3-website") {
        let message = "An origin access control is associated with an origin whose domain name is not supported.";
        return Err(Fault::new(400, "InvalidDomainNameForOriginAccessControl", message));
    }
    Ok(())
}

fn check_behavior(cloud: &Cloud, config: &Element, behavior: &Element, now: u64) -> Outcome<()> {
    required(behavior, &["TargetOriginId", "ViewerProtocolPolicy"])?;
    one_of(behavior, "ViewerProtocolPolicy", &["allow-all", "https-only", "redirect-to-https"])?;
    let target = behavior.text_at("TargetOriginId");
    if !config.items("Origins").iter().any(|it| it.text_at("Id") == target) {
        let message = "One or more of your origins or origin groups do not exist.";
        return Err(Fault::new(404, "NoSuchOrigin", message));
    }
    if cloud.holds(Rule::CachePolicyExists) {
        exists(cloud, &CACHE_POLICY, behavior)?;
    }
    exists(cloud, &HEADERS_POLICY, behavior)?;
    exists(cloud, &REQUEST_POLICY, behavior)?;
    if behavior.child("CachePolicyId").is_none() && behavior.child("ForwardedValues").is_none() {
        return Err(invalid_argument("The parameter ForwardedValues is required."));
    }
    check_methods(behavior)?;
    association::check(cloud, behavior, now)
}

fn exists(cloud: &Cloud, kind: &Kind, behavior: &Element) -> Outcome<()> {
    let id = behavior.text_at(kind.reference);
    if id.is_empty() || kind.find(cloud, id).is_some() {
        return Ok(());
    }
    let noun = kind.path.replace('-', " ");
    Err(Fault::new(404, kind.missing, format!("The specified {noun} does not exist.")))
}

fn check_methods(behavior: &Element) -> Outcome<()> {
    let Some(allowed) = behavior.child("AllowedMethods") else { return Ok(()) };
    let list = |path: &str| {
        let mut methods: Vec<&str> = allowed
            .at(path)
            .map_or(&[][..], |it| &it.children)
            .iter()
            .map(|it| it.text.as_str())
            .collect();
        methods.sort_unstable();
        methods
    };
    let cached_given = allowed.child("CachedMethods").is_some();
    if !METHOD_SETS.contains(&list("Items").as_slice()) {
        return Err(invalid_argument(
            "The parameter AllowedMethods contains an invalid set of methods.",
        ));
    }
    if cached_given && !METHOD_SETS[..2].contains(&list("CachedMethods/Items").as_slice()) {
        return Err(invalid_argument(
            "The parameter CachedMethods contains an invalid set of methods.",
        ));
    }
    Ok(())
}

fn ttl(config: &Element, name: &str, default: u64) -> Outcome<u64> {
    match config.text_at(name) {
        "" => Ok(default),
        text => text.parse().map_err(|_| {
            invalid_argument(format!("The parameter {name} is not a number of seconds."))
        }),
    }
}

fn required(element: &Element, names: &[&str]) -> Outcome<()> {
    match names.iter().find(|it| element.child(it).is_none()) {
        Some(name) => Err(invalid_argument(format!("The parameter {name} is required."))),
        None => Ok(()),
    }
}

fn one_of(element: &Element, name: &str, values: &[&str]) -> Outcome<()> {
    let value = element.text_at(name);
    if values.contains(&value) {
        return Ok(());
    }
    Err(invalid_argument(format!("The parameter {name} has an invalid value: {value}")))
}

fn longest(element: &Element, name: &str, max: usize) -> Outcome<()> {
    if element.text_at(name).chars().count() > max {
        return Err(invalid_argument(format!(
            "The parameter {name} is too long: at most {max} characters."
        )));
    }
    Ok(())
}
