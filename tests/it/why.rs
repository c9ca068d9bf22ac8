//! Why something differs: a plan knows what was deployed last, without a state file.

use crate::cloud::Cloud;
use crate::hand::{Hand, planned};
use std::collections::BTreeSet;

/// Each resource that would be changed, with all the reasons of its changes.
fn reasons(cloud: &Cloud) -> Vec<String> {
    let one = |(resource, changes): (String, Vec<serde_json::Value>)| {
        let all = changes.iter().flat_map(|it| it["why"].as_array().unwrap());
        let all: BTreeSet<_> = all.map(|it| it.as_str().unwrap()).collect();
        format!("{resource}: {}", all.into_iter().collect::<Vec<_>>().join(" "))
    };
    planned(cloud).into_iter().map(one).collect()
}

const CHEAPER: Hand = Hand::Edge("distribution", "PriceClass_100", "PriceClass_All");

#[test]
fn a_plan_says_whether_the_configuration_changed_or_somebody_was_in_the_console() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    cloud.by_hand(&CHEAPER);
    assert_eq!(reasons(&cloud), ["distribution: drifted"]);

    cloud.change_configuration();
    let found = reasons(&cloud);
    for it in ["function: configuration", "distribution: drifted follows"] {
        assert!(found.iter().any(|found| found == it), "{it}: {found:?}");
    }
    let text = cloud.run("plan").expect(0).stdout;
    assert!(text.contains("! update function: the configuration changed\n"), "{text}");
    assert!(text.contains("-     price_class (drifted): PriceClass_All"), "{text}");
    let markdown = cloud.run("plan --format markdown").expect(0).stdout;
    let summary = "<code>function</code>: the configuration changed</summary>";
    assert!(markdown.contains(summary), "{markdown}");

    cloud.run("deploy --yes").expect(0);
    assert_eq!(reasons(&cloud), [] as [&str; 0]);
    cloud.by_hand(&Hand::Policy("\"s3:GetObject\"", "[\"s3:GetObject\",\"s3:DeleteObject\"]"));
    assert_eq!(reasons(&cloud), ["bucket_policy: drifted"], "the new configuration is noted");
}

#[test]
fn a_newer_edgegate_says_that_it_is_the_one_that_changed() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    let noted = "edgegate:deployed:distribution";
    let role = cloud.account()["roles"]["photos-authorizer"].clone();
    let note = role["tags"][noted].as_str().unwrap().to_owned();
    // An older one had another default, and deployed that.
    cloud.by_hand(&CHEAPER);
    let price = note.split(' ').find(|it| it.starts_with("price_class=")).unwrap();
    let older = note.replace(price, "price_class=000000");
    let older = older.replacen(env!("CARGO_PKG_VERSION"), "0.0.9", 1);
    let tag = format!("RoleName=photos-authorizer&Action=TagRole&Tags.member.1.Key={noted}");
    cloud.ok(
        "iam",
        "POST",
        "/",
        &format!("{tag}&Tags.member.1.Value={}", older.replace(' ', "%20")),
    );
    let text = cloud.run("plan").expect(0).stdout;
    let why = "edgegate makes something else of the same configuration";
    assert!(text.contains(why) && text.contains("edgegate 0.0.9 deployed it last"), "{text}");
}

#[test]
fn what_nothing_notes_is_not_explained() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    let keys: Vec<_> = cloud.account()["roles"]["photos-authorizer"]["tags"]
        .as_object()
        .unwrap()
        .keys()
        .filter(|it| it.starts_with("edgegate:deployed:"))
        .enumerate()
        .map(|(at, key)| format!("TagKeys.member.{}={key}", at + 1))
        .collect();
    assert_eq!(keys.len(), 8);
    let untag = format!("RoleName=photos-authorizer&Action=UntagRole&{}", keys.join("&"));
    cloud.ok("iam", "POST", "/", &untag);
    cloud.by_hand(&CHEAPER);
    assert_eq!(reasons(&cloud), ["distribution: differs"]);
    cloud.run("deploy --yes").expect(0);
    cloud.by_hand(&CHEAPER);
    assert_eq!(reasons(&cloud), ["distribution: drifted"]);
}
