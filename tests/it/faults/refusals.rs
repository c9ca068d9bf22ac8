//! What AWS is known to answer, in its own words: that which passes is waited for, and the rest is
//! said in one line. Afterwards the same command finishes.

use super::answers::{Outcome, ROWS};
use super::the_error;
use crate::account::{canonical, check_invariants};
use crate::cloud::on_every_core;
use crate::scenario::{Scenario, scenarios};
use serde_json::json;

#[test]
fn what_aws_is_known_to_answer_passes_or_is_said_in_one_line() {
    let scenarios = scenarios();
    on_every_core(&ROWS, |cloud, (command, call, (status, code, message), times, outcome)| {
        let scenario: &Scenario = &scenarios[*command as usize];
        scenario.begin(cloud);
        let error = json!({"error": {"status": status, "code": code, "message": message}});
        cloud.disturb(&json!([{"call": call, "times": times, "fault": error}]));
        let finished = cloud.run(scenario.line);
        let moment = format!("{} {call} {code}\n{finished}", scenario.name);
        check_invariants(&cloud.account(), &moment);
        match outcome {
            Outcome::Passes => assert_eq!(finished.code, 0, "{moment}"),
            Outcome::Ends(exit, text) => {
                assert_eq!(finished.code, *exit, "{moment}");
                let error = the_error(&finished.stderr, &moment);
                assert!(error.contains(text), "{text}: {moment}");
                cloud.calm();
                cloud.run(scenario.line).expect(0);
            }
        }
        assert_eq!(canonical(&cloud.account()), scenario.after, "{moment}");
    });
    println!("{} answers of AWS", ROWS.len());
}
