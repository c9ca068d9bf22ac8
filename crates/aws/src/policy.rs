//! The policy documents, and the one form in which two of them can be compared.

use anyhow::{Context, Result};
use config::{Config, Names};
use serde_json::{Map, Value, json};

const BUCKET: &str = include_str!("../../../policies/bucket.json");
const ROLE_LOGS: &str = include_str!("../../../policies/role-logs.json");
const ROLE_TRUST: &str = include_str!("../../../policies/role-trust.json");

/// What a document without `Version` means (IAM user guide, "IAM JSON policy elements: Version").
const OLDEST_VERSION: &str = "2008-10-17";

/// The usual spelling of condition keys, which are case-insensitive
/// (IAM user guide, "IAM JSON policy elements: Condition").
const CONDITION_KEYS: [&str; 9] = [
    "aws:SecureTransport",
    "aws:SourceAccount",
    "aws:SourceArn",
    "s3:ObjectCreationOperation",
    "s3:if-none-match",
    "s3:x-amz-copy-source",
    "s3:x-amz-server-side-encryption-customer-algorithm",
    "s3:x-amz-storage-class",
    "s3:x-amz-website-redirect-location",
];

/// Who may reach the bucket, and how.
pub(crate) fn bucket(config: &Config, names: &Names) -> Result<Value> {
    let mut policy = load(BUCKET, names)?;
    let prefixes = config.upload_prefixes();
    let uploads = prefixes.iter().map(|prefix| format!("arn:aws:s3:::${{bucket.name}}/{prefix}*"));
    let uploads: Value = uploads.collect();
    for statement in policy["Statement"].as_array_mut().context("no statements")? {
        if statement["Resource"] == "<uploads>" {
            statement["Resource"] = uploads.clone();
        }
        if !config.uploads.create_only {
            drop_condition(statement, "s3:if-none-match");
        }
    }
    // An empty `Resource` is malformed, and what may upload nowhere needs no statement.
    if let (true, Some(all)) = (prefixes.is_empty(), policy["Statement"].as_array_mut()) {
        all.retain(|it| it["Resource"] != json!([]));
    }
    Ok(canonical(&policy))
}

/// What the function may do: write its logs.
pub(crate) fn role_logs(names: &Names) -> Result<Value> {
    Ok(canonical(&load(ROLE_LOGS, names)?))
}

/// Who may assume the role.
pub(crate) fn role_trust(names: &Names) -> Result<Value> {
    Ok(canonical(&load(ROLE_TRUST, names)?))
}

fn load(document: &str, names: &Names) -> Result<Value> {
    let mut policy = serde_json::from_str(document).context("a policy document is no JSON")?;
    fill_in(&mut policy, &[("<account>", &names.account), ("<function>", &names.function)]);
    Ok(policy)
}

fn fill_in(tree: &mut Value, values: &[(&str, &str)]) {
    match tree {
        Value::String(text) => {
            for (placeholder, value) in values {
                *text = text.replace(placeholder, value);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|it| fill_in(it, values)),
        Value::Object(map) => map.values_mut().for_each(|it| fill_in(it, values)),
        _ => {}
    }
}

fn drop_condition(statement: &mut Value, key: &str) {
    let Some(condition) = statement.get_mut("Condition").and_then(Value::as_object_mut) else {
        return;
    };
    for keys in condition.values_mut().filter_map(Value::as_object_mut) {
        keys.remove(key);
    }
    condition.retain(|_, keys| *keys != json!({}));
}

/// A document as AWS returned it: plain JSON from S3, percent-encoded from IAM (RFC 3986).
pub(crate) fn parse(document: &str) -> Result<Value> {
    let text = if document.trim_start().starts_with('{') {
        document.to_owned()
    } else {
        percent_decoded(document)?
    };
    let policy: Value = serde_json::from_str(&text).context("the policy is no JSON")?;
    Ok(canonical(&policy))
}

fn percent_decoded(text: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut pieces = text.split('%');
    bytes.extend(pieces.next().unwrap_or_default().bytes());
    for piece in pieces {
        let code = piece.get(..2).and_then(|it| u8::from_str_radix(it, 16).ok());
        bytes.push(code.context("the policy is not percent-encoded")?);
        bytes.extend(piece.bytes().skip(2));
    }
    String::from_utf8(bytes).context("the policy is no UTF-8")
}

/// Two documents that grant the same in a different notation become equal; anything added shows.
pub(crate) fn canonical(policy: &Value) -> Value {
    let Value::Object(policy) = policy else { return policy.clone() };
    let mut result = Map::new();
    result.insert("Version".to_owned(), json!(OLDEST_VERSION));
    for (key, value) in policy {
        let value = match key.as_str() {
            "Statement" => statements(value),
            "Id" if value == "" => continue,
            _ => value.clone(),
        };
        result.insert(key.clone(), value);
    }
    Value::Object(result)
}

/// Sorted: no statement takes precedence over another by its place.
fn statements(value: &Value) -> Value {
    let mut all: Vec<Value> = listed(value).iter().map(statement).collect();
    all.sort_by_cached_key(|it| {
        (it["Sid"].as_str().unwrap_or_default().to_owned(), it.to_string())
    });
    Value::Array(all)
}

fn statement(value: &Value) -> Value {
    let Value::Object(statement) = value else { return value.clone() };
    let mut result = Map::new();
    for (key, value) in statement {
        let value = match key.as_str() {
            "Sid" if value == "" => continue,
            "Action" | "NotAction" | "Resource" | "NotResource" => set(value),
            "Principal" | "NotPrincipal" => principal(value),
            "Condition" => condition(value),
            _ => value.clone(),
        };
        result.insert(key.clone(), value);
    }
    Value::Object(result)
}

/// `"*"` and `{"AWS": "*"}` are the same (IAM user guide, "AWS JSON policy elements: Principal").
fn principal(value: &Value) -> Value {
    let Value::Object(kinds) = value else { return value.clone() };
    let kinds: Map<_, _> = kinds.iter().map(|(kind, ids)| (kind.clone(), set(ids))).collect();
    let kinds = Value::Object(kinds);
    if kinds == json!({"AWS": "*"}) { json!("*") } else { kinds }
}

fn condition(value: &Value) -> Value {
    let Value::Object(operators) = value else { return value.clone() };
    let operators =
        operators.iter().map(|(operator, keys)| (operator.clone(), condition_keys(keys)));
    Value::Object(operators.collect())
}

fn condition_keys(value: &Value) -> Value {
    let Value::Object(keys) = value else { return value.clone() };
    let mut result = Map::new();
    for (key, values) in keys {
        let usual = CONDITION_KEYS.iter().find(|it| it.eq_ignore_ascii_case(key));
        let usual = usual.map_or_else(|| key.clone(), |it| (*it).to_owned());
        // Two spellings of one key at once: both stay visible.
        let key = if result.contains_key(&usual) { key.clone() } else { usual };
        result.insert(key, set(values));
    }
    Value::Object(result)
}

/// A list without order or repetition; one item stands for itself. `true` is `"true"`.
fn set(value: &Value) -> Value {
    let mut items: Vec<Value> = listed(value).iter().map(text).collect();
    items.sort_by_cached_key(Value::to_string);
    items.dedup();
    match items.as_slice() {
        [one] => one.clone(),
        _ => Value::Array(items),
    }
}

fn listed(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        one => std::slice::from_ref(one),
    }
}

