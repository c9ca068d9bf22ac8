//! A plan as a reviewer reads it: text, markdown or JSON, and the digest that approves it.

mod approval;
mod lines;
mod markdown;
mod text;

use crate::{Action, Cleanup, Finding, Goal, Graph, Lint, Risk, Severity, Snapshot, Step};
use serde::Serialize;
use serde_json::{Map, Value, json};

pub use approval::{Approved, SCHEMA};
pub use lines::escape;
pub use text::WIDTH;

/// A plan with what it is about.
#[derive(Clone, Debug, Serialize)]
pub struct Review<'a> {
    /// The version of this shape; it rises when a field changes its meaning.
    pub schema: &'static str,
    pub stack: &'a str,
    pub account: &'a str,
    pub region: &'a str,
    pub goal: Goal,
    /// `sha256:` and 64 hexadecimal digits, over the desired and the observed state and the steps:
    /// whoever approves it approves exactly these writes to exactly this state of the cloud.
    /// None for a plan for which the cloud was not looked at.
    pub digest: Option<String>,
    pub steps: &'a [Step],
    /// Warnings first. An approval does not cover them: they change nothing, and some come with time.
    pub lints: Vec<Lint>,
    /// What goes when all steps are done.
    pub cleanup: Vec<Cleanup>,
    pub unchanged: Vec<&'static str>,
    /// By the name of the resource: its desired properties.
    pub desired: Map<String, Value>,
    /// By the name of the resource: what was there, and `null` for what was not.
    pub observed: Map<String, Value>,
    /// Who refers to whom, for a picture of the graph.
    #[serde(skip)]
    edges: Vec<(&'static str, &'static str)>,
}

/// Where a stack stands.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    pub stack: &'a str,
    pub account: &'a str,
    pub region: &'a str,
}

/// A finding, and the resource that it is about.
pub(crate) type Found<'a> = (&'static str, &'a Finding);

impl<'a> Review<'a> {
    #[must_use]
    pub fn new(
        scope: Scope<'a>,
        graph: &Graph,
        goal: Goal,
        seen: &Snapshot,
        steps: &'a [Step],
    ) -> Self {
        let planned = |name: &str| steps.iter().any(|step| step.resource == name);
        let names = || graph.nodes().iter().map(|node| node.name);
        let Scope { stack, account, region } = scope;
        let mut review = Self {
            schema: SCHEMA,
            stack,
            account,
            region,
            goal,
            digest: None,
            steps,
            lints: Vec::new(),
            cleanup: Vec::new(),
            unchanged: names().filter(|name| !planned(name)).collect(),
            desired: graph.nodes().iter().map(|it| (it.name.into(), it.desired.clone())).collect(),
            observed: observed(graph, seen),
            edges: names().flat_map(|to| graph.needs(to).map(move |from| (from, to))).collect(),
        };
        review.digest = Some(approval::digest(&json!(review)));
        review
    }

    /// Of a plan that was made without looking: nothing can be approved by it.
    #[must_use]
    pub fn unseen(self) -> Self {
        Self { digest: None, ..self }
    }

    /// With what deserves a second look.
    #[must_use]
    pub fn with_lints(self, mut lints: Vec<Lint>) -> Self {
        lints.sort_by_key(|it| (it.severity, it.state));
        Self { lints, ..self }
    }

    /// With what is deleted at the end: an approval covers it.
    #[must_use]
    pub fn with_cleanup(mut self, cleanup: Vec<Cleanup>) -> Self {
        self.cleanup = cleanup;
        self.digest = self.digest.is_some().then(|| approval::digest(&json!(self)));
        self
    }

    /// Whether carrying it out would write nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.cleanup.is_empty()
    }

    /// How many of the lints are warnings.
    #[must_use]
    pub fn warnings(&self) -> usize {
        self.lints.iter().filter(|it| it.severity == Severity::Warning).count()
    }

    /// For programs. The same plan gives the same bytes: sorted keys, no clock.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!(self)
    }

    /// One line.
    #[must_use]
    pub fn summary(&self) -> String {
        if self.steps.is_empty() {
            return match self.goal {
                Goal::Present => "No changes: the cloud matches the configuration.".into(),
                Goal::Absent if self.observed.values().any(|it| !it.is_null()) => {
                    "No changes: what is there stays.".into()
                }
                Goal::Absent => "No changes: nothing of this stack is there.".into(),
            };
        }
        let count = |action| self.steps.iter().filter(|step| step.action == action).count();
        let adopted = match count(Action::Adopt) {
            0 => String::new(),
            adopted => format!("{adopted} to adopt, "),
        };
        format!(
            "Plan: {} to create, {adopted}{} to update, {} to delete, {} unchanged.",
            count(Action::Create),
            count(Action::Update),
            count(Action::Delete),
            self.unchanged.len()
        )
    }

    /// What concerns security, the gravest first.
    #[must_use]
    pub fn findings(&self) -> Vec<(&'static str, &'a Finding)> {
        let of = |step: &'a Step| step.findings.iter().map(|it| (step.resource, it));
        let mut all: Vec<Found<'a>> = self.steps.iter().flat_map(of).collect();
        all.sort_by_key(|(_, it)| (std::cmp::Reverse(it.risk), it.direction));
        all
    }

    /// The highest risk of all findings, if there are any.
    #[must_use]
    pub fn risk(&self) -> Option<Risk> {
        self.findings().first().map(|(_, it)| it.risk)
    }
}

/// What AWS is still busy with passes by itself, and is no part of what is approved.
fn observed(graph: &Graph, seen: &Snapshot) -> Map<String, Value> {
    let one = |node: &crate::Node| {
        let state = seen.get(node.name).map(|it| {
            let lasting =
                it.outputs.iter().filter(|(name, _)| !node.transient.contains(&name.as_str()));
            let outputs: Map<_, _> =
                lasting.map(|(name, value)| (name.clone(), json!(value))).collect();
            let mut state = json!({"props": it.props, "outputs": outputs});
            if !it.beside.is_empty() {
                state["beside"] = json!(it.beside);
            }
            state
        });
        (node.name.to_owned(), state.unwrap_or_default())
    };
    graph.nodes().iter().map(one).collect()
}

pub(crate) fn verb(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Adopt => "adopt",
        Action::Delete => "delete",
    }
}

/// In capitals: it has to be seen.
fn capitals(risk: Risk) -> &'static str {
    match risk {
        Risk::Low => "LOW",
        Risk::Medium => "MEDIUM",
        Risk::High => "HIGH",
        Risk::Critical => "CRITICAL",
    }
}
