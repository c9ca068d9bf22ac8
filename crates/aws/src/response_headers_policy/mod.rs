//! The response headers policy: what viewers are told about every image.

use crate::Reporter;
use crate::explain::{Explain, Named, found, since_the_plan};
use crate::owner::{Adoption, Listed, pick};
use crate::tree::{more, node as tree_node, observed, output, parse};
use crate::wait::{Wait, stale, taken};
use anyhow::{Context, Result};
use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::{
    ResponseHeadersPolicy as SdkHeadersPolicy, ResponseHeadersPolicyType,
};
use config::{Config, Names};
use engine::{Deletion, Node, Observed, Owner, Resource};
use serde_json::Value;
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
        let Some((id, owner)) = self.find().await? else { return Ok(None) };
        let answer = self.cloudfront.get_response_headers_policy().id(&id).send().await.explain();
        let Some(answer) = found(answer, &["NoSuchResponseHeadersPolicy"])? else {
            return Ok(None);
        };
        Ok(Some(Observed { owner, ..shown(answer.response_headers_policy, answer.e_tag)? }))
    }

    async fn create(&self, desired: &Value) -> Result<Observed> {
        let config = props::to_sdk(parse(desired)?)?;
        let create = self.cloudfront.create_response_headers_policy();
        let made = create.response_headers_policy_config(config).send().await.explain();
        match made {
            Ok(answer) => shown(answer.response_headers_policy, answer.e_tag),
            Err(failure) => taken(self, failure, |it| it == desired).await,
        }
    }

    async fn update(&self, current: &Observed, desired: &Value) -> Result<Observed> {
        let update = self.cloudfront.update_response_headers_policy().id(output(current, "id")?);
        let update = update.if_match(output(current, "etag")?);
        let update = update.response_headers_policy_config(props::to_sdk(parse(desired)?)?);
        match update.send().await.explain() {
            Ok(answer) => shown(answer.response_headers_policy, answer.e_tag),
            Err(failure) => stale(self, failure, desired).await,
        }
    }

    async fn delete(&self, current: &Observed) -> Result<Deletion> {
        let (id, etag) = (output(current, "id")?, output(current, "etag")?);
        let what = "CloudFront to let go of the response headers policy";
        let wait = Wait::new(what, IN_USE_DEADLINE, &self.report);
        let delete = || async {
            let delete = self.cloudfront.delete_response_headers_policy().id(id).if_match(etag);
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

/// Gets, creates and updates are answered alike.
fn shown(policy: Option<SdkHeadersPolicy>, etag: Option<String>) -> Result<Observed> {
    let policy = policy.context("CloudFront sent no policy")?;
    let config =
        policy.response_headers_policy_config.context("CloudFront sent no configuration")?;
    let etag = etag.context("CloudFront sent no ETag")?;
    observed(&props::from_sdk(config), [("id", policy.id), ("etag", etag)])
}

impl ResponseHeadersPolicy {
    /// The id of the stack's own, or of the one to be adopted.
    async fn find(&self) -> Result<Option<(String, Owner)>> {
        let (mut all, mut marker) = (Vec::new(), None);
        loop {
            let list = self.cloudfront.list_response_headers_policies();
            let list = list.r#type(ResponseHeadersPolicyType::Custom).set_marker(marker);
            let page = list.send().await.explain()?.response_headers_policy_list;
            let page = page.context("CloudFront sent no list")?;
            let items =
                page.items.into_iter().flatten().filter_map(|it| it.response_headers_policy);
            all.extend(items.filter_map(|policy| {
                let (id, config) = (policy.id, policy.response_headers_policy_config?);
                let comment = config.comment.unwrap_or_default();
                Some(Listed { it: id.clone(), id, name: config.name, comment })
            }));
            marker = more(page.next_marker);
            if marker.is_none() {
                break;
            }
        }
        let listed = self.names.adopt.response_headers_policy.as_deref();
        let kind = ("response headers policy", "comment");
        Ok(pick(&self.names, self.adoption, kind, listed, all)?)
    }
}
