//! The published versions of the function: all of them, those that nothing needs any more, and how
//! these go.

use crate::explain::{Explain, Failure, found};
use crate::function::{ABSENT, REPLICATED};
use crate::tree::more;
use crate::{Clients, Reporter, Watch};
use anyhow::{Context, Result};
use aws_sdk_lambda::Client;
use aws_sdk_lambda::types::FunctionConfiguration;
use config::Names;
use engine::{Action, Cleanup, Graph, Notes, Snapshot, Step};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many versions are kept: the one at the edge, and two that `deploy --rollback` can go back to.
const KEPT: usize = 3;

/// One published version.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    pub number: u64,
    /// With the number at its end.
    pub arn: String,
    /// Which authorizer, rules and keys are in it.
    pub description: String,
}

/// All that there are, in the order of their numbers; none when there is no function.
///
/// # Errors
/// They cannot be listed.
pub async fn versions(clients: &Clients, names: &Names) -> Result<Vec<Version>> {
    let all = published(&clients.lambda, &names.function).await;
    let all = all.context("cannot list the versions of the function")?.into_iter();
    let version = |(number, it): (u64, FunctionConfiguration)| {
        let description = it.description.unwrap_or_default();
        Some(Version { number, arn: it.function_arn?, description })
    };
    Ok(all.filter_map(version).collect())
}

/// By their numbers, and so without `$LATEST`. The list leaves out the state of each.
pub(crate) async fn published(
    lambda: &Client,
    function: &str,
) -> Result<BTreeMap<u64, FunctionConfiguration>, Failure> {
    let (mut all, mut marker) = (BTreeMap::new(), None);
    loop {
        let list = lambda.list_versions_by_function().function_name(function).set_marker(marker);
        let Some(page) = found(list.send().await.explain(), ABSENT)? else { return Ok(all) };
        let versions = page.versions.into_iter().flatten();
        all.extend(versions.filter_map(|it| Some((it.version.as_ref()?.parse().ok()?, it))));
        marker = more(page.next_marker);
        if marker.is_none() {
            return Ok(all);
        }
    }
}

/// The versions that nothing needs when `steps` are done, oldest first: the newest is at the edge
/// then, and the one that is there now, or was before it, is what a rollback puts back. None where the
/// graph is not that of a whole stack.
///
/// Of a deployment that was interrupted and is run again it is the same ones.
#[must_use]
pub fn superseded(graph: &Graph, seen: &Snapshot, steps: &[Step]) -> Vec<u64> {
    if graph.node("function").is_none() {
        return Vec::new();
    }
    let is_update = |it: &Step| it.resource == "function" && it.action != Action::Create;
    let coming = usize::from(steps.iter().any(is_update));
    let mut all = numbers(seen);
    all.truncate((all.len() + coming).saturating_sub(KEPT));
    let (front, before) = (at_edge(seen), noted(seen));
    all.retain(|it| !front.contains(it) && before != Some(*it));
    all
}

/// In the notes on the role: which version was in front before the one that is.
const BEFORE: &str = "before";

/// What to note before `steps` put another version in front: the number of the one that is there now.
/// It is noted first, because when the distribution has changed nothing tells it any more; a
/// deployment that was interrupted and is run again finds it noted.
#[must_use]
pub fn in_front_before(graph: &Graph, seen: &Snapshot, steps: &[Step]) -> Notes {
    let changes = |it: &Step| {
        let mut all = it.changes.iter();
        it.resource == "distribution" && all.any(|it| it.path.ends_with("/version_arn"))
    };
    // A rollback leaves the note: the next one goes further back, not forth again.
    if graph.node("function").is_none() || !steps.iter().any(changes) {
        return Notes::new();
    }
    let front = at_edge(seen).into_iter().max().filter(|it| noted(seen) != Some(*it));
    front.map(|it| (BEFORE.to_owned(), it.to_string())).into_iter().collect()
}

/// The version that was in front before the newest one was put there, if that was noted.
#[must_use]
pub fn noted(seen: &Snapshot) -> Option<u64> {
    seen.get("role")?.notes.get(BEFORE)?.parse().ok()
}

/// What a plan says of those.
#[must_use]
pub fn cleanup(superseded: &[u64]) -> Vec<Cleanup> {
    let numbers: Vec<_> = superseded.iter().map(ToString::to_string).collect();
    let (plural, verb) = if numbers.len() > 1 { ("versions", "are") } else { ("version", "is") };
    let sentence = format!(
        "{plural} {} {verb} deleted, as {KEPT} are kept; what an edge still holds goes with a later \
         deployment",
        numbers.join(", ")
    );
    (!numbers.is_empty())
        .then_some(Cleanup { resource: "function", sentence })
        .into_iter()
        .collect()
}

