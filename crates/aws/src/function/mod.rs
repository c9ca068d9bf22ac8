//! The Lambda@Edge function that runs the authorizer, and its newest published version.

use crate::explain::{Explain, Failure, Named, found, since_the_plan};
use crate::owner::{Adoption, Candidate, owner, tag_it};
use crate::tree::{node as tree_node, observed, output, parse};
use crate::wait::{Wait, taken};
use crate::{OWNER_TAG, Reporter, versions};
use anyhow::{Context, Result, bail, ensure};
use aws_sdk_lambda::Client;
use aws_sdk_lambda::operation::create_function::CreateFunctionOutput;
use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{
    FunctionCode, FunctionConfiguration, LastUpdateStatus, Runtime, State,
};
use bundle::Bundle;
use config::{Config, Names};
use engine::{Deletion, Node, Observed, Owner, Refused, Resource};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

mod contents;
mod props;
mod unfit;

use props::Props;

pub(crate) const ABSENT: &[&str] = &["ResourceNotFoundException"];

/// IAM shows a new role to Lambda late, typically after 5 to 15 seconds.
const ROLE_UNKNOWN: &[Named] = &[Named {
    code: "InvalidParameterValueException",
    text: "The role defined for the function cannot be assumed by Lambda",
}];
const ROLE_DEADLINE: Duration = Duration::from_mins(2);

/// Every write is refused while an earlier one is still being carried out
/// (Lambda developer guide, "Lambda function states").
const BUSY: &[Named] =
    &[Named { code: "ResourceConflictException", text: "update is in progress" }];

/// What the SDK's own waiters allow: 300 times one second.
const READY_DEADLINE: Duration = Duration::from_mins(5);

/// The replicas at the edge go away hours after the last distribution did
/// (CloudFront developer guide, "Delete Lambda@Edge functions and replicas").
pub(crate) const REPLICATED: &[Named] = &[Named {
    code: "InvalidParameterValueException",
    text: "because it is a replicated function",
}];

/// What is attached to the function is no part of a version.
const ASIDE: &[&str] = &["permissions", "url", "reserved_concurrency", "runtime_updates"];

pub(crate) fn node(config: &Config, names: &Names, bundle: &Bundle) -> Result<Node> {
    let props = Props::desired(config, names, bundle);
    let volatile = &["version", "version_arn", "versions", "revision_id"];
    Ok(Node { aside: ASIDE, ..tree_node("function", &props, volatile)? })
}

pub(crate) struct Function {
    pub(crate) lambda: Client,
    pub(crate) names: Names,
    pub(crate) bundle: Bundle,
    /// How long a deletion waits for the replicas to go away.
    pub(crate) patience: Duration,
    pub(crate) adoption: Adoption,
    pub(crate) report: Reporter,
}

#[async_trait::async_trait]
impl Resource for Function {
    async fn read(&self) -> Result<Option<Observed>> {
        let Some(answer) = self.get(None).await? else { return Ok(None) };
        // Lambda leaves the tags out for those who may not read them.
        if let Some(error) = answer.tags_error {
            bail!("cannot read its tags: {}: {}", error.error_code, error.message);
        }
        let owner = self.owner(answer.tags.as_ref().and_then(|it| it.get(OWNER_TAG)))?;
        let latest = answer.configuration.context("Lambda sent no configuration")?;
        let mut props = props::from_sdk(&latest);
        if owner == Owner::Nobody {
            unfit::check_package(self.name(), &latest)?;
            props.runtime_updates = unfit::runtime_updates(&self.lambda, self.name()).await?;
        }
        let (mut published, permissions, url) =
            tokio::try_join!(self.published(), self.permissions(), self.url())?;
        let numbers: Vec<_> = published.keys().map(ToString::to_string).collect();
        let newest = published.pop_last().map(|(_, it)| it);
        // One that is not active yet CloudFront does not take, and is waited for there.
        props.published = newest.as_ref().is_some_and(|it| props::from_sdk(it) == props);
        (props.permissions, props.url) = (permissions, url);
        props.reserved_concurrency =
            answer.concurrency.and_then(|it| it.reserved_concurrent_executions);
        props.code_key = answer.code.as_ref().and_then(|it| it.source_kms_key_arn.clone());
        let location = answer.code.as_ref().and_then(|it| it.location.as_deref());
        props.contents = contents::of(&self.bundle, &props.code.sha256, location).await?;
        let mut seen = observed(&props, [("state", progress(&latest).to_owned())])?;
        let (version, version_arn) =
            newest.map_or((None, None), |it| (it.version, it.function_arn));
        let outputs = [
            ("arn", latest.function_arn),
            ("revision_id", latest.revision_id),
            ("version", version),
            ("version_arn", version_arn),
            ("versions", Some(numbers.join(" "))),
        ];
        let known = outputs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        seen.outputs.extend(known);
        Ok(Some(Observed { owner, ..seen }))
    }

