//! `CloudFront`: distributions, and the policies and access controls they name.

pub(crate) mod association;
pub(crate) mod check;
pub(crate) mod defaults;
pub(crate) mod distribution;
pub(crate) mod invalidation;
pub(crate) mod managed;
pub(crate) mod resource;

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::response::Response;
use http::request::Parts;

use crate::control::{Control, reply};
use crate::fault::{Fault, Outcome};
use crate::sigv4::{percent_decode, query_pairs};
use crate::xml::Element;

/// One request, taken apart.
pub(crate) struct Call<'a> {
    pub(crate) control: &'a Control,
    parts: &'a Parts,
    body: &'a Bytes,
    query: BTreeMap<String, String>,
    method: &'a str,
}

/// Answers one REST-XML request.
pub(crate) fn answer(control: &Control, parts: &Parts, body: &Bytes) -> Outcome<Response> {
    let segments = segments(parts);
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let query = query_pairs(parts.uri.query().unwrap_or("")).collect();
    let call = Call { control, parts, body, query, method: parts.method.as_str() };
    match segments.as_slice() {
        ["distribution", rest @ ..] => call.distribution(rest),
        ["tagging"] => call.tagging(),
        [kind, rest @ ..] => match resource::KINDS.iter().find(|it| it.path == *kind) {
            Some(kind) => call.resource(kind, rest),
            None => Err(call.unknown()),
        },
        [] => Err(call.unknown()),
    }
}

/// The path below the API version.
fn segments(parts: &Parts) -> Vec<String> {
    let path = parts.uri.path().strip_prefix("/2020-05-31/").unwrap_or_default();
    path.split('/').filter(|it| !it.is_empty()).map(percent_decode).collect()
}

/// The operation, as the SDKs have it.
pub(crate) fn name(parts: &Parts) -> String {
    let segments = segments(parts);
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let query: BTreeMap<String, String> = query_pairs(parts.uri.query().unwrap_or("")).collect();
    let method = parts.method.as_str();
    let operation = match (method, segments.as_slice()) {
        ("POST", ["distribution"]) if query.contains_key("WithTags") => {
            "CreateDistributionWithTags"
        }
        ("GET", ["tagging"]) => "ListTagsForResource",
        (_, ["tagging"]) => match query.get("Operation").map(String::as_str) {
            Some("Untag") => "UntagResource",
            _ => "TagResource",
        },
        ("POST", ["distribution", _, "invalidation"]) => "CreateInvalidation",
        ("GET", ["distribution", _, "invalidation"]) => "ListInvalidations",
        ("GET", ["distribution", _, "invalidation", _]) => "GetInvalidation",
        (_, [kind, rest @ ..]) => return named_by_kind(method, kind, rest),
        _ => UNKNOWN,
    };
    operation.to_owned()
}

const UNKNOWN: &str = "an unknown operation";

/// Distributions and what they name have the same five paths.
fn named_by_kind(method: &str, kind: &str, rest: &[&str]) -> String {
    let known = resource::KINDS.iter().find(|it| it.path == kind);
    let (noun, plural) = match known {
        Some(it) => (it.noun, it.plural),
        None if kind == "distribution" => ("Distribution", "Distributions"),
        None => return UNKNOWN.to_owned(),
    };
    match (method, rest) {
        ("POST", []) => format!("Create{noun}"),
        ("GET", []) => format!("List{plural}"),
        ("GET", [_]) => format!("Get{noun}"),
        ("GET", [_, "config"]) => format!("Get{noun}Config"),
        ("PUT", [_] | [_, "config"]) => format!("Update{noun}"),
        ("DELETE", [_]) => format!("Delete{noun}"),
        _ => UNKNOWN.to_owned(),
    }
}

impl Call<'_> {
    fn unknown(&self) -> Fault {
        Fault::not_implemented(&format!("cloudfront: {} {}", self.method, self.parts.uri.path()))
    }

    pub(crate) fn document(&self) -> Outcome<Element> {
        let text = std::str::from_utf8(self.body).unwrap_or_default();
        if text.trim().is_empty() {
            return Err(Fault::new(
                400,
                "MissingBody",
                "This operation requires a body. Ensure that the body is present and the Content-Type header is set.",
            ));
        }
        Element::parse(text).map_err(|it| Fault::new(400, "MalformedXML", format!("{it:#}")))
    }

    /// Every change names the version it was made from.
    pub(crate) fn check_version(&self, etag: &str) -> Outcome<()> {
        match self.parts.headers.get("if-match").and_then(|it| it.to_str().ok()) {
            Some(wanted) if wanted.trim_matches('"') == etag => Ok(()),
            Some(wanted) if wanted.starts_with('E') => Err(Fault::new(
                412,
                "PreconditionFailed",
                "The request failed because it didn't meet the preconditions in one or more request-header fields.",
            )),
            _ => Err(Fault::new(
                400,
                "InvalidIfMatchVersion",
                "The If-Match version is missing or not valid for the resource.",
            )),
        }
    }

    /// One page of a list: after `Marker`, at most `MaxItems`.
    fn page(&self, list: List, root: &str, all: &[(String, Element)]) -> Response {
        let max: usize = self.query.get("MaxItems").and_then(|it| it.parse().ok()).unwrap_or(100);
        let marker = self.query.get("Marker").map_or("", String::as_str);
        let rest = match all.iter().position(|(id, _)| id == marker) {
            Some(at) => all.get(at..).unwrap_or_default(),
            None => all,
        };
        let shown = rest.get(..max).unwrap_or(rest);
        let next = rest.get(max).map(|(id, _)| id);
        let mut body = Element::new(root);
        if list == List::Marked {
            body = body.with_leaf("Marker", marker);
        }
        if let Some(next) = next {
            body = body.with_leaf("NextMarker", next);
        }
        body = body.with_leaf("MaxItems", max);
        if list == List::Marked {
            body = body.with_leaf("IsTruncated", next.is_some());
        }
        body = body.with_leaf("Quantity", shown.len());
        if !shown.is_empty() {
            body =
                body.with(Element::new("Items").with_all(shown.iter().map(|(_, it)| it.clone())));
        }
        reply::xml(200, reply::CLOUDFRONT_XMLNS, &body)
    }
}

/// What a page says of itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    /// Where it began, and whether it is the last: distributions, access controls, invalidations.
    Marked,
    /// Only where the next one begins: policies.
    Plain,
}

/// An answer with the version a later change has to name.
pub(crate) fn versioned(status: u16, body: &Element, etag: &str) -> Response {
    let mut response = reply::xml(status, reply::CLOUDFRONT_XMLNS, body);
    reply::set(&mut response, "etag", etag);
    response
}

pub(crate) fn invalid_argument(message: impl Into<String>) -> Fault {
    Fault::new(400, "InvalidArgument", message)
}
