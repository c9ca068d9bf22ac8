//! The page at the edge's `/_local/`: people sign in, upload, look, watch requests and try rules.
//!
//! It is of this computer alone. Nothing of it is in what is deployed, and no other website can use it.

mod claims;
mod desk;
mod files;
mod images;
mod live;
mod people;

use std::path::PathBuf;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::Method;
use http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::watch;

pub use crate::page::desk::{Access, Desk, Person, Promise, Visit};

use crate::clerk::{Clerk, LocalClerk};
use crate::control::{Control, reply};
use crate::edge::Https;
use crate::edge::doors::Scheme;
use crate::edge::route::Route;
use crate::fault::{Fault, Outcome};
use crate::guard;
use crate::page::live::Live;
use crate::{Served, edge};

const ROOT: &str = "/_local/";
const API: &str = "api/";
/// Rules and questions are text that somebody types.
const BODY_MAX: usize = 256 * 1024;

/// Who stands behind the page.
pub struct PageOptions {
    clerk: Arc<Clerk>,
    desk: Arc<dyn Desk>,
}

impl PageOptions {
    /// People come from that Clerk, and what is known of rules from that desk.
    pub fn new(clerk: &LocalClerk, desk: Arc<dyn Desk>) -> Self {
        Self { clerk: clerk.inside(), desk }
    }
}

/// The page, and what it is told.
pub(crate) struct Page {
    control: Arc<Control>,
    clerk: Arc<Clerk>,
    desk: Arc<dyn Desk>,
    live: Arc<Live>,
    stopped: watch::Receiver<()>,
}

impl Page {
    pub(crate) fn new(
        options: PageOptions,
        control: Arc<Control>,
        stopped: watch::Receiver<()>,
    ) -> Self {
        let PageOptions { clerk, desk } = options;
        let live = Arc::new(Live::new(control.store.clock.wall()));
        Self { control, clerk, desk, live, stopped }
    }

    /// Whether a path is the page's and not the bucket's.
    pub(crate) fn has(path: &str) -> bool {
        path.starts_with(ROOT) || ROOT.strip_suffix('/') == Some(path)
    }

    /// Shows a request that was answered, with what the code in that folder has to say about it.
    pub(crate) fn show(&self, served: Served, visit: Visit, code: Option<PathBuf>) {
        let (live, desk) = (Arc::clone(&self.live), Arc::clone(&self.desk));
        let (seq, at) = (live.number(), self.control.store.clock.now());
        // Judging once more takes a fraction of a millisecond that no viewer should wait for.
        tokio::task::spawn_blocking(move || {
            let judged = code.and_then(|code| desk.explain(&code, &visit));
            live.add(seq, at, &served, judged.as_ref());
        });
    }

    pub(crate) async fn answer(&self, scheme: Scheme, https: Https, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let host = guard::header(&parts, "host");
        let mut response = if !guard::is_here(host) {
            reply::with(403, "text/plain", "this page is for this computer alone\n")
        } else if https == Https::Offered && scheme == Scheme::Http {
            edge::page::redirect(&parts.method, &format!("https://{host}{ROOT}"))
        } else {
            self.open(&parts, body).await
        };
        files::protect(&mut response, https.scheme(), host);
        response
    }

    async fn open(&self, parts: &Parts, body: Body) -> Response {
        let Some(path) = parts.uri.path().strip_prefix(ROOT) else {
            let mut response = reply::empty(308);
            reply::set(&mut response, "location", ROOT);
            return response;
        };
        if let Some(api) = path.strip_prefix(API) {
            let outcome = match refusal(parts) {
                None => self.ask(parts, api, body).await,
                Some(text) => Err(Fault::new(403, "", text)),
            };
            return outcome
                .unwrap_or_else(|it| reply::json(it.status, &json!({"error": it.message})));
        }
        match files::find(path).filter(|_| parts.method == Method::GET) {
            Some((content_type, text)) => reply::with(200, content_type, text),
            None => reply::with(404, "text/plain", "the page has no such part\n"),
        }
    }

