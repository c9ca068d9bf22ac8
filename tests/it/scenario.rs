//! The three things that a stack goes through, each from a state of the account and with all the calls
//! that it takes: what is killed at each of them, and what each of them fails at.

use crate::account::canonical;
use crate::cloud::Cloud;
use crate::hand::STRANGER;
use serde_json::Value;
use std::collections::BTreeSet;

pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) line: &'static str,
    /// Whether the configuration is another one than that of a new cloud.
    changed: bool,
    before: Value,
    /// How many calls it makes when nothing happens to it, and what it leaves behind.
    pub(crate) calls: Vec<String>,
    pub(crate) after: String,
}

/// In the order of [`Scenario::line`]s: a first deployment, an update, a teardown.
pub(crate) fn scenarios() -> [Scenario; 3] {
    let cloud = Cloud::new();
    [
        ("first deployment", "deploy --yes", false),
        ("update", "deploy --yes", true),
        ("teardown", "teardown --yes", true),
    ]
    .map(|(name, line, changed)| {
        if changed {
            cloud.change_configuration();
        }
        // So many versions that an old one has to go, and a grant that goes before anything else.
        if name == "update" {
            cloud.publish_more();
            cloud.by_hand(&STRANGER);
        }
        let before = cloud.account();
        let (finished, calls) = cloud.calls_of(line);
        finished.expect(0);
        let after = canonical(&cloud.account());
        Scenario { name, line, changed, before, calls, after }
    })
}

pub(crate) fn summary(scenarios: &[Scenario]) -> String {
    let each = scenarios.iter().map(|it| format!("{} calls of a {}", it.calls.len(), it.name));
    each.collect::<Vec<_>>().join(", ")
}

impl Scenario {
    /// Puts a cloud into the state that it starts from.
    pub(crate) fn begin(&self, cloud: &Cloud) {
        cloud.calm();
        if self.changed {
            cloud.change_configuration();
        } else {
            cloud.reset_configuration();
        }
        cloud.restore(&self.before);
    }

    /// The calls that are the first of their operation.
    pub(crate) fn firsts(&self) -> BTreeSet<usize> {
        let at = |call: &String| self.calls.iter().position(|it| it == call);
        self.calls.iter().filter_map(at).collect()
    }
}
