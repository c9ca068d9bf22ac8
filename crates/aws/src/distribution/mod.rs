//! The CloudFront distribution: the edge, with the authorizer in front of its cache.

use crate::explain::{Explain, Named, found, since_the_plan};
use crate::owner::{Adoption, Candidate, owner};
use crate::tree::{node as tree_node, observed, output, parse};
use crate::wait::{Wait, made_meanwhile};
use crate::{Clients, OWNER_TAG, Reporter};
use anyhow::{Context, Result};
use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::operation::get_distribution::GetDistributionOutput;
use aws_sdk_cloudfront::types::{
    CacheBehaviors, Distribution as SdkDistribution, DistributionConfig, DistributionSummary,
    EventType, LambdaFunctionAssociations, Tag, Tags,
};
use config::{Config, Names};
use engine::{Deletion, Failed, Node, Observed, Owner, Refused, Resource};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

mod create;
mod forwarded;
mod from_sdk;
mod listed;
mod props;
mod to_sdk;

pub(crate) use listed::all;
pub use listed::in_front;
use listed::is_before;
use props::Props;

const ABSENT: &[&str] = &["NoSuchDistribution"];

/// What another distribution is that has our bucket behind it.
pub(crate) const UNJUDGED: &str = "without an authorizer";
const JUDGED: &str = "with a function in front";

/// `Status` of a configuration that has reached every edge.
const DEPLOYED: &str = "Deployed";
/// Minutes as a rule; Terraform has learnt to allow this much.
const DEPLOYED_DEADLINE: Duration = Duration::from_mins(90);
/// Nobody gains from asking more often, and CloudFront throttles.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// Lists show a new distribution late.
const LISTED_DEADLINE: Duration = Duration::from_mins(1);
const GONE_DEADLINE: Duration = Duration::from_mins(5);

/// The role and the version are ready for Lambda, and CloudFront is yet to hear of it
/// (CloudFront developer guide, "Set up IAM permissions and roles for Lambda@Edge").
const FUNCTION_UNKNOWN: &[Named] = &[
    Named {
        code: "InvalidLambdaFunctionAssociation",
        text: "must be assumable with edgelambda.amazonaws.com",
    },
    Named { code: "InvalidLambdaFunctionAssociation", text: "is Pending" },
];
const FUNCTION_DEADLINE: Duration = Duration::from_mins(2);

pub(crate) fn node(config: &Config, names: &Names) -> Result<Node> {
    tree_node("distribution", &Props::desired(config, names), &[])
}

/// Waits until the newest configuration has reached every edge.
///
/// # Errors
/// The distribution cannot be read, or it takes longer than an hour and a half.
pub async fn wait_deployed(
    clients: &Clients,
    distribution_id: &str,
    report: &Reporter,
) -> Result<()> {
    let found = deployed(&clients.cloudfront, distribution_id, report).await?;
    found.map(drop).with_context(|| format!("there is no distribution {distribution_id}"))
}

pub(crate) struct Distribution {
    pub(crate) cloudfront: Client,
    pub(crate) names: Names,
    pub(crate) adoption: Adoption,
    pub(crate) report: Reporter,
}

#[async_trait::async_trait]
impl Resource for Distribution {
    async fn read(&self) -> Result<Option<Observed>> {
        let (Some((id, owner)), beside) = self.find().await? else { return Ok(None) };
        let answer = self.cloudfront.get_distribution().id(&id).send().await.explain();
        let Some(answer) = found(answer, ABSENT)? else { return Ok(None) };
        let config = answer.distribution.as_ref().and_then(|it| it.distribution_config.as_ref());
        self.check_place(config.context("CloudFront sent no configuration")?)?;
        let seen = Observed { owner, beside, ..shown(answer.distribution, answer.e_tag)? };
        self.with_forwarded(seen).await.map(Some)
    }

    async fn create(&self, desired: &Value) -> Result<Observed> {
        self.make(desired).await
    }

