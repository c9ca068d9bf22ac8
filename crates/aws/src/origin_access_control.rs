//! The origin access control: CloudFront signs its requests to the bucket with it.

use crate::explain::Explain;
use crate::owner::Listed;
use crate::shared::Shared;
use crate::tree::{more, node as tree_node, observed, output, parse};
use crate::wait::{changed, stale, taken};
use anyhow::{Context, Result};
use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::{
    OriginAccessControl as SdkAccessControl, OriginAccessControlConfig,
    OriginAccessControlOriginTypes, OriginAccessControlSigningBehaviors,
    OriginAccessControlSigningProtocols, OriginAccessControlSummary,
};
use config::Names;
use engine::{Deletion, Node, Observed, Resource};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Props {
    name: String,
    /// Carries the mark: an origin access control has no tags.
    description: String,
    origin_type: String,
    signing_behavior: String,
    signing_protocol: String,
}

pub(crate) fn node(names: &Names) -> Result<Node> {
    let props = Props {
        name: names.edge.clone(),
        description: names.mark.clone(),
        origin_type: "s3".to_owned(),
        // The only behaviour that never lets a viewer's own `Authorization` through to S3
        // (CloudFront developer guide, "Restrict access to an Amazon S3 origin").
        signing_behavior: "always".to_owned(),
        signing_protocol: "sigv4".to_owned(),
    };
    tree_node("origin_access_control", &props, &[])
}

pub(crate) struct OriginAccessControl(pub(crate) Shared);

#[async_trait::async_trait]
impl Resource for OriginAccessControl {
    async fn read(&self) -> Result<Option<Observed>> {
        let all = listed(&self.0.cloudfront).await?;
        let Some((it, owner)) = self.0.pick(all)? else { return Ok(None) };
        let id = it.id.clone();
        let seen = observed(&from_summary(it), [("id", id.clone())])?;
        self.0.owned(&id, owner, seen).await.map(Some)
    }

    async fn create(&self, desired: &Value) -> Result<Observed> {
        let config = to_sdk(parse(desired)?)?;
        let create = self.0.cloudfront.create_origin_access_control();
        let made = create.origin_access_control_config(config).send().await.explain();
        match made {
            Ok(answer) => shown(answer.origin_access_control),
            Err(failure) => taken(self, failure, |it| it == desired).await,
        }
    }

    async fn update(&self, current: &Observed, desired: &Value) -> Result<Observed> {
        let Some(etag) = self.etag(current).await? else { return Err(changed()) };
        let id = output(current, "id")?;
        let update = self.0.cloudfront.update_origin_access_control().id(id).if_match(etag);
        let update = update.origin_access_control_config(to_sdk(parse(desired)?)?);
        match update.send().await.explain() {
            Ok(_) => observed(&parse::<Props>(desired)?, [("id", id.to_owned())]),
            Err(failure) => stale(self, failure, desired).await,
        }
    }

    async fn delete(&self, current: &Observed) -> Result<Deletion> {
        let id = output(current, "id")?;
        let Some(etag) = self.etag(current).await? else { return Ok(Deletion::Done) };
        let delete = || async {
            let delete = self.0.cloudfront.delete_origin_access_control().id(id).if_match(&etag);
            delete.send().await.explain().map(drop)
        };
        self.0.delete(id, delete).await
    }

    fn create_shows_all(&self) -> bool {
        true
    }
}

/// Gets and creates are answered alike.
fn shown(it: Option<SdkAccessControl>) -> Result<Observed> {
    let it = it.context("CloudFront sent none")?;
    let config = it.origin_access_control_config.context("CloudFront sent no configuration")?;
    observed(&from_sdk(config), [("id", it.id)])
}

/// All of the account's.
pub(crate) async fn listed(cloudfront: &Client) -> Result<Vec<Listed<OriginAccessControlSummary>>> {
    let (mut all, mut marker) = (Vec::new(), None);
    loop {
        let list = cloudfront.list_origin_access_controls().set_marker(marker);
        let page = list.send().await.explain()?.origin_access_control_list;
        let page = page.context("CloudFront sent no list")?;
        all.extend(page.items.into_iter().flatten().map(|it| {
            let (id, name, comment) = (it.id.clone(), it.name.clone(), it.description.clone());
            Listed { id, name, comment, it }
        }));
        marker = more(page.next_marker);
        if marker.is_none() {
            return Ok(all);
        }
    }
}

impl OriginAccessControl {
    /// None when it is gone.
    async fn etag(&self, current: &Observed) -> Result<Option<String>> {
        let get = self.0.cloudfront.get_origin_access_control().id(output(current, "id")?);
        let answer = get.send().await.explain();
        self.0.condition(current, answer, |it| Ok((shown(it.origin_access_control)?, it.e_tag)))
    }
}

fn from_summary(it: OriginAccessControlSummary) -> Props {
    Props {
        name: it.name,
        description: it.description,
        origin_type: it.origin_access_control_origin_type.to_string(),
        signing_behavior: it.signing_behavior.to_string(),
        signing_protocol: it.signing_protocol.to_string(),
    }
}

fn to_sdk(props: Props) -> Result<OriginAccessControlConfig> {
    let behavior = OriginAccessControlSigningBehaviors::from(props.signing_behavior.as_str());
    let protocol = OriginAccessControlSigningProtocols::from(props.signing_protocol.as_str());
    let origin_type = OriginAccessControlOriginTypes::from(props.origin_type.as_str());
    Ok(OriginAccessControlConfig::builder()
        .name(props.name)
        .description(props.description)
        .origin_access_control_origin_type(origin_type)
        .signing_behavior(behavior)
        .signing_protocol(protocol)
        .build()?)
}

fn from_sdk(config: OriginAccessControlConfig) -> Props {
    Props {
        name: config.name,
        description: config.description.unwrap_or_default(),
        origin_type: config.origin_access_control_origin_type.to_string(),
        signing_behavior: config.signing_behavior.to_string(),
        signing_protocol: config.signing_protocol.to_string(),
    }
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
          "description": "edgegate:photos",
          "name": "photos-images",
          "origin_type": "s3",
          "signing_behavior": "always",
          "signing_protocol": "sigv4"
        }
        "#);
    }
}
