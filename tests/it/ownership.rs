//! What somebody else made is not touched, whatever it is called.

use crate::cloud::{Cloud, on_every_core};
use crate::hand::{AUTHORIZER, BUCKET, Hand};
use crate::support::CONFIG;

/// A resource, and how its mark is taken away. What remains looks like ours and is not.
const FOREIGN: [(&str, &str, Hand); 5] = [
    ("bucket", BUCKET, Hand::S3("DELETE", "?tagging", "")),
    ("role", AUTHORIZER, Hand::Iam("Action=UntagRole&TagKeys.member.1=edgegate:stack")),
    (
        "origin access control",
        "photos-images",
        Hand::Edge("origin-access-control", "edgegate:photos", "by hand"),
    ),
    ("cache policy", "photos-images", Hand::Edge("cache-policy", "edgegate:photos", "by hand")),
    (
        "response headers policy",
        "photos-images",
        Hand::Edge("response-headers-policy", "edgegate:photos", "by hand"),
    ),
];

fn check_refused(cloud: &Cloud, what: &str, name: &str) {
    let before = cloud.account();
    for line in ["plan", "deploy --yes", "teardown --yes"] {
        let refused = cloud.run(line);
        assert_eq!(refused.code, 5, "{line}: {what}\n{refused}");
        assert!(refused.stderr.contains(&format!("the {what} `{name}`")), "{line}: {refused}");
        assert!(refused.stderr.contains("hint:"), "{line}: {refused}");
    }
    assert_eq!(before, cloud.account(), "{what} is untouched");
}

#[test]
fn what_is_not_ours_is_named_and_left_alone() {
    on_every_core(&FOREIGN, |cloud, (what, name, hand)| {
        cloud.restore(&serde_json::json!({"format": 1}));
        cloud.run("deploy --yes").expect(0);
        cloud.by_hand(hand);
        check_refused(cloud, what, name);
    });
}

#[test]
fn a_function_or_distribution_without_our_tag_is_not_ours() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    let mut account = cloud.account();
    account["functions"][AUTHORIZER]["tags"] = serde_json::json!({});
    cloud.restore(&account);
    check_refused(&cloud, "function", AUTHORIZER);

    account["functions"][AUTHORIZER]["tags"] = serde_json::json!({"edgegate:stack": "photos"});
    let distributions = account["distributions"].as_object_mut().unwrap();
    for it in distributions.values_mut() {
        it["tags"] = serde_json::json!({"edgegate:stack": "another"});
    }
    let id = distributions.keys().next().unwrap().clone();
    cloud.restore(&account);
    let refused = cloud.run("deploy --yes").expect(5);
    assert!(refused.stderr.contains(&format!("the distribution {id} is commented")), "{refused}");
    assert_eq!(account, cloud.account());
}

const NO_ALIAS: &str = "<Aliases><Quantity>0</Quantity></Aliases>";
const ALIAS: &str = "<Aliases><Quantity>1</Quantity><Items><CNAME>img.photos.example</CNAME></Items>\
    </Aliases>";

#[test]
fn a_host_name_that_another_distribution_serves_is_a_clear_error() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    let mut account = cloud.account();
    let all = account["distributions"].as_object_mut().unwrap();
    let ours = all.values().next().unwrap().to_string();
    assert!(ours.contains(NO_ALIAS), "{ours}");
    let theirs =
        ours.replace("photos", "theirs").replace("edgegate", "another").replace(NO_ALIAS, ALIAS);
    let mut theirs: serde_json::Value = serde_json::from_str(&theirs).unwrap();
    theirs["id"] = "EANOTHER".into();
    all.insert("EANOTHER".to_owned(), theirs);
    cloud.restore(&account);
    let more = "[delivery]\naliases = [\"img.photos.example\"]\n\
        certificate_arn = \"arn:aws:acm:us-east-1:000000000000:certificate/1\"\n";
    cloud.folder.write("edgegate.toml", &format!("{CONFIG}{more}"));
    let failed = cloud.run("deploy --yes").expect(1);
    assert!(failed.stderr.contains("CNAMEAlreadyExists"), "{failed}");
    assert!(failed.stderr.contains("hint: take the name from the other"), "{failed}");
}
