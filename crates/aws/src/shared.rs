//! Which other distributions use what is to be adopted: what is changed for the stack changes for them.

use crate::explain::Explain;
use anyhow::Result;
use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::{
    CacheBehavior, CacheBehaviors, DefaultCacheBehavior, DistributionSummary,
};
use config::Names;
use std::collections::BTreeMap;

/// What such a distribution is to the resource.
pub(crate) const SHARED: &str = "uses it, too";

/// What of a distribution names a resource.
#[derive(Clone, Copy)]
pub(crate) enum Use {
    AccessControl,
    CachePolicy,
    HeadersPolicy,
}

/// The others that name it, as [`engine::Observed::beside`] has them. It is asked only of what is to be
/// adopted: what the stack has made itself, it shares with nobody.
///
/// # Errors
/// The distributions cannot be listed.
pub(crate) async fn others(
    cloudfront: &Client,
    names: &Names,
    what: Use,
    id: &str,
) -> Result<BTreeMap<String, String>> {
    let list = cloudfront.list_distributions().into_paginator().items().send();
    let all: Result<Vec<DistributionSummary>, _> = list.collect().await;
    let is_ours = |it: &DistributionSummary| {
        it.comment == names.mark || names.adopt.distribution.as_ref() == Some(&it.id)
    };
    let others = all.explain()?.into_iter().filter(|it| !is_ours(it) && uses(it, what, id));
    Ok(others.map(|it| (format!("distribution {}", it.id), SHARED.to_owned())).collect())
}

fn uses(it: &DistributionSummary, what: Use, id: &str) -> bool {
    let default = it.default_cache_behavior.as_ref();
    let others = it.cache_behaviors.iter().flat_map(CacheBehaviors::items);
    let of_behaviors = |default_of: fn(&DefaultCacheBehavior) -> Option<&str>,
                        of: fn(&CacheBehavior) -> Option<&str>| {
        let mut all = default.into_iter().map(default_of).chain(others.clone().map(of));
        all.any(|it| it == Some(id))
    };
    match what {
        Use::AccessControl => {
            let mut origins = it.origins.iter().flat_map(|it| &it.items);
            origins.any(|it| it.origin_access_control_id.as_deref() == Some(id))
        }
        Use::CachePolicy => {
            of_behaviors(DefaultCacheBehavior::cache_policy_id, CacheBehavior::cache_policy_id)
        }
        Use::HeadersPolicy => of_behaviors(
            DefaultCacheBehavior::response_headers_policy_id,
            CacheBehavior::response_headers_policy_id,
        ),
    }
}
