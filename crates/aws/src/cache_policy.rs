//! The cache policy: what the edge caches an image under, and for how long.

use crate::explain::Explain;
use crate::owner::Listed;
use crate::shared::Shared;
use crate::tree::{more, node as tree_node, observed, output, parse, sorted};
use crate::wait::{changed, stale, taken};
use anyhow::{Context, Result};
use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::{
    CachePolicy as SdkCachePolicy, CachePolicyConfig, CachePolicyCookieBehavior,
    CachePolicyCookiesConfig, CachePolicyHeaderBehavior, CachePolicyHeadersConfig,
    CachePolicyQueryStringBehavior, CachePolicyQueryStringsConfig, CachePolicyType, CookieNames,
    Headers, ParametersInCacheKeyAndForwardedToOrigin, QueryStringNames,
};
use config::Names;
use engine::{Deletion, Node, Observed, Resource};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A day when S3 says nothing, and never more than a year: CloudFront's own defaults.
const DEFAULT_TTL: i64 = 86_400;
const MAX_TTL: i64 = 31_536_000;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Props {
    name: String,
    /// Carries the mark: a cache policy has no tags.
    comment: String,
    min_ttl: i64,
    default_ttl: i64,
    max_ttl: i64,
    headers: Selection,
    cookies: Selection,
    query_strings: Selection,
    gzip: bool,
    brotli: bool,
}

/// What of a request belongs to the cache key, and goes to the origin with it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Selection {
    behavior: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    names: Vec<String>,
}

pub(crate) fn node(names: &Names) -> Result<Node> {
    let none = || Selection { behavior: "none".to_owned(), names: Vec::new() };
    let props = Props {
        name: names.edge.clone(),
        comment: names.mark.clone(),
        // Above zero it would override an origin's `no-store` (CloudFront developer guide,
        // "Manage how long content stays in the cache").
        min_ttl: 0,
        default_ttl: DEFAULT_TTL,
        max_ttl: MAX_TTL,
        // The path alone: every viewer who is let in shares the cached image, and neither the
        // token nor S3's own query parameters and `x-amz-*` headers reach the bucket.
        headers: none(),
        cookies: none(),
        query_strings: none(),
        // Images are compressed already, and either would add `Accept-Encoding` to the key.
        gzip: false,
        brotli: false,
    };
    tree_node("cache_policy", &props, &[])
}

pub(crate) struct CachePolicy(pub(crate) Shared);

#[async_trait::async_trait]
impl Resource for CachePolicy {
    async fn read(&self) -> Result<Option<Observed>> {
        let all = listed(&self.0.cloudfront).await?;
        let Some(((id, config), owner)) = self.0.pick(all)? else { return Ok(None) };
        let seen = observed(&from_sdk(config), [("id", id.clone())])?;
        self.0.owned(&id, owner, seen).await.map(Some)
    }

    async fn create(&self, desired: &Value) -> Result<Observed> {
        let create = self.0.cloudfront.create_cache_policy();
        let made = create.cache_policy_config(to_sdk(parse(desired)?)?).send().await.explain();
        match made {
            Ok(answer) => shown(answer.cache_policy),
            Err(failure) => taken(self, failure, |it| it == desired).await,
        }
    }

    async fn update(&self, current: &Observed, desired: &Value) -> Result<Observed> {
        let Some(etag) = self.etag(current).await? else { return Err(changed()) };
        let update = self.0.cloudfront.update_cache_policy().id(output(current, "id")?);
        let update = update.if_match(etag);
        let update = update.cache_policy_config(to_sdk(parse(desired)?)?);
        match update.send().await.explain() {
            Ok(answer) => shown(answer.cache_policy),
            Err(failure) => stale(self, failure, desired).await,
        }
    }

    async fn delete(&self, current: &Observed) -> Result<Deletion> {
        let id = output(current, "id")?;
        let Some(etag) = self.etag(current).await? else { return Ok(Deletion::Done) };
        let delete = || async {
            let delete = self.0.cloudfront.delete_cache_policy().id(id).if_match(&etag);
            delete.send().await.explain().map(drop)
        };
        self.0.delete(id, delete).await
    }

    fn create_shows_all(&self) -> bool {
        true
    }
}

/// Creates and updates are answered alike.
fn shown(policy: Option<SdkCachePolicy>) -> Result<Observed> {
    let policy = policy.context("CloudFront sent no policy")?;
    let config = policy.cache_policy_config.context("CloudFront sent no configuration")?;
    observed(&from_sdk(config), [("id", policy.id)])
}

/// All of the account's own.
pub(crate) async fn listed(
    cloudfront: &Client,
) -> Result<Vec<Listed<(String, CachePolicyConfig)>>> {
    let (mut all, mut marker) = (Vec::new(), None);
    loop {
        let list = cloudfront.list_cache_policies().r#type(CachePolicyType::Custom);
        let page = list.set_marker(marker).send().await.explain()?.cache_policy_list;
        let page = page.context("CloudFront sent no list")?;
        let items = page.items.into_iter().flatten().filter_map(|it| it.cache_policy);
        all.extend(items.filter_map(|policy| {
            let (id, config) = (policy.id, policy.cache_policy_config?);
            let (name, comment) = (config.name.clone(), config.comment.clone());
            let comment = comment.unwrap_or_default();
            Some(Listed { it: (id.clone(), config), id, name, comment })
        }));
        marker = more(page.next_marker);
        if marker.is_none() {
            return Ok(all);
        }
    }
}

