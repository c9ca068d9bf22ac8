//! The one call that must not be made twice.

use super::{ABSENT, Distribution, FUNCTION_UNKNOWN, Props, made_meanwhile, shown, to_sdk};
use crate::explain::{Explain, Failure, found};
use crate::tree::parse;
use anyhow::{Context, Result};
use aws_sdk_cloudfront::operation::create_distribution_with_tags::CreateDistributionWithTagsOutput;
use aws_sdk_cloudfront::types::DistributionConfigWithTags;
use engine::Observed;
use serde_json::Value;

const TAKEN: &[&str] = &["DistributionAlreadyExists"];
/// What precedes the id of the distribution that has the reference.
const BY: &str = "Already exists: ";
/// As often as a stack may have been removed while something of it had to stay.
const SPENT_MAX: usize = 20;

impl Distribution {
    pub(super) async fn make(&self, desired: &Value) -> Result<Observed> {
        let props: Props = parse(desired)?;
        let mut spent = 0;
        loop {
            let failure = match self.send(&props, spent).await? {
                Ok(answer) => return shown(answer.distribution, answer.e_tag),
                Err(failure) if failure.is(TAKEN) => failure,
                Err(failure) => return Err(failure.into()),
            };
            if spent < SPENT_MAX && self.is_by_one_that_is_gone(&failure).await? {
                spent += 1;
                continue;
            }
            let seen = self.listed().await?;
            return if seen.props == *desired { Ok(seen) } else { Err(made_meanwhile(failure)) };
        }
    }

    async fn send(
        &self,
        props: &Props,
        spent: usize,
    ) -> Result<Result<CreateDistributionWithTagsOutput, Failure>> {
        let config = to_sdk::config(props, &self.caller_reference(props, spent)?)?;
        let config = DistributionConfigWithTags::builder().distribution_config(config);
        let config = config.tags(self.tags()?).build();
        let create = || async {
            let create = self.cloudfront.create_distribution_with_tags();
            create.distribution_config_with_tags(config.clone()).send().await.explain()
        };
        Ok(self.function_known().retry(FUNCTION_UNKNOWN, create).await)
    }

    /// What makes creating it twice impossible: CloudFront takes a reference once only.
    ///
    /// The origin access control is made once in the life of a stack. So a deployment that is run
    /// again after a crash has the same reference, and one after a teardown has a new one, without
    /// a state file to keep it in. Where a teardown had to leave the access control to others, the
    /// reference may be spent, and the next one is tried.
    fn caller_reference(&self, props: &Props, spent: usize) -> Result<String> {
        let id = props.access_control().context("the origin has no access control")?;
        let again = if spent == 0 { String::new() } else { format!("/{}", spent + 1) };
        Ok(format!("edgegate/{}/{id}{again}", self.names.stack))
    }

    /// Whether the distribution that took a reference is there no more. One that is there is ours, from a
    /// deployment that was cut short, or somebody's.
    async fn is_by_one_that_is_gone(&self, taken: &Failure) -> Result<bool> {
        let text = taken.to_string();
        let Some((_, by)) = text.split_once(BY) else { return Ok(false) };
        let id: String = by.chars().take_while(char::is_ascii_alphanumeric).collect();
        let get = self.cloudfront.get_distribution().id(id).send().await.explain();
        Ok(found(get, ABSENT)?.is_none())
    }
}
