//! What a plan says first is done first: the steps of a plan, and the writes that reach the cloud.

use crate::cloud::Cloud;
use crate::drift::is_read;
use crate::hand::{BUCKET, Hand, STRANGER};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

/// The resource that a write belongs to.
fn resource(call: &str) -> Option<&'static str> {
    let operation = call.split_once(':').unwrap().1;
    Some(match operation {
        "PutBucketPolicy" | "DeleteBucketPolicy" => "bucket_policy",
        // What was deployed is noted after all of it.
        "TagRole" => return None,
        it if it.contains("Bucket") || it.contains("PublicAccessBlock") => "bucket",
        it if it.contains("Role") => "role",
        it if it.contains("OriginAccessControl") => "origin_access_control",
        it if it.contains("CachePolicy") => "cache_policy",
        it if it.contains("ResponseHeadersPolicy") => "response_headers_policy",
        it if it.contains("Distribution") => "distribution",
        _ => "function",
    })
}

struct Step {
    resource: String,
    widens: bool,
    narrows: bool,
}

fn steps(cloud: &Cloud) -> Vec<Step> {
    let plan = cloud.run("plan --format json").expect(0).stdout;
    let plan: Value = serde_json::from_str(&plan).unwrap();
    let step = |it: &Value| {
        let findings = it["findings"].as_array().unwrap();
        let has = |direction: &str| findings.iter().any(|it| it["direction"] == direction);
        let (widens, narrows) = (has("widens"), has("narrows"));
        let resource = it["resource"].as_str().unwrap().to_owned();
        Step { resource, widens, narrows: narrows && !widens }
    };
    plan["steps"].as_array().unwrap().iter().map(step).collect()
}

/// References, from those that are referred to.
const CHAINS: [[&str; 2]; 6] = [
    ["role", "function"],
    ["function", "distribution"],
    ["cache_policy", "distribution"],
    ["response_headers_policy", "distribution"],
    ["origin_access_control", "distribution"],
    ["distribution", "bucket_policy"],
];

#[test]
fn writes_come_in_the_order_of_the_plan_narrowing_first_and_widening_last() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    // Each of these is closed again, and the new rules open something.
    for hand in [
        Hand::S3("DELETE", "?publicAccessBlock", ""),
        Hand::Edge("cache-policy", "<CookieBehavior>none", "<CookieBehavior>all"),
        Hand::Iam("Action=AttachRolePolicy&PolicyArn=arn:aws:iam::aws:policy/AdministratorAccess"),
        Hand::Edge("response-headers-policy", "max-age=300", "max-age=9"),
    ] {
        cloud.by_hand(&hand);
    }
    cloud.change_configuration();
    let steps = steps(&cloud);
    let (finished, calls) = cloud.calls_of("deploy --yes");
    finished.expect(0);
    let writes: Vec<_> =
        calls.iter().filter(|it| !is_read(it)).filter_map(|it| resource(it)).collect();
    let first = |it: &str| writes.iter().position(|write| *write == it).unwrap();
    let last = |it: &str| writes.iter().rposition(|write| *write == it).unwrap();

    let mut written: Vec<_> = writes.clone();
    written.sort_unstable();
    written.dedup();
    let mut planned: Vec<_> = steps.iter().map(|it| it.resource.as_str()).collect();
    planned.sort_unstable();
    assert_eq!(written, planned, "what is planned is written, and nothing else");

    let mut pairs = 0;
    for (at, earlier) in steps.iter().enumerate() {
        for later in &steps[at + 1..] {
            let names = [earlier.resource.as_str(), later.resource.as_str()];
            let waits = (earlier.narrows && later.widens) || CHAINS.contains(&names);
            if waits {
                assert!(last(names[0]) < first(names[1]), "{names:?}: {writes:?}");
                pairs += 1;
            }
        }
    }
    assert!(pairs >= 4, "the plan has something to say about order");
    let narrowing = steps.iter().rposition(|it| it.narrows).unwrap();
    let widening = steps.iter().position(|it| it.widens).unwrap();
    assert!(narrowing < widening, "narrowing first");
}

#[test]
fn what_others_were_granted_goes_before_anything_else_and_own_grants_change_last() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    cloud.by_hand(&STRANGER);
    let policy = || cloud.account()["buckets"][BUCKET]["documents"]["policy"].to_string();
    let granted = policy();
    // Uploads may replace images: the edges have to know first.
    cloud.set("[uploads]\ncreate_only = false\n");
    cloud.disturb(&json!([{"call": "UpdateFunctionConfiguration", "fault": "access-denied"}]));
    let stopped = cloud.run("deploy --yes").expect(1);
    assert!(stopped.stderr.contains("whoever else had a grant of the bucket"), "{stopped}");
    let left = policy();
    assert!(granted.contains("999988887777") && !left.contains("999988887777"), "{left}");
    assert!(left.contains("s3:if-none-match"), "{left}");

    cloud.calm();
    let (finished, calls) = cloud.calls_of("deploy --yes");
    finished.expect(0);
    let writes: Vec<_> = calls.iter().filter(|it| it.as_str() == "s3:PutBucketPolicy").collect();
    assert_eq!(writes.len(), 1, "{calls:?}");
    assert!(!policy().contains("s3:if-none-match"), "{}", policy());
}

#[test]
fn what_others_were_granted_does_not_wait_for_somebody_elses_deployment() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    cloud.by_hand(&STRANGER);
    let mut account = cloud.account();
    for it in account["distributions"].as_object_mut().unwrap().values_mut() {
        it["deployed_at"] = json!(u64::MAX);
    }
    cloud.restore(&account);
    let mut command = cloud.command("deploy --yes");
    let mut deploy = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(deploy.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|it| it.contains("to reach every edge")));
    let policy = cloud.account()["buckets"][BUCKET]["documents"]["policy"].to_string();
    deploy.kill().unwrap();
    deploy.wait().unwrap();
    assert!(!policy.contains("999988887777") && policy.contains("EdgeUpload"), "{policy}");
}
