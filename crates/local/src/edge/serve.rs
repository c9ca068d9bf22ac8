//! Serves a request that was let through: from the cache, or from the bucket and into the cache.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::response::Response;
use futures_util::StreamExt as _;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};

use crate::clock::Millis;
use crate::edge::cache::{Entry, Head, OBJECT_MAX};
use crate::edge::collapse::{Flight, Turn, landed};
use crate::edge::copy::Copy;
use crate::edge::headers::is_hidden;
use crate::edge::route::Route;
use crate::edge::ttl::freshness;
use crate::edge::way::Way;
use crate::edge::{Edge, decorate, held, origin, page};

/// Headers with which the origin answers less than the whole object, or nothing.
const CONDITIONS: [HeaderName; 5] = [
    header::IF_RANGE,
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_UNMODIFIED_SINCE,
];

/// One request that the cache may answer.
struct Read<'a> {
    route: &'a Route,
    parts: &'a Parts,
    way: &'a Way,
    /// Of the whole object.
    key: String,
    /// Of what this request gets when the whole object is not cached: a part of it, or its head.
    own: Option<String>,
}

impl<'a> Read<'a> {
    fn new(route: &'a Route, parts: &'a Parts, way: &'a Way) -> Self {
        let key = route.key.key(&route.id, parts);
        let range = parts.headers.get(header::RANGE).and_then(|it| it.to_str().ok());
        let own = match (&parts.method, range) {
            (&Method::GET, Some(range)) => Some(format!("{key} {range}")),
            (&Method::HEAD, None) => Some(format!("{key} HEAD")),
            _ => None,
        };
        Self { route, parts, way, key, own }
    }

    /// Where the answer to this very request is kept.
    fn place(&self) -> &str {
        self.own.as_ref().unwrap_or(&self.key)
    }

    /// Under which key an answer of that status is kept, if at all. An answer that a condition
    /// brought about says nothing about the object.
    fn keeps(&self, status: StatusCode) -> Option<&String> {
        match (status, &self.parts.method) {
            (StatusCode::OK, &Method::GET) => Some(&self.key),
            _ if self.is_conditional() => None,
            (StatusCode::PARTIAL_CONTENT, _) | (_, &Method::HEAD) => self.own.as_ref(),
            _ => Some(&self.key),
        }
    }

    /// What to ask the origin about an object that is cached under that key.
    fn question(&self, place: &str) -> Parts {
        let mut plain = self.parts.clone();
        for name in CONDITIONS {
            plain.headers.remove(name);
        }
        if place == self.key {
            plain.headers.remove(header::RANGE);
            plain.method = Method::GET;
        }
        plain
    }

    /// Until when an expired object stands in for an error.
    fn stale_until(&self, entry: &Entry) -> Millis {
        self.route.ttl.stale_until(&entry.headers, entry.stored(), entry.fresh_until())
    }

    /// Until when an expired object is served while the bucket is asked.
    fn served_stale_until(&self, entry: &Entry) -> Millis {
        if !entry.status.is_success() {
            return entry.fresh_until();
        }
        self.route.ttl.served_stale_until(&entry.headers, entry.stored(), entry.fresh_until())
    }

    fn is_conditional(&self) -> bool {
        CONDITIONS.iter().any(|it| self.parts.headers.contains_key(it))
    }
}

impl Edge {
    pub(crate) async fn serve(
        self: &Arc<Self>,
        route: &Route,
        parts: Parts,
        body: Body,
        way: &Way,
    ) -> Result<Response> {
        let mut response = if origin::is_cacheable(&parts.method) {
            self.read(&Read::new(route, &parts, way)).await?
        } else {
            let start = Instant::now();
            let response = origin::fetch(&self.control, route, &parts, &[], body).await;
            way.asked(&response, start);
            finished(response?, "Miss from cloudfront")
        };
        if let Some(policy) = &route.headers_policy {
            decorate::apply(policy, &parts.headers, response.headers_mut());
        }
        Ok(response)
    }

    async fn read(self: &Arc<Self>, read: &Read<'_>) -> Result<Response> {
        let collapses = !read.route.ttl.is_off() && !read.route.key.has_cookies();
        let mut waited = false;
        loop {
            let now = self.control.store.clock.now();
            let cached = self.cached(read);
            // What `X-Cache` says of an expired object that is served meanwhile is not documented.
            if let Some((place, entry)) = &cached
                && now < read.served_stale_until(entry)
                && let Some(answer) =
                    held::answer(&self.cache, entry, read.parts, now, "Hit from cloudfront").await
            {
                if now >= entry.fresh_until() {
                    self.revalidate(read, place, entry);
                }
                return Ok(answer);
            }
            let flight = match self.flights.join(read.place()) {
                Turn::First(flight) if collapses => Some(flight),
                Turn::Waits(flight) if collapses && !waited => {
                    waited = true;
                    landed(flight).await;
                    continue;
                }
                _ => None,
            };
            return match cached {
                Some((place, entry)) if now >= entry.fresh_until() => {
                    self.refresh(read, place, &entry, flight).await
                }
                _ => self.miss(read, flight).await,
            };
        }
    }