impl CachePolicy {
    /// None when it is gone.
    async fn etag(&self, current: &Observed) -> Result<Option<String>> {
        let get = self.0.cloudfront.get_cache_policy().id(output(current, "id")?);
        let answer = get.send().await.explain();
        self.0.condition(current, answer, |it| Ok((shown(it.cache_policy)?, it.e_tag)))
    }
}

fn to_sdk(props: Props) -> Result<CachePolicyConfig> {
    let headers = CachePolicyHeadersConfig::builder()
        .header_behavior(CachePolicyHeaderBehavior::from(props.headers.behavior.as_str()))
        .set_headers(counted(props.headers.names, |quantity, items| {
            Headers::builder().quantity(quantity).set_items(Some(items)).build()
        })?);
    let cookies = CachePolicyCookiesConfig::builder()
        .cookie_behavior(CachePolicyCookieBehavior::from(props.cookies.behavior.as_str()))
        .set_cookies(counted(props.cookies.names, |quantity, items| {
            CookieNames::builder().quantity(quantity).set_items(Some(items)).build()
        })?);
    let behavior = CachePolicyQueryStringBehavior::from(props.query_strings.behavior.as_str());
    let query_strings = CachePolicyQueryStringsConfig::builder()
        .query_string_behavior(behavior)
        .set_query_strings(counted(props.query_strings.names, |quantity, items| {
            QueryStringNames::builder().quantity(quantity).set_items(Some(items)).build()
        })?);
    let key = ParametersInCacheKeyAndForwardedToOrigin::builder()
        .enable_accept_encoding_gzip(props.gzip)
        .enable_accept_encoding_brotli(props.brotli)
        .headers_config(headers.build()?)
        .cookies_config(cookies.build()?)
        .query_strings_config(query_strings.build()?);
    Ok(CachePolicyConfig::builder()
        .name(props.name)
        .comment(props.comment)
        .min_ttl(props.min_ttl)
        .default_ttl(props.default_ttl)
        .max_ttl(props.max_ttl)
        .parameters_in_cache_key_and_forwarded_to_origin(key.build()?)
        .build()?)
}

/// CloudFront wants every list beside its length, and no list at all where there are no items.
fn counted<T, E: Into<anyhow::Error>>(
    items: Vec<String>,
    list: impl FnOnce(i32, Vec<String>) -> Result<T, E>,
) -> Result<Option<T>> {
    if items.is_empty() {
        return Ok(None);
    }
    list(i32::try_from(items.len())?, items).map(Some).map_err(Into::into)
}

fn from_sdk(config: CachePolicyConfig) -> Props {
    let key = config.parameters_in_cache_key_and_forwarded_to_origin;
    let gzip = key.as_ref().is_some_and(|it| it.enable_accept_encoding_gzip);
    let brotli = key.as_ref().and_then(|it| it.enable_accept_encoding_brotli).unwrap_or(false);
    let (headers, cookies, query_strings) = key.map_or((None, None, None), |it| {
        (it.headers_config, it.cookies_config, it.query_strings_config)
    });
    Props {
        name: config.name,
        comment: config.comment.unwrap_or_default(),
        min_ttl: config.min_ttl,
        default_ttl: config.default_ttl.unwrap_or(DEFAULT_TTL),
        max_ttl: config.max_ttl.unwrap_or(MAX_TTL),
        headers: selection(
            headers.map(|it| (it.header_behavior.to_string(), it.headers.and_then(|it| it.items))),
        ),
        cookies: selection(
            cookies.map(|it| (it.cookie_behavior.to_string(), it.cookies.and_then(|it| it.items))),
        ),
        query_strings: selection(query_strings.map(|it| {
            (it.query_string_behavior.to_string(), it.query_strings.and_then(|it| it.items))
        })),
        gzip,
        brotli,
    }
}

fn selection(found: Option<(String, Option<Vec<String>>)>) -> Selection {
    let (behavior, names) = found.unwrap_or_else(|| ("none".to_owned(), None));
    Selection { behavior, names: sorted(names.unwrap_or_default()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn what_is_written_is_what_is_read() {
        let desired = node(&testing::names()).unwrap().desired;
        let written = to_sdk(parse(&desired).unwrap()).unwrap();
        assert_eq!(serde_json::to_value(from_sdk(written)).unwrap(), desired);
    }

    #[test]
    fn desired() {
        let desired = node(&testing::names()).unwrap().desired;
        insta::assert_snapshot!(testing::pretty(&desired), @r#"
        {
          "brotli": false,
          "comment": "edgegate:photos",
          "cookies": {
            "behavior": "none"
          },
          "default_ttl": 86400,
          "gzip": false,
          "headers": {
            "behavior": "none"
          },
          "max_ttl": 31536000,
          "min_ttl": 0,
          "name": "photos-images",
          "query_strings": {
            "behavior": "none"
          }
        }
        "#);
    }
}
