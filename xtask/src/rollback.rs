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
    let (from, to) = around(&versions, current)?;
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

/// The version with that ARN, and the one before it.
fn around<'a>(versions: &'a [Version], current: &str) -> Result<(&'a Version, &'a Version)> {
    let at = versions.iter().position(|it| it.arn == current);
    let Some(at) = at else {
        return Err(failed("the distribution runs a version that does not exist").into());
    };
    let Some(before) = at.checked_sub(1) else {
        let message = format!("version {} is the oldest that is kept", versions[at].number);
        return Err(failed(&message).into());
    };
    Ok((&versions[at], &versions[before]))
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
        let (from, to) = around(&versions, "arn:5").unwrap();
        assert_eq!((from.number, to.number), (5, 2), "numbers of deleted versions are missing");
        assert!(around(&versions, "arn:1").is_err());
        assert!(around(&versions, "arn:3").is_err());
    }
}
