//! The questions to a deployed stack: all are asked, what differs is seen, and nothing is left that
//! was not said.

use crate::cloud::{Cloud, issuer};
use crate::hand::{BUCKET, Hand};
use crate::permissions::granted;
use crate::support::Finished;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

/// A token of a user for so many seconds.
fn token(seconds: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = i64::try_from(now.as_secs()).unwrap();
    let claims = json!({
        "v": 2, "iss": "https://clerk.photos.example", "azp": "https://app.photos.example",
        "sub": "user_ada", "sid": "sess_1", "sts": "active",
        "iat": now, "nbf": now - 10, "exp": now + seconds,
    });
    issuer().mint(claims.as_object().unwrap())
}

fn deployed() -> Cloud {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    cloud
}

fn verify(cloud: &Cloud, token: &str, more: &str) -> Finished {
    cloud.folder.write("token", token);
    let line = format!("verify --live --url {} --token-file token {more}", cloud.edge_url());
    let told = cloud.run(&line);
    let secret = token.rsplit('.').next().filter(|it| it.len() > 20);
    assert!(secret.is_none_or(|it| !told.to_string().contains(it)), "it printed the token");
    told
}

/// The points of a verdict.
fn points(report: &Value, verdict: &str) -> Vec<String> {
    let rows = report["rows"].as_array().unwrap().iter();
    let found = rows.filter(|it| it["verdict"] == verdict);
    found.map(|it| it["point"].as_str().unwrap().to_owned()).collect()
}

fn report(told: &Finished) -> Value {
    serde_json::from_str(&told.stdout).unwrap()
}

#[test]
fn every_point_is_asked_or_it_is_said_why_not() {
    let cloud = deployed();
    cloud.upload("users/user_ada/theirs.png");
    let report = report(&verify(&cloud, &token(60), "--format json").expect(0));
    assert_eq!(report["schema"], "edgegate.verify/1");
    assert_eq!(points(&report, "differs"), [""; 0], "{report:#}");
    let open =
        ["plain-http", "function-size", "reused-reference", "disable-rights", "refusal-texts"];
    assert_eq!(points(&report, "not-checked"), open);
    let mut asked = points(&report, "holds");
    asked.dedup();
    insta::assert_snapshot!(asked.join(" "), @"strangers refusals unsigned-payload content-type bytes cache create-only raw-path missing-image amz-headers query unknown-length bucket runtime configuration doors");
    for row in report["rows"].as_array().unwrap() {
        let why = row["seen"].as_str().unwrap();
        assert!(row["verdict"] == "holds" || why.starts_with("not checked: "), "{row}");
    }

    // What it says that it leaves is all that there is beside what was there.
    let left: Vec<_> = report["left"].as_array().unwrap().iter().collect();
    assert_eq!(left.len(), 5);
    let objects = versions(&cloud);
    assert_eq!(objects.matches("<Key>").count(), 6, "{objects}");
    for key in left {
        let key = key.as_str().unwrap();
        assert!(key.starts_with("users/user_ada/edgegate-verify-"), "{key}");
        assert!(objects.contains(&format!("<Key>{key}</Key>")), "{key}: {objects}");
    }
}

fn versions(cloud: &Cloud) -> String {
    cloud.ok("s3", "GET", &format!("/{BUCKET}?versions"), "").1
}

#[test]
fn what_it_has_uploaded_and_nothing_else_is_deleted() {
    let cloud = deployed();
    cloud.upload("users/user_ada/theirs.png");
    cloud.upload("users/user_ada/edgegate-verify-1-first");
    let before = versions(&cloud);
    cloud.page("DELETE", "calls", &Value::Null);
    let told = verify(&cloud, &token(60), "--remove").expect(0);
    let actions: BTreeSet<_> = cloud.list("actions").into_iter().collect();
    assert_eq!(told.stderr.matches("deleted users/user_ada/edgegate-verify-").count(), 5);
    assert_eq!(versions(&cloud), before, "{told}");

    let more: Vec<_> = actions.difference(&granted("planner.json")).cloned().collect();
    // The one asks the bucket without a signature, and is refused.
    assert_eq!(more, ["s3:DeleteObject", "s3:GetObject"]);
    assert!(granted("teardown.json").contains("s3:DeleteObject"));
}

#[test]
fn what_differs_is_seen() {
    let cloud = deployed();
    cloud.by_hand(&Hand::Policy("\"s3:GetObject\"", "[\"s3:GetObject\",\"s3:*\"]"));
    let report = report(&verify(&cloud, &token(60), "--format json").expect(1));
    assert_eq!(points(&report, "differs"), ["configuration", "doors"], "{report:#}");

    open_the_door(&cloud);
    let text = verify(&cloud, &token(60), "").expect(1).stdout;
    let strangers = "strangers        view without a token: 403\n";
    let (_, after) = text.split_once(strangers).unwrap_or_else(|| panic!("{text}"));
    assert!(after.trim_start().starts_with("expected: 401"), "{text}");
    assert!(text.contains("no authorizer judges the requests"), "{text}");
}

/// Takes the function away from the distribution.
fn open_the_door(cloud: &Cloud) {
    let mut account = cloud.account();
    let distributions = account["distributions"].as_object_mut().unwrap();
    let config = &mut distributions.values_mut().next().unwrap()["config"];
    let text = config.as_str().unwrap().to_owned();
    let (before, rest) = text.split_once("<LambdaFunctionAssociations>").unwrap();
    let (_, after) = rest.split_once("</LambdaFunctionAssociations>").unwrap();
    *config = json!(format!("{before}{after}"));
    cloud.restore(&account);
}

#[test]
fn who_cannot_be_asked_is_told_what_to_do() {
    let cloud = Cloud::new();
    assert!(cloud.run("verify").expect(2).stderr.contains("hint: --live asks the stack on AWS"));
    let nothing = verify(&cloud, &token(60), "").expect(1).stderr;
    assert!(nothing.contains("nothing is deployed"), "{nothing}");
    cloud.run("deploy --yes").expect(0);
    assert!(cloud.run("verify --live").expect(1).stderr.contains("EDGEGATE_TOKEN"));
    for (token, said) in [(token(5), "the token ends in"), ("a.b".to_owned(), "no session token")] {
        let refused = verify(&cloud, &token, "").expect(1).stderr;
        assert!(refused.contains(said) && refused.contains("hint: copy"), "{refused}");
    }
    assert_eq!(versions(&cloud).matches("<Key>").count(), 0, "nothing was uploaded");
}

#[test]
fn the_local_cloud_is_asked_the_same() {
    let cloud = deployed();
    cloud.run("deploy --local").expect(0);
    let local = report(&cloud.run("verify --local --format json --remove").expect(0));
    let live = report(&verify(&cloud, &token(60), "--format json").expect(0));
    let done = |report: &Value| -> Vec<Value> {
        report["rows"].as_array().unwrap().iter().map(|it| it["done"].clone()).collect()
    };
    assert_eq!(done(&local), done(&live));
    assert_eq!(local["left"], json!([]));
}
