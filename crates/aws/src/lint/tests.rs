//! Each rule once, in the state where it speaks; and that nothing speaks where nothing is wrong.

use super::lints;
use crate::testing;
use engine::{Graph, Lint, Observed, Snapshot, State};
use serde_json::{Value, json};

const TODAY: &str = "2026-11-25";
const ARN: &str = "arn:aws:cloudfront::111122223333:distribution/E1";

fn graph() -> Graph {
    crate::graph(&testing::config(), &testing::names(), &testing::bundle()).unwrap()
}

/// What is said of what is there, when that resource has that value.
fn observed(resource: &'static str, path: &str, value: Value) -> String {
    let graph = graph();
    let there = |name: &str| graph.node(name).unwrap().desired.clone();
    let outputs = [("arn".to_owned(), ARN.to_owned())];
    let state = |props| Observed { props, outputs: outputs.clone().into(), ..Observed::default() };
    let mut seen = Snapshot::from([("distribution", state(there("distribution")))]);
    let mut props = there(resource);
    let (parent, key) = path.rsplit_once('/').unwrap();
    props.pointer_mut(parent).unwrap()[key] = value;
    seen.insert(resource, state(props));
    let all = lints(&testing::config(), &graph, &seen, TODAY);
    say(&all.into_iter().filter(|it| it.state == State::Observed).collect::<Vec<_>>())
}