    async fn update(&self, current: &Observed, desired: &Value) -> Result<Observed> {
        let config = self.replacement(current, parse(desired)?).await?;
        // Tagged first: whoever deploys may update only what has the stack's tag
        // (policies/deployer.json).
        if current.owner == Owner::Nobody {
            let tag = self.cloudfront.tag_resource().resource(output(current, "arn")?);
            tag.tags(self.tags()?).send().await.explain()?;
        }
        let answer = self.put(output(current, "id")?, output(current, "etag")?, &config).await?;
        shown(answer.distribution, answer.e_tag)
    }

    /// Disabled, the function still in front; then, when every edge knows, deleted.
    async fn delete(&self, current: &Observed) -> Result<Deletion> {
        let (id, etag) = (output(current, "id")?, output(current, "etag")?);
        let get = self.cloudfront.get_distribution().id(id).send().await.explain();
        let Some(answer) = found(get, ABSENT)? else { return Ok(Deletion::Done) };
        let config = answer.distribution.and_then(|it| it.distribution_config);
        let mut config = config.context("CloudFront sent no configuration")?;
        if config.enabled {
            config.enabled = false;
            self.put(id, etag, &config).await?;
        }
        let disabled = deployed(&self.cloudfront, id, &self.report).await?;
        let Some(disabled) = disabled else { return Ok(Deletion::Done) };
        let delete = self.cloudfront.delete_distribution().id(id).set_if_match(disabled.e_tag);
        found(delete.send().await.explain(), ABSENT).map_err(since_the_plan)?;
        self.gone(id).await
    }

    fn create_shows_all(&self) -> bool {
        true
    }
}

/// Gets, creates and updates are answered alike.
fn shown(it: Option<SdkDistribution>, etag: Option<String>) -> Result<Observed> {
    let it = it.context("CloudFront sent no distribution")?;
    let config = it.distribution_config.context("CloudFront sent no configuration")?;
    let outputs = [
        ("id", it.id),
        ("arn", it.arn),
        ("domain", it.domain_name),
        ("status", it.status),
        ("etag", etag.context("CloudFront sent no ETag")?),
        ("caller_reference", config.caller_reference.clone()),
    ];
    observed(&from_sdk::props(config), outputs)
}

impl Distribution {
    fn tags(&self) -> Result<Tags> {
        let tag = Tag::builder().key(OWNER_TAG).value(&self.names.stack).build()?;
        Ok(Tags::builder().items(tag).build())
    }

    /// By its tag, or by what `[adopt]` says; and others that have its bucket behind them.
    async fn find(&self) -> Result<(Option<(String, Owner)>, BTreeMap<String, String>)> {
        let (mut found, mut beside) = (Vec::new(), BTreeMap::new());
        for it in all(&self.cloudfront).await? {
            let is_marked = it.comment == self.names.mark;
            let is_listed = self.names.adopt.distribution.as_ref() == Some(&it.id);
            // A comment is easily edited by hand; what stands before our bucket is looked at too.
            if !is_marked && !is_listed && !is_before(&self.names.bucket, &it) {
                continue;
            }
            let stack = self.tagged(&it).await?;
            if is_listed || stack.as_ref() == Some(&self.names.stack) {
                found.push((it.id.clone(), self.owner(&it, stack.as_deref())?));
            } else if is_marked {
                return Err(self.not_ours(&it).into());
            } else {
                let what = if is_judged(&it) { JUDGED } else { UNJUDGED };
                beside.insert(format!("distribution {}", it.id), what.to_owned());
            }
        }
        if found.len() > 1 {
            let ids: Vec<_> = found.iter().map(|(id, _)| id.as_str()).collect();
            return Err(Refused {
                message: format!(
                    "two distributions are this stack's, or are to be: {}",
                    ids.join(", ")
                ),
                hint: "find out which one is in use, and delete the other one".to_owned(),
            }
            .into());
        }
        Ok((found.pop(), beside))
    }

