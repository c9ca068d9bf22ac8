//! Two policy documents, compared by what they grant and not by their text.

use super::lists::{differences, names};
use super::{narrows, neutral, widens};
use engine::{Direction, Finding, Risk};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What a kind of document is about.
pub(super) struct Kind {
    /// Whoever else gets something is worth the highest alarm.
    expected: &'static [&'static str],
    /// What is granted in the ordinary course.
    usual: &'static [&'static str],
    /// Of a grant in the ordinary course.
    risk: Risk,
}

pub(super) const BUCKET: Kind = Kind {
    expected: &["cloudfront.amazonaws.com"],
    usual: &["s3:GetObject", "s3:PutObject"],
    risk: Risk::Medium,
};

pub(super) const TRUST: Kind = Kind {
    expected: &["lambda.amazonaws.com", "edgelambda.amazonaws.com"],
    usual: &["sts:AssumeRole"],
    risk: Risk::Low,
};

pub(super) const ROLE: Kind = Kind {
    // An identity's policy names no principal: it is whoever has it.
    expected: &[],
    usual: &["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    risk: Risk::Low,
};

/// What each condition of the bucket policy keeps away.
const CONDITIONS: [(&str, Risk, &str); 6] = [
    // IAM user guide, "The confused deputy problem".
    ("aws:SourceArn", Risk::Critical, "any distribution of anybody may use the grant"),
    ("aws:SourceAccount", Risk::Medium, "distributions of other accounts are not excluded"),
    ("s3:x-amz-copy-source", Risk::High, "an upload may copy any image of the bucket"),
    ("s3:if-none-match", Risk::Medium, "an upload may overwrite an image"),
    ("s3:ObjectCreationOperation", Risk::Medium, "an upload in parts passes the limit of size"),
    ("aws:SecureTransport", Risk::High, "requests in the clear are let in"),
];

/// Statements are matched by their `Sid`; those without one by everything they say.
pub(super) fn judge(kind: &Kind, before: Option<&Value>, after: Option<&Value>) -> Vec<Finding> {
    if after.is_none() {
        // With the grants gone, the refusals that go with them held nothing back.
        let grants = statements(before).into_iter().filter(|(_, it)| allows(it));
        return grants.map(|(id, it)| disappears(&format!("statement {id}"), it)).collect();
    }
    let (old, new) = (statements(before), statements(after));
    let mut findings = Vec::new();
    for (id, statement) in &new {
        let path = format!("statement {id}");
        match old.iter().find(|(it, _)| it == id) {
            Some((_, former)) => findings.extend(changed(kind, &path, former, statement)),
            None => findings.extend(appears(kind, &path, statement)),
        }
    }
    for (id, statement) in old.iter().filter(|(id, _)| !new.iter().any(|(it, _)| it == id)) {
        findings.push(disappears(&format!("statement {id}"), statement));
    }
    findings
}

type Statement<'a> = &'a Map<String, Value>;

fn statements(policy: Option<&Value>) -> Vec<(String, Statement<'_>)> {
    let all = policy.and_then(|it| it["Statement"].as_array()).into_iter().flatten();
    let id = |it: Statement| {
        let sid = it.get("Sid").and_then(Value::as_str);
        sid.map_or_else(|| format!("without Sid {}", json!(it)), str::to_owned)
    };
    all.filter_map(Value::as_object).map(|it| (id(it), it)).collect()
}

fn allows(statement: Statement) -> bool {
    statement.get("Effect").is_none_or(|it| it != "Deny")
}

fn appears(kind: &Kind, path: &str, statement: Statement) -> Vec<Finding> {
    let (who, what, on) = (who(statement), list(statement, "Action"), list(statement, "Resource"));
    if !allows(statement) {
        return vec![narrows(path, format!("{who} is refused {what} on {on}"))];
    }
    let mut findings =
        vec![widens(path, grant_risk(kind, statement), format!("{who} may {what}{}", onto(&on)))];
    let service = statement.get("Principal").is_some_and(|it| it.get("Service").is_some());
    if service && kind.usual == BUCKET.usual && !condition_keys(statement).contains("aws:SourceArn")
    {
        findings.push(widens(path, CONDITIONS[0].1, CONDITIONS[0].2));
    }
    findings
}

fn disappears(path: &str, statement: Statement) -> Finding {
    let (who, what, on) = (who(statement), list(statement, "Action"), list(statement, "Resource"));
    if allows(statement) {
        narrows(path, format!("{who} may no longer {what}{}", onto(&on)))
    } else {
        widens(path, Risk::High, format!("{who} is no longer refused {what}{}", onto(&on)))
    }
}

fn changed(kind: &Kind, path: &str, old: Statement, new: Statement) -> Vec<Finding> {
    if old == new {
        return Vec::new();
    }
    if allows(old) != allows(new) || old.keys().ne(new.keys()) && negated(old, new) {
        let mut findings = vec![disappears(path, old)];
        findings.extend(appears(kind, path, new));
        return findings;
    }
    let mut findings = Vec::new();
    for part in ["Action", "Resource", "Principal"] {
        findings.extend(members(kind, path, part, (old, new)));
    }
    findings.extend(conditions(path, old, new));
    findings
}

/// `NotAction` and its like cannot be compared with what they negate.
fn negated(old: Statement, new: Statement) -> bool {
    [old, new].iter().any(|it| it.keys().any(|key| key.starts_with("Not")))
}

fn members(
    kind: &Kind,
    path: &str,
    part: &str,
    (old, new): (Statement, Statement),
) -> Vec<Finding> {
    let (old_value, new_value) = (flat(old.get(part)), flat(new.get(part)));
    let (added, removed) = differences(Some(&old_value), Some(&new_value));
    let mut findings = Vec::new();
    let (who, what) = (who(new), list(new, "Action"));
    let say = |items: &[String], gains: bool| match (part, gains) {
        ("Action", true) => format!("{who} may also {}", items.join(", ")),
        ("Action", false) => format!("{who} may no longer {}", items.join(", ")),
        ("Resource", true) => format!("{who} may {what} on {} too", items.join(", ")),
        ("Resource", false) => format!("{who} may no longer {what} on {}", items.join(", ")),
        (_, true) => format!("{} may {what} too", items.join(", ")),
        (_, false) => format!("{} may no longer {what}", items.join(", ")),
    };
    // A reference to what this plan makes anew stands for the same thing under a new name.
    if added.iter().any(|it| it.contains("${")) && added.len() == removed.len() {
        let sentence = format!("{} follows from another step", part.to_lowercase());
        return vec![neutral(path, Risk::Low, sentence)];
    }
    let open = if allows(new) { &added } else { &removed };
    let close = if allows(new) { &removed } else { &added };
    if !open.is_empty() {
        let sentence = if allows(new) {
            say(open, true)
        } else {
            format!("the refusal does not cover {} any more", open.join(", "))
        };
        findings.push(widens(path, grant_risk(kind, new).max(Risk::High), sentence));
    }
    if !close.is_empty() {
        let sentence = if allows(new) {
            say(close, false)
        } else {
            format!("the refusal covers {} too", close.join(", "))
        };
        findings.push(narrows(path, sentence));
    }
    findings
}

/// A condition holds a grant back; it holds a refusal back just the same, which is the opposite.
fn conditions(path: &str, old: Statement, new: Statement) -> Vec<Finding> {
    let (before, after) = (flat_conditions(old), flat_conditions(new));
    let mut findings = Vec::new();
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    for key in keys.into_iter().filter(|key| before.get(*key) != after.get(*key)) {
        let name = key.rsplit(' ').next().unwrap_or(key);
        let known = CONDITIONS.iter().find(|(it, ..)| *it == name);
        let (risk, meaning) = known.map_or((Risk::High, ""), |(_, risk, text)| (*risk, text));
        let direction = direction(before.get(key), after.get(key), new);
        let sentence = match (direction, meaning) {
            (Direction::Neutral, _) => format!("condition {key} follows from another step"),
            (Direction::Widens, "") => format!("condition {key} is loosened"),
            (Direction::Widens, meaning) => format!("condition {key} is loosened: {meaning}"),
            (Direction::Narrows, _) => format!("condition {key} is tightened"),
        };
        findings.push(match direction {
            Direction::Widens => widens(path, risk, sentence),
            Direction::Narrows => narrows(path, sentence),
            Direction::Neutral => neutral(path, Risk::Low, sentence),
        });
    }
    findings
}

fn direction(before: Option<&Value>, after: Option<&Value>, of: Statement) -> Direction {
    let (added, removed) = differences(before, after);
    let looser = match (before, after) {
        (Some(_), None) => true,
        (None, _) => false,
        _ if added.iter().any(|it| it.contains("${")) => return Direction::Neutral,
        // Fewer values are tighter; anything else may be looser.
        _ => !added.is_empty() || removed.is_empty(),
    };
    if looser == allows(of) { Direction::Widens } else { Direction::Narrows }
}

fn grant_risk(kind: &Kind, statement: Statement) -> Risk {
    let who = names(Some(&flat(statement.get("Principal"))));
    let strangers =
        !kind.expected.is_empty() && who.iter().any(|it| !kind.expected.contains(&it.as_str()));
    let what = names(statement.get("Action"));
    let unusual = statement.contains_key("NotAction")
        || what.iter().any(|it| !kind.usual.contains(&it.as_str()));
    match (strangers || statement.contains_key("NotPrincipal"), unusual) {
        (true, _) => Risk::Critical,
        (false, true) if what.iter().any(|it| it == "*" || it == "s3:*") => Risk::Critical,
        (false, true) => Risk::High,
        (false, false) => kind.risk,
    }
}

fn who(statement: Statement) -> String {
    let named = names(Some(&flat(statement.get("Principal"))));
    match (statement.get("NotPrincipal"), named.as_slice()) {
        (Some(others), _) => {
            format!("everybody but {}", names(Some(&flat(Some(others)))).join(", "))
        }
        (None, []) => "the function".to_owned(),
        (None, [all]) if all == "*" => "everybody".to_owned(),
        (None, some) => some.join(", "),
    }
}

fn list(statement: Statement, part: &str) -> String {
    match statement.get(&format!("Not{part}")) {
        Some(others) => format!("everything but {}", names(Some(others)).join(", ")),
        None => names(statement.get(part)).join(", "),
    }
}

fn onto(resources: &str) -> String {
    if resources.is_empty() { String::new() } else { format!(" on {resources}") }
}

/// `{"Service": ["a", "b"]}` as `["a", "b"]`.
fn flat(value: Option<&Value>) -> Value {
    match value {
        Some(Value::Object(kinds)) => {
            kinds.values().flat_map(|ids| names(Some(ids))).collect::<Vec<_>>().into()
        }
        other => names(other).into(),
    }
}

/// `StringEquals aws:SourceArn` to its values.
fn flat_conditions(statement: Statement) -> Map<String, Value> {
    let operators = statement.get("Condition").and_then(Value::as_object).into_iter().flatten();
    let keys = operators.flat_map(|(operator, keys)| {
        let keys = keys.as_object().into_iter().flatten();
        keys.map(move |(key, values)| (format!("{operator} {key}"), values.clone()))
    });
    keys.collect()
}

fn condition_keys(statement: Statement) -> BTreeSet<String> {
    let keys = flat_conditions(statement);
    keys.keys().filter_map(|it| it.split(' ').nth(1)).map(str::to_owned).collect()
}
