//! The edge cache: what the key is, how long an answer is fresh, and which answers are kept.
//!
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html>

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;
use http::request::Parts;
use http::{HeaderMap, StatusCode};

use crate::clock::{self, Millis};
use crate::sigv4::query_pairs;
use crate::xml::Element;

/// What all cached objects may weigh together.
const WEIGHT_MAX: usize = 256 * 1024 * 1024;
/// A larger object passes through.
pub(crate) const OBJECT_MAX: usize = 32 * 1024 * 1024;

/// The three times of a cache policy, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ttl {
    min: u64,
    default: u64,
    max: u64,
}

impl Ttl {
    pub(crate) fn of(policy: &Element) -> Self {
        let seconds = |name: &str, default| policy.text_at(name).parse().unwrap_or(default);
        let min = seconds("MinTTL", 0);
        Self { min, default: seconds("DefaultTTL", 86_400), max: seconds("MaxTTL", 31_536_000) }
    }

    /// How long a successful answer is fresh; 0 is not kept at all.
    fn of_success(self, headers: &HeaderMap, now: Millis) -> u64 {
        match Lifetime::of(headers, now) {
            // A minimum above zero overrides even no-store and private.
            Lifetime::Forbidden => self.min,
            Lifetime::Seconds(seconds) => seconds.clamp(self.min, self.max.max(self.min)),
            Lifetime::Unsaid => self.default.max(self.min),
        }
    }
}

/// What an answer's own headers say about keeping it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lifetime {
    Forbidden,
    Seconds(u64),
    Unsaid,
}

impl Lifetime {
    fn of(headers: &HeaderMap, now: Millis) -> Self {
        let text =
            |name: &str| headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
        let directives = text("cache-control").to_ascii_lowercase();
        let directives: Vec<&str> = directives.split(',').map(str::trim).collect();
        let seconds = |name: &str| {
            let value = directives.iter().find_map(|it| it.strip_prefix(name)?.strip_prefix('='));
            value.and_then(|it| it.trim_matches('"').parse().ok())
        };
        if directives.iter().any(|it| ["no-store", "no-cache", "private"].contains(it)) {
            return Self::Forbidden;
        }
        if let Some(seconds) = seconds("s-maxage").or_else(|| seconds("max-age")) {
            return Self::Seconds(seconds);
        }
        match clock::from_http_date(text("expires")) {
            Some(at) => Self::Seconds(at.saturating_sub(now) / 1000),
            None => Self::Unsaid,
        }
    }
}

/// How long an answer of that status is kept; `error_ttl` is the distribution's minimum for it.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html>
pub(crate) fn freshness(
    status: StatusCode,
    headers: &HeaderMap,
    ttl: Ttl,
    error_ttl: u64,
    now: Millis,
) -> u64 {
    let said = match Lifetime::of(headers, now) {
        Lifetime::Seconds(seconds) => Some(seconds),
        Lifetime::Forbidden | Lifetime::Unsaid => None,
    };
    match status.as_u16() {
        200 | 301 | 308 => ttl.of_success(headers, now),
        302 | 307 if said.is_some() => ttl.of_success(headers, now),
        404 | 410 | 414 | 500..=504 => error_ttl.max(said.unwrap_or(0)),
        400 | 403 | 405 | 412 | 415 => said.map_or(0, |it| it.max(error_ttl)),
        _ => 0,
    }
}

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

    /// The cache key of a request: the token is not in it unless a policy names its header.
    pub(crate) fn key(&self, distribution: &str, parts: &Parts) -> String {
        let header = |name: &String| {
            let values =
                parts.headers.get_all(name).iter().map(|it| String::from_utf8_lossy(it.as_bytes()));
            format!("{name}={}", values.collect::<Vec<_>>().join(","))
        };
        let headers: Vec<String> = self.headers.iter().map(header).collect();
        [
            distribution.to_owned(),
            parts.uri.path().to_owned(),
            self.query(parts.uri.query().unwrap_or_default()),
            headers.join("\n"),
            self.cookies(&parts.headers),
        ]
        .join("\n\n")
    }
}

/// A cached answer.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) stored: Millis,
    pub(crate) fresh_until: Millis,
}

/// Cached answers, of which the least recently used give way.
#[derive(Default)]
pub(crate) struct Cache(Mutex<Shelf>);

#[derive(Default)]
struct Shelf {
    entries: HashMap<String, (u64, Entry)>,
    /// The keys by when they were last used.
    order: BTreeMap<u64, String>,
    weight: usize,
    uses: u64,
}

impl Cache {
    pub(crate) fn get(&self, key: &str) -> Option<Entry> {
        let mut store = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (used, entry) = store.entries.remove(key)?;
        store.order.remove(&used);
        store.place(key.to_owned(), entry.clone());
        Some(entry)
    }

