//! The rules as lines, in their order: the first that matches decides, and what none matches is
//! refused.

use super::lists::names;
use super::{narrows, neutral, widens};
use engine::{Finding, Risk};
use serde_json::Value;

const PATH: &str = "/contents/rules";

pub(super) fn judge(before: Option<&Value>, after: Option<&Value>) -> Vec<Finding> {
    let (Some(_), Some(_)) = (before, after) else {
        return public(&[], &names(after));
    };
    let (old, new) = (names(before), names(after));
    let mut findings = public(&old, &new);
    for rule in new.iter().filter(|it| !old.contains(it)) {
        findings.push(widens(PATH, Risk::High, format!("a rule lets in: {rule}")));
    }
    for (at, rule) in old.iter().enumerate().filter(|(_, it)| !new.contains(it)) {
        // What it kept to the few may now be decided by a later rule for the many.
        let later = old[at + 1..].iter().any(|it| new.contains(it));
        findings.push(if later {
            widens(PATH, Risk::Medium, format!("a rule goes, later ones decide instead: {rule}"))
        } else {
            narrows(PATH, format!("a rule goes, and with it whom it let in: {rule}"))
        });
    }
    let stay = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|it| those.contains(it)).cloned().collect()
    };
    if stay(&old, &new) != stay(&new, &old) {
        findings.push(neutral(PATH, Risk::High, "rules apply in another order"));
    }
    findings
}

/// Rules without a token are said loudly, even at the first deployment.
fn public(old: &[String], new: &[String]) -> Vec<Finding> {
    let is_public = |it: &&String| it.contains(", public true");
    let added = new.iter().filter(is_public).filter(|it| !old.contains(it));
    added
        .map(|it| {
            let sentence = format!("everybody is let in, signed in or not: {it}");
            widens(PATH, Risk::Critical, sentence)
        })
        .collect()
}
