//! From the SDK to the properties. What AWS fills in by itself maps to nothing; everything else
//! is shown, if only as a line of `also`.

use super::props::{
    Association, Behavior, Certificate, ErrorResponse, Logging, Origin, PathBehavior, Props,
};
use super::to_sdk::{CONNECTION_ATTEMPTS, CONNECTION_TIMEOUT};
use crate::tree::sorted;
use aws_sdk_cloudfront::types::{
    CacheBehavior, ConnectionMode, CustomErrorResponse, DefaultCacheBehavior, DistributionConfig,
    GeoRestrictionType, LambdaFunctionAssociations, LoggingConfig, Method, Origin as SdkOrigin,
    ViewerCertificate,
};

/// CloudFront's default for S3 origins (CloudFront API, `S3OriginConfig`).
const READ_TIMEOUT: i32 = 30;

pub(super) fn props(config: DistributionConfig) -> Props {
    let also = others(&config);
    let mut origins: Vec<_> =
        config.origins.map(|it| it.items).unwrap_or_default().into_iter().map(origin).collect();
    origins.sort_by(|one, other| one.id.cmp(&other.id));
    let errors = config.custom_error_responses.and_then(|it| it.items).unwrap_or_default();
    let mut errors: Vec<_> = errors.into_iter().map(error).collect();
    errors.sort_by_key(|it| it.code);
    let paths = config.cache_behaviors.and_then(|it| it.items).unwrap_or_default();
    Props {
        comment: config.comment,
        enabled: config.enabled,
        price_class: config.price_class.map(|it| it.to_string()).unwrap_or_default(),
        http_version: config.http_version.map(|it| it.to_string()).unwrap_or_default(),
        ipv6: config.is_ipv6_enabled.unwrap_or(false),
        aliases: sorted(config.aliases.and_then(|it| it.items).unwrap_or_default()),
        certificate: config.viewer_certificate.and_then(certificate),
        web_acl: given(config.web_acl_id),
        origins,
        behavior: behavior(config.default_cache_behavior),
        // In their own order, in which they are matched.
        path_behaviors: paths.into_iter().map(path_behavior).collect(),
        errors,
        logging: config.logging.and_then(logging),
        also,
    }
}

/// CloudFront adds a protocol of its own, `TLSv1`, to its own certificate.
fn certificate(it: ViewerCertificate) -> Option<Certificate> {
    let arn = it.acm_certificate_arn.or(it.iam_certificate_id)?;
    Some(Certificate {
        arn,
        minimum_protocol: it.minimum_protocol_version.map(|it| it.to_string()).unwrap_or_default(),
        support: it.ssl_support_method.map(|it| it.to_string()).unwrap_or_default(),
    })
}

fn origin(it: SdkOrigin) -> Origin {
    let also = origin_others(&it);
    Origin {
        id: it.id,
        domain: it.domain_name,
        path: it.origin_path.unwrap_or_default(),
        access_control: given(it.origin_access_control_id),
        also,
    }
}

/// The names of custom headers only: their values are secrets as a rule.
fn origin_others(it: &SdkOrigin) -> Vec<String> {
    let s3 = it.s3_origin_config.as_ref();
    let identity = s3.map(|it| it.origin_access_identity.as_str()).filter(|it| !it.is_empty());
    let read = s3.and_then(|it| it.origin_read_timeout).filter(|it| *it != READ_TIMEOUT);
    let attempts = it.connection_attempts.filter(|it| *it != CONNECTION_ATTEMPTS);
    let timeout = it.connection_timeout.filter(|it| *it != CONNECTION_TIMEOUT);
    let shield = it.origin_shield.as_ref().filter(|it| it.enabled);
    let named = [
        it.custom_origin_config.is_some().then(|| "is not S3".to_owned()),
        it.vpc_origin_config.is_some().then(|| "is in a VPC".to_owned()),
        identity.map(|it| format!("identity {it}")),
        read.map(|it| format!("read timeout {it} s")),
        attempts.map(|it| format!("{it} connection attempts")),
        timeout.map(|it| format!("connection timeout {it} s")),
        it.response_completion_timeout
            .filter(|it| *it != 0)
            .map(|it| format!("completion timeout {it} s")),
        shield.map(|it| format!("shield {}", it.origin_shield_region.as_deref().unwrap_or("on"))),
    ];
    let headers = it.custom_headers.as_ref().and_then(|it| it.items.as_ref());
    let headers = headers.into_iter().flatten().map(|it| format!("header {}", it.header_name));
    named.into_iter().flatten().chain(headers).collect()
}

