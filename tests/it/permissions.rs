//! The documents in `policies/`: what a command needs is in its document, and nothing else is.

use crate::cloud::Cloud;
use crate::hand::{AUTHORIZER, BUCKET, Hand};
use crate::support::{CONFIG, workspace};
use serde_json::{Value, json};
use std::collections::BTreeSet;

type Actions = BTreeSet<String>;

/// Granted for what these runs do not come to: somebody else's changes, and images.
const RARE: [(&str, &str); 6] = [
    ("lambda:GetRuntimeManagementConfig", "what is to be adopted is looked at more closely"),
    ("cloudfront:GetOriginRequestPolicy", "one that was attached by hand is looked into"),
    ("s3:GetBucketAcl", "where the owner is not enforced, access control lists are looked at"),
    ("iam:DetachRolePolicy", "a managed policy that was attached by hand is detached"),
    ("s3:AbortMultipartUpload", "an upload in parts that slipped in is aborted"),
    ("s3:DeleteObjectVersion", "S3 asks for it for each version in a DeleteObjects"),
];

pub(crate) fn granted(document: &str) -> Actions {
    let text = std::fs::read_to_string(workspace().join("policies").join(document)).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let statements = document["Statement"].as_array().unwrap().iter();
    let actions = statements.flat_map(|it| match &it["Action"] {
        Value::Array(many) => many.clone(),
        one => vec![one.clone()],
    });
    actions.map(|it| it.as_str().unwrap().to_owned()).collect()
}

/// The permissions that a command takes.
fn used(cloud: &Cloud, line: &str) -> Actions {
    cloud.page("DELETE", "calls", &Value::Null);
    cloud.run(line).expect(0);
    cloud.list("actions").into_iter().collect()
}

/// Beside what it asks to see whether anything answers: that is not signed.
fn doctor(cloud: &Cloud) -> Actions {
    let mut used = used(cloud, "doctor");
    used.remove("s3:Other");
    used
}

#[track_caller]
fn assert_same(document: &str, used: &Actions) {
    let granted = granted(document);
    let missing: Vec<_> = used.difference(&granted).collect();
    assert!(missing.is_empty(), "{document} does not grant {missing:?}");
    let rare: Actions = RARE.iter().map(|(action, _)| (*action).to_owned()).collect();
    let unused: Vec<_> = granted.difference(used).filter(|it| !rare.contains(*it)).collect();
    assert!(unused.is_empty(), "{document} grants what nothing uses: {unused:?}");
}

#[test]
fn the_policies_grant_what_the_commands_need_and_nothing_else() {
    let cloud = Cloud::new();
    let mut deploy = used(&cloud, "deploy --yes");
    let plan = used(&cloud, "plan");
    let keep = used(&cloud, "teardown --yes --keep-bucket");
    deploy.extend(used(&cloud, "deploy --yes"));
    cloud.publish_more();
    cloud.spoil();
    deploy.extend(used(&cloud, "deploy --yes"));
    cloud.upload("users/user_1/a.png");
    let doctor = doctor(&cloud);
    let teardown = &(&doctor | &keep)
        | &used(&cloud, "teardown --yes --delete-images photos-images-000000000000-us-east-1-an");
    assert_same("planner.json", &(&plan | &doctor));
    assert_same("deployer.json", &(&deploy | &doctor));
    assert_same("teardown.json", &teardown);
    assert!(granted("planner.json").is_subset(&granted("deployer.json")));
}

#[test]
fn an_adoption_needs_one_document_more() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    let table = disown(&cloud);
    cloud.folder.write("edgegate.toml", &format!("{CONFIG}{table}"));
    assert_same("planner.json", &(&used(&cloud, "plan --adopt") | &doctor(&cloud)));
    // Who else uses what is adopted is said, for it changes for them, too.
    another_distribution(&cloud);
    let plan = cloud.run("plan --adopt").expect(0).stdout;
    for resource in ["origin_access_control", "cache_policy", "response_headers_policy"] {
        let found = plan
            .lines()
            .find(|it| it.contains(&format!("! warning  {resource}: the distribution")));
        assert!(found.is_some(), "{resource}: {plan}");
    }
    assert!(plan.contains("uses it, too: what this"), "{plan}");
    // When a function that was made by hand gets patches of its runtime may be anybody's decision.
    cloud.by_hand(&Hand::Lambda(
        "PUT",
        "/runtime-management-config",
        r#"{"UpdateRuntimeOn": "Manual"}"#,
    ));
    let mut account = cloud.account();
    account["functions"][AUTHORIZER]["code_key"] = json!("arn:aws:kms:us-east-1:1:key/a");
    cloud.restore(&account);
    let plan = cloud.run("plan --adopt").expect(0).stdout;
    assert!(plan.contains("-     runtime_updates: Manual"), "{plan}");
    assert!(plan.contains("-     code_key: arn:aws:kms:us-east-1:1:key/a"), "{plan}");
    account["functions"][AUTHORIZER]["latest"]["config"]["rest"]["PackageType"] = json!("Image");
    cloud.restore(&account);
    let refused = cloud.run("deploy --adopt --yes").expect(5).stderr;
    assert!(refused.contains("`photos-authorizer` is a container image"), "{refused}");
    assert!(refused.contains("hint: take adopt.function out of edgegate.toml"), "{refused}");
    account["functions"][AUTHORIZER]["latest"]["config"]["rest"]["PackageType"] = json!("Zip");
    cloud.restore(&account);
    let adoption = used(&cloud, "deploy --adopt --yes");
    let more: Actions = adoption.difference(&granted("deployer.json")).cloned().collect();
    assert_eq!(more, granted("adopter.json"));
    cloud.run("plan --exit-code").expect(0);
}

/// With everything that the stack's has, but for the mark.
fn another_distribution(cloud: &Cloud) {
    let account = cloud.account();
    let config =
        account["distributions"].as_object().unwrap().values().next().unwrap()["config"].clone();
    let config = config.as_str().unwrap().replace("edgegate/photos/", "by-hand/");
    let config = config.replace("edgegate:photos", "another");
    cloud.ok("cloudfront", "POST", "/2020-05-31/distribution", &config);
}

/// Takes the marks off everything, and says how it would be adopted.
fn disown(cloud: &Cloud) -> String {
    cloud.by_hand(&Hand::S3("DELETE", "?tagging", ""));
    cloud.by_hand(&Hand::Iam("Action=UntagRole&TagKeys.member.1=edgegate:stack"));
    let kinds = ["origin-access-control", "cache-policy", "response-headers-policy"];
    for kind in kinds {
        cloud.by_hand(&Hand::Edge(kind, "edgegate:photos", "by hand"));
    }
    let mut account = cloud.account();
    account["functions"][AUTHORIZER]["tags"] = json!({});
    let distributions = account["distributions"].as_object_mut().unwrap();
    let distribution = distributions.keys().next().unwrap().clone();
    distributions[&distribution]["tags"] = json!({});
    cloud.restore(&account);
    let mut table = format!(
        "[adopt]\nbucket = \"{BUCKET}\"\nrole = \"{AUTHORIZER}\"\nfunction = \"{AUTHORIZER}\"\n\
         distribution = \"{distribution}\"\n"
    );
    for kind in kinds {
        let id = account["resources"][kind].as_object().unwrap().keys().next().unwrap();
        table.extend([kind.replace('-', "_").as_str(), " = \"", id, "\"\n"]);
    }
    table
}
