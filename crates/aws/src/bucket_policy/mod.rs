//! The bucket policy: this distribution may read and upload, and nobody else may do anything.

mod narrowed;

use crate::explain::{Explain, found};
use crate::tree::{node as tree_node, observed, parse};
use crate::wait::{ABORTED, Wait, settled, unchanged};
use crate::{Reporter, distribution, policy};
use anyhow::{Context, Result};
use aws_sdk_s3::Client;
use config::{Config, Names};
use engine::{Deletion, Graph, Node, Observed, Resource, Snapshot};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

const ABSENT: &[&str] = &["NoSuchBucketPolicy", "NoSuchBucket"];
const ABORTED_DEADLINE: Duration = Duration::from_mins(1);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Props {
    bucket: String,
    policy: Value,
}

pub(crate) fn node(config: &Config, names: &Names) -> Result<Node> {
    let policy = policy::bucket(config, names)?;
    let props = Props { bucket: "${bucket.name}".to_owned(), policy };
    tree_node("bucket_policy", &props, &[])
}

/// What is to become of it where the bucket stays and the rest of the stack goes: what others were granted
/// stays as well. None if nothing of it does.
///
/// # Errors
/// It has another shape than expected.
pub fn kept(graph: &Graph, seen: &Snapshot) -> Result<Option<Graph>> {
    let (Some(it), Some(node)) = (seen.get("bucket_policy"), graph.node("bucket_policy")) else {
        return Ok(None);
    };
    let mut desired = node.desired["policy"].to_string();
    if let Some(arn) = seen.get("distribution").and_then(|it| it.outputs.get("arn")) {
        desired = desired.replace("${distribution.arn}", arn);
    }
    let Props { bucket, policy } = parse(&it.props)?;
    let Some(policy) = narrowed::disowned(&policy, &policy::parse(&desired)?) else {
        return Ok(None);
    };
    let node = tree_node("bucket_policy", &Props { bucket, policy }, &[])?;
    Graph::new(vec![node]).map(Some)
}

/// Whose bucket it is, is for the bucket to say: it refuses one that is not this stack's.
pub(crate) struct BucketPolicy {
    pub(crate) s3: Client,
    pub(crate) cloudfront: aws_sdk_cloudfront::Client,
    pub(crate) names: Names,
    pub(crate) report: Reporter,
}

#[async_trait::async_trait]
impl Resource for BucketPolicy {
    async fn read(&self) -> Result<Option<Observed>> {
        let get = self.s3.get_bucket_policy().bucket(&self.names.bucket);
        let answer = get.expected_bucket_owner(&self.names.account).send().await.explain();
        let Some(answer) = found(answer, ABSENT)? else { return Ok(None) };
        let policy = answer.policy.context("S3 sent no policy")?;
        Ok(Some(observed(&from_sdk(&self.names.bucket, &policy)?, [])?))
    }

    async fn create(&self, desired: &Value) -> Result<Observed> {
        let props: Props = parse(desired)?;
        self.authorizer_is_everywhere(&props).await?;
        unchanged(self, None).await?;
        self.put(&props).await
    }

    /// S3 knows no conditional write of a policy, only the whole of it. What was taken from others
    /// already may have been all there was to do.
    async fn update(&self, current: &Observed, desired: &Value) -> Result<Observed> {
        let props: Props = parse(desired)?;
        let narrowed = match self.less(current, &props)? {
            Some(less) if less == props || !self.is_everywhere(&props).await? => {
                Some(self.take_away(current, &less).await?)
            }
            _ => None,
        };
        self.authorizer_is_everywhere(&props).await?;
        let current = narrowed.as_ref().unwrap_or(current);
        if current.props == *desired {
            return Ok(current.clone());
        }
        unchanged(self, Some(&current.props)).await?;
        self.put(&props).await
    }

    async fn narrow(&self, current: &Observed, desired: &Value) -> Result<Option<Observed>> {
        match self.less(current, &parse(desired)?)? {
            Some(less) => self.take_away(current, &less).await.map(Some),
            None => Ok(None),
        }
    }

    async fn delete(&self, _: &Observed) -> Result<Deletion> {
        let wait = Wait::new("an earlier change of the bucket", ABORTED_DEADLINE, &self.report);
        let delete = || async {
            let delete = self.s3.delete_bucket_policy().bucket(&self.names.bucket);
            delete.expected_bucket_owner(&self.names.account).send().await.explain()
        };
        found(wait.retry(ABORTED, delete).await, ABSENT)?;
        Ok(Deletion::Done)
    }
}

impl BucketPolicy {
    async fn put(&self, props: &Props) -> Result<Observed> {
        let wait = Wait::new("an earlier change of the bucket", ABORTED_DEADLINE, &self.report);
        let put = || async {
            let put = self.s3.put_bucket_policy().bucket(&props.bucket).policy(to_sdk(props));
            put.expected_bucket_owner(&self.names.account).send().await.explain()
        };
        wait.retry(ABORTED, put).await?;
        observed(props, [])
    }

