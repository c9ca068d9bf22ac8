//! Over random stacks: convergence, order, difference.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use engine::{Action, Direction, Finding, Goal, Graph, Node, Observed, Risk, Snapshot, Step, plan};
use proptest::prelude::*;
use serde_json::{Value, json};

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// A stack in which each node refers to some of those before it, in a random order.
fn stacks() -> impl Strategy<Value = Vec<Node>> {
    let bits = prop::collection::vec((any::<u8>(), any::<u8>()), NAMES.len());
    (bits, any::<u64>()).prop_map(|(bits, seed)| {
        let mut nodes: Vec<_> = bits.iter().zip(0..).map(|(it, at)| random_node(at, *it)).collect();
        let len = nodes.len();
        (0..len).for_each(|at| nodes.swap(at, usize::try_from(seed % 7).unwrap() * at % len));
        nodes
    })
}

fn random_node(at: usize, (mask, value): (u8, u8)) -> Node {
    let chosen = NAMES[..at].iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1);
    let needs: Vec<_> = chosen.map(|(_, name)| format!("${{{name}.id}}")).collect();
    let desired = json!({"needs": needs, "value": value});
    Node { name: NAMES[at], desired, volatile: &[], aside: &[], transient: &[], judge }
}

/// A larger value opens something, a smaller one closes it.
fn judge(before: Option<&Value>, after: Option<&Value>) -> Vec<Finding> {
    let value = |it: Option<&Value>| it.and_then(|it| it["value"].as_u64()).unwrap_or_default();
    let direction = match value(after).cmp(&value(before)) {
        std::cmp::Ordering::Greater => Direction::Widens,
        std::cmp::Ordering::Less => Direction::Narrows,
        std::cmp::Ordering::Equal => return Vec::new(),
    };
    vec![Finding { path: "/value".into(), direction, risk: Risk::Low, sentence: String::new() }]
}

/// What a cloud looks like after each step did what it says.
fn carry_out(graph: &Graph, goal: Goal, mut seen: Snapshot) -> Snapshot {
    for step in plan(graph, goal, &seen) {
        if step.action == Action::Delete {
            seen.remove(step.resource);
            continue;
        }
        let node = graph.node(step.resource).unwrap();
        let mut text = node.desired.to_string();
        for (name, observed) in &seen {
            text = text.replace(&format!("${{{name}.id}}"), &observed.outputs["id"]);
        }
        assert!(!text.contains("${"), "{} comes before what it needs", node.name);
        let props: Value = serde_json::from_str(&text).unwrap();
        let outputs = [("id".to_owned(), format!("id-{}", node.name))].into();
        seen.insert(node.name, Observed { props, outputs, ..Observed::default() });
    }
    seen
}

fn has(step: &Step, direction: Direction) -> bool {
    step.findings.iter().any(|it| it.direction == direction)
}

proptest! {
    #[test]
    fn every_stack_converges_and_goes_away(before in stacks(), after in stacks()) {
        let (before, after) = (Graph::new(before).unwrap(), Graph::new(after).unwrap());
        let seen = carry_out(&before, Goal::Present, Snapshot::new());
        prop_assert_eq!(plan(&before, Goal::Present, &seen), vec![]);
        let seen = carry_out(&after, Goal::Present, seen);
        prop_assert_eq!(plan(&after, Goal::Present, &seen), vec![]);
        prop_assert!(carry_out(&after, Goal::Absent, seen).is_empty());
    }

    #[test]
    fn narrowing_comes_first_and_widening_last(before in stacks(), after in stacks()) {
        let (before, after) = (Graph::new(before).unwrap(), Graph::new(after).unwrap());
        let seen = carry_out(&before, Goal::Present, Snapshot::new());
        let steps = plan(&after, Goal::Present, &seen);
        let needs = |one: &Step, other: &Step| after.depends(one.resource, other.resource);
        for (at, step) in steps.iter().enumerate() {
            let (earlier, later) = (&steps[..at], &steps[at + 1..]);
            prop_assert!(!later.iter().any(|it| needs(step, it)), "references come first");
            if has(step, Direction::Narrows) {
                let waits = steps.iter().any(|it| has(it, Direction::Widens) && needs(step, it));
                let overtaken = earlier.iter().any(|it| has(it, Direction::Widens));
                prop_assert!(waits || !overtaken, "{} is free and not first", step.resource);
            }
            if has(step, Direction::Widens) {
                let needed = |it: &&Step| has(it, Direction::Narrows) && needs(it, step);
                let opens = |it: &Step| has(it, Direction::Widens);
                let free =
                    |it: &Step| !opens(it) && !steps.iter().any(|w| opens(w) && needs(it, w));
                let early = later.iter().any(free) && !steps.iter().any(|it| needed(&it));
                prop_assert!(!early, "{} widens before what could come first", step.resource);
            }
        }
    }

    #[test]
    fn a_plan_is_deterministic(stack in stacks()) {
        let graph = Graph::new(stack).unwrap();
        let plans = [(); 2].map(|()| plan(&graph, Goal::Present, &Snapshot::new()));
        prop_assert_eq!(&plans[0], &plans[1]);
    }
}
