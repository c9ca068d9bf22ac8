//! What goes wrong on purpose: faults at a chosen call, so that a tool can be seen to survive them.
//!
//! The pages below `/_local/` of the control plane's port:
//!
//! | | |
//! |---|---|
//! | `POST faults` | a JSON list of [`Disturbance`]s, in addition to those that are left |
//! | `DELETE faults` | forgets them, and lets go of what is held |
//! | `GET held` | the calls that are held; waits for the first one, or until `DELETE faults` |
//!
//! Nothing here is random: the same disturbances and the same calls have the same effect.

mod kind;

use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use axum::body::Bytes;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

pub use kind::Kind;

/// One thing that goes wrong.
///
/// Disturbances are tried in the order in which they came; the first that strikes is the one,
/// except that delays add up.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Disturbance {
    /// `service:Operation`, `Operation`, or `*`.
    #[serde(default = "any")]
    call: String,
    /// How many such calls pass unharmed first.
    #[serde(default)]
    skip: u64,
    /// How many it strikes after that.
    #[serde(default = "once")]
    times: u64,
    fault: Kind,
}

fn any() -> String {
    "*".to_owned()
}

fn once() -> u64 {
    1
}

impl Disturbance {
    /// Every answer comes that much later.
    #[must_use]
    pub fn latency(by: Duration) -> Self {
        let millis = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        Self { call: any(), skip: 0, times: u64::MAX, fault: Kind::Slow(millis) }
    }

    fn names(&self, call: &str) -> bool {
        let operation = call.split_once(':').map_or(call, |(_, it)| it);
        self.call == "*" || self.call == call || self.call == operation
    }
}

/// `CreateFunction=throttle:2`, as the command line has it.
impl FromStr for Disturbance {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (call, fault) = text.split_once('=').context("expected OPERATION=FAULT[:TIMES]")?;
        let (kind, times) = fault.split_once(':').unwrap_or((fault, "1"));
        let times = times.parse().with_context(|| format!("`{times}` is not a number"))?;
        let fault: Kind = serde_json::from_value(kind.into())?;
        ensure!(!call.is_empty(), "expected OPERATION=FAULT[:TIMES]");
        Ok(Self { call: call.to_owned(), skip: 0, times, fault })
    }
}

/// A call that is kept waiting for good.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Held {
    call: String,
    /// `before` its effect, or `after`.
    at: &'static str,
}

/// Everything that is to go wrong.
pub(crate) struct Disturbances {
    state: Mutex<State>,
    changed: watch::Sender<()>,
}

#[derive(Default)]
struct State {
    rules: Vec<Disturbance>,
    held: Vec<Held>,
    /// Rises with every `DELETE faults`.
    cleared: u64,
}

impl Disturbances {
    pub(crate) fn new(rules: Vec<Disturbance>) -> Self {
        let state = Mutex::new(State { rules, ..State::default() });
        Self { state, changed: watch::Sender::new(()) }
    }

    pub(crate) fn add(&self, rules: Vec<Disturbance>) {
        self.guard().rules.extend(rules);
    }

    pub(crate) fn clear(&self) {
        let mut state = self.guard();
        *state = State { cleared: state.cleared + 1, ..State::default() };
        drop(state);
        self.changed.send_replace(());
    }

    /// What happens to this call, and how much later.
    pub(crate) fn strike(&self, call: &str) -> (Duration, Option<Kind>) {
        let (mut delay, mut struck) = (Duration::ZERO, None);
        for rule in &mut self.guard().rules {
            let is_other = matches!(rule.fault, Kind::Replace { .. });
            if is_other || struck.is_some() || rule.times == 0 || !rule.names(call) {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
                continue;
            }
            rule.times -= 1;
            match &rule.fault {
                Kind::Slow(millis) => delay += Duration::from_millis(*millis),
                other => struck = Some(other.clone()),
            }
        }
        (delay, struck)
    }

    /// The body of this call, with the words replaced that are to be replaced in it.
    pub(crate) fn replaced(&self, call: &str, body: Bytes) -> Bytes {
        let mut body = body;
        for rule in &mut self.guard().rules {
            let Kind::Replace { from, to } = &rule.fault else { continue };
            let text = String::from_utf8_lossy(&body);
            if rule.times > 0 && rule.names(call) && text.contains(from) {
                rule.times -= 1;
                body = Bytes::from(text.replace(from, to));
            }
        }
        body
    }

    /// Keeps a call until everything is cleared.
    pub(crate) async fn hold(&self, call: &str, at: &'static str) {
        let mut changed = self.changed.subscribe();
        let begun = {
            let mut state = self.guard();
            state.held.push(Held { call: call.to_owned(), at });
            state.cleared
        };
        self.changed.send_replace(());
        while self.guard().cleared == begun {
            // The sender lives as long as this does.
            let _ = changed.changed().await;
        }
    }

    /// What is held, once something is; nothing when it was cleared meanwhile.
    pub(crate) async fn held(&self) -> Vec<Held> {
        let mut changed = self.changed.subscribe();
        let begun = self.guard().cleared;
        loop {
            let (held, cleared) = {
                let state = self.guard();
                (state.held.clone(), state.cleared)
            };
            if !held.is_empty() || cleared != begun {
                return held;
            }
            let _ = changed.changed().await;
        }
    }

    /// Every change is a single assignment or push, so what a panic left behind is whole.
    fn guard(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_strikes_is_the_one_and_delays_add_up() {
        let rules = r#"[{"call": "*", "times": 9, "fault": {"slow": 5}},
            {"call": "GetRole", "skip": 1, "fault": "throttle"},
            {"call": "iam:GetRole", "times": 2, "fault": "quota"}]"#;
        let all = Disturbances::new(serde_json::from_str(rules).unwrap());
        let strike = |call: &str| {
            let (delay, kind) = all.strike(call);
            (delay.as_millis(), kind)
        };
        assert_eq!(strike("s3:HeadBucket"), (5, None));
        assert_eq!(strike("iam:GetRole"), (5, Some(Kind::Quota)), "the throttle passes one");
        assert_eq!(strike("iam:GetRole"), (5, Some(Kind::Throttle)));
        assert_eq!(strike("iam:GetRole"), (5, Some(Kind::Quota)));
        assert_eq!(strike("iam:GetRole"), (5, None));
    }

    #[test]
    fn the_command_line_has_a_short_form() {
        let it: Disturbance = "CreateFunction=reset-after:2".parse().unwrap();
        assert_eq!((it.times, it.fault.clone()), (2, Kind::ResetAfter));
        assert!(it.names("lambda:CreateFunction") && !it.names("lambda:GetFunction"));
        for bad in ["CreateFunction", "=throttle", "GetRole=nonsense", "GetRole=quota:x"] {
            assert!(bad.parse::<Disturbance>().is_err(), "{bad}");
        }
    }
}
