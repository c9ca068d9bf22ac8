//! Serves a request that was let through: from the cache, or from the bucket and into the cache.

use std::sync::Arc;

use anyhow::Result;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::response::Response;
use futures_util::StreamExt as _;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use crate::clock::{self, Millis};
use crate::control::reply;
use crate::control::s3::object::{Range, Wanted, names};
use crate::edge::cache::{Cache, Entry, OBJECT_MAX, freshness};
use crate::edge::headers::is_hidden;
use crate::edge::route::Route;
use crate::edge::{Edge, decorate, origin, page};

/// Headers of a request that ask for less than the whole object.
const PARTIAL: [HeaderName; 6] = [
    header::RANGE,
    header::IF_RANGE,
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_UNMODIFIED_SINCE,
];

impl Edge {
    pub(crate) async fn serve(&self, route: &Route, parts: Parts, body: Body) -> Result<Response> {
        let mut response = if origin::is_cacheable(&parts.method) {
            self.read(route, &parts).await?
        } else {
            let response = origin::fetch(&self.control, route, &parts, &[], body).await?;
            finished(response, "Miss from cloudfront")
        };
        if let Some(policy) = &route.headers_policy {
            decorate::apply(policy, &parts.headers, response.headers_mut());
        }
        Ok(response)
    }

    async fn read(&self, route: &Route, parts: &Parts) -> Result<Response> {
        let key = route.key.key(&route.id, parts);
        let now = self.control.store.clock.now();
        let entry = self
            .cache
            .get(&key)
            .filter(|it| !route.invalidated(&self.control, parts.uri.path(), it.stored));
        match entry {
            Some(entry) if now < entry.fresh_until => {
                Ok(cached(&entry, parts, now, "Hit from cloudfront"))
            }
            Some(entry) => self.refresh(route, parts, key, entry).await,
            None => {
                self.cache.remove(&key);
                let response =
                    origin::fetch(&self.control, route, parts, &[], Body::empty()).await?;
                Ok(self.keep(route, parts, key, response))
            }
        }
    }

    /// Asks the bucket whether a stale object is still the current one.
    async fn refresh(
        &self,
        route: &Route,
        parts: &Parts,
        key: String,
        mut entry: Entry,
    ) -> Result<Response> {
        let mut plain = parts.clone();
        for name in PARTIAL {
            plain.headers.remove(name);
        }
        plain.method = Method::GET;
        let etag = entry.headers.get(header::ETAG).cloned();
        let extra: Vec<_> = etag.into_iter().map(|it| (header::IF_NONE_MATCH, it)).collect();
        let response = origin::fetch(&self.control, route, &plain, &extra, Body::empty()).await?;
        if response.status() != StatusCode::NOT_MODIFIED {
            if parts.method == Method::GET
                && !PARTIAL.iter().any(|it| parts.headers.contains_key(it))
            {
                return Ok(self.keep(route, parts, key, response));
            }
            // The viewer asked for less than what came, so it is asked for again as it was.
            self.cache.remove(&key);
            let response = origin::fetch(&self.control, route, parts, &[], Body::empty()).await?;
            return Ok(finished(response, "Miss from cloudfront"));
        }
        let now = self.control.store.clock.now();
        let seconds = freshness(entry.status, &entry.headers, route.ttl, 0, now);
        entry.stored = now;
        entry.fresh_until = now.saturating_add(seconds.saturating_mul(1000));
        self.cache.put(key, entry.clone());
        Ok(cached(&entry, parts, now, "RefreshHit from cloudfront"))
    }

    /// Passes an answer on, and keeps a copy when all of it has passed.
    fn keep(&self, route: &Route, parts: &Parts, key: String, response: Response) -> Response {
        let now = self.control.store.clock.now();
        let status = response.status();
        let whole = parts.method == Method::GET && status != StatusCode::PARTIAL_CONTENT;
        let error_ttl = route.error_ttl(status.as_u16());
        let seconds = freshness(status, response.headers(), route.ttl, error_ttl, now);
        let response = finished(response, "Miss from cloudfront");
        let small = response.body().size_hint().upper().is_none_or(|it| it <= OBJECT_MAX as u64);
        if !whole || seconds == 0 || !small {
            return response;
        }
        let mut headers = response.headers().clone();
        headers.remove("x-cache");
        let fresh_until = now.saturating_add(seconds.saturating_mul(1000));
        let entry = Entry { status, headers, body: Bytes::new(), stored: now, fresh_until };
        let copy = Copy { cache: Arc::clone(&self.cache), key, entry, received: Some(Vec::new()) };
        response.map(|body| copy.tee(body))
    }
}

