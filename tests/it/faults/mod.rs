//! Every call, failing in every way: what can pass by itself is retried, the rest is one clear
//! error, and the same command goes on from there.

mod answers;
mod refusals;

use crate::account::{canonical, check_invariants};
use crate::cloud::{Cloud, on_every_core};
use crate::scenario::{Scenario, scenarios, summary};
use serde_json::json;

/// What passes by itself, or is a lost answer: nobody should notice.
const PASSING: [&str; 6] =
    ["throttle", "server-error", "reset-before", "reset-after", "truncated", "slow"];
/// What somebody has to do something about.
const LASTING: [&str; 3] = ["access-denied", "expired-credentials", "quota"];
/// Those that a call can meet in another way when it is made for the second time: a write that has
/// happened unseen, and an end in the middle.
const TELLING: [&str; 2] = ["reset-after", "access-denied"];

/// What goes wrong with a call of a scenario, counted from 0.
struct Case<'a> {
    scenario: &'a Scenario,
    call: usize,
    fault: &'static str,
}

/// Every call with the most telling faults, and the first of each operation with all the others.
fn most_telling(scenarios: &[Scenario]) -> Vec<Case<'_>> {
    let cases = all(scenarios);
    let is_chosen =
        |it: &Case| TELLING.contains(&it.fault) || it.scenario.firsts().contains(&it.call);
    cases.into_iter().filter(is_chosen).collect()
}

fn all(scenarios: &[Scenario]) -> Vec<Case<'_>> {
    let mut cases = Vec::new();
    for scenario in scenarios {
        for call in 0..scenario.calls.len() {
            let faults = PASSING.into_iter().chain(LASTING);
            cases.extend(faults.map(|fault| Case { scenario, call, fault }));
        }
    }
    cases
}

#[test]
fn each_call_fails_in_the_most_telling_ways() {
    let scenarios = scenarios();
    fail(&scenarios, &most_telling(&scenarios));
}

#[test]
#[ignore = "minutes: cargo test -p xtask --test it -- --ignored --nocapture each_call"]
fn each_call_fails_in_every_way() {
    let scenarios = scenarios();
    fail(&scenarios, &all(&scenarios));
}

fn fail(scenarios: &[Scenario], cases: &[Case]) {
    on_every_core(cases, check);
    println!("{} faults in {}", cases.len(), summary(scenarios));
}

fn check(cloud: &Cloud, Case { scenario, call, fault }: &Case) {
    scenario.begin(cloud);
    let kind = if *fault == "slow" { json!({"slow": 200}) } else { json!(fault) };
    let name = &scenario.calls[*call];
    // Calls run at the same time, so a number alone would not always name the same one.
    let skip = scenario.calls[..*call].iter().filter(|it| *it == name).count();
    cloud.disturb(&json!([{"call": name, "skip": skip, "fault": kind}]));
    let finished = cloud.run(scenario.line);
    let moment = format!("{} call {call}, {name} {fault}\n{finished}", scenario.name);
    check_invariants(&cloud.account(), &moment);
    if LASTING.contains(fault) {
        assert_eq!(finished.code, 1, "{moment}");
        check_error(&finished.stderr, name, fault, &moment);
        cloud.calm();
        cloud.run(scenario.line).expect(0);
    } else {
        assert_eq!(finished.code, 0, "{moment}");
    }
    assert_eq!(canonical(&cloud.account()), scenario.after, "{moment}");
}

fn check_error(stderr: &str, call: &str, fault: &str, moment: &str) {
    let error = the_error(stderr, moment);
    assert!(error.contains(call), "the call is named: {moment}");
    if fault == "access-denied" {
        assert!(error.contains("not authorized to perform: "), "the permission: {moment}");
    }
    if fault != "quota" {
        assert!(stderr.contains("hint:"), "what to do: {moment}");
    }
}

/// The only one.
fn the_error<'a>(stderr: &'a str, moment: &str) -> &'a str {
    let errors: Vec<_> = stderr.lines().filter(|it| it.starts_with("error:")).collect();
    let [error] = errors.as_slice() else { panic!("one error, not {}: {moment}", errors.len()) };
    error
}
