//! Lists of names as sets: what is added and what is taken away.

use serde_json::Value;

/// The names in `after` that `before` does not have, and the other way round.
pub(super) fn differences(
    before: Option<&Value>,
    after: Option<&Value>,
) -> (Vec<String>, Vec<String>) {
    let (old, new) = (names(before), names(after));
    let without = |these: &[String], those: &[String]| {
        these.iter().filter(|it| !those.contains(it)).cloned().collect()
    };
    (without(&new, &old), without(&old, &new))
}

/// A list, or one item without its brackets; what is no text stands for itself as JSON.
pub(super) fn names(value: Option<&Value>) -> Vec<String> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => items.iter().map(name).collect(),
        Some(one) => vec![name(one)],
    }
}

fn name(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
