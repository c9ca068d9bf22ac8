//! Its properties, as the plan shows them: all that can be set on a distribution, so that nothing
//! added by hand stays unseen.

use super::forwarded::Forwarded;
use crate::tree::sorted;
use config::{Config, Names};
use serde::{Deserialize, Serialize};

/// The name of the one origin inside the distribution.
const ORIGIN: &str = "images";

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Props {
    /// Carries the mark: lists of distributions show no tags.
    pub(super) comment: String,
    pub(super) enabled: bool,
    pub(super) price_class: String,
    pub(super) http_version: String,
    pub(super) ipv6: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) aliases: Vec<String>,
    /// None is CloudFront's own, for `*.cloudfront.net`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) certificate: Option<Certificate>,
    /// A firewall of AWS WAF before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) web_acl: Option<String>,
    pub(super) origins: Vec<Origin>,
    pub(super) behavior: Behavior,
    /// Behaviours for some paths: the stack has none, because each would be another door.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) path_behaviors: Vec<PathBehavior>,
    pub(super) errors: Vec<ErrorResponse>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) logging: Option<Logging>,
    /// What else is set; an update takes it away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) also: Vec<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Certificate {
    pub(super) arn: String,
    pub(super) minimum_protocol: String,
    pub(super) support: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Origin {
    pub(super) id: String,
    pub(super) domain: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) access_control: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) also: Vec<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Behavior {
    pub(super) origin: String,
    pub(super) viewer_protocol: String,
    pub(super) methods: Vec<String>,
    pub(super) cached_methods: Vec<String>,
    pub(super) functions: Vec<Association>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cache_policy: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) origin_request_policy: Option<String>,
    /// Only read, for those who judge it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) forwarded: Option<Forwarded>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) response_headers_policy: Option<String>,
    pub(super) compress: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) also: Vec<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Association {
    pub(super) event: String,
    pub(super) version_arn: String,
    pub(super) include_body: bool,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct PathBehavior {
    pub(super) path: String,
    pub(super) origin: String,
    pub(super) functions: Vec<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ErrorResponse {
    pub(super) code: i32,
    pub(super) cached_seconds: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) page: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Logging {
    pub(super) enabled: bool,
    pub(super) bucket: String,
    pub(super) prefix: String,
    /// Clerk's session is a cookie: it must not be written to a log.
    pub(super) include_cookies: bool,
}

impl Props {
    pub(super) fn desired(config: &Config, names: &Names) -> Self {
        let delivery = &config.delivery;
        Self {
            comment: names.mark.clone(),
            enabled: true,
            price_class: delivery.price_class.clone(),
            http_version: "http2and3".to_owned(),
            ipv6: true,
            aliases: sorted(&delivery.aliases),
            certificate: delivery.certificate_arn.as_ref().map(|arn| Certificate {
                arn: arn.clone(),
                minimum_protocol: "TLSv1.2_2021".to_owned(),
                support: "sni-only".to_owned(),
            }),
            web_acl: delivery.web_acl_arn.clone(),
            origins: vec![Origin {
                id: ORIGIN.to_owned(),
                // Regional: behind the global name S3 redirects viewers past CloudFront for up to a
                // day (CloudFront developer guide, "Origin domain").
                domain: "${bucket.domain}".to_owned(),
                path: String::new(),
                access_control: Some("${origin_access_control.id}".to_owned()),
                also: Vec::new(),
            }],
            behavior: Behavior::desired(),
            path_behaviors: Vec::new(),
            // A missing image may be uploaded the next moment. No page: CloudFront fetches error
            // pages without asking the authorizer (CloudFront developer guide, "Add triggers for a
            // Lambda@Edge function").
            errors: [403, 404].map(ErrorResponse::not_cached).into(),
            logging: None,
            also: Vec::new(),
        }
    }

    pub(super) fn access_control(&self) -> Option<&str> {
        self.origins.first()?.access_control.as_deref()
    }
}

impl Behavior {
    fn desired() -> Self {
        Self {
            origin: ORIGIN.to_owned(),
            // No redirect: the token would already have travelled in the clear.
            viewer_protocol: "https-only".to_owned(),
            // CloudFront has sets of two, three and seven, and `PUT` is in the last one only. The
            // authorizer refuses the rest.
            methods: sorted(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]),
            cached_methods: sorted(["GET", "HEAD"]),
            // Attached from the very first configuration: there is no moment without it.
            functions: vec![Association {
                event: "viewer-request".to_owned(),
                version_arn: "${function.version_arn}".to_owned(),
                include_body: false,
            }],
            cache_policy: Some("${cache_policy.id}".to_owned()),
            // With one, S3 would see headers and query parameters of the viewer's choice, signed.
            origin_request_policy: None,
            forwarded: None,
            response_headers_policy: Some("${response_headers_policy.id}".to_owned()),
            compress: false,
            also: Vec::new(),
        }
    }
}

impl ErrorResponse {
    fn not_cached(code: i32) -> Self {
        Self { code, cached_seconds: 0, page: None, status: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{from_sdk, node, to_sdk};
    use crate::testing;
    use crate::tree::parse;

    #[test]
    fn what_is_written_is_what_is_read() {
        let mut config = testing::config();
        let bare = node(&config, &testing::names()).unwrap().desired;
        config.delivery.aliases = vec!["images.example.com".to_owned()];
        config.delivery.certificate_arn = Some("arn:aws:acm:us-east-1:1:certificate/2".to_owned());
        config.delivery.web_acl_arn =
            Some("arn:aws:wafv2:us-east-1:1:global/webacl/a/b".to_owned());
        let named = node(&config, &testing::names()).unwrap().desired;
        for desired in [bare, named] {
            let props: Props = parse(&desired).unwrap();
            let written = to_sdk::config(&props, "reference").unwrap();
            assert_eq!(serde_json::to_value(from_sdk::props(written)).unwrap(), desired);
        }
    }

    #[test]
    fn desired() {
        let desired = node(&testing::config(), &testing::names()).unwrap().desired;
        insta::assert_snapshot!(testing::pretty(&desired), @r#"
        {
          "behavior": {
            "cache_policy": "${cache_policy.id}",
            "cached_methods": [
              "GET",
              "HEAD"
            ],
            "compress": false,
            "functions": [
              {
                "event": "viewer-request",
                "include_body": false,
                "version_arn": "${function.version_arn}"
              }
            ],
            "methods": [
              "DELETE",
              "GET",
              "HEAD",
              "OPTIONS",
              "PATCH",
              "POST",
              "PUT"
            ],
            "origin": "images",
            "response_headers_policy": "${response_headers_policy.id}",
            "viewer_protocol": "https-only"
          },
          "comment": "edgegate:photos",
          "enabled": true,
          "errors": [
            {
              "cached_seconds": 0,
              "code": 403
            },
            {
              "cached_seconds": 0,
              "code": 404
            }
          ],
          "http_version": "http2and3",
          "ipv6": true,
          "origins": [
            {
              "access_control": "${origin_access_control.id}",
              "domain": "${bucket.domain}",
              "id": "images"
            }
          ],
          "price_class": "PriceClass_100"
        }
        "#);
    }
}
