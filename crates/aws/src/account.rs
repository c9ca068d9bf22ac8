//! What an account says of itself, for a look before the first plan: who calls, what it may still
//! hold, and whether anything answers at all.

use crate::clients::load;
use crate::explain::Explain;
use crate::{
    Clients, Endpoint, cache_policy, distribution, origin_access_control, response_headers_policy,
};
use anyhow::{Context, Result};
use aws_sdk_sts::config::ProvideCredentials as _;
use aws_sdk_sts::primitives::{DateTime, DateTimeFormat};
use config::Names;
use engine::Failed;
use std::time::SystemTime;

/// Credentials that were found; never what is in them.
#[derive(Clone, Debug, PartialEq)]
pub struct Credentials {
    /// The SDK's name for where they come from: `EnvironmentVariable`, `ProfileFile`, `SSO`, …
    pub source: String,
    /// None for those that last.
    pub expires: Option<SystemTime>,
}

/// How many of something there are, and how many there may be unless AWS was asked for more.
#[derive(Clone, Debug, PartialEq)]
pub struct Quota {
    pub what: &'static str,
    pub used: usize,
    pub default: usize,
    /// Whether the stack's own is among them already.
    pub has_ours: bool,
}

/// Looks where every AWS tool looks, and asks nobody but those who hand out credentials.
///
/// # Errors
/// [`Failed`]: there are none.
pub async fn credentials(endpoint: Option<&Endpoint>) -> Result<Credentials> {
    let config = load(endpoint).await;
    let provider = config.credentials_provider().context("there is nobody to ask for them")?;
    let found = provider.provide_credentials().await.map_err(|_| Failed {
        message: "there are no usable AWS credentials".to_owned(),
        hint: "set AWS_PROFILE or run `aws sso login`; --local needs no credentials".to_owned(),
    })?;
    Ok(Credentials { source: source(&format!("{found:?}")), expires: found.expiry() })
}

/// The name of their provider, which they tell in no other way: the secrets are redacted there.
fn source(shown: &str) -> String {
    let name = shown.split("provider_name: \"").nth(1).and_then(|it| it.split('"').next());
    name.unwrap_or("an unknown place").to_owned()
}

/// Where AWS answers: what a stack in that region needs, or all of it at once behind an endpoint.
pub async fn addresses(endpoint: Option<&Endpoint>, region: &str) -> Vec<String> {
    match load(endpoint).await.endpoint_url() {
        Some(url) => vec![url.to_owned()],
        None => vec![
            "https://sts.us-east-1.amazonaws.com".to_owned(),
            "https://cloudfront.amazonaws.com".to_owned(),
            format!("https://s3.{region}.amazonaws.com"),
        ],
    }
}

/// The time in a header `Date` (RFC 9110 §5.6.7).
#[must_use]
pub fn http_date(text: &str) -> Option<SystemTime> {
    let date = DateTime::from_str(text, DateTimeFormat::HttpDate).ok()?;
    SystemTime::try_from(date).ok()
}

/// What of the account a stack takes up (CloudFront developer guide, "Quotas").
///
/// # Errors
/// A list that cannot be read.
pub async fn quotas(clients: &Clients, names: &Names) -> Result<Vec<Quota>> {
    let cloudfront = &clients.cloudfront;
    let (distributions, controls, caching, headers) = tokio::try_join!(
        distribution::all(&clients.cloudfront),
        origin_access_control::listed(cloudfront),
        cache_policy::listed(cloudfront),
        response_headers_policy::listed(cloudfront),
    )?;
    let quota = |what, default, names: Vec<&str>, ours: &str| Quota {
        what,
        used: names.len(),
        default,
        has_ours: names.contains(&ours),
    };
    let comments = distributions.iter().map(|it| it.comment.as_str()).collect();
    let edge = &names.edge;
    Ok(vec![
        quota("distributions", 500, comments, &names.mark),
        quota(
            "origin access controls",
            100,
            controls.iter().map(|it| it.name.as_str()).collect(),
            edge,
        ),
        quota("cache policies", 20, caching.iter().map(|it| it.name.as_str()).collect(), edge),
        quota(
            "response headers policies",
            20,
            headers.iter().map(|it| it.name.as_str()).collect(),
            edge,
        ),
    ])
}

/// How many invocations of all functions may run at a time in us-east-1, where the account has asked
/// for it or not. Every other region has a limit of its own (CloudFront developer guide, "Quotas on
/// Lambda@Edge").
///
/// # Errors
/// It cannot be read.
pub async fn concurrency(clients: &Clients) -> Result<i32> {
    let answer = clients.lambda.get_account_settings().send().await.explain()?;
    let limit = answer.account_limit.context("Lambda did not say what the limits are")?;
    Ok(limit.concurrent_executions)
}

/// The id of the web ACL before the stack's distribution, empty for none; `None` without a
/// distribution.
///
/// # Errors
/// The distributions cannot be listed.
pub async fn web_acl(clients: &Clients, names: &Names) -> Result<Option<String>> {
    let all = distribution::all(&clients.cloudfront).await?;
    Ok(all.into_iter().find(|it| it.comment == names.mark).map(|it| it.web_acl_id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_s3::config::Credentials as SdkCredentials;
    use std::time::Duration;

    #[test]
    fn the_source_of_credentials_is_told_and_nothing_else() {
        let it = SdkCredentials::new("AKIA", "secret", Some("token".into()), None, "SSO");
        assert_eq!(source(&format!("{it:?}")), "SSO");
        assert_eq!(source("Credentials"), "an unknown place");
    }

    #[test]
    fn dates_are_those_of_http() {
        let then = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(then));
        assert_eq!(http_date("yesterday"), None);
    }
}
