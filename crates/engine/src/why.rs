//! Where a difference comes from.

use crate::note::{self, Note};
use crate::{Action, Change, Graph, Node, Snapshot, Source, tree};
use serde::Serialize;
use serde_json::Value;

/// One reason; a change can have several, such as a configuration that changed and a colleague who
/// was in the console meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// The resource was never there.
    New,
    /// It was deployed, and is not there any more.
    Gone,
    /// The stack is to be removed.
    Removed,
    /// The configuration is another one than what was deployed.
    Configuration,
    /// The configuration is the same, and edgegate makes something else of it.
    Edgegate,
    /// What was deployed is not what is there: somebody changed it, or AWS did.
    Drifted,
    /// A rollback put it there, or is to.
    Rollback,
    /// Another step of the plan changes what this one refers to.
    Follows,
    /// The two differ, and nothing notes what was deployed.
    Differs,
}

impl Why {
    /// In a few words, for a mark on a line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Gone => "gone",
            Self::Removed => "removed",
            Self::Configuration => "configuration",
            Self::Edgegate => "edgegate",
            Self::Drifted => "drifted",
            Self::Rollback => "rollback",
            Self::Follows => "follows",
            Self::Differs => "differs",
        }
    }

    /// For a reader, after the name of the resource; nothing where the action says it all.
    pub(crate) const fn clause(self) -> Option<&'static str> {
        match self {
            Self::New | Self::Removed => None,
            Self::Gone => Some("it was deployed, and is gone"),
            Self::Configuration => Some("the configuration changed"),
            Self::Edgegate => Some("edgegate makes something else of the same configuration"),
            Self::Drifted => Some("it drifted from what was deployed"),
            Self::Rollback => Some("it is rolled back"),
            Self::Follows => Some("it follows another change"),
            Self::Differs => Some("nothing notes what was deployed"),
        }
    }
}

/// Gives each change of a node its reasons; the version of edgegate that deployed it, if something
/// else is meant now and that was another one.
pub(crate) fn explain(
    graph: &Graph,
    node: &Node,
    action: Action,
    seen: &Snapshot,
    changes: &mut [Change],
) -> Option<String> {
    let noted = note::find(seen, node.name);
    if action == Action::Create {
        let why = if noted.is_some() { Why::Gone } else { Why::New };
        for it in changes {
            it.why = vec![why];
        }
        return None;
    }
    for change in &mut *changes {
        change.why = noted.as_ref().map_or_else(
            || if waits(change) { vec![Why::Follows] } else { vec![Why::Differs] },
            |it| reasons(graph.source(), it, node, seen, change),
        );
    }
    let is_meant =
        |it: &Change| it.why.contains(&Why::Configuration) || it.why.contains(&Why::Edgegate);
    let by = noted?.source.by;
    (by != graph.source().by && changes.iter().any(is_meant)).then_some(by)
}

fn reasons(
    source: &Source,
    noted: &Note,
    node: &Node,
    seen: &Snapshot,
    change: &Change,
) -> Vec<Why> {
    // It wants what is there but for one property, and notes nothing of how that came to be.
    if source.by == Source::ROLLBACK {
        return vec![Why::Rollback];
    }
    let property = change.property();
    let want = node.desired.get(property);
    let is_here = seen.get(node.name).and_then(|it| it.props.get(property));
    let mut why = Vec::new();
    if noted.had(property, want) {
        // What is wanted is what was deployed: all that differs has moved, or is about to.
        if !only_follows(change) {
            why.push(Why::Drifted);
        }
    } else {
        why.push(intended(source, noted));
        let put_back = |it| note::unresolve(it, want.unwrap_or(&Value::Null), seen);
        if !noted.had(property, is_here) && !noted.had(property, is_here.map(put_back).as_ref()) {
            why.push(Why::Drifted);
        }
    }
    if waits(change) {
        why.push(Why::Follows);
    }
    why
}

/// Why something else is wanted than what was deployed.
fn intended(source: &Source, noted: &Note) -> Why {
    if noted.source.by == Source::ROLLBACK {
        Why::Rollback
    } else if noted.source.input == source.input {
        Why::Edgegate
    } else {
        Why::Configuration
    }
}

fn waits(change: &Change) -> bool {
    change.after.as_ref().is_some_and(|it| !tree::references(it).is_empty())
}

/// Whether nothing differs but what other steps of the plan will say.
fn only_follows(change: &Change) -> bool {
    let (Some(Value::String(before)), Some(Value::String(after))) = (&change.before, &change.after)
    else {
        return false;
    };
    let mut rest = before.as_str();
    let parts = tree::around_references(after);
    let Some((last, firsts)) = parts.split_last() else { return false };
    for (at, part) in firsts.iter().enumerate() {
        let Some(found) = rest.find(part).filter(|it| at > 0 || *it == 0) else { return false };
        rest = &rest[found + part.len()..];
    }
    !firsts.is_empty() && rest.ends_with(last)
}