fn behavior(it: Option<DefaultCacheBehavior>) -> Behavior {
    let also = it.as_ref().map(behavior_others).unwrap_or_default();
    let (allowed, it) = match it {
        Some(mut it) => (it.allowed_methods.take(), Some(it)),
        None => (None, None),
    };
    let cached = allowed.as_ref().and_then(|it| it.cached_methods.as_ref());
    let cached = cached.map(|it| it.items.as_slice());
    let methods = allowed.as_ref().map(|it| it.items.as_slice());
    let named = |it: Option<&[Method]>| sorted(it.into_iter().flatten().map(Method::to_string));
    let of = |get: fn(&DefaultCacheBehavior) -> Option<String>| it.as_ref().and_then(get);
    let text = |get| of(get).unwrap_or_default();
    Behavior {
        origin: text(|it| Some(it.target_origin_id.clone())),
        viewer_protocol: text(|it| Some(it.viewer_protocol_policy.to_string())),
        methods: named(methods),
        cached_methods: named(cached),
        functions: associations(
            it.as_ref().and_then(|it| it.lambda_function_associations.as_ref()),
        ),
        cache_policy: given(of(|it| it.cache_policy_id.clone())),
        origin_request_policy: given(of(|it| it.origin_request_policy_id.clone())),
        forwarded: None,
        response_headers_policy: given(of(|it| it.response_headers_policy_id.clone())),
        compress: it.as_ref().and_then(|it| it.compress).unwrap_or(false),
        also,
    }
}

fn associations(it: Option<&LambdaFunctionAssociations>) -> Vec<Association> {
    let mut all: Vec<_> = it
        .and_then(|it| it.items.as_ref())
        .into_iter()
        .flatten()
        .map(|it| Association {
            event: it.event_type.to_string(),
            version_arn: it.lambda_function_arn.clone(),
            include_body: it.include_body.unwrap_or(false),
        })
        .collect();
    all.sort_by(|one, other| one.event.cmp(&other.event));
    all
}

fn behavior_others(it: &DefaultCacheBehavior) -> Vec<String> {
    let edge = it.function_associations.as_ref().and_then(|it| it.items.as_ref());
    let edge = edge.into_iter().flatten();
    let edge = edge.map(|it| format!("function {} on {}", it.function_arn, it.event_type));
    let field = given(it.field_level_encryption_id.clone());
    let logs = given(it.realtime_log_config_arn.clone());
    let on = |it: bool, what: &str| it.then(|| what.to_owned());
    let named = [
        on(it.trusted_signers.as_ref().is_some_and(|it| it.enabled), "trusted signers"),
        on(it.trusted_key_groups.as_ref().is_some_and(|it| it.enabled), "trusted key groups"),
        on(it.smooth_streaming == Some(true), "smooth streaming"),
        on(it.grpc_config.as_ref().is_some_and(|it| it.enabled), "gRPC"),
        on(forwards(it), "forwarded values instead of a cache policy"),
        field.map(|it| format!("field-level encryption {it}")),
        logs.map(|it| format!("real-time logs {it}")),
    ];
    named.into_iter().flatten().chain(edge).collect()
}

#[expect(deprecated, reason = "the older way to say what is cached, still possible by hand")]
fn forwards(it: &DefaultCacheBehavior) -> bool {
    it.forwarded_values.is_some()
}

fn path_behavior(it: CacheBehavior) -> PathBehavior {
    let functions = associations(it.lambda_function_associations.as_ref());
    PathBehavior {
        path: it.path_pattern,
        origin: it.target_origin_id,
        functions: functions.into_iter().map(|it| it.version_arn).collect(),
    }
}

fn error(it: CustomErrorResponse) -> ErrorResponse {
    ErrorResponse {
        code: it.error_code,
        // Ten seconds is what CloudFront does when nothing is said
        // (CloudFront developer guide, "How CloudFront caches HTTP 4xx and 5xx status codes").
        cached_seconds: it.error_caching_min_ttl.unwrap_or(10),
        page: given(it.response_page_path),
        status: given(it.response_code),
    }
}

fn logging(it: LoggingConfig) -> Option<Logging> {
    let off = !it.enabled && !it.include_cookies && it.bucket.is_empty() && it.prefix.is_empty();
    (!off).then_some(Logging {
        enabled: it.enabled,
        bucket: it.bucket,
        prefix: it.prefix,
        include_cookies: it.include_cookies,
    })
}

/// CloudFront says "none" with an empty string.
fn given(it: Option<String>) -> Option<String> {
    it.filter(|it| !it.is_empty())
}

fn others(config: &DistributionConfig) -> Vec<String> {
    let geo = config.restrictions.as_ref().and_then(|it| it.geo_restriction.as_ref());
    let geo = geo.filter(|it| it.restriction_type != GeoRestrictionType::None);
    let groups = config.origin_groups.as_ref().is_some_and(|it| it.quantity > 0);
    // `direct` is what every ordinary distribution has.
    let mode = config.connection_mode.as_ref().filter(|it| **it != ConnectionMode::Direct);
    let on = |it: bool, what: &str| it.then(|| what.to_owned());
    let named =
        |it: &Option<String>, what: &str| given(it.clone()).map(|it| format!("{what} {it}"));
    let all = [
        named(&config.default_root_object, "default root object"),
        named(&config.continuous_deployment_policy_id, "continuous deployment policy"),
        named(&config.anycast_ip_list_id, "anycast IP list"),
        geo.map(|it| format!("geo {} {}", it.restriction_type, it.items().join(" "))),
        mode.map(|it| format!("connection mode {it}")),
        on(groups, "origin groups"),
        on(config.staging == Some(true), "staging"),
        on(config.tenant_config.is_some(), "tenants"),
        on(config.viewer_mtls_config.is_some(), "mutual TLS"),
        on(config.connection_function_association.is_some(), "connection function"),
        on(config.cache_tag_config.is_some(), "cache tags"),
    ];
    all.into_iter().flatten().collect()
}
