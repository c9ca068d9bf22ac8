//! The function's role: who may be it, and what it may do.

use super::lists::differences;
use super::{at, narrows, statements, widens};
use engine::{Finding, Risk};
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) fn judge(before: Option<&Value>, after: Option<&Value>) -> Vec<Finding> {
    let trust = (at(before, "/trust"), at(after, "/trust"));
    let mut findings = statements::judge(&statements::TRUST, trust.0, trust.1);
    if after.is_none() {
        return findings;
    }
    let (attached, detached) =
        differences(at(before, "/managed_policies"), at(after, "/managed_policies"));
    let path = "/managed_policies";
    findings.extend(attached.iter().map(|it| {
        widens(path, Risk::Critical, format!("the function may do all that {it} allows"))
    }));
    findings.extend(
        detached.iter().map(|it| {
            narrows(path, format!("{it}, which somebody attached, is taken off the role"))
        }),
    );
    let documents =
        |tree| at(tree, "/inline_policies").and_then(Value::as_object).into_iter().flatten();
    let names: BTreeSet<&String> =
        documents(before).chain(documents(after)).map(|(name, _)| name).collect();
    for name in names {
        let document = |tree| at(tree, "/inline_policies").and_then(|it| it.get(name));
        let found = statements::judge(&statements::ROLE, document(before), document(after));
        findings.extend(found.into_iter().map(|it| {
            let path = format!("inline policy {name}, {}", it.path);
            Finding { path, ..it }
        }));
    }
    findings
}
