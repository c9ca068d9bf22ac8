//! An AWS error before it has been put into a service's wire format.

use std::borrow::Cow;

/// What an operation refuses with.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) status: u16,
    pub(crate) code: Cow<'static, str>,
    pub(crate) message: String,
}

pub(crate) type Outcome<T> = Result<T, Fault>;

impl Fault {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code: Cow::Borrowed(code), message: message.into() }
    }

    /// An operation AWS has and this cloud does not.
    pub(crate) fn not_implemented(operation: &str) -> Self {
        Self::new(501, "NotImplemented", format!("the local cloud does not have {operation}"))
    }
}

impl From<anyhow::Error> for Fault {
    fn from(error: anyhow::Error) -> Self {
        Self::new(500, "InternalError", format!("{error:#}"))
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Self::from(anyhow::Error::from(error))
    }
}