/// Deletes what was planned to go, now that the stack is as `seen`. What AWS does not let go of yet
/// is left.
///
/// # Errors
/// AWS refuses for a reason that does not pass by itself.
pub async fn prune(
    clients: &Clients,
    names: &Names,
    seen: &Snapshot,
    superseded: &[u64],
    watch: &Arc<dyn Watch>,
) -> Result<()> {
    let (all, at_edge) = (numbers(seen), at_edge(seen));
    let report = Reporter::new("function", watch);
    let doomed = superseded.iter().filter(|it| all.contains(it) && !at_edge.contains(it));
    // Should the deployment have published nothing new, there is less to delete than expected.
    for number in doomed.take(all.len().saturating_sub(KEPT)) {
        let delete = clients.lambda.delete_function().function_name(&names.function);
        let answer = delete.qualifier(number.to_string()).send().await.explain();
        match found(answer, ABSENT) {
            Ok(_) => report.came_to(&format!("version {number} of the function is deleted")),
            // Its replicas take hours to go; or an alias that somebody made refers to it.
            Err(failure) if failure.is_any(REPLICATED) || failure.is(IN_USE) => {
                let text =
                    format!("version {number} of the function stays: something still uses it");
                report.came_to(&text);
            }
            Err(failure) => {
                let what = format!("all is deployed, but version {number} cannot be deleted");
                return Err(anyhow::Error::new(failure).context(what));
            }
        }
    }
    Ok(())
}

const IN_USE: &[&str] = &["ResourceConflictException"];

/// In their order.
fn numbers(seen: &Snapshot) -> Vec<u64> {
    let all = seen.get("function").and_then(|it| it.outputs.get("versions"));
    all.into_iter().flat_map(|it| it.split(' ')).filter_map(|it| it.parse().ok()).collect()
}

/// Those that the distribution names, wherever in it.
fn at_edge(seen: &Snapshot) -> BTreeSet<u64> {
    let Some(arn) = seen.get("function").and_then(|it| it.outputs.get("arn")) else {
        return BTreeSet::new();
    };
    let mut texts = Vec::new();
    if let Some(it) = seen.get("distribution") {
        collect(&it.props, &mut texts);
    }
    let number = |it: &str| it.strip_prefix(arn.as_str())?.strip_prefix(':')?.parse().ok();
    texts.into_iter().filter_map(number).collect()
}

fn collect<'a>(tree: &'a Value, texts: &mut Vec<&'a str>) {
    match tree {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter().for_each(|it| collect(it, texts)),
        Value::Object(fields) => fields.values().for_each(|it| collect(it, texts)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use engine::{Goal, Observed, plan};
    use serde_json::json;

    const ARN: &str = "arn:aws:lambda:us-east-1:1:function:photos-authorizer";

    fn seen(versions: &str) -> Snapshot {
        let outputs = [("arn", ARN), ("versions", versions)];
        let outputs = outputs.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        [(
            "function",
            Observed { props: json!({"published": true}), outputs, ..Observed::default() },
        )]
        .into()
    }

    fn doomed(versions: &str, steps: &[Step]) -> Vec<u64> {
        superseded(&testing::graph(), &seen(versions), steps)
    }

    #[test]
    fn the_newest_three_are_kept() {
        assert!(doomed("1 2 3", &[]).is_empty());
        assert_eq!(doomed("1 2 3 4 10", &[]), [1, 2]);
        assert!(superseded(&testing::graph(), &Snapshot::new(), &[]).is_empty());
    }

    #[test]
    fn a_version_that_is_to_come_counts() {
        let steps = plan(&testing::graph(), Goal::Present, &seen("1 2 3"));
        assert_eq!(doomed("1 2 3", &steps), [1]);
        assert!(doomed("1 2", &steps).is_empty());
    }

    /// With that version at the edge, and that one noted as the one before it.
    fn in_front(mut seen: Snapshot, front: u64, before: &str) -> Snapshot {
        let function = json!({"event": "viewer-request", "version_arn": format!("{ARN}:{front}")});
        let props = json!({"behavior": {"functions": [function]}});
        seen.insert("distribution", Observed { props, ..Observed::default() });
        let notes = [(BEFORE.to_owned(), before.to_owned())].into();
        seen.insert("role", Observed { notes, ..Observed::default() });
        seen
    }

    #[test]
    fn what_a_rollback_puts_back_is_kept_whatever_its_number() {
        let of = |front, before| {
            superseded(&testing::graph(), &in_front(seen("1 2 3 4 5"), front, before), &[])
        };
        assert_eq!(of(5, "1"), [2], "1 was in front before 5");
        assert_eq!(of(2, ""), [1], "2 is in front");
        assert_eq!(of(5, "4"), [1, 2]);
    }

    #[test]
    fn the_version_in_front_is_noted_before_another_takes_its_place() {
        let graph = testing::graph();
        let notes = |front, before| {
            let seen = in_front(seen("1 2 3"), front, before);
            in_front_before(&graph, &seen, &plan(&graph, Goal::Present, &seen)).into_values().next()
        };
        assert_eq!(notes(2, "1").as_deref(), Some("2"));
        assert_eq!(notes(2, "2"), None, "it is noted");
        assert!(in_front_before(&graph, &in_front(seen("1"), 1, ""), &[]).is_empty());
    }

    #[test]
    fn what_is_at_the_edge_is_found_wherever_it_is_named() {
        let mut seen = seen("1 2 3");
        let at = |number: &str| json!({"version_arn": format!("{ARN}:{number}")});
        let props = json!({"behavior": {"functions": [at("2")]}, "path_behaviors": [[at("3")]]});
        seen.insert(
            "distribution",
            Observed { props, outputs: BTreeMap::new(), ..Observed::default() },
        );
        assert_eq!(at_edge(&seen), [2, 3].into());
    }

    #[test]
    fn a_plan_says_so() {
        assert!(cleanup(&[]).is_empty());
        insta::assert_snapshot!(cleanup(&[1, 3])[0].sentence, @"versions 1, 3 are deleted, as 3 are kept; what an edge still holds goes with a later deployment");
    }
}
