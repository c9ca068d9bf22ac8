//! The control plane: one port that speaks the AWS protocols edgegate's deployer uses.

pub(crate) mod auth;
pub(crate) mod cloudfront;
pub(crate) mod iam;
pub(crate) mod lambda;
pub(crate) mod reply;
pub(crate) mod s3;
pub(crate) mod sts;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::Response;
use http::request::Parts;
use serde::Serialize;
use serde_json::json;

use crate::control::auth::Keys;
use crate::fault::{Fault, Outcome};
use crate::store::Store;

/// Lambda's limit for a whole request, which is also the largest body any other service takes.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const BODY_MAX: usize = 70_167_211;
/// How many calls and origin requests are remembered.
const LOG_MAX: usize = 10_000;

/// What every operation works on.
pub(crate) struct Control {
    pub(crate) store: Store,
    pub(crate) keys: Keys,
    /// Where clients reach this control plane.
    pub(crate) url: String,
    calls: Mutex<VecDeque<String>>,
    origin_requests: Mutex<VecDeque<OriginRequest>>,
}

/// What reached the bucket through the edge: never a value that could be a secret.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct OriginRequest {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) authorization_scheme: Option<String>,
    pub(crate) header_names: Vec<String>,
}

/// The services of this cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    S3,
    Iam,
    Sts,
    Lambda,
    CloudFront,
}

impl Control {
    pub(crate) fn new(store: Store, url: String) -> Self {
        let (calls, origin_requests) = (Mutex::default(), Mutex::default());
        Self { store, keys: Keys::random(), url, calls, origin_requests }
    }

    /// Answers one request to the control plane's port.
    pub(crate) async fn answer(self: Arc<Self>, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        if let Some(page) = parts.uri.path().strip_prefix("/_local/") {
            return self.page(page).await;
        }
        let request_id = reply::request_id();
        let service = Service::of(&parts);
        if service == Service::S3 {
            return s3::answer(&self, parts, body, &request_id).await;
        }
        let outcome = self.dispatch(service, &parts, body).await;
        reply::finish(service, outcome, &request_id)
    }

    async fn dispatch(&self, service: Service, parts: &Parts, body: Body) -> Outcome<Response> {
        let body = axum::body::to_bytes(body, BODY_MAX).await.map_err(|_| too_large())?;
        auth::account(self, service, parts, &body)?;
        match service {
            Service::Iam => iam::answer(self, &body),
            Service::Sts => sts::answer(self, &body),
            Service::Lambda => lambda::answer(self, parts, &body).await,
            Service::CloudFront => cloudfront::answer(self, parts, &body),
            Service::S3 => Err(Fault::not_implemented("this path to S3")),
        }
    }

    /// Remembers the name of a call made with the account's credentials.
    pub(crate) fn record(&self, service: &str, operation: &str) {
        push(&self.calls, format!("{service}:{operation}"));
    }

    pub(crate) fn record_origin(&self, request: OriginRequest) {
        push(&self.origin_requests, request);
    }

    async fn page(&self, page: &str) -> Response {
        if let Some(sha256) = page.strip_prefix("code/") {
            return self.code(sha256).await;
        }
        let body = match page {
            "health" => json!({"status": "ok", "pid": std::process::id()}),
            "calls" => json!(snapshot(&self.calls)),
            "origin-requests" => json!(snapshot(&self.origin_requests)),
            _ => return reply::json(404, &json!({"error": "no such page"})),
        };
        reply::json(200, &body)
    }
}

impl Control {
    /// The zip of a function, where `GetFunction` says it is.
    async fn code(&self, sha256: &str) -> Response {
        let named = sha256.len() == 64 && sha256.bytes().all(|it| it.is_ascii_hexdigit());
        let path = self.store.code(&format!("{sha256}.zip"));
        match tokio::fs::read(path).await {
            Ok(zip) if named => reply::with(200, "application/zip", zip),
            _ => reply::json(404, &json!({"error": "no such code"})),
        }
    }
}

fn too_large() -> Fault {
    let text =
        format!("Request must be smaller than {BODY_MAX} bytes for the CreateFunction operation");
    Fault::new(413, "RequestEntityTooLargeException", text)
}

fn push<T>(log: &Mutex<VecDeque<T>>, entry: T) {
    let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
    if log.len() == LOG_MAX {
        log.pop_front();
    }
    log.push_back(entry);
}

fn snapshot<T: Clone>(log: &Mutex<VecDeque<T>>) -> Vec<T> {
    log.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
}

impl Service {
    /// The service the signature names, else the one the path looks like.
    fn of(parts: &Parts) -> Self {
        let claim = crate::sigv4::Claim::of(&parts.headers);
        let path = parts.uri.path();
        match claim.as_ref().map(|it| it.service.as_str()) {
            Some("s3") => Self::S3,
            Some("iam") => Self::Iam,
            Some("sts") => Self::Sts,
            Some("lambda") => Self::Lambda,
            Some("cloudfront") => Self::CloudFront,
            _ if path.starts_with("/2020-05-31/") => Self::CloudFront,
            _ if path.starts_with("/20")
                && path
                    .get(11..)
                    .is_some_and(|it| it.starts_with("/functions") || it.starts_with("/tags")) =>
            {
                Self::Lambda
            }
            _ if path == "/" && parts.method == http::Method::POST => Self::Iam,
            _ => Self::S3,
        }
    }
}

/// The body of a query-protocol request.
pub(crate) fn form(body: &Bytes) -> std::collections::BTreeMap<String, String> {
    let text = String::from_utf8_lossy(body).replace('+', "%20");
    crate::sigv4::query_pairs(&text).collect()
}

/// Passes a request of the edge to the bucket, where its signature is checked like any other.
pub(crate) async fn origin(control: &Arc<Control>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    s3::answer(control, parts, body, &reply::request_id()).await
}
