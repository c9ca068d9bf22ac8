//! Narrowing first, widening last, as far as references allow.

use crate::{Direction, Graph, Step};

/// A step's place among the others. Within one place the order of references is kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// It narrows, or something that narrows waits for it, and no widening is involved.
    First,
    /// The same, where a widening has to come before.
    Early,
    Middle,
    /// It widens, or waits for something that does.
    Last,
}

/// If a deployment stops half way, what was to be taken away should be gone, and what was to be
/// granted not there yet.
///
/// Steps that come in the order of references still do: what a step needs stands in its place or
/// in an earlier one.
pub(crate) fn arrange(graph: &Graph, steps: &mut [Step]) {
    let (narrowing, widening) = (of(steps, narrows), of(steps, widens));
    let waits = |name: &str| widening.iter().any(|it| is_or_needs(graph, name, it));
    let place = |step: &Step| {
        let name = step.resource;
        let mut awaiting =
            narrowing.iter().filter(|it| is_or_needs(graph, it, name)).map(|it| waits(it));
        match awaiting.next() {
            Some(first) if first && awaiting.all(|it| it) => Place::Early,
            Some(_) => Place::First,
            None if waits(name) => Place::Last,
            None => Place::Middle,
        }
    };
    let places: Vec<_> = steps.iter().map(|step| (step.resource, place(step))).collect();
    let at = |step: &Step| places.iter().find(|(name, _)| *name == step.resource).map(|it| it.1);
    steps.sort_by_key(at);
}

/// What widens waits for what narrows, though neither refers to the other.
pub(crate) fn waits(step: &Step, earlier: &Step) -> bool {
    widens(step) && narrows(earlier)
}

/// A step that does both has to be treated as the one that opens something.
fn widens(step: &Step) -> bool {
    step.findings.iter().any(|it| it.direction == Direction::Widens)
}

fn narrows(step: &Step) -> bool {
    !widens(step) && step.findings.iter().any(|it| it.direction == Direction::Narrows)
}

fn of(steps: &[Step], class: fn(&Step) -> bool) -> Vec<&'static str> {
    steps.iter().filter(|it| class(it)).map(|it| it.resource).collect()
}

fn is_or_needs(graph: &Graph, name: &str, other: &str) -> bool {
    name == other || graph.depends(name, other)
}
