//! Requests to the edge, and what came back.

use super::viewer::{ESCAPED, Viewer};
use crate::story::scene::File;
use anyhow::{Context, Result};
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Body, Client, Method};
use std::time::Duration;

/// Of one answer: an upload to another continent and a cold start are within it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who asks.
#[derive(Clone, Copy)]
pub(super) enum By<'a> {
    Viewer,
    Nobody,
    /// With this instead of a token.
    Other(&'a str),
}

pub(super) struct Edge {
    pub(super) client: Client,
    /// Without a slash at its end.
    pub(super) base: String,
    pub(super) viewer: Viewer,
    pub(super) image: File,
    pub(super) uploads: Vec<Upload>,
}

/// An object that this run has put into the bucket.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Upload {
    pub(super) key: String,
    /// As the answer had it.
    pub(super) version: Option<String>,
}

pub(super) struct Reply {
    pub(super) status: u16,
    headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// No answer is a redirect that somebody should follow with a token.
pub(super) fn client() -> Result<Client> {
    Ok(Client::builder().redirect(Policy::none()).timeout(PATIENCE).build()?)
}

impl Edge {
    /// `header` is one more, where its name is not empty.
    pub(super) async fn get(&self, path: &str, by: By<'_>, header: (&str, &str)) -> Result<Reply> {
        self.send(Method::GET, path, by, header, Body::from("")).await
    }

    /// Puts the image there, and remembers it.
    pub(super) async fn put(&mut self, path: &str, header: (&str, &str)) -> Result<Reply> {
        let reply =
            self.send(Method::PUT, path, By::Viewer, header, self.image.bytes.into()).await?;
        if reply.status == 200 {
            let version = Some(reply.header("x-amz-version-id")).filter(|it| !it.is_empty());
            let key = path.trim_start_matches('/').replace(ESCAPED.0, ESCAPED.1);
            self.uploads.push(Upload { key, version: version.map(str::to_owned) });
        }
        Ok(reply)
    }

    /// Puts the image there without saying how long it is.
    pub(super) async fn put_of_unknown_length(&self, path: &str) -> Result<Reply> {
        let body = Body::wrap(Unsized(Some(self.image.bytes.into())));
        self.send(Method::PUT, path, By::Viewer, ("", ""), body).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        by: By<'_>,
        (name, value): (&str, &str),
        body: Body,
    ) -> Result<Reply> {
        let is_upload = method == Method::PUT;
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        let bearer = match by {
            By::Viewer => Some(self.viewer.token()),
            By::Nobody => None,
            By::Other(token) => Some(token),
        };
        if let Some(token) = bearer {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if !name.is_empty() {
            request = request.header(name, value);
        }
        if is_upload {
            request = request.header("content-type", self.image.content_type).body(body);
        }
        let answer = request.send().await.map_err(reqwest::Error::without_url);
        let answer = answer.context("no answer")?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = answer.bytes().await.map_err(reqwest::Error::without_url)?.to_vec();
        Ok(Reply { status, headers, body })
    }
}

impl Reply {
    /// Empty where there is none.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default()
    }

    /// `Hit` or `Miss`.
    pub(super) fn cache(&self) -> &str {
        self.header("x-cache").split(' ').next().unwrap_or_default()
    }
}

/// A body whose length nobody knows before it ends.
struct Unsized(Option<bytes::Bytes>);

impl http_body::Body for Unsized {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Self::Data>, Self::Error>>> {
        std::task::Poll::Ready(self.0.take().map(|it| Ok(http_body::Frame::data(it))))
    }
}
