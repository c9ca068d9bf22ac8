//! Applies a response headers policy.
//!
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html>

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::policy::like;
use crate::xml::Element;

/// Changes the headers of an answer that came from the origin or from the cache.
pub(crate) fn apply(policy: &Element, viewer: &HeaderMap, headers: &mut HeaderMap) {
    for removed in policy.items("RemoveHeadersConfig") {
        headers.remove(removed.text_at("Header").to_ascii_lowercase().as_str());
    }
    if let Some(security) = policy.child("SecurityHeadersConfig") {
        apply_security(security, headers);
    }
    for custom in policy.items("CustomHeadersConfig") {
        let (name, value) = (custom.text_at("Header"), custom.text_at("Value"));
        put(headers, name, value, Rule::of(custom.text_at("Override")));
    }
    if let (Some(cors), Some(origin)) = (policy.child("CorsConfig"), viewer.get("origin")) {
        apply_cors(cors, origin.to_str().unwrap_or_default(), viewer, headers);
    }
}

/// Whether the origin's own header stays.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    Replace,
    Keep,
}

impl Rule {
    fn of(text: &str) -> Self {
        if text == "true" { Self::Replace } else { Self::Keep }
    }
}

fn put(headers: &mut HeaderMap, name: &str, value: &str, rule: Rule) {
    let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) else {
        return;
    };
    if rule == Rule::Replace || !headers.contains_key(&name) {
        headers.insert(name, value);
    }
}

fn apply_security(security: &Element, headers: &mut HeaderMap) {
    let mut set = |config: &str, name: &str, value: &dyn Fn(&Element) -> String| {
        if let Some(config) = security.child(config) {
            put(headers, name, &value(config), Rule::of(config.text_at("Override")));
        }
    };
    set("ContentTypeOptions", "x-content-type-options", &|_| "nosniff".to_owned());
    set("FrameOptions", "x-frame-options", &|it| it.text_at("FrameOption").to_owned());
    set("ReferrerPolicy", "referrer-policy", &|it| it.text_at("ReferrerPolicy").to_owned());
    set("ContentSecurityPolicy", "content-security-policy", &|it| {
        it.text_at("ContentSecurityPolicy").to_owned()
    });
    set("StrictTransportSecurity", "strict-transport-security", &|it| {
        let mut value = format!("max-age={}", it.text_at("AccessControlMaxAgeSec"));
        for (flag, directive) in
            [("IncludeSubdomains", "; includeSubDomains"), ("Preload", "; preload")]
        {
            if it.text_at(flag) == "true" {
                value.push_str(directive);
            }
        }
        value
    });
    set("XSSProtection", "x-xss-protection", &|it| match (
        it.text_at("Protection"),
        it.text_at("ModeBlock"),
    ) {
        ("true", "true") => "1; mode=block".to_owned(),
        ("true", _) => "1".to_owned(),
        _ => "0".to_owned(),
    });
}

fn apply_cors(cors: &Element, origin: &str, viewer: &HeaderMap, headers: &mut HeaderMap) {
    let rule = Rule::of(cors.text_at("OriginOverride"));
    let origins = cors.items("AccessControlAllowOrigins");
    let Some(matching) = origins.iter().find(|it| like(&it.text, origin)) else { return };
    let list = |name: &str| {
        let items = cors.items(name).iter().map(|it| it.text.as_str());
        items.collect::<Vec<_>>().join(", ")
    };
    let credentials = cors.text_at("AccessControlAllowCredentials") == "true";
    if matching.text == "*" && !credentials {
        put(headers, "access-control-allow-origin", "*", rule);
    } else {
        put(headers, "access-control-allow-origin", origin, rule);
        put(headers, "vary", "Origin", Rule::Keep);
    }
    if credentials {
        put(headers, "access-control-allow-credentials", "true", rule);
    }
    if !cors.items("AccessControlExposeHeaders").is_empty() {
        put(headers, "access-control-expose-headers", &list("AccessControlExposeHeaders"), rule);
    }
    if !viewer.contains_key("access-control-request-method") {
        return;
    }
    let methods = match list("AccessControlAllowMethods").as_str() {
        "ALL" => "GET, DELETE, HEAD, OPTIONS, PATCH, POST, PUT".to_owned(),
        methods => methods.to_owned(),
    };
    put(headers, "access-control-allow-methods", &methods, rule);
    put(headers, "access-control-allow-headers", &list("AccessControlAllowHeaders"), rule);
    let max_age = cors.text_at("AccessControlMaxAgeSec");
    if !max_age.is_empty() {
        put(headers, "access-control-max-age", max_age, rule);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_adds_replaces_and_removes() {
        let policy = Element::parse(
            "<P><SecurityHeadersConfig><ContentTypeOptions><Override>true</Override></ContentTypeOptions>\
             <StrictTransportSecurity><Override>false</Override><IncludeSubdomains>true</IncludeSubdomains>\
             <AccessControlMaxAgeSec>9</AccessControlMaxAgeSec></StrictTransportSecurity></SecurityHeadersConfig>\
             <CustomHeadersConfig><Items><C><Header>Cache-Control</Header><Value>private</Value><Override>true</Override></C>\
             <C><Header>X-Kept</Header><Value>ours</Value><Override>false</Override></C></Items></CustomHeadersConfig>\
             <RemoveHeadersConfig><Items><C><Header>Server</Header></C></Items></RemoveHeadersConfig>\
             <CorsConfig><AccessControlAllowOrigins><Items><Origin>https://*.test</Origin></Items></AccessControlAllowOrigins>\
             <OriginOverride>true</OriginOverride></CorsConfig></P>",
        )
        .unwrap();
        let map = |pairs: &[(&'static str, &'static str)]| -> HeaderMap {
            pairs
                .iter()
                .map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v)))
                .collect()
        };
        let mut headers =
            map(&[("cache-control", "public"), ("x-kept", "theirs"), ("server", "s")]);
        apply(&policy, &map(&[("origin", "https://a.test")]), &mut headers);
        let expected = map(&[
            ("cache-control", "private"),
            ("x-kept", "theirs"),
            ("x-content-type-options", "nosniff"),
            ("strict-transport-security", "max-age=9; includeSubDomains"),
            ("access-control-allow-origin", "https://a.test"),
            ("vary", "Origin"),
        ]);
        assert_eq!(headers, expected);
    }
}
