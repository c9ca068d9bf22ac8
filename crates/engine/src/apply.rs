//! The only functions that reach a cloud.

use crate::{Action, Cloud, Deletion, Graph, Observed, Snapshot, Step, order, tree};
use anyhow::{Context, Result, bail};
use futures_util::StreamExt as _;
use futures_util::future::try_join_all;
use futures_util::stream::FuturesUnordered;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Told of each step as it begins and ends.
pub trait Progress: Sync {
    /// All that will be done: each step, and the resources whose steps must be finished before.
    fn planned(&self, steps: &[(&Step, Vec<&'static str>)]);
    fn started(&self, step: &Step);
    fn finished(&self, step: &Step);
    /// It has to wait, for this reason.
    fn postponed(&self, step: &Step, reason: &str);
    /// It failed beside the one whose error [`apply`] returns.
    fn failed(&self, step: &Step, error: &anyhow::Error);
}

/// A deletion that has to wait.
#[derive(Debug, PartialEq)]
pub struct Pending {
    pub resource: &'static str,
    pub reason: String,
    pub waits_for: WaitsFor,
}

/// What has to happen first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitsFor {
    /// Something that the cloud does by itself.
    Time,
    /// Somebody else has to let go of it.
    Others,
}

/// Reads every resource, all at once.
///
/// # Errors
/// The first read that fails, with the name of its resource.
pub async fn observe(cloud: &Cloud) -> Result<Snapshot> {
    let reads = cloud.iter().map(|(name, resource)| async move {
        let found = resource.read().await.with_context(|| format!("cannot read the {name}"))?;
        Ok::<_, anyhow::Error>(found.map(|it| (*name, it)))
    });
    Ok(try_join_all(reads).await?.into_iter().flatten().collect())
}

/// Reads again, after `steps`, what their own answers have not shown.
///
/// # Errors
/// As those of [`observe`].
pub async fn observe_again(cloud: &Cloud, steps: &[Step], seen: &Snapshot) -> Result<Snapshot> {
    let is_shown = |name: &str| {
        let created = |it: &Step| it.resource == name && it.action == Action::Create;
        steps.iter().any(created) && cloud.get(name).is_some_and(|it| it.create_shows_all())
    };
    let reads = cloud.iter().map(|(name, resource)| async move {
        if is_shown(name) {
            return Ok(seen.get(name).map(|it| (*name, it.clone())));
        }
        let found = resource.read().await.with_context(|| format!("cannot read the {name}"))?;
        Ok::<_, anyhow::Error>(found.map(|it| (*name, it)))
    });
    Ok(try_join_all(reads).await?.into_iter().flatten().collect())
}

/// Carries out the steps and keeps `seen` true.
///
/// What an update takes away comes before everything else, where its resource can tell that apart. Then a
/// step waits for those before it that it depends on; what is independent runs at the same time.
/// A deletion that is pending holds back the deletion of what it depends on, and nothing else.
///
/// # Errors
/// The first write that fails, in the order of the steps; `progress` is told of others. What runs by then is
/// finished and nothing else is begun. Run again, a new plan goes on from there.
pub async fn apply(
    graph: &Graph,
    steps: &[Step],
    cloud: &Cloud,
    seen: &mut Snapshot,
    progress: &dyn Progress,
) -> Result<Vec<Pending>> {
    let planned = steps.iter().enumerate().map(|(at, step)| (step, before(graph, steps, at)));
    progress.planned(&planned.collect::<Vec<_>>());
    narrow(graph, steps, cloud, seen).await?;
    let mut books = Books::new(graph, steps, progress);
    let mut running = FuturesUnordered::new();
    loop {
        while let Some(at) = books.next_ready() {
            if let Some(write) = books.begin(at, seen) {
                running.push(async move { (at, write.carry_out(cloud).await) });
            }
        }
        let Some((at, outcome)) = running.next().await else { return books.close() };
        books.enter(at, outcome, seen);
    }
}

/// The steps that others come before can take minutes to begin, and what they close would be open for as
/// long.
///
/// Not in an adoption: what was made by hand works by grants that look like a stranger's, and nothing is
/// the stack's yet.
async fn narrow(graph: &Graph, steps: &[Step], cloud: &Cloud, seen: &mut Snapshot) -> Result<()> {
    if steps.iter().any(|step| step.action == Action::Adopt) {
        return Ok(());
    }
    for (at, Step { resource: name, action, .. }) in steps.iter().enumerate() {
        if *action != Action::Update || before(graph, steps, at).is_empty() {
            continue;
        }
        let (node, resource) = (graph.node(name), cloud.get(name));
        let (Some(node), Some(resource), Some(current)) = (node, resource, seen.get(name)) else {
            continue;
        };
        let desired = tree::resolve(&node.desired, seen);
        let narrowed = resource.narrow(current, &desired).await;
        if let Some(it) = narrowed.with_context(|| format!("cannot update the {name}"))? {
            seen.insert(name, it);
        }
    }
    Ok(())
}

/// Which steps wait, run, have to wait for longer, or have failed.
struct Books<'a> {
    graph: &'a Graph,
    steps: &'a [Step],
    progress: &'a dyn Progress,
    /// Not begun.
    waiting: BTreeSet<usize>,
    /// Not ended.
    open: BTreeSet<usize>,
    pending: BTreeMap<usize, Pending>,
    failed: BTreeMap<usize, anyhow::Error>,
}

impl<'a> Books<'a> {
    fn new(graph: &'a Graph, steps: &'a [Step], progress: &'a dyn Progress) -> Self {
        let open: BTreeSet<usize> = (0..steps.len()).collect();
        let (pending, failed) = (BTreeMap::new(), BTreeMap::new());
        Self { graph, steps, progress, waiting: open.clone(), open, pending, failed }
    }