fn text(value: &Value) -> Value {
    match value {
        Value::Bool(_) | Value::Number(_) => Value::String(value.to_string()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn same(one: &Value, other: &Value) {
        assert_eq!(canonical(one), canonical(other));
    }

    #[test]
    fn notation_is_no_difference() {
        same(
            &json!({"Version": "2012-10-17", "Statement": {
                "Sid": "", "Effect": "Allow", "Principal": {"AWS": ["*"]},
                "Action": ["s3:PutObject", "s3:GetObject"], "Resource": ["a"],
                "Condition": {"StringEquals": {"AWS:SourceArn": ["x"]}, "Bool": {"aws:SecureTransport": true}},
            }}),
            &json!({"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": "*",
                "Action": ["s3:GetObject", "s3:PutObject", "s3:GetObject"], "Resource": "a",
                "Condition": {"StringEquals": {"aws:sourcearn": "x"}, "Bool": {"aws:SecureTransport": "true"}},
            }]}),
        );
        same(
            &json!({"Statement": []}),
            &json!({"Version": "2008-10-17", "Statement": [], "Id": ""}),
        );
    }

    #[test]
    fn what_is_added_shows() {
        let policy = bucket(&testing::config(), &testing::names()).unwrap();
        let edits: [fn(&mut Value); 5] = [
            |it| it["Statement"].as_array_mut().unwrap().push(json!({"Effect": "Allow"})),
            |it| it["Statement"][1]["Action"] = json!(["s3:GetObject", "s3:ListBucket"]),
            |it| it["Statement"][1]["Principal"]["AWS"] = json!("*"),
            |it| it["Statement"][1]["Condition"] = json!({}),
            |it| it["Statement"][1]["Resource"] = json!(["a", "b"]),
        ];
        for edit in edits {
            let mut changed = policy.clone();
            edit(&mut changed);
            assert_ne!(canonical(&changed), policy);
        }
    }

    #[test]
    fn canonical_twice_is_canonical_once() {
        let policy = bucket(&testing::config(), &testing::names()).unwrap();
        assert_eq!(canonical(&policy), policy);
    }

    #[test]
    fn images_may_be_overwritten_only_when_asked_for() {
        let mut config = testing::config();
        assert!(
            bucket(&config, &testing::names()).unwrap().to_string().contains("s3:if-none-match")
        );
        config.uploads.create_only = false;
        assert!(
            !bucket(&config, &testing::names()).unwrap().to_string().contains("s3:if-none-match")
        );
    }

    #[test]
    fn nothing_is_granted_where_no_rule_uploads() {
        let mut config = testing::config();
        config.rules.retain(|rule| !rule.methods.iter().any(|it| it == "PUT"));
        let policy = bucket(&config, &testing::names()).unwrap().to_string();
        assert!(!policy.contains("PutObject"), "{policy}");
    }

    #[test]
    fn iam_encodes_its_documents() {
        let encoded = "%7B%22Version%22%3A%222012-10-17%22%2C%22Id%22%3A%22%C3%A4%22%7D";
        assert_eq!(parse(encoded).unwrap(), json!({"Version": "2012-10-17", "Id": "ä"}));
        assert!(parse("%7").is_err());
    }

    #[test]
    fn whoever_deploys_or_tears_down_may_plan() {
        let statements = |document: &str| {
            let policy: Value = serde_json::from_str(document).unwrap();
            policy["Statement"].as_array().unwrap().clone()
        };
        let planner = statements(include_str!("../../../policies/planner.json"));
        for document in [
            include_str!("../../../policies/deployer.json"),
            include_str!("../../../policies/teardown.json"),
        ] {
            assert!(statements(document).starts_with(&planner));
        }
    }
}
