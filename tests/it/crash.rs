//! Killed at every call: whatever moment a process dies at, the same command finishes the work.

use crate::account::{canonical, check_invariants};
use crate::cloud::{Cloud, on_every_core};
use crate::scenario::{Scenario, scenarios, summary};
use serde_json::{Value, json};
use std::process::Stdio;

/// A scenario, a number of a call, and on which side of its effect the process dies.
struct Case<'a> {
    scenario: &'a Scenario,
    call: usize,
    fault: &'static str,
}

#[test]
fn a_process_killed_at_any_call_leaves_nothing_that_the_same_command_cannot_finish() {
    let scenarios = scenarios();
    let mut cases = Vec::new();
    for scenario in &scenarios {
        for call in 0..scenario.calls.len() {
            for fault in ["stop-before", "stop-after"] {
                cases.push(Case { scenario, call, fault });
            }
        }
    }
    on_every_core(&cases, check);
    println!("killed {} times: {} before and after each call", cases.len(), summary(&scenarios));
}

fn check(cloud: &Cloud, Case { scenario, call, fault }: &Case) {
    let Scenario { name, line, after, .. } = scenario;
    scenario.begin(cloud);
    cloud.disturb(&json!([{"skip": call, "fault": fault}]));
    let held = killed(cloud, line);
    let moment = format!("{name}, {fault} call {call}: {held}");
    check_invariants(&cloud.account(), &moment);

    let again = cloud.run(line);
    assert_eq!(again.code, 0, "{moment}\n{again}");
    let account = cloud.account();
    check_invariants(&account, &moment);
    pretty(&canonical(&account), after, &moment);
}

#[track_caller]
fn pretty(now: &str, wanted: &str, moment: &str) {
    if now != wanted {
        let lines = now.lines().zip(wanted.lines()).filter(|(one, other)| one != other);
        let lines: Vec<_> = lines.take(5).collect();
        panic!("{moment}: not what an undisturbed run leaves: {lines:#?}");
    }
}

/// Runs a command until one of its calls is held, and kills it there; says which call that was.
fn killed(cloud: &Cloud, line: &str) -> String {
    let mut command = cloud.command(line);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let held = std::thread::scope(|scope| {
        // Should it end by itself, nothing will ever be held, and the wait ends, too.
        scope.spawn(move || {
            std::io::copy(&mut stdout, &mut std::io::sink()).unwrap();
            cloud.calm();
        });
        let held = cloud.page("GET", "held", &Value::Null);
        child.kill().unwrap();
        held
    });
    child.wait().unwrap();
    held[0]["call"].as_str().expect("it ended before that call").to_owned()
}