    /// A step that nothing stands before, unless something has failed.
    fn next_ready(&mut self) -> Option<usize> {
        let is_free = |at: &&usize| is_free(self.graph, self.steps, &self.open, **at);
        let at = *self.waiting.iter().find(is_free).filter(|_| self.failed.is_empty())?;
        self.waiting.remove(&at);
        Some(at)
    }

    /// The write of a step, or nothing where that has to wait for longer.
    fn begin(&mut self, at: usize, seen: &Snapshot) -> Option<Write> {
        let step = &self.steps[at];
        if let Some(holder) = self.pending.values().find(|it| holds(self.graph, it, step)) {
            let reason = format!("the {} still uses it", holder.resource);
            let (resource, waits_for) = (step.resource, holder.waits_for);
            self.pending.insert(at, Pending { resource, reason, waits_for });
            self.open.remove(&at);
            return None;
        }
        self.progress.started(step);
        match Write::prepare(self.graph, step, seen) {
            Ok(write) => Some(write),
            Err(error) => {
                self.failed.insert(at, error);
                None
            }
        }
    }

    /// What came of a write, also in the snapshot.
    fn enter(&mut self, at: usize, outcome: Result<Outcome>, seen: &mut Snapshot) {
        self.open.remove(&at);
        let step = &self.steps[at];
        match outcome {
            Ok(Outcome::Exists(observed)) => drop(seen.insert(step.resource, observed)),
            Ok(Outcome::Gone) => drop(seen.remove(step.resource)),
            Ok(Outcome::Later(reason, waits_for)) => {
                self.progress.postponed(step, &reason);
                self.pending.insert(at, Pending { resource: step.resource, reason, waits_for });
                return;
            }
            Err(error) => return drop(self.failed.insert(at, error)),
        }
        self.progress.finished(step);
    }

    /// When nothing runs any more.
    fn close(mut self) -> Result<Vec<Pending>> {
        let Some((_, error)) = self.failed.pop_first() else {
            return Ok(self.pending.into_values().collect());
        };
        for (at, other) in &self.failed {
            self.progress.failed(&self.steps[*at], other);
        }
        Err(error)
    }
}

/// Whether nothing that must come before that step is still open.
fn is_free(graph: &Graph, steps: &[Step], open: &BTreeSet<usize>, at: usize) -> bool {
    let step = &steps[at];
    !open.range(..at).any(|other| {
        let other = &steps[*other];
        graph.depends(step.resource, other.resource)
            || graph.depends(other.resource, step.resource)
            || order::waits(step, other)
    })
}

/// What that step waits for, without what those wait for in turn.
fn before(graph: &Graph, steps: &[Step], at: usize) -> Vec<&'static str> {
    let step = &steps[at];
    let needs = |one: &Step, other: &Step| graph.needs(one.resource).any(|it| it == other.resource);
    let earlier = steps[..at].iter();
    let waits = |it: &&Step| needs(step, it) || needs(it, step) || order::waits(step, it);
    earlier.filter(waits).map(|it| it.resource).collect()
}

fn holds(graph: &Graph, pending: &Pending, step: &Step) -> bool {
    step.action == Action::Delete && graph.depends(pending.resource, step.resource)
}

enum Outcome {
    Exists(Observed),
    Gone,
    Later(String, WaitsFor),
}

/// One write with all that it needs, from the moment before it begins.
struct Write {
    name: &'static str,
    kind: Kind,
}

enum Kind {
    Create(Value),
    Update(Observed, Value),
    Delete(Observed),
}

impl Write {
    fn prepare(graph: &Graph, step: &Step, seen: &Snapshot) -> Result<Self> {
        let name = step.resource;
        let Some(node) = graph.node(name) else {
            bail!("the plan names an unknown resource: {name}");
        };
        let current =
            || seen.get(name).cloned().with_context(|| format!("the {name} was not observed"));
        let desired = || tree::resolve_fully(name, &node.desired, seen);
        let kind = match step.action {
            Action::Create => Kind::Create(desired()?),
            Action::Update | Action::Adopt => Kind::Update(current()?, desired()?),
            Action::Delete => Kind::Delete(current()?),
        };
        Ok(Self { name, kind })
    }

    async fn carry_out(self, cloud: &Cloud) -> Result<Outcome> {
        let name = self.name;
        let Some(resource) = cloud.get(name) else {
            bail!("the plan names an unknown resource: {name}");
        };
        match self.kind {
            Kind::Create(desired) => {
                let made = resource.create(&desired).await;
                made.map(Outcome::Exists).with_context(|| format!("cannot create the {name}"))
            }
            Kind::Update(current, desired) => {
                let updated = resource.update(&current, &desired).await;
                updated.map(Outcome::Exists).with_context(|| format!("cannot update the {name}"))
            }
            Kind::Delete(current) => match resource.delete(&current).await {
                Ok(Deletion::Done) => Ok(Outcome::Gone),
                Ok(Deletion::Pending(reason)) => Ok(Outcome::Later(reason, WaitsFor::Time)),
                Ok(Deletion::Shared(reason)) => Ok(Outcome::Later(reason, WaitsFor::Others)),
                Err(error) => Err(error.context(format!("cannot delete the {name}"))),
            },
        }
    }
}
