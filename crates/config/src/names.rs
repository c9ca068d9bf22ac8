//! Physical names, all derived from the stack's name so that no state file is needed.

use crate::Config;

/// The names of a stack in one account.
#[derive(Clone, Debug, PartialEq)]
pub struct Names {
    /// The stack's name: the value of the tag `edgegate:stack`.
    pub stack: String,
    pub account: String,
    pub region: String,
    /// In the account-regional namespace, which only this account can ever own
    /// (S3 user guide, "Namespaces for general purpose buckets").
    pub bucket: String,
    /// Of the role and of the function.
    pub authorizer: String,
    /// Of the origin access control, the cache policy and the response headers policy.
    pub edge: String,
    /// What marks the resources that have no tags as this stack's: their comment or description.
    pub mark: String,
}

impl Names {
    /// `account` is the twelve-digit account id.
    pub fn new(config: &Config, account: &str) -> Self {
        let (stack, region) = (&config.stack.name, &config.stack.region);
        Self {
            bucket: format!("{stack}-images-{account}-{region}-an"),
            authorizer: format!("{stack}-authorizer"),
            edge: format!("{stack}-images"),
            mark: format!("edgegate:{stack}"),
            stack: stack.clone(),
            account: account.to_owned(),
            region: region.clone(),
        }
    }
}
