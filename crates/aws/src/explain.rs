//! What AWS answered when it refused, in one line.

use aws_sdk_sts::config::http::HttpResponse;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use engine::Failed;
use std::error::Error;
use std::fmt;

/// The codes of a write whose `ETag` or `RevisionId` is not the newest any more.
const STALE: [&str; 3] =
    ["PreconditionFailed", "InvalidIfMatchVersion", "PreconditionFailedException"];

/// What says that a name is taken. After a lost answer and a retry of the SDK it can be our own
/// create that took it.
const TAKEN: [&str; 6] = [
    "BucketAlreadyOwnedByYou",
    "CachePolicyAlreadyExists",
    "EntityAlreadyExists",
    "OriginAccessControlAlreadyExists",
    "ResourceConflictException",
    "ResponseHeadersPolicyAlreadyExists",
];

const DENIED: [&str; 2] = ["AccessDenied", "AccessDeniedException"];
const EXPIRED: [&str; 3] = ["ExpiredToken", "ExpiredTokenException", "RequestExpired"];

/// A call that failed: AWS's code and message, or the reason why there was no answer.
#[derive(Debug)]
pub struct Failure {
    /// `service:Operation`.
    pub(crate) call: String,
    /// Empty when nothing answered, and when the answer had no body (`HeadBucket`).
    pub(crate) code: String,
    pub(crate) message: String,
    /// The HTTP status; 0 when nothing answered.
    pub(crate) status: u16,
}

/// An error that is named by its code and, where AWS reuses one code, by a part of its message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named {
    pub(crate) code: &'static str,
    pub(crate) text: &'static str,
}

impl Failure {
    /// What to run or change next, where that does not depend on what was called for.
    pub fn hint(&self) -> Option<&'static str> {
        // CloudFront says so to an account that has never had a distribution, as AccessDenied.
        if self.is(&DENIED) && self.message.contains("account must be verified") {
            return Some(
                "open a case with AWS Support (service CloudFront); it is the account, not its \
                 permissions. Then run the same command again",
            );
        }
        if self.is(&DENIED) {
            return Some(
                "grant it: `cargo xtask policies deployer` (or planner, adopter, teardown) prints all that \
                 is needed. Then run the same command again",
            );
        }
        if self.is(&EXPIRED) {
            return Some("aws sso login, then run the same command again: it goes on from here");
        }
        if self.is(&["CNAMEAlreadyExists"]) {
            return Some(
                "take the name from the other distribution, or out of delivery.aliases, and run \
                 the same command again",
            );
        }
        None
    }

    /// The name is taken, perhaps by an attempt of this very call whose answer was lost.
    pub(crate) fn is_taken(&self) -> bool {
        self.is(&TAKEN)
    }

    /// What was to be written has changed since it was read, perhaps by this very call.
    pub(crate) fn is_stale(&self) -> bool {
        self.is(&STALE)
    }

    pub(crate) fn is(&self, codes: &[&str]) -> bool {
        codes.contains(&self.code.as_str())
    }

    pub(crate) fn is_any(&self, named: &[Named]) -> bool {
        named.iter().any(|it| self.code == it.code && self.message.contains(it.text))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: ", self.call)?;
        match (self.code.as_str(), self.message.as_str()) {
            ("", "") => write!(out, "HTTP status {}", self.status),
            ("", message) => out.write_str(message),
            (code, "") => out.write_str(code),
            (code, message) => write!(out, "{code}: {message}"),
        }
    }
}

impl Error for Failure {}

/// Turns the SDK's answer into one whose error can be shown and asked for its code.
///
/// `SdkError` itself displays as "service error", so it must never reach a user.
pub(crate) trait Explain<T> {
    fn explain(self) -> Result<T, Failure>;
}

impl<T, E> Explain<T> for Result<T, SdkError<E, HttpResponse>>
where
    E: ProvideErrorMetadata + Error + 'static,
{
    fn explain(self) -> Result<T, Failure> {
        self.map_err(|error| Failure {
            call: call(std::any::type_name::<E>()),
            code: error.code().unwrap_or_default().to_owned(),
            message: error.message().map_or_else(|| cause(&error), str::to_owned),
            status: error.raw_response().map_or(0, |it| it.status().as_u16()),
        })
    }
}

/// `iam:GetRole` of `aws_sdk_iam::operation::get_role::GetRoleError`: every operation of the SDKs
/// has an error of its own.
fn call(error: &str) -> String {
    let (sdk, error) = (error.split("::").next(), error.rsplit("::").next());
    let service = sdk.unwrap_or_default().trim_start_matches("aws_sdk_");
    format!("{service}:{}", error.unwrap_or_default().trim_end_matches("Error"))
}

/// What a transport says for itself: the chain of causes below the SDK's own headline.
fn cause<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if matches!(error, SdkError::ServiceError(_)) {
        return String::new();
    }
    let mut parts: Vec<String> = Vec::new();
    let mut next = error.source();
    while let Some(it) = next {
        let text = it.to_string();
        if !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
        next = it.source();
    }
    if parts.is_empty() { error.to_string() } else { parts.join(": ") }
}

/// `None` for the codes that say "there is none".
pub(crate) fn found<T>(answer: Result<T, Failure>, absent: &[&str]) -> Result<Option<T>, Failure> {
    match answer {
        Ok(it) => Ok(Some(it)),
        Err(failure) if failure.is(absent) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// A conditional write that failed: a lost race is told as such.
pub(crate) fn since_the_plan(failure: Failure) -> anyhow::Error {
    let stale = failure.is_stale();
    let error = anyhow::Error::new(failure);
    if !stale {
        return error;
    }
    let message = "it changed since the plan".to_owned();
    error.context(Failed { message, hint: "plan again: cargo xtask plan".to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(code: &str, message: &str) -> Failure {
        let call = "iam:GetRole".to_owned();
        Failure { call, code: code.to_owned(), message: message.to_owned(), status: 400 }
    }

    #[test]
    fn a_failure_is_one_line() {
        assert_eq!(
            failure("AccessDenied", "no: iam:GetRole").to_string(),
            "iam:GetRole: AccessDenied: no: iam:GetRole"
        );
        assert_eq!(failure("", "").to_string(), "iam:GetRole: HTTP status 400");
        let lost = since_the_plan(failure("PreconditionFailed", "the ETag"));
        assert_eq!(
            format!("{lost:#}"),
            "it changed since the plan: iam:GetRole: PreconditionFailed: the ETag"
        );
    }

    #[test]
    fn an_error_names_its_call() {
        use aws_sdk_cloudfront::operation::create_distribution_with_tags as create;
        let name = std::any::type_name::<create::CreateDistributionWithTagsError>();
        assert_eq!(call(name), "cloudfront:CreateDistributionWithTags");
    }

    #[test]
    fn names_need_the_code_and_the_text() {
        let named = [Named { code: "A", text: "in progress" }];
        assert!(failure("A", "an update is in progress").is_any(&named));
        assert!(!failure("A", "it exists").is_any(&named));
        assert!(!failure("B", "in progress").is_any(&named));
    }
}
