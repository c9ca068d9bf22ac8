//! Puts answers and errors into the wire format of each service.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, header};
use serde_json::{Value, json};

use crate::control::Service;
use crate::fault::{Fault, Outcome};
use crate::wire::Cut;
use crate::xml::Element;

pub(crate) const CLOUDFRONT_XMLNS: &str = "http://cloudfront.amazonaws.com/doc/2020-05-31/";
pub(crate) const IAM_XMLNS: &str = "https://iam.amazonaws.com/doc/2010-05-08/";
pub(crate) const STS_XMLNS: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// A response with a body of that type.
pub(crate) fn with(status: u16, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status.try_into().unwrap_or_default();
    let content_type = HeaderValue::from_static(content_type);
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

pub(crate) fn empty(status: u16) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status.try_into().unwrap_or_default();
    response
}

pub(crate) fn json(status: u16, body: &Value) -> Response {
    with(status, "application/json", body.to_string())
}

pub(crate) fn xml(status: u16, namespace: &str, body: &Element) -> Response {
    with(status, "text/xml", body.document(namespace))
}

/// Sets a header whose value may come from a client; what HTTP cannot carry is left out.
pub(crate) fn set(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// The result of a query-protocol operation in its two envelopes.
pub(crate) fn query(namespace: &str, operation: &str, result: &Element) -> Response {
    let body = Element::new(&format!("{operation}Response"))
        .with(result.renamed(&format!("{operation}Result")))
        .with(Element::new("ResponseMetadata").with_leaf("RequestId", request_id()));
    xml(200, namespace, &body)
}

/// An answer, or a refusal in the format of its service, with the request's id.
pub(crate) fn finish(service: Service, outcome: Outcome<Response>, request_id: &str) -> Response {
    let mut response = outcome.unwrap_or_else(|fault| refuse(service, &fault, request_id));
    set(&mut response, "x-amzn-requestid", request_id);
    response
}

fn refuse(service: Service, fault: &Fault, request_id: &str) -> Response {
    if service == Service::Lambda {
        let kind = if fault.status < 500 { "User" } else { "Server" };
        let mut response = json(
            fault.status,
            &json!({"Type": kind, "Message": fault.message, "message": fault.message}),
        );
        set(&mut response, "x-amzn-errortype", &fault.code);
        return response;
    }
    let namespace = match service {
        Service::CloudFront => CLOUDFRONT_XMLNS,
        Service::Sts => STS_XMLNS,
        _ => IAM_XMLNS,
    };
    let error = Element::new("Error")
        .with_leaf("Type", if fault.status < 500 { "Sender" } else { "Receiver" })
        .with_leaf("Code", &fault.code)
        .with_leaf("Message", &fault.message);
    let body = Element::new("ErrorResponse").with(error).with_leaf("RequestId", request_id);
    xml(fault.status, namespace, &body)
}

/// The first half of an answer's body; then the connection ends.
pub(crate) async fn truncated(response: Response, cut: &Cut) -> Response {
    let (mut parts, body) = response.into_parts();
    // An answer that was made here is in memory already.
    let whole = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    if whole.is_empty() {
        cut.now();
    }
    parts.headers.insert(header::CONTENT_LENGTH, whole.len().into());
    let half = futures_util::stream::iter([Ok(whole.slice(..whole.len() / 2))]);
    let end = futures_util::stream::once(async {
        // What was written so far is sent before the error ends it.
        tokio::task::yield_now().await;
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    });
    let halves = futures_util::StreamExt::chain(half, end);
    Response::from_parts(parts, Body::from_stream(halves))
}

/// A fresh id in the form of a UUID.
pub(crate) fn request_id() -> String {
    let it = hex::encode(random::<16>());
    let part = |range: std::ops::Range<usize>| it.get(range).unwrap_or_default().to_owned();
    [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-")
}

/// `prefix` and capital letters and digits, the form of most AWS ids.
pub(crate) fn short_id(prefix: &str) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let letters = random::<13>().map(|it| char::from(LETTERS[usize::from(it % 32)]));
    format!("{prefix}{}", String::from_iter(letters))
}

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // AWS-LC's generator fails only when the operating system has no entropy at all.
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system has random numbers");
    bytes
}
