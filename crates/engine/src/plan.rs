//! The difference between what should be and what is, as ordered steps.

use crate::{Change, Direction, Finding, Graph, Owner, Risk, Snapshot, Why, order, tree, why};
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
    /// An update of what was made by hand, that also makes it the stack's.
    Adopt,
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

impl Step {
    /// Part of a removal, and no change of its own.
    #[must_use]
    pub fn removed(mut self) -> Self {
        for it in &mut self.changes {
            it.why = vec![Why::Removed];
        }
        Self { deployed_by: None, ..self }
    }
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
        let action = match seen.get(node.name).map(|it| it.owner) {
            None => Action::Create,
            Some(Owner::Nobody) => Action::Adopt,
            Some(Owner::Stack) if changes.is_empty() => continue,
            Some(Owner::Stack) => Action::Update,
        };
        let deployed_by = why::explain(graph, node, action, seen, &mut changes);
        let mut findings = (node.judge)(before, Some(&after));
        if action == Action::Adopt {
            findings.insert(0, adopted());
        }
        // What this step will change is not known any more to those that refer to it.
        let is_aside = |it: &Change| node.aside.contains(&it.property());
        if let Some(it) = known.get_mut(node.name).filter(|_| !changes.iter().all(is_aside)) {
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
        let changes = tree::diff(Some(props), None);
        let findings = (node.judge)(Some(props), None);
        let (resource, action) = (node.name, Action::Delete);
        Some(Step { resource, action, deployed_by: None, changes, findings }.removed())
    });
    present.collect()
}

fn adopted() -> Finding {
    Finding {
        path: String::new(),
        direction: Direction::Neutral,
        risk: Risk::High,
        sentence: "made by hand, it becomes this stack's: what the configuration does not have is \
                   taken away, and a teardown removes it"
            .to_owned(),
    }
}