    async fn create(&self, desired: &Value) -> Result<Observed> {
        let props: Props = parse(desired)?;
        let wait = Wait::new("IAM to show the new role to Lambda", ROLE_DEADLINE, &self.report);
        let created = wait.retry(ROLE_UNKNOWN, || self.create_function(&props)).await;
        let version = match created {
            Ok(it) => self.active_version(it.version).await?,
            Err(failure) => {
                taken(self, failure, |it| Props::is_copy(it, &props)).await?;
                let made = self.ready().await?;
                self.publish(&props, &revision(made)?).await?
            }
        };
        // A version is a copy of what was made, and was read when it was active.
        let made = self.made(&version);
        shown(&made, version)
    }

    /// Configuration, code, version, in this order: a version is a copy of both, and publishing
    /// first would ship the old configuration to the edge.
    async fn update(&self, current: &Observed, desired: &Value) -> Result<Observed> {
        let (now, want): (Props, Props) = (parse(&current.props)?, parse(desired)?);
        let mut planned = self.planned_revision(current).await?;
        // Before a version is made of it: whether that has a mode of its own, Lambda does not say.
        if now.runtime_updates.is_some() {
            unfit::update_runtime_by_itself(&self.lambda, self.name()).await?;
        }
        if now.configuration != want.configuration {
            self.update_configuration(&now, &want, &planned).await?;
            planned = revision(self.ready().await?)?;
        }
        // Without a key in the call, the zip is not kept under one.
        let is_same_code = now.code == want.code && now.code_key.is_none();
        if !is_same_code {
            self.update_code(&want, &planned).await?;
            planned = revision(self.ready().await?)?;
        }
        let is_same = now.published && now.configuration == want.configuration;
        let seen = if is_same && is_same_code {
            Observed { props: desired.clone(), ..current.clone() }
        } else {
            shown(&want, self.publish(&want, &planned).await?)?
        };
        self.delete_extras(&now).await?;
        // The last write: whether a tag is a new revision, Lambda does not say.
        if current.owner == Owner::Nobody {
            let tag = self.lambda.tag_resource().resource(output(current, "arn")?);
            tag.tags(OWNER_TAG, &self.names.stack).send().await.explain()?;
        }
        Ok(seen)
    }

    async fn delete(&self, _: &Observed) -> Result<Deletion> {
        let what = "the edge replicas of the function to go away";
        let wait = Wait::new(what, self.patience, &self.report);
        let delete = || async {
            self.lambda.delete_function().function_name(self.name()).send().await.explain()
        };
        match found(wait.retry(&[REPLICATED, BUSY].concat(), delete).await, ABSENT) {
            Ok(_) => self.gone().await,
            Err(failure) if failure.is_any(REPLICATED) => Ok(Deletion::Pending(format!(
                "AWS is still removing the edge replicas of `{}`, which can take hours",
                self.name()
            ))),
            Err(failure) => Err(failure.into()),
        }
    }

    fn create_shows_all(&self) -> bool {
        true
    }
}

/// The single calls.
impl Function {
    fn name(&self) -> &str {
        &self.names.function
    }

    fn owner(&self, tag: Option<&String>) -> Result<Owner, Refused> {
        let (name, claim) = (self.name(), tag_it(&self.names));
        let (stack, listed) = (tag.map(String::as_str), self.names.adopt.function.as_deref());
        let it = Candidate { what: "function", name, stack, listed, id: name, claim: &claim };
        owner(&self.names, self.adoption, &it)
    }

    /// Of a function that nobody knew before: nothing is attached to it.
    fn made(&self, version: &FunctionConfiguration) -> Props {
        let mut props = props::from_sdk(version);
        let is_ours = props.code.sha256 == self.bundle.code_sha256;
        props.contents = is_ours.then(|| self.bundle.contents.clone());
        props.published = true;
        props
    }

