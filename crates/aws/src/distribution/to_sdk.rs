//! From the properties to the SDK. Every field that CloudFront would fill in is written out:
//! an update has to name them all (CloudFront API, `UpdateDistribution`).

use super::props::{Association, Behavior, Certificate, ErrorResponse, Origin, Props};
use anyhow::Result;
use aws_sdk_cloudfront::types::{
    Aliases, AllowedMethods, CacheBehaviors, CachedMethods, CustomErrorResponse,
    CustomErrorResponses, CustomHeaders, DefaultCacheBehavior, DistributionConfig, EventType,
    FunctionAssociations, GeoRestriction, GeoRestrictionType, HttpVersion,
    LambdaFunctionAssociation, LambdaFunctionAssociations, LoggingConfig, Method,
    MinimumProtocolVersion, Origin as SdkOrigin, OriginGroups, OriginShield, Origins, PriceClass,
    Restrictions, S3OriginConfig, SslSupportMethod, TrustedKeyGroups, TrustedSigners,
    ViewerCertificate, ViewerProtocolPolicy,
};

/// CloudFront's own defaults (CloudFront API, `Origin`).
pub(super) const CONNECTION_ATTEMPTS: i32 = 3;
pub(super) const CONNECTION_TIMEOUT: i32 = 10;

pub(super) fn config(props: &Props, caller_reference: &str) -> Result<DistributionConfig> {
    let aliases = Aliases::builder().quantity(count(&props.aliases)?);
    let aliases = aliases.set_items(some(props.aliases.clone())).build()?;
    let origins = props.origins.iter().map(origin).collect::<Result<Vec<_>>>()?;
    let origins = Origins::builder().quantity(count(&origins)?).set_items(Some(origins)).build()?;
    let errors = props.errors.iter().map(error).collect::<Result<Vec<_>>>()?;
    let errors = CustomErrorResponses::builder().quantity(count(&errors)?).set_items(some(errors));
    Ok(DistributionConfig::builder()
        .caller_reference(caller_reference)
        .comment(&props.comment)
        .enabled(props.enabled)
        .price_class(PriceClass::from(props.price_class.as_str()))
        .http_version(HttpVersion::from(props.http_version.as_str()))
        .is_ipv6_enabled(props.ipv6)
        .aliases(aliases)
        .viewer_certificate(certificate(props.certificate.as_ref()))
        .origins(origins)
        .origin_groups(OriginGroups::builder().quantity(0).build()?)
        .default_cache_behavior(behavior(&props.behavior)?)
        .cache_behaviors(CacheBehaviors::builder().quantity(0).build()?)
        .custom_error_responses(errors.build()?)
        .default_root_object("")
        .logging(no_logging())
        .restrictions(no_restrictions()?)
        .web_acl_id(props.web_acl.as_deref().unwrap_or_default())
        .build()?)
}

/// The same distribution with the functions of another configuration, and nothing else changed.
pub(super) fn with_functions_of(
    mut config: DistributionConfig,
    other: DistributionConfig,
) -> DistributionConfig {
    let functions = other.default_cache_behavior.and_then(|it| it.lambda_function_associations);
    if let Some(behavior) = &mut config.default_cache_behavior {
        behavior.lambda_function_associations = functions;
    }
    config
}

fn count<T>(items: &[T]) -> Result<i32> {
    Ok(i32::try_from(items.len())?)
}

/// CloudFront wants no list at all where there are no items.
fn some<T>(items: Vec<T>) -> Option<Vec<T>> {
    (!items.is_empty()).then_some(items)
}

fn certificate(it: Option<&Certificate>) -> ViewerCertificate {
    let builder = ViewerCertificate::builder();
    match it {
        None => builder.cloud_front_default_certificate(true),
        Some(it) => builder
            .cloud_front_default_certificate(false)
            .acm_certificate_arn(&it.arn)
            .minimum_protocol_version(MinimumProtocolVersion::from(it.minimum_protocol.as_str()))
            .ssl_support_method(SslSupportMethod::from(it.support.as_str())),
    }
    .build()
}

fn origin(it: &Origin) -> Result<SdkOrigin> {
    // Required even with an access control, which takes the place of the identity in it
    // (CloudFront API, `S3OriginConfig`).
    let s3 = S3OriginConfig::builder().origin_access_identity("").build();
    Ok(SdkOrigin::builder()
        .id(&it.id)
        .domain_name(&it.domain)
        .origin_path(&it.path)
        .set_origin_access_control_id(it.access_control.clone())
        .s3_origin_config(s3)
        .custom_headers(CustomHeaders::builder().quantity(0).build()?)
        .connection_attempts(CONNECTION_ATTEMPTS)
        .connection_timeout(CONNECTION_TIMEOUT)
        .origin_shield(OriginShield::builder().enabled(false).build()?)
        .build()?)
}

fn behavior(it: &Behavior) -> Result<DefaultCacheBehavior> {
    let functions = it.functions.iter().map(association).collect::<Result<Vec<_>>>()?;
    let functions = LambdaFunctionAssociations::builder()
        .quantity(count(&functions)?)
        .set_items(some(functions));
    Ok(DefaultCacheBehavior::builder()
        .target_origin_id(&it.origin)
        .viewer_protocol_policy(ViewerProtocolPolicy::from(it.viewer_protocol.as_str()))
        .allowed_methods(methods(it)?)
        .lambda_function_associations(functions.build()?)
        .function_associations(FunctionAssociations::builder().quantity(0).build()?)
        .set_cache_policy_id(it.cache_policy.clone())
        .set_origin_request_policy_id(it.origin_request_policy.clone())
        .set_response_headers_policy_id(it.response_headers_policy.clone())
        .compress(it.compress)
        .smooth_streaming(false)
        .field_level_encryption_id("")
        .trusted_signers(TrustedSigners::builder().enabled(false).quantity(0).build()?)
        .trusted_key_groups(TrustedKeyGroups::builder().enabled(false).quantity(0).build()?)
        .build()?)
}

fn methods(it: &Behavior) -> Result<AllowedMethods> {
    let named = |names: &[String]| names.iter().map(|it| Method::from(it.as_str())).collect();
    let cached = CachedMethods::builder().quantity(count(&it.cached_methods)?);
    let cached = cached.set_items(Some(named(&it.cached_methods))).build()?;
    let allowed = AllowedMethods::builder().quantity(count(&it.methods)?);
    Ok(allowed.set_items(Some(named(&it.methods))).cached_methods(cached).build()?)
}

fn association(it: &Association) -> Result<LambdaFunctionAssociation> {
    Ok(LambdaFunctionAssociation::builder()
        .event_type(EventType::from(it.event.as_str()))
        .lambda_function_arn(&it.version_arn)
        .include_body(it.include_body)
        .build()?)
}

fn error(it: &ErrorResponse) -> Result<CustomErrorResponse> {
    Ok(CustomErrorResponse::builder()
        .error_code(it.code)
        .error_caching_min_ttl(it.cached_seconds)
        .set_response_page_path(it.page.clone())
        .set_response_code(it.status.clone())
        .build()?)
}

fn no_logging() -> LoggingConfig {
    let logging = LoggingConfig::builder().enabled(false).include_cookies(false);
    logging.bucket("").prefix("").build()
}

fn no_restrictions() -> Result<Restrictions> {
    let geo = GeoRestriction::builder().restriction_type(GeoRestrictionType::None).quantity(0);
    Ok(Restrictions::builder().geo_restriction(geo.build()?).build())
}
