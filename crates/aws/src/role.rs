//! The role that the function runs as: it may write logs, and nothing else.

use crate::explain::{Explain, Failure, Named, found};
use crate::owner::{Adoption, Candidate, owner, tag_it};
use crate::tree::{node as tree_node, observed, output, parse, sorted};
use crate::wait::{Wait, taken, unchanged};
use crate::{OWNER_TAG, Reporter, notes, policy};
use anyhow::{Context, Result};
use aws_sdk_iam::Client;
use aws_sdk_iam::types::{AttachedPolicy, Role as SdkRole, Tag};
use config::Names;
use engine::{Deletion, Node, Observed, Owner, Refused, Resource};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

const ABSENT: &[&str] = &["NoSuchEntity"];

/// Right after its policies are gone IAM may still see them.
const CONFLICT: &[Named] = &[Named { code: "DeleteConflict", text: "" }];
/// Somebody else changes the role at the same time (IAM API, "Common error types").
pub(crate) const BUSY: &[Named] = &[Named { code: "ConcurrentModification", text: "" }];
const UNKNOWN: &[Named] = &[Named { code: "NoSuchEntity", text: "" }];
const CONFLICT_DEADLINE: Duration = Duration::from_secs(30);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Props {
    name: String,
    trust: Value,
    /// By name. All that are there, so that one added by hand shows.
    inline_policies: BTreeMap<String, Value>,
    /// Their ARNs, likewise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    managed_policies: Vec<String>,
}

pub(crate) fn node(names: &Names) -> Result<Node> {
    let props = Props {
        name: names.role.clone(),
        trust: policy::role_trust(names)?,
        inline_policies: [("logs".to_owned(), policy::role_logs(names)?)].into(),
        managed_policies: Vec::new(),
    };
    tree_node("role", &props, &[])
}

pub(crate) struct Role {
    pub(crate) iam: Client,
    pub(crate) names: Names,
    pub(crate) adoption: Adoption,
    pub(crate) report: Reporter,
}

#[async_trait::async_trait]
impl Resource for Role {
    async fn read(&self) -> Result<Option<Observed>> {
        let answer = self.iam.get_role().role_name(self.name()).send().await.explain();
        let Some(role) = found(answer, ABSENT)?.and_then(|it| it.role) else { return Ok(None) };
        let owner = self.owner(role.tags.as_deref().unwrap_or_default())?;
        let (inline, managed) = tokio::try_join!(self.inline_policies(), self.managed_policies())?;
        let props = from_sdk(&role, inline, managed)?;
        let notes = notes::from_tags(role.tags());
        // It only takes rights away, and is the account's business.
        let boundary = role.permissions_boundary.and_then(|it| it.permissions_boundary_arn);
        let beside = boundary.map(|arn| ("permissions boundary".to_owned(), arn)).into_iter();
        let beside = beside.collect();
        Ok(Some(Observed { notes, owner, beside, ..observed(&props, [("arn", role.arn)])? }))
    }

    async fn create(&self, desired: &Value) -> Result<Observed> {
        let props: Props = parse(desired)?;
        let (tag, trust) = (self.tag()?, props.trust.to_string());
        let created = self.change(|| async {
            let create = self.iam.create_role().role_name(self.name()).tags(tag.clone());
            create.assume_role_policy_document(&trust).send().await.explain()
        });
        let bare =
            Props { inline_policies: BTreeMap::new(), managed_policies: Vec::new(), ..props };
        let arn = match created.await {
            Ok(answer) => answer.role.context("IAM sent no role")?.arn,
            Err(failure) => {
                let is_bare = |it: &Value| parse::<Props>(it).is_ok_and(|it| it == bare);
                let seen = taken(self, failure, |it| it == desired || is_bare(it)).await?;
                output(&seen, "arn")?.to_owned()
            }
        };
        self.write(&bare, &parse(desired)?).await?;
        observed(&parse::<Props>(desired)?, [("arn", arn)])
    }

    async fn update(&self, current: &Observed, desired: &Value) -> Result<Observed> {
        unchanged(self, Some(&current.props)).await?;
        if current.owner == Owner::Nobody {
            let tag = self.iam.tag_role().role_name(self.name()).tags(self.tag()?);
            tag.send().await.explain()?;
        }
        self.write(&parse(&current.props)?, &parse(desired)?).await?;
        observed(&parse::<Props>(desired)?, [("arn", output(current, "arn")?.to_owned())])
    }

    async fn delete(&self, _: &Observed) -> Result<Deletion> {
        // IAM deletes no role that still has policies, whoever added them.
        for (policy, _) in self.inline_policies().await? {
            self.delete_inline(&policy).await?;
        }
        for policy in self.managed_policies().await? {
            self.detach(&policy).await?;
        }
        let wait =
            Wait::new("IAM to see the role without policies", CONFLICT_DEADLINE, &self.report);
        let delete =
            || async { self.iam.delete_role().role_name(self.name()).send().await.explain() };
        found(wait.retry(&[CONFLICT, BUSY].concat(), delete).await, ABSENT)?;
        Ok(Deletion::Done)
    }
}

impl Role {
    fn name(&self) -> &str {
        &self.names.role
    }

    fn tag(&self) -> Result<Tag> {
        Ok(Tag::builder().key(OWNER_TAG).value(&self.names.stack).build()?)
    }

