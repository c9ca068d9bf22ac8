//! The points that what is deployed tells by being deployed.

use super::row::{Row, Verdict};
use crate::rollback::ASSOCIATED;
use crate::stack::Stack;
use engine::{Goal, Severity, Snapshot, State};
use serde_json::Value;

/// Viewer functions had these limits until AWS's pages began to disagree about them (CloudFront
/// developer guide, "Quotas on Lambda@Edge").
const MEMORY_MB: u64 = 128;

pub(super) fn look(stack: &Stack, seen: &Snapshot, asked: &[Row]) -> Vec<Row> {
    let answers = asked.iter().any(|it| it.point == "strangers" && it.verdict == Verdict::Holds);
    let prop = |node: &str, at: &str| seen.get(node).and_then(|it| it.props.pointer(at));
    let associated = prop("distribution", ASSOCIATED).is_some();
    let runtime = prop("function", "/runtime").and_then(Value::as_str).unwrap_or("none");
    let memory = prop("function", "/memory_mb").and_then(Value::as_u64).unwrap_or_default();
    let answering = |holds: bool| if holds { "it answers" } else { "it does not answer" };
    let runs = answering(answers && associated);
    let size = if memory > MEMORY_MB {
        Row::same("function-size", format!("give the function {memory} MB"), answering(true), runs)
    } else {
        let why = format!(
            "not checked: this stack's function has {memory} MB and little code, which every page of \
             AWS's allows"
        );
        Row::open(
            "function-size",
            format!("give the function more than {MEMORY_MB} MB, or 1 MB of code"),
            why,
        )
    };
    let done = format!("run the function with {runtime}");
    vec![
        Row::same("runtime", done, answering(true), runs),
        size,
        as_configured(stack, seen),
        doors(stack, seen),
    ]
}

fn as_configured(stack: &Stack, seen: &Snapshot) -> Row {
    let steps = engine::plan(&stack.graph, Goal::Present, seen);
    let changed: Vec<_> = steps.iter().map(|it| it.resource).collect();
    let got = if changed.is_empty() {
        "nothing".to_owned()
    } else {
        format!("{}: see cargo xtask plan", changed.join(", "))
    };
    Row::same("configuration", "plan what a deployment would change", "nothing", got)
}

/// No other way to the images: another behaviour, another distribution, a grant that is too wide.
fn doors(stack: &Stack, seen: &Snapshot) -> Row {
    let steps = engine::plan(&stack.graph, Goal::Present, seen);
    let review = stack.review(Goal::Present, seen, &steps);
    let is_door = |it: &&engine::Lint| {
        let there = matches!(it.state, State::Observed | State::Kept);
        there && it.severity == Severity::Warning
    };
    let found = review.lints.iter().filter(is_door).map(|it| it.sentence.as_str());
    let found: Vec<_> = found.collect();
    let got = if found.is_empty() { "none".to_owned() } else { found.join("; ") };
    Row::same("doors", "look for other ways to the images", "none", got)
}
