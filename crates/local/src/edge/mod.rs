//! The edge: a viewer's request, the function, the cache, the bucket, and the answer.

pub(crate) mod cache;
pub(crate) mod collapse;
pub(crate) mod copy;
pub(crate) mod decorate;
pub(crate) mod doors;
pub(crate) mod event;
pub(crate) mod headers;
pub(crate) mod held;
pub(crate) mod key;
pub(crate) mod node;
pub(crate) mod origin;
pub(crate) mod page;
pub(crate) mod route;
pub(crate) mod serve;
pub(crate) mod sign;
pub(crate) mod ttl;
pub(crate) mod way;
pub(crate) mod worker;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use anyhow::Result;
use axum::extract::Request;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, Method};

use crate::control::cloudfront::distribution::LOCATIONS;
use crate::control::{Control, reply};
use crate::edge::cache::Cache;
use crate::edge::collapse::Flights;
use crate::edge::doors::{Scheme, Visitor};
use crate::edge::event::{Outcome, URL_MAX};
use crate::edge::node::Functions;
use crate::edge::page::Failure;
use crate::edge::route::{Protocol, Route};
use crate::edge::way::{Steps, Way, since};
use crate::page::{Page, Visit};
use crate::{OnRequest, Served};

/// Path, query string and headers.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorS3Origin.html#RequestS3MaxRequestStringLength>
const REQUEST_MAX: usize = 32_768;

/// Whether viewers can come by HTTPS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Https {
    Offered,
    /// Plain HTTP stands in for it.
    Missing,
}

impl Https {
    pub(crate) fn scheme(self) -> &'static str {
        match self {
            Self::Offered => "https",
            Self::Missing => "http",
        }
    }
}

/// The data plane.
pub(crate) struct Edge {
    control: Arc<Control>,
    cache: Cache,
    flights: Flights,
    functions: Functions,
    https: Https,
    on_request: Option<OnRequest>,
    /// Where people look on.
    page: Option<Arc<Page>>,
    requests: AtomicU64,
}

/// An answer, and what is told about it.
struct Answer {
    response: Response,
    decision: &'static str,
    reason: Option<String>,
}

impl Answer {
    fn error(status: u16, detail: &str) -> Self {
        Self {
            response: page::error(status, detail),
            decision: "error",
            reason: Some(detail.to_owned()),
        }
    }

    fn failure(failure: Failure, detail: &str) -> Self {
        let (response, reason) = (failure.response(detail), Some(detail.to_owned()));
        Self { response, decision: "error", reason }
    }

    fn of(response: Response, decision: &'static str) -> Self {
        Self { response, decision, reason: None }
    }
}

impl Edge {
    pub(crate) fn new(
        control: Arc<Control>,
        https: Https,
        on_request: Option<OnRequest>,
        page: Option<Arc<Page>>,
    ) -> Result<Self> {
        let functions = Functions::new(&control.store)?;
        let cache = Cache::open(&control.store.cache())?;
        let (flights, requests) = (Flights::default(), AtomicU64::new(0));
        Ok(Self { control, cache, flights, functions, https, on_request, page, requests })
    }

    /// The processes of the functions.
    pub(crate) fn functions(&self) -> &Functions {
        &self.functions
    }

    /// Answers one viewer, or somebody who looks on.
    pub(crate) async fn answer(self: &Arc<Self>, visitor: Visitor, request: Request) -> Response {
        match &self.page {
            Some(page) if Page::has(request.uri().path()) => {
                page.answer(visitor.scheme, self.https, request).await
            }
            _ => self.view(visitor, request).await,
        }
    }

    async fn view(self: &Arc<Self>, visitor: Visitor, request: Request) -> Response {
        let start = Instant::now();
        let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
        let visit = self.page.as_ref().map(|_| Visit::new(&request));
        let request_id = page::request_id();
        // Each request lands at another location, as if each were another viewer's.
        let location = self.requests.fetch_add(1, Ordering::Relaxed) % LOCATIONS;
        let brings_body = has_body(request.headers());
        let way = Way::default();
        let mut answer = self.decide(visitor, location, request, &request_id, &way).await;
        // Nobody has read the body, so the next request on this connection cannot be found.
        if brings_body && answer.decision != "allow" {
            reply::set(&mut answer.response, "connection", "close");
        }
        page::stamp(&mut answer.response, location, &request_id, self.control.store.clock.now());
        let Steps { function, origin } = way.steps();
        let (code, function) = function.map(|(it, ran)| (it.folder, ran)).unzip();
        let served = Served {
            id: request_id,
            method,
            path,
            status: answer.response.status().as_u16(),
            decision: answer.decision,
            reason: answer.reason,
            location,
            function,
            cache: page::cache_word(&answer.response),
            origin,
            millis: since(start),
        };
        if let Some(tell) = &self.on_request {
            tell(&served);
        }
        if let Some((page, visit)) = self.page.as_ref().zip(visit) {
            page.show(served, visit, code);
        }
        answer.response
    }

