//! Whatever somebody changes by hand is found, shown for what it is, and mended by the calls that this
//! takes and no others.

mod authorizer;
mod beside;
mod bucket;
mod edge;
mod terraform;

use crate::account::canonical;
use crate::cloud::{Cloud, on_every_core};
use crate::hand::{Hand, planned};

/// What it is, what is done by hand, each change that a plan then shows by its resource and place,
/// and the writes that mend it, sorted.
type Row = (&'static str, &'static [Hand], &'static [&'static str], &'static [&'static str]);

fn rows() -> Vec<Row> {
    bucket::ROWS.into_iter().chain(authorizer::ROWS).chain(edge::ROWS).collect()
}

#[test]
fn every_change_by_hand_is_shown_and_mended() {
    let rows = rows();
    on_every_core(&rows, |cloud, (name, hands, shown, mends)| {
        let before = canonical(cloud.deploy_afresh());
        for hand in *hands {
            cloud.by_hand(hand);
        }
        check_plan(name, &found(cloud), shown);
        let (finished, calls) = cloud.calls_of("deploy --yes");
        finished.expect(0);
        // Before another version comes to the front, it is noted which one is there.
        let notes = |it: &str| it == NOTE && !mends.contains(&NOTE) && mends.contains(&EDGE);
        let mut writes: Vec<_> = calls.iter().filter(|it| !is_read(it) && !notes(it)).collect();
        writes.sort();
        assert_eq!(writes, *mends, "{name}");
        // Of a function there is a version more.
        if mends.contains(&"lambda:PublishVersion") {
            assert_eq!(planned(cloud), [], "{name}");
        } else {
            assert_eq!(canonical(&cloud.account()), before, "{name}");
        }
    });
    println!("{} changes by hand", rows.len());
}

/// The place of each change that a plan shows, without those that follow from another one.
fn found(cloud: &Cloud) -> Vec<String> {
    let places = planned(cloud).into_iter().flat_map(|(resource, changes)| {
        let place = move |it: serde_json::Value| {
            format!("{resource}{}", it["path"].as_str().unwrap().replace("~1", "/"))
        };
        changes.into_iter().map(place)
    });
    places.filter(|it| !FOLLOWS.contains(&it.as_str())).collect()
}

const NOTE: &str = "iam:TagRole";
const EDGE: &str = "cloudfront:UpdateDistribution";

/// Another `$LATEST` is not published any more, and the distribution follows the version.
const FOLLOWS: [&str; 2] = ["function/published", "distribution/behavior/functions/0/version_arn"];

#[track_caller]
fn check_plan(name: &str, found: &[String], shown: &[&str]) {
    let below = |place: &str, it: &str| {
        it.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let strangers: Vec<_> =
        found.iter().filter(|it| !shown.iter().any(|place| below(place, it))).collect();
    assert!(strangers.is_empty(), "{name}: more than expected: {strangers:?}");
    let missed: Vec<_> =
        shown.iter().filter(|place| !found.iter().any(|it| below(place, it))).collect();
    assert!(missed.is_empty(), "{name}: not shown: {missed:?}, but {found:?}");
}

pub(crate) fn is_read(call: &str) -> bool {
    let operation = call.split_once(':').unwrap().1;
    ["Get", "List", "Head"].iter().any(|it| operation.starts_with(it))
}

#[test]
fn the_order_in_a_policy_means_nothing() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    cloud.by_hand(&Hand::Policy("\"s3:PutObject\"", "[\"s3:PutObject\"]"));
    cloud.by_hand(&Hand::Iam(
        "Action=UpdateAssumeRolePolicy&PolicyDocument={\"Version\":\"2012-10-17\",\"Statement\":\
         {\"Effect\":\"Allow\",\"Action\":[\"sts:AssumeRole\"],\"Principal\":{\"Service\":\
         [\"lambda.amazonaws.com\",\"edgelambda.amazonaws.com\"]}}}",
    ));
    assert_eq!(planned(&cloud), []);
}
