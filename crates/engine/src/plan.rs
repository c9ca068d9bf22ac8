//! The difference between what should be and what is, as ordered steps.

use crate::{Change, Finding, Graph, Snapshot, Why, order, tree, why};
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
    /// The version of edgegate that deployed it last, if that was another one and something else is
    /// meant now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployed_by: Option<String>,
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
        let deployed_by = why::explain(graph, node, action, seen, &mut changes);
        let findings = (node.judge)(before, Some(&after));
        // What this step will change is not known any more to those that refer to it.
        if let Some(it) = known.get_mut(node.name) {
            it.outputs.retain(|output, _| !node.volatile.contains(&output.as_str()));
        }
        steps.push(Step { resource: node.name, action, deployed_by, changes, findings });
    }
    order::arrange(graph, &mut steps);
    steps
}

fn remove(graph: &Graph, seen: &Snapshot) -> Vec<Step> {
    let present = graph.nodes().iter().rev().filter_map(|node| {
        let props: &Value = &seen.get(node.name)?.props;
        let mut changes = tree::diff(Some(props), None);
        for it in &mut changes {
            it.why = vec![Why::Removed];
        }
        let findings = (node.judge)(Some(props), None);
        let (resource, action) = (node.name, Action::Delete);
        Some(Step { resource, action, deployed_by: None, changes, findings })
    });
    present.collect()
}
