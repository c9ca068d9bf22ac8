//! The cache key: what of a request a cache policy makes part of it.
//!
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-the-cache-key.html>

use http::HeaderMap;
use http::request::Parts;

use crate::sigv4::{query_pairs, sha256_hex};
use crate::xml::Element;

/// Which parts of a request a cache policy makes part of the key, and so sends to the origin.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyRule {
    headers: Vec<String>,
    queries: Names,
    cookies: Names,
}

/// `none`, `all`, a list, or all but a list.
#[derive(Clone, Debug, Default)]
enum Names {
    #[default]
    None,
    All,
    Only(Vec<String>),
    Except(Vec<String>),
}

impl Names {
    fn of(config: Option<&Element>, behavior: &str, list: &str) -> Self {
        let Some(config) = config else { return Self::None };
        let names = config.items(list).iter().map(|it| it.text.clone()).collect();
        match config.text_at(behavior) {
            "all" => Self::All,
            "whitelist" => Self::Only(names),
            "allExcept" => Self::Except(names),
            _ => Self::None,
        }
    }

    fn has(&self, name: &str) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Only(names) => names.iter().any(|it| it == name),
            Self::Except(names) => !names.iter().any(|it| it == name),
        }
    }
}

impl KeyRule {
    pub(crate) fn of(policy: Option<&Element>) -> Self {
        let parameters = policy.and_then(|it| it.child("ParametersInCacheKeyAndForwardedToOrigin"));
        let part = |name: &str| parameters.and_then(|it| it.child(name));
        let headers = part("HeadersConfig").map_or(&[][..], |it| it.items("Headers"));
        Self {
            headers: headers.iter().map(|it| it.text.to_ascii_lowercase()).collect(),
            queries: Names::of(part("QueryStringsConfig"), "QueryStringBehavior", "QueryStrings"),
            cookies: Names::of(part("CookiesConfig"), "CookieBehavior", "Cookies"),
        }
    }

    pub(crate) fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|it| it == name)
    }

    /// The part of the query string that is in the key and goes to the origin.
    pub(crate) fn query(&self, query: &str) -> String {
        let kept = query
            .split('&')
            .filter(|it| query_pairs(it).next().is_some_and(|(name, _)| self.queries.has(&name)));
        kept.collect::<Vec<_>>().join("&")
    }

    /// The cookies that are in the key and go to the origin.
    pub(crate) fn cookies(&self, headers: &HeaderMap) -> String {
        let all = headers.get_all("cookie").iter().filter_map(|it| it.to_str().ok());
        let kept = all
            .flat_map(|it| it.split(';'))
            .map(str::trim)
            .filter(|it| self.cookies.has(it.split('=').next().unwrap_or_default()));
        kept.collect::<Vec<_>>().join("; ")
    }

    /// The cache key of a request: the token is not in it unless a policy names its header, and even
    /// then only as part of a hash, because keys are written to disk.
    pub(crate) fn key(&self, distribution: &str, parts: &Parts) -> String {
        let header = |name: &String| {
            let values =
                parts.headers.get_all(name).iter().map(|it| String::from_utf8_lossy(it.as_bytes()));
            format!("{name}={}", values.collect::<Vec<_>>().join(","))
        };
        let headers: Vec<String> = self.headers.iter().map(header).collect();
        let parts = [
            distribution.to_owned(),
            parts.uri.path().to_owned(),
            self.query(parts.uri.query().unwrap_or_default()),
            headers.join("\n"),
            self.cookies(&parts.headers),
        ];
        sha256_hex(parts.join("\n\n").as_bytes())
    }

    /// `CloudFront` does not collapse requests when cookies are forwarded.
    pub(crate) fn has_cookies(&self) -> bool {
        !matches!(self.cookies, Names::None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_has_what_the_policy_names_and_nothing_else() {
        let policy = Element::parse(
            "<P><ParametersInCacheKeyAndForwardedToOrigin>\
             <HeadersConfig><HeaderBehavior>whitelist</HeaderBehavior><Headers><Items><Name>Accept</Name></Items></Headers></HeadersConfig>\
             <QueryStringsConfig><QueryStringBehavior>whitelist</QueryStringBehavior><QueryStrings><Items><Name>w</Name></Items></QueryStrings></QueryStringsConfig>\
             <CookiesConfig><CookieBehavior>allExcept</CookieBehavior><Cookies><Items><Name>ad</Name></Items></Cookies></CookiesConfig>\
             </ParametersInCacheKeyAndForwardedToOrigin></P>",
        )
        .unwrap();
        let request = |uri: &str, headers: &[(&str, &str)]| {
            let request = http::Request::builder().uri(uri);
            let request =
                headers.iter().fold(request, |it, (name, value)| it.header(*name, *value));
            request.body(()).unwrap().into_parts().0
        };
        let base = request("/a?w=1", &[]);
        for (uri, headers, same) in [
            ("/a?w=1&x=2", &[][..], true),
            ("/a?w=1", &[("authorization", "Bearer t")], true),
            ("/a?w=1", &[("user-agent", "me")], true),
            ("/a?w=1", &[("cookie", "ad=1")], true),
            ("/a?w=2", &[], false),
            ("/b?w=1", &[], false),
            ("/%61?w=1", &[], false),
            ("/a?w=1", &[("accept", "image/webp")], false),
            ("/a?w=1", &[("cookie", "ad=1; b=2")], false),
        ] {
            let rule = KeyRule::of(Some(&policy));
            let equal = rule.key("E", &base) == rule.key("E", &request(uri, headers));
            assert_eq!(equal, same, "{uri} {headers:?}");
        }
        let none = KeyRule::default();
        let cookie = request("/a?w=2", &[("accept", "b"), ("cookie", "b=2")]);
        assert_eq!(none.key("E", &base), none.key("E", &cookie));
        assert_ne!(none.key("E", &base), none.key("F", &base), "distributions share nothing");
    }
}
