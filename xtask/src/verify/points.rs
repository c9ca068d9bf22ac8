//! The points that requests can tell.
//!
//! What AWS's documentation leaves open is named at each of them; the others are what a deployment
//! that works must do in any case.

use super::edge::{By, Edge, Reply};
use super::row::Row;
use super::viewer::ESCAPED;
use crate::stack::Stack;
use anyhow::Result;
use reqwest::header::HeaderName;

/// No header beside the usual ones.
const PLAIN: (&str, &str) = ("", "");
/// Of nobody: S3 refuses a request that expects its bucket to be of that account.
const ANOTHER_ACCOUNT: &str = "111111111111";
/// Only the response headers policy sends it.
const MARK: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Asks them one after the other; a point that gets no answer differs.
pub(super) async fn ask(edge: &mut Edge, stack: &Stack) -> Vec<Row> {
    let create_only = stack.config.uploads.create_only;
    let mut rows = Vec::new();
    let mut add = |point: &'static str, asked: Result<Vec<Row>>| match asked {
        Ok(more) => rows.extend(more),
        Err(error) => {
            rows.push(Row::same(point, "ask the edge", "an answer", format!("{error:#}")));
        }
    };
    add("strangers", strangers(edge).await);
    add("plain-http", plain_http(edge).await);
    add("uploads", uploads(edge, create_only).await);
    add("raw-path", raw_path(edge).await);
    add("missing-image", missing_image(edge).await);
    add("amz-headers", amz_headers(edge).await);
    add("query", query(edge).await);
    add("unknown-length", unknown_length(edge).await);
    add("bucket", bucket(edge, stack).await);
    rows
}

/// Whoever has no good token; and what their answer carries.
async fn strangers(edge: &Edge) -> Result<Vec<Row>> {
    let (path, unsigned) = (edge.viewer.path("never"), edge.viewer.unsigned());
    let without = edge.get(&path, By::Nobody, PLAIN).await?;
    let garbage = edge.get(&path, By::Other("not.a.token"), PLAIN).await?;
    let none = edge.get(&path, By::Other(&unsigned), PLAIN).await?;
    let row = |done: &str, it: &Reply| Row::same("strangers", done, "401", it.status.to_string());
    Ok(vec![
        row("view without a token", &without),
        row("view with garbage for a token", &garbage),
        row("view with the token's claims, unsigned (alg none)", &none),
        refusal(&without),
    ])
}

/// No token is sent: whoever is on the way could read it.
async fn plain_http(edge: &Edge) -> Result<Vec<Row>> {
    let (point, done) = ("plain-http", "view without TLS, and without a token");
    let Some(host) = edge.base.strip_prefix("https://").filter(|it| !it.contains(':')) else {
        let why = "not checked: this edge is not at the usual ports of HTTP and HTTPS";
        return Ok(vec![Row::open(point, done, why)]);
    };
    let url = format!("http://{host}{}", edge.viewer.path("never"));
    let answer = edge.client.get(url).send().await.map_err(reqwest::Error::without_url)?;
    Ok(vec![Row::same(point, done, "403", answer.status().as_u16().to_string())])
}

/// Whether a response headers policy is applied to what the function answers by itself is not
/// documented. With it or without, nobody may keep a refusal.
fn refusal(it: &Reply) -> Row {
    let applied = if it.header(MARK.as_str()).is_empty() { "not applied" } else { "applied" };
    let kept = it.header("cache-control");
    let seen = format!("{kept}; the response headers policy is {applied}");
    let done = "look at the headers of a refusal";
    Row::same("refusals", done, "no-store, with the policy or without", seen)
        .judged(kept.contains("no-store"))
}

/// Whether CloudFront signs an upload whose hash nobody told it, whether its type and the
/// authorizer's `If-None-Match` reach S3 without an origin request policy: not documented.
async fn uploads(edge: &mut Edge, create_only: bool) -> Result<Vec<Row>> {
    let path = edge.viewer.path("first");
    let put = edge.put(&path, PLAIN).await?;
    let seen = edge.get(&path, By::Viewer, PLAIN).await?;
    let again = edge.get(&path, By::Viewer, PLAIN).await?;
    let status = |it: &Reply| it.status.to_string();
    let kind = edge.image.content_type;
    let bytes = if seen.body == edge.image.bytes { "the same bytes" } else { "other bytes" };
    let mut rows = vec![
        Row::same("unsigned-payload", "upload without a hash of the body", "200", status(&put)),
        Row::same(
            "content-type",
            format!("view what was uploaded as {kind}"),
            kind,
            seen.header("content-type"),
        ),
        Row::same("bytes", "compare it with what was uploaded", "the same bytes", bytes),
        Row::same("cache", "view it again", "Hit", again.cache()),
    ];
    rows.push(if create_only {
        let overwrite = edge.put(&path, PLAIN).await?;
        Row::same("create-only", "upload to the same path again", "412", status(&overwrite))
    } else {
        let why = "not checked: uploads.create_only is false";
        Row::open("create-only", "upload to the same path again", why)
    });
    Ok(rows)
}

