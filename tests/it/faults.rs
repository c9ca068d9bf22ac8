//! Every call, failing in every way: what can pass by itself is retried, the rest is one clear
//! error, and the same command goes on from there.

use crate::account::{canonical, check_invariants};
use crate::cloud::{Cloud, on_every_core};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What passes by itself, or is a lost answer: nobody should notice.
const PASSING: [&str; 5] = ["throttle", "server-error", "reset-before", "reset-after", "truncated"];
/// What somebody has to do something about.
const LASTING: [&str; 3] = ["access-denied", "expired-credentials", "quota"];

/// One command and the state of the account it starts from.
struct Scenario {
    line: &'static str,
    changed: bool,
    before: Value,
    calls: BTreeSet<String>,
    after: String,
}

struct Case<'a> {
    scenario: &'a Scenario,
    call: &'a str,
    fault: &'static str,
}

fn scenarios() -> [Scenario; 3] {
    let cloud = Cloud::new();
    [("deploy --yes", false), ("deploy --yes", true), ("teardown --yes", true)].map(
        |(line, changed)| {
            if changed {
                cloud.change_configuration();
            }
            if changed && line.starts_with("deploy") {
                cloud.publish_more();
            }
            let before = cloud.account();
            let (finished, calls) = cloud.calls_of(line);
            finished.expect(0);
            let after = canonical(&cloud.account());
            Scenario { line, changed, before, calls: calls.into_iter().collect(), after }
        },
    )
}

fn start(cloud: &Cloud, Case { scenario, call, fault }: &Case) {
    if scenario.changed {
        cloud.change_configuration();
    } else {
        cloud.reset_configuration();
    }
    cloud.restore(&scenario.before);
    cloud.disturb(&json!([{"call": call, "fault": fault}]));
}

fn cases<'a>(scenarios: &'a [Scenario], faults: &[&'static str]) -> Vec<Case<'a>> {
    let mut cases = Vec::new();
    for scenario in scenarios {
        for call in &scenario.calls {
            cases.extend(faults.iter().map(|fault| Case { scenario, call, fault }));
        }
    }
    cases
}

#[test]
fn what_passes_by_itself_is_not_noticed() {
    let scenarios = scenarios();
    let cases = cases(&scenarios, &PASSING);
    on_every_core(&cases, |cloud, case| {
        start(cloud, case);
        let Case { scenario, call, fault } = case;
        let finished = cloud.run(scenario.line);
        assert_eq!(finished.code, 0, "{call} {fault}\n{finished}");
        let account = cloud.account();
        check_invariants(&account, &format!("{call} {fault}"));
        assert_eq!(canonical(&account), scenario.after, "{call} {fault}");
        cloud.calm();
    });
    println!("{} faults that pass by themselves", cases.len());
}

#[test]
fn what_lasts_is_one_clear_error_and_the_same_command_goes_on() {
    let scenarios = scenarios();
    let cases = cases(&scenarios, &LASTING);
    on_every_core(&cases, |cloud, case| {
        start(cloud, case);
        let Case { scenario, call, fault } = case;
        let failed = cloud.run(scenario.line);
        let moment = format!("{} {call} {fault}\n{failed}", scenario.line);
        assert_eq!(failed.code, 1, "{moment}");
        check_error(&failed.stderr, call, fault, &moment);
        check_invariants(&cloud.account(), &moment);
        cloud.calm();
        cloud.run(scenario.line).expect(0);
        assert_eq!(canonical(&cloud.account()), scenario.after, "{moment}");
    });
    println!("{} faults that last", cases.len());
}

fn check_error(stderr: &str, call: &str, fault: &str, moment: &str) {
    let errors: Vec<_> = stderr.lines().filter(|it| it.starts_with("error:")).collect();
    let [error] = errors.as_slice() else { panic!("one error, not {}: {moment}", errors.len()) };
    assert!(error.contains(call), "the call is named: {moment}");
    // S3 answers HEAD without a body, and so without a code.
    if call == "s3:HeadBucket" {
        return;
    }
    if fault == "access-denied" {
        assert!(error.contains("not authorized to perform: "), "the permission: {moment}");
    }
    if fault != "quota" {
        assert!(stderr.contains("hint:"), "what to do: {moment}");
    }
}
