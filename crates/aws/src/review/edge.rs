//! What CloudFront adds to its answers.

use super::lists::differences;
use super::{at, narrows, neutral, widens};
use engine::{Finding, Risk};
use serde_json::Value;

/// Headers without which an uploaded file can do more than be looked at.
const GUARDS: [(&str, &str); 3] = [
    ("Content-Security-Policy", "an uploaded file that is no image may run scripts"),
    ("X-Content-Type-Options", "browsers may take an uploaded file for something else"),
    ("Cross-Origin-Resource-Policy", "other sites may embed images out of a browser's cache"),
];

pub(super) fn response_headers(before: Option<&Value>, after: Option<&Value>) -> Vec<Finding> {
    let Some(now) = after else { return Vec::new() };
    let mut findings = Vec::new();
    for (name, without) in GUARDS {
        let path = format!("/headers/{name}/value");
        let (old, new) = (at(before, &path), now.pointer(&path));
        if old == new || before.is_none() && new.is_some() {
            continue;
        }
        findings.push(match (old, new) {
            (_, None) => widens(path, Risk::High, without),
            (None, Some(_)) => narrows(path, format!("{name} is sent again")),
            (Some(_), Some(_)) => neutral(path, Risk::Medium, format!("{name} has another value")),
        });
    }
    let (caching, path) =
        (|tree| at(tree, "/headers/Cache-Control/value"), "/headers/Cache-Control");
    if before.is_some() && caching(before) != caching(after) {
        let sentence = "viewers keep copies of images under other terms";
        findings.push(neutral(path, Risk::Medium, sentence));
    }
    let path = "/cors/origins";
    let (added, removed) = differences(at(before, path), at(after, path));
    if before.is_some() {
        findings.extend(
            added
                .iter()
                .map(|it| widens(path, Risk::Medium, format!("pages of {it} may use the images"))),
        );
    }
    let no_longer =
        |it: &String| narrows(path, format!("pages of {it} may no longer use the images"));
    findings.extend(removed.iter().map(no_longer));
    findings
}
