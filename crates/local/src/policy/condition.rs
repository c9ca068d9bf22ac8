//! The `Condition` block of a statement.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, Value};

use crate::policy::strings;

#[derive(Clone, Debug)]
pub(super) struct Condition {
    operator: String,
    pub(super) key: String,
    pub(super) values: Vec<String>,
}

pub(super) fn conditions(block: Option<&Value>) -> Result<Vec<Condition>> {
    let Some(block) = block else { return Ok(Vec::new()) };
    let block = block.as_object().context("Condition is not an object")?;
    let mut all = Vec::new();
    for (operator, keys) in block {
        let plain = operator.strip_suffix("IfExists").unwrap_or(operator);
        ensure!(OPERATORS.contains(&plain), "the local cloud does not evaluate {operator}");
        for (key, values) in keys.as_object().unwrap_or(&Map::new()) {
            let (operator, key) = (operator.clone(), key.to_ascii_lowercase());
            all.push(Condition { operator, key, values: strings(values) });
        }
    }
    Ok(all)
}

const OPERATORS: [&str; 21] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "ArnEquals",
    "ArnNotEquals",
    "ArnLike",
    "ArnNotLike",
    "Bool",
    "Null",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
];

impl Condition {
    /// Several values are alternatives; for a negated operator none of them may match.
    pub(super) fn holds(&self, context: &BTreeMap<String, String>) -> bool {
        let actual = context.get(&self.key);
        if self.operator == "Null" {
            let absent = if actual.is_none() { "true" } else { "false" };
            return self.values.iter().any(|it| it.eq_ignore_ascii_case(absent));
        }
        let (operator, if_exists) = match self.operator.strip_suffix("IfExists") {
            Some(operator) => (operator, true),
            None => (self.operator.as_str(), false),
        };
        let negated = operator.contains("Not");
        let Some(actual) = actual else { return if_exists || negated };
        self.values.iter().any(|it| matches(operator, it, actual)) != negated
    }
}

/// Whether the value satisfies the operator read without its `Not`.
fn matches(operator: &str, wanted: &str, actual: &str) -> bool {
    let order = || {
        let (actual, wanted) = (actual.parse::<f64>().ok()?, wanted.parse::<f64>().ok()?);
        actual.partial_cmp(&wanted)
    };
    match operator.replacen("Not", "", 1).as_str() {
        "StringEquals" | "BinaryEquals" => wanted == actual,
        "StringEqualsIgnoreCase" | "Bool" => wanted.eq_ignore_ascii_case(actual),
        "StringLike" => like(wanted, actual),
        "ArnEquals" | "ArnLike" => arn_like(wanted, actual),
        "NumericEquals" => order().is_some_and(std::cmp::Ordering::is_eq),
        "NumericLessThan" => order().is_some_and(std::cmp::Ordering::is_lt),
        "NumericLessThanEquals" => order().is_some_and(std::cmp::Ordering::is_le),
        "NumericGreaterThan" => order().is_some_and(std::cmp::Ordering::is_gt),
        "NumericGreaterThanEquals" => order().is_some_and(std::cmp::Ordering::is_ge),
        // Every viewer of this cloud has a loopback address; ranges of addresses match only as text.
        "IpAddress" => wanted.trim_end_matches("/32") == actual || wanted == "0.0.0.0/0",
        _ => false,
    }
}

/// The six parts of an ARN are compared one by one, so that a `*` does not reach over a colon.
fn arn_like(wanted: &str, actual: &str) -> bool {
    let (wanted, actual): (Vec<&str>, Vec<&str>) =
        (wanted.splitn(6, ':').collect(), actual.splitn(6, ':').collect());
    wanted.len() == actual.len() && wanted.iter().zip(&actual).all(|(w, a)| like(w, a))
}

/// `*` is any text, `?` is any one character.
pub(crate) fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                retry = Some((p, t));
                p += 1;
            }
            Some(&it) if it == '?' || it == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((star, from)) => {
                    retry = Some((star, from + 1));
                    p = star + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|it| *it == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_compare_as_their_names_say() {
        let holds = |operator: &str, wanted: &str, actual: Option<&str>| {
            let condition = Condition {
                operator: operator.into(),
                key: "k".into(),
                values: vec![wanted.into()],
            };
            let context = actual.map(|it| ("k".to_owned(), it.to_owned())).into_iter().collect();
            condition.holds(&context)
        };
        assert!(holds("StringLike", "a*c?", Some("abbcd")));
        assert!(!holds("StringLike", "a*c?", Some("abbc")));
        assert!(holds(
            "ArnLike",
            "arn:aws:cloudfront::1:distribution/*",
            Some("arn:aws:cloudfront::1:distribution/E")
        ));
        assert!(!holds(
            "ArnLike",
            "arn:*:distribution/E",
            Some("arn:aws:cloudfront::1:distribution/E")
        ));
        assert!(holds("NumericLessThan", "5", Some("4")));
        assert!(!holds("NumericLessThan", "5", Some("5")));
        assert!(holds("StringNotEquals", "a", None));
        assert!(!holds("StringEquals", "a", None));
        assert!(holds("StringEqualsIfExists", "a", None));
        assert!(!holds("StringNotEquals", "a", Some("a")));
    }
}
