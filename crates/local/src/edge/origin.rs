//! The request to the bucket: what of the viewer's request goes through, and who signs it.

use std::net::IpAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use crate::control::{self, Control, OriginRequest};
use crate::edge::headers::{Cacheable, is_forwarded};
use crate::edge::route::{Origin, Route, Signing};
use crate::edge::sign;

/// Asks the bucket. The signature is checked there like that of any other client.
pub(crate) async fn fetch(
    control: &Arc<Control>,
    route: &Route,
    parts: &Parts,
    extra: &[(HeaderName, HeaderValue)],
    body: Body,
) -> Result<Response> {
    let mut request = build(route, parts)?;
    for (name, value) in extra {
        request.headers.insert(name, value.clone());
    }
    let token = request.headers.contains_key(header::AUTHORIZATION);
    let signs = match route.origin.signing {
        Signing::Always => true,
        Signing::NoOverride => !token,
        Signing::Never => false,
    };
    if signs {
        request.headers.remove(header::AUTHORIZATION);
        let (key, secret) = control.keys.edge(&route.id);
        let now = control.store.clock.wall();
        sign::sign(&mut request, &key, &secret, route.origin.region(), now)?;
    }
    control.record_origin(describe(&request));
    let mut response = control::origin(control, Request::from_parts(request, body)).await;
    // What one machine says to the next is not for the viewer.
    response.headers_mut().remove(header::DATE);
    Ok(response)
}

/// Says who asks, as the edge does to every origin: the viewer's address after those that it named
/// itself, and the id of the request.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorS3Origin.html#RequestS3IPAddresses>
pub(crate) fn introduce(headers: &mut HeaderMap, client: IpAddr, request_id: &str) {
    let before = headers.get_all("x-forwarded-for").iter().filter_map(|it| it.to_str().ok());
    let chain: Vec<String> = before.map(str::to_owned).chain([client.to_string()]).collect();
    for (name, value) in
        [("x-forwarded-for", chain.join(",")), ("x-amz-cf-id", request_id.to_owned())]
    {
        // Both consist of what was in headers before, and of plain ASCII.
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
}

fn build(route: &Route, parts: &Parts) -> Result<Parts> {
    let Origin { domain, path, headers, .. } = &route.origin;
    let query = route.key.query(parts.uri.query().unwrap_or_default());
    let mut target = format!("{path}{}", route.rooted(parts.uri.path()));
    if !query.is_empty() {
        target = format!("{target}?{query}");
    }
    let request = Request::builder().method(parts.method.clone()).uri(target);
    let (mut request, ()) = request.body(()).context("cannot ask the origin")?.into_parts();
    request.headers = forwarded(route, parts);
    let mut set = |name: &str, value: &str| -> Result<()> {
        request.headers.insert(name.parse::<HeaderName>()?, HeaderValue::from_str(value)?);
        Ok(())
    };
    set("host", domain)?;
    set("user-agent", "Amazon CloudFront")?;
    set("via", &format!("1.1 {} (CloudFront)", route.domain))?;
    let cookies = route.key.cookies(&parts.headers);
    if !cookies.is_empty() {
        set("cookie", &cookies)?;
    }
    for (name, value) in headers {
        set(&name.to_ascii_lowercase(), value)?;
    }
    Ok(request)
}

fn forwarded(route: &Route, parts: &Parts) -> HeaderMap {
    let mut out = HeaderMap::new();
    let cached = route.cached_methods.iter().any(|it| it == parts.method.as_str());
    let cacheable = if cached { Cacheable::Yes } else { Cacheable::No };
    for (name, value) in &parts.headers {
        let text = name.as_str();
        let goes = is_forwarded(text, cacheable) || route.key.has_header(text);
        if goes && text != "transfer-encoding" {
            out.append(name, value.clone());
        }
    }
    out
}

/// Names and schemes only: this list is shown.
fn describe(request: &Parts) -> OriginRequest {
    let scheme = request.headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
    let scheme = scheme.and_then(|it| it.split_whitespace().next()).map(str::to_owned);
    let mut header_names: Vec<String> = request.headers.keys().map(ToString::to_string).collect();
    header_names.sort();
    OriginRequest {
        method: request.method.to_string(),
        path: request.uri.path().to_owned(),
        authorization_scheme: scheme,
        header_names,
    }
}

/// Whether answers to the method can come from the cache.
pub(crate) fn is_cacheable(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}