    /// What the origin request policy that somebody attached lets through.
    async fn with_forwarded(&self, seen: Observed) -> Result<Observed> {
        let mut props: Props = parse(&seen.props)?;
        let Some(id) = &props.behavior.origin_request_policy else { return Ok(seen) };
        props.behavior.forwarded = forwarded::read(&self.cloudfront, id).await?;
        Ok(Observed { props: serde_json::to_value(props)?, ..seen })
    }

    fn owner(&self, it: &DistributionSummary, stack: Option<&str>) -> Result<Owner, Refused> {
        let (what, id, listed) = ("distribution", &it.id, self.names.adopt.distribution.as_deref());
        // What is not listed is not asked about.
        let it = Candidate { what, name: id, stack, listed, id, claim: "" };
        owner(&self.names, self.adoption, &it)
    }

    /// The stack that its tag names.
    async fn tagged(&self, it: &DistributionSummary) -> Result<Option<String>> {
        let list = self.cloudfront.list_tags_for_resource().resource(&it.arn);
        let answer = list.send().await.explain()?;
        let tags = answer.tags.and_then(|it| it.items).unwrap_or_default();
        Ok(tags.into_iter().find(|tag| tag.key == OWNER_TAG).and_then(|tag| tag.value))
    }

    fn not_ours(&self, it: &DistributionSummary) -> Refused {
        let (id, comment, stack) = (&it.id, &it.comment, &self.names.stack);
        Refused {
            message: format!(
                "the distribution {id} is commented `{comment}` and is not managed by this stack"
            ),
            hint: format!(
                "change its comment, or tag it {OWNER_TAG}={stack} if it is this stack's"
            ),
        }
    }

    /// A region is a part of the bucket's name, and a stack has one bucket: deployed elsewhere, it
    /// would leave the images behind.
    fn check_place(&self, config: &DistributionConfig) -> Result<(), Refused> {
        let Names { stack, account, bucket, region, .. } = &self.names;
        let (family, ours) = (format!("{stack}-images-{account}-"), format!("{bucket}.s3."));
        let mut origins = config.origins.iter().flat_map(|it| &it.items);
        let other = origins.find_map(|it| {
            let name = it.domain_name.split(".s3.").next()?;
            let moved = name.starts_with(&family) && !it.domain_name.starts_with(&ours);
            moved.then(|| name.to_owned())
        });
        let Some(other) = other else { return Ok(()) };
        Err(Refused {
            message: format!(
                "this stack's images are in {other}, and stack.region now says {region}"
            ),
            hint: "set stack.region back: a bucket cannot move; another region is another stack, \
                   with a name of its own"
                .to_owned(),
        })
    }

    async fn put(&self, id: &str, etag: &str, config: &DistributionConfig) -> Result<Put> {
        let wait = self.function_known();
        let update = || async {
            let update = self.cloudfront.update_distribution().id(id).if_match(etag);
            update.distribution_config(config.clone()).send().await.explain()
        };
        let failure = match wait.retry(FUNCTION_UNKNOWN, update).await {
            Ok(it) => return Ok(Put { distribution: it.distribution, e_tag: it.e_tag }),
            Err(failure) => failure,
        };
        // Stale, too, when an earlier attempt whose answer was lost has written it.
        if failure.is_stale() {
            let it = self.cloudfront.get_distribution().id(id).send().await.explain()?;
            let now = it.distribution.as_ref().and_then(|it| it.distribution_config.clone());
            if now.map(from_sdk::props) == Some(from_sdk::props(config.clone())) {
                return Ok(Put { distribution: it.distribution, e_tag: it.e_tag });
            }
        }
        Err(since_the_plan(failure))
    }

