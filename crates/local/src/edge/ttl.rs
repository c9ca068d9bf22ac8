//! How long an answer is fresh, and which answers are kept.
//!
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html>

use http::{HeaderMap, StatusCode};

use crate::clock::{self, Millis};
use crate::xml::Element;

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

    /// Whether the policy keeps nothing, errors included, as `CachingDisabled` does.
    pub(crate) fn is_off(self) -> bool {
        (self.min, self.default, self.max) == (0, 0, 0)
    }

    /// Until when an expired object stands in for an origin that answers with 5xx: to the end of the
    /// maximum, or earlier when its own `stale-if-error` says so.
    /// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html#stale-content>
    pub(crate) fn stale_until(
        self,
        headers: &HeaderMap,
        stored: Millis,
        fresh_until: Millis,
    ) -> Millis {
        let said = Directives::of(headers).seconds("stale-if-error");
        self.latest(stored, said.map(|it| after(fresh_until, it)))
    }

    /// Until when an expired object is served while the origin is asked about it: as long as its own
    /// `stale-while-revalidate` says, and to the end of the maximum at most.
    pub(crate) fn served_stale_until(
        self,
        headers: &HeaderMap,
        stored: Millis,
        fresh_until: Millis,
    ) -> Millis {
        let said = Directives::of(headers).seconds("stale-while-revalidate");
        self.latest(stored, Some(after(fresh_until, said.unwrap_or(0))))
    }

    fn latest(self, stored: Millis, said: Option<Millis>) -> Millis {
        let last = after(stored, self.max);
        said.map_or(last, |it| last.min(it))
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

fn after(start: Millis, seconds: u64) -> Millis {
    start.saturating_add(seconds.saturating_mul(1000))
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
        let directives = Directives::of(headers);
        let expires = headers.get("expires").and_then(|it| it.to_str().ok());
        if directives.0.iter().any(|it| ["no-store", "no-cache", "private"].contains(&it.as_str()))
        {
            return Self::Forbidden;
        }
        if let Some(seconds) =
            directives.seconds("s-maxage").or_else(|| directives.seconds("max-age"))
        {
            return Self::Seconds(seconds);
        }
        match expires.map(clock::from_http_date) {
            Some(Some(at)) => Self::Seconds(at.saturating_sub(now) / 1000),
            // What is not a date is in the past (RFC 9111 §5.3).
            Some(None) => Self::Seconds(0),
            None => Self::Unsaid,
        }
    }
}

/// The directives of all `Cache-Control` headers, in lower case.
struct Directives(Vec<String>);

impl Directives {
    fn of(headers: &HeaderMap) -> Self {
        let lines = headers.get_all("cache-control").iter().filter_map(|it| it.to_str().ok());
        let directives = lines.flat_map(|it| it.split(','));
        Self(directives.map(|it| it.trim().to_ascii_lowercase()).collect())
    }

    fn seconds(&self, name: &str) -> Option<u64> {
        let value = self.0.iter().find_map(|it| it.strip_prefix(name)?.strip_prefix('='));
        value.and_then(|it| it.trim_matches('"').parse().ok())
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
    if ttl.is_off() {
        return 0;
    }
    let lifetime = Lifetime::of(headers, now);
    let said = match lifetime {
        Lifetime::Seconds(seconds) => Some(seconds),
        Lifetime::Forbidden | Lifetime::Unsaid => None,
    };
    match status.as_u16() {
        // S3 answers 501 to what it does not implement; only this error heeds `no-store`.
        501 if lifetime == Lifetime::Forbidden => 0,
        200 | 206 | 301 | 308 => ttl.of_success(headers, now),
        302 | 307 if said.is_some() => ttl.of_success(headers, now),
        404 | 410 | 414 | 500..=504 => error_ttl.max(said.unwrap_or(0)),
        400 | 403 | 405 | 412 | 415 => said.map_or(0, |it| it.max(error_ttl)),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_700_000_000_000;

    /// Headers of the origin, and how long the object is fresh without and with a minimum.
    type Row<'a> = (&'a [(&'static str, &'a str)], u64, u64);

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let name = http::HeaderName::from_static;
        lines.iter().map(|(it, value)| (name(it), value.parse().unwrap())).collect()
    }