    async fn get(&self, version: Option<String>) -> Result<Option<GetFunctionOutput>, Failure> {
        let get = self.lambda.get_function().function_name(self.name()).set_qualifier(version);
        found(get.send().await.explain(), ABSENT)
    }

    async fn published(&self) -> Result<BTreeMap<u64, FunctionConfiguration>> {
        Ok(versions::published(&self.lambda, self.name()).await?)
    }

    async fn permissions(&self) -> Result<BTreeMap<String, Value>> {
        let get = self.lambda.get_policy().function_name(self.name());
        let policy = found(get.send().await.explain(), ABSENT)?.and_then(|it| it.policy);
        policy.as_deref().map_or_else(|| Ok(BTreeMap::new()), props::permissions)
    }

    async fn url(&self) -> Result<Option<String>> {
        let get = self.lambda.get_function_url_config().function_name(self.name());
        Ok(found(get.send().await.explain(), ABSENT)?.map(|it| it.auth_type.to_string()))
    }

    /// What the stack never has is taken away.
    async fn delete_extras(&self, now: &Props) -> Result<()> {
        if now.url.is_some() {
            let delete = self.lambda.delete_function_url_config().function_name(self.name());
            found(delete.send().await.explain(), ABSENT)?;
        }
        if now.reserved_concurrency.is_some() {
            let delete = self.lambda.delete_function_concurrency().function_name(self.name());
            found(delete.send().await.explain(), ABSENT)?;
        }
        for id in now.permissions.keys() {
            let remove = self.lambda.remove_permission().function_name(self.name());
            found(remove.statement_id(id).send().await.explain(), ABSENT)?;
        }
        Ok(())
    }

    async fn create_function(&self, props: &Props) -> Result<CreateFunctionOutput, Failure> {
        let it = &props.configuration;
        let code = FunctionCode::builder().zip_file(Blob::new(self.bundle.zip.clone())).build();
        let create = self.lambda.create_function().function_name(self.name());
        let create = create.tags(OWNER_TAG, &self.names.stack).code(code).publish(true);
        let create = create.set_architectures(Some(props.architectures()));
        let create = create.role(&it.role).handler(&it.handler).description(&it.description);
        let create = create.runtime(Runtime::from(it.runtime.as_str()));
        create.memory_size(it.memory_mb).timeout(it.timeout_seconds).send().await.explain()
    }

    async fn update_configuration(&self, now: &Props, props: &Props, revision: &str) -> Result<()> {
        let it = &props.configuration;
        let wait = Wait::new("an earlier update of the function", READY_DEADLINE, &self.report);
        let update = || async {
            let update = self.lambda.update_function_configuration().function_name(self.name());
            let update = update.role(&it.role).handler(&it.handler).description(&it.description);
            let update = update.runtime(Runtime::from(it.runtime.as_str()));
            let update = update.memory_size(it.memory_mb).timeout(it.timeout_seconds);
            let update = now.configuration.unfit.taken_away(update);
            update.revision_id(revision).send().await.explain()
        };
        let Err(failure) = wait.retry(BUSY, update).await else { return Ok(()) };
        self.lost(failure, |it| it.configuration == props.configuration).await
    }

    /// A stale revision is our own when an attempt whose answer was lost has made the change.
    async fn lost(&self, failure: Failure, made: impl Fn(&Props) -> bool) -> Result<()> {
        if failure.is_stale() {
            let seen = self.read().await?;
            if seen.is_some_and(|it| parse(&it.props).is_ok_and(|it: Props| made(&it))) {
                return Ok(());
            }
        }
        Err(since_the_plan(failure))
    }

    async fn update_code(&self, props: &Props, revision: &str) -> Result<()> {
        let wait = Wait::new("an earlier update of the function", READY_DEADLINE, &self.report);
        let update = || async {
            let update = self.lambda.update_function_code().function_name(self.name());
            let update = update.zip_file(Blob::new(self.bundle.zip.clone()));
            let update = update.set_architectures(Some(props.architectures()));
            update.revision_id(revision).send().await.explain()
        };
        let Err(failure) = wait.retry(BUSY, update).await else { return Ok(()) };
        self.lost(failure, |it| it.code == props.code).await
    }

