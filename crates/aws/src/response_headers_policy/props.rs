//! Its properties, as the plan shows them and as the SDK has them.

use crate::tree::sorted;
use anyhow::Result;
use aws_sdk_cloudfront::types::{
    ResponseHeadersPolicyAccessControlAllowHeaders as AllowHeaders,
    ResponseHeadersPolicyAccessControlAllowMethods as AllowMethods,
    ResponseHeadersPolicyAccessControlAllowMethodsValues as Method,
    ResponseHeadersPolicyAccessControlAllowOrigins as AllowOrigins,
    ResponseHeadersPolicyAccessControlExposeHeaders as ExposeHeaders, ResponseHeadersPolicyConfig,
    ResponseHeadersPolicyContentSecurityPolicy as SdkCsp,
    ResponseHeadersPolicyContentTypeOptions as SdkNosniff,
    ResponseHeadersPolicyCorsConfig as SdkCors, ResponseHeadersPolicyCustomHeader as CustomHeader,
    ResponseHeadersPolicyCustomHeadersConfig as CustomHeaders,
    ResponseHeadersPolicySecurityHeadersConfig as SecurityHeaders,
    ResponseHeadersPolicyStrictTransportSecurity as SdkHsts,
};
use config::{Config, Names};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const CSP: &str = "Content-Security-Policy";
const NOSNIFF: &str = "X-Content-Type-Options";

