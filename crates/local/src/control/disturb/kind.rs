//! The ways in which a call can go wrong, in the words of the service it went to.

use serde::Deserialize;

use crate::control::{Service, quota};
use crate::fault::Fault;

/// What happens to a call.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The service asks to slow down.
    Throttle,
    /// The service has an error of its own.
    ServerError,
    /// The connection ends, and nothing has happened.
    ResetBefore,
    /// It has happened, and the connection ends without an answer.
    ResetAfter,
    /// It has happened, and the connection ends in the middle of the answer.
    Truncated,
    /// So many milliseconds late.
    Slow(u64),
    AccessDenied,
    ExpiredCredentials,
    /// The account has as many of these as it may have.
    Quota,
    /// Kept before it has happened, for ever.
    StopBefore,
    /// Kept after it has happened, without an answer, for ever.
    StopAfter,
    /// Kept before it has happened, and then carried out as if nothing had been.
    Pause,
    /// A read that does not show the last change yet, whatever that was.
    Late,
    /// A fault of the tool itself: it is carried out as if the body had had other words in it.
    /// The signature is that of the body that came.
    Replace {
        from: String,
        to: String,
    },
    /// One key of a `DeleteObjects` stays, for that reason, in an answer that is a 200.
    KeepKey(String),
    /// Any other refusal.
    Error {
        status: u16,
        code: String,
        message: String,
    },
}

impl Kind {
    /// The refusal that takes the place of the effect; none for those that are no refusals.
    /// `action` is the permission that the call takes.
    pub(crate) fn refusal(&self, service: Service, call: &str, action: &str) -> Option<Fault> {
        let (status, code, message) = match self {
            Self::Throttle => throttled(service),
            Self::ServerError => broken(service),
            Self::ExpiredCredentials => expired(service),
            Self::Quota => full(service, call),
            Self::AccessDenied => {
                let code = match service {
                    Service::Lambda => "AccessDeniedException",
                    _ => "AccessDenied",
                };
                let message = format!(
                    "User: arn:aws:iam::{}:user/test is not authorized to perform: {action} because no identity-based policy allows the {action} action",
                    crate::ACCOUNT
                );
                return Some(Fault::new(403, code, message));
            }
            Self::Error { status, code, message } => {
                let code = code.clone().into();
                return Some(Fault { status: *status, code, message: message.clone() });
            }
            Self::ResetBefore
            | Self::ResetAfter
            | Self::Truncated
            | Self::Slow(_)
            | Self::Late
            | Self::Replace { .. }
            | Self::KeepKey(_)
            | Self::Pause
            | Self::StopBefore
            | Self::StopAfter => return None,
        };
        Some(Fault::new(status, code, message))
    }
}

type Refusal = (u16, &'static str, &'static str);

fn throttled(service: Service) -> Refusal {
    match service {
        Service::S3 => (503, "SlowDown", "Please reduce your request rate."),
        Service::Lambda => (429, "TooManyRequestsException", "Rate exceeded"),
        Service::Iam | Service::Sts | Service::CloudFront => (400, "Throttling", "Rate exceeded"),
    }
}

fn broken(service: Service) -> Refusal {
    const AGAIN: &str = "We encountered an internal error. Please try again.";
    match service {
        Service::S3 => (500, "InternalError", AGAIN),
        Service::Lambda => (500, "ServiceException", AGAIN),
        Service::Iam | Service::Sts => (500, "ServiceFailure", AGAIN),
        Service::CloudFront => {
            (503, "ServiceUnavailable", "CloudFront encountered an internal error.")
        }
    }
}

fn expired(service: Service) -> Refusal {
    const MESSAGE: &str = "The security token included in the request is expired";
    match service {
        Service::S3 => (400, "ExpiredToken", "The provided token has expired."),
        Service::Lambda => (403, "ExpiredTokenException", MESSAGE),
        Service::Iam | Service::Sts | Service::CloudFront => (403, "ExpiredToken", MESSAGE),
    }
}

fn full(service: Service, call: &str) -> Refusal {
    let quota = match service {
        Service::S3 => quota::BUCKETS,
        Service::Lambda => quota::CODE_STORAGE,
        Service::Iam | Service::Sts => quota::ROLES,
        Service::CloudFront if call.ends_with("OriginAccessControl") => quota::ACCESS_CONTROLS,
        Service::CloudFront if call.ends_with("CachePolicy") => quota::CACHE_POLICIES,
        Service::CloudFront if call.ends_with("ResponseHeadersPolicy") => quota::HEADERS_POLICIES,
        Service::CloudFront => quota::DISTRIBUTIONS,
    };
    (quota.status, quota.code, quota.message)
}