fn say(lints: &[Lint]) -> String {
    let line = |it: &Lint| format!("{} {}: {}", it.severity.name(), it.resource, it.sentence);
    lints.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn only_the_configuration_of_the_stack_is_to_blame() {
    let all = lints(&testing::config(), &graph(), &Snapshot::new(), TODAY);
    insta::assert_snapshot!(say(&all), @"
    warning configuration: clerk.authorized_parties is empty: tokens of every origin of this Clerk instance are accepted
    info configuration: images are on another host than the pages of https://app.example.com, so that browsers ask before they send a token (a CORS preflight per image)
    ");
}

#[test]
fn a_grant_to_cloudfront_is_for_one_distribution_and_for_images() {
    let of = |statement: Value| observed("bucket_policy", "/policy/Statement", json!([statement]));
    let cloudfront = json!({"Service": ["cloudfront.amazonaws.com"]});
    let bare = |action: Value| json!({"Sid": "Open", "Effect": "Allow", "Principal": cloudfront, "Action": action});
    insta::assert_snapshot!(of(bare(json!(["s3:GetObject", "s3:ListBucket", "s3:*"]))), @"
    warning bucket_policy: statement Open has no condition aws:SourceArn: every distribution of every account may use it
    warning bucket_policy: statement Open grants s3:ListBucket: a missing image then answers with the names of others
    warning bucket_policy: statement Open grants s3:*: CloudFront may delete images and change the bucket
    ");
    let mut other = bare(json!("s3:GetObject"));
    other["Condition"] = json!({"ArnLike": {"AWS:SourceArn": [ARN, "arn:aws:cloudfront::111122223333:distribution/E2"]}});
    insta::assert_snapshot!(of(other), @"warning bucket_policy: statement Open lets another distribution at the bucket, arn:aws:cloudfront::111122223333:distribution/E2: whether an authorizer is in front of it is not known");
    let mut refusal = bare(json!("s3:*"));
    refusal["Effect"] = json!("Deny");
    assert_eq!(of(refusal), "");
}

#[test]
fn a_distribution_has_one_door() {
    let of = |path: &str, value: Value| observed("distribution", path, value);
    let doors = json!([
        {"path": "/open/*", "origin": "images", "functions": []},
        {"path": "/judged/*", "origin": "images", "functions": ["${function.version_arn}"]},
    ]);
    let logging = |cookies: bool| json!({"enabled": true, "bucket": "logs.s3.amazonaws.com", "prefix": "", "include_cookies": cookies});
    let all = [
        of("/behavior/origin_request_policy", json!("0aa0")),
        of(
            "/behavior/functions",
            json!([{"event": "origin-request", "version_arn": "${function.version_arn}"}]),
        ),
        of("/path_behaviors", doors),
        of("/logging", logging(true)),
    ];
    insta::assert_snapshot!(all.join("\n"), @"
    warning distribution: the origin request policy 0aa0 may forward what viewers send, and S3 takes that for signed by CloudFront
    warning distribution: no authorizer judges the requests: everybody may ask for every image
    warning distribution: the behavior /open/* is a door without the authorizer: what is below it is not judged
    warning distribution: the access log in logs.s3.amazonaws.com records cookies: Clerk's session is one, and a token in a log can be replayed
    ");
    insta::assert_snapshot!(of("/logging", logging(false)), @r#"
    info distribution: the access log in logs.s3.amazonaws.com records query strings and referrers: a token that an app puts there is in it
    "#);
}

#[test]
fn what_an_origin_request_policy_forwards_is_looked_at() {
    let of = |headers: &[&str], cookies: &[&str], queries: &[&str]| {
        let forwarded = json!({"policy": "mine", "headers": headers, "cookies": cookies, "query_strings": queries});
        let function = json!([{"event": "viewer-request", "version_arn": "arn"}]);
        let behavior =
            json!({"origin_request_policy": "0aa0", "forwarded": forwarded, "functions": function});
        let said = super::behaviors::lint(&json!({"behavior": behavior}));
        let line = |(severity, text): super::Said| format!("{} {text}", severity.name());
        said.into_iter().map(line).collect::<Vec<_>>().join("\n")
    };
    let all = [
        of(&["*"], &["*"], &["*"]),
        of(&["Accept", "X-Amz-Copy-Source"], &[], &[]),
        of(&["* but host"], &[], &["width"]),
        of(&["origin"], &[], &[]),
    ];
    insta::assert_snapshot!(all.join("\n"), @"
    warning the origin request policy mine forwards headers (*) that S3 takes for signed by CloudFront; query strings (*) with which S3 changes its answer; cookies (*), and Clerk's session is one
    warning the origin request policy mine forwards headers (x-amz-copy-source) that S3 takes for signed by CloudFront
    warning the origin request policy mine forwards headers (* but host) that S3 takes for signed by CloudFront; query strings (width) with which S3 changes its answer
    info the origin request policy mine forwards the headers origin, which S3 does not act upon
    ");
}

#[test]
fn a_runtime_ends_at_a_date() {
    let on = |runtime: &str, today: &str| {
        let found = super::runtime::lint(runtime, today);
        found.map(|(severity, sentence)| format!("{} {sentence}", severity.name()))
    };
    assert_eq!(on("nodejs22.x", "2026-10-31"), None);
    insta::assert_snapshot!(on("nodejs22.x", "2026-11-01").unwrap(), @"info nodejs22.x will be deprecated on 2027-04-30, AWS creates no functions with it from 2027-06-01 on");
    insta::assert_snapshot!(on("nodejs22.x", "2027-04-30").unwrap(), @"warning nodejs22.x is deprecated since 2027-04-30, AWS creates no functions with it from 2027-06-01 on");
    assert_eq!(on("nodejs24.x", TODAY), None);
    insta::assert_snapshot!(observed("function", "/runtime", json!("nodejs20.x")), @"warning function: nodejs20.x is deprecated since 2026-04-30, AWS creates no functions with it from 2026-08-31 on");
}

#[test]
fn a_public_rule_is_told_as_long_as_it_is_there() {
    let rules = json!(["GET /logos/*, public true", "GET /**"]);
    insta::assert_snapshot!(observed("function", "/contents/rules", rules), @"warning function: everybody is let in, signed in or not: GET /logos/*, public true");
}

#[test]
fn a_host_of_the_images_alone_costs_preflights() {
    let texts = |items: &[&str]| items.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let of =
        |origins: &[&str], aliases: &[&str]| super::hosts::lint(&texts(origins), &texts(aliases));
    assert_eq!(of(&["https://App.example.com"], &["app.example.com"]), None);
    assert_eq!(of(&[], &[]), None);
    assert!(of(&["https://app.example.com"], &["img.example.com"]).is_some());
}

#[test]
fn what_others_attached_is_named_and_stays() {
    let graph = graph();
    let beside = |resource: &'static str, all: &[(&str, &str)]| {
        let beside = all.iter().map(|(name, what)| ((*name).to_owned(), (*what).to_owned()));
        let props = graph.node(resource).unwrap().desired.clone();
        (resource, Observed { props, beside: beside.collect(), ..Observed::default() })
    };
    let seen = Snapshot::from([
        beside(
            "bucket",
            &[
                ("access log", "audit/images/"),
                ("events", "EventBridge"),
                ("replication", "arn:aws:s3:::copies"),
            ],
        ),
        beside("role", &[("permissions boundary", "arn:aws:iam::aws:policy/ReadOnlyAccess")]),
        beside(
            "distribution",
            &[("distribution E2", crate::distribution::UNJUDGED), ("distribution E3", "judged")],
        ),
    ]);
    let all = lints(&testing::config(), &graph, &seen, TODAY);
    let kept: Vec<_> = all.into_iter().filter(|it| it.state == State::Kept).collect();
    insta::assert_snapshot!(say(&kept), @r#"
    info bucket: the access log of the bucket is written to audit/images/: it names the images and has query strings, and no headers, so no token of a viewer is in it
    info bucket: EventBridge hears of each image that is uploaded
    warning bucket: images are copied to arn:aws:s3:::copies: whoever may read there does it past the authorizer
    info role: the permissions boundary arn:aws:iam::aws:policy/ReadOnlyAccess limits the role: where it does not allow logs, the function writes none
    warning distribution: the distribution E2 has this bucket behind it, and a behavior without an authorizer: a grant to it would open every image
    info distribution: the distribution E3 has this bucket behind it, too
    "#);
}
