//! A plan as something to review: what it says first, what approves it, and what does not.

use crate::cloud::Cloud;
use crate::hand::Hand;
use crate::support::{CONFIG, Folder};
use serde_json::Value;
use std::fs;

const RULE: &str = "[[rules]]\nmethods = [\"GET\", \"PUT\"]\npath = \"/users/{sub}/**\"\n";

fn findings(cloud: &Cloud) -> Vec<String> {
    let plan = cloud.run("plan --format json").expect(0);
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    let steps = plan["steps"].as_array().unwrap().iter();
    let all = steps.flat_map(|it| it["findings"].as_array().unwrap());
    let text = |it: &Value, key: &str| it[key].as_str().unwrap().to_owned();
    all.map(|it| ["risk", "direction", "sentence"].map(|key| text(it, key)).join(" ")).collect()
}

#[test]
fn a_reviewer_sees_what_opens_and_what_closes() {
    let cloud = Cloud::new();
    let first = findings(&cloud);
    assert!(first.iter().any(|it| it.contains("cloudfront.amazonaws.com may s3:GetObject")));
    cloud.run("deploy --yes").expect(0);
    assert_eq!(findings(&cloud), [] as [&str; 0]);

    cloud.change_configuration();
    let changed = findings(&cloud);
    let expected = [
        "high widens tokens signed by another key are accepted: ins_rotated counts: RS256 2048 bits",
        "high widens a rule lets in: GET,PUT /users/{sub}/**",
        "low narrows a rule goes, and with it whom it let in: GET,HEAD /**",
        "high neutral the edge runs the new version instead of version 1 of the authorizer",
    ];
    for sentence in expected {
        assert!(changed.iter().any(|it| it.starts_with(sentence)), "{sentence}: {changed:#?}");
    }
    let text = cloud.run("plan").expect(0).stdout;
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what}: {text}"));
    assert!(at("Review first:") < at("! update function"), "{text}");
    assert!(text.contains("-       GET,HEAD /**"), "rule by rule: {text}");
    cloud.run("deploy --yes").expect(0);
    cloud.run("plan --exit-code").expect(0);
}

#[test]
fn what_stands_open_is_said_to_be_closed() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    cloud.by_hand(&Hand::Edge("distribution", "viewer-request", "origin-request"));
    let mended = findings(&cloud);
    assert!(mended.iter().any(|it| it.contains("judged by the authorizer again")), "{mended:?}");
}

#[test]
fn a_risk_above_the_limit_is_refused() {
    let cloud = Cloud::new();
    cloud.run("plan --max-risk medium").expect(0);
    let refused = cloud.run("plan --max-risk low").expect(5);
    assert!(refused.stderr.contains("the plan has a medium risk, and at most low"), "{refused}");
    cloud.run("plan --max-risk much").expect(2);
}

#[test]
fn a_warning_is_said_in_every_format_and_can_be_denied() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    cloud.by_hand(&Hand::Policy("\"s3:GetObject\"", "[\"s3:GetObject\",\"s3:ListBucket\"]"));
    let sentence = "statement EdgeRead grants s3:ListBucket";
    let text = cloud.run("plan").expect(0).stdout;
    assert!(text.contains(&format!("! warning  bucket_policy: {sentence}")), "{text}");
    let markdown = cloud.run("plan --format markdown").expect(0).stdout;
    assert!(markdown.contains("- **warning** `bucket_policy`: statement EdgeRead"), "{markdown}");
    let json = cloud.run("plan --format json").expect(0).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    let mut lints = json["lints"].as_array().unwrap().iter();
    let found = lints.find(|it| it["sentence"].as_str().unwrap().contains(sentence)).unwrap();
    assert_eq!((&found["severity"], &found["state"]), (&"warning".into(), &"observed".into()));
    let denied = cloud.run("plan --deny-warnings").expect(5);
    assert!(denied.stderr.contains("none is allowed"), "{denied}");
}

