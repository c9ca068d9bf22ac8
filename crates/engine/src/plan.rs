//! The difference between what should be and what is, as ordered steps.

use crate::{Change, Finding, Graph, Snapshot, Why, order, tree};
use serde::Serialize;
use serde_json::Value;

/// What a stack is to become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Goal {
    /// Everything exists as desired: `deploy`.
    Present,
    /// Nothing exists: `teardown`.
    Absent,
}

/// There is no "replace": all that AWS makes immutable in this stack is a name or a region, and
/// those are the stack's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    Create,
    Update,
    Delete,
}

/// One write to one resource.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    pub resource: &'static str,
    pub action: Action,
    pub changes: Vec<Change>,
    pub findings: Vec<Finding>,
}

/// The steps from `seen` to the goal; none when the cloud already matches.
///
/// Creations and updates come in dependency order, and within it what narrows access comes first
/// and what widens it last. Deletions come in reverse order.
#[must_use]
pub fn plan(graph: &Graph, goal: Goal, seen: &Snapshot) -> Vec<Step> {
    match goal {
        Goal::Present => converge(graph, seen),
        Goal::Absent => remove(graph, seen),
    }
}

fn converge(graph: &Graph, seen: &Snapshot) -> Vec<Step> {
    let mut known = seen.clone();
    let mut steps = Vec::new();
    for node in graph.nodes() {
        let before = seen.get(node.name).map(|it| &it.props);
        let after = tree::resolve(&node.desired, &known);
        let mut changes = tree::diff(before, Some(&after));
        if before.is_some() && changes.is_empty() {
            continue;
        }
        let action = if before.is_some() { Action::Update } else { Action::Create };
        for it in &mut changes {
            it.why = why(action, it);
        }
        let findings = (node.judge)(before, Some(&after));
        // What this step will change is not known any more to those that refer to it.
        if let Some(it) = known.get_mut(node.name) {
            it.outputs.retain(|output, _| !node.volatile.contains(&output.as_str()));
        }
        steps.push(Step { resource: node.name, action, changes, findings });
    }
    order::arrange(graph, &mut steps);
    steps
}

fn remove(graph: &Graph, seen: &Snapshot) -> Vec<Step> {
    let present = graph.nodes().iter().rev().filter_map(|node| {
        let props: &Value = &seen.get(node.name)?.props;
        let changes = tree::diff(Some(props), None);
        let findings = (node.judge)(Some(props), None);
        Some(Step { resource: node.name, action: Action::Delete, changes, findings })
    });
    present.collect()
}

/// What the trees alone can prove.
fn why(action: Action, change: &Change) -> Why {
    let waits = change.after.as_ref().is_some_and(|it| !tree::references(it).is_empty());
    match action {
        Action::Create => Why::New,
        Action::Update if waits => Why::Follows,
        Action::Update | Action::Delete => Why::Differs,
    }
}
