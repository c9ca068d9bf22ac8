//! Why something differs: what was deployed last says it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use engine::{Goal, Graph, Node, Observed, Review, Scope, Snapshot, Source, Why, plan};
use serde_json::{Value, json};

fn stack(code: &str, price: &str) -> Graph {
    let node = |name, desired| Node {
        name,
        desired,
        volatile: &["version"],
        aside: &[],
        transient: &[],
        judge: |_, _| Vec::new(),
    };
    let edge = json!({"runs": ["arn:fn:${function.version}"], "price": price, "on": true});
    let graph = Graph::new(vec![
        node("role", json!({"trust": "lambda"})),
        node("function", json!({"role": "${role.id}", "code": code})),
        node("distribution", edge),
    ]);
    graph.unwrap()
}

fn of(version: &str, input: &str) -> Source {
    Source { by: version.to_owned(), input: input.to_owned() }
}

/// That graph as it was deployed, and noted.
fn deployed(graph: &Graph) -> Snapshot {
    let one = |name, props: Value| {
        let outputs = [("id".into(), format!("{name}-1")), ("version".into(), "1".into())].into();
        (name, Observed { props, outputs, ..Observed::default() })
    };
    let want = |name: &str| graph.node(name).unwrap().desired.clone();
    let mut seen = Snapshot::from([
        one("role", want("role")),
        one("function", json!({"role": "role-1", "code": want("function")["code"]})),
        one("distribution", {
            let mut props = want("distribution");
            props["runs"] = json!(["arn:fn:1"]);
            props
        }),
    ]);
    let notes = graph.notes(&seen);
    seen.get_mut("role").unwrap().notes = notes;
    seen
}

fn change(seen: &mut Snapshot, name: &str, property: &str, value: Value) {
    seen.get_mut(name).unwrap().props[property] = value;
}

/// Each change with its reasons.
fn reasons(graph: &Graph, seen: &Snapshot) -> String {
    let steps = plan(graph, Goal::Present, seen);
    let changes = steps.iter().flat_map(|step| step.changes.iter().map(move |it| (step, it)));
    let line = |(step, it): (&engine::Step, &engine::Change)| {
        let by = step.deployed_by.as_ref().map_or(String::new(), |it| format!(" (by {it})"));
        let why: Vec<_> = it.why.iter().map(|it| json!(it).as_str().unwrap().to_owned()).collect();
        format!("{}{}: {}{by}", step.resource, it.path, why.join(" "))
    };
    changes.map(line).collect::<Vec<_>>().join("\n")
}

fn noted() -> (Graph, Snapshot) {
    let graph = stack("a", "100").made_from(of("1.0.0", "one"));
    let seen = deployed(&graph);
    (graph, seen)
}

#[test]
fn what_was_deployed_is_noted_once() {
    let (graph, seen) = noted();
    assert_eq!(plan(&graph, Goal::Present, &seen), []);
    assert!(graph.notes(&seen).is_empty(), "there is nothing new to note");
    let other = stack("b", "100").made_from(of("1.0.0", "two"));
    assert_eq!(other.notes(&seen).len(), 3, "what it was made from is noted with each");
}

