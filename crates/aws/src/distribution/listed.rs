//! The distributions of the account, whosever they are.

use crate::Clients;
use crate::explain::Explain;
use anyhow::Result;
use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::DistributionSummary;
use config::Names;

pub(crate) async fn all(cloudfront: &Client) -> Result<Vec<DistributionSummary>> {
    let list = cloudfront.list_distributions().into_paginator().items().send();
    let all: Result<Vec<_>, _> = list.collect().await;
    Ok(all.explain()?)
}

/// The ids of those that have the stack's bucket behind them.
///
/// # Errors
/// They cannot be listed.
pub async fn in_front(clients: &Clients, names: &Names) -> Result<Vec<String>> {
    let all = all(&clients.cloudfront).await?.into_iter();
    Ok(all.filter(|it| is_before(&names.bucket, it)).map(|it| it.id).collect())
}

pub(super) fn is_before(bucket: &str, it: &DistributionSummary) -> bool {
    let host = format!("{bucket}.s3.");
    let origins = it.origins.iter().flat_map(|it| &it.items);
    origins.into_iter().any(|it| it.domain_name.starts_with(&host))
}
