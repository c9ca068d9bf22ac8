//! What the page asks of those who deployed the stack: this crate knows no rules.

use std::path::Path;
use std::pin::Pin;

use axum::extract::Request;
use serde_json::Value;

/// An answer that takes a while.
pub type Promise<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Knows the rules of a stack, and how requests are judged by them. Its answers are the page's: JSON
/// that this crate passes on as it is.
pub trait Desk: Send + Sync {
    /// Of which stack it is, and whom it believes; null when it deploys nothing here.
    fn about(&self) -> Value;

    /// How the function in that folder judges a request, and why; `None` when it is no function that
    /// this desk knows.
    fn explain(&self, code: &Path, visit: &Visit) -> Option<Value>;

    /// The text of the rules, and whether the function in that folder has these.
    fn rules(&self, code: Option<&Path>) -> Value;

    /// What is wrong with rules that somebody types, or what they mean.
    fn check(&self, text: &str) -> Value;

    /// Deploys other rules into this cloud, and writes them nowhere else.
    fn apply(&self, text: String) -> Promise<'_, Value>;

    /// Who could do what, by the rules of the function in that folder, and by a draft.
    fn access(&self, code: &Path, asked: &Access) -> Value;
}

/// A request as it came in, with its token: not to be kept.
pub struct Visit {
    pub method: String,
    pub path: String,
    pub query: String,
    /// Names are in lower case.
    pub headers: Vec<(String, String)>,
}

impl Visit {
    pub(crate) fn new(request: &Request) -> Self {
        let text = |it: &http::HeaderValue| it.to_str().unwrap_or_default().to_owned();
        let headers = request.headers().iter().map(|(name, it)| (name.to_string(), text(it)));
        Self {
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            headers: headers.collect(),
        }
    }
}

/// Each of these people, each path, each method.
pub struct Access {
    pub people: Vec<Person>,
    pub paths: Vec<String>,
    pub methods: Vec<String>,
    /// Rules that are not deployed.
    pub draft: Option<String>,
}

/// Somebody with a fresh token, or without one.
pub struct Person {
    pub id: String,
    pub token: Option<String>,
}
