//! The response headers policy: what viewers are told about every image.

use crate::explain::Explain;
use crate::owner::Listed;
use crate::shared::Shared;
use crate::tree::{more, node as tree_node, observed, output, parse};
use crate::wait::{changed, stale, taken};
use anyhow::{Context, Result};
use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::{
    ResponseHeadersPolicy as SdkHeadersPolicy, ResponseHeadersPolicyConfig,
    ResponseHeadersPolicyType,
};
use config::{Config, Names};
use engine::{Deletion, Node, Observed, Resource};
use serde_json::Value;

mod props;

use props::Props;

pub(crate) fn node(config: &Config, names: &Names) -> Result<Node> {
    tree_node("response_headers_policy", &Props::desired(config, names), &[])
}

pub(crate) struct ResponseHeadersPolicy(pub(crate) Shared);

#[async_trait::async_trait]
impl Resource for ResponseHeadersPolicy {
    async fn read(&self) -> Result<Option<Observed>> {
        let all = listed(&self.0.cloudfront).await?;
        let Some(((id, config), owner)) = self.0.pick(all)? else { return Ok(None) };
        let seen = observed(&props::from_sdk(config), [("id", id.clone())])?;
        self.0.owned(&id, owner, seen).await.map(Some)
    }

    async fn create(&self, desired: &Value) -> Result<Observed> {
        let config = props::to_sdk(parse(desired)?)?;
        let create = self.0.cloudfront.create_response_headers_policy();
        let made = create.response_headers_policy_config(config).send().await.explain();
        match made {
            Ok(answer) => shown(answer.response_headers_policy),
            Err(failure) => taken(self, failure, |it| it == desired).await,
        }
    }

    async fn update(&self, current: &Observed, desired: &Value) -> Result<Observed> {
        let Some(etag) = self.etag(current).await? else { return Err(changed()) };
        let update = self.0.cloudfront.update_response_headers_policy().id(output(current, "id")?);
        let update = update.if_match(etag);
        let update = update.response_headers_policy_config(props::to_sdk(parse(desired)?)?);
        match update.send().await.explain() {
            Ok(answer) => shown(answer.response_headers_policy),
            Err(failure) => stale(self, failure, desired).await,
        }
    }

    async fn delete(&self, current: &Observed) -> Result<Deletion> {
        let id = output(current, "id")?;
        let Some(etag) = self.etag(current).await? else { return Ok(Deletion::Done) };
        let delete = || async {
            let delete = self.0.cloudfront.delete_response_headers_policy().id(id).if_match(&etag);
            delete.send().await.explain().map(drop)
        };
        self.0.delete(id, delete).await
    }

    fn create_shows_all(&self) -> bool {
        true
    }
}

/// Creates and updates are answered alike.
fn shown(policy: Option<SdkHeadersPolicy>) -> Result<Observed> {
    let policy = policy.context("CloudFront sent no policy")?;
    let config =
        policy.response_headers_policy_config.context("CloudFront sent no configuration")?;
    observed(&props::from_sdk(config), [("id", policy.id)])
}

/// All of the account's own.
pub(crate) async fn listed(
    cloudfront: &Client,
) -> Result<Vec<Listed<(String, ResponseHeadersPolicyConfig)>>> {
    let (mut all, mut marker) = (Vec::new(), None);
    loop {
        let list = cloudfront.list_response_headers_policies();
        let list = list.r#type(ResponseHeadersPolicyType::Custom).set_marker(marker);
        let page = list.send().await.explain()?.response_headers_policy_list;
        let page = page.context("CloudFront sent no list")?;
        let items = page.items.into_iter().flatten().filter_map(|it| it.response_headers_policy);
        all.extend(items.filter_map(|policy| {
            let (id, config) = (policy.id, policy.response_headers_policy_config?);
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

impl ResponseHeadersPolicy {
    /// None when it is gone.
    async fn etag(&self, current: &Observed) -> Result<Option<String>> {
        let get = self.0.cloudfront.get_response_headers_policy().id(output(current, "id")?);
        let answer = get.send().await.explain();
        self.0.condition(current, answer, |it| Ok((shown(it.response_headers_policy)?, it.e_tag)))
    }
}
