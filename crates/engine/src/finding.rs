//! What a change means for security: said by whoever knows the resource, carried by the engine.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One thing that a reviewer has to know and that the changed lines do not say by themselves.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// A JSON pointer (RFC 6901) into the properties; empty for the whole.
    pub path: String,
    pub direction: Direction,
    pub risk: Risk,
    /// One sentence, in the terms of the resource.
    pub sentence: String,
}

/// Whether more is possible afterwards, or less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    Widens,
    Narrows,
    Neutral,
}

/// How bad it is if this was not meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    Low,
    Medium,
    High,
    Critical,
}

/// Compares the properties of one resource: those that are there, and those that will be, with
/// unresolved references in them. Whatever is absent is `None`.
pub type Judge = fn(before: Option<&Value>, after: Option<&Value>) -> Vec<Finding>;

impl Direction {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Widens => "widens",
            Self::Narrows => "narrows",
            Self::Neutral => "neutral",
        }
    }
}

impl Risk {
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}
