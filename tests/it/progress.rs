//! What is told while a command runs.

use crate::cloud::Cloud;
use serde_json::{Value, json};

fn events(stderr: &str) -> Vec<Value> {
    stderr.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

fn of<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|it| it["event"] == kind).collect()
}

#[test]
fn a_deployment_tells_programs_what_runs_and_what_waits() {
    let cloud = Cloud::new();
    let told = cloud.run("deploy --local --time-scale 0.002 --log-format json").expect(0);
    let events = events(&told.stderr);
    let steps = &of(&events, "planned")[0]["steps"];
    assert_eq!(steps.as_array().unwrap().len(), 8);
    let last = json!({"resource": "bucket_policy", "action": "create",
        "after": ["bucket", "distribution"]});
    assert_eq!(steps[7], last, "{steps:#}");
    assert_eq!(of(&events, "started").len(), 8);
    assert!(of(&events, "finished").iter().all(|it| it["seconds"].is_f64()));
    assert_eq!(of(&events, "finished").len(), 8);

    let wait = |kind| *of(&events, kind).last().unwrap();
    assert_eq!(wait("waiting")["resource"], "bucket_policy", "{}", told.stderr);
    assert!(wait("waiting")["what"].as_str().unwrap().ends_with("to reach every edge"));
    assert!(wait("waiting")["at_most"].as_u64().unwrap() > 60);
    assert_eq!(wait("waited")["what"], wait("waiting")["what"]);
}

#[test]
fn an_error_is_an_event_like_any_other() {
    let cloud = Cloud::new();
    let digest = "0".repeat(64);
    let told = cloud.run(&format!("deploy --log-format json --expect {digest}")).expect(5);
    let events = events(&told.stderr);
    let error = events.last().unwrap();
    assert_eq!((&error["event"], &error["exit"]), (&json!("error"), &json!(5)), "{error}");
    assert!(error["message"].as_str().unwrap().contains("not the plan that was approved"));
    assert!(error["hint"].as_str().unwrap().contains("review the plan"), "{error}");
}

#[test]
fn what_fails_at_the_same_time_is_told_with_all_its_reasons() {
    let cloud = Cloud::new();
    cloud.disturb(&json!([
        {"call": "CreateBucket", "times": 2, "fault": "access-denied"},
        {"call": "CreateRole", "times": 2, "fault": "access-denied"},
    ]));
    let told = cloud.run("deploy --yes").expect(1).stderr;
    let mut lines = told.lines().skip_while(|it| !it.starts_with("failed, too:"));
    let mut next = || lines.next().unwrap_or_default();
    assert!(next().starts_with("failed, too: cannot create the role: iam:CreateRole"), "{told}");
    assert!(next().starts_with("hint: "), "{told}");
    assert!(next().starts_with("error: cannot create the bucket: s3:CreateBucket"), "{told}");

    let told = cloud.run("deploy --yes --log-format json").expect(1).stderr;
    let events = events(&told);
    let [failed] = of(&events, "failed")[..] else { panic!("{told}") };
    assert_eq!((&failed["resource"], &failed["action"]), (&json!("role"), &json!("create")));
    assert!(failed["message"].as_str().unwrap().contains("not authorized"), "{failed}");
    assert!(failed["hint"].is_string(), "{failed}");
    assert_eq!(events.last().unwrap()["exit"], 1);
}
