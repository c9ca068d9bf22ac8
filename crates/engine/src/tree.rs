//! Trees of properties: their references and their differences.

use crate::{Snapshot, Why};
use anyhow::{Result, bail};
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// One value that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// A JSON pointer (RFC 6901) into the properties; empty for the whole.
    pub path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// Where the difference comes from, all that is true of it.
    pub why: Vec<Why>,
}

impl Change {
    /// The top of its path.
    pub(crate) fn property(&self) -> &str {
        self.path.split('/').nth(1).unwrap_or_default()
    }
}

/// The values that differ, in the order of their paths.
///
/// Objects are compared key by key and lists of one length item by item; lists of different
/// lengths differ as a whole, so that an added statement is shown beside its neighbours.
pub(crate) fn diff(before: Option<&Value>, after: Option<&Value>) -> Vec<Change> {
    let mut changes = Vec::new();
    walk("", before, after, &mut changes);
    changes
}

fn walk(path: &str, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<Change>) {
    match (before, after) {
        _ if before == after => {}
        (None | Some(Value::Object(_)), None | Some(Value::Object(_))) => {
            let empty = Map::new();
            let old = before.and_then(Value::as_object).unwrap_or(&empty);
            let new = after.and_then(Value::as_object).unwrap_or(&empty);
            let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
            if keys.is_empty() {
                changes.push(change(path, before, after));
            }
            for key in keys {
                let path = format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
                walk(&path, old.get(key), new.get(key), changes);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                walk(&format!("{path}/{index}"), Some(old), Some(new), changes);
            }
        }
        _ => changes.push(change(path, before, after)),
    }
}

fn change(path: &str, before: Option<&Value>, after: Option<&Value>) -> Change {
    let why = vec![Why::Differs];
    Change { path: path.to_owned(), before: before.cloned(), after: after.cloned(), why }
}

/// SHA-256, in hexadecimal digits. `serde_json` keeps the keys of its maps sorted, so equal values give
/// equal bytes.
pub(crate) fn hash(value: &Value) -> String {
    let hash = Sha256::digest(value.to_string());
    hash.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Every `${node.output}` in the strings and keys of the tree.
pub(crate) fn references(tree: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    each_string(tree, &mut |text| {
        found.extend(names(text).map(|(node, output)| (node.to_owned(), output.to_owned())));
    });
    found
}

/// What stands before, between and after the references of a text.
pub(crate) fn around_references(text: &str) -> Vec<String> {
    let each = names(text).map(|(node, output)| format!("${{{node}.{output}}}"));
    let mut parts = vec![text.to_owned()];
    for reference in each {
        let last = parts.pop().unwrap_or_default();
        let (before, after) = last.split_once(&reference).unwrap_or((&last, ""));
        parts.extend([before.to_owned(), after.to_owned()]);
    }
    parts
}

/// Puts in the outputs that are known and leaves the other references as they stand.
pub(crate) fn resolve(tree: &Value, seen: &Snapshot) -> Value {
    match tree {
        Value::String(text) => Value::String(substitute(text, seen)),
        Value::Array(items) => items.iter().map(|item| resolve(item, seen)).collect(),
        Value::Object(map) => {
            map.iter().map(|(key, value)| (key.clone(), resolve(value, seen))).collect()
        }
        other => other.clone(),
    }
}

/// Like [`resolve`], but no reference may remain.
pub(crate) fn resolve_fully(name: &str, tree: &Value, seen: &Snapshot) -> Result<Value> {
    let resolved = resolve(tree, seen);
    match references(&resolved).first() {
        Some((node, output)) => bail!("the {name} needs `{node}.{output}`, which nothing gave"),
        None => Ok(resolved),
    }
}

fn substitute(text: &str, seen: &Snapshot) -> String {
    names(text).fold(text.to_owned(), |done, (node, output)| {
        match seen.get(node).and_then(|it| it.outputs.get(output)) {
            Some(value) => done.replace(&format!("${{{node}.{output}}}"), value),
            None => done,
        }
    })
}

fn each_string(tree: &Value, visit: &mut impl FnMut(&str)) {
    match tree {
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter().for_each(|item| each_string(item, visit)),
        Value::Object(map) => map.values().for_each(|value| each_string(value, visit)),
        _ => {}
    }
}

/// `${node.output}`. IAM's own variables, `${aws:username}` and `${aws:PrincipalTag/team.name}`,
/// are no such names and stay as they are.
fn names(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let is_name =
        |it: &str| !it.is_empty() && it.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let inside = text.split("${").skip(1).filter_map(|it| it.split_once('}')?.0.split_once('.'));
    inside.filter(move |(node, output)| is_name(node) && is_name(output))
}
