//! What is inside the code that is deployed.

use anyhow::{Context, Result, anyhow, bail, ensure};
use bundle::{Bundle, Contents};
use engine::Failed;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use rustls::crypto::aws_lc_rs;
use std::time::Duration;

/// Lambda's own limit for a zip (Lambda developer guide, "Lambda quotas").
const ZIP_MAX: usize = 50 * 1024 * 1024;
const TIMEOUT: Duration = Duration::from_secs(30);

/// The inside of a zip by its hash. What has the hash of our own zip needs no download.
///
/// `None` when there is nothing to compare it with: a teardown looks at no code.
///
/// # Errors
/// The code is another one, and cannot be fetched from where Lambda says it is.
pub(super) async fn of(
    own: &Bundle,
    code_sha256: &str,
    location: Option<&str>,
) -> Result<Option<Contents>> {
    if own.zip.is_empty() {
        return Ok(None);
    }
    if own.code_sha256 == code_sha256 {
        return Ok(Some(own.contents.clone()));
    }
    let location = location.context("Lambda did not say where the function's code is")?;
    let zip = tokio::time::timeout(TIMEOUT, fetch(location)).await;
    let zip = zip.unwrap_or_else(|_| bail!("no answer in {} s", TIMEOUT.as_secs()));
    // The address carries a signature: no error may show it.
    let zip = zip.map_err(|error| Failed {
        message: format!("the deployed code cannot be read: {error:#}"),
        hint: "allow HTTPS to the S3 buckets of us-east-1, where Lambda keeps code".to_owned(),
    })?;
    // A function that somebody replaced with anything at all can still be planned over.
    Ok(Some(Contents::read(&zip).unwrap_or_default()))
}

async fn fetch(location: &str) -> Result<Vec<u8>> {
    let address = location.parse().context("Lambda sent no address")?;
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(aws_lc_rs::default_provider())
        .context("this machine trusts no certificate authority")?
        // Lambda's own addresses are HTTPS; those of a cloud on this machine are not.
        .https_or_http()
        .enable_http1()
        .build();
    let client = Client::builder(TokioExecutor::new()).build::<_, Empty<&[u8]>>(connector);
    let answer = client.get(address).await.context("no connection")?;
    ensure!(answer.status().is_success(), "HTTP status {}", answer.status());
    let body = Limited::new(answer.into_body(), ZIP_MAX).collect().await;
    Ok(body.map_err(|error| anyhow!("it broke off: {error}"))?.to_bytes().into())
}
