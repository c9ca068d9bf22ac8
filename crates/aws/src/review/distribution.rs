//! The edge: whether the authorizer is in front of everything, and what reaches the bucket.

use super::lists::differences;
use super::{at, narrows, neutral, switches, widens};
use engine::{Finding, Risk};
use serde_json::{Value, json};

const BYPASS: &str = "requests bypass the authorizer: whoever asks gets the images";

pub(super) fn judge(before: Option<&Value>, after: Option<&Value>) -> Vec<Finding> {
    let Some(now) = after else {
        return vec![narrows("", "nothing is served any more")];
    };
    let mut findings = switches::judge("distribution", before, after);
    findings.extend(authorizer(before, now));
    findings.extend(doors(before, now));
    findings.extend(reach(before, now));
    findings.extend(guards(before, now));
    findings
}

/// The one association that guards: before the cache, on every request (CloudFront developer
/// guide, "Add triggers for a Lambda@Edge function").
fn guard(tree: &Value) -> Option<&Value> {
    let functions = tree.pointer("/behavior/functions")?.as_array()?;
    functions.iter().find(|it| it["event"] == "viewer-request")
}

fn authorizer(before: Option<&Value>, now: &Value) -> Option<Finding> {
    let path = "/behavior/functions";
    match (before.map(guard), guard(now)) {
        (_, None) => Some(widens(path, Risk::Critical, BYPASS)),
        (Some(None), Some(_)) => {
            Some(narrows(path, "every request is judged by the authorizer again"))
        }
        (None, Some(_)) => None,
        (Some(Some(old)), Some(new)) => {
            let (old, new) = (version(old), version(new));
            let sentence = format!("the edge runs {new} instead of {old} of the authorizer");
            (old != new).then(|| neutral(path, Risk::High, sentence))
        }
    }
}

fn version(association: &Value) -> String {
    let arn = association["version_arn"].as_str().unwrap_or_default();
    if arn.contains("${") {
        return "the new version".to_owned();
    }
    let ours = arn.contains(":function:") && arn.contains("-authorizer:");
    match arn.rsplit(':').next() {
        Some(number) if ours => format!("version {number}"),
        _ => arn.to_owned(),
    }
}

/// Behaviours for some paths, error pages: what is answered without the authorizer.
fn doors(before: Option<&Value>, now: &Value) -> Vec<Finding> {
    let path = "/path_behaviors";
    let all = |tree: Option<&Value>| {
        let list = at(tree, path).and_then(Value::as_array).cloned().unwrap_or_default();
        Value::Array(list.iter().map(|it| it["path"].clone()).collect())
    };
    let (added, removed) = differences(Some(&all(before)), Some(&all(Some(now))));
    let opened = |it: &String| {
        widens(path, Risk::Critical, format!("{it} is served by rules of its own; {BYPASS}"))
    };
    let closed = |it: &String| narrows(path, format!("{it} is served like every other path again"));
    let mut findings: Vec<_> = added.iter().map(opened).collect();
    findings.extend(removed.iter().map(closed));
    let pages = |tree: &Value| {
        let errors = tree["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().any(|it| it.get("page").is_some())
    };
    match (before.is_some_and(pages), pages(now)) {
        (false, true) => findings.push(widens(
            "/errors",
            Risk::Medium,
            "error pages are fetched from the bucket without asking the authorizer",
        )),
        (true, false) => findings.push(narrows("/errors", "no error page is fetched any more")),
        _ => {}
    }
    findings
}

/// How what else holds viewers back begins in the lists of what we never set ourselves.
const GUARDS: [&str; 6] = [
    "geo ",
    "mutual TLS",
    "connection function",
    "trusted signers",
    "trusted key groups",
    "function ",
];

/// A firewall, and whatever else somebody may have put before the authorizer.
fn guards(before: Option<&Value>, now: &Value) -> Vec<Finding> {
    let Some(before) = before else { return Vec::new() };
    let mut findings = Vec::new();
    for path in ["/web_acl", "/also", "/behavior/also"] {
        let (added, removed) = differences(before.pointer(path), now.pointer(path));
        let is_guard =
            |it: &&String| path == "/web_acl" || GUARDS.iter().any(|guard| it.starts_with(guard));
        findings.extend(removed.iter().filter(is_guard).map(|it| {
            widens(path, Risk::High, format!("viewers are not held back any more by: {it}"))
        }));
        findings.extend(
            added
                .iter()
                .filter(is_guard)
                .map(|it| narrows(path, format!("viewers are held back by: {it}"))),
        );
    }
    findings
}

/// Host names, methods, and whether it answers at all.
fn reach(before: Option<&Value>, now: &Value) -> Vec<Finding> {
    let Some(before) = before else { return Vec::new() };
    let mut findings = Vec::new();
    for (path, what) in [("/aliases", "host name"), ("/behavior/methods", "method")] {
        let (added, removed) = differences(before.pointer(path), now.pointer(path));
        let risk = if what == "method" { Risk::Medium } else { Risk::Low };
        findings.extend(
            added.iter().map(|it| widens(path, risk, format!("the {what} {it} is answered"))),
        );
        findings.extend(
            removed.iter().map(|it| narrows(path, format!("the {what} {it} is not answered"))),
        );
    }
    let origins = |tree: &Value| -> Value {
        let all = tree["origins"].as_array().cloned().unwrap_or_default();
        all.iter().map(|it| it["domain"].clone()).collect()
    };
    let (added, removed) = differences(Some(&origins(before)), Some(&origins(now)));
    let moved = added.iter().filter(|it| !it.contains("${"));
    findings.extend(
        moved.map(|it| neutral("/origins", Risk::High, format!("images are fetched from {it}"))),
    );
    findings.extend(
        removed
            .iter()
            .map(|it| narrows("/origins", format!("nothing is fetched from {it} any more"))),
    );
    let enabled = |tree: &Value| tree["enabled"] != json!(false);
    match (enabled(before), enabled(now)) {
        (false, true) => {
            findings.push(widens("/enabled", Risk::Medium, "the distribution answers again"));
        }
        (true, false) => findings.push(narrows("/enabled", "the distribution answers no more")),
        _ => {}
    }
    findings
}
