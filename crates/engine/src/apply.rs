//! The only functions that reach a cloud.

use crate::{Action, Cloud, Deletion, Graph, Observed, Snapshot, Step, tree};
use anyhow::{Context, Result, bail};
use futures_util::future::try_join_all;
use serde::Serialize;

/// Told of each step as it begins and ends.
pub trait Progress: Sync {
    fn started(&self, step: &Step);
    fn finished(&self, step: &Step);
    /// It has to wait, for this reason.
    fn postponed(&self, step: &Step, reason: &str);
}

/// A deletion that has to wait.
#[derive(Debug, PartialEq, Serialize)]
pub struct Pending {
    pub resource: &'static str,
    pub reason: String,
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

/// Carries out the steps, one after the other, and keeps `seen` true.
///
/// A deletion that is pending holds back the deletion of what it depends on, and nothing else.
///
/// # Errors
/// The first write that fails. Run again, a new plan goes on from there.
pub async fn apply(
    graph: &Graph,
    steps: &[Step],
    cloud: &Cloud,
    seen: &mut Snapshot,
    progress: &dyn Progress,
) -> Result<Vec<Pending>> {
    let mut pending: Vec<Pending> = Vec::new();
    for step in steps {
        let name = step.resource;
        if step.action == Action::Delete
            && let Some(holder) = pending.iter().find(|it| graph.depends(it.resource, name))
        {
            let reason = format!("the {} still uses it", holder.resource);
            pending.push(Pending { resource: name, reason });
            continue;
        }
        progress.started(step);
        match carry_out(graph, step, cloud, seen).await? {
            Outcome::Exists(observed) => drop(seen.insert(name, observed)),
            Outcome::Gone => drop(seen.remove(name)),
            Outcome::Later(reason) => {
                progress.postponed(step, &reason);
                pending.push(Pending { resource: name, reason });
                continue;
            }
        }
        progress.finished(step);
    }
    Ok(pending)
}

enum Outcome {
    Exists(Observed),
    Gone,
    Later(String),
}

async fn carry_out(graph: &Graph, step: &Step, cloud: &Cloud, seen: &Snapshot) -> Result<Outcome> {
    let name = step.resource;
    let (Some(node), Some(resource)) = (graph.node(name), cloud.get(name)) else {
        bail!("the plan names an unknown resource: {name}");
    };
    let current = || seen.get(name).with_context(|| format!("the {name} was not observed"));
    let desired = || tree::resolve_fully(name, &node.desired, seen);
    match step.action {
        Action::Create => {
            let made = resource.create(&desired()?).await;
            made.map(Outcome::Exists).with_context(|| format!("cannot create the {name}"))
        }
        Action::Update => {
            let updated = resource.update(current()?, &desired()?).await;
            updated.map(Outcome::Exists).with_context(|| format!("cannot update the {name}"))
        }
        Action::Delete => match resource.delete(current()?).await {
            Ok(Deletion::Done) => Ok(Outcome::Gone),
            Ok(Deletion::Pending(reason)) => Ok(Outcome::Later(reason)),
            Err(error) => Err(error.context(format!("cannot delete the {name}"))),
        },
    }
}
