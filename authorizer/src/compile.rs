//! From `rules.json` to what a request is judged by, where somebody can be told what is wrong.
//!
//! Nothing in here is part of the module at the edge.

mod answers;
mod claim_name;
mod issuer;
mod policy;
mod requirement;
mod rule;
mod template;
mod uploads;
mod writer;

use alloc::string::String;
use alloc::vec::Vec;

use crate::policy::Policy;
use crate::policy_error::PolicyError;

/// Reads and judges a policy; one that compiles is safe to deploy.
///
/// `issuer`, `authorized_parties` and `rules` have to be there. The rest defaults to the careful
/// choice: no missing `azp`, 5 s leeway, 300 s lifetime, no CORS, no cookies, no uploads,
/// create-only.
///
/// # Errors
/// The first rule, by position and path, or field that is wrong, in one line.
pub fn compile(rules_json: &str) -> Result<Vec<u8>, PolicyError> {
    policy::compile(rules_json).map_err(PolicyError::from)
}

/// What the edge can answer by itself under this policy: a JSON list with an object for each
/// [`Reply`](crate::Reply), at its [`number`](crate::Reply::number).
///
/// ```json
/// {"status":"401","code":"token-missing","headers":{…},"authorized":{…},"cors":{…},"body":"{…}"}
/// ```
///
/// Of the headers, which are in CloudFront's form, `authorized` are for requests that have an
/// `Authorization`, and `cors` for pages that may read the answer: their origin is left empty. The
/// body lacks the request's id.
pub fn answers(policy: &Policy) -> String {
    answers::answers(policy)
}