    pub(crate) fn put(&self, key: String, entry: Entry) {
        let mut store = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        store.remove(&key);
        store.weight += weight(&key, &entry);
        store.place(key, entry);
        while store.weight > WEIGHT_MAX
            && let Some((_, oldest)) = store.order.pop_first()
        {
            store.remove(&oldest);
        }
    }

    pub(crate) fn remove(&self, key: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

impl Shelf {
    fn place(&mut self, key: String, entry: Entry) {
        self.uses += 1;
        self.order.insert(self.uses, key.clone());
        self.entries.insert(key, (self.uses, entry));
    }

    fn remove(&mut self, key: &str) {
        if let Some((used, entry)) = self.entries.remove(key) {
            self.order.remove(&used);
            self.weight -= weight(key, &entry);
        }
    }
}

fn weight(key: &str, entry: &Entry) -> usize {
    let headers: usize =
        entry.headers.iter().map(|(name, it)| name.as_str().len() + it.len()).sum();
    key.len() + headers + entry.body.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_700_000_000_000;

    fn fresh(
        status: u16,
        headers: &[(&'static str, &str)],
        ttl: (u64, u64, u64),
        error: u64,
    ) -> u64 {
        let (min, default, max) = ttl;
        let headers = headers
            .iter()
            .map(|(name, it)| (http::HeaderName::from_static(name), it.parse().unwrap()));
        let status = StatusCode::from_u16(status).unwrap();
        freshness(status, &headers.collect(), Ttl { min, default, max }, error, NOW)
    }

    #[test]
    fn an_answer_is_fresh_as_long_as_the_policy_and_the_origin_say() {
        let ttl = (10, 100, 1000);
        let expires = clock::http_date(NOW + 50_000);
        assert_eq!(fresh(200, &[], ttl, 0), 100);
        assert_eq!(fresh(200, &[("cache-control", "max-age=5")], ttl, 0), 10);
        assert_eq!(fresh(200, &[("cache-control", "public, max-age=500")], ttl, 0), 500);
        assert_eq!(fresh(200, &[("cache-control", "max-age=5000")], ttl, 0), 1000);
        assert_eq!(fresh(200, &[("cache-control", "max-age=5, s-maxage=50")], ttl, 0), 50);
        assert_eq!(fresh(200, &[("expires", &expires)], ttl, 0), 50);
        assert_eq!(fresh(200, &[("cache-control", "no-store")], ttl, 0), 10);
        assert_eq!(fresh(200, &[("cache-control", "private")], (0, 100, 1000), 0), 0);
        assert_eq!(fresh(206, &[], ttl, 0), 0);
    }

    #[test]
    fn errors_are_kept_for_the_minimum_or_not_at_all() {
        let ttl = (10, 100, 1000);
        assert_eq!(fresh(404, &[], ttl, 10), 10);
        assert_eq!(fresh(404, &[], ttl, 0), 0);
        assert_eq!(fresh(404, &[("cache-control", "max-age=60")], ttl, 10), 60);
        assert_eq!(fresh(403, &[], ttl, 10), 0);
        assert_eq!(fresh(403, &[("cache-control", "max-age=60")], ttl, 10), 60);
        assert_eq!(fresh(503, &[], ttl, 10), 10);
        assert_eq!(fresh(501, &[], ttl, 10), 10);
        assert_eq!(fresh(416, &[], ttl, 10), 0);
    }

    #[test]
    fn the_key_has_what_the_policy_names_and_nothing_else() {
        let policy = Element::parse(
            "<P><ParametersInCacheKeyAndForwardedToOrigin>\
             <QueryStringsConfig><QueryStringBehavior>whitelist</QueryStringBehavior><QueryStrings><Items><Name>w</Name></Items></QueryStrings></QueryStringsConfig>\
             <CookiesConfig><CookieBehavior>none</CookieBehavior></CookiesConfig></ParametersInCacheKeyAndForwardedToOrigin></P>",
        )
        .unwrap();
        let rule = KeyRule::of(Some(&policy));
        let key = |uri: &str, token: &str| {
            let request = http::Request::builder().uri(uri).header("authorization", token);
            rule.key("E", &request.body(()).unwrap().into_parts().0)
        };
        assert_eq!(key("/a?w=1&x=2", "one"), key("/a?w=1", "two"));
        assert_ne!(key("/a?w=1", "one"), key("/a?w=2", "one"));
        assert_ne!(key("/a", "one"), key("/b", "one"));
    }

    #[test]
    fn the_oldest_gives_way() {
        let cache = Cache::default();
        let entry = || Entry {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Bytes::from(vec![0; WEIGHT_MAX / 2 - 1000]),
            stored: 0,
            fresh_until: 1,
        };
        cache.put("a".into(), entry());
        cache.put("b".into(), entry());
        assert!(cache.get("a").is_some());
        cache.put("c".into(), entry());
        assert!(cache.get("b").is_none());
        assert!(cache.get("a").is_some() && cache.get("c").is_some());
    }
}