/// A copy of an answer in the making.
struct Copy {
    cache: Arc<Cache>,
    key: String,
    entry: Entry,
    /// `None` once it has become too large.
    received: Option<Vec<u8>>,
}

impl Copy {
    fn tee(self, body: Body) -> Body {
        // A body of known length is read only to its last byte, so the end has to be seen by counting.
        let length = self.entry.headers.get(header::CONTENT_LENGTH);
        let length = length.and_then(|it| it.to_str().ok()?.parse::<usize>().ok());
        let start = (Some(self), body.into_data_stream());
        Body::from_stream(futures_util::stream::unfold(
            start,
            move |(mut copy, mut stream)| async move {
                let next = stream.next().await;
                match &next {
                    Some(Ok(bytes)) => {
                        if let Some(it) = &mut copy {
                            it.add(bytes);
                        }
                        let count = copy.as_ref().and_then(|it| it.received.as_ref()).map(Vec::len);
                        if length.is_some() && count == length {
                            copy.take().into_iter().for_each(Self::finish);
                        }
                    }
                    // A copy of half an answer is dropped.
                    Some(Err(_)) => drop(copy.take()),
                    None if length.is_none_or(|it| it == 0) => {
                        copy.take().into_iter().for_each(Self::finish);
                    }
                    None => {}
                }
                next.map(|it| (it, (copy, stream)))
            },
        ))
    }

    fn add(&mut self, bytes: &Bytes) {
        match &mut self.received {
            Some(received) if received.len() + bytes.len() <= OBJECT_MAX => {
                received.extend_from_slice(bytes);
            }
            _ => self.received = None,
        }
    }

    fn finish(self) {
        if let Some(received) = self.received {
            self.cache.put(self.key, Entry { body: received.into(), ..self.entry });
        }
    }
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

/// A cached object in answer to a request, which may have it already or want a part.
fn cached(entry: &Entry, parts: &Parts, now: Millis, cache: &'static str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = entry.status;
    *response.headers_mut() = entry.headers.clone();
    reply::set(&mut response, "age", &(now.saturating_sub(entry.stored) / 1000).to_string());
    let failed = entry.status.is_client_error() || entry.status.is_server_error();
    page::mark(&mut response, if failed { "Error from cloudfront" } else { cache });
    let body = match (entry.status, has_it(&parts.headers, &entry.headers)) {
        (StatusCode::OK, true) => {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response.headers_mut().remove(header::CONTENT_LENGTH);
            return response;
        }
        (StatusCode::OK, false) => part(entry, parts, &mut response),
        _ => entry.body.clone(),
    };
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    if parts.method != Method::HEAD {
        *response.body_mut() = Body::from(body);
    }
    response
}

fn part(entry: &Entry, parts: &Parts, response: &mut Response) -> Bytes {
    let header = parts.headers.get(header::RANGE).and_then(|it| it.to_str().ok());
    let header = header.filter(|_| is_range_valid(&parts.headers, &entry.headers));
    let size = entry.body.len() as u64;
    match header.map(|it| Range::parse(it, size)) {
        None | Some(Wanted::All) => entry.body.clone(),
        Some(Wanted::Part(range)) => {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            reply::set(response, "content-range", &range.header(size));
            let bound = |it: u64| usize::try_from(it).unwrap_or(entry.body.len());
            entry.body.slice(bound(range.start)..bound(range.end))
        }
        Some(Wanted::Nothing) => {
            *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            reply::set(response, "content-range", &format!("bytes */{size}"));
            Bytes::new()
        }
    }
}

/// Whether the part the viewer has is of this object (RFC 9110 §13.1.5).
fn is_range_valid(viewer: &HeaderMap, object: &HeaderMap) -> bool {
    let Some(condition) = viewer.get(header::IF_RANGE) else { return true };
    [header::ETAG, header::LAST_MODIFIED].iter().any(|it| object.get(it) == Some(condition))
}

/// Whether the viewer's copy is the cached one (RFC 9110 §13.2.2).
fn has_it(viewer: &HeaderMap, object: &HeaderMap) -> bool {
    let text = |headers: &HeaderMap, name: HeaderName| {
        headers.get(name).and_then(|it| it.to_str().ok()).map(str::to_owned)
    };
    if let Some(etags) = text(viewer, header::IF_NONE_MATCH) {
        return text(object, header::ETAG).is_some_and(|etag| names(&etags, &etag));
    }
    let date = |it: Option<String>| it.as_deref().and_then(clock::from_http_date);
    let since = date(text(viewer, header::IF_MODIFIED_SINCE));
    let modified = date(text(object, header::LAST_MODIFIED));
    matches!((since, modified), (Some(since), Some(modified)) if modified <= since)
}