    fn fresh(status: u16, lines: &[(&'static str, &str)], ttl: (u64, u64, u64), error: u64) -> u64 {
        let (min, default, max) = ttl;
        let status = StatusCode::from_u16(status).unwrap();
        freshness(status, &headers(lines), Ttl { min, default, max }, error, NOW)
    }

    /// The table of "Specify the amount of time that CloudFront caches objects", row by row, each
    /// with a minimum of 0 and of 10 seconds, a default of 100 and a maximum of 1,000.
    #[test]
    fn the_policy_and_the_origin_say_how_long() {
        let expires = |seconds: u64| clock::http_date(NOW + seconds * 1000);
        let (soon, later, never) = (expires(5), expires(50), expires(5000));
        let cases: &[Row<'_>] = &[
            (&[("cache-control", "max-age=5")], 5, 10),
            (&[("cache-control", "public, max-age=500")], 500, 500),
            (&[("cache-control", "max-age=5000")], 1000, 1000),
            (&[("cache-control", "max-age=0")], 0, 10),
            (&[], 100, 100),
            (&[("cache-control", "public")], 100, 100),
            (&[("cache-control", "max-age=500, s-maxage=5")], 5, 10),
            (&[("cache-control", "max-age=5, s-maxage=50")], 50, 50),
            (&[("cache-control", "max-age=5"), ("cache-control", "s-maxage=50")], 50, 50),
            (&[("cache-control", "max-age=5, s-maxage=5000")], 1000, 1000),
            (&[("expires", &soon)], 5, 10),
            (&[("expires", &later)], 50, 50),
            (&[("expires", &never)], 1000, 1000),
            (&[("expires", "0")], 0, 10),
            (&[("expires", &never), ("cache-control", "max-age=50")], 50, 50),
            (&[("cache-control", "no-cache")], 0, 10),
            (&[("cache-control", "No-Store, max-age=500")], 0, 10),
            (&[("cache-control", "private")], 0, 10),
        ];
        for (lines, without, with) in cases {
            assert_eq!(fresh(200, lines, (0, 100, 1000), 0), *without, "{lines:?}");
            assert_eq!(fresh(200, lines, (10, 100, 1000), 0), *with, "{lines:?}");
        }
        assert_eq!(fresh(200, &[], (200, 100, 1000), 0), 200, "the greater of minimum and default");
        assert_eq!(fresh(206, &[("cache-control", "max-age=5")], (0, 100, 1000), 0), 5);
    }

    /// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html#HTTPStatusCodes-cached-errors>
    #[test]
    fn errors_are_kept_for_the_minimum_or_not_at_all() {
        let ttl = (0, 100, 1000);
        let age: &[(&'static str, &str)] = &[("cache-control", "max-age=60")];
        for status in [404, 414, 500, 501, 502, 503, 504] {
            assert_eq!(fresh(status, &[], ttl, 10), 10, "{status}");
            assert_eq!(fresh(status, &[], ttl, 0), 0, "{status}");
            assert_eq!(fresh(status, age, ttl, 10), 60, "{status}");
            assert_eq!(fresh(status, age, ttl, 100), 100, "{status}");
        }
        for status in [400, 403, 405, 412, 415] {
            assert_eq!(fresh(status, &[], ttl, 10), 0, "{status}");
            assert_eq!(fresh(status, age, ttl, 10), 60, "{status}");
        }
        assert_eq!(fresh(416, age, ttl, 10), 0);
        assert_eq!(fresh(501, &[("cache-control", "no-store")], ttl, 10), 0);
        assert_eq!(fresh(404, &[], (0, 0, 0), 10), 0, "CachingDisabled keeps no errors, either");
    }

    #[test]
    fn an_expired_object_stands_in_for_a_failing_origin() {
        let ttl = Ttl { min: 0, default: 100, max: 1000 };
        let until = |value: &str| {
            ttl.stale_until(&headers(&[("cache-control", value)]), NOW, NOW + 100_000) - NOW
        };
        assert_eq!(until("max-age=100"), 1_000_000);
        assert_eq!(until("max-age=100, stale-if-error=50"), 150_000);
        assert_eq!(until("max-age=100, stale-if-error=0"), 100_000);
        assert_eq!(until("max-age=100, stale-if-error=5000"), 1_000_000);
    }

    #[test]
    fn an_expired_object_is_served_for_as_long_as_it_says() {
        let ttl = Ttl { min: 0, default: 100, max: 1000 };
        let until = |value: &str| {
            ttl.served_stale_until(&headers(&[("cache-control", value)]), NOW, NOW + 100_000) - NOW
        };
        assert_eq!(until("max-age=100"), 100_000);
        assert_eq!(until("max-age=100, stale-while-revalidate=50"), 150_000);
        assert_eq!(until("max-age=100, stale-while-revalidate=5000"), 1_000_000);
    }
}
