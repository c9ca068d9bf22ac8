//! The response headers policy: what viewers are told about every image.

use crate::explain::{Explain, Named, found, since_the_plan};
use crate::tree::{more, node as tree_node, observed, output, parse};
use crate::wait::{Wait, stale, taken};
use crate::{Reporter, not_ours};
use anyhow::{Context, Result};
use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::{
    ResponseHeadersPolicy as SdkHeadersPolicy, ResponseHeadersPolicyType,
};
use config::{Config, Names};
use engine::{Deletion, Node, Observed, Resource};
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
    pub(crate) report: Reporter,
}

#[async_trait::async_trait]
impl Resource for ResponseHeadersPolicy {
    async fn read(&self) -> Result<Option<Observed>> {
        let Some(id) = self.find().await? else { return Ok(None) };
        let answer = self.cloudfront.get_response_headers_policy().id(&id).send().await.explain();
        let Some(answer) = found(answer, &["NoSuchResponseHeadersPolicy"])? else {
            return Ok(None);
        };
        shown(answer.response_headers_policy, answer.e_tag).map(Some)
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
    /// The id of the one with our name, which is unique in the account.
    async fn find(&self) -> Result<Option<String>> {
        let mut marker = None;
        loop {
            let list = self.cloudfront.list_response_headers_policies();
            let list = list.r#type(ResponseHeadersPolicyType::Custom).set_marker(marker);
            let page = list.send().await.explain()?.response_headers_policy_list;
            let page = page.context("CloudFront sent no list")?;
            let all = page.items.into_iter().flatten().filter_map(|it| it.response_headers_policy);
            let named = all.filter_map(|it| Some((it.id, it.response_headers_policy_config?)));
            let ours = named.into_iter().find(|(_, config)| config.name == self.names.edge);
            match ours {
                Some((id, it)) if it.comment.as_ref() == Some(&self.names.mark) => {
                    return Ok(Some(id));
                }
                Some((_, it)) => {
                    let claim = format!("set its comment to `{}`", self.names.mark);
                    return Err(not_ours("response headers policy", &it.name, &claim).into());
                }
                None => match more(page.next_marker) {
                    None => return Ok(None),
                    next => marker = next,
                },
            }
        }
    }
}
