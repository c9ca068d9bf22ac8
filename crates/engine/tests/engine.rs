//! The engine against a cloud in memory: order, references, interruption, digest.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use anyhow::{Result, bail};
use engine::{
    Action, Cloud, Deletion, Direction, Finding, Goal, Graph, Judge, Node, Observed, Progress,
    Resource, Review, Risk, Scope, Snapshot, Step, apply, observe, plan,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// A cloud of named things that fails where it is told to.
#[derive(Default)]
struct World {
    things: BTreeMap<&'static str, Observed>,
    writes: usize,
    fail_at: Option<usize>,
    replicated: bool,
    /// Which was narrowed, after how many writes.
    narrowed: Vec<(&'static str, usize)>,
}

type Shared = Arc<Mutex<World>>;

struct Fake {
    name: &'static str,
    world: Shared,
}

impl Fake {
    fn write(&self, id: Option<String>, props: Option<&Value>) -> Result<Observed> {
        let mut world = self.world.lock().unwrap();
        world.writes += 1;
        if world.fail_at == Some(world.writes) {
            bail!("injected")
        }
        world.things.remove(self.name);
        let id = id.unwrap_or_else(|| format!("{}-{}", self.name, world.writes));
        let version = format!("v{}", world.writes);
        let props = props.cloned().unwrap_or_default();
        let outputs = [("id".into(), id), ("version".into(), version)].into();
        let now = Observed { props, outputs, ..Observed::default() };
        if !now.props.is_null() {
            world.things.insert(self.name, now.clone());
        }
        Ok(now)
    }
}

#[async_trait::async_trait]
impl Resource for Fake {
    async fn read(&self) -> Result<Option<Observed>> {
        Ok(self.world.lock().unwrap().things.get(self.name).cloned())
    }
    async fn create(&self, desired: &Value) -> Result<Observed> {
        self.write(None, Some(desired))
    }
    async fn update(&self, current: &Observed, desired: &Value) -> Result<Observed> {
        self.write(Some(current.outputs["id"].clone()), Some(desired))
    }
    async fn narrow(&self, _: &Observed, _: &Value) -> Result<Option<Observed>> {
        let mut world = self.world.lock().unwrap();
        let writes = world.writes;
        world.narrowed.push((self.name, writes));
        Ok(None)
    }
    async fn delete(&self, _: &Observed) -> Result<Deletion> {
        if self.name == "function" && self.world.lock().unwrap().replicated {
            return Ok(Deletion::Pending("replicas remain".into()));
        }
        self.write(None, None).map(|_| Deletion::Done)
    }
}

struct Silent;

impl Progress for Silent {
    fn planned(&self, _: &[(&Step, Vec<&'static str>)]) {}
    fn started(&self, _: &Step) {}
    fn finished(&self, _: &Step) {}
    fn postponed(&self, _: &Step, _: &str) {}
    fn failed(&self, _: &Step, _: &anyhow::Error) {}
}

fn node(name: &'static str, desired: Value) -> Node {
    Node {
        name,
        desired,
        volatile: &["version"],
        aside: &[],
        transient: &["status"],
        judge: |_, _| Vec::new(),
    }
}

fn graph(code: &str) -> Graph {
    Graph::new(vec![
        node("policy", json!({"source": "${distribution.id}", "bucket": "${bucket.id}"})),
        node("distribution", json!({"origin": "${bucket.id}", "code": "fn:${function.version}"})),
        node("function", json!({"role": "${role.id}", "code": code})),
        node("role", json!({"trust": ["lambda", "edgelambda"]})),
        node("bucket", json!({"name": "images"})),
    ])
    .unwrap()
}

fn cloud(world: &Shared) -> Cloud {
    let fake = |name| -> (&'static str, Box<dyn Resource>) {
        (name, Box::new(Fake { name, world: world.clone() }))
    };
    ["policy", "distribution", "function", "role", "bucket"].map(fake).into()
}

async fn converge(graph: &Graph, goal: Goal, world: &Shared) -> Result<Vec<Step>> {
    let cloud = cloud(world);
    let mut seen = observe(&cloud).await?;
    let steps = plan(graph, goal, &seen);
    apply(graph, &steps, &cloud, &mut seen, &Silent).await?;
    assert_eq!(seen, observe(&cloud).await?, "apply keeps the snapshot true");
    Ok(steps)
}

fn outline(steps: &[Step]) -> Vec<(&str, Action)> {
    steps.iter().map(|step| (step.resource, step.action)).collect()
}

#[tokio::test]
async fn a_stack_is_created_updated_and_removed_in_the_order_of_its_references() {
    let world = Shared::default();
    let created = converge(&graph("a"), Goal::Present, &world).await.unwrap();
    let order = ["role", "bucket", "function", "distribution", "policy"];
    assert_eq!(outline(&created), order.map(|name| (name, Action::Create)));
    assert_eq!(converge(&graph("a"), Goal::Present, &world).await.unwrap(), []);

    let updated = converge(&graph("b"), Goal::Present, &world).await.unwrap();
    let update = ["function", "distribution"].map(|name| (name, Action::Update));
    assert_eq!(outline(&updated), update, "new code reaches the distribution");
    assert_eq!(updated[1].changes[0].after, Some(json!("fn:${function.version}")));

    let deleted = converge(&graph("b"), Goal::Absent, &world).await.unwrap();
    let mut reverse = order.map(|name| (name, Action::Delete));
    reverse.reverse();
    assert_eq!(outline(&deleted), reverse);
    assert!(world.lock().unwrap().things.is_empty());
}

#[tokio::test]
async fn whatever_write_fails_the_next_run_goes_on_from_there() {
    for fail_at in 1..=5 {
        let world = Shared::default();
        world.lock().unwrap().fail_at = Some(fail_at);
        let error = converge(&graph("a"), Goal::Present, &world).await.unwrap_err();
        assert!(format!("{error:#}").contains("cannot create the"), "{error:#}");
        let made = world.lock().unwrap().things.len();
        assert!(made + 1 >= fail_at, "what was running is finished");
        let rest = converge(&graph("a"), Goal::Present, &world).await.unwrap();
        assert_eq!(rest.len(), 5 - made, "only what was missing is done");
        assert_eq!(converge(&graph("a"), Goal::Present, &world).await.unwrap(), []);

        let writes = world.lock().unwrap().writes;
        world.lock().unwrap().fail_at = Some(writes + fail_at);
        converge(&graph("a"), Goal::Absent, &world).await.unwrap_err();
        converge(&graph("a"), Goal::Absent, &world).await.unwrap();
        assert!(world.lock().unwrap().things.is_empty());
    }
}

/// Remembers what began and what ended.
#[derive(Default)]
struct Log(Mutex<Vec<String>>);

impl Progress for Log {
    fn planned(&self, steps: &[(&Step, Vec<&'static str>)]) {
        let lines = steps.iter().map(|(step, after)| format!("{} after {after:?}", step.resource));
        self.0.lock().unwrap().extend(lines);
    }
    fn started(&self, step: &Step) {
        self.0.lock().unwrap().push(format!("{}..", step.resource));
    }
    fn finished(&self, step: &Step) {
        self.0.lock().unwrap().push(format!("..{}", step.resource));
    }
    fn postponed(&self, _: &Step, _: &str) {}
    fn failed(&self, _: &Step, _: &anyhow::Error) {}
}

#[tokio::test]
async fn what_is_independent_runs_at_the_same_time() {
    let (world, log, mut seen) = (Shared::default(), Log::default(), Snapshot::new());
    let steps = plan(&graph("a"), Goal::Present, &seen);
    apply(&graph("a"), &steps, &cloud(&world), &mut seen, &log).await.unwrap();
    let log = log.0.into_inner().unwrap();
    insta::assert_snapshot!(log[..5].join("\n"), @r#"
    role after []
    bucket after []
    function after ["role"]
    distribution after ["bucket", "function"]
    policy after ["bucket", "distribution"]
    "#);
    let at = |event: &str| log.iter().position(|it| it == event).unwrap();
    assert!(at("bucket..") < at("..role") && at("role..") < at("..bucket"), "{log:?}");
    assert!(at("..role") < at("function..") && at("..function") < at("distribution.."), "{log:?}");
}

/// An update that says of itself what it does to security.
fn judged(name: &'static str, direction: Direction) -> Node {
    let judge: Judge = match direction {
        Direction::Widens => |_, _| vec![finding(Direction::Widens)],
        Direction::Narrows => |_, _| vec![finding(Direction::Narrows)],
        Direction::Neutral => |_, _| vec![finding(Direction::Neutral)],
    };
    Node { judge, ..node(name, json!({"to": "new"})) }
}

fn finding(direction: Direction) -> Finding {
    Finding { path: String::new(), direction, risk: Risk::Low, sentence: "said".into() }
}

#[tokio::test]
async fn what_widens_waits_for_what_narrows_though_neither_refers_to_the_other() {
    let nodes = [
        ("keys", Direction::Widens),
        ("bucket", Direction::Narrows),
        ("role", Direction::Narrows),
        ("logs", Direction::Neutral),
    ];
    let graph = Graph::new(nodes.map(|(name, to)| judged(name, to)).into()).unwrap();
    let (world, log) = (Shared::default(), Log::default());
    let fake = |(name, _)| -> (&'static str, Box<dyn Resource>) {
        (name, Box::new(Fake { name, world: world.clone() }))
    };
    let cloud: Cloud = nodes.map(fake).into();
    let there = |(name, _)| {
        let outputs = [("id".to_owned(), format!("{name}-0"))].into();
        (name, Observed { props: json!({"to": "old"}), outputs, ..Observed::default() })
    };
    let mut seen: Snapshot = nodes.map(there).into();
    let steps = plan(&graph, Goal::Present, &seen);
    apply(&graph, &steps, &cloud, &mut seen, &log).await.unwrap();
    let log = log.0.into_inner().unwrap();
    assert_eq!(log[3], "keys after [\"bucket\", \"role\"]");
    let at = |event: &str| log.iter().position(|it| it == event).unwrap();
    assert!(at("..bucket") < at("keys..") && at("..role") < at("keys.."), "{log:?}");
    assert!(at("logs..") < at("..bucket"), "the neutral one waits for nobody: {log:?}");
}

#[tokio::test]
async fn what_has_to_wait_is_narrowed_before_the_first_write_but_not_in_an_adoption() {
    let world = Shared::default();
    converge(&graph("a"), Goal::Present, &world).await.unwrap();
    world.lock().unwrap().things.get_mut("policy").unwrap().props = json!({"source": "everybody"});
    let written = world.lock().unwrap().writes;
    let cloud = cloud(&world);
    let mut seen = observe(&cloud).await.unwrap();
    let mut steps = plan(&graph("b"), Goal::Present, &seen);
    let names: Vec<_> = steps.iter().map(|it| it.resource).collect();
    assert_eq!(names, ["function", "distribution", "policy"]);
    let mut before = seen.clone();
    apply(&graph("b"), &steps, &cloud, &mut seen, &Silent).await.unwrap();
    let narrowed = std::mem::take(&mut world.lock().unwrap().narrowed);
    assert_eq!(narrowed, [("distribution", written), ("policy", written)]);
    steps[1].action = Action::Adopt;
    apply(&graph("b"), &steps, &cloud, &mut before, &Silent).await.unwrap();
    assert_eq!(world.lock().unwrap().narrowed, []);
}

#[tokio::test]
async fn a_pending_deletion_holds_back_what_it_uses_and_nothing_else() {
    let world = Shared::default();
    converge(&graph("a"), Goal::Present, &world).await.unwrap();
    world.lock().unwrap().replicated = true;
    let cloud = cloud(&world);
    let mut seen = observe(&cloud).await.unwrap();
    let steps = plan(&graph("a"), Goal::Absent, &seen);
    let pending = apply(&graph("a"), &steps, &cloud, &mut seen, &Silent).await.unwrap();
    assert_eq!(pending.iter().map(|it| it.resource).collect::<Vec<_>>(), ["function", "role"]);
    assert_eq!(seen.into_keys().collect::<Vec<_>>(), ["function", "role"]);
}

#[tokio::test]
async fn what_vanished_is_made_again_and_its_dependents_follow() {
    let world = Shared::default();
    converge(&graph("a"), Goal::Present, &world).await.unwrap();
    world.lock().unwrap().things.remove("role");
    let steps = converge(&graph("a"), Goal::Present, &world).await.unwrap();
    let update = |name| (name, Action::Update);
    let expected = [("role", Action::Create), update("function"), update("distribution")];
    assert_eq!(outline(&steps), expected);
    assert_eq!(converge(&graph("a"), Goal::Present, &world).await.unwrap(), []);
}

#[test]
fn a_wrong_graph_is_refused_by_name() {
    let refused = |nodes| Graph::new(nodes).unwrap_err().to_string();
    let circle = vec![node("a", json!("${b.id}")), node("b", json!(["${a.id}"]))];
    insta::assert_snapshot!(refused(circle), @r#"these resources refer to one another in a circle: {"a", "b"}"#);
    let typo = vec![node("function", json!({"role": "${rol.arn}"}))];
    insta::assert_snapshot!(refused(typo), @"function refers to an unknown `${rol.arn}`");
    let iam = json!("${aws:PrincipalTag/team.name} ${aws:username}");
    assert!(Graph::new(vec![node("policy", iam)]).is_ok(), "IAM's variables are no references");
}

fn review(graph: &Graph, seen: &engine::Snapshot, render: fn(&Review) -> String) -> String {
    let steps = plan(graph, Goal::Present, seen);
    let scope = Scope { stack: "photos", account: "000000000000", region: "us-east-1" };
    render(&Review::new(scope, graph, Goal::Present, seen, &steps))
}

#[tokio::test]
async fn the_text_of_a_plan_says_what_changes_and_what_follows() {
    let world = Shared::default();
    converge(&graph("a"), Goal::Present, &world).await.unwrap();
    world.lock().unwrap().things.remove("role");
    let seen = observe(&cloud(&world)).await.unwrap();
    insta::assert_snapshot!(review(&graph("b"), &seen, |it| it.to_text(80).trim_end().into()), @"
    Stack photos, account 000000000000, us-east-1

    + create role
    +     trust: [lambda, edgelambda]

    ! update function: it follows another change; nothing notes what was deployed
    -     code (differs): a
    +     code (differs): b
    -     role (follows): role-1
    +     role (follows): ${role.id}

    ! update distribution: it follows another change
    -     code: fn:v3
    +     code: fn:${function.version}

    Plan: 1 to create, 2 to update, 0 to delete, 2 unchanged.
    digest: sha256:35e673f4c2ca0c3d13b903f49852b4ef0971176dd9a182682bfbd0f16e257330
    ");
}

#[test]
fn no_value_can_leave_its_line_or_its_block() {
    let hostile = json!({"k\n+ create backdoor": "v", "a": "x\n+ create backdoor", "e": "y\u{9b}2J\u{202e}z", "b": "```\n@everyone", "c": "true", "d": " "});
    let graph = Graph::new(vec![node("bucket", hostile)]).unwrap();
    insta::assert_snapshot!(review(&graph, &engine::Snapshot::new(), |it| it.to_markdown("plan.json").trim_end().into()), @r#"
    <!-- edgegate-plan photos -->
    ### edgegate plan: `photos`

    **Plan: 1 to create, 0 to update, 0 to delete, 0 unchanged.**

    <details><summary>create <code>bucket</code></summary>

    ````diff
    + create bucket
    +     a: "x\n+ create backdoor"
    +     b: "```\n@everyone"
    +     c: "true"
    +     d: " "
    +     e: "y\u{9b}2J\u{202e}z"
    +     k\u{a}+ create backdoor: v
    ````

    </details>

    <details><summary>Graph</summary>

    ```mermaid
    graph LR
      n0["bucket"]:::create
      classDef create fill:#dafbe1,stroke:#1a7f37,color:#1f2328
      classDef update fill:#fff8c5,stroke:#9a6700,color:#1f2328
      classDef adopt fill:#ddf4ff,stroke:#0969da,color:#1f2328
      classDef delete fill:#ffebe9,stroke:#cf222e,color:#1f2328
      classDef keep fill:#f6f8fa,stroke:#d1d9e0,color:#59636e
    ```

    </details>

    Account `000000000000`, us-east-1, digest `sha256:5255602372db7cde48441b813a47eeb65903474e57e5606064ed0b3dfffb26e0`
    "#);
}

#[tokio::test]
async fn the_digest_covers_desired_and_observed() {
    let world = Shared::default();
    converge(&graph("a"), Goal::Present, &world).await.unwrap();
    let seen = observe(&cloud(&world)).await.unwrap();
    let digest = |code: &str, seen: &engine::Snapshot| {
        review(&graph(code), seen, |review| review.digest.clone().unwrap())
    };
    assert_eq!(digest("b", &seen), digest("b", &seen));
    assert_ne!(digest("b", &seen), digest("c", &seen), "other desired state");
    let mut moved = seen.clone();
    moved.get_mut("bucket").unwrap().outputs.insert("etag".into(), "E2".into());
    assert_ne!(digest("b", &seen), digest("b", &moved), "other observed state");
}
