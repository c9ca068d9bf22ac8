//! The function: the code that decides, the keys that count, the rules that it applies.

use super::lists::differences;
use super::{at, narrows, neutral, rules, widens};
use engine::{Finding, Risk};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

pub(super) fn judge(before: Option<&Value>, after: Option<&Value>) -> Vec<Finding> {
    let Some(now) = after else { return Vec::new() };
    let mut findings = beside(before, now);
    findings.extend(files(before, now));
    findings.extend(keys(before, now));
    findings.extend(rules::judge(at(before, "/contents/rules"), at(Some(now), "/contents/rules")));
    findings.extend(policy(before, now));
    if before.is_some() && at(before, "/handler") != now.get("handler") {
        findings.push(neutral("/handler", Risk::High, "another function of the code decides"));
    }
    findings
}

/// What is attached to the function, past the distribution.
fn beside(before: Option<&Value>, now: &Value) -> Vec<Finding> {
    let (mut findings, path) = (Vec::new(), "/permissions");
    let ids = |tree| map(tree, path).map(|it| it.keys().cloned().collect::<Value>());
    let (added, removed) = differences(ids(before).as_ref(), ids(Some(now)).as_ref());
    findings.extend(added.iter().map(|it| {
        widens(path, Risk::High, format!("others may invoke the function, as {it} says"))
    }));
    findings.extend(removed.iter().map(|it| {
        narrows(path, format!("the permission {it} to invoke the function is taken away"))
    }));
    match (at(before, "/url"), now.get("url")) {
        (None, Some(_)) => {
            findings.push(widens("/url", Risk::High, "the function has an address of its own"));
        }
        (Some(_), None) => {
            findings.push(narrows("/url", "the function has no address of its own any more"));
        }
        _ => {}
    }
    findings
}

/// Other bytes decide, and nothing can say in which direction.
fn files(before: Option<&Value>, now: &Value) -> Vec<Finding> {
    let path = "/contents/files";
    let Some(old) = map(before, path) else { return Vec::new() };
    let empty = Map::new();
    let new = map(Some(now), path).unwrap_or(&empty);
    let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let changed = names.into_iter().filter(|it| old.get(*it) != new.get(*it));
    let show = |it: Option<&Value>| it.and_then(Value::as_str).unwrap_or("nothing").to_owned();
    let finding = |name: &String| {
        let (from, to) = (show(old.get(name)), show(new.get(name)));
        let sentence =
            format!("the code that decides who is let in: {name} was {from}, becomes {to}");
        neutral(format!("{path}/{name}"), Risk::High, sentence)
    };
    changed.map(finding).collect()
}

fn keys(before: Option<&Value>, now: &Value) -> Vec<Finding> {
    let path = "/contents/keys";
    let Some(old) = map(before, path) else { return Vec::new() };
    let empty = Map::new();
    let new = map(Some(now), path).unwrap_or(&empty);
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let mut findings = Vec::new();
    for (kid, key) in new.iter().filter(|(kid, key)| old.get(*kid) != Some(key)) {
        let verb = if old.contains_key(kid) { "is replaced by" } else { "counts:" };
        let sentence =
            format!("tokens signed by another key are accepted: {kid} {verb} {}", text(key));
        findings.push(widens(path, Risk::High, sentence));
    }
    for (kid, key) in old.iter().filter(|(kid, _)| !new.contains_key(*kid)) {
        let sentence = format!("tokens signed by {kid}, {}, are refused", text(key));
        findings.push(narrows(path, sentence));
    }
    findings
}

/// What every token and upload is held against, whatever the rule.
fn policy(before: Option<&Value>, now: &Value) -> Vec<Finding> {
    let path = "/contents/policy";
    let Some(old) = map(before, path) else { return Vec::new() };
    let empty = Map::new();
    let new = map(Some(now), path).unwrap_or(&empty);
    let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let changed = names.into_iter().filter(|it| old.get(*it) != new.get(*it));
    let judged = changed.flat_map(|name| match name.as_str() {
        "require" => required(old.get(name), new.get(name)),
        _ => vec![setting(name, old.get(name), new.get(name))],
    });
    judged.collect()
}

/// What every token has to say: less of it lets others in.
fn required(old: Option<&Value>, new: Option<&Value>) -> Vec<Finding> {
    let empty = Map::new();
    let [old, new] = [old, new].map(|it| it.and_then(Value::as_object).unwrap_or(&empty));
    let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let changed = names.into_iter().filter(|it| old.get(*it) != new.get(*it));
    let judge = |claim: &String| {
        let path = format!("/contents/policy/require/{claim}");
        match (old.get(claim), new.get(claim)) {
            (None, Some(asked)) => {
                narrows(path, format!("tokens are refused if {claim} is not as asked: {asked}"))
            }
            (Some(asked), None) => {
                let sentence = format!("tokens are accepted whatever {claim} is; it was {asked}");
                widens(path, Risk::High, sentence)
            }
            (was, becomes) => {
                let show = |it: Option<&Value>| it.map_or_else(String::new, Value::to_string);
                let (was, becomes) = (show(was), show(becomes));
                let sentence = format!(
                    "other tokens are accepted: {claim} had to be {was}, and now {becomes}"
                );
                widens(path, Risk::High, sentence)
            }
        }
    };
    changed.map(judge).collect()
}

fn setting(name: &str, old: Option<&Value>, new: Option<&Value>) -> Finding {
    let path = format!("/contents/policy/{name}");
    let show = |it: Option<&Value>| it.map_or_else(|| "nothing".to_owned(), Value::to_string);
    let sentence = format!("the authorizer's {name} was {}, becomes {}", show(old), show(new));
    let number = |it: Option<&Value>| it.and_then(Value::as_f64);
    let list = |it: Option<&Value>| it.and_then(Value::as_array).map(Vec::len);
    let (added, _) = differences(old, new);
    match (number(old), number(new), list(old), list(new)) {
        // Leeway, lifetime, size: more is looser.
        (Some(from), Some(to), ..) if to > from => widens(path, Risk::Medium, sentence),
        (Some(_), Some(_), ..) => narrows(path, sentence),
        // A list of parties that was empty: nobody has looked so far.
        (_, _, Some(0), Some(1..)) if name == "authorized_parties" => narrows(path, sentence),
        // Origins, parties, types: of a list that was not empty, more is looser. An empty list of
        // parties means that nobody looks.
        (_, _, Some(from), Some(to)) if from > 0 && to > 0 && added.is_empty() => {
            narrows(path, sentence)
        }
        (_, _, Some(_), Some(_)) => widens(path, Risk::High, sentence),
        _ => neutral(path, Risk::High, sentence),
    }
}

fn map<'a>(tree: Option<&'a Value>, path: &str) -> Option<&'a Map<String, Value>> {
    at(tree, path).and_then(Value::as_object)
}