    async fn ask(&self, parts: &Parts, api: &str, body: Body) -> Outcome<Response> {
        let query = parts.uri.query().unwrap_or_default();
        let answer = match (parts.method.as_str(), api) {
            ("GET", "state") => self.state(),
            ("GET", "people") => people::all(&self.clerk),
            ("POST", "people") => people::put(&self.clerk, parse(body).await?)?,
            ("POST", "token") => people::token(&self.clerk, &parse(body).await?)?,
            ("GET", "images") => images::list(&self.control, self.route().as_ref(), query),
            ("GET", "requests") => {
                let last = guard::header(parts, "last-event-id");
                return Ok(live::stream(&self.live, last, self.stopped.clone()));
            }
            ("GET", "rules") => self.desk.rules(self.code().as_deref()),
            ("POST", "rules/check") => self.desk.check(&parse::<Draft>(body).await?.text),
            ("POST", "rules/apply") => self.apply(parse::<Draft>(body).await?.text).await?,
            ("POST", "access") => self.access(&parse(body).await?)?,
            _ => return Err(Fault::new(404, "", "the page has no such part")),
        };
        Ok(reply::json(200, &answer))
    }

    /// What the page says about where it is.
    fn state(&self) -> Value {
        let edge = self.route().map(|it| {
            let function = it.function.as_ref().map(|it| (&it.name, &it.version));
            json!({"distribution": it.id, "bucket": it.origin.bucket(), "function": function})
        });
        json!({"edge": edge, "stack": self.desk.about(), "clerk": self.clerk.url()})
    }

    fn access(&self, asked: &people::Question) -> Outcome<Value> {
        let asked = people::access(&self.clerk, asked)?;
        let code = self.code().ok_or_else(|| Fault::new(409, "", "nothing is deployed yet"))?;
        Ok(self.desk.access(&code, &asked))
    }

    /// Deploys rules.
    async fn apply(&self, text: String) -> Outcome<Value> {
        let desk = Arc::clone(&self.desk);
        finished(async move { desk.apply(text).await }).await
    }

    /// The distribution that answers here.
    fn route(&self) -> Option<Route> {
        Route::find(&self.control, 0, "localhost", "/")
    }

    /// The folder with the code that judges now.
    fn code(&self) -> Option<PathBuf> {
        Some(self.route()?.function?.folder)
    }
}

/// Does something to its end, whether or not somebody still waits for it.
async fn finished<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Outcome<T> {
    tokio::spawn(work).await.map_err(|_| Fault::new(500, "", "the deployment was stopped"))
}

/// Why a request for data is refused, if it is.
fn refusal(parts: &Parts) -> Option<&'static str> {
    if guard::is_foreign(parts) {
        return Some("other websites cannot use this page");
    }
    // What a form of another page can send without asking first is never JSON.
    let json = guard::header(parts, "content-type").starts_with("application/json");
    (parts.method == Method::POST && !json).then_some("expected application/json")
}

/// Rules as somebody types them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Draft {
    text: String,
}

async fn parse<T: DeserializeOwned>(body: Body) -> Outcome<T> {
    let refuse = |it: String| Fault::new(400, "", it);
    let body = axum::body::to_bytes(body, BODY_MAX).await.map_err(|it| refuse(it.to_string()))?;
    serde_json::from_slice(&body).map_err(|it| refuse(it.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_leaves_does_not_end_what_was_begun() {
        let (begun, left, done) =
            (watch::Sender::new(()), watch::Sender::new(()), watch::Sender::new(()));
        let (mut has_begun, mut is_done) = (begun.subscribe(), done.subscribe());
        let mut has_left = left.subscribe();
        let asked = tokio::spawn(finished(async move {
            let _ = begun.send(());
            let _ = has_left.changed().await;
            let _ = done.send(());
        }));
        has_begun.changed().await.unwrap();
        asked.abort();
        assert!(asked.await.unwrap_err().is_cancelled());
        let _ = left.send(());
        assert!(is_done.changed().await.is_ok(), "it was dropped with whoever asked");
    }
}
