//! The control plane: one port that speaks the AWS protocols edgegate's deployer uses.

pub(crate) mod auth;
pub(crate) mod cloudfront;
pub(crate) mod disturb;
pub(crate) mod iam;
pub(crate) mod lambda;
pub(crate) mod name;
pub(crate) mod pages;
pub(crate) mod quota;
pub(crate) mod reply;
pub(crate) mod s3;
pub(crate) mod sts;

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::Response;
use http::Method;
use http::request::Parts;
use serde::Serialize;
use serde_json::json;

use crate::control::auth::Keys;
use crate::control::disturb::{Disturbance, Disturbances, Kind};
use crate::control::name::Name;
use crate::fault::{Fault, Outcome};
use crate::guard;
use crate::store::{self, Store};
use crate::wire::Cut;

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
    pub(crate) disturbances: Disturbances,
    /// The buckets that somebody is changing at this moment.
    changing: Mutex<BTreeSet<String>>,
    calls: Mutex<VecDeque<String>>,
    actions: Mutex<VecDeque<String>>,
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

/// One request to the control plane that is no page of its own.
struct Arrived {
    service: Service,
    name: Name,
    parts: Parts,
    body: Body,
    id: String,
}

impl Control {
    pub(crate) fn new(store: Store, url: String, disturbances: Vec<Disturbance>) -> Self {
        let (changing, calls, actions) = (Mutex::default(), Mutex::default(), Mutex::default());
        let disturbances = Disturbances::new(disturbances);
        let (keys, origin_requests) = (Keys::random(), Mutex::default());
        Self { store, keys, url, disturbances, changing, calls, actions, origin_requests }
    }

    /// Answers one request to the control plane's port; `cut` ends its connection.
    pub(crate) async fn answer(&self, request: Request, cut: &Cut) -> Response {
        let (parts, body) = request.into_parts();
        if let Some(page) = parts.uri.path().strip_prefix("/_local/") {
            if guard::is_foreign(&parts) {
                return reply::json(403, &json!({"error": "other websites cannot use this"}));
            }
            return pages::answer(self, &parts.method, page, body).await;
        }
        // A page whose name was made to mean this computer can sign as well as anybody: the key is no
        // secret, and a function would run what it sends.
        if !guard::is_cloud(guard::header(&parts, "host")) {
            return reply::json(421, &json!({"error": "this host is not served here"}));
        }
        let (service, id) = (Service::of(&parts), reply::request_id());
        let (bytes, body) = if service == Service::S3 {
            (Bytes::new(), body)
        } else {
            match axum::body::to_bytes(body, BODY_MAX).await {
                Ok(bytes) => (bytes.clone(), Body::from(bytes)),
                Err(_) => return reply::finish(service, Err(too_large()), &id),
            }
        };
        let name = Name::of(service, &parts, &bytes);
        push(&self.calls, name.call.clone());
        self.demand(&name.action);
        self.endure(Arrived { service, name, parts, body, id }, cut).await
    }

    /// Carries a call out, or what a disturbance leaves of it.
    async fn endure(&self, mut call: Arrived, cut: &Cut) -> Response {
        let name = call.name.call.clone();
        let (delay, struck) = self.disturbances.strike(&name);
        let change = match self.begin(&call) {
            Ok(change) => change,
            Err(fault) => return refuse(&call, fault),
        };
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let Some(kind) = struck else { return self.carry_out(call).await };
        // A call that is held for as long as somebody likes keeps nobody else from the bucket.
        drop(change);
        if let Some(fault) = kind.refusal(call.service, &name, &call.name.action) {
            return refuse(&call, fault);
        }
        match kind {
            Kind::Pause => {
                self.disturbances.hold(&name, "before").await;
                return self.carry_out(call).await;
            }
            Kind::Late => return store::late(self.carry_out(call)).await,
            Kind::KeepKey(code) => {
                call.parts.extensions.insert(s3::object::KeptKey(code));
                return self.carry_out(call).await;
            }
            Kind::StopBefore => self.disturbances.hold(&name, "before").await,
            Kind::StopAfter => {
                self.carry_out(call).await;
                self.disturbances.hold(&name, "after").await;
            }
            Kind::ResetAfter => drop(self.carry_out(call).await),
            Kind::Truncated => return reply::truncated(self.carry_out(call).await, cut).await,
            _ => {}
        }
        cut.now();
        reply::empty(500)
    }

    /// Two changes of a bucket at a time are one too many for S3.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList>
    fn begin(&self, call: &Arrived) -> Outcome<Option<Change<'_>>> {
        let (bucket, key) = s3::address(&call.parts);
        let changes = matches!(call.parts.method, Method::PUT | Method::DELETE);
        if call.service != Service::S3 || !key.is_empty() || !changes {
            return Ok(None);
        }
        let mut changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        if !changing.insert(bucket.clone()) {
            return Err(s3::aborted());
        }
        Ok(Some(Change { control: self, bucket }))
    }

    async fn carry_out(&self, call: Arrived) -> Response {
        let Arrived { service, name, parts, body, id } = call;
        if service == Service::S3 {
            return s3::answer(self, parts, body, &id).await;
        }
        let outcome = self.dispatch(service, &name, &parts, body).await;
        reply::finish(service, outcome, &id)
    }

    async fn dispatch(
        &self,
        service: Service,
        name: &Name,
        parts: &Parts,
        body: Body,
    ) -> Outcome<Response> {
        let body = axum::body::to_bytes(body, BODY_MAX).await.map_err(|_| too_large())?;
        auth::account(self, service, parts, &body)?;
        let body = self.disturbances.replaced(&name.call, body);
        match service {
            Service::Iam => iam::answer(self, &body),
            Service::Sts => sts::answer(&body),
            Service::Lambda => lambda::answer(self, parts, &body).await,
            Service::CloudFront => cloudfront::answer(self, parts, &body),
            Service::S3 => Err(Fault::not_implemented("this path to S3")),
        }
    }

    /// Remembers a permission that a call takes, its own or another in addition.
    pub(crate) fn demand(&self, action: &str) {
        push(&self.actions, action.to_owned());
    }

    pub(crate) fn record_origin(&self, request: OriginRequest) {
        push(&self.origin_requests, request);
    }
}

/// A bucket that is being changed, for as long as this lives.
struct Change<'a> {
    control: &'a Control,
    bucket: String,
}

impl Drop for Change<'_> {
    fn drop(&mut self) {
        let changing = &self.control.changing;
        changing.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.bucket);
    }
}

fn refuse(call: &Arrived, fault: Fault) -> Response {
    if call.service == Service::S3 {
        return s3::refuse(&fault, &call.parts, &call.id);
    }
    reply::finish(call.service, Err(fault), &call.id)
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

fn clear<T>(log: &Mutex<VecDeque<T>>) {
    log.lock().unwrap_or_else(PoisonError::into_inner).clear();
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
            _ if path == "/" && parts.method == Method::POST => Self::Iam,
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
