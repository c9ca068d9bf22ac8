//! One point, and what came of asking.

use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Verdict {
    Holds,
    Differs,
    /// It was not checked: `seen` says why.
    #[serde(rename = "not-checked")]
    Open,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Row {
    pub(super) point: &'static str,
    /// What was done.
    pub(super) done: String,
    pub(super) expected: String,
    pub(super) seen: String,
    pub(super) verdict: Verdict,
}

impl Row {
    /// As expected, where both say the same.
    pub(super) fn same(
        point: &'static str,
        done: impl Into<String>,
        expected: impl Into<String>,
        seen: impl Into<String>,
    ) -> Self {
        let (expected, seen) = (expected.into(), seen.into());
        let verdict = if expected == seen { Verdict::Holds } else { Verdict::Differs };
        Self { point, done: done.into(), expected, seen, verdict }
    }

    /// The same with a verdict of its own, for what has several good answers.
    pub(super) fn judged(self, holds: bool) -> Self {
        Self { verdict: if holds { Verdict::Holds } else { Verdict::Differs }, ..self }
    }

    pub(super) fn open(
        point: &'static str,
        done: impl Into<String>,
        why: impl Into<String>,
    ) -> Self {
        let (expected, seen) = (String::new(), why.into());
        Self { point, done: done.into(), expected, seen, verdict: Verdict::Open }
    }
}

/// What cannot be asked of a stack that works: the point, what would have to be done, and why not.
pub(super) const UNASKED: [(&str, &str, &str); 3] = [
    (
        "reused-reference",
        "make a distribution with the reference of a deleted one",
        "not checked: it takes a distribution that was deleted; edgegate does not rely on it, as \
         each new stack has a new reference",
    ),
    (
        "disable-rights",
        "disable a distribution without lambda:EnableReplication*",
        "not checked: it takes the stack down; policies/teardown.json grants it for that reason",
    ),
    (
        "refusal-texts",
        "associate a function with variables, layers or a VPC",
        "not checked: edgegate never makes such a function",
    ),
];
