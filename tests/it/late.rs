//! Reads that do not show the last write yet.

use crate::account::canonical;
use crate::cloud::{Cloud, on_every_core};
use serde_json::{Value, json};

/// Whatever changes nothing.
fn is_read(call: &str) -> bool {
    let operation = call.split_once(':').map_or(call, |(_, it)| it);
    ["Get", "List", "Head", "Describe"].iter().any(|it| operation.starts_with(it))
}

#[test]
fn a_deployment_looks_again_when_what_it_wrote_does_not_show_yet() {
    let mut moments: Vec<(Value, usize, String)> = Vec::new();
    let cloud = Cloud::new();
    for _ in ["a first deployment", "an update"] {
        let before = cloud.account();
        let (finished, calls) = cloud.calls_of("deploy --yes");
        finished.expect(0);
        // The note of what was deployed comes when all is well.
        let noted = calls.iter().position(|it| it == "iam:TagRole").unwrap();
        let last = calls[..noted].iter().rposition(|it| !is_read(it)).unwrap();
        let after = canonical(&cloud.account());
        let reads = last + 1..noted;
        moments.extend(reads.map(|at| (before.clone(), at, after.clone())));
        cloud.change_configuration();
    }
    assert!(moments.len() > 20, "{}", moments.len());
    on_every_core(&moments, |cloud, (before, at, after)| {
        if before["distributions"] == json!({}) {
            cloud.reset_configuration();
        } else {
            cloud.change_configuration();
        }
        cloud.restore(before);
        cloud.disturb(&json!([{"skip": at, "times": 2, "fault": "late"}]));
        let finished = cloud.run("deploy --yes").expect(0);
        assert_eq!(canonical(&cloud.account()), *after, "call {at}: {finished}");
        cloud.calm();
    });
}
