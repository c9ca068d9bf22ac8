//! `deploy --rollback`: the stack as it is, with the version before the current one in front.

use crate::output;
use crate::stack::Stack;
use anyhow::{Context, Result};
use aws::Version;
use engine::{Failed, Graph, Node, Snapshot, Source};
use serde_json::Value;

/// Where a distribution says which version runs.
pub(crate) const ASSOCIATED: &str = "/behavior/functions/0/version_arn";

/// What a rollback wants: the distribution, with nothing but its version changed.
///
/// # Errors
/// Nothing is deployed, or there is no earlier version.
pub(crate) async fn graph(stack: &Stack, seen: &Snapshot) -> Result<Graph> {
    let props = seen.get("distribution").map(|it| &it.props);
    let current = props.and_then(|it| it.pointer(ASSOCIATED)).and_then(Value::as_str);
    let (Some(props), Some(current)) = (props, current) else {
        return Err(failed("nothing is deployed that could be rolled back").into());
    };
    let versions = aws::versions(&stack.clients, &stack.names).await?;
    let (from, to) = around(&versions, current, aws::noted(seen))?;
    output::note(&format!("from version {}: {}", from.number, from.description));
    output::note(&format!("  to version {}: {}", to.number, to.description));
    let mut desired = props.clone();
    if let Some(arn) = desired.pointer_mut(ASSOCIATED) {
        *arn = to.arn.clone().into();
    }
    let node = stack.graph.node("distribution").context("the stack has no distribution")?;
    let graph = Graph::new(vec![Node { desired, volatile: &[], ..node.clone() }])?;
    let source = Source::of(Source::ROLLBACK, &to.number.into());
    Ok(graph.made_from(source))
}

/// The version with that ARN, and the one to go back to: what was noted to have been in front before
/// it, or else the one before it by its number.
///
/// Only an older one: after a rollback it is the newer one that was in front before, and nobody wants
/// that back.
fn around<'a>(
    versions: &'a [Version],
    current: &str,
    noted: Option<u64>,
) -> Result<(&'a Version, &'a Version)> {
    let at = versions.iter().position(|it| it.arn == current);
    let Some(at) = at else {
        return Err(failed("the distribution runs a version that does not exist").into());
    };
    let noted = versions[..at].iter().find(|it| Some(it.number) == noted);
    let Some(before) = noted.or_else(|| versions.get(at.checked_sub(1)?)) else {
        let message = format!("version {} is the oldest that is kept", versions[at].number);
        return Err(failed(&message).into());
    };
    Ok((&versions[at], before))
}

fn failed(message: &str) -> Failed {
    let hint = "change the configuration back, and deploy that: cargo xtask deploy".to_owned();
    Failed { message: message.to_owned(), hint }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_is_to_the_one_before() {
        let version = |number: u64| Version {
            number,
            arn: format!("arn:{number}"),
            description: String::new(),
        };
        let versions = [1, 2, 5].map(version);
        let (from, to) = around(&versions, "arn:5", None).unwrap();
        assert_eq!((from.number, to.number), (5, 2), "numbers of deleted versions are missing");
        assert_eq!(around(&versions, "arn:5", Some(1)).unwrap().1.number, 1, "2 was rolled back");
        assert_eq!(around(&versions, "arn:5", Some(4)).unwrap().1.number, 2, "4 is gone");
        assert_eq!(around(&versions, "arn:2", Some(5)).unwrap().1.number, 1, "never forth");
        assert!(around(&versions, "arn:1", None).is_err());
        assert!(around(&versions, "arn:3", None).is_err());
    }
}