    /// The whole object, or else what was answered to such a request before; with its key.
    fn cached<'a>(&self, read: &'a Read<'_>) -> Option<(&'a str, Arc<Entry>)> {
        std::iter::once(&read.key).chain(&read.own).find_map(|key| {
            let entry = self.cache.get(key)?;
            let path = read.parts.uri.path();
            if read.route.invalidated(&self.control, path, entry.stored()) {
                self.cache.remove(key);
                return None;
            }
            Some((key.as_str(), entry))
        })
    }

    async fn miss(&self, read: &Read<'_>, flight: Option<Flight>) -> Result<Response> {
        let response = self.ask(read, read.parts, &[]).await?;
        Ok(self.keep(read, response, flight))
    }

    /// Asks the bucket.
    async fn ask(
        &self,
        read: &Read<'_>,
        question: &Parts,
        extra: &[(HeaderName, HeaderValue)],
    ) -> Result<Response> {
        let start = Instant::now();
        let response =
            origin::fetch(&self.control, read.route, question, extra, Body::empty()).await;
        read.way.asked(&response, start);
        response
    }

    /// Asks the bucket whether an expired object is still the current one.
    async fn refresh(
        &self,
        read: &Read<'_>,
        place: &str,
        entry: &Entry,
        flight: Option<Flight>,
    ) -> Result<Response> {
        let Some(etag) = entry.headers.get(header::ETAG).filter(|_| entry.status.is_success())
        else {
            return self.miss(read, flight).await;
        };
        let condition = [(header::IF_NONE_MATCH, etag.clone())];
        let question = read.question(place);
        let response = self.ask(read, &question, &condition).await?;
        let now = self.control.store.clock.now();
        let (stored, seconds, word) = if response.status() == StatusCode::NOT_MODIFIED {
            let seconds = freshness(entry.status, &entry.headers, read.route.ttl, 0, now);
            (now, seconds, "RefreshHit from cloudfront")
        } else if response.status().is_server_error() && now < read.stale_until(entry) {
            // What `X-Cache` says of an expired object that stands in for an error is not documented.
            let seconds = read.route.error_ttl(response.status().as_u16());
            (entry.stored(), seconds, "Hit from cloudfront")
        } else {
            self.cache.remove(place);
            let same = place == read.place() && !read.is_conditional();
            // A viewer that asked for less than what came asks again, as it did.
            return if same {
                Ok(self.keep(read, response, flight))
            } else {
                self.miss(read, flight).await
            };
        };
        self.cache.renew(place, entry, stored, after(now, seconds));
        drop(flight);
        match held::answer(&self.cache, entry, read.parts, now, word).await {
            Some(answer) => Ok(answer),
            None => self.miss(read, None).await,
        }
    }

    /// Asks the bucket about an expired object that has been served already, once at a time.
    fn revalidate(self: &Arc<Self>, read: &Read<'_>, place: &str, entry: &Arc<Entry>) {
        let Turn::First(flight) = self.flights.join(place) else { return };
        let (edge, entry, place) = (Arc::clone(self), Arc::clone(entry), place.to_owned());
        let (route, parts) = (read.route.clone(), read.question(&place));
        tokio::spawn(async move {
            let way = Way::default();
            let read = Read::new(&route, &parts, &way);
            // An error leaves it as it is: the next viewer makes the edge ask again.
            if let Ok(response) = edge.refresh(&read, &place, &entry, Some(flight)).await {
                // Of what changed a copy is kept once all of it has passed.
                let mut body = response.into_body().into_data_stream();
                while body.next().await.is_some_and(|it| it.is_ok()) {}
            }
        });
    }

    /// Passes an answer on, and keeps a copy when all of it has passed.
    fn keep(&self, read: &Read<'_>, response: Response, flight: Option<Flight>) -> Response {
        let now = self.control.store.clock.now();
        let status = response.status();
        let error_ttl = read.route.error_ttl(status.as_u16());
        let seconds = freshness(status, response.headers(), read.route.ttl, error_ttl, now);
        let response = finished(response, "Miss from cloudfront");
        let small = response.body().size_hint().upper().is_none_or(|it| it <= OBJECT_MAX);
        let place = read.keeps(status).filter(|_| seconds > 0 && small).cloned();
        let Some(place) = place else { return response };
        let mut headers = response.headers().clone();
        headers.remove("x-cache");
        let head = Head { status, headers, stored: now, fresh_until: after(now, seconds) };
        if read.parts.method == Method::HEAD {
            // Nobody reads the body of such an answer. What cannot be written is not cached.
            let _ = self.cache.put(place, head, Bytes::new());
            return response;
        }
        let copy = Copy::new(self.cache.clone(), place, head, flight);
        response.map(|body| copy.tee(body))
    }
}

fn after(now: Millis, seconds: u64) -> Millis {
    now.saturating_add(seconds.saturating_mul(1000))
}

/// An answer of the bucket as it leaves the edge.
fn finished(mut response: Response, cache: &'static str) -> Response {
    let hidden: Vec<HeaderName> =
        response.headers().keys().filter(|it| is_hidden(it.as_str())).cloned().collect();
    for name in hidden {
        response.headers_mut().remove(name);
    }
    let failed = response.status().is_client_error() || response.status().is_server_error();
    page::mark(&mut response, if failed { "Error from cloudfront" } else { cache });
    response
}
