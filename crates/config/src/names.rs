//! Physical names, derived from the stack's name so that no state file is needed; but for those of
//! what was adopted.

use crate::{Adopt, Config};

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
    pub role: String,
    pub function: String,
    /// Of the origin access control, the cache policy and the response headers policy.
    pub edge: String,
    /// What marks the resources that have no tags as this stack's: their comment or description.
    pub mark: String,
    pub adopt: Adopt,
}

const MARK: &str = "edgegate:";

impl Names {
    /// `account` is the twelve-digit account id.
    pub fn new(config: &Config, account: &str) -> Self {
        let (stack, region) = (&config.stack.name, &config.stack.region);
        let adopt = &config.adopt;
        let or = |adopted: &Option<String>, name: String| adopted.clone().unwrap_or(name);
        Self {
            bucket: or(&adopt.bucket, format!("{stack}-images-{account}-{region}-an")),
            role: or(&adopt.role, format!("{stack}-authorizer")),
            function: or(&adopt.function, format!("{stack}-authorizer")),
            edge: format!("{stack}-images"),
            mark: format!("{MARK}{stack}"),
            adopt: adopt.clone(),
            stack: stack.clone(),
            account: account.to_owned(),
            region: region.clone(),
        }
    }

    /// The stack whose mark such a comment or description is.
    pub fn marked(comment: &str) -> Option<&str> {
        comment.strip_prefix(MARK)
    }
}