    /// The whole configuration is replaced; nothing of the current one survives by being left out,
    /// but for the reference, which cannot change.
    ///
    /// Where something is to stay that no deployment of ours would write, as a rollback wants it,
    /// the current one goes back as it is, with other functions.
    async fn replacement(
        &self,
        current: &Observed,
        mut desired: Props,
    ) -> Result<DistributionConfig> {
        // That is another resource's, and follows from its id.
        desired.behavior.forwarded = None;
        let ours = to_sdk::config(&desired, output(current, "caller_reference")?)?;
        if from_sdk::props(ours.clone()) == desired {
            return Ok(ours);
        }
        let id = output(current, "id")?;
        let answer = self.cloudfront.get_distribution().id(id).send().await.explain()?;
        let theirs = answer.distribution.and_then(|it| it.distribution_config);
        let theirs = theirs.context("CloudFront sent no configuration")?;
        let kept = to_sdk::with_functions_of(theirs, ours);
        if from_sdk::props(kept.clone()) == desired {
            return Ok(kept);
        }
        Err(Failed {
            message: "the distribution was changed since the plan".to_owned(),
            hint: "run the same command again, and look at its plan".to_owned(),
        }
        .into())
    }

    fn function_known(&self) -> Wait<'_> {
        let what = "CloudFront to accept the function's role and version";
        Wait::new(what, FUNCTION_DEADLINE, &self.report)
    }

    /// An earlier attempt made it, or the SDK's retry of this one did.
    async fn listed(&self) -> Result<Observed> {
        let wait = Wait::new("CloudFront to list the distribution", LISTED_DEADLINE, &self.report);
        let Some(seen) = wait.until(|| self.read()).await? else {
            let mark = &self.names.mark;
            return Err(Failed {
                message:
                    "CloudFront has made this stack's distribution before, and does not list it"
                        .to_owned(),
                hint: format!("run again in a minute; or give it back its comment, `{mark}`"),
            }
            .into());
        };
        Ok(seen)
    }

    async fn gone(&self, id: &str) -> Result<Deletion> {
        let wait = Wait::new("the distribution to disappear", GONE_DEADLINE, &self.report);
        let ask = || async {
            let answer = self.cloudfront.get_distribution().id(id).send().await.explain();
            let there = found(answer, ABSENT)?.is_some();
            Ok::<_, anyhow::Error>((!there).then_some(()))
        };
        wait.until(ask).await?.with_context(|| wait.expired())?;
        Ok(Deletion::Done)
    }
}

/// Whether each behaviour has a function that sees the request before the cache does.
fn is_judged(it: &DistributionSummary) -> bool {
    let judged = |it: Option<&LambdaFunctionAssociations>| {
        let mut all = it.into_iter().flat_map(LambdaFunctionAssociations::items);
        all.any(|it| it.event_type == EventType::ViewerRequest)
    };
    let default = it.default_cache_behavior.as_ref();
    let others = it.cache_behaviors.iter().flat_map(CacheBehaviors::items);
    judged(default.and_then(|it| it.lambda_function_associations.as_ref()))
        && others.into_iter().all(|it| judged(it.lambda_function_associations.as_ref()))
}

/// What an update leaves behind.
struct Put {
    distribution: Option<SdkDistribution>,
    e_tag: Option<String>,
}

/// Whether every edge has it by now.
pub(crate) async fn is_deployed(cloudfront: &Client, id: &str) -> Result<bool> {
    let answer = cloudfront.get_distribution().id(id).send().await.explain();
    let it = found(answer, ABSENT)?.and_then(|it| it.distribution);
    Ok(it.is_some_and(|it| it.status == DEPLOYED))
}

/// `None` when there is no such distribution.
pub(crate) async fn deployed(
    cloudfront: &Client,
    id: &str,
    report: &Reporter,
) -> Result<Option<GetDistributionOutput>> {
    let what = format!("the distribution {id} to reach every edge");
    let wait = Wait { longest_pause: LONGEST_PAUSE, ..Wait::new(&what, DEPLOYED_DEADLINE, report) };
    let ask = || async {
        let answer = cloudfront.get_distribution().id(id).send().await.explain();
        let Some(answer) = found(answer, ABSENT)? else { return Ok(Some(None)) };
        let status = answer.distribution.as_ref().map(|it| it.status.as_str());
        Ok::<_, anyhow::Error>((status == Some(DEPLOYED)).then_some(Some(answer)))
    };
    wait.until(ask).await?.with_context(|| wait.expired())
}
