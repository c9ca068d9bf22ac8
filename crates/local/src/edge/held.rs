//! Answers from the cache: the whole object, a part of it, only its head, or "not modified".

use axum::body::Body;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use crate::clock::{self, Millis};
use crate::control::reply;
use crate::control::s3::object::{Range, Wanted, names};
use crate::edge::cache::{Cache, Entry};
use crate::edge::page;

/// A cached answer to a request, which may have it already or want a part; nothing when the body is
/// not there any more.
pub(crate) async fn answer(
    cache: &Cache,
    entry: &Entry,
    parts: &Parts,
    now: Millis,
    word: &'static str,
) -> Option<Response> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = entry.status;
    *response.headers_mut() = entry.headers.clone();
    reply::set(&mut response, "age", &(now.saturating_sub(entry.stored()) / 1000).to_string());
    let failed = entry.status.is_client_error() || entry.status.is_server_error();
    page::mark(&mut response, if failed { "Error from cloudfront" } else { word });
    if entry.status.is_success() && has_it(&parts.headers, &entry.headers) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response.headers_mut().remove(header::CONTENT_LENGTH);
        return Some(response);
    }
    // The length in the answer to a HEAD request is not that of its body.
    if parts.method == Method::HEAD && entry.size == 0 {
        return Some(response);
    }
    let range = match wanted(entry, parts) {
        Wanted::Nothing => {
            *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            reply::set(&mut response, "content-range", &format!("bytes */{}", entry.size));
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(0));
            return Some(response);
        }
        Wanted::Part(range) => {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            reply::set(&mut response, "content-range", &range.header(entry.size));
            range
        }
        Wanted::All => Range { start: 0, end: entry.size },
    };
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(range.len()));
    if parts.method != Method::HEAD {
        *response.body_mut() = cache.body(entry, range).await?;
    }
    Some(response)
}

/// What of an object a request wants. `If-Match` and `If-Unmodified-Since` are for the origin alone
/// (RFC 9111 §4.3.2).
fn wanted(entry: &Entry, parts: &Parts) -> Wanted {
    // Of a part that is cached as such, or an error, there are no parts.
    if entry.status != StatusCode::OK {
        return Wanted::All;
    }
    let range = parts.headers.get(header::RANGE).and_then(|it| it.to_str().ok());
    let range = range.filter(|_| is_range_valid(&parts.headers, &entry.headers));
    range.map_or(Wanted::All, |it| Range::parse(it, entry.size))
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