/// A year, the least that browsers' preload lists ask for.
const HSTS_SECONDS: i32 = 31_536_000;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Props {
    name: String,
    /// Carries the mark: a response headers policy has no tags.
    comment: String,
    headers: BTreeMap<String, Header>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    strict_transport_security: Option<Hsts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cors: Option<Cors>,
    /// What else is switched on; an update switches it off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    also: Vec<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Header {
    value: String,
    overrides_origin: bool,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Hsts {
    max_age_seconds: i32,
    include_subdomains: bool,
    preload: bool,
    overrides_origin: bool,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Cors {
    origins: Vec<String>,
    methods: Vec<String>,
    headers: Vec<String>,
    expose: Vec<String>,
    credentials: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_age_seconds: Option<i32>,
    overrides_origin: bool,
}

impl Props {
    pub(super) fn desired(config: &Config, names: &Names) -> Self {
        let header = |name: &str, value: &str| {
            (name.to_owned(), Header { value: value.to_owned(), overrides_origin: true })
        };
        let headers = [
            // For viewers; the edge caches by the cache policy (CloudFront developer guide,
            // "Add or remove HTTP headers in CloudFront responses").
            header("Cache-Control", &config.delivery.cache_control),
            // A page that uses the images asks for them with a token, so with CORS, and to such
            // requests this header does not apply (Fetch, "cross-origin resource policy check").
            // What it stops is another site embedding a copy out of the browser's cache.
            header("Cross-Origin-Resource-Policy", "same-site"),
            // The type is the uploader's word: whatever it turns out to be, it runs nothing.
            header(CSP, "default-src 'none'; sandbox"),
            header(NOSNIFF, "nosniff"),
        ];
        let hsts = Hsts {
            max_age_seconds: HSTS_SECONDS,
            include_subdomains: false,
            preload: false,
            overrides_origin: true,
        };
        Self {
            name: names.edge.clone(),
            comment: names.mark.clone(),
            headers: headers.into(),
            strict_transport_security: Some(hsts),
            cors: Cors::desired(&config.cors.origins),
            also: Vec::new(),
        }
    }
}

impl Cors {
    /// For what comes from the bucket or the cache. Preflights and refusals are answered by the
    /// authorizer, which sends its own.
    fn desired(origins: &[String]) -> Option<Self> {
        (!origins.is_empty()).then(|| Self {
            origins: sorted(origins),
            methods: sorted(["GET", "HEAD", "PUT"]),
            // `*` would not cover `Authorization` (Fetch, "CORS protocol and HTTP caches").
            headers: sorted(["authorization", "content-type"]),
            expose: sorted(["ETag"]),
            // The token travels in a header; cookies have no meaning here.
            credentials: false,
            max_age_seconds: None,
            overrides_origin: true,
        })
    }
}

pub(super) fn to_sdk(mut props: Props) -> Result<ResponseHeadersPolicyConfig> {
    let csp = props.headers.remove(CSP).map(|it| {
        let csp = SdkCsp::builder().content_security_policy(it.value);
        csp.r#override(it.overrides_origin).build()
    });
    let nosniff = props.headers.remove(NOSNIFF);
    let nosniff = nosniff.map(|it| SdkNosniff::builder().r#override(it.overrides_origin).build());
    let hsts = props.strict_transport_security.map(|it| {
        SdkHsts::builder()
            .access_control_max_age_sec(it.max_age_seconds)
            .include_subdomains(it.include_subdomains)
            .preload(it.preload)
            .r#override(it.overrides_origin)
            .build()
    });
    let security = SecurityHeaders::builder()
        .set_content_security_policy(csp.transpose()?)
        .set_content_type_options(nosniff.transpose()?)
        .set_strict_transport_security(hsts.transpose()?);
    Ok(ResponseHeadersPolicyConfig::builder()
        .name(props.name)
        .comment(props.comment)
        .security_headers_config(security.build())
        .custom_headers_config(custom_headers(props.headers)?)
        .set_cors_config(props.cors.map(cors_to_sdk).transpose()?)
        .build()?)
}

fn custom_headers(headers: BTreeMap<String, Header>) -> Result<CustomHeaders> {
    let quantity = i32::try_from(headers.len())?;
    let items = headers.into_iter().map(|(name, it)| {
        let header = CustomHeader::builder().header(name).value(it.value);
        header.r#override(it.overrides_origin).build()
    });
    let items = items.collect::<Result<_, _>>()?;
    Ok(CustomHeaders::builder().quantity(quantity).set_items(Some(items)).build()?)
}

fn cors_to_sdk(cors: Cors) -> Result<SdkCors> {
    let count = |items: &[String]| i32::try_from(items.len());
    let methods = cors.methods.iter().map(|it| Method::from(it.as_str())).collect();
    let (methods_quantity, headers, origins) =
        (count(&cors.methods)?, count(&cors.headers)?, count(&cors.origins)?);
    let expose = ExposeHeaders::builder().quantity(count(&cors.expose)?);
    let origins = AllowOrigins::builder().quantity(origins).set_items(Some(cors.origins));
    let headers = AllowHeaders::builder().quantity(headers).set_items(Some(cors.headers));
    let methods = AllowMethods::builder().quantity(methods_quantity).set_items(Some(methods));
    Ok(SdkCors::builder()
        .access_control_allow_origins(origins.build()?)
        .access_control_allow_headers(headers.build()?)
        .access_control_allow_methods(methods.build()?)
        .access_control_expose_headers(expose.set_items(Some(cors.expose)).build()?)
        .access_control_allow_credentials(cors.credentials)
        .set_access_control_max_age_sec(cors.max_age_seconds)
        .origin_override(cors.overrides_origin)
        .build()?)
}

pub(super) fn from_sdk(config: ResponseHeadersPolicyConfig) -> Props {
    let also = others(&config);
    let security = config.security_headers_config;
    let (csp, nosniff, hsts) = security.map_or((None, None, None), |it| {
        (it.content_security_policy, it.content_type_options, it.strict_transport_security)
    });
    let csp = csp.map(|it| (CSP, it.content_security_policy, it.r#override));
    let nosniff = nosniff.map(|it| (NOSNIFF, "nosniff".to_owned(), it.r#override));
    let named = csp.into_iter().chain(nosniff).map(|(name, value, overrides_origin)| {
        (name.to_owned(), Header { value, overrides_origin })
    });
    let custom = config.custom_headers_config.and_then(|it| it.items).unwrap_or_default();
    let custom = custom
        .into_iter()
        .map(|it| (it.header, Header { value: it.value, overrides_origin: it.r#override }));
    Props {
        name: config.name,
        comment: config.comment.unwrap_or_default(),
        headers: named.chain(custom).collect(),
        strict_transport_security: hsts.map(|it| Hsts {
            max_age_seconds: it.access_control_max_age_sec,
            include_subdomains: it.include_subdomains.unwrap_or(false),
            preload: it.preload.unwrap_or(false),
            overrides_origin: it.r#override,
        }),
        cors: config.cors_config.map(cors_from_sdk),
        also,
    }
}

fn cors_from_sdk(cors: SdkCors) -> Cors {
    let methods = cors.access_control_allow_methods.map(|it| it.items).unwrap_or_default();
    let expose = cors.access_control_expose_headers.and_then(|it| it.items).unwrap_or_default();
    Cors {
        origins: sorted(cors.access_control_allow_origins.map(|it| it.items).unwrap_or_default()),
        methods: sorted(methods.iter().map(Method::to_string)),
        headers: sorted(cors.access_control_allow_headers.map(|it| it.items).unwrap_or_default()),
        expose: sorted(expose),
        credentials: cors.access_control_allow_credentials,
        // Preflights never get this far; CloudFront may fill in its default of ten minutes.
        max_age_seconds: cors.access_control_max_age_sec.filter(|it| *it != 600),
        overrides_origin: cors.origin_override,
    }
}

fn others(config: &ResponseHeadersPolicyConfig) -> Vec<String> {
    let security = config.security_headers_config.as_ref();
    let removed = config.remove_headers_config.as_ref().and_then(|it| it.items.as_ref());
    let timing = config.server_timing_headers_config.as_ref().is_some_and(|it| it.enabled);
    let frame = security.and_then(|it| it.frame_options.as_ref());
    let referrer = security.and_then(|it| it.referrer_policy.as_ref());
    let xss = security.and_then(|it| it.xss_protection.as_ref());
    let named = [
        frame.map(|it| format!("X-Frame-Options: {}", it.frame_option)),
        referrer.map(|it| format!("Referrer-Policy: {}", it.referrer_policy)),
        xss.map(|it| format!("X-XSS-Protection: {}", it.protection)),
        timing.then(|| "Server-Timing".to_owned()),
    ];
    let removed = removed.into_iter().flatten().map(|it| format!("{} is removed", it.header));
    named.into_iter().flatten().chain(removed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::response_headers_policy::node;
    use crate::testing;
    use crate::tree::parse;

    #[test]
    fn what_is_written_is_what_is_read() {
        let desired = node(&testing::config(), &testing::names()).unwrap().desired;
        let written = to_sdk(parse(&desired).unwrap()).unwrap();
        assert_eq!(serde_json::to_value(from_sdk(written)).unwrap(), desired);
    }

    #[test]
    fn desired() {
        let desired = node(&testing::config(), &testing::names()).unwrap().desired;
        insta::assert_snapshot!(testing::pretty(&desired), @r#"
        {
          "comment": "edgegate:photos",
          "cors": {
            "credentials": false,
            "expose": [
              "ETag"
            ],
            "headers": [
              "authorization",
              "content-type"
            ],
            "methods": [
              "GET",
              "HEAD",
              "PUT"
            ],
            "origins": [
              "https://app.example.com"
            ],
            "overrides_origin": true
          },
          "headers": {
            "Cache-Control": {
              "overrides_origin": true,
              "value": "private, max-age=300"
            },
            "Content-Security-Policy": {
              "overrides_origin": true,
              "value": "default-src 'none'; sandbox"
            },
            "Cross-Origin-Resource-Policy": {
              "overrides_origin": true,
              "value": "same-site"
            },
            "X-Content-Type-Options": {
              "overrides_origin": true,
              "value": "nosniff"
            }
          },
          "name": "photos-images",
          "strict_transport_security": {
            "include_subdomains": false,
            "max_age_seconds": 31536000,
            "overrides_origin": true,
            "preload": false
          }
        }
        "#);
    }
}
