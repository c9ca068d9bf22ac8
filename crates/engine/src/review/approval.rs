//! The digest of a plan, and what differs from a plan that was approved.

use super::Review;
use crate::tree;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// Of the JSON form; docs/plan.schema.json describes it.
pub const SCHEMA: &str = "edgegate.plan/2";

/// What a plan says and what an approval therefore covers. `observed` has the `ETag`s, the revision
/// and the hash of the code, the policies, and `null` for what must not be there yet.
const COVERED: [&str; 8] =
    ["stack", "account", "region", "goal", "desired", "observed", "steps", "cleanup"];

/// Of a plan in its JSON form.
pub(super) fn digest(plan: &Value) -> String {
    let all: Vec<_> = COVERED.iter().map(|key| &plan[*key]).collect();
    format!("sha256:{}", tree::hash(&json!(all)))
}

/// A plan that was written to a file, reviewed and perhaps committed.
#[derive(Clone, Debug)]
pub struct Approved(Value);

impl Approved {
    /// Reads what [`Review::to_json`] made.
    ///
    /// # Errors
    /// It is no plan, one of another version, or one whose digest is not its own.
    pub fn parse(text: &str) -> Result<Self> {
        let plan: Value = serde_json::from_str(text).context("it is no JSON")?;
        let schema = plan["schema"].as_str().unwrap_or_default();
        ensure!(schema == SCHEMA, "it is no plan of the version {SCHEMA}");
        ensure!(plan["digest"].is_string(), "it was made without looking at the cloud");
        ensure!(plan["digest"] == digest(&plan), "it was edited: its digest is not its own");
        Ok(Self(plan))
    }

    pub fn digest(&self) -> &str {
        self.0["digest"].as_str().unwrap_or_default()
    }

    /// What differs between the approved plan and the one that would be carried out now, one line
    /// each; none if it is the same plan.
    #[must_use]
    pub fn differences(&self, now: &Review) -> Vec<String> {
        let now = now.to_json();
        if self.0["digest"] == now["digest"] {
            return Vec::new();
        }
        let mut lines = Vec::new();
        for part in COVERED.into_iter().filter(|part| *part != "steps") {
            for change in tree::diff(self.0.get(part), now.get(part)) {
                let path = change.path.trim_start_matches('/').replace('/', ".");
                let place = format!("{part} {}", path.replace("~1", "/").replace("~0", "~"));
                let show =
                    |it: &Option<Value>| it.as_ref().map_or("nothing".into(), super::lines::plain);
                let (old, new) = (show(&change.before), show(&change.after));
                lines.push(format!(
                    "{}: approved {old}, now {new}",
                    super::lines::escape(place.trim())
                ));
            }
        }
        if lines.is_empty() {
            lines.push("the steps: another version of edgegate made them".to_owned());
        }
        lines
    }
}