    fn owner(&self, tags: &[Tag]) -> Result<Owner, Refused> {
        let (name, claim) = (self.name(), tag_it(&self.names));
        let stack = tags.iter().find(|it| it.key == OWNER_TAG).map(|it| it.value.as_str());
        let listed = self.names.adopt.role.as_deref();
        let it = Candidate { what: "role", name, stack, listed, id: name, claim: &claim };
        owner(&self.names, self.adoption, &it)
    }

    fn wait(&self) -> Wait<'_> {
        Wait::new("IAM to take a change of the role", CONFLICT_DEADLINE, &self.report)
    }

    /// A write to a role that may be so new that not every server of IAM knows it.
    async fn change<T, F>(&self, call: impl FnMut() -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        self.wait().retry(&[BUSY, UNKNOWN].concat(), call).await
    }

    /// Permissions are taken away before others are given.
    async fn write(&self, now: &Props, want: &Props) -> Result<()> {
        for policy in now.inline_policies.keys() {
            if !want.inline_policies.contains_key(policy) {
                self.delete_inline(policy).await?;
            }
        }
        for policy in now.managed_policies.iter().filter(|it| !want.managed_policies.contains(it)) {
            self.detach(policy).await?;
        }
        if now.trust != want.trust {
            self.change(|| async {
                let trust = self.iam.update_assume_role_policy().role_name(self.name());
                trust.policy_document(want.trust.to_string()).send().await.explain()
            })
            .await?;
        }
        for (policy, document) in &want.inline_policies {
            if now.inline_policies.get(policy) != Some(document) {
                self.change(|| async {
                    let put = self.iam.put_role_policy().role_name(self.name());
                    let put = put.policy_name(policy).policy_document(document.to_string());
                    put.send().await.explain()
                })
                .await?;
            }
        }
        Ok(())
    }

    async fn inline_policies(&self) -> Result<BTreeMap<String, Value>> {
        let list = self.iam.list_role_policies().role_name(self.name());
        let names: Result<Vec<_>, _> = list.into_paginator().items().send().collect().await;
        let names = found(names.explain(), ABSENT)?.unwrap_or_default();
        let mut policies = BTreeMap::new();
        for name in names {
            let get = self.iam.get_role_policy().role_name(self.name()).policy_name(&name);
            if let Some(it) = found(get.send().await.explain(), ABSENT)? {
                policies.insert(name, policy::parse(&it.policy_document)?);
            }
        }
        Ok(policies)
    }

    async fn managed_policies(&self) -> Result<Vec<String>> {
        let list = self.iam.list_attached_role_policies().role_name(self.name());
        let all: Result<Vec<AttachedPolicy>, _> =
            list.into_paginator().items().send().collect().await;
        let all = found(all.explain(), ABSENT)?.unwrap_or_default();
        Ok(sorted(all.into_iter().filter_map(|it| it.policy_arn)))
    }

    async fn delete_inline(&self, policy: &str) -> Result<()> {
        let delete = || async {
            let delete = self.iam.delete_role_policy().role_name(self.name());
            delete.policy_name(policy).send().await.explain()
        };
        found(self.wait().retry(BUSY, delete).await, ABSENT)?;
        Ok(())
    }

    async fn detach(&self, policy: &str) -> Result<()> {
        let detach = || async {
            let detach = self.iam.detach_role_policy().role_name(self.name());
            detach.policy_arn(policy).send().await.explain()
        };
        found(self.wait().retry(BUSY, detach).await, ABSENT)?;
        Ok(())
    }
}

fn from_sdk(
    role: &SdkRole,
    inline_policies: BTreeMap<String, Value>,
    managed_policies: Vec<String>,
) -> Result<Props> {
    let trust = role.assume_role_policy_document.as_deref();
    let trust = policy::parse(trust.context("IAM sent no trust policy")?)?;
    Ok(Props { name: role.role_name.clone(), trust, inline_policies, managed_policies })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use aws_sdk_iam::primitives::DateTime;

    #[test]
    fn what_is_written_is_what_is_read() {
        let desired = node(&testing::names()).unwrap().desired;
        let props: Props = parse(&desired).unwrap();
        let encoded = props.trust.to_string().replace('{', "%7B").replace('"', "%22");
        let role = SdkRole::builder()
            .path("/")
            .role_name(&props.name)
            .role_id("AROAEXAMPLE")
            .arn("arn:aws:iam::111122223333:role/photos-authorizer")
            .create_date(DateTime::from_secs(0))
            .assume_role_policy_document(encoded)
            .build()
            .unwrap();
        let read = from_sdk(&role, props.inline_policies, props.managed_policies).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), desired);
    }

    #[test]
    fn desired() {
        let desired = node(&testing::names()).unwrap().desired;
        insta::assert_snapshot!(testing::pretty(&desired), @r#"
        {
          "inline_policies": {
            "logs": {
              "Statement": [
                {
                  "Action": [
                    "logs:CreateLogGroup",
                    "logs:CreateLogStream",
                    "logs:PutLogEvents"
                  ],
                  "Effect": "Allow",
                  "Resource": "arn:aws:logs:*:111122223333:log-group:/aws/lambda/us-east-1.photos-authorizer*",
                  "Sid": "LogsInEveryRegion"
                }
              ],
              "Version": "2012-10-17"
            }
          },
          "name": "photos-authorizer",
          "trust": {
            "Statement": [
              {
                "Action": "sts:AssumeRole",
                "Effect": "Allow",
                "Principal": {
                  "Service": [
                    "edgelambda.amazonaws.com",
                    "lambda.amazonaws.com"
                  ]
                }
              }
            ],
            "Version": "2012-10-17"
          }
        }
        "#);
    }
}
