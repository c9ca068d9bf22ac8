//! What deserves a second look whether it changes or not.

use serde::Serialize;

/// One thing that stands, or will stand, and better did not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lint {
    pub severity: Severity,
    pub state: State,
    /// A node's name, or `configuration`.
    pub resource: &'static str,
    /// What it is and why it matters, in one sentence.
    pub sentence: String,
}

/// What is deleted at the very end because nothing needs it any more. While it is there, it is no
/// difference from what should be: the cloud may hold on to it for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cleanup {
    /// A node's name.
    pub resource: &'static str,
    pub sentence: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// To be put right, or to be decided.
    Warning,
    /// Good to know.
    Info,
}

/// Where it is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// In what should be.
    Desired,
    /// Only in what is there now: the plan takes it away.
    Observed,
    /// In what is there and not edgegate's to take away.
    Kept,
}

impl Severity {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

impl State {
    /// What a reader has to be told of it.
    pub(crate) const fn remark(self) -> &'static str {
        match self {
            Self::Desired => "",
            Self::Observed => ", until this is applied",
            Self::Kept => "; edgegate leaves it there",
        }
    }
}
