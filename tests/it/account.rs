//! What must hold in an account at every moment, and when two accounts are the same.

use serde_json::Value;

/// What AWS makes up: ids, times, versions of versions.
const MADE_UP: [&str; 12] = [
    "active_at",
    "created",
    "deployed_at",
    "etag",
    "freed",
    "modified",
    "previous",
    "replicas",
    "revision",
    "updated_at",
    "usable_at",
    "id",
];

/// The account with everything made up taken out, and its ids put into the order of their kinds.
pub(crate) fn canonical(account: &Value) -> String {
    let mut names: Vec<(String, String)> = Vec::new();
    let mut name = |id: &str, kind: String| names.push((id.to_owned(), kind));
    let map = |value: &Value| value.as_object().cloned().unwrap_or_default();
    for (at, (id, it)) in map(&account["distributions"]).iter().enumerate() {
        name(id, format!("<distribution {at}>"));
        name(it["domain"].as_str().unwrap(), format!("<domain {at}>"));
    }
    for (kind, all) in map(&account["resources"]) {
        for (at, id) in map(&all).keys().enumerate() {
            name(id, format!("<{kind} {at}>"));
        }
    }
    let mut account = account.clone();
    strip(&mut account);
    let text = serde_json::to_string_pretty(&account).unwrap();
    let text = SAYS_NOTHING.iter().fold(text, |text, part| text.replace(part, ""));
    names.iter().fold(text, |text, (id, name)| text.replace(id, name))
}

/// What S3 writes into the documents of a new bucket, and edgegate leaves out of the same documents.
const SAYS_NOTHING: [&str; 2] = [
    r#"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"#,
    "<BucketKeyEnabled>false</BucketKeyEnabled>",
];

fn strip(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|key, value| !MADE_UP.contains(&key.as_str()) && !is_empty(value));
            map.values_mut().for_each(strip);
            map.retain(|_, value| !is_empty(value));
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_object().is_some_and(serde_json::Map::is_empty)
}

/// At no moment may an image be reached past the authorizer, and nothing may exist twice.
pub(crate) fn check_invariants(account: &Value, moment: &str) {
    let count = |name: &str| account[name].as_object().map_or(0, serde_json::Map::len);
    for kind in ["buckets", "roles", "functions", "distributions"] {
        assert!(count(kind) <= 1, "{moment}: {} {kind}", count(kind));
    }
    for (kind, all) in account["resources"].as_object().into_iter().flatten() {
        assert!(all.as_object().unwrap().len() <= 1, "{moment}: two of {kind}");
    }
    for bucket in account["buckets"].as_object().into_iter().flatten().map(|(_, it)| it) {
        let document = |name: &str| bucket["documents"][name].as_str().unwrap_or_default();
        let blocked = document("publicAccessBlock");
        assert_eq!(blocked.matches(">true<").count(), 4, "{moment}: public access: {blocked}");
        assert!(document("ownershipControls").contains("BucketOwnerEnforced"), "{moment}");
        let policy = document("policy");
        assert!(policy.is_empty() || policy.contains("aws:SourceArn"), "{moment}: {policy}");
    }
    check_doors(account, moment);
}

/// The function stands in front of every distribution from its first moment to its last.
fn check_doors(account: &Value, moment: &str) {
    for (id, it) in account["distributions"].as_object().into_iter().flatten() {
        let config = it["config"].as_str().unwrap();
        let guarded = config.contains("<EventType>viewer-request</EventType>")
            && config.contains("<LambdaFunctionARN>");
        assert!(guarded, "{moment}: {id} has no authorizer");
        assert!(!config.contains("<PathPattern>"), "{moment}: {id} has another door");
    }
}