#[test]
fn another_configuration_and_what_follows_from_it() {
    let (_, seen) = noted();
    let other = stack("b", "100").made_from(of("1.0.0", "two"));
    insta::assert_snapshot!(reasons(&other, &seen), @"
    function/code: configuration
    distribution/runs/0: follows
    ");
}

#[test]
fn somebody_was_in_the_console() {
    let (graph, mut seen) = noted();
    change(&mut seen, "distribution", "price", json!("all"));
    change(&mut seen, "distribution", "runs", json!([]));
    change(&mut seen, "role", "more", json!("*"));
    insta::assert_snapshot!(reasons(&graph, &seen), @"
    role/more: drifted
    distribution/price: drifted
    distribution/runs: drifted
    ");
}

#[test]
fn both_at_once() {
    let (_, mut seen) = noted();
    change(&mut seen, "distribution", "price", json!("all"));
    change(&mut seen, "distribution", "on", json!(false));
    change(&mut seen, "function", "role", json!("other"));
    let other = stack("b", "200").made_from(of("1.1.0", "two"));
    insta::assert_snapshot!(reasons(&other, &seen), @"
    function/code: configuration (by 1.0.0)
    function/role: drifted (by 1.0.0)
    distribution/on: drifted (by 1.0.0)
    distribution/price: configuration drifted (by 1.0.0)
    distribution/runs/0: follows (by 1.0.0)
    ");
}

#[test]
fn a_newer_edgegate_with_other_defaults() {
    let (_, seen) = noted();
    let newer = stack("a", "200").made_from(of("1.1.0", "one"));
    insta::assert_snapshot!(reasons(&newer, &seen), @"distribution/price: edgegate (by 1.0.0)");
}

#[test]
fn the_one_behind_and_the_one_that_follows_are_told_apart() {
    let (_, mut seen) = noted();
    change(&mut seen, "distribution", "runs", json!(["arn:other:7"]));
    let other = stack("b", "100").made_from(of("1.0.0", "two"));
    insta::assert_snapshot!(reasons(&other, &seen), @"
    function/code: configuration
    distribution/runs/0: drifted follows
    ");
}

#[test]
fn what_was_deployed_and_is_gone() {
    let (graph, mut seen) = noted();
    seen.remove("distribution");
    let steps = plan(&graph, Goal::Present, &seen);
    assert_eq!(steps[0].changes[0].why, [Why::Gone]);
}

#[test]
fn the_way_forward_from_a_rollback() {
    let (graph, mut seen) = noted();
    change(&mut seen, "distribution", "runs", json!(["arn:fn:0"]));
    let desired = seen["distribution"].props.clone();
    let back = Node { desired, ..graph.node("distribution").unwrap().clone() };
    let back = Graph::new(vec![back]).unwrap().made_from(of(Source::ROLLBACK, "-"));
    let notes = back.notes(&seen);
    seen.get_mut("role").unwrap().notes.extend(notes);
    insta::assert_snapshot!(reasons(&graph, &seen), @"distribution/runs/0: rollback");
    change(&mut seen, "distribution", "runs", json!([]));
    insta::assert_snapshot!(reasons(&graph, &seen), @"distribution/runs: rollback drifted");
}

#[test]
fn a_reader_sees_it_in_the_first_line_and_where_it_differs_in_each() {
    let (_, mut seen) = noted();
    change(&mut seen, "role", "trust", json!("anyone"));
    change(&mut seen, "distribution", "on", json!(false));
    let other = stack("b", "200").made_from(of("1.1.0", "two"));
    let steps = plan(&other, Goal::Present, &seen);
    let scope = Scope { stack: "photos", account: "000000000000", region: "us-east-1" };
    let review = Review::new(scope, &other, Goal::Present, &seen, &steps);
    insta::assert_snapshot!(review.to_text(80), @r#"
    Stack photos, account 000000000000, us-east-1

    ! update role: it drifted from what was deployed
    -     trust: anyone
    +     trust: lambda

    ! update function: the configuration changed; edgegate 1.0.0 deployed it last
    -     code: a
    +     code: b

    ! update distribution: the configuration changed; it drifted from what was deployed; it follows another change; edgegate 1.0.0 deployed it last
    -     on (drifted): false
    +     on (drifted): true
    -     price (configuration): "100"
    +     price (configuration): "200"
    -     runs.0 (follows): arn:fn:1
    +     runs.0 (follows): arn:fn:${function.version}

    Plan: 0 to create, 3 to update, 0 to delete, 0 unchanged.
    digest: sha256:5a0f97a655ec0799dc5bd20d9552a5443d408a664cb496e2371ceaa94dbde555
    "#);
    let markdown = review.to_markdown("plan.json");
    let summaries = markdown.lines().filter(|it| it.contains("<code>"));
    insta::assert_snapshot!(summaries.collect::<Vec<_>>().join("\n"), @"
    <details open><summary>update <code>role</code>: it drifted from what was deployed</summary>
    <details open><summary>update <code>function</code>: the configuration changed; edgegate 1.0.0 deployed it last</summary>
    <details open><summary>update <code>distribution</code>: the configuration changed; it drifted from what was deployed; it follows another change; edgegate 1.0.0 deployed it last</summary>
    ");
}
