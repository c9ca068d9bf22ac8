//! What must hold in the account at every moment, whatever happens to the commands.

use serde_json::{Map, Value};

/// Everything that does not hold.
pub(crate) fn broken(account: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for kind in ["buckets", "roles", "functions", "distributions"] {
        expect_one(kind, &account[kind], &mut found);
    }
    for (kind, all) in entries(&account["resources"]) {
        expect_one(kind, all, &mut found);
    }
    for (name, bucket) in entries(&account["buckets"]) {
        let document = |name: &str| bucket["documents"][name].as_str().unwrap_or_default();
        if document("publicAccessBlock").matches(">true<").count() != 4 {
            found.push(format!("{name} can be made public"));
        }
        let policy = document("policy");
        if !policy.is_empty() && !policy.contains("aws:SourceArn") {
            found.push(format!("{name} is open to every distribution: {policy}"));
        }
    }
    for (id, distribution) in entries(&account["distributions"]) {
        let config = distribution["config"].as_str().unwrap_or_default();
        let guarded = config.contains("<LambdaFunctionARN>") && config.contains("viewer-request");
        if !guarded || config.contains("<PathPattern>") {
            found.push(format!("{id} serves without the authorizer"));
        }
    }
    found
}

fn expect_one(kind: &str, all: &Value, found: &mut Vec<String>) {
    let count = all.as_object().map_or(0, Map::len);
    if count > 1 {
        found.push(format!("{count} {kind}"));
    }
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
