//! Reads that do not show the last write yet.

use crate::account::canonical;
use crate::cloud::{Cloud, on_every_core};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Mutex;

/// Whatever changes nothing.
fn is_read(call: &str) -> bool {
    let operation = call.split_once(':').map_or(call, |(_, it)| it);
    ["Get", "List", "Head", "Describe"].iter().any(|it| operation.starts_with(it))
}

/// A read after the last write of a command.
struct Moment {
    before: Value,
    after: String,
    call: String,
    /// How often the command has made that call before.
    earlier: usize,
    /// How many calls it makes when every read shows everything.
    calls: usize,
}

fn moments() -> Vec<Moment> {
    let mut moments = Vec::new();
    let cloud = Cloud::new();
    for _ in ["a first deployment", "an update"] {
        let before = cloud.account();
        let (finished, calls) = cloud.calls_of("deploy --yes");
        finished.expect(0);
        // The note of what was deployed comes when all is well.
        let noted = calls.iter().rposition(|it| it == "iam:TagRole").unwrap();
        let last = calls[..noted].iter().rposition(|it| !is_read(it)).unwrap();
        let after = canonical(&cloud.account());
        moments.extend((last + 1..noted).map(|at| Moment {
            before: before.clone(),
            after: after.clone(),
            call: calls[at].clone(),
            earlier: calls[..at].iter().filter(|it| **it == calls[at]).count(),
            calls: calls.len(),
        }));
        cloud.change_configuration();
    }
    moments
}

#[test]
fn a_deployment_looks_again_when_what_it_wrote_does_not_show_yet() {
    let moments = moments();
    assert!(moments.len() > 20, "{}", moments.len());
    let again = Mutex::new(BTreeSet::new());
    on_every_core(&moments, |cloud, it| {
        if it.before["distributions"] == json!({}) {
            cloud.reset_configuration();
        } else {
            cloud.change_configuration();
        }
        cloud.restore(&it.before);
        // Calls run at the same time, so a number alone would not always name the same one.
        let Moment { call, earlier, .. } = it;
        cloud.disturb(&json!([{"call": call, "skip": earlier, "times": 2, "fault": "late"}]));
        let (finished, calls) = cloud.calls_of("deploy --yes");
        let finished = finished.expect(0);
        assert_eq!(canonical(&cloud.account()), it.after, "{call}: {finished}");
        let waited = finished.stderr.contains("waiting for the changes to be visible");
        assert_eq!(waited, calls.len() > it.calls, "{call}: {} calls: {finished}", calls.len());
        if waited {
            again.lock().unwrap().insert(call.clone());
        }
        cloud.calm();
    });
    // What was written last: the bucket policy at first, then the distribution.
    let again: Vec<_> = again.into_inner().unwrap().into_iter().collect();
    assert_eq!(again, ["cloudfront:GetDistribution", "s3:GetBucketPolicy"]);
}