#[test]
fn a_plan_in_a_file_is_applied_exactly_or_not_at_all() {
    let cloud = Cloud::new();
    cloud.run("plan --out plan.json").expect(0);
    cloud.run("plan --check plan.json").expect(0);
    let written = fs::read_to_string(cloud.folder.path("plan.json")).unwrap();
    cloud.run("deploy --plan plan.json").expect(0);
    // It was for an empty account.
    let again = cloud.run("deploy --plan plan.json").expect(5);
    assert!(again.stderr.contains("observed bucket: approved null, now"), "{again}");

    cloud.folder.write("edgegate.toml", &format!("{CONFIG}{RULE}"));
    cloud.run("plan --out plan.json").expect(0);
    cloud.by_hand(&Hand::Policy("\"s3:GetObject\"", "[\"s3:GetObject\",\"s3:DeleteObject\"]"));
    let before = cloud.account();
    let moved = cloud.run("plan --check plan.json").expect(5);
    assert!(moved.stderr.contains("s3:DeleteObject"), "{moved}");
    cloud.run("deploy --plan plan.json").expect(5);
    assert_eq!(cloud.account(), before, "nothing was written");

    cloud.folder.write("plan.json", &written.replace("\"photos\"", "\"photo\""));
    let edited = cloud.run("deploy --plan plan.json").expect(5);
    assert!(edited.stderr.contains("its digest is not its own"), "{edited}");
    cloud.folder.write("plan.json", "{}");
    cloud.run("plan --check plan.json").expect(5);
}

#[test]
fn what_differs_from_a_digest_is_said_where_its_plan_is_known() {
    let cloud = Cloud::new();
    let digest = |cloud: &Cloud| {
        let plan = cloud.run("plan --format json").expect(0).stdout;
        let plan: Value = serde_json::from_str(&plan).unwrap();
        plan["digest"].as_str().unwrap().to_owned()
    };
    let expected = digest(&cloud);
    cloud.set("[delivery]\nprice_class = \"PriceClass_All\"\n");
    let line = format!("deploy --expect {expected}");
    let says = "desired distribution.price_class: approved PriceClass_100, now PriceClass_All";
    let refused = cloud.run(&line).expect(5);
    assert!(refused.stderr.contains(says), "{refused}");
    assert!(refused.stderr.contains(".edgegate/plans/"), "{refused}");

    // In a clone that has only what was committed.
    cloud.reset_configuration();
    fs::create_dir(cloud.folder.path("plans")).unwrap();
    cloud.run("plan --out plans/prod.json").expect(0);
    fs::remove_dir_all(cloud.folder.path(".edgegate")).unwrap();
    cloud.set("[delivery]\nprice_class = \"PriceClass_All\"\n");
    let refused = cloud.run(&line).expect(5);
    assert!(
        refused.stderr.contains(says) && refused.stderr.contains("plans/prod.json"),
        "{refused}"
    );

    fs::remove_dir_all(cloud.folder.path("plans")).unwrap();
    let refused = cloud.run(&line).expect(5);
    assert!(refused.stderr.contains("the digest alone does not tell"), "{refused}");
    assert_eq!(cloud.account()["buckets"], serde_json::json!({}), "nothing was written");
    cloud.reset_configuration();
    cloud.run(&line).expect(0);
}

#[test]
fn the_last_plans_are_kept() {
    let cloud = Cloud::new();
    let folder = cloud.folder.path(".edgegate/plans");
    fs::create_dir_all(&folder).unwrap();
    for old in 0..40 {
        fs::write(folder.join(format!("{old}.json")), "{}").unwrap();
    }
    cloud.run("plan").expect(0);
    let all = fs::read_dir(folder).unwrap().map(|it| it.unwrap().metadata().unwrap().len());
    let all: Vec<_> = all.collect();
    assert_eq!(all.len(), 32);
    assert_eq!(all.iter().filter(|size| **size > 2).count(), 1, "the one that was shown is there");
}

#[test]
fn an_offline_plan_asks_nobody() {
    let folder = Folder::new();
    let cloud = Cloud::new();
    folder.write("keys.json", &fs::read_to_string(cloud.folder.path("keys.json")).unwrap());
    let plan = folder.run("plan --offline").expect(0);
    assert!(plan.stdout.contains("Plan: 8 to create"), "{plan}");
    assert!(plan.stdout.contains("no digest to approve"), "{plan}");
    folder.run("plan --offline --out plan.json").expect(2);
}

#[test]
fn the_policies_are_filled_in() {
    let folder = Folder::new();
    let all = folder.run("policies --account 111122223333 --repository me/photos").expect(0);
    assert!(!all.stdout.contains('<'), "{all}");
    let all: Value = serde_json::from_str(&all.stdout).unwrap();
    assert_eq!(all.as_object().unwrap().len(), 6);
    for (name, document) in all.as_object().unwrap() {
        // IAM and STS quotas: a managed policy, which takes more than a role's trust policy.
        let limit = if name.contains("trust") { 2_048 } else { 6_144 };
        assert!(document.to_string().len() <= limit, "{name}");
    }
    let one = folder.run("policies teardown --account 111122223333").expect(0);
    assert!(one.stdout.contains("arn:aws:s3:::photos-images-111122223333-us-east-1-an"), "{one}");
    folder.run("policies --account me").expect(2);
}