/// Whether the function gets the path as it was sent is not documented for all characters. The
/// authorizer refuses what is not escaped, so a decoded path would be refused.
async fn raw_path(edge: &mut Edge) -> Result<Vec<Row>> {
    let path = edge.viewer.path(ESCAPED.0);
    let put = edge.put(&path, PLAIN).await?;
    let seen = edge.get(&path, By::Viewer, PLAIN).await?;
    let got = format!("{}, then {}", put.status, seen.status);
    let done = format!("upload and view `{}`", ESCAPED.0);
    Ok(vec![Row::same("raw-path", done, "200, then 200", got)])
}

/// S3 answers 403 for what is not there, and whether CloudFront keeps that depends on a default.
async fn missing_image(edge: &mut Edge) -> Result<Vec<Row>> {
    let path = edge.viewer.path("later");
    let before = edge.get(&path, By::Viewer, PLAIN).await?;
    edge.put(&path, PLAIN).await?;
    let after = edge.get(&path, By::Viewer, PLAIN).await?;
    let got = format!("{}, then {}", before.status, after.status);
    let done = "view an image before it is uploaded, and right after";
    Ok(vec![Row::same("missing-image", done, "403, then 200", got)])
}

/// Without an origin request policy no `x-amz-*` header of a viewer should reach S3, which would take
/// it for signed. Uploads with one are refused before that.
async fn amz_headers(edge: &mut Edge) -> Result<Vec<Row>> {
    let path = edge.viewer.path("headers");
    let refused = edge.put(&path, ("x-amz-storage-class", "GLACIER")).await?;
    edge.put(&path, PLAIN).await?;
    let header = ("x-amz-expected-bucket-owner", ANOTHER_ACCOUNT);
    let passed = edge.get(&path, By::Viewer, header).await?;
    let status = |it: &Reply| it.status.to_string();
    Ok(vec![
        Row::same("amz-headers", "upload with x-amz-storage-class", "400", status(&refused)),
        Row::same(
            "amz-headers",
            "view with x-amz-expected-bucket-owner of another account, which S3 would refuse",
            "200",
            status(&passed),
        ),
    ])
}

/// S3 lets the query of a signed request change the type of its answer.
async fn query(edge: &mut Edge) -> Result<Vec<Row>> {
    let path = edge.viewer.path("query");
    edge.put(&path, PLAIN).await?;
    let query = format!("{path}?response-content-type=text/html");
    let seen = edge.get(&query, By::Viewer, PLAIN).await?;
    let got = format!("{} {}", seen.status, seen.header("content-type"));
    let expected = format!("200 {}", edge.image.content_type);
    Ok(vec![Row::same("query", "view it with ?response-content-type=text/html", expected, got)])
}

/// What becomes of an upload in chunks is not documented for this path to S3.
async fn unknown_length(edge: &Edge) -> Result<Vec<Row>> {
    let reply = edge.put_of_unknown_length(&edge.viewer.path("unknown")).await?;
    let done = "upload without saying how long it is";
    Ok(vec![Row::same("unknown-length", done, "411", reply.status.to_string())])
}

/// Past the edge.
async fn bucket(edge: &Edge, stack: &Stack) -> Result<Vec<Row>> {
    let Some(upload) = edge.uploads.first() else {
        return Ok(vec![Row::open(
            "bucket",
            "ask the bucket itself",
            "not checked: nothing was uploaded",
        )]);
    };
    let url = aws::object_url(&stack.clients, &stack.names, &upload.key);
    let status = edge.client.get(url).send().await?.status().as_u16();
    let done = "ask the bucket itself for an image, unsigned";
    Ok(vec![Row::same("bucket", done, "403", status.to_string())])
}
