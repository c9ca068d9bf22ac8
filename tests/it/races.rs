//! Somebody is faster: the loser says so, and what the winner did stays.

use crate::account::canonical;
use crate::cloud::{Cloud, on_every_core};
use crate::hand::{CORS, Hand, INLINE, SUSPENDED, WEBSITE};
use crate::support::Finished;
use serde_json::{Value, json};
use std::process::Stdio;

/// Runs a deployment up to a call, does something else, and lets it go on.
fn overtaken(cloud: &Cloud, call: &Value, meanwhile: impl FnOnce()) -> Finished {
    let mut fault = call.clone();
    fault["fault"] = json!("pause");
    cloud.disturb(&json!([fault]));
    let mut command = cloud.command("deploy --yes");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let held = cloud.page("GET", "held", &Value::Null);
    assert_ne!(held, json!([]), "{call}");
    meanwhile();
    cloud.calm();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    Finished { stdout: text(output.stdout), stderr: text(output.stderr), code }
}

#[track_caller]
fn lost(finished: &Finished) {
    assert_eq!(finished.code, 1, "{finished}");
    assert!(finished.stderr.contains("since the plan"), "{finished}");
    assert!(finished.stderr.contains("hint: plan again: cargo xtask plan"), "{finished}");
}

/// What is to be mended, the write that would mend it, and what somebody does right before that.
const CONDITIONAL: [(Hand, &str, Hand); 5] = [
    (
        Hand::Edge("distribution", "PriceClass_100", "PriceClass_All"),
        "UpdateDistribution",
        Hand::Edge("distribution", "http2and3", "http2"),
    ),
    (
        Hand::Edge("cache-policy", "<MinTTL>0<", "<MinTTL>1<"),
        "UpdateCachePolicy",
        Hand::Edge("cache-policy", "<DefaultTTL>86400<", "<DefaultTTL>9<"),
    ),
    (
        Hand::Edge("response-headers-policy", "same-site", "cross-origin"),
        "UpdateResponseHeadersPolicy",
        Hand::Edge("response-headers-policy", "max-age=300", "max-age=9"),
    ),
    (
        Hand::Edge("origin-access-control", "always", "never"),
        "UpdateOriginAccessControl",
        Hand::Edge("origin-access-control", "never", "no-override"),
    ),
    (
        Hand::Lambda("PUT", "/configuration", r#"{"Timeout": 9}"#),
        "UpdateFunctionConfiguration",
        Hand::Lambda("PUT", "/configuration", r#"{"MemorySize": 256}"#),
    ),
];

/// What is to be mended where AWS has no condition, and what somebody does meanwhile.
const UNCONDITIONAL: [(Hand, Hand); 3] = [
    (Hand::Iam(INLINE), Hand::Iam("Action=DeleteRolePolicy&PolicyName=logs")),
    (Hand::S3("PUT", "?versioning", SUSPENDED), Hand::S3("PUT", "?cors", CORS)),
    (
        Hand::Policy("\"s3:GetObject\"", "[\"s3:GetObject\",\"s3:DeleteObject\"]"),
        Hand::Policy("\"s3:PutObject\"", "\"s3:DeleteObject\""),
    ),
];

#[test]
fn a_change_between_plan_and_apply_is_not_overwritten() {
    on_every_core(&CONDITIONAL, |cloud, (before, call, meanwhile)| {
        cloud.restore(&json!({"format": 1}));
        cloud.run("deploy --yes").expect(0);
        cloud.by_hand(before);
        let mut left = String::new();
        let finished = overtaken(cloud, &json!({"call": call}), || {
            cloud.by_hand(meanwhile);
            left = canonical(&cloud.account());
        });
        lost(&finished);
        assert_eq!(left, canonical(&cloud.account()), "{call}");
        cloud.run("deploy --yes").expect(0);
    });
}

/// IAM and S3 have no conditional writes: edgegate looks again right before each.
#[test]
fn what_has_no_condition_is_looked_at_again() {
    on_every_core(&UNCONDITIONAL, |cloud, (before, meanwhile)| {
        cloud.restore(&json!({"format": 1}));
        cloud.run("deploy --yes").expect(0);
        cloud.by_hand(before);
        // The first call after all that a plan reads.
        let reads = cloud.calls_of("plan").1.len();
        let mut left = String::new();
        let finished = overtaken(cloud, &json!({"skip": reads}), || {
            cloud.by_hand(meanwhile);
            left = canonical(&cloud.account());
        });
        lost(&finished);
        assert_eq!(left, canonical(&cloud.account()));
    });
}

#[test]
fn a_change_during_the_wait_is_seen_and_not_overwritten() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    cloud.change_configuration();
    // The bucket has been read by then, and is not written.
    let website = Hand::S3("PUT", "?website", WEBSITE);
    let finished =
        overtaken(&cloud, &json!({"call": "PublishVersion"}), || cloud.by_hand(&website));
    assert_eq!(finished.code, 1, "{finished}");
    assert!(finished.stderr.contains("still differs from the configuration"), "{finished}");
    assert!(cloud.run("plan").expect(0).stdout.contains("website"), "it is left to a decision");
}

#[test]
fn of_two_deployments_at_once_one_wins() {
    for call in ["UpdateFunctionCode", "UpdateFunctionConfiguration"] {
        let cloud = Cloud::new();
        cloud.run("deploy --yes").expect(0);
        cloud.change_configuration();
        let mut left = String::new();
        let finished = overtaken(&cloud, &json!({"call": call}), || {
            cloud.reset_configuration();
            cloud.by_hand(&Hand::Lambda("PUT", "/configuration", r#"{"Timeout": 4}"#));
            cloud.run("deploy --yes").expect(0);
            left = canonical(&cloud.account());
        });
        lost(&finished);
        assert_eq!(left, canonical(&cloud.account()));
    }
}

/// Deploys beside one that is held at one call: what that writes elsewhere at the same time ends soon, and
/// until then it is a change since the plan.
fn win(cloud: &Cloud) {
    let won = (0..20).any(|_| {
        let finished = cloud.run("deploy --yes");
        if finished.code != 0 {
            lost(&finished);
        }
        finished.code == 0
    });
    assert!(won);
}

#[test]
fn of_two_first_deployments_at_once_one_wins_unless_they_are_the_same() {
    let calls = [
        "CreateBucket",
        "CreateOriginAccessControl",
        "CreateRole",
        "CreateCachePolicy",
        "CreateResponseHeadersPolicy",
        "CreateFunction",
        "CreateDistributionWithTags",
    ];
    on_every_core(&calls, |cloud, call| {
        cloud.reset_configuration();
        cloud.restore(&json!({"format": 1}));
        let mut left = String::new();
        let same = overtaken(cloud, &json!({"call": call}), || {
            win(cloud);
            left = canonical(&cloud.account());
        });
        assert!(same.code == 0 || same.stderr.contains("since the plan"), "{call}: {same}");
        assert_eq!(left, canonical(&cloud.account()), "{call}");

        cloud.restore(&json!({"format": 1}));
        let other = overtaken(cloud, &json!({"call": call}), || {
            cloud.change_configuration();
            win(cloud);
            left = canonical(&cloud.account());
        });
        lost(&other);
        assert_eq!(left, canonical(&cloud.account()), "{call}");
    });
}