    /// Publishes what is there now, and waits until CloudFront would accept it. Publishing the same
    /// again is no new version: Lambda names the one that exists.
    async fn publish(&self, props: &Props, revision: &str) -> Result<FunctionConfiguration> {
        let wait = Wait::new("an earlier update of the function", READY_DEADLINE, &self.report);
        let publish = || async {
            let publish = self.lambda.publish_version().function_name(self.name());
            let publish = publish.code_sha256(&props.code.sha256).revision_id(revision);
            publish.send().await.explain()
        };
        let answer = wait.retry(BUSY, publish).await.map_err(since_the_plan)?;
        self.active_version(answer.version).await
    }
}

/// The waits.
impl Function {
    /// The revision to build on: the one that was observed. A function that was then still busy
    /// gets another one when it is done, although nobody changed it.
    async fn planned_revision(&self, current: &Observed) -> Result<String> {
        let planned = output(current, "revision_id")?;
        if output(current, "state")? == READY {
            return Ok(planned.to_owned());
        }
        let now = self.ready().await?;
        let (mut seen, planned): (Props, Props) = (props::from_sdk(&now), parse(&current.props)?);
        (seen.published, seen.url) = (planned.published, planned.url.clone());
        seen.reserved_concurrency = planned.reserved_concurrency;
        seen.code_key.clone_from(&planned.code_key);
        seen.runtime_updates.clone_from(&planned.runtime_updates);
        seen.permissions.clone_from(&planned.permissions);
        seen.contents.clone_from(&planned.contents);
        ensure!(seen == planned, "it changed since the plan; plan again");
        revision(now)
    }

    /// Waits until the function takes changes again.
    async fn ready(&self) -> Result<FunctionConfiguration> {
        self.active("the function to become active", None).await
    }

    async fn active_version(&self, version: Option<String>) -> Result<FunctionConfiguration> {
        let version = version.context("Lambda sent no version")?;
        let what = format!("version {version} of the function to become active");
        self.active(&what, Some(version)).await
    }

    async fn active(&self, what: &str, version: Option<String>) -> Result<FunctionConfiguration> {
        let wait = Wait::new(what, READY_DEADLINE, &self.report);
        let ask = || async {
            let answer = self.get(version.clone()).await?;
            let it = answer.and_then(|it| it.configuration);
            let it = it.context("the function has disappeared")?;
            match progress(&it) {
                READY => Ok(Some(it)),
                FAILED => bail!("Lambda could not set it up: {}", reason(&it)),
                _ => Ok(None),
            }
        };
        wait.until(ask).await?.with_context(|| wait.expired())
    }

    async fn gone(&self) -> Result<Deletion> {
        let wait = Wait::new("the function to disappear", READY_DEADLINE, &self.report);
        let ask = || async {
            let there = self.get(None).await?.is_some();
            Ok::<_, Failure>((!there).then_some(()))
        };
        wait.until(ask).await?.with_context(|| wait.expired())?;
        Ok(Deletion::Done)
    }
}

/// The function with its newest version, which was just published.
fn shown(props: &Props, version: FunctionConfiguration) -> Result<Observed> {
    let arn = version.function_arn.context("Lambda sent no ARN")?;
    let number = version.version.context("Lambda sent no version")?;
    let outputs = [("state", READY.to_owned()), ("version", number), ("version_arn", arn)];
    observed(props, outputs)
}

const READY: &str = "ready";
const FAILED: &str = "failed";

/// Two machines in one: the function's state, and that of its last update. A version has no
/// updates (Lambda developer guide, "Lambda function states").
fn progress(it: &FunctionConfiguration) -> &'static str {
    match (&it.state, &it.last_update_status) {
        (Some(State::Failed), _) | (_, Some(LastUpdateStatus::Failed)) => FAILED,
        (_, Some(LastUpdateStatus::InProgress)) => "busy",
        (Some(State::Active | State::Inactive), _) => READY,
        _ => "busy",
    }
}

fn reason(it: &FunctionConfiguration) -> String {
    let reasons = [&it.state_reason, &it.last_update_status_reason];
    let reasons: Vec<_> = reasons.into_iter().flatten().map(String::as_str).collect();
    if reasons.is_empty() { "it gave no reason".to_owned() } else { reasons.join("; ") }
}

fn revision(it: FunctionConfiguration) -> Result<String> {
    it.revision_id.context("Lambda sent no revision")
}