    /// What is left when others have lost their grants; none where they have none to lose, and of a policy
    /// that is not the stack's any more.
    fn less(&self, current: &Observed, desired: &Props) -> Result<Option<Props>> {
        if own_source(&desired.policy).is_none() {
            return Ok(None);
        }
        let current: Props = parse(&current.props)?;
        let policy = narrowed::narrowed(&current.policy, &desired.policy);
        let less = Props { bucket: self.names.bucket.clone(), policy };
        Ok((less.policy != current.policy).then_some(less))
    }

    /// Writes that, and waits until it shows: the next write looks whether it is still there.
    async fn take_away(&self, current: &Observed, less: &Props) -> Result<Observed> {
        unchanged(self, Some(&current.props)).await?;
        let left = self.put(less).await?;
        self.report
            .came_to("whoever else had a grant of the bucket has lost what the edges do without");
        settled(&self.report, || async {
            let shown = self.read().await?.is_some_and(|it| it.props == left.props);
            Ok(shown.then_some(()))
        })
        .await?;
        Ok(left)
    }

    async fn is_everywhere(&self, props: &Props) -> Result<bool> {
        let Some(id) = distribution_id(&props.policy) else { return Ok(true) };
        distribution::is_deployed(&self.cloudfront, &id).await
    }

    /// Edges switch to a new configuration one by one, and until then serve the old one, which may
    /// lack the authorizer (CloudFront developer guide, "Update a distribution"). So nothing is
    /// granted to a distribution that is still on its way.
    async fn authorizer_is_everywhere(&self, props: &Props) -> Result<()> {
        let Some(id) = distribution_id(&props.policy) else { return Ok(()) };
        let found = distribution::deployed(&self.cloudfront, &id, &self.report).await?;
        found.map(drop).with_context(|| format!("there is no distribution {id}"))
    }
}

/// The ARN of the distribution that the stack's own grant is for, or a reference to it.
fn own_source(policy: &Value) -> Option<&str> {
    let own = policy["Statement"].as_array()?.iter().find(|it| it["Sid"] == "EdgeRead")?;
    own["Condition"]["StringEquals"]["aws:SourceArn"].as_str()
}

fn distribution_id(policy: &Value) -> Option<String> {
    let (_, id) = own_source(policy)?.split_once(":distribution/")?;
    Some(id.to_owned())
}

fn to_sdk(props: &Props) -> String {
    props.policy.to_string()
}

fn from_sdk(bucket: &str, policy: &str) -> Result<Props> {
    Ok(Props { bucket: bucket.to_owned(), policy: policy::parse(policy)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn what_is_written_is_what_is_read() {
        let desired = node(&testing::config(), &testing::names()).unwrap().desired;
        let props: Props = parse(&desired).unwrap();
        let read = from_sdk(&props.bucket, &to_sdk(&props)).unwrap();
        assert_eq!(read, props);
    }

    #[test]
    fn desired() {
        let desired = node(&testing::config(), &testing::names()).unwrap().desired;
        insta::assert_snapshot!(testing::pretty(&desired), @r#"
        {
          "bucket": "${bucket.name}",
          "policy": {
            "Statement": [
              {
                "Action": "s3:*",
                "Condition": {
                  "Bool": {
                    "aws:SecureTransport": "false"
                  }
                },
                "Effect": "Deny",
                "Principal": "*",
                "Resource": [
                  "arn:aws:s3:::${bucket.name}",
                  "arn:aws:s3:::${bucket.name}/*"
                ],
                "Sid": "DenyInsecureTransport"
              },
              {
                "Action": "s3:GetObject",
                "Condition": {
                  "StringEquals": {
                    "aws:SourceAccount": "111122223333",
                    "aws:SourceArn": "${distribution.arn}"
                  }
                },
                "Effect": "Allow",
                "Principal": {
                  "Service": "cloudfront.amazonaws.com"
                },
                "Resource": "arn:aws:s3:::${bucket.name}/*",
                "Sid": "EdgeRead"
              },
              {
                "Action": "s3:PutObject",
                "Condition": {
                  "Bool": {
                    "s3:ObjectCreationOperation": "true"
                  },
                  "Null": {
                    "s3:if-none-match": "false",
                    "s3:x-amz-copy-source": "true",
                    "s3:x-amz-server-side-encryption-customer-algorithm": "true",
                    "s3:x-amz-website-redirect-location": "true"
                  },
                  "StringEquals": {
                    "aws:SourceAccount": "111122223333",
                    "aws:SourceArn": "${distribution.arn}"
                  },
                  "StringEqualsIfExists": {
                    "s3:x-amz-storage-class": "STANDARD"
                  }
                },
                "Effect": "Allow",
                "Principal": {
                  "Service": "cloudfront.amazonaws.com"
                },
                "Resource": "arn:aws:s3:::${bucket.name}/users/*",
                "Sid": "EdgeUpload"
              }
            ],
            "Version": "2012-10-17"
          }
        }
        "#);
    }
}