    async fn decide(
        self: &Arc<Self>,
        visitor: Visitor,
        location: u64,
        request: Request,
        request_id: &str,
        way: &Way,
    ) -> Answer {
        let (parts, body) = request.into_parts();
        let host = parts.headers.get("host").and_then(|it| it.to_str().ok()).unwrap_or_default();
        let Some(route) = Route::find(&self.control, location, host, parts.uri.path()) else {
            return Answer::error(404, "no distribution with this name is enabled and deployed");
        };
        if let Some((status, detail)) = refusal(&route, &parts) {
            return Answer::error(status, detail);
        }
        if let Some(answer) = self.insist(&route, visitor.scheme, host, &parts) {
            return answer;
        }
        let client = visitor.address;
        let mut parts = match self.authorize(&route, parts, client, request_id, way).await {
            Ok(parts) => parts,
            Err(answer) => return *answer,
        };
        origin::introduce(&mut parts.headers, client, request_id);
        match self.serve(&route, parts, body, way).await {
            Ok(response) => Answer::of(response, "allow"),
            Err(error) => Answer::error(502, &format!("{error:#}")),
        }
    }

    /// What a viewer of plain HTTP gets instead, before the function runs.
    /// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-https-viewers-to-cloudfront.html>
    fn insist(&self, route: &Route, scheme: Scheme, host: &str, parts: &Parts) -> Option<Answer> {
        if scheme == Scheme::Https || self.https == Https::Missing {
            return None;
        }
        match route.protocol {
            Protocol::Any => None,
            Protocol::HttpsOnly => Some(Answer::error(403, "this distribution wants HTTPS")),
            Protocol::Redirect => {
                let path = parts.uri.path_and_query().map_or("/", |it| it.as_str());
                let to = format!("https://{host}{path}");
                Some(Answer::of(page::redirect(&parts.method, &to), "answer"))
            }
        }
    }

    /// Runs the viewer-request function: before the cache, on every request. Whatever goes wrong
    /// ends the request; nothing is served without a decision.
    async fn authorize(
        &self,
        route: &Route,
        parts: Parts,
        client: IpAddr,
        request_id: &str,
        way: &Way,
    ) -> Result<Parts, Box<Answer>> {
        let failed = |failure, detail: &str| Box::new(Answer::failure(failure, detail));
        if route.broken {
            return Err(failed(Failure::Execution, "the function of this distribution is gone"));
        }
        let Some(function) = &route.function else { return Ok(parts) };
        let event = event::event(route, &parts, client, request_id);
        let start = Instant::now();
        let returned = self.functions.invoke(function, event).await;
        way.ran(function, start);
        let returned = returned.map_err(|it| failed(Failure::Execution, &format!("{it:#}")))?;
        match event::outcome(&returned, &parts) {
            Ok(Outcome::Continue(parts)) => Ok(*parts),
            Ok(Outcome::Answer { mut response, reason }) => {
                page::mark(&mut response, "LambdaGeneratedResponse from cloudfront");
                // A preflight, for example, is answered and not denied.
                let denied =
                    response.status().is_client_error() || response.status().is_server_error();
                let decision = if denied { "deny" } else { "answer" };
                Err(Box::new(Answer { response, decision, reason }))
            }
            Err(error) => Err(failed(Failure::Validation, &format!("{error:#}"))),
        }
    }
}

fn has_body(headers: &HeaderMap) -> bool {
    headers.get("content-length").is_some_and(|it| it != "0")
        || headers.contains_key("transfer-encoding")
}

/// What `CloudFront` refuses by itself.
fn refusal(route: &Route, parts: &Parts) -> Option<(u16, &'static str)> {
    let url = parts.uri.path_and_query().map_or(0, |it| it.as_str().len());
    let headers: usize =
        parts.headers.iter().map(|(name, it)| name.as_str().len() + it.len() + 4).sum();
    if url > URL_MAX {
        return Some((414, "the URL is longer than 8192 bytes"));
    }
    if url + headers > REQUEST_MAX {
        return Some((494, "the request is larger than 32768 bytes"));
    }
    if !route.methods.iter().any(|it| it == parts.method.as_str()) {
        return Some((403, "this distribution is not configured to allow the HTTP request method"));
    }
    if parts.method == Method::GET && has_body(&parts.headers) {
        return Some((403, "a GET request has a body"));
    }
    None
}
