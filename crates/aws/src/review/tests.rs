//! The table of what opens, what closes and how bad it is (each row: a property, and its change).

use super::judge;
use crate::testing;
use engine::Finding;
use serde_json::{Value, json};

fn desired(resource: &str) -> Value {
    let (config, names, bundle) = (testing::config(), testing::names(), testing::bundle());
    let graph = crate::graph(&config, &names, &bundle).unwrap();
    graph.node(resource).unwrap().desired.clone()
}

fn with(resource: &str, path: &str, value: Value) -> Value {
    let mut tree = desired(resource);
    let (parent, key) = path.rsplit_once('/').unwrap();
    let parent = tree.pointer_mut(parent).unwrap();
    match parent {
        Value::Array(items) => items[key.parse::<usize>().unwrap()] = value,
        other => other[key] = value,
    }
    tree
}

fn say(findings: &[Finding]) -> String {
    let line =
        |it: &Finding| format!("{} {}: {}", it.risk.name(), it.direction.name(), it.sentence);
    findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// From what is desired to that, and back.
fn both_ways(resource: &str, path: &str, value: Value) -> (String, String) {
    let (closed, open) = (desired(resource), with(resource, path, value));
    let judge = judge(resource);
    (say(&judge(Some(&closed), Some(&open))), say(&judge(Some(&open), Some(&closed))))
}

#[test]
fn each_switch_opens_and_closes() {
    let rows = [
        ("bucket", "/public_access_block/block_public_policy", json!(false), "critical"),
        ("bucket", "/ownership", json!("BucketOwnerPreferred"), "high"),
        ("bucket", "/versioning", json!("Suspended"), "medium"),
        ("origin_access_control", "/signing_behavior", json!("no-override"), "critical"),
        ("cache_policy", "/headers/behavior", json!("whitelist"), "high"),
        ("cache_policy", "/query_strings/behavior", json!("all"), "high"),
        ("distribution", "/behavior/viewer_protocol", json!("allow-all"), "high"),
        ("distribution", "/behavior/origin_request_policy", json!("88a5"), "high"),
        ("distribution", "/behavior/functions", json!([]), "critical"),
        ("distribution", "/behavior/functions/0/event", json!("origin-request"), "critical"),
        ("distribution", "/path_behaviors", json!([{"path": "/open/*"}]), "critical"),
        ("distribution", "/origins/0/access_control", json!(null), "high"),
        ("function", "/url", json!("NONE"), "high"),
        ("function", "/permissions", json!({"anyone": {}}), "high"),
        ("role", "/managed_policies", json!(["arn:aws:iam::aws:policy/Admin"]), "critical"),
    ];
    for (resource, path, value, risk) in rows {
        let (opens, closes) = both_ways(resource, path, value);
        assert!(opens.starts_with(&format!("{risk} widens: ")), "{resource}{path}: {opens}");
        assert!(closes.starts_with("low narrows: "), "{resource}{path}: {closes}");
    }
}

#[test]
fn a_policy_is_compared_by_what_it_grants() {
    let at = "/policy/Statement/1";
    let (opens, closes) = both_ways(
        "bucket_policy",
        &format!("{at}/Action"),
        json!(["s3:DeleteObject", "s3:GetObject"]),
    );
    insta::assert_snapshot!(format!("{opens}\n{closes}"), @"
    high widens: cloudfront.amazonaws.com may also s3:DeleteObject
    low narrows: cloudfront.amazonaws.com may no longer s3:DeleteObject
    ");
    let (opens, _) = both_ways(
        "bucket_policy",
        &format!("{at}/Condition/StringEquals"),
        json!({"aws:SourceAccount": "111122223333"}),
    );
    insta::assert_snapshot!(opens, @"critical widens: condition StringEquals aws:SourceArn is loosened: any distribution of anybody may use the grant");
    let (opens, _) = both_ways("bucket_policy", &format!("{at}/Principal"), json!("*"));
    assert!(opens.starts_with("critical widens: * may s3:GetObject too"), "{opens}");
    let trust =
        json!({"Service": ["lambda.amazonaws.com"], "AWS": "arn:aws:iam::999999999999:root"});
    let (opens, _) = both_ways("role", "/trust/Statement/0/Principal", trust);
    assert!(opens.contains("critical widens: arn:aws:iam::999999999999:root"), "{opens}");
}

#[test]
fn rules_and_keys_are_said_one_by_one() {
    let of = |rules: Value, keys: Value| json!({"architecture": "x86_64", "contents": {"rules": rules, "keys": keys, "files": {}, "policy": {"leeway": 5}}});
    let before = of(json!(["PUT /users/{sub}/**", "GET /**"]), json!({"ins_1": "RS256 a"}));
    let mut after =
        of(json!(["GET /**", "GET /open/**, public true"]), json!({"ins_2": "RS256 b"}));
    after["contents"]["policy"]["leeway"] = json!(30);
    insta::assert_snapshot!(say(&judge("function")(Some(&before), Some(&after))), @"
    high widens: tokens signed by another key are accepted: ins_2 counts: RS256 b
    low narrows: tokens signed by ins_1, RS256 a, are refused
    critical widens: everybody is let in, signed in or not: GET /open/**, public true
    high widens: a rule lets in: GET /open/**, public true
    medium widens: a rule goes, later ones decide instead: PUT /users/{sub}/**
    medium widens: the authorizer's leeway was 5, becomes 30
    ");
}

#[test]
fn what_held_viewers_back_is_not_taken_away_silently() {
    let acl = "arn:aws:wafv2:us-east-1:1:global/webacl/a/b";
    let (closes, opens) = both_ways("distribution", "/web_acl", json!(acl));
    insta::assert_snapshot!(format!("{closes}\n{opens}"), @"
    low narrows: viewers are held back by: arn:aws:wafv2:us-east-1:1:global/webacl/a/b
    high widens: viewers are not held back any more by: arn:aws:wafv2:us-east-1:1:global/webacl/a/b
    ");
    let also = json!(["geo whitelist DE", "default root object index.html"]);
    let (_, opens) = both_ways("distribution", "/also", also);
    assert_eq!(opens, "high widens: viewers are not held back any more by: geo whitelist DE");
    let (_, opens) = both_ways("distribution", "/behavior/also", json!(["trusted key groups"]));
    assert_eq!(opens, "high widens: viewers are not held back any more by: trusted key groups");
}

#[test]
fn another_order_of_the_rules_that_stay_is_said_whatever_else_changes() {
    let of = |rules: Value, parties: Value| {
        let policy = json!({"authorized_parties": parties});
        let contents = json!({"rules": rules, "keys": {}, "files": {}, "policy": policy});
        json!({"architecture": "x86_64", "contents": contents})
    };
    let before = of(json!(["A", "B", "C"]), json!([]));
    let after = of(json!(["B", "A"]), json!(["https://app.example.com"]));
    insta::assert_snapshot!(say(&judge("function")(Some(&before), Some(&after))), @r#"
    low narrows: a rule goes, and with it whom it let in: C
    high neutral: rules apply in another order
    low narrows: the authorizer's authorized_parties was [], becomes ["https://app.example.com"]
    "#);
}

#[test]
fn the_first_deployment_says_what_it_grants_and_no_more() {
    let said = |resource: &str| say(&judge(resource)(None, Some(&desired(resource))));
    for quiet in ["bucket", "cache_policy", "distribution", "response_headers_policy"] {
        assert_eq!(said(quiet), "", "{quiet}");
    }
    let grants = said("bucket_policy");
    assert_eq!(grants.lines().filter(|it| it.starts_with("medium widens")).count(), 2, "{grants}");
}
