//! The response headers policy: what viewers are told about every image.

use crate::Reporter;
use crate::explain::{Explain, Named, found, since_the_plan};
use crate::owner::{Adoption, Listed, pick};
use crate::shared::{Use, others};
use crate::tree::{more, node as tree_node, observed, output, parse};
use crate::wait::{Wait, changed, stale, taken};
use anyhow::{Context, Result};
use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::{
    ResponseHeadersPolicy as SdkHeadersPolicy, ResponseHeadersPolicyConfig,
    ResponseHeadersPolicyType,
};
use config::{Config, Names};
use engine::{Deletion, Node, Observed, Owner, Resource};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

mod props;

use props::Props;

const IN_USE: &[Named] = &[Named { code: "ResponseHeadersPolicyInUse", text: "" }];
const IN_USE_DEADLINE: Duration = Duration::from_mins(1);

pub(crate) fn node(config: &Config, names: &Names) -> Result<Node> {
    tree_node("response_headers_policy", &Props::desired(config, names), &[])
}

pub(crate) struct ResponseHeadersPolicy {
    pub(crate) cloudfront: Client,
    pub(crate) names: Names,
    pub(crate) adoption: Adoption,
    pub(crate) report: Reporter,
}

#[async_trait::async_trait]
impl Resource for ResponseHeadersPolicy {
    async fn read(&self) -> Result<Option<Observed>> {
        let Some(((id, config), owner)) = self.find().await? else { return Ok(None) };
        let beside = match owner {
            Owner::Stack => BTreeMap::new(),
            Owner::Nobody => others(&self.cloudfront, &self.names, Use::HeadersPolicy, &id).await?,
        };
        Ok(Some(Observed { owner, beside, ..observed(&props::from_sdk(config), [("id", id)])? }))
    }

    async fn create(&self, desired: &Value) -> Result<Observed> {
        let config = props::to_sdk(parse(desired)?)?;
        let create = self.cloudfront.create_response_headers_policy();
        let made = create.response_headers_policy_config(config).send().await.explain();
        match made {
            Ok(answer) => shown(answer.response_headers_policy),
            Err(failure) => taken(self, failure, |it| it == desired).await,
        }
    }

    async fn update(&self, current: &Observed, desired: &Value) -> Result<Observed> {
        let Some(etag) = self.etag(current).await? else { return Err(changed()) };
        let update = self.cloudfront.update_response_headers_policy().id(output(current, "id")?);
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
        let what = "CloudFront to let go of the response headers policy";
        let wait = Wait::new(what, IN_USE_DEADLINE, &self.report);
        let delete = || async {
            let delete = self.cloudfront.delete_response_headers_policy().id(id).if_match(&etag);
            delete.send().await.explain()
        };
        match found(wait.retry(IN_USE, delete).await, &["NoSuchResponseHeadersPolicy"]) {
            Ok(_) => Ok(Deletion::Done),
            Err(failure) if failure.is_any(IN_USE) => Ok(Deletion::Pending(failure.to_string())),
            Err(failure) => Err(since_the_plan(failure)),
        }
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
    /// The condition of a write to what was planned: the list that shows everything else lacks it.
    /// None when it is gone.
    async fn etag(&self, current: &Observed) -> Result<Option<String>> {
        let get = self.cloudfront.get_response_headers_policy().id(output(current, "id")?);
        let answer = found(get.send().await.explain(), &["NoSuchResponseHeadersPolicy"])?;
        let Some(answer) = answer else { return Ok(None) };
        if shown(answer.response_headers_policy)?.props != current.props {
            return Err(changed());
        }
        answer.e_tag.context("CloudFront sent no ETag").map(Some)
    }

    /// The stack's own, or the one to be adopted.
    async fn find(&self) -> Result<Option<((String, ResponseHeadersPolicyConfig), Owner)>> {
        let all = listed(&self.cloudfront).await?;
        let listed = self.names.adopt.response_headers_policy.as_deref();
        let kind = ("response headers policy", "comment");
        Ok(pick(&self.names, self.adoption, kind, listed, all)?)
    }
}
