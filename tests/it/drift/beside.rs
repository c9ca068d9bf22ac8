//! What others attach beside the stack: a plan names it and changes nothing, and so does a deployment.

use crate::account::canonical;
use crate::cloud::{Cloud, on_every_core};
use crate::hand::{BUCKET, Hand, LOGGING, planned};
use serde_json::Value;

/// What it is, what is done by hand, and what a plan says of it.
const ROWS: [(&str, Hand, &str); 4] = [
    (
        "an access log",
        Hand::S3("PUT", "?logging", LOGGING),
        "the access log of the bucket is written to audit/images/",
    ),
    (
        "a copy of every image",
        Hand::S3("PUT", "?replication", REPLICATION),
        "images are copied to arn:aws:s3:::copies: whoever may read there",
    ),
    (
        "events",
        Hand::S3("PUT", "?notification", EVENTS),
        "EventBridge, arn:aws:sqs:us-east-1:000000000000:new hears of each image",
    ),
    (
        "a permissions boundary",
        Hand::Iam(
            "Action=PutRolePermissionsBoundary\
             &PermissionsBoundary=arn:aws:iam::aws:policy/ReadOnlyAccess",
        ),
        "the permissions boundary arn:aws:iam::aws:policy/ReadOnlyAccess limits the role",
    ),
];

#[test]
fn what_others_attach_is_named_and_left_there() {
    on_every_core(&ROWS, |cloud, (name, hand, sentence)| {
        cloud.deploy_afresh();
        cloud.by_hand(hand);
        let before = canonical(&cloud.account());
        assert_eq!(planned(cloud), [], "{name}");
        let (lints, digest) = lints(cloud);
        assert_eq!(of(&lints, sentence)["state"], "kept", "{name}");
        let text = cloud.run("plan").expect(0).stdout;
        assert!(text.contains("edgegate leaves it"), "{name}: {text}");
        cloud.run(&format!("deploy --expect {digest}")).expect(0);
        assert_eq!(canonical(&cloud.account()), before, "{name}");
    });
}

#[test]
fn another_distribution_in_front_of_the_bucket_is_named() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    cloud.distribute_too(BUCKET);
    let sentence = "has this bucket behind it, and a behavior without an authorizer";
    let (lints, _) = lints(&cloud);
    let found = of(&lints, sentence);
    assert_eq!((&found["severity"], &found["state"]), (&"warning".into(), &"kept".into()));
    cloud.run("plan --deny-warnings").expect(5);
}

#[test]
fn what_a_request_policy_of_others_forwards_is_said() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    let policy = "<OriginRequestPolicyConfig><Name>mine</Name><HeadersConfig><HeaderBehavior>whitelist\
         </HeaderBehavior><Headers><Quantity>1</Quantity><Items><Name>x-amz-copy-source</Name></Items>\
         </Headers></HeadersConfig><CookiesConfig><CookieBehavior>none</CookieBehavior></CookiesConfig>\
         <QueryStringsConfig><QueryStringBehavior>none</QueryStringBehavior></QueryStringsConfig>\
         </OriginRequestPolicyConfig>";
    let (_, made) = cloud.ok("cloudfront", "POST", "/2020-05-31/origin-request-policy", policy);
    let id = made.split("<Id>").nth(1).unwrap().split('<').next().unwrap();
    let attached =
        format!("<OriginRequestPolicyId>{id}</OriginRequestPolicyId><ResponseHeadersPolicyId>");
    cloud.edit("distribution", "<ResponseHeadersPolicyId>", &attached);
    let sentence =
        "mine forwards headers (x-amz-copy-source) that S3 takes for signed by CloudFront";
    let found = lints(&cloud).0;
    let found = of(&found, sentence);
    assert_eq!((&found["severity"], &found["state"]), (&"warning".into(), &"observed".into()));
    cloud.run("deploy --yes").expect(0);
    cloud.run("plan --exit-code --deny-warnings").expect(0);
}

#[track_caller]
fn of<'a>(lints: &'a [Value], sentence: &str) -> &'a Value {
    let found = lints.iter().find(|it| it["sentence"].as_str().unwrap().contains(sentence));
    found.unwrap_or_else(|| panic!("{sentence}: {lints:#?}"))
}

/// Of a plan, with its digest.
fn lints(cloud: &Cloud) -> (Vec<Value>, String) {
    let plan = cloud.run("plan --format json").expect(0).stdout;
    let plan: Value = serde_json::from_str(&plan).unwrap();
    (plan["lints"].as_array().unwrap().clone(), plan["digest"].as_str().unwrap().to_owned())
}

const REPLICATION: &str = "<ReplicationConfiguration>\
     <Role>arn:aws:iam::000000000000:role/copy</Role><Rule><ID>all</ID><Status>Enabled</Status>\
     <Priority>1</Priority><Filter><Prefix></Prefix></Filter>\
     <DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication>\
     <Destination><Bucket>arn:aws:s3:::copies</Bucket></Destination></Rule>\
     </ReplicationConfiguration>";
const EVENTS: &str = "<NotificationConfiguration><QueueConfiguration><Id>new</Id>\
     <Queue>arn:aws:sqs:us-east-1:000000000000:new</Queue><Event>s3:ObjectCreated:*</Event>\
     </QueueConfiguration><EventBridgeConfiguration/></NotificationConfiguration>";
