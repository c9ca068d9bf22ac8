//! Negative controls: rules of AWS that no other cloud of this kind has, so that only our own hold
//! the deployer to them. Each is broken once where it holds, and once where it is suspended: then
//! nothing must notice, or it was not that rule that did.

use crate::cloud::{Cloud, on_every_core};
use crate::hand::AUTHORIZER;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

/// How a deployer breaks a rule.
enum Broken {
    /// In this call, these words are sent as those, by a deployment or by the next one.
    Deploy(&'static str, &'static str, &'static str),
    Update(&'static str, &'static str, &'static str),
    /// It deletes what another distribution uses.
    InUse,
    /// It deletes before every edge knows that the distribution is disabled.
    TooEarly,
    /// It deletes a function that has replicas.
    Replicated,
}
use Broken::{Deploy, InUse, Replicated, TooEarly, Update};

/// A rule, how it is broken, what is said when that is noticed, and when it is not.
type Control = (&'static str, Broken, &'static str, &'static str);

const CREATE: &str = "CreateDistributionWithTags";
const CREATED: &str = "created distribution";

const RULES: [Control; 17] = [
    (
        "association-is-version",
        Deploy(CREATE, "photos-authorizer:1<", "photos-authorizer:$LATEST<"),
        "must reference a specific function version",
        CREATED,
    ),
    (
        "association-region",
        Deploy(CREATE, "arn:aws:lambda:us-east-1:", "arn:aws:lambda:eu-west-1:"),
        "must be in region us-east-1",
        CREATED,
    ),
    (
        "association-exists",
        Deploy(CREATE, "photos-authorizer:1<", "photos-authorizer:7<"),
        "cannot retrieve the specified Lambda function",
        CREATED,
    ),
    (
        "association-trust",
        Deploy("CreateRole", "edgelambda.amazonaws.com", "ec2.amazonaws.com"),
        "waiting for CloudFront to accept the function's role",
        CREATED,
    ),
    (
        "association-environment",
        Deploy(
            "CreateFunction",
            "\"Timeout\":5",
            "\"Timeout\":5,\"Environment\":{\"Variables\":{\"A\":\"b\"}}",
        ),
        "cannot have environment variables",
        CREATED,
    ),
    (
        "association-architecture",
        Deploy("CreateFunction", "x86_64", "arm64"),
        "must use the x86_64 architecture",
        CREATED,
    ),
    (
        "access-control-exists",
        Deploy(CREATE, "<OriginAccessControlId>", "<OriginAccessControlId>X"),
        "InvalidOriginAccessControl",
        CREATED,
    ),
    (
        "cache-policy-exists",
        Deploy(CREATE, "<CachePolicyId>", "<CachePolicyId>0"),
        "NoSuchCachePolicy",
        CREATED,
    ),
    (
        "ttl-order",
        Deploy("CreateCachePolicy", "<MinTTL>0<", "<MinTTL>99999999<"),
        "is out of order",
        "created cache_policy",
    ),
    (
        "caller-reference",
        Update("UpdateDistribution", "<CallerReference>", "<CallerReference>x"),
        "CallerReference cannot be changed",
        "updated distribution",
    ),
    (
        "access-control-in-use",
        InUse,
        "origin_access_control not deleted yet: in use by",
        "deleted origin_access_control",
    ),
    (
        "cache-policy-in-use",
        InUse,
        "cache_policy not deleted yet: in use by",
        "deleted cache_policy",
    ),
    (
        "headers-policy-in-use",
        InUse,
        "response_headers_policy not deleted yet: in use by",
        "deleted response_headers_policy",
    ),
    ("disabled-everywhere", TooEarly, "has not been disabled", "deleted distribution"),
    ("replicated-function", Replicated, "function not deleted yet", "deleted function"),
    (
        "policy-of-this-bucket",
        Deploy("PutBucketPolicy", "arn:aws:s3:::", "arn:aws:s3:::x-"),
        "invalid resource",
        "created bucket_policy",
    ),
    (
        "known-principal",
        Deploy("CreateRole", "edgelambda.amazonaws.com", "edge.amazonaws.com"),
        "Invalid principal",
        "created role",
    ),
];

#[test]
fn each_rule_is_what_stops_a_deployer_that_breaks_it() {
    on_every_core(&RULES, |_, (rule, broken, noticed, passed)| {
        for (suspended, expected) in [(json!([]), noticed), (json!([rule]), passed)] {
            // A fresh one: what a command sent before it was killed may still be carried out.
            let cloud = Cloud::new();
            cloud.page("PUT", "rules", &json!({ "suspended": suspended }));
            let told = first_of(break_it(&cloud, broken), [*noticed, *passed]);
            assert_eq!(told, Some(*expected), "{rule}, suspended: {suspended}");
        }
    });
}

/// Which of these the command says first; it is not awaited any further.
fn first_of(mut command: Child, said: [&'static str; 2]) -> Option<&'static str> {
    let mut lines = BufReader::new(command.stderr.take().unwrap()).lines().map_while(Result::ok);
    let first = lines.find_map(|line| said.into_iter().find(|it| line.contains(it)));
    command.kill().unwrap();
    command.wait().unwrap();
    first
}

fn break_it(cloud: &Cloud, broken: &Broken) -> Child {
    if !matches!(broken, Deploy(..)) {
        cloud.run("deploy --yes").expect(0);
    }
    match broken {
        Deploy(call, from, to) | Update(call, from, to) => {
            cloud.change_configuration();
            let fault = json!({"replace": {"from": from, "to": to}});
            cloud.disturb(&json!([{"call": call, "fault": fault}]));
            return start(cloud, "deploy --yes");
        }
        InUse => add_another(cloud),
        TooEarly => return too_early(cloud),
        Replicated => replicate(cloud),
    }
    start(cloud, "teardown --yes --wait 0")
}

/// Somebody's own distribution names all that ours names.
fn add_another(cloud: &Cloud) {
    let mut account = cloud.account();
    let all = account["distributions"].as_object_mut().unwrap();
    let another = all.values().next().unwrap().to_string().replace("photos", "theirs");
    let mut another: Value = serde_json::from_str(&another).unwrap();
    another["id"] = json!("EANOTHER");
    another["tags"] = json!({});
    all.insert("EANOTHER".to_owned(), another);
    cloud.restore(&account);
}

/// Another change of the distribution is under way when it is about to be deleted.
fn too_early(cloud: &Cloud) -> Child {
    cloud.disturb(&json!([{"call": "DeleteDistribution", "fault": "pause"}]));
    let teardown = start(cloud, "teardown --yes --wait 0");
    cloud.page("GET", "held", &Value::Null);
    let mut account = cloud.account();
    for it in account["distributions"].as_object_mut().unwrap().values_mut() {
        it["deployed_at"] = json!(u64::MAX);
    }
    cloud.restore(&account);
    cloud.calm();
    teardown
}

/// Right after the distribution is gone, and its replicas are not.
fn replicate(cloud: &Cloud) {
    let mut account = cloud.account();
    let version = format!("arn:aws:lambda:us-east-1:000000000000:function:{AUTHORIZER}:1");
    account["distributions"] = json!({});
    account["replicas"] = json!({version: u64::MAX});
    cloud.restore(&account);
}

fn start(cloud: &Cloud, line: &str) -> Child {
    cloud.command(line).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}
